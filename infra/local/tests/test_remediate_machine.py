"""infra/remediate.asl.json as it is, each way through it: what the tasks answer is written here, the rest is real.

The emulator's mocks have the form of AWS's own Step Functions Local.
https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html
A mocked error comes again at each retry, so that retries that help are not shown here.
"""

import json
import re

import pytest

import stack

MACHINE = (stack.ROOT / "infra" / "remediate.asl.json").read_text()
STATES = json.loads(MACHINE)["States"]
PLANNED = {"outcome": "planned", "wait": 86400, "summary": "switch active tracing on"}
AT_ONCE = PLANNED | {"wait": 0}
STALE = {"outcome": "stale", "why": "the tracing of `pay` has changed since the plan"}
GOOD = {"Plan": [PLANNED], "Apply": [{"outcome": "applied"}], "Verify": [{"outcome": "verified"}],
        "Watch": [{"until": "2026-12-03T10:00:00Z"}], "RollBack": [{"outcome": "rolled-back"}]}
TELL = [name for name in STATES if name.startswith("Tell")]


def repeated(error: str, times: int = 20) -> list:
    return [error] * times


# Name → what differs from GOOD, the states gone through after Begin, how it ends.
CASES = {
    "made-after-the-grace": ({}, "Plan Planned Grace Apply Applied Verify Watch TellRepaired Repaired", "SUCCEEDED"),
    "made-at-once": ({"Plan": [AT_ONCE]}, "Plan Planned Apply Applied Verify Watch TellRepaired Repaired", "SUCCEEDED"),
    "refused": ({"Plan": [{"outcome": "refused", "why": "exempt"}]}, "Plan Planned NothingDone", "SUCCEEDED"),
    "nothing-to-do": ({"Plan": [{"outcome": "nothing", "why": "gone"}]}, "Plan Planned NothingDone", "SUCCEEDED"),
    "called-off": ({"Apply": [{"outcome": "cancelled", "why": "suppressed"}]},
                   "Plan Planned Grace Apply Applied NothingDone", "SUCCEEDED"),
    "planned-anew": ({"Plan": [AT_ONCE] * 2, "Apply": [STALE, {"outcome": "applied"}]},
                     "Plan Planned Apply Applied " * 2 + "Verify Watch TellRepaired Repaired", "SUCCEEDED"),
    "never-the-same": ({"Plan": [AT_ONCE] * 4, "Apply": [STALE] * 4},
                       "Plan Planned Apply Applied " * 4 + "RollBack TellTakenBack TakenBack", "SUCCEEDED"),
    "not-planned": ({"Plan": repeated("Denied")}, "Plan TellTrouble Trouble", "FAILED"),
    "not-applied": ({"Apply": repeated("Denied")}, "Plan Planned Grace Apply RollBack TellTakenBack TakenBack", "SUCCEEDED"),
    "not-verified": ({"Verify": repeated("Unverified")},
                     "Plan Planned Grace Apply Applied Verify RollBack TellTakenBack TakenBack", "SUCCEEDED"),
    "not-watched": ({"Watch": repeated("Denied")},
                    "Plan Planned Grace Apply Applied Verify Watch RollBack TellTakenBack TakenBack", "SUCCEEDED"),
    "not-taken-back": ({"Apply": repeated("Failed"), "RollBack": repeated("Failed")},
                       "Plan Planned Grace Apply RollBack TellTrouble Trouble", "FAILED"),
    "no-notice-of-repair": ({"TellRepaired": repeated("SNS.NotFound")},
                            "Plan Planned Grace Apply Applied Verify Watch TellRepaired Repaired", "SUCCEEDED"),
    "no-notice-of-the-way-back": ({"Apply": repeated("Denied"), "TellTakenBack": repeated("SNS.NotFound")},
                                  "Plan Planned Grace Apply RollBack TellTakenBack TakenBack", "SUCCEEDED"),
    "no-notice-of-trouble": ({"Plan": repeated("Denied"), "TellTrouble": repeated("SNS.NotFound")},
                             "Plan TellTrouble Trouble", "FAILED"),
    "taken-back-on-request": ({}, "RollBack TellTakenBack TakenBack", "SUCCEEDED"),
    "taken-back-in-part": ({"RollBack": [{"outcome": "left", "what": ["tracing of `pay`"]}]},
                           "RollBack TellTakenBack TakenBack", "SUCCEEDED"),
}
BACK = {"taken-back-on-request", "taken-back-in-part"}


