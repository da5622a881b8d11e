"""CloudTrail's log files of a quarter, as a trail of the sample account would have delivered them.

Real key layout and record shapes, one file a day; the same days always give the same bytes.
"""

import datetime
import gzip
import hashlib
import json
from dataclasses import dataclass, field

DAYS = 90


@dataclass(frozen=True)
class Use:
    """What one function's role is seen to do, on every `every`-th day."""

    function: str
    role: str
    source: str  # of the event, without `.amazonaws.com`
    name: str
    parameters: dict = field(default_factory=dict)
    every: int = 1
    by: str = "code"  # code, platform (Lambda itself), forwarded (a service on the code's behalf)
    error: str = ""
    data: str = ""  # CloudTrail's resource type, for data events
    arns: tuple = ()
    reads: bool = True


def put(s3, bucket: str, account: str, region: str, uses: list[Use], ids: dict, until: datetime.date) -> int:
    """Delivers the files of DAYS days, the last of them `until`; returns how many events they hold.

    `ids`: role name → `RoleId`.
    """
    count = 0
    for ago in range(DAYS):
        day = until - datetime.timedelta(days=ago)
        records = [record(use, ids[use.role], day, account, region) for use in uses if day.toordinal() % use.every == 0]
        records.append(somebody_else(day, account, region))
        body = gzip.compress(json.dumps({"Records": records}).encode(), mtime=0)
        s3.put_object(Bucket=bucket, Key=key(day, account, region), Body=body)
        count += len(records)
    return count


def key(day, account, region) -> str:
    unique = hashlib.sha256(f"{account}{region}{day}".encode()).hexdigest()[:16]
    return (f"AWSLogs/{account}/CloudTrail/{region}/{day:%Y/%m/%d}/"
            f"{account}_CloudTrail_{region}_{day:%Y%m%d}T1205Z_{unique}.json.gz")


def record(use: Use, role_id: str, day, account, region) -> dict:
    identity = session(use, role_id, account, region)
    if use.by == "forwarded":
        identity["invokedBy"] = "AWS Internal"
    agent = {"platform": "awslambda-worker/1.0", "forwarded": "AWS Internal"}.get(
        use.by, "Boto3/1.40.4 md/Botocore#1.40.4 lang/python#3.13.3 exec-env/AWS_Lambda_python3.13")
    out = call(day, account, region, use.source, use.name, agent, identity["principalId"]) | {
        "userIdentity": identity,
        "requestParameters": {k: filled(v, account, region) for k, v in use.parameters.items()} or None,
        "readOnly": use.reads,
        "managementEvent": not use.data,
        "eventCategory": "Data" if use.data else "Management",
    }
    if use.arns:
        out["resources"] = [{"ARN": filled(arn, account, region)} for arn in use.arns]
    if use.error:
        out |= {"errorCode": use.error, "errorMessage": f"User is not authorized to perform: {use.source}:{use.name} "
                                                        "because no identity-based policy allows the action"}
    return out


def filled(value, account, region):
    return value.format(account=account, region=region) if isinstance(value, str) else value


def session(use: Use, role_id: str, account, region) -> dict:
    identity = {
        "type": "AssumedRole",
        "principalId": f"{role_id}:{use.function}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{use.role}/{use.function}",
        "accountId": account,
        "sessionContext": {"sessionIssuer": {
            "type": "Role", "principalId": role_id, "arn": f"arn:aws:iam::{account}:role/{use.role}",
            "accountId": account, "userName": use.role}},
    }
    if use.by != "platform":
        identity["inScopeOf"] = {
            "issuerType": "AWS::Lambda::Function",
            "credentialsIssuedTo": f"arn:aws:lambda:{region}:{account}:function:{use.function}"}
    return identity


def somebody_else(day, account, region) -> dict:
    """A person at work: shows that the trail records writes, and is nobody's evidence."""
    return call(day, account, region, "s3", "CreateBucket", "aws-cli/2.31.1", "ada") | {
        "userIdentity": {"type": "IAMUser", "principalId": "AIDAEXAMPLEUSER00001", "accountId": account,
                         "arn": f"arn:aws:iam::{account}:user/ada", "userName": "ada"},
        "requestParameters": {"bucketName": f"scratch-{day}"}, "readOnly": False, "managementEvent": True,
        "eventCategory": "Management"}


def call(day, account, region, source, name, agent, who) -> dict:
    unique = hashlib.sha256(f"{day}{account}{region}{source}{name}{agent}{who}".encode()).hexdigest()
    return {
        "eventVersion": "1.11", "eventTime": f"{day}T09:30:00Z", "eventSource": f"{source}.amazonaws.com",
        "eventName": name, "awsRegion": region, "sourceIPAddress": "198.51.100.7", "userAgent": agent,
        "responseElements": None, "eventType": "AwsApiCall",
        "eventID": "-".join((unique[:8], unique[8:12], unique[12:16], unique[16:20], unique[20:32])),
        "recipientAccountId": account,
    }
