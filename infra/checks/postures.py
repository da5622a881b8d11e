"""Postures as a night keeps them, made up: every rule, severity and status, and names of an attacker's."""

import json
import subprocess
from pathlib import Path

import stack

AT = "2026-11-26T02:03:04Z"
NIGHTS = 30
# What tags, role paths, statements and reasons may hold. Each would set `window.owned`, load something, break the
# layout, or turn the line, if it were taken for more than text.
HOSTILE = [
    "<script>owned=1</script>",
    "</title></style></table></details><script>owned=1</script><!--",
    "<img src=https://evil.example/a.png onerror=owned=1>",
    "\"><svg onload=owned=1>",
    "' onmouseover='owned=1' style='position:fixed;inset:0",
    "</style><style>*{display:none}</style>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<iframe srcdoc='<script>parent.owned=1</script>'></iframe>",
    "&lt;script&gt;owned=1&lt;/script&gt;",
    "javascript:owned=1",
    "=HYPERLINK(\"https://evil.example\",\"pay\")",
    "@SUM(1,1)*cmd|' /C calc'!A0",
    "pay\u202egnp.exe\u2066\u200b\u0000\u001b[2J",
    "one\r\ntwo\ttabs, \"quotes\", `ticks` and a comma",
    "endless" * 40,
    "日本語 naïve Ελληνικά",
]
SAW = [
    "`Policy`: statement `{text}` lets anyone call lambda:InvokeFunction",
    "`Role`: statement `{text}` grants `s3:*` on `*`, and `iam:PassRole` on every role",
    "`Environment`: variable `PAYMENTS_API_TOKEN` holds a credential; {text}",
    "`Runtime`: `python3.9`, without patches since 2025-12-15; updates are blocked from 2027-03-03",
]
OWNERS = ["payments", "identity", "search", "data-platform", "checkout", None]
NAMES = ["pay", "Orders_To_Warehouse-v2", "thumbnail", "resize" * 10 + "X" * 4, "cron-cleanup"]


def rules(warden: Path) -> list[dict]:
    listed = subprocess.run([warden, "rules", "--format", "json"], check=True, capture_output=True, text=True)
    return json.loads(listed.stdout)


def posture(warden: Path, findings: int) -> dict:
    """So many findings: most are open, one in seven is exempt, one in nine could not be judged."""
    known = rules(warden)
    # A rule of an attacker's: nobody can name one, and yet no form relies on it.
    known += [{"id": text, "title": text, "why": text, "fix": text, "sources": [text], "requirements": [text],
               "severity": severity} for text, severity in zip(HOSTILE, ["INFORMATIONAL", "CRITICAL", "LOW"])]
    return {
        "at": AT,
        "places": [{"account": account(number), "region": region, "functions": 137 + number, "passed": 4_000 + number}
                   for number in range(4) for region in ("eu-west-1", "us-east-1")],
        "rules": {one["id"]: {"title": one["title"], "why": one["why"], "fix": one["fix"],
                              "source": (one["sources"] or [None])[0], "requirements": one["requirements"]}
                  for one in known},
        "findings": [finding(number, known[number % len(known)]) for number in range(findings)],
        "gaps": [{"of": f"{account(9)}/eu-central-1", "why": "AccessDenied: not authorised to call lambda:ListFunctions"},
                 {"of": arn(3), "why": HOSTILE[1]}],
        "history": [{"night": f"2026-10-{2 + night:02}" if night < 30 else f"2026-11-{night - 29:02}",
                     "violations": {"critical": 12 - night // 4, "high": 40 - night, "medium": 60, "low": 35,
                                    "informational": night % 3}} for night in range(NIGHTS)],
        "roles": [{"role": f"arn:aws:iam::{account(number % 10)}:role/service/{text}", "granted": 400 - number, "used": 12,
                   "unused": 300 - number, "unverifiable": 88} for number, text in enumerate(HOSTILE)],
    }


def finding(number: int, rule: dict) -> dict:
    text = HOSTILE[number % len(HOSTILE)]
    one = {
        "rule": rule["id"],
        "severity": rule["severity"].lower(),
        "function": arn(number),
        "status": "unknown" if number % 9 == 4 else "failed",
        "evidence": SAW[number % len(SAW)].format(text=text),
    }
    if number % 5:
        one["firstSeen"] = f"2026-{1 + number % 11:02}-{1 + number % 28:02}T02:03:04Z"
    if owner := (text if number % 11 == 3 else OWNERS[number % len(OWNERS)]):
        one["owner"] = owner
    if number % 7 == 2:
        one["exemption"] = {"until": f"2026-12-{1 + number % 31:02}", "by": text, "ticket": f"SEC-{number} {text}"}
    return one


def arn(number: int) -> str:
    return f"arn:aws:lambda:eu-west-1:{account(number % 4)}:function:{NAMES[number % len(NAMES)]}-{number}"


def account(number: int) -> str:
    return f"11112222333{number}"


def written(warden: Path, folder: Path, posture: dict, form: str) -> str:
    """The posture in one of its forms, as `warden report` prints it."""
    kept = folder / "posture.json"
    kept.write_text(json.dumps(posture))
    made = subprocess.run([warden, "report", "--posture", kept, "--format", form], capture_output=True)
    if made.returncode:
        raise RuntimeError(f"warden report: {made.stderr.decode()}")
    return made.stdout.decode()


def warden() -> Path:
    return stack.binary("warden")
