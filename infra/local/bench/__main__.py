"""Prints calls, time, start, memory and size in one run. Only ratios of one run say anything: machines differ.

`PYTHONPATH=infra/local python -m bench`; `make bench` also compiles and installs what it needs.
"""

import os
import platform
import subprocess
import sys
import time

import stack
from bench import digest, permissions, start, sweep
from bench.crowd import FUNCTIONS, ROLES, SHARES, Crowd
from bench.measure import Counter, run
from bench.scanners import scanners

RELEASE = (stack.BINARIES.parent / "release").resolve()
COUNT, START = RELEASE / "examples" / "count", RELEASE / "examples" / "start"
ROLES_PROGRAM, MEASURE = RELEASE / "examples" / "roles", RELEASE / "examples" / "measure"
HELLO, ON_CHANGE, WARDEN = RELEASE / "examples" / "hello", RELEASE / "on-change", RELEASE / "warden"
PLACE = RELEASE / "examples" / "place"
BUILD = "cargo build --release -p iam -p on-change -p sweep -p warden -p stand-ins -p trail --bins --examples"


def main():
    """Everything in turn; ends with the bars."""
    for program in (COUNT, START, ROLES_PROGRAM, MEASURE, PLACE, HELLO, ON_CHANGE, WARDEN, RELEASE / "stand-ins"):
        if not program.is_file():
            sys.exit(f"`{program}` is missing: run `{BUILD}`")
    machine()
    bars, missing = digest_bars(), []
    with stack.Cloud(RELEASE / "stand-ins") as cloud:
        began = time.monotonic()
        crowd = Crowd(cloud)
        crowd.build_all()
        mix = ", ".join(f"{share} % {what}" for what, share in SHARES.items())
        say(f"One account-Region in the emulator: {FUNCTIONS} functions, {ROLES} roles ({mix}; seed fixed), "
            f"made in {time.monotonic() - began:.0f} s.")
        costs = scan(cloud, missing)
        bars += scan_bars(costs)
        bars += night_bars(cloud)
        bars += start_bars(cloud, crowd)
    bars += permission_bars(missing)
    size = ON_CHANGE.stat().st_size / 1e6
    bars.append(("size of on-change, stripped", f"{size:.2f} MB", "≤ 9 MB", size <= 9))
    heading("The bars", "")
    table([("what", "measured", "must", ""), *((w, m, b, "holds" if ok else "MISSED") for w, m, b, ok in bars)])
    if missing:
        sys.exit(f"\nNot run, because it is not installed: {', '.join(missing)}. `make bench` installs it.")


def machine():
    heading("The machine", "shared or not, idle or not: the load says it. CPU seconds are steadier than wall seconds.")
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=stack.ROOT, capture_output=True, text=True)
    say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, commit {commit.stdout.strip()}")


