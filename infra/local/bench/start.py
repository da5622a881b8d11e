"""How fast on-change starts, and what memory it takes to judge one function."""

import json
import statistics
import subprocess
import uuid
from pathlib import Path

import stack

ROUNDS = 40
EVENT = stack.ROOT / "infra" / "events" / "create-function.json"


def settings(cloud) -> dict:
    """What template.yaml tells on-change."""
    return cloud.env() | {
        "WARDEN_ACCOUNT": cloud.account,
        "WARDEN_READ_ROLE": "lambda-warden-read",
        "WARDEN_PUBLISH_ROLE": "lambda-warden-publish",
    }


def starts(program: Path, ours: Path, hello: Path, env: dict) -> dict:
    """Medians by name of the bootstrap: start to first event in ms, CPU ms of that, peak memory in KiB."""
    runs = _run([program, str(ROUNDS), hello, ours], env, "")
    figures = ("init_ms", "init_cpu_ms", "init_kib")
    return {name: {f: statistics.median(r[f] for r in runs if r["bootstrap"] == name) for f in figures}
            for name in (hello.name, ours.name)}


def judging(program: Path, ours: Path, env: dict, arn: str) -> dict:
    """One start that answers the event of `arn`'s creation; stops the bench if the event comes back as failed."""
    [run] = _run([program, "1", ours], env, json.dumps(batch(arn)))
    if run["answer"].get("batchItemFailures"):
        raise SystemExit(f"on-change did not judge `{arn}`: {run['answer']}")
    return run


def batch(arn: str) -> dict:
    """The queue's message about the creation of a function, after the recorded event."""
    _, _, _, region, account, _, name = arn.split(":")
    event = json.loads(EVENT.read_text().replace("eu-central-1", region).replace("111122223333", account))
    event["detail"]["eventID"] = str(uuid.uuid4())
    event["detail"]["requestParameters"]["functionName"] = name
    event["detail"]["responseElements"] |= {"functionName": name, "functionArn": arn}
    record = {"messageId": str(uuid.uuid4()), "body": json.dumps(event), "eventSource": "aws:sqs", "awsRegion": region,
              "eventSourceARN": f"arn:aws:sqs:{region}:{account}:changes", "attributes": {}, "messageAttributes": {}}
    return {"Records": [record]}


def _run(command, env, event) -> list[dict]:
    done = subprocess.run([str(part) for part in command], env=env, input=event, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"`{command[0]}` failed:\n{done.stderr[-3000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]
