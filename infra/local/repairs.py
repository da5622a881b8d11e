"""Repairs in the laptop's cloud: what the demo shows and the end-to-end test asserts."""

import datetime
import json
import urllib.parse
import urllib.request

from botocore import handlers

import estate
import stack
import usage_logs

PATIENCE_SECONDS = 90
# Without a day of grace, which nobody would wait for here.
BASELINE = """
[organization]
id = 'o-exampleorgid'
[repair]
key = 'alias/variables'
grace_hours = 0
[rules.tracing-off]
repair = 'auto'
[rules.policy-public]
repair = 'on-request'
[rules.role-permission-unused]
repair = 'on-request'
[rules.log-retention-unset]
repair = 'on-request'
"""
ACTIONS = {"WardenRepair": "Warden: repair", "WardenRollBack": "Warden: roll back", "WardenAllow30": "Warden: allow 30d"}
PARAMETERS = {"AllowRepairs": "true", "Baseline": f'"{BASELINE}"'}


def finding(cloud, arn: str, rule: str) -> dict:
    """The finding of one rule on one function, or nothing."""
    wanted = {"Id": [{"Value": f"{arn}/{rule}", "Comparison": "EQUALS"}]}
    found = cloud.client("securityhub").get_findings(Filters=wanted)["Findings"]
    return found[0] if found else {}


def until(cloud, arn: str, rule: str, test, what: str) -> dict:
    """The finding, as soon as it passes the test."""
    def seen():
        found = finding(cloud, arn, rule)
        return found if found and test(found) else None

    try:
        return stack.poll(seen, PATIENCE_SECONDS, what)
    except TimeoutError as error:
        raise TimeoutError(f"{error}; it is {json.dumps(brief(finding(cloud, arn, rule)))}") from None


def brief(found: dict) -> dict:
    return {"status": found.get("Compliance", {}).get("Status"), "workflow": found.get("Workflow", {}).get("Status"),
            "record": found.get("RecordState"), "note": note(found)}


def note(found: dict) -> str:
    return found.get("Note", {}).get("Text", "")


def is_watched(found: dict) -> bool:
    return "watched until" in note(found)


def is_taken_back(found: dict) -> bool:
    return "as it was before" in note(found) and found["Compliance"]["Status"] == "FAILED"


def actions(cloud):
    """The buttons of template.yaml, which the emulator's CloudFormation does not make."""
    hub = cloud.client("securityhub")
    for name, title in ACTIONS.items():
        hub.create_action_target(Name=title, Description=title, Id=name)


def click(cloud, action: str, arn: str, rule: str):
    """What a person does in Security Hub: chooses findings, and an action for them."""
    target = f"arn:aws:securityhub:{cloud.region}:{cloud.account}:action/custom/{action}"
    body = json.dumps({"ActionTargetArn": target, "FindingIds": [f"{arn}/{rule}"]}).encode()
    scope = f"{cloud.account}/20260101/{cloud.region}/securityhub/aws4_request"
    headers = {"content-type": "application/json",
               "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}
    request = urllib.request.Request(f"http://127.0.0.1:{cloud.stand_ins_port}/console/act", body, headers)
    urllib.request.urlopen(request, timeout=10).close()


def teach(cloud, bucket: str) -> dict:
    """A quarter of CloudTrail's logs of the role `settlement`; returns the role."""
    role = cloud.client("iam").get_role(RoleName="settlement")["Role"]
    yesterday = estate.TODAY - datetime.timedelta(days=1)
    s3 = cloud.client("s3")
    usage_logs.put(s3, bucket, cloud.account, cloud.region, estate.LEARNED_USES, {"settlement": role["RoleId"]}, yesterday)
    usage_logs.put(s3, bucket, cloud.account, "eu-west-1", [], {}, yesterday)
    return role


def policies(cloud, role: str) -> dict:
    """Name → document of each inline policy, ARN → `attached` of each managed one."""
    iam = cloud.client("iam")
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    found = {name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names}
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    return found | {policy["PolicyArn"]: "attached" for policy in attached}


def documents(cloud, role: str) -> dict:
    """Name → document of each inline policy, to the letter."""
    iam = cloud.client("iam")
    iam.meta.events.unregister("after-call.iam", handlers.json_decode_policies)
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return {name: urllib.parse.unquote(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]) for name in names}


def plan(cloud, found: dict) -> dict:
    """The repair that a finding's note speaks of, as the stack keeps it."""
    repair = note(found).split("Repair ")[1].split(",")[0]
    kept = cloud.client("s3").get_object(Bucket=cloud.outputs["LedgerBucketName"], Key=f"repairs/{repair}.json")
    return json.load(kept["Body"])


def deny(cloud, role: dict, function: str, source: str, name: str):
    """CloudTrail tells of a call of the function that was denied, as EventBridge gets it."""
    use = usage_logs.Use(function, role["RoleName"], source, name, error="AccessDenied", reads=False)
    now = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=1)
    record = usage_logs.record(use, role["RoleId"], now.date(), cloud.account, cloud.region)
    record |= {"eventTime": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
    entry = {"Source": f"aws.{source}", "DetailType": "AWS API Call via CloudTrail", "Detail": json.dumps(record)}
    answer = cloud.client("events").put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise RuntimeError(json.dumps(answer["Entries"]))
