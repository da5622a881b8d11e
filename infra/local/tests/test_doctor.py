"""`warden doctor` over our own stack in the laptop's cloud, with each fault made once."""

import json
import subprocess

import pytest

import members
import night
import stack

MEMBER = "444455556666"
ORGANIZATION = "o-abcdefghij"
WELL, FAULT, UNKNOWN = "ok", "fault", "cannot tell"


@pytest.fixture(scope="module")
def cloud():
    with stack.Cloud(stack.binary("stand-ins")) as cloud:
        cloud.outputs = cloud.deploy(OrganizationId=ORGANIZATION, Accounts=f"{stack.ACCOUNT},{MEMBER}")
        members.join(cloud, cloud.outputs, MEMBER, [stack.REGION])
        let_in(cloud)  # the emulator makes no bus's policy of a template
        trails = cloud.client("cloudtrail")
        cloud.client("s3").create_bucket(Bucket="logs")
        trails.create_trail(Name="all", S3BucketName="logs", IsMultiRegionTrail=True)
        trails.start_logging(Name="all")
        assert night.run(cloud, cloud.outputs)["status"] == "SUCCEEDED"
        yield cloud


def let_in(cloud):
    cloud.client("events").put_permission(
        EventBusName="lambda-warden", StatementId="TheOrganisationMaySend", Action="events:PutEvents", Principal="*",
        Condition={"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": ORGANIZATION})


def doctor(cloud, *args, account=None):
    """The exit code, and what each check came to by check and what it is about."""
    command = [stack.binary("warden"), "doctor", "--format", "json", *args]
    done = subprocess.run([str(part) for part in command], env=cloud.env(account), capture_output=True, text=True)
    assert done.returncode in (0, 1, 2), done.stderr
    told = {(one["check"], one["about"]): one for one in json.loads(done.stdout)}
    return done.returncode, told


def test_a_sound_deployment_has_no_fault(cloud):
    code, told = doctor(cloud)
    faults = {key: one["saw"] for key, one in told.items() if one["health"] == FAULT}
    assert not faults
    # Nobody changed anything yet, or the emulator does not count a queue's messages.
    unknown = {check for (check, _), one in told.items() if one["health"] == UNKNOWN}
    assert unknown <= {"changes-heard"}, told
    assert code == (2 if unknown else 0)
    assert ("security-hub", f"{stack.ACCOUNT}/{stack.REGION}") in told


def rule(cloud, name, account=None, bus="default"):
    found = cloud.client("events", account).list_rules(EventBusName=bus)["Rules"]
    return next(one["Name"] for one in found if name in one["Name"])


def off(cloud):
    cloud.client("events").disable_rule(Name=rule(cloud, "KeyChanged"))


def on(cloud):
    cloud.client("events").enable_rule(Name=rule(cloud, "KeyChanged"))


def schedule(cloud, state):
    scheduler = cloud.client("scheduler")
    found = scheduler.get_schedule(Name=cloud.outputs["NightlyStartName"])
    kept = ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")
    scheduler.update_schedule(State=state, **{key: found[key] for key in kept})


def policy(cloud):
    cloud.client("events").remove_permission(StatementId="TheOrganisationMaySend", EventBusName="lambda-warden",
                                             RemoveAllPermissions=True)


def letter(cloud):
    cloud.client("sqs").send_message(QueueUrl=cloud.outputs["DeadLettersUrl"], MessageBody="{}")


def no_letter(cloud):
    cloud.client("sqs").purge_queue(QueueUrl=cloud.outputs["DeadLettersUrl"])


# What is broken, how it is mended, which check says so.
FAULTS = [
    (off, on, "rules-forward"),
    (letter, no_letter, "dead-letters"),
    (lambda cloud: schedule(cloud, "DISABLED"), lambda cloud: schedule(cloud, "ENABLED"), "schedule-on"),
    (lambda cloud: cloud.client("cloudtrail").stop_logging(Name="all"),
     lambda cloud: cloud.client("cloudtrail").start_logging(Name="all"), "trail-logs"),
    (policy, let_in, "bus-lets-members-in"),
]


@pytest.mark.parametrize("make,mend,check", FAULTS, ids=[check for *_, check in FAULTS])
def test_a_fault_is_named_with_the_way_out(cloud, make, mend, check):
    make(cloud)
    code, told = doctor(cloud)
    faults = {name: one for (name, _), one in told.items() if one["health"] == FAULT}
    assert set(faults) == {check} and code == 1, faults
    assert faults[check]["mend"]
    mend(cloud)
    _, told = doctor(cloud)
    assert {one["health"] for (name, _), one in told.items() if name == check} == {WELL}


def test_a_member_is_asked_with_its_own_credentials(cloud):
    bus = cloud.outputs["BusArn"]
    code, told = doctor(cloud, "--bus", bus, account=MEMBER)
    assert code == 0 and {check for check, _ in told} == {"rules-forward", "security-hub"}, told
    cloud.client("events", MEMBER).disable_rule(Name=rule(cloud, "NetworkChanged", MEMBER))
    code, told = doctor(cloud, "--bus", bus, account=MEMBER)
    assert code == 1 and "NetworkChanged" in told[("rules-forward", "default")]["saw"]


def test_a_stack_that_is_not_there_leaves_everything_untold(cloud):
    code, told = doctor(cloud, "--stack", "nowhere")
    assert code in (1, 2) and told[("stack", "")]["health"] == UNKNOWN, told
    assert told[("dead-letters", "")]["health"] == UNKNOWN
