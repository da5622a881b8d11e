"""Runs a program against the counting proxy and says what it cost."""

import json
import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

POLL_SECONDS = 0.02


@dataclass
class Cost:
    """What one run took. CPU is that of the program and of what it started; memory is its own peak."""

    code: int
    wall_s: float
    cpu_s: float
    peak_mb: float
    calls: dict = field(default_factory=dict)  # "lambda GetPolicy" → how often

    @property
    def total_calls(self) -> int:
        return sum(self.calls.values())


class Counter:
    """The counting proxy before the emulator, for as long as the `with` lasts."""

    def __init__(self, program: Path, upstream: str):
        self.command = [str(program), upstream]

    def __enter__(self):
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.url = self.process.stdout.readline().strip()
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def take(self) -> dict:
        """The calls since the last time, by service and operation."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def run(command, env, counter: Counter, log: Path, allowed=(0,)) -> Cost:
    """Runs a program to its end; its output goes to `log`. An exit code that is not allowed stops the bench."""
    counter.take()
    with open(log, "wb") as out:
        began = time.monotonic()
        process = subprocess.Popen(
            [str(part) for part in command], env=env | {"AWS_ENDPOINT_URL": counter.url}, cwd=log.parent,
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        peak = 0
        try:
            while True:
                peak = max(peak, peak_kib(process.pid))
                ended, status, usage = os.wait4(process.pid, os.WNOHANG)
                if ended:
                    break
                time.sleep(POLL_SECONDS)
        except BaseException:
            process.kill()
            process.wait()
            raise
        wall = time.monotonic() - began
    process.returncode = code = os.waitstatus_to_exitcode(status)
    if code not in allowed:
        raise SystemExit(f"`{command[0]}` ended with {code}:\n{log.read_text(errors='replace')[-3000:]}")
    return Cost(code, wall, usage.ru_utime + usage.ru_stime, peak / 1024, counter.take())


def peak_kib(pid) -> int:
    """VmHWM. What wait4 says is no use: it starts with the memory of the process that forked."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")), 0)
