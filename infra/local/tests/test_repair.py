"""Repairs by the compiled programs, the real state machine and real events: by itself, on request, and taken back."""

import datetime
import json
import subprocess

import pytest

import estate
import repairs
import stack
from builder import Builder

TRAIL = "repair-trail"
UNUSED = "role-permission-unused"
XRAY = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"


@pytest.fixture(scope="module")
def cloud():
    with stack.Cloud(stack.binary("stand-ins")) as cloud:
        cloud.outputs = cloud.deploy(OrganizationId=estate.ORGANIZATION, TrailBucket=TRAIL, **repairs.PARAMETERS)
        cloud.client("s3").create_bucket(Bucket=TRAIL)
        cloud.builder = Builder(cloud)
        repairs.actions(cloud)
        yield cloud
        print(log(cloud))


def log(cloud) -> str:
    logs = cloud.client("logs")
    events = logs.filter_log_events(logGroupName="/aws/lambda/lambda-warden-remediate")["events"]
    return "\n".join(event["message"].rstrip() for event in events[-40:])


def tracing(cloud, name: str) -> str:
    return cloud.client("lambda").get_function_configuration(FunctionName=name)["TracingConfig"]["Mode"]


def test_what_the_baseline_lets_be_repaired_by_itself_is(cloud):
    arn = cloud.builder.build(estate.Row("dark", "tracing-off", role="own"))
    configuration = cloud.client("lambda").get_function_configuration(FunctionName="dark")
    cloud.client("iam").attach_role_policy(RoleName=configuration["Role"].split("/")[-1], PolicyArn=XRAY)
    cloud.client("lambda").update_function_configuration(FunctionName="dark", TracingConfig={"Mode": "PassThrough"})
    found = repairs.until(cloud, arn, "tracing-off", repairs.is_watched, "automatic repair")
    assert tracing(cloud, "dark") == "Active"
    assert (found["Compliance"]["Status"], found["Workflow"]["Status"]) == ("PASSED", "RESOLVED")
    # Somebody wants it back.
    repairs.click(cloud, "WardenRollBack", arn, "tracing-off")
    repairs.until(cloud, arn, "tracing-off", repairs.is_taken_back, "way back")
    assert tracing(cloud, "dark") == "PassThrough"


def test_a_click_repairs_and_leaves_everything_else(cloud):
    arn = cloud.builder.build(estate.Row("open-house", "policy-public", grants=("public",)))
    repairs.until(cloud, arn, "policy-public", lambda f: f["Compliance"]["Status"] == "FAILED", "finding")
    functions = cloud.client("lambda")
    functions.add_permission(FunctionName=arn, StatementId="kept", Action="lambda:InvokeFunction",
                             Principal="events.amazonaws.com", SourceAccount=cloud.account,
                             SourceArn=f"arn:aws:events:{cloud.region}:{cloud.account}:rule/kept")
    repairs.click(cloud, "WardenRepair", arn, "policy-public")
    repairs.until(cloud, arn, "policy-public", repairs.is_watched, "repair on request")
    policy = functions.get_policy(FunctionName=arn)["Policy"]
    assert '"kept"' in policy and '"public"' not in policy


def measured(cloud, name: str, at: datetime.datetime, invocations: float, errors: float):
    """CloudWatch is told how a function fared in a minute."""
    dimensions = [{"Name": "FunctionName", "Value": name}]
    cloud.client("cloudwatch").put_metric_data(Namespace="AWS/Lambda", MetricData=[
        {"MetricName": metric, "Dimensions": dimensions, "Timestamp": at, "Value": value}
        for metric, value in (("Invocations", invocations), ("Errors", errors))])


def patrol(cloud) -> list:
    """What the rule of every five minutes asks; the names of the executions that were started."""
    answer = cloud.client("lambda").invoke(FunctionName="lambda-warden-remediate", Payload=b'{"task":"patrol"}')
    told = json.load(answer["Payload"])
    assert "FunctionError" not in answer, told
    return told


def test_errors_that_rise_after_a_repair_take_it_back(cloud):
    arn = cloud.builder.build(estate.Row("fragile", "policy-public", grants=("public",)))
    repairs.until(cloud, arn, "policy-public", lambda f: f["Compliance"]["Status"] == "FAILED", "finding")
    before, now = policy(cloud, arn), datetime.datetime.now(datetime.UTC)
    measured(cloud, "fragile", now - datetime.timedelta(days=3), 10_000, 0)
    repairs.click(cloud, "WardenRepair", arn, "policy-public")
    repairs.until(cloud, arn, "policy-public", repairs.is_watched, "repair on request")
    # Two errors happen to everybody.
    measured(cloud, "fragile", datetime.datetime.now(datetime.UTC), 100, 2)
    assert patrol(cloud) == [] and policy(cloud, arn) != before
    measured(cloud, "fragile", datetime.datetime.now(datetime.UTC), 100, 20)
    [started] = patrol(cloud)
    # Another look a moment later starts nothing more.
    assert started.startswith("roll-back-") and started not in patrol(cloud)
    found = repairs.until(cloud, arn, "policy-public", repairs.is_taken_back, "way back after errors")
    assert "22 of 200 invocations of `fragile` failed since the repair, 0 of 10000 in the 14 days before it" in repairs.note(found)
    assert policy(cloud, arn) == before
    assert patrol(cloud) == []