def answer(state: str, one) -> dict:
    if isinstance(one, str):
        return {"Throw": {"Error": one, "Cause": "as this test has it"}}
    return {"Return": {"MessageId": "1"} if state in TELL else {"StatusCode": 200, "Payload": one}}


def mocks() -> dict:
    cases, responses = {}, {}
    for case, (differs, _, _) in CASES.items():
        cases[case] = {}
        for state, answers in (GOOD | {name: [{}] for name in TELL} | differs).items():
            cases[case][state] = f"{case}-{state}"
            responses[f"{case}-{state}"] = {str(n): answer(state, one) for n, one in enumerate(answers)}
    return {"StateMachines": {"remediate": {"TestCases": cases}}, "MockedResponses": responses}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    path = tmp_path_factory.mktemp("mocks") / "mocks.json"
    path.write_text(json.dumps(mocks()))
    with stack.Cloud(None, SFN_MOCK_CONFIG=str(path), SFN_WAIT_SCALE="0") as cloud:
        text = MACHINE
        for blank in set(re.findall(r"\$\{(\w+)\}", text)):
            text = text.replace(f"${{{blank}}}", "aws" if blank == "Partition" else f"arn:aws:lambda:us-east-1:1:function:{blank}")
        cloud.machine = cloud.client("stepfunctions").create_state_machine(
            name="remediate", definition=text, roleArn=f"arn:aws:iam::{stack.ACCOUNT}:role/r")["stateMachineArn"]
        yield cloud


def run(cloud, case: str) -> tuple[list[str], dict]:
    """The states gone through, and the execution as it ended."""
    states = cloud.client("stepfunctions")
    order = {"action": "roll-back" if case in BACK else "repair", "repair": "0123456789abcdef", "mode": "auto", "by": "ann",
             "finding": "arn:aws:lambda:us-east-1:111122223333:function:pay/tracing-off"}
    started = states.start_execution(stateMachineArn=f"{cloud.machine}#{case}", input=json.dumps(order))["executionArn"]
    described = lambda: states.describe_execution(executionArn=started)  # noqa: E731
    stack.poll(lambda: described()["status"] != "RUNNING", 30, f"end of {case}")
    pages = states.get_paginator("get_execution_history").paginate(executionArn=started)
    entered = [event["stateEnteredEventDetails"]["name"] for page in pages for event in page["events"]
               if "stateEnteredEventDetails" in event]
    return entered, described()


@pytest.mark.parametrize("case", CASES)
def test_each_way_ends_where_it_should(cloud, case):
    entered, ended = run(cloud, case)
    _, path, status = CASES[case]
    assert (" ".join(entered), ended["status"]) == ("Begin " + path.strip(), status)


def test_every_state_is_reached_and_every_catch():
    gone_through = {state for _, path, _ in CASES.values() for state in path.split()} | {"Begin"}
    assert gone_through == set(STATES)
    caught = {(one, after) for _, path, _ in CASES.values() for one, after in zip(path.split(), path.split()[1:], strict=False)}
    for name, state in STATES.items():
        for catch in state.get("Catch", []):
            failing = any(isinstance(last, str) for differs, _, _ in CASES.values() for last in differs.get(name, [])[-1:])
            assert (name, catch["Next"]) in caught and failing, f"nothing fails in {name}"


def test_trouble_is_told_with_its_cause(cloud):
    _, ended = run(cloud, "not-taken-back")
    assert ended["error"] == "RepairFailed"
    assert "NOT be taken back" in ended["cause"] and "as this test has it" in ended["cause"]
