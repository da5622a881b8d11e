"""A thousand roles, expanded and judged, beside iam-expand doing the expansion alone. Both read the same file."""

import json
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

import stack

ROLES, SEED, ROUNDS = 1000, 1, 5
ORACLE = stack.ROOT / ".venv" / "oracle"
NODE = ORACLE / "bin" / "node"
EXPAND = stack.ROOT / "infra" / "checks" / "oracle" / "expand.mjs"


def judge(program: Path) -> dict:
    """Median CPU seconds of both, how many patterns there were, and whether both found the same actions."""
    with tempfile.TemporaryDirectory() as folder:
        roles = Path(folder) / "roles.jsonl"
        with open(roles, "wb") as out:
            subprocess.run([program, "make", str(ROLES), str(SEED)], stdout=out, check=True)
        ours, our_lines = median([program, "judge"], roles)
        theirs, their_lines = median([NODE, "--input-type=module", "--eval", EXPAND.read_text()], roles)
        patterns = sum(count(policy) for line in open(roles) for policy in json.loads(line)["policies"])
    same = [line.split()[0] for line in our_lines] == their_lines
    return {"patterns": patterns, "ours_s": ours, "theirs_s": theirs, "same": same}


def count(policy) -> int:
    actions = [statement["Action"] for statement in policy["Statement"]]
    return sum(1 if isinstance(action, str) else len(action) for action in actions)


def median(command, stdin: Path):
    costs = []
    for _ in range(ROUNDS):
        with open(stdin, "rb") as given:
            process = subprocess.Popen([str(part) for part in command], stdin=given, stdout=subprocess.PIPE, cwd=ORACLE)
            printed = process.stdout.read().decode().splitlines()
            process.stdout.close()
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"`{command[0]}` failed with {process.returncode}")
        costs.append(usage.ru_utime + usage.ru_stime)
    return statistics.median(costs), printed
