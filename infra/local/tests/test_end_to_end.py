"""The compiled programs in the laptop's cloud: the sample estate judged by event and by scan, and no secret in any byte."""

import json
import subprocess

import pytest

import demo
import estate
import stack
from builder import Builder

FORMATS = ("table", "json", "asff")


@pytest.fixture(scope="module")
def cloud():
    with stack.Cloud(stack.binary("stand-ins")) as cloud:
        cloud.deploy(OrganizationId=estate.ORGANIZATION)
        builder = Builder(cloud)
        for row in estate.FUNCTIONS:
            builder.build(row)
        settle(cloud)
        cloud.scans = {form: scan(cloud, "--format", form) for form in FORMATS}
        yield cloud


def settle(cloud):
    url = cloud.client("sqs").get_queue_url(QueueName=demo.queue(cloud))["QueueUrl"]
    stack.poll(lambda: demo.waiting(cloud, url) == 0, demo.PATIENCE_SECONDS, "empty queue")


def scan(cloud, *options) -> subprocess.CompletedProcess:
    command = [stack.binary("warden"), *demo.scan_arguments(cloud), *options]
    return subprocess.run(command, env=cloud.env(), cwd=stack.ROOT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def scanned(cloud) -> dict:
    """Function name → rules broken and not exempt, by the scan."""
    [place] = json.loads(cloud.scans["json"].stdout)["places"]
    assert place["complete"] and not place["refused"]
    return by_function((f["function"], f["rule"]) for f in place["findings"]
                       if f["status"] == "FAILED" and not f["exemption"])


@pytest.fixture(scope="module")
def published(cloud) -> dict:
    """Function name → rules broken and not exempt, as Security Hub has them from the events."""
    return by_function((f["Resources"][0]["Id"], demo.rule(f)) for f in demo.findings(cloud)
                       if demo.state(f) == "NEW" and f["Compliance"]["Status"] == "FAILED")


def by_function(pairs) -> dict:
    out = {}
    for arn, rule in pairs:
        out.setdefault(arn.rsplit(":", 1)[-1], set()).add(rule)
    return out


@pytest.mark.parametrize("row", estate.FUNCTIONS, ids=lambda row: row.name)
def test_a_scan_finds_what_a_function_of_the_estate_shows(scanned, row):
    assert scanned.get(row.name, set()) == set(row.shows.split())


@pytest.mark.parametrize("row", estate.FUNCTIONS, ids=lambda row: row.name)
def test_its_deployment_alone_published_the_same(published, row):
    assert published.get(row.name, set()) == set(row.shows.split())


def test_our_own_function_passes_our_own_rules(scanned):
    assert scanned.get("lambda-warden-on-change", set()) == set()


def test_a_secret_is_in_no_output(cloud):
    outputs = {f"scan {form}": done.stdout + done.stderr for form, done in cloud.scans.items()}
    outputs["Security Hub"] = json.dumps(demo.findings(cloud), default=str)
    logs = cloud.client("logs").filter_log_events(logGroupName="/aws/lambda/lambda-warden-on-change")["events"]
    outputs["logs of on-change"] = "\n".join(event["message"] for event in logs)
    outputs["log of the stand-ins"] = cloud.log("stand-ins")
    for name, text in outputs.items():
        assert text or name.startswith("log of"), f"{name} is empty: nothing was looked at"
        for canary in estate.CANARIES:
            assert canary not in text, f"a secret is in: {name}"


def test_a_changed_role_is_judged_for_the_function_that_has_it(cloud, scanned, published):
    """Last of those that read the estate: it changes it."""
    names = {row.name for row in estate.FUNCTIONS if row.role == "own"}
    for name in names:
        cloud.client("iam").attach_role_policy(RoleName=f"{name}-role", PolicyArn=estate.ADMINISTRATOR)
    settle(cloud)
    reported = {f["Resources"][0]["Id"].rsplit(":", 1)[-1] for f in demo.findings(cloud)
                if demo.rule(f) == "role-admin" and demo.state(f) == "NEW"}
    assert names - reported == set(), "changes of these roles were missed"


def test_the_dead_letter_queue_is_empty(cloud):
    url = next(u for u in cloud.client("sqs").list_queues()["QueueUrls"] if "DeadLetters" in u)
    assert demo.waiting(cloud, url) == 0
