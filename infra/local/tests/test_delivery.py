"""The whole road of an event, on the deployed template: API call, CloudTrail record, rule, queue, function."""

import datetime
import io
import json
import shutil
import zipfile
from pathlib import Path

import pytest

import sam_template
import stack

HERE = Path(__file__).parent
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
MEMBER = "444455556666"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    binaries = tmp_path_factory.mktemp("binaries")
    for program in sam_template.programs(stack.ROOT / "template.yaml"):
        shutil.copy(HERE / "recording_bootstrap.py", binaries / program)
    with stack.Cloud(stack.binary("stand-ins")) as cloud:
        cloud.outputs = cloud.deploy(binaries, OrganizationId="o-exampleorgid")
        yield cloud


def received(cloud) -> list[dict]:
    path = cloud.home / "received.jsonl"
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    whole = [line for line in lines if line.endswith("\n")]  # The last may still be being written.
    return [json.loads(record["body"]) for line in whole for record in json.loads(line)["Records"]]


def wait_for(cloud, name: str, **request) -> dict:
    def find():
        for event in received(cloud):
            detail = event["detail"]
            same = all(detail["requestParameters"].get(k) == v for k, v in request.items())
            if detail["eventName"] == name and same:
                return event
        return None

    return stack.poll(find, 30, f"{name} {request}")


def code() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): return event")
    return out.getvalue()


def create(cloud, name, account=None, **more):
    iam = cloud.client("iam", account)
    role = iam.create_role(RoleName=f"{name}-role", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    return cloud.client("lambda", account).create_function(
        FunctionName=name, Runtime="python3.13", Role=role, Handler="index.handler", Code={"ZipFile": code()}, **more)


def test_every_kind_of_change_arrives_in_cloudtrail_shape(cloud):
    canary = "synthetic-value-that-must-not-travel"
    arn = create(cloud, "invoices", Environment={"Variables": {"NAME": canary}}, Tags={"team": "pay"})["FunctionArn"]
    made = wait_for(cloud, "CreateFunction20150331", functionName="invoices")
    assert made["source"] == "aws.lambda" and made["account"] == stack.ACCOUNT
    assert made["detail"]["responseElements"]["functionArn"] == arn
    assert made["detail"]["requestParameters"]["tags"] == {"team": "pay"}
    assert made["detail"]["requestParameters"]["environment"] == {}
    assert "zipFile" not in json.dumps(made) and canary not in json.dumps(made)

    functions, iam = cloud.client("lambda"), cloud.client("iam")
    functions.update_function_configuration(FunctionName="invoices", Timeout=9)
    functions.update_function_code(FunctionName=arn, ZipFile=code())
    functions.put_function_concurrency(FunctionName="invoices", ReservedConcurrentExecutions=1)
    functions.add_permission(
        FunctionName="invoices", StatementId="open", Action="lambda:InvokeFunction", Principal="*")
    functions.create_function_url_config(FunctionName="invoices", AuthType="NONE")
    functions.publish_version(FunctionName="invoices")
    functions.tag_resource(Resource=arn, Tags={"warden:allow:url-public": "until=2027-01-31 by=pay"})
    iam.put_role_policy(RoleName="invoices-role", PolicyName="p", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}))
    functions.delete_function(FunctionName="invoices")

    wait_for(cloud, "UpdateFunctionConfiguration20150331v2", functionName="invoices")
    wait_for(cloud, "UpdateFunctionCode20150331v2", functionName=arn)
    wait_for(cloud, "PutFunctionConcurrency20171031", functionName="invoices")
    wait_for(cloud, "AddPermission20150331v2", statementId="open")
    wait_for(cloud, "CreateFunctionUrlConfig", functionName="invoices")
    wait_for(cloud, "PublishVersion20150331", functionName="invoices")
    tagged = wait_for(cloud, "TagResource20170331v2", resource=arn)
    assert tagged["detail"]["requestParameters"]["tags"] == {"warden:allow:url-public": "until=2027-01-31 by=pay"}
    wait_for(cloud, "PutRolePolicy", roleName="invoices-role")
    gone = wait_for(cloud, "DeleteFunction20150331", functionName="invoices")
    assert gone["detail"]["responseElements"] is None


def test_failed_calls_and_reads_do_not_arrive(cloud):
    functions = cloud.client("lambda")
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.update_function_configuration(FunctionName="nobody", Timeout=9)
    functions.list_functions()
    create(cloud, "later")
    wait_for(cloud, "CreateFunction20150331", functionName="later")
    names = [(e["detail"]["eventName"], e["detail"]["requestParameters"].get("functionName")) for e in received(cloud)]
    assert ("UpdateFunctionConfiguration20150331v2", "nobody") not in names
    assert not [name for name, _ in names if name.startswith(("List", "Get"))]


