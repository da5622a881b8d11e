"""Starts the night's state machine and waits for it."""

import json

import stack

PATIENCE_SECONDS = 1800


def run(cloud: stack.Cloud, outputs: dict) -> dict:
    """One execution of the night: its `status`, and its `summary` or the `cause` of its failure."""
    states = cloud.client("stepfunctions")
    started = states.start_execution(stateMachineArn=outputs["NightlyArn"], input="{}")["executionArn"]

    def ended():
        found = states.describe_execution(executionArn=started)
        return found if found["status"] != "RUNNING" else None

    done = stack.poll(ended, PATIENCE_SECONDS, "end of the night")
    return {
        "status": done["status"],
        "seconds": (done["stopDate"] - done["startDate"]).total_seconds(),
        "summary": json.loads(done.get("output") or "null"),
        "error": done.get("error"),
        "cause": done.get("cause"),
    }
