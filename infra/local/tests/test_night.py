"""The night's own state machine in the laptop's cloud: three accounts, two Regions, one account that lets nobody in."""

import json
import re
import subprocess
from collections import Counter

import pytest

import members
import night
import stack
from builder import package

REGIONS = ("us-east-1", "eu-west-1")
MEMBER, CLOSED = "444455556666", "777788889999"
ORGANIZATION = "o-abcdefghij"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


@pytest.fixture(scope="module")
def cloud():
    with stack.Cloud(stack.binary("stand-ins")) as cloud:
        accounts = ",".join((stack.ACCOUNT, MEMBER, CLOSED))
        outputs = cloud.deploy(OrganizationId=ORGANIZATION, Regions=",".join(REGIONS), Accounts=accounts)
        cloud.outputs = outputs
        members.join(cloud, outputs, MEMBER, REGIONS)
        cloud.client("iam", CLOSED).create_role(RoleName="somebody", AssumeRolePolicyDocument=TRUST)
        cloud.function = cloud.client("lambda", MEMBER, "eu-west-1").create_function(
            FunctionName="ledger", Runtime="python3.8", Handler="index.handler", Code={"ZipFile": package()},
            Role=f"arn:aws:iam::{MEMBER}:role/lambda-warden-forward")["FunctionArn"]
        cloud.first = night.run(cloud, outputs)
        cloud.gaps_after_first = gaps(cloud)
        cloud.report_of_first = report(cloud)
        # The owner of the closed account reads the finding.
        members.join(cloud, outputs, CLOSED, REGIONS)
        cloud.second = night.run(cloud, outputs)
        cloud.gaps_after_second = gaps(cloud)
        cloud.report_of_second = report(cloud)
        yield cloud


def gaps(cloud) -> dict:
    """Account/Region → the coverage gap that the security account's Security Hub holds of it."""
    hub = cloud.client("securityhub")
    pages = hub.get_paginator("get_findings").paginate(
        Filters={"GeneratorId": [{"Value": "lambda-warden/coverage-gap", "Comparison": "EQUALS"}]})
    found = [finding for page in pages for finding in page["Findings"]]
    return {finding["Id"].removeprefix("AWS::::Account:").removesuffix("/coverage-gap"): finding for finding in found}


def files(cloud, folder) -> dict:
    s3, bucket = cloud.client("s3"), cloud.outputs["LedgerBucketName"]
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=folder).get("Contents", [])
    return {one["Key"]: json.loads(s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read())
            for one in listed if one["Key"].endswith(".json")}


def report(cloud) -> tuple[dict, str]:
    """The newest night's posture and page, by way of `warden report`, and byte for byte the ones in the bucket."""
    bucket = cloud.outputs["LedgerBucketName"]
    forms = {}
    for form in ("json", "html"):
        asked = [stack.binary("warden"), "report", "--bucket", f"s3://{bucket}", "--format", form]
        forms[form] = subprocess.run(asked, env=cloud.env(), check=True, capture_output=True).stdout
    s3 = cloud.client("s3")
    keys = {one["Key"] for one in s3.list_objects_v2(Bucket=bucket, Prefix="nights/")["Contents"]}
    for name, form in (("posture.json", "json"), ("report.html", "html")):
        [key] = [key for key in keys if key.endswith(f"/{name}")]
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == forms[form]
    return json.loads(forms["json"]), forms["html"].decode()


def test_the_night_is_planned_for_every_account_that_lets_us_in(cloud):
    [items] = [found for key, found in files(cloud, "nights/").items() if key.endswith("/items.json")]
    places = {(item["account"], item["region"]) for item in items}
    assert places == {(account, region) for account in (stack.ACCOUNT, MEMBER, CLOSED) for region in REGIONS}


def test_an_account_that_lets_nobody_in_is_a_finding_until_it_does(cloud):
    before = cloud.gaps_after_first[f"{CLOSED}/us-east-1"]
    assert "cannot be entered" in before["Description"] and "AccessDenied" in before["Description"]
    assert before["Resources"][0]["Id"] == f"AWS::::Account:{CLOSED}"
    assert before["AwsAccountId"] == stack.ACCOUNT, "it cannot hold its own"


def test_a_member_hears_changes_and_tells_the_security_account(cloud):
    for region in REGIONS:
        rules = cloud.client("events", MEMBER, region).list_rules()["Rules"]
        all_of = ("FunctionChanged", "TagsChanged", "RoleChanged", "KeyChanged", "NetworkChanged")
        heard = {name for rule in rules for name in all_of if name in rule["Name"]}
        assert heard == set(all_of) - (set() if region == "us-east-1" else {"RoleChanged"})


