"""CloudTrail records of the write calls the emulator serves, in the shape CloudTrail gives them.

Pure: a request and its response go in, one record comes out. The emulator puts it on the default bus.
Names, suffixes and dropped fields: https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html
"""

import json
import re
import time
import urllib.parse
import uuid
from dataclasses import dataclass

# Method, path behind the API date, eventName. CloudTrail keeps the API version in some names and not in others.
LAMBDA_WRITES = [
    ("POST", "functions", "CreateFunction20150331"),
    ("DELETE", "functions/{functionName}", "DeleteFunction20150331"),
    ("PUT", "functions/{functionName}/code", "UpdateFunctionCode20150331v2"),
    ("PUT", "functions/{functionName}/configuration", "UpdateFunctionConfiguration20150331v2"),
    ("POST", "functions/{functionName}/versions", "PublishVersion20150331"),
    ("POST", "functions/{functionName}/aliases", "CreateAlias20150331"),
    ("PUT", "functions/{functionName}/aliases/{name}", "UpdateAlias20150331"),
    ("DELETE", "functions/{functionName}/aliases/{name}", "DeleteAlias20150331"),
    ("POST", "functions/{functionName}/policy", "AddPermission20150331v2"),
    ("DELETE", "functions/{functionName}/policy/{statementId}", "RemovePermission20150331v2"),
    ("PUT", "resource-policy/{resourceArn}", "PutResourcePolicy"),
    ("DELETE", "resource-policy/{resourceArn}", "DeleteResourcePolicy"),
    ("POST", "functions/{functionName}/url", "CreateFunctionUrlConfig"),
    ("PUT", "functions/{functionName}/url", "UpdateFunctionUrlConfig"),
    ("DELETE", "functions/{functionName}/url", "DeleteFunctionUrlConfig"),
    ("POST", "tags/{resource}", "TagResource20170331v2"),
    ("DELETE", "tags/{resource}", "UntagResource20170331v2"),
    ("PUT", "functions/{functionName}/concurrency", "PutFunctionConcurrency20171031"),
    ("DELETE", "functions/{functionName}/concurrency", "DeleteFunctionConcurrency20171031"),
    ("POST", "event-source-mappings", "CreateEventSourceMapping20150331"),
    ("PUT", "event-source-mappings/{uUID}", "UpdateEventSourceMapping20150331"),
    ("DELETE", "event-source-mappings/{uUID}", "DeleteEventSourceMapping20150331"),
    ("POST", "layers/{layerName}/versions", "PublishLayerVersion20181031"),
    ("POST", "layers/{layerName}/versions/{versionNumber}/policy", "AddLayerVersionPermission20181031"),
    ("DELETE", "layers/{layerName}/versions/{versionNumber}/policy/{statementId}", "RemoveLayerVersionPermission20181031"),
    ("PUT", "functions/{functionName}/code-signing-config", "PutFunctionCodeSigningConfig"),
    ("DELETE", "functions/{functionName}/code-signing-config", "DeleteFunctionCodeSigningConfig"),
    ("PUT", "code-signing-configs/{codeSigningConfigArn}", "UpdateCodeSigningConfig"),
    ("DELETE", "code-signing-configs/{codeSigningConfigArn}", "DeleteCodeSigningConfig"),
    ("PUT", "functions/{functionName}/runtime-management-config", "PutRuntimeManagementConfig"),
    ("PUT", "functions/{functionName}/event-invoke-config", "PutFunctionEventInvokeConfig"),
    ("POST", "functions/{functionName}/event-invoke-config", "UpdateFunctionEventInvokeConfig"),
    ("DELETE", "functions/{functionName}/event-invoke-config", "DeleteFunctionEventInvokeConfig"),
    ("PUT", "functions/{functionName}/provisioned-concurrency", "PutProvisionedConcurrencyConfig"),
    ("DELETE", "functions/{functionName}/provisioned-concurrency", "DeleteProvisionedConcurrencyConfig"),
    ("PUT", "functions/{functionName}/recursion-config", "PutFunctionRecursionConfig"),
    ("PUT", "functions/{functionName}/function-scaling-config", "PutFunctionScalingConfig"),
]
READ_PREFIXES = ("Get", "List", "Describe", "Simulate", "Generate")
# Keys below these are the customer's own words and keep their case.
CUSTOMER_KEYED = {"tags", "variables"}
NEVER_LOGGED = {"zipFile"}


