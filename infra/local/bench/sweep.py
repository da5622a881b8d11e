"""What one account-Region costs by night: calls, time and the most memory a sweep takes.

    PYTHONPATH=infra/local python -m bench.sweep [functions]
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import stack
from bench import start
from bench.crowd import FUNCTIONS, Crowd

FIRST_NIGHT = "2026-05-01"
MOST_MB = 256


def nights(program: Path, cloud: stack.Cloud, count: int = 2) -> list[dict]:
    """So many nights one after the other, what is remembered kept in a bucket of its own."""
    cloud.client("s3").create_bucket(Bucket="memory")
    env = start.settings(cloud) | {"WARDEN_BUCKET": "s3://memory"}
    done = subprocess.run([str(program), FIRST_NIGHT, str(count)], env=env, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"`{program}` failed:\n{done.stderr[-3000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def rows(nights: list[dict]) -> list[tuple]:
    """As a table of the bench."""
    of = {number: sum(night["calls"].values()) for number, night in enumerate(nights)}
    return [("", "functions", "calls", "a function", "findings", "written", "wall s", "peak MB so far"),
            *((f"night {number + 1}", night["functions"], of[number], f"{of[number] / night['functions']:.2f}",
               night["findings"], night["written"], f"{night['seconds']:.1f}", f"{night['peak_kib'] / 1024:.0f}")
              for number, night in enumerate(nights))]


def main():
    """A place of its own; fails where a sweep takes more memory than it may."""
    functions = int(sys.argv[1]) if len(sys.argv) > 1 else FUNCTIONS
    with stack.Cloud(stack.binary("stand-ins")) as cloud:
        began = time.monotonic()
        Crowd(cloud, functions).build_all()
        print(f"One account-Region of {functions:,} functions, made in {time.monotonic() - began:.0f} s.", flush=True)
        found = nights(stack.binary("examples/place"), cloud)
    for row in rows(found):
        print("  ".join(str(cell).rjust(10) for cell in row))
    peak = max(night["peak_kib"] for night in found) / 1024
    print(f"peak memory {peak:.0f} MB (must: at most {MOST_MB})")
    if peak > MOST_MB:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