def test_a_deployment_in_a_member_is_judged_there(cloud):
    hub = cloud.client("securityhub", MEMBER, "eu-west-1")
    wanted = {"ResourceId": [{"Value": cloud.function, "Comparison": "EQUALS"}]}
    found = stack.poll(lambda: hub.get_findings(Filters=wanted)["Findings"], 30, "finding in the member")
    assert "runtime-deprecated" in {finding["GeneratorId"].split("/")[1] for finding in found}
    assert {finding["AwsAccountId"] for finding in found} == {MEMBER}


def test_the_night_sees_every_place_that_lets_us_in_and_ends_well(cloud):
    first, second = cloud.first["summary"], cloud.second["summary"]
    assert (cloud.first["status"], cloud.second["status"]) == ("SUCCEEDED", "SUCCEEDED")
    assert (first["planned"], first["swept"], set(first["missing"])) == (4, 4, {f"{CLOSED}/us-east-1"})
    assert (second["planned"], second["swept"], second["missing"]) == (6, 6, {})
    assert first["all"]["rules"]["runtime-deprecated"] == 1
    assert first["all"]["functions"] == second["all"]["functions"]


def test_the_gap_is_resolved_by_the_night_that_succeeds(cloud):
    assert set(cloud.gaps_after_first) == {f"{CLOSED}/us-east-1"}
    [after] = cloud.gaps_after_second.values()
    assert (after["Compliance"]["Status"], after["Workflow"]["Status"]) == ("PASSED", "RESOLVED")
    assert after["FirstObservedAt"] == cloud.gaps_after_first[f"{CLOSED}/us-east-1"]["FirstObservedAt"]


def test_the_report_counts_what_the_summary_counts(cloud):
    for ended, (posture, page) in ((cloud.first, cloud.report_of_first), (cloud.second, cloud.report_of_second)):
        summary = ended["summary"]
        found = posture["findings"]
        open_ones = [one for one in found if one["status"] == "failed" and "exemption" not in one]
        assert Counter(one["severity"].upper() for one in open_ones) == summary["all"]["findings"]
        assert Counter(one["rule"] for one in open_ones) == summary["all"]["rules"]
        assert Counter(one["function"].split(":")[4] for one in open_ones) == +Counter(summary["accounts"])
        assert sum(one["status"] == "unknown" for one in found) == summary["all"]["gaps"]
        assert sum(one["functions"] for one in posture["places"]) == summary["all"]["functions"]
        assert {gap["of"]: gap["why"] for gap in posture["gaps"]} == summary["missing"] | summary["partial"]
        counts = {"planned": summary["planned"], "swept": summary["swept"], "missing": len(summary["missing"]),
                  "partial": 0, "trouble": ""}
        assert counts.items() <= ended["answer"].items()
        lead = re.sub(r"<[^>]+>", "", page.split('<p class="lead">')[1].split("</p>")[0])
        assert lead.startswith(f"{len(open_ones)} open violation"), lead
        for name in ("ledger", *summary["missing"]):
            assert name in page


def test_first_seen_is_that_of_the_night_before(cloud):
    first, second = ({(one["function"], one["rule"]): one["firstSeen"] for one in posture["findings"]}
                     for posture, _ in (cloud.report_of_first, cloud.report_of_second))
    both = first.keys() & second.keys()
    assert both and {key: second[key] for key in both} == {key: first[key] for key in both}


def test_a_night_without_a_plan_is_a_failure_that_says_where(cloud):
    broken = night.run(cloud, {"NightlyArn": machine(cloud, "nobodys-plan", plan_sweep="nobody")})
    assert broken["status"] == "FAILED" and broken["error"] == "NightFailed"
    assert broken["cause"].startswith("the night could not be planned: ")


def test_a_night_in_which_most_places_fail_is_summed_up_and_failed(cloud):
    broken = night.run(cloud, {"NightlyArn": machine(cloud, "nobodys-sweep", plan_sweep="lambda-warden-plan-sweep")})
    assert broken["status"] == "FAILED" and broken["error"] == "NightFailed"
    assert "places were not swept" in broken["cause"]
    told = files(cloud, "nights/")
    missed = [one for key, one in told.items() if "/missed/" in key]
    assert {(one["account"], one["region"]) for one in missed} >= {(MEMBER, region) for region in REGIONS}
    assert all(one["error"] and one["cause"] for one in missed)
    assert any(key.endswith("/summary.json") for key in told)


def machine(cloud, name: str, plan_sweep: str) -> str:
    """The same state machine, whose other functions nobody made."""
    text = (stack.ROOT / "infra" / "nightly.asl.json").read_text()
    arn = f"arn:aws:lambda:us-east-1:{stack.ACCOUNT}:function:"
    for blank, function in {"PlanSweepArn": plan_sweep, "DigestArn": "nobody", "SweepArn": "nobody"}.items():
        text = text.replace(f"${{{blank}}}", arn + function)
    made = cloud.client("stepfunctions").create_state_machine(
        name=name, definition=text.replace("${Partition}", "aws"), roleArn=f"arn:aws:iam::{stack.ACCOUNT}:role/nobody")
    return made["stateMachineArn"]