@dataclass(frozen=True)
class Call:
    """One served request: `query` and IAM's form are lists of values, `body` the bytes sent."""

    service: str
    method: str
    path: str
    query: dict
    body: bytes
    status: int
    answer: bytes
    user_agent: str = ""


@dataclass(frozen=True)
class Caller:
    """Who called: `session` is an assumed-role session's ARN, or empty."""

    account: str
    region: str
    access_key: str
    session: str = ""


def record(call: Call, caller: Caller) -> dict | None:
    """The CloudTrail record of a write to Lambda or IAM; None for reads and for invocations."""
    shape = _lambda_shape(call) if call.service == "lambda" else _iam_shape(call)
    if shape is None:
        return None
    name, request, answer = shape
    failed = call.status >= 400
    out = {
        "eventVersion": "1.08",
        "userIdentity": _identity(caller),
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "eventSource": f"{call.service}.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1" if call.service == "iam" else caller.region,
        "sourceIPAddress": "198.51.100.7",
        "userAgent": call.user_agent,
        "requestParameters": request,
        "responseElements": None if failed else answer,
        "requestID": str(uuid.uuid4()),
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": caller.account,
        "eventCategory": "Management",
    }
    if failed:
        out["errorCode"], out["errorMessage"] = _error(call.answer)
    return out


def _identity(caller: Caller) -> dict:
    identity = {"accountId": caller.account, "accessKeyId": caller.access_key}
    if not caller.session:
        return identity | {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLE",
            "arn": f"arn:aws:iam::{caller.account}:user/developer",
            "userName": "developer",
        }
    role = caller.session.split("/")[1]
    issuer = {
        "type": "Role",
        "principalId": "AROAEXAMPLE",
        "arn": f"arn:aws:iam::{caller.account}:role/{role}",
        "accountId": caller.account,
        "userName": role,
    }
    return identity | {
        "type": "AssumedRole",
        "principalId": "AROAEXAMPLE:session",
        "arn": caller.session,
        "sessionContext": {"sessionIssuer": issuer, "attributes": {"mfaAuthenticated": "false"}},
    }


def _lambda_shape(call: Call):
    path = urllib.parse.unquote(call.path).strip("/").split("/", 1)[-1]
    for method, pattern, name in LAMBDA_WRITES:
        found = method == call.method and re.fullmatch(_regex(pattern), path)
        if found:
            body = _json(call.body)
            query = {k: v if k == "tagKeys" else v[0] for k, v in call.query.items()}
            request = lower(query) | lower(body) | found.groupdict()
            if name.startswith("UpdateFunctionCode"):
                request = {"dryRun": False, "publish": False} | request
            answer = None if call.method == "DELETE" or "{resource}" in pattern else lower(_json(call.answer))
            return name, request, answer or None
    return None


def _regex(pattern: str) -> str:
    """An ARN may hold slashes, a name may not."""
    return re.sub(r"\{(\w+)\}", lambda m: f"(?P<{m[1]}>{'.+' if 'esource' in m[1] else '[^/]+'})", pattern)


def _iam_shape(call: Call):
    form = {k: v[0] for k, v in urllib.parse.parse_qs(call.body.decode("utf-8", "replace")).items()}
    name = form.pop("Action", "")
    form.pop("Version", None)
    if not name or name.startswith(READ_PREFIXES):
        return None
    return name, lower(form), None


def lower(value, keep=False):
    """CloudTrail's keys start in lower case; code and variables are never in it."""
    if isinstance(value, list):
        return [lower(v, keep) for v in value]
    if not isinstance(value, dict):
        return value
    out = {}
    for key, inner in value.items():
        named = key if keep else key[:1].lower() + key[1:]
        if named in NEVER_LOGGED and not keep:
            continue
        out[named] = {} if named == "environment" and not keep else lower(inner, named in CUSTOMER_KEYED)
    return out


def _json(data: bytes) -> dict:
    try:
        value = json.loads(data or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _error(answer: bytes):
    body = _json(answer)
    if body:
        code = str(body.get("__type") or body.get("Code") or body.get("code") or "")
        return code.rsplit("#", 1)[-1] or "ServiceException", body.get("message") or body.get("Message") or ""
    text = answer.decode("utf-8", "replace")
    code, message = (re.search(f"<{tag}>(.*?)</{tag}>", text, re.S) for tag in ("Code", "Message"))
    return code[1] if code else "ServiceException", message[1] if message else ""
