"""The demo as a newcomer runs it: it ends well, tells the story, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import estate
import stack

DEMO = Path(stack.__file__).with_name("demo.py")


def start(home: Path) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, str(DEMO)], text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, env=os.environ | {"TMPDIR": str(home)})


def left_behind(home: Path) -> list[str]:
    """Folders of this run, and processes that were told of them."""
    running = []
    for process in Path("/proc").glob("[0-9]*/environ"):
        try:
            environment = process.read_bytes()
        except OSError:
            continue
        if f"{home}/lambda-warden-".encode() in environment:
            running.append(process.parent.name)
    return [*map(str, home.iterdir()), *running]


def test_it_tells_the_whole_story(tmp_path):
    demo = start(tmp_path)
    told, _ = demo.communicate(timeout=300)
    assert demo.returncode == 0, told
    for word in ("NEW", "RESOLVED", "SUPPRESSED", f"until={estate.NEXT_QUARTER}", "API call",
                 "role-permission-unused", "settle-banks", "least-privilege", "-         \"ssm:PutParameter\""):
        assert word in told, told
    assert not any(canary in told for canary in estate.CANARIES)
    assert "\033" not in told
    assert left_behind(tmp_path) == []


def test_interrupted_it_leaves_nothing_behind(tmp_path):
    demo = start(tmp_path)
    while "Our stack" not in demo.stdout.readline():
        assert demo.poll() is None
    demo.send_signal(signal.SIGINT)
    told, _ = demo.communicate(timeout=60)
    assert demo.returncode == 1 and "Stopped" in told
    assert left_behind(tmp_path) == []