def test_a_click_exempts_for_a_while(cloud):
    arn = cloud.builder.build(estate.Row("late", "runtime-deprecated", runtime="python3.8"))
    repairs.until(cloud, arn, "runtime-deprecated", lambda f: f["Compliance"]["Status"] == "FAILED", "finding")
    repairs.click(cloud, "WardenAllow30", arn, "runtime-deprecated")
    found = repairs.until(cloud, arn, "runtime-deprecated", lambda f: f["Workflow"]["Status"] == "SUPPRESSED", "exemption")
    assert "Exempt until" in repairs.note(found)


def test_what_the_baseline_does_not_let_be_repaired_is_refused_on_the_finding(cloud):
    arn = cloud.builder.build(estate.Row("older", "runtime-deprecated", runtime="python3.8"))
    repairs.until(cloud, arn, "runtime-deprecated", lambda f: f["Compliance"]["Status"] == "FAILED", "finding")
    repairs.click(cloud, "WardenRepair", arn, "runtime-deprecated")
    found = repairs.until(cloud, arn, "runtime-deprecated", lambda f: "is not made" in repairs.note(f), "refusal")
    assert "the baseline does not let" in repairs.note(found)


def test_a_log_group_that_keeps_for_ever_is_bounded_and_unbound_again(cloud):
    rule, group = "log-retention-unset", "/aws/lambda/talkative"
    logs = cloud.client("logs")

    def retention():
        [found] = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        return found.get("retentionInDays")

    logs.create_log_group(logGroupName=group)
    arn = cloud.builder.build(estate.Row("talkative", rule))
    repairs.until(cloud, arn, rule, lambda f: f["Compliance"]["Status"] == "FAILED", "finding")
    repairs.click(cloud, "WardenRepair", arn, rule)
    found = repairs.until(cloud, arn, rule, repairs.is_watched, "repair on request")
    assert (found["Compliance"]["Status"], retention()) == ("PASSED", 365)
    repairs.click(cloud, "WardenRollBack", arn, rule)
    repairs.until(cloud, arn, rule, repairs.is_taken_back, "way back")
    assert retention() is None


@pytest.fixture(scope="module")
def learned(cloud) -> tuple[dict, str]:
    """The role `settlement` with a quarter of use behind it, and the function whose finding says what it does not use."""
    arns = [cloud.builder.build(row) for row in estate.LEARNED]
    # White space is its owner's.
    iam = cloud.client("iam")
    document = iam.get_role_policy(RoleName="settlement", PolicyName="own")["PolicyDocument"]
    iam.put_role_policy(RoleName="settlement", PolicyName="own", PolicyDocument=json.dumps(document, indent=3))
    role = repairs.teach(cloud, TRAIL)
    command = [stack.binary("warden"), "digest", "--from", f"s3://{TRAIL}", "--to",
               f"s3://{cloud.outputs['LedgerBucketName']}"]
    subprocess.run(command, env=cloud.env(), check=True, capture_output=True)
    cloud.client("lambda").update_function_configuration(FunctionName=estate.LEARNED[0].name, Description="learned")
    repairs.until(cloud, arns[0], UNUSED, lambda f: f["Compliance"]["Status"] == "FAILED", "finding")
    return role, arns[0]


