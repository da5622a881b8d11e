"""Starts the night's state machine and waits for it."""

import json

import stack

PATIENCE_SECONDS = 1800


def run(cloud: stack.Cloud, outputs: dict) -> dict:
    """One execution of the night: its `status`, and its `answer` with the night's `summary`, or the `cause` of its failure."""
    states = cloud.client("stepfunctions")
    started = states.start_execution(stateMachineArn=outputs["NightlyArn"], input="{}")["executionArn"]

    def ended():
        found = states.describe_execution(executionArn=started)
        return found if found["status"] != "RUNNING" else None

    done = stack.poll(ended, PATIENCE_SECONDS, "end of the night")
    answer = json.loads(done["output"]) if done["status"] == "SUCCEEDED" else None
    return {
        "status": done["status"],
        "seconds": (done["stopDate"] - done["startDate"]).total_seconds(),
        "answer": answer,
        "summary": answer and summary(cloud, outputs["LedgerBucketName"], answer["night"]),
        "error": done.get("error"),
        "cause": done.get("cause"),
    }


def summary(cloud: stack.Cloud, bucket: str, name: str) -> dict:
    """What a night keeps of itself; the execution's answer has but the counts."""
    kept = cloud.client("s3").get_object(Bucket=bucket, Key=f"nights/{name}/summary.json")
    return json.loads(kept["Body"].read())
