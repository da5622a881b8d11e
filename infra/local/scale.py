"""A night of a whole organisation in the laptop's cloud, through the real state machine: calls and wall time.

    python infra/local/scale.py [accounts] [functions in each Region]

Each account has two Regions. Every twentieth function is on a runtime that is out of support.
"""

import json
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import members
import night
import stack
from builder import package

REGIONS = ("us-east-1", "eu-west-1")
ORGANIZATION = "o-abcdefghij"
ROLES = 20  # in each account, shared by its functions
CREATORS = 8
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:*:*:orders"}]})


def account_ids(count: int) -> list[str]:
    return [stack.ACCOUNT, *(f"{400000000000 + number}" for number in range(1, count))]


def furnish(cloud: stack.Cloud, account: str, functions: int):
    """Roles, then as many functions in each Region."""
    iam, code = cloud.client("iam", account), package()
    for number in range(ROLES):
        iam.create_role(RoleName=f"app-{number}", AssumeRolePolicyDocument=TRUST)
        iam.put_role_policy(RoleName=f"app-{number}", PolicyName="send", PolicyDocument=POLICY)
    for region in REGIONS:
        client = cloud.client("lambda", account, region)
        for number in range(functions):
            client.create_function(
                FunctionName=f"service-{number:04}", Handler="index.handler", Code={"ZipFile": code},
                Runtime="python3.8" if number % 20 == 0 else "python3.13",
                Role=f"arn:aws:iam::{account}:role/app-{number % ROLES}")


def timed(what: str, work):
    start = time.monotonic()
    done = work()
    print(f"{what:<58} {time.monotonic() - start:8.1f} s", flush=True)
    return done


def nights(accounts: int, functions: int, count: int = 2) -> list[dict]:
    """So many nights over a fresh organisation, the second with nothing changed."""
    with stack.Cloud(stack.binary("stand-ins")) as cloud:
        ids = account_ids(accounts)

        def everybody(work):
            with ThreadPoolExecutor(CREATORS) as pool:
                list(pool.map(work, ids))

        # Before the stack, so that nobody hears of it: the night has to find everything by itself.
        timed(f"{accounts * len(REGIONS) * functions:,} functions created",
              lambda: everybody(lambda account: furnish(cloud, account, functions)))
        outputs = timed("stack deployed", lambda: cloud.deploy(
            OrganizationId=ORGANIZATION, Regions=",".join(REGIONS), Accounts=",".join(ids)))
        for account in ids[1:]:
            members.join(cloud, outputs, account, REGIONS)
        return [timed(f"night {number + 1}", lambda: night.run(cloud, outputs)) for number in range(count)]


def told(done: dict) -> str:
    summary = done["summary"]
    if done["status"] != "SUCCEEDED":
        return f"{done['status']}: {done['cause']}"
    calls = summary["all"]["calls"]
    by_service = Counter()
    for call, times in calls.items():
        by_service[call.split(":")[0]] += times
    functions = summary["all"]["functions"]
    lines = [
        f"places {summary['swept']} of {summary['planned']}, functions {functions:,}, "
        f"open findings {sum(summary['all']['findings'].values()):,}, missing {len(summary['missing'])}",
        f"wall {done['seconds']:.1f} s, calls {sum(calls.values()):,} ({sum(calls.values()) / max(functions, 1):.2f} a function): "
        + ", ".join(f"{service} {times:,}" for service, times in by_service.most_common()),
    ]
    return "\n".join(lines)


def main():
    accounts, functions = (int(word) for word in (sys.argv[1:] + ["50", "200"][len(sys.argv) - 1:]))
    print(f"{accounts} accounts, {len(REGIONS)} Regions, {functions} functions in each")
    for number, done in enumerate(nights(accounts, functions)):
        print(f"night {number + 1}: {told(done)}")
        if done["status"] != "SUCCEEDED":
            raise SystemExit(1)


if __name__ == "__main__":
    main()
