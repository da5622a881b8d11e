"""The state machines: a linter's word, our own errors by name, and nothing caught in silence."""

import json
import re
import subprocess
from pathlib import Path

import pytest

import sam_template
import stack

INFRA = stack.ROOT / "infra"
ORACLE = stack.ROOT / ".venv" / "oracle"
MACHINES = {path.name.split(".")[0]: json.loads(path.read_text()) for path in sorted(INFRA.glob("*.asl.json"))}
TEMPLATE = sam_template.load(stack.ROOT / "template.yaml")
# Names that Step Functions and Lambda give to errors of their own.
# https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
FOREIGN = re.compile(r"States\.\w+|Lambda\.\w+|Sandbox\.Timedout")
LINT = """
import { readFileSync } from 'node:fs'
import asl from 'asl-validator'
const found = JSON.parse(readFileSync(0, 'utf8'))
process.stdout.write(JSON.stringify(Object.fromEntries(Object.entries(found).map(([name, text]) => {
  const { isValid, errorsText } = (asl.default ?? asl)(JSON.parse(text), { checkPaths: true, checkArn: false })
  return [name, isValid ? '' : errorsText('\\n')]
}))))
"""


def states(machine: dict, within=""):
    """Every state with its name, those of maps too."""
    for name, state in machine["States"].items():
        yield f"{within}{name}", state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"], f"{within}{name}/")


ALL = [(f"{machine}: {name}", state) for machine, found in MACHINES.items() for name, state in states(found)]
TASKS = [(name, state) for name, state in ALL if state["Type"] in ("Task", "Map")]


def raised() -> set[str]:
    """The names of our errors: the kinds of `scan`, and what `edge` and the functions refuse by name."""
    kinds = (stack.ROOT / "shared/scan/src/error.rs").read_text().split("pub enum Kind {")[1].split("\n}")[0]
    found = set(re.findall(r"^    (\w+),", kinds, flags=re.M))
    for folder in ("shared/edge/src", "functions"):
        for path in (stack.ROOT / folder).rglob("*.rs"):
            found |= set(re.findall(r'error_type: "(\w+)"', path.read_text()))
    return found


def test_the_linter_is_content():
    texts = {name: json.dumps(machine) for name, machine in MACHINES.items()}
    done = subprocess.run([ORACLE / "bin" / "node", "--input-type=module", "--eval", LINT], cwd=ORACLE, check=True,
                          input=json.dumps(texts), capture_output=True, text=True)
    assert json.loads(done.stdout) == dict.fromkeys(MACHINES, "")


@pytest.mark.parametrize("name,state", TASKS, ids=[name for name, _ in TASKS])
def test_errors_are_called_what_the_code_calls_them(name, state):
    for rule in state.get("Retry", []) + state.get("Catch", []):
        unknown = [error for error in rule["ErrorEquals"] if error not in raised() and not FOREIGN.fullmatch(error)]
        assert not unknown, f"{name} waits for {unknown}, which nobody raises"


@pytest.mark.parametrize("name,state", TASKS, ids=[name for name, _ in TASKS])
def test_nothing_is_caught_in_silence(name, state):
    for rule in state.get("Catch", []):
        said = "trouble" in rule.get("Assign", {}) or rule["Next"].startswith("Say")
        assert said, f"{name} catches {rule['ErrorEquals']} and tells nobody"
    if state["Type"] == "Map":
        # One place of three is more than any share below: those that are well would be given up with it. Each
        # failure is kept in missed/, and whether the night was whole is decided when it is summed up.
        assert state["ToleratedFailurePercentage"] == 100, f"{name} would give up what is well"


def resources_of(name: str) -> dict:
    [properties] = [resource["Properties"] for resource in TEMPLATE["Resources"].values()
                    if resource.get("Properties", {}).get("DefinitionUri") == f"infra/{name}.asl.json"]
    return properties


@pytest.mark.parametrize("name", MACHINES)
def test_the_template_fills_every_blank_and_no_other(name):
    blanks = set(re.findall(r"\$\{(\w+)\}", (INFRA / f"{name}.asl.json").read_text()))
    assert blanks == set(resources_of(name)["DefinitionSubstitutions"])


@pytest.mark.parametrize("name", MACHINES)
def test_every_next_is_a_state_and_every_state_is_next(name):
    def walk(machine):
        targets = {machine["StartAt"]}
        for state in machine["States"].values():
            branches = state.get("Choices", []) + state.get("Catch", [])
            targets |= {one[key] for one in [state, *branches] for key in ("Next", "Default") if key in one}
            if "ItemProcessor" in state:
                walk(state["ItemProcessor"])
        assert targets == set(machine["States"])

    walk(MACHINES[name])