def test_a_proposal_is_shown_done_and_undone_by_hand(cloud, learned, tmp_path):
    role, arn = learned
    before = repairs.documents(cloud, "settlement")
    assert "\n   " in before["own"]
    kept, baseline = tmp_path / "kept", tmp_path / "baseline.toml"
    kept.mkdir()
    baseline.write_text(repairs.BASELINE)
    command = [stack.binary("warden"), "propose", "--role", role["Arn"], "--region", cloud.region, "--rate", "unlimited",
               "--ledger", f"s3://{cloud.outputs['LedgerBucketName']}"]
    place = ["--bucket", str(kept), "--baseline", str(baseline)]

    def run(*arguments):
        return subprocess.run([*command, *arguments], env=cloud.env(), capture_output=True, text=True)

    shown = run()
    assert shown.returncode == 0 and "ec2:DescribeInstances" in shown.stdout, shown.stderr
    assert any(line.lstrip().startswith("- ") or line.startswith("-") for line in shown.stdout.splitlines())
    assert repairs.documents(cloud, "settlement") == before and not list(kept.iterdir())
    # Without a baseline that lets it be, nothing is.
    refused = run("--apply", "--bucket", str(kept))
    assert refused.returncode == 64 and "the baseline does not let" in refused.stderr, refused.stderr
    assert repairs.documents(cloud, "settlement") == before
    done = run("--apply", *place)
    assert done.returncode == 0, done.stderr
    narrowed = repairs.documents(cloud, "settlement")
    assert "own" not in narrowed and "ec2:DescribeInstances" not in str(narrowed) and "ssm:GetParameter" in str(narrowed)
    # Of the functions of the role, the first one's finding tells of it.
    arn = arn.replace("settle-cards", "settle-banks")
    assert f"of {arn}/{UNUSED}" in done.stdout
    assert repairs.is_watched(repairs.finding(cloud, arn, UNUSED))
    [repair] = [line.split("warden rollback ")[1].split("`")[0] for line in done.stdout.splitlines() if "warden rollback" in line]
    undone = subprocess.run([stack.binary("warden"), "rollback", repair, "--apply", *command[command.index("--rate"):], *place],
                            env=cloud.env(), capture_output=True, text=True)
    assert undone.returncode == 0 and "as it was before" in undone.stdout, undone.stderr
    assert repairs.documents(cloud, "settlement") == before
    assert repairs.is_taken_back(repairs.finding(cloud, arn, UNUSED))


def test_a_narrowed_role_gets_its_policies_back_at_the_first_denied_call(cloud, learned):
    role, arn = learned
    before = repairs.policies(cloud, "settlement")
    repairs.click(cloud, "WardenRepair", arn, UNUSED)
    found = repairs.until(cloud, arn, UNUSED, repairs.is_watched, "narrowed role")
    # Access Analyzer was asked, and had nothing against it.
    assert not [remark for remark in repairs.plan(cloud, found)["remarks"] if "Access Analyzer" in remark]
    narrowed = repairs.policies(cloud, "settlement")
    assert "ec2:DescribeInstances" in str(before) and "ec2:DescribeInstances" not in str(narrowed)
    repairs.deny(cloud, role, estate.LEARNED[0].name, "ec2", "DescribeInstances")
    found = repairs.until(cloud, arn, UNUSED, repairs.is_taken_back, "way back after a denied call")
    assert "`ec2:DescribeInstances` was denied" in repairs.note(found)
    assert repairs.policies(cloud, "settlement") == before
    # The ledger has learnt: what was denied is not taken for unused again.
    verdicts, proposed = proposal(cloud, role)
    assert verdicts["ec2:DescribeInstances"] == "attempted-denied" and "ec2:DescribeInstances" in proposed
    assert verdicts["ssm:PutParameter"] == "unused" and "ssm:PutParameter" not in proposed


def proposal(cloud, role: dict) -> tuple[dict, str]:
    """The verdict on each action, and the documents that are proposed."""
    command = [stack.binary("warden"), "propose", "--role", role["Arn"], "--region", cloud.region, "--format", "json",
               "--ledger", f"s3://{cloud.outputs['LedgerBucketName']}", "--rate", "unlimited"]
    done = subprocess.run(command, env=cloud.env(), capture_output=True, text=True)
    told = json.loads(done.stdout)
    verdicts = {one["action"]: one["verdict"] for one in told["judgement"]["actions"]}
    return verdicts, json.dumps([policy["document"] for policy in told["proposal"]["policies"]])


def test_the_command_line_shows_and_does_and_undoes(cloud, tmp_path):
    arn = cloud.builder.build(estate.Row("by-hand", "policy-public", grants=("public",)))
    repairs.until(cloud, arn, "policy-public", lambda f: f["Compliance"]["Status"] == "FAILED", "finding")
    baseline = tmp_path / "baseline.toml"
    baseline.write_text(repairs.BASELINE)
    common = ["--bucket", str(tmp_path), "--baseline", str(baseline), "--rate", "unlimited"]

    def warden(*arguments):
        done = subprocess.run([stack.binary("warden"), *arguments, *common], env=cloud.env(), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    shown = warden("repair", f"{arn}/policy-public")
    assert "statement `public`" in shown and "public" in policy(cloud, arn)
    done = warden("repair", f"{arn}/policy-public", "--apply")
    assert "public" not in policy(cloud, arn)
    [repair] = [word.strip("`") for line in done.splitlines() if "warden rollback" in line
                for word in line.split("warden rollback ")[1].split()[:1]]
    assert "+ " in warden("rollback", repair)
    assert "as it was before" in warden("rollback", repair, "--apply")
    assert "public" in policy(cloud, arn)


def policy(cloud, arn: str) -> str:
    functions = cloud.client("lambda")
    try:
        return functions.get_policy(FunctionName=arn)["Policy"]
    except functions.exceptions.ResourceNotFoundException:
        return ""


def test_the_dead_letter_queue_is_empty(cloud):
    attributes = cloud.client("sqs").get_queue_attributes(
        QueueUrl=cloud.outputs["DeadLettersUrl"], AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] == "0"
