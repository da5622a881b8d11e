"""AWS's own rules, in the language of CloudFormation Guard, over our templates as CloudFormation sees them.

Rules and program come from one npm package, Apache-2.0: the proactive controls of AWS Control Tower.
"""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

from samtranslator.translator.transform import transform

import sam_template
import stack

PACKAGE = stack.ROOT / ".venv" / "guard" / "node_modules" / "@cdklabs" / "cdk-validator-cfnguard"
RULES = PACKAGE / "rules" / "control-tower" / "cfn-guard"
# Those of services that our templates use; the others find nothing and take their time.
FAMILIES = ("cloudwatch", "identityandaccessmanagement", "keymanagementservice", "lambda", "s3", "sqs", "stepfunctions")
TEMPLATES = ("template.yaml", "infra/member.yaml")


class NoManagedPolicies:
    """Our functions name roles, not policies: there is nothing to look up."""

    def load(self):
        return {}


def program() -> Path:
    system = {"Linux": "ubuntu", "Darwin": "macos"}[platform.system()]
    machine = "aarch64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    path = PACKAGE / "bin" / system / machine / "cfn-guard"
    path.chmod(0o755)  # npm keeps no mode of what is not in `bin`
    return path


def plain(template: str) -> dict:
    """The template without SAM's types and YAML's short forms."""
    os.environ.setdefault("AWS_DEFAULT_REGION", stack.REGION)
    data = sam_template.load(stack.ROOT / template)
    for resource in data["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
        if resource["Type"] == "AWS::Serverless::StateMachine":
            resource["Properties"]["DefinitionUri"] = "s3://bucket/key"
    if "Transform" not in data:
        return data
    return transform(data, {}, NoManagedPolicies())


def broken(template: str, folder: Path) -> dict[str, set[str]]:
    """Rule → the resources that break it."""
    data = folder / (Path(template).stem + ".json")
    data.write_text(json.dumps(plain(template), indent=1))
    rules = [RULES / family for family in FAMILIES]
    done = subprocess.run(
        [program(), "validate", "--data", data, "--rules", *rules, "--output-format", "json", "--structured",
         "--show-summary", "none"], capture_output=True, text=True)
    if done.returncode not in (0, 19):  # 19: some rule is broken
        raise RuntimeError(f"cfn-guard: {done.stderr or done.stdout}")
    found: dict[str, set[str]] = {}
    for report in json.loads(done.stdout):
        for one in report["not_compliant"]:
            rule = one["Rule"]
            found.setdefault(rule["name"], set()).update(_resources(rule))
    return found


def _resources(value) -> set[str]:
    """The names in `/Resources/<name>/…`, wherever a report has a path."""
    if isinstance(value, dict):
        return set().union(*map(_resources, value.values()))
    if isinstance(value, list):
        return set().union(*map(_resources, value))
    parts = value.split("/") if isinstance(value, str) else []
    return {parts[2].split("[")[0]} if len(parts) > 2 and parts[1] == "Resources" else set()


if __name__ == "__main__":
    import tempfile
    with tempfile.TemporaryDirectory() as folder:
        for name in TEMPLATES:
            for rule, resources in sorted(broken(name, Path(folder)).items()):
                print(f"{name}: {rule}: {', '.join(sorted(resources))}")
    sys.exit(0)
