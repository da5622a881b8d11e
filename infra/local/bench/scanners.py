"""The tools that read the crowd: ours, and those of others, each as its own documentation runs it."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import stack

HERE = Path(__file__).resolve().parent
PROWLER = stack.ROOT / ".venv" / "bench" / "bin" / "prowler"
CUSTODIAN = stack.ROOT / ".venv" / "custodian" / "bin" / "custodian"
# Prowler fetches the code of every function for these; nothing of ours does.
READING_CODE = ("awslambda_function_no_secrets_in_code", "awslambda_layer_no_secrets_in_content")


@dataclass(frozen=True)
class Scanner:
    """One program and how it is run; the command is printed beside its figures."""

    name: str
    command: tuple
    codes: tuple = (0,)  # exit codes that mean it did its work
    runs: int = 1  # of which the median is shown

    @property
    def shown(self) -> str:
        return " ".join(os.path.relpath(part, stack.ROOT) if isinstance(part, Path) else part for part in self.command)

    @property
    def installed(self) -> bool:
        return Path(self.command[0]).is_file()


def scanners(warden: Path) -> list[Scanner]:
    """Ours first."""
    prowler = (PROWLER, "aws", "--service", "awslambda", "--region", "us-east-1", "--no-banner", "--no-color",
               "--output-formats", "csv", "--output-directory", "prowler", "--ignore-exit-code-3")
    custodian = (CUSTODIAN, "run", "--region", "us-east-1", "--cache-period", "0", "--output-dir", "custodian")
    return [
        Scanner("warden", (warden, "scan", "--rate", "unlimited", "--format", "json"), (0, 1, 2), 3),
        Scanner("boto3, smallest loop", (Path(sys.executable), HERE / "smallest_loop.py"), runs=3),
        Scanner("Cloud Custodian, 6 policies", (*custodian, HERE / "custodian.yml")),
        Scanner("Prowler, without code", (*prowler, "--excluded-check", *READING_CODE)),
        Scanner("Prowler, all checks", prowler),
    ]