def scan(cloud, missing) -> dict:
    """Median cost by scanner, printed as it comes."""
    heading("Reading a whole account-Region", "the same emulator, behind the same counting proxy, one after the other")
    costs = {}
    with Counter(COUNT, cloud.endpoint) as counter:
        for scanner in scanners(WARDEN):
            if not scanner.installed:
                missing.append(scanner.name)
                continue
            say(f"{scanner.name}: {scanner.shown}")
            log = cloud.home / f"{len(costs)}.log"
            env = cloud.env() | {"HOME": str(cloud.home), "TMPDIR": str(cloud.home)}
            runs = [run(scanner.command, env, counter, log, scanner.codes) for _ in range(scanner.runs)]
            costs[scanner.name] = sorted(runs, key=lambda cost: cost.wall_s)[len(runs) // 2]
    ours = costs["warden"]
    table([("", "calls", "a function", "wall s", "× ours", "CPU s", "× ours", "peak MB"),
           *((name, c.total_calls, f"{c.total_calls / FUNCTIONS:.2f}", f"{c.wall_s:.1f}",
              f"{c.wall_s / ours.wall_s:.1f}", f"{c.cpu_s:.2f}", f"{c.cpu_s / ours.cpu_s:.0f}", f"{c.peak_mb:.0f}")
             for name, c in costs.items())])
    operations = sorted({call for cost in costs.values() for call in cost.calls},
                        key=lambda call: (-max(c.calls.get(call, 0) for c in costs.values()), call))
    say("\nCalls by operation")
    table([("", *costs), *((call, *(c.calls.get(call, "") for c in costs.values())) for call in operations)])
    return costs


def scan_bars(costs) -> list:
    ours = costs["warden"]
    per_function = ours.total_calls / FUNCTIONS
    bars = [("calls per function, first complete read", f"{per_function:.2f}", "≤ 3.3 (aim 2.5)", per_function <= 3.3)]
    for name in ("Prowler, without code", "Prowler, all checks"):
        if name in costs:
            ratio = costs[name].wall_s / ours.wall_s
            bars.append((f"wall time of `{name}` over ours", f"{ratio:.1f} ×", "≥ 10 × (aim 30)", ratio >= 10))
    return bars


def night_bars(cloud) -> list:
    heading("The same place by night", "first read, then an ordinary night: nothing changed since, all but a seventh "
            "of the facts remembered; without regard for AWS's rates")
    nights = sweep.nights(PLACE, cloud)
    table(sweep.rows(nights))
    last = sum(nights[-1]["calls"].values()) / nights[-1]["functions"]
    return [("calls per function, ordinary night", f"{last:.2f}", "≤ 0.6 (aim 0.3)", last <= 0.6)]


def start_bars(cloud, crowd) -> list:
    heading("One Lambda", f"{start.ROUNDS} starts in turns through our Runtime API, medians; then one function judged")
    env = start.settings(cloud)
    found = start.starts(START, ON_CHANGE, HELLO, env)
    say(f"start {start.ROUNDS} {' '.join(os.path.relpath(p, stack.ROOT) for p in (HELLO, ON_CHANGE))}")
    table([("", "exec to first /next, ms", "CPU ms", "peak MB"),
           *((name, f"{f['init_ms']:.2f}", f"{f['init_cpu_ms']:.2f}", f"{f['init_kib'] / 1024:.1f}")
             for name, f in found.items())])
    with Counter(COUNT, cloud.endpoint) as counter:
        one = start.judging(START, ON_CHANGE, env | {"AWS_ENDPOINT_URL": counter.url}, crowd.richest)
        calls = counter.take()
    say(f"\nstart 1 {os.path.relpath(ON_CHANGE, stack.ROOT)} < the creation of {crowd.richest.rsplit(':', 1)[1]}, "
        f"which has an alias, a URL, a VPC, a policy, a key and variables")
    say(f"peak memory {one['peak_kib'] / 1024:.1f} MB, {sum(calls.values())} calls, of which "
        f"{calls.get('lambda ListFunctions', 0)} ListFunctions to learn who else has its role")
    ratio = found[ON_CHANGE.name]["init_ms"] / found[HELLO.name]["init_ms"]
    peak = one["peak_kib"] / 1024
    return [("cold start over hello-world's", f"{ratio:.2f} ×", "≤ 2.0 × (aim 1.3)", ratio <= 2.0),
            ("peak memory, one function judged", f"{peak:.1f} MB", "≤ 64 MB", peak <= 64)]


def permission_bars(missing) -> list:
    heading("A thousand roles", "ours: read, expanded, judged, compared with what was used; iam-expand: read, expanded")
    if not permissions.NODE.is_file():
        missing.append("iam-expand")
        return []
    found = permissions.judge(ROLES_PROGRAM)
    ratio = found["theirs_s"] / found["ours_s"]
    say(f"{found['patterns']} patterns; the same number of actions for every role: {'yes' if found['same'] else 'NO'}")
    table([("", "CPU ms", "× ours"), ("warden", f"{found['ours_s'] * 1e3:.0f}", "1"),
           ("iam-expand", f"{found['theirs_s'] * 1e3:.0f}", f"{ratio:.0f}")])
    return [("CPU of iam-expand over ours, 1,000 roles", f"{ratio:.0f} ×", "≥ 20 × (aim 100)", ratio >= 20 and found["same"])]


def digest_bars() -> list:
    heading("An organisation's logs", f"{digest.EVENTS:,} invented events in the keys and shapes of CloudTrail, seed "
            "fixed; medians of CPU seconds; the digests are written")
    found = digest.costs(RELEASE / "examples")
    table([("", "CPU s", "wall s", "peak MB"),
           *((name, f"{c.cpu_s:.2f}", f"{c.wall_s:.2f}", f"{c.peak_mb:.0f}") for name, c in found.items())])
    return digest.bars(found)


def table(rows):
    widths = [max(len(str(row[column])) for row in rows) for column in range(len(rows[0]))]
    for number, row in enumerate(rows):
        first, *rest = (str(cell) for cell in row)
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:]))]
        say("  " + "  ".join(cells).rstrip())
        if not number:
            say("  " + "  ".join("-" * width for width in widths))


def heading(title, text):
    say(f"\n{title}" + (f": {text}" if text else ""))


def say(text):
    print(text, flush=True)


if __name__ == "__main__":
    main()
