"""The emulator's CloudTrail records, without the emulator: calls in, records out."""

import json

import pytest

import emulator
import trail

CALLER = trail.Caller("111122223333", "eu-central-1", "111122223333")
ARN = "arn:aws:lambda:eu-central-1:111122223333:function:invoices"


def call(method, path, body=b"", status=200, answer=b"{}", query=None, service="lambda"):
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    said = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return trail.record(trail.Call(service, method, path, query or {}, sent, status, said), CALLER)


# method, path, body, query, eventName, requestParameters
WRITES = [
    ("POST", "/2015-03-31/functions", {"FunctionName": "f", "Code": {"ZipFile": "x", "S3Key": "k"},
                                       "Environment": {"Variables": {"A": "secret"}}, "Tags": {"Team": "Pay"}}, {},
     "CreateFunction20150331",
     {"functionName": "f", "code": {"s3Key": "k"}, "environment": {}, "tags": {"Team": "Pay"}}),
    ("PUT", "/2015-03-31/functions/f/code", {"ZipFile": "x", "DryRun": True}, {},
     "UpdateFunctionCode20150331v2", {"functionName": "f", "dryRun": True, "publish": False}),
    ("DELETE", f"/2017-03-31/tags/{ARN}", b"", {"tagKeys": ["a", "b"]},
     "UntagResource20170331v2", {"resource": ARN, "tagKeys": ["a", "b"]}),
    ("POST", "/2015-03-31/functions/f/policy", {"Principal": "*"}, {"Qualifier": ["live"]},
     "AddPermission20150331v2", {"functionName": "f", "principal": "*", "qualifier": "live"}),
    ("PUT", "/2021-07-20/functions/f/runtime-management-config", {"UpdateRuntimeOn": "Auto"}, {},
     "PutRuntimeManagementConfig", {"functionName": "f", "updateRuntimeOn": "Auto"}),
]


@pytest.mark.parametrize("method,path,body,query,name,request_", WRITES, ids=lambda v: v if isinstance(v, str) else "")
def test_a_write_is_recorded_as_cloudtrail_would(method, path, body, query, name, request_):
    record = call(method, path, body, query=query)
    assert (record["eventName"], record["requestParameters"]) == (name, request_)
    assert record["awsRegion"] == "eu-central-1" and "errorCode" not in record


@pytest.mark.parametrize("method,path", [
    ("GET", "/2015-03-31/functions"), ("GET", "/2015-03-31/functions/f/policy"),
    ("POST", "/2015-03-31/functions/f/invocations"),
])
def test_reads_and_invocations_are_not(method, path):
    assert call(method, path) is None


def test_a_failure_says_so():
    record = call("DELETE", "/2015-03-31/functions/f", status=404,
                  answer={"__type": "ResourceNotFoundException", "message": "no"})
    assert (record["errorCode"], record["responseElements"]) == ("ResourceNotFoundException", None)


def test_iam_is_reported_in_us_east_1():
    record = call("POST", "/", b"Action=PutRolePolicy&Version=2010-05-08&RoleName=r&PolicyName=p", service="iam")
    assert (record["eventName"], record["awsRegion"]) == ("PutRolePolicy", "us-east-1")
    assert record["requestParameters"] == {"roleName": "r", "policyName": "p"}
    assert call("POST", "/", b"Action=GetRole&RoleName=r", service="iam") is None


def test_a_session_names_its_role():
    caller = trail.Caller("111122223333", "eu-central-1", "ASIA", "arn:aws:sts::111122223333:assumed-role/deploy/me")
    sent = trail.Call("lambda", "DELETE", "/2015-03-31/functions/f", {}, b"", 204, b"")
    issuer = trail.record(sent, caller)["userIdentity"]["sessionContext"]["sessionIssuer"]
    assert issuer["arn"] == "arn:aws:iam::111122223333:role/deploy"


def test_another_ministack_is_refused(monkeypatch):
    monkeypatch.setattr(emulator.importlib.metadata, "version", lambda _: "9.9.9")
    with pytest.raises(SystemExit, match="9.9.9 is installed, 1.5.33 is needed: run `make tools`"):
        emulator.check_version()
