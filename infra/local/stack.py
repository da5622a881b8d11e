"""The laptop's cloud: our stand-ins, the emulator, and our own stack deployed into them. Leaves nothing behind.

    with Cloud(stand_ins=binary("stand-ins")) as cloud:
        outputs = cloud.deploy(binaries=BINARIES)
        cloud.client("lambda").list_functions()

An access key of twelve digits is the account it belongs to; the emulator and the stand-ins agree on that.
"""

import contextlib
import os
import platform
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3
from botocore.config import Config

import sam_template

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".venv" / "bin"
EMULATOR_PYTHON = ROOT / ".venv" / "emulator" / "bin" / "python"
BINARIES = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / os.environ.get("WARDEN_BINARIES", "debug")
ACCOUNT = "111122223333"
REGION = "us-east-1"
READY_SECONDS = 60
STOP_SECONDS = 10


def binary(name: str) -> Path:
    """A compiled program of this workspace; says how to get it when it is not there."""
    path = BINARIES / name
    if not path.is_file():
        raise SystemExit(f"`{path}` is missing: run `cargo build --workspace`")
    return path


class Cloud:
    """Starts on entry, stops on exit whatever happened in between. `stand_ins=None` leaves Security Hub out."""

    def __init__(self, stand_ins: Path | None, account: str = ACCOUNT, region: str = REGION, **settings: str):
        """`settings` are the emulator's own, such as SFN_WAIT_SCALE."""
        self.stand_ins, self.account, self.region, self.settings = stand_ins, account, region, settings
        self.processes: list[tuple[str, subprocess.Popen]] = []

    def __enter__(self):
        self.home = Path(tempfile.mkdtemp(prefix="lambda-warden-"))
        self.port, self.stand_ins_port = _free_ports(2)
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self._previous = {s: signal.signal(s, _interrupt) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            self._start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_):
        for _, process in reversed(self.processes):
            process.terminate()
        for _, process in reversed(self.processes):
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            # What it started itself: a function that was still running outlives the emulator by a moment.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        shutil.rmtree(self.home, ignore_errors=True)

    def env(self, account: str | None = None) -> dict:
        """The environment for a program that should see this cloud and nothing of the user's own AWS settings."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "SAM_"))}
        return kept | {
            "AWS_ACCESS_KEY_ID": account or self.account,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def client(self, service: str, account: str | None = None, region: str | None = None):
        """A boto3 client of this cloud, in the given account or the stack's own."""
        return boto3.client(
            service,
            region_name=region or self.region,
            endpoint_url=self.endpoint,
            aws_access_key_id=account or self.account,
            aws_secret_access_key="local",
            config=Config(retries={"max_attempts": 2}),
        )

    def deploy(self, binaries: Path = BINARIES, **parameters: str) -> dict:
        """`sam deploy` of template.yaml with the binaries of that folder; returns the stack's outputs by name."""
        built = sam_template.write_built(ROOT / "template.yaml", binaries, self.home / "build")
        self.client("s3").create_bucket(Bucket="deployments")
        arm = platform.machine() in ("arm64", "aarch64")
        parameters = {"Architecture": "arm64" if arm else "x86_64"} | parameters
        command = [TOOLS / "sam", "deploy", "--template-file", built, "--config-file", ROOT / "samconfig.toml",
                   "--config-env", "local", "--s3-bucket", "deployments", "--no-progressbar", "--parameter-overrides"]
        command += [f"{key}={value}" for key, value in parameters.items()]
        sam = {"SAM_CLI_TELEMETRY": "0", "SAM_CLI_POLL_DELAY": "0.3", "HOME": str(self.home), "TMPDIR": str(self.home)}
        done = subprocess.run(
            [str(part) for part in command], env=self.env() | sam, cwd=self.home, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            raise SystemExit(f"sam deploy failed:\n{done.stdout[-4000:]}\n{self.log('emulator')[-2000:]}")
        stack = self.client("cloudformation").describe_stacks(StackName="lambda-warden")["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def log(self, name: str) -> str:
        """What `emulator` or `stand-ins` has printed so far."""
        return (self.home / f"{name}.log").read_text(errors="replace")

    def _start(self):
        stand_ins = f"127.0.0.1:{self.stand_ins_port}"
        if self.stand_ins:
            self._spawn("stand-ins", [self.stand_ins, "--port", str(self.stand_ins_port),
                                      "--events-endpoint", self.endpoint, "--no-rate-limits"], {})
        if not EMULATOR_PYTHON.is_file():
            raise SystemExit(f"`{EMULATOR_PYTHON}` is missing: run `make tools`")
        settings = {"GATEWAY_PORT": str(self.port), "STAND_INS": stand_ins, "TMPDIR": str(self.home)} | self.settings
        self._spawn("emulator", [EMULATOR_PYTHON, ROOT / "infra" / "local" / "emulator.py"], settings)
        if self.stand_ins:
            self._await("stand-ins", lambda: socket.create_connection(("127.0.0.1", self.stand_ins_port), 1).close())
        self._await("emulator", lambda: urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=2).close())

    def _spawn(self, name, command, settings):
        # A session of its own: Ctrl-C reaches us first, and we stop it in order.
        with open(self.home / f"{name}.log", "wb") as log:
            process = subprocess.Popen(
                [str(part) for part in command], env=self.env() | settings, cwd=self.home,
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        self.processes.append((name, process))

    def _await(self, name, probe):
        process = dict(self.processes)[name]
        deadline = time.monotonic() + READY_SECONDS
        while True:
            try:
                return probe()
            except (OSError, urllib.error.URLError):
                if process.poll() is not None:
                    raise SystemExit(f"{name} did not start:\n{self.log(name)[-2000:]}") from None
                if time.monotonic() > deadline:
                    raise SystemExit(f"{name} did not answer in {READY_SECONDS} s:\n{self.log(name)[-2000:]}") from None
                time.sleep(0.05)


def poll(probe, seconds: float, what: str):
    """Asks until `probe` returns something true, and returns it; gives up with a clear line at the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        found = probe()
        if found:
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"no {what} within {seconds:g} s")
        time.sleep(0.1)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _interrupt(number, _frame):
    raise KeyboardInterrupt(signal.Signals(number).name)
