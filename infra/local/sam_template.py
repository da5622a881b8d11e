"""Reads a SAM template as plain data, and writes the built form of it that `sam build` would leave behind."""

import json
import shutil
import subprocess
from pathlib import Path

import yaml


class Loader(yaml.SafeLoader):
    """Knows CloudFormation's short tags: `!Ref X` becomes {"Ref": "X"}, `!GetAtt A.B` {"Fn::GetAtt": ["A", "B"]}."""


def _tag(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", _tag)


def load(path) -> dict:
    """The template at `path` with tags and aliases resolved to plain dicts and lists."""
    return yaml.load(Path(path).read_text(), Loader)


def programs(template: Path) -> list[str]:
    """The names of the compiled programs that its functions run."""
    resources = load(template)["Resources"].values()
    return [resource["Metadata"]["BuildProperties"]["Binary"] for resource in resources
            if resource.get("Metadata", {}).get("BuildMethod") == "rust-cargolambda"]


def write_built(template: Path, binaries: Path, out: Path) -> Path:
    """Copies each Rust function's binary from `binaries` to `out/<LogicalId>/bootstrap`, and returns the template there.

    The layout is the one of `.aws-sam/build`, so `sam deploy` takes it as it would take a real build.
    """
    data = load(template)
    for name, resource in data["Resources"].items():
        if resource.get("Metadata", {}).get("BuildMethod") != "rust-cargolambda":
            continue
        binary = binaries / resource["Metadata"]["BuildProperties"]["Binary"]
        if not binary.is_file():
            raise SystemExit(f"`{binary}` is missing: run `cargo build --workspace`")
        folder = out / name
        folder.mkdir(parents=True)
        _copy_small(binary, folder / "bootstrap")
        resource["Properties"]["CodeUri"] = name
    # Other artifacts lie beside the template.
    for resource in data["Resources"].values():
        for artifact in ("DefinitionUri", "TemplateURL"):
            if artifact in resource.get("Properties", {}):
                resource["Properties"][artifact] = str(template.parent / resource["Properties"][artifact])
    built = out / "template.json"
    built.write_text(json.dumps(data, indent=1))
    return built


def _copy_small(source: Path, target: Path):
    """Without debug information, which a development build carries and a deployment should not upload."""
    strip = shutil.which("strip")
    if not strip or subprocess.run([strip, "-o", str(target), str(source)], capture_output=True).returncode:
        shutil.copyfile(source, target)
    target.chmod(0o755)
