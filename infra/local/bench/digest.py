"""Digesting an organisation's logs: against decompression alone, and against DuckDB on the same question."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.measure import POLL_SECONDS, peak_kib

EVENTS = 1_000_000
# DuckDB takes a minute for a million; ratios are of the same files on both sides.
FEWER = 100_000
ROUNDS = 3

# The question without the answer's IAM part: for each role and session, which events, how often, with how many
# errors, when first and last. Every column is typed by hand, and only what is needed is read.
QUERY = """
SET threads = 1; SET memory_limit = '4GB';
COPY (
  SELECT r.userIdentity.sessionContext.sessionIssuer.arn AS role, split_part(r.userIdentity.arn, '/', -1) AS session,
         r.eventSource, r.eventName, count(*), count(r.errorCode), min(r.eventTime), max(r.eventTime)
  FROM (SELECT unnest(Records) AS r FROM read_json('{logs}/**/*.json.gz', maximum_object_size = 67108864,
    columns = {{'Records': 'STRUCT(userIdentity STRUCT("type" VARCHAR, arn VARCHAR, sessionContext STRUCT(sessionIssuer
      STRUCT(arn VARCHAR))), eventTime TIMESTAMP, eventSource VARCHAR, eventName VARCHAR, errorCode VARCHAR)[]'}}))
  WHERE r.userIdentity."type" = 'AssumedRole'
  GROUP BY ALL
) TO '{out}' (FORMAT parquet)
"""


@dataclass
class Cost:
    """The middle one of some runs, by CPU."""

    cpu_s: float
    wall_s: float
    peak_mb: float


def run(*command) -> Cost:
    began = time.monotonic()
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL)
    peak, ended = 0, 0
    while not ended:
        time.sleep(POLL_SECONDS)
        peak = max(peak, peak_kib(process.pid))
        ended, status, used = os.wait4(process.pid, os.WNOHANG)
    if status:
        sys.exit(f"`{' '.join(map(str, command))}` ended with {os.waitstatus_to_exitcode(status)}")
    return Cost(used.ru_utime + used.ru_stime, time.monotonic() - began, peak / 1024)


def middle(costs: list[Cost]) -> Cost:
    return sorted(costs, key=lambda cost: cost.cpu_s)[len(costs) // 2]


def costs(examples: Path) -> dict[str, Cost]:
    """Everything in turns, so that a busy moment of the machine meets all of them."""
    measure = examples / "measure"
    with tempfile.TemporaryDirectory(prefix="warden-bench-") as home:
        home = Path(home)
        many, fewer = home / "many", home / "fewer"
        for folder, events in ((many, EVENTS), (fewer, FEWER)):
            run(examples / "generate", folder, events)
            run(measure, "floor", 1, folder)
        kinds = {
            "decompression alone (libdeflate)": (measure, "floor", 1, many),
            "digest, 1 thread": (measure, "digest", 1, many, home / "one"),
            "digest, 2 threads": (measure, "digest", 2, many, home / "two"),
            f"digest, 1 thread, {FEWER:,} events": (measure, "digest", 1, fewer, home / "few"),
        }
        taken = {name: [] for name in kinds}
        for _ in range(ROUNDS):
            for name, command in kinds.items():
                taken[name].append(run(*command))
        found = {name: middle(runs) for name, runs in taken.items()}
        query = QUERY.format(logs=fewer, out=home / "answer.parquet")
        found[f"DuckDB, typed by hand, {FEWER:,} events"] = run(
            sys.executable, "-c", f"import duckdb; duckdb.execute({query!r})")
    return found


def bars(found: dict[str, Cost]) -> list:
    """What was measured, against what must hold."""
    floor, one, two, few, duck = found.values()
    ratio, peer, wall = one.cpu_s / floor.cpu_s, duck.cpu_s / few.cpu_s, two.wall_s / one.wall_s
    peak = max(one.peak_mb, two.peak_mb)
    return [
        ("digest, CPU over decompression alone", f"{ratio:.2f} ×", "≤ 2.5 × (aim 1.4)", ratio <= 2.5),
        ("digest, CPU of DuckDB over ours", f"{peer:.0f} ×", "≥ 10 × (aim 30)", peer >= 10),
        ("digest, peak memory", f"{peak:.0f} MB", "≤ 256 MB (aim 64 a thread)", peak <= 256),
        ("digest, wall on 2 threads over 1", f"{wall:.2f}", "≤ 0.6 (aim 0.52)", wall <= 0.6),
    ]