def test_a_member_account_reaches_the_bus_in_one_hop(cloud):
    events = cloud.client("events", MEMBER)
    events.put_rule(Name="forward", EventPattern=json.dumps({"source": ["aws.lambda"]}))
    events.put_targets(Rule="forward", Targets=[{
        "Id": "security", "Arn": cloud.outputs["BusArn"], "RoleArn": f"arn:aws:iam::{MEMBER}:role/forward"}])
    create(cloud, "member-function", MEMBER)
    event = wait_for(cloud, "CreateFunction20150331", functionName="member-function")
    assert event["account"] == MEMBER and event["detail"]["recipientAccountId"] == MEMBER


def test_lambda_answers_as_aws_does(cloud):
    arn = create(cloud, "plain")["FunctionArn"]
    functions = cloud.client("lambda")
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_policy(FunctionName="plain")
    functions.publish_version(FunctionName="plain")
    every = functions.list_functions(FunctionVersion="ALL")["Functions"]
    assert {f["FunctionArn"] for f in every} >= {arn, f"{arn}:1"}
    assert all("State" not in f for f in every)
    ours = functions.get_function_configuration(FunctionName="lambda-warden-on-change")
    assert ours["KMSKeyArn"].startswith("arn:aws:kms:")


def finding(account: str, arn: str) -> dict:
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "SchemaVersion": "2018-10-08", "Id": f"{arn}/test", "GeneratorId": "test", "AwsAccountId": account,
        "ProductArn": f"arn:aws:securityhub:{stack.REGION}:{account}:product/{account}/default",
        "CreatedAt": now, "UpdatedAt": now, "Title": "t", "Description": "d",
        "FindingProviderFields": {"Severity": {"Label": "LOW"}, "Types": ["Software and Configuration Checks"]},
        "Resources": [{"Type": "AwsLambdaFunction", "Id": arn}],
    }


def test_the_stand_ins_see_the_callers_account(cloud):
    arn = f"arn:aws:lambda:{stack.REGION}:{MEMBER}:function:f"
    member = cloud.client("securityhub", MEMBER)
    assert member.batch_import_findings(Findings=[finding(MEMBER, arn)])["SuccessCount"] == 1
    with pytest.raises(member.exceptions.AccessDeniedException):
        member.batch_import_findings(Findings=[finding(stack.ACCOUNT, arn)])
    cloud.client("iam", MEMBER).create_role(RoleName="publish", AssumeRolePolicyDocument=TRUST)
    session = cloud.client("sts").assume_role(RoleArn=f"arn:aws:iam::{MEMBER}:role/publish", RoleSessionName="test")
    assumed = cloud.client("securityhub", session["Credentials"]["AccessKeyId"])
    assert [f["AwsAccountId"] for f in assumed.get_findings()["Findings"]] == [MEMBER]


def test_security_hub_events_reach_the_bus_of_the_account(cloud):
    events, sqs = cloud.client("events", MEMBER), cloud.client("sqs", MEMBER)
    url = sqs.create_queue(QueueName="imported")["QueueUrl"]
    events.put_rule(Name="imported", EventPattern=json.dumps({"source": ["aws.securityhub"]}))
    events.put_targets(Rule="imported", Targets=[
        {"Id": "queue", "Arn": f"arn:aws:sqs:{stack.REGION}:{MEMBER}:imported"}])
    arn = f"arn:aws:lambda:{stack.REGION}:{MEMBER}:function:g"
    cloud.client("securityhub", MEMBER).batch_import_findings(Findings=[finding(MEMBER, arn)])
    [message] = stack.poll(lambda: sqs.receive_message(QueueUrl=url).get("Messages"), 30, "imported event")
    event = json.loads(message["Body"])
    assert event["detail-type"] == "Security Hub Findings - Imported" and event["account"] == MEMBER


def test_runtime_management_is_answered_for_functions_that_exist(cloud):
    create(cloud, "pinned")
    functions = cloud.client("lambda")
    assert functions.get_runtime_management_config(FunctionName="pinned")["UpdateRuntimeOn"] == "Auto"
    version = f"arn:aws:lambda:{stack.REGION}::runtime:{'0' * 64}"
    functions.put_runtime_management_config(
        FunctionName="pinned", UpdateRuntimeOn="Manual", RuntimeVersionArn=version)
    assert functions.get_runtime_management_config(FunctionName="pinned")["RuntimeVersionArn"] == version
    wait_for(cloud, "PutRuntimeManagementConfig", functionName="pinned", updateRuntimeOn="Manual")
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_runtime_management_config(FunctionName="nobody")
