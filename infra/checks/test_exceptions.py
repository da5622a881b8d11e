"""What other people's rules want of our templates and we do not do, is argued in docs/SECURITY.md, and nothing else is."""

import re

import yaml

import sam_template
import stack

ID = re.compile(r"`(CKV\w*_\d+)`")


def skipped() -> set[str]:
    everywhere = yaml.safe_load((stack.ROOT / "infra/checks/checkov.yaml").read_text())["skip-check"]
    found = set(everywhere)
    for template in ("template.yaml", "infra/member.yaml"):
        for resource in sam_template.load(stack.ROOT / template)["Resources"].values():
            found |= {one["id"] for one in resource.get("Metadata", {}).get("checkov", {}).get("skip", [])}
    return found


def test_every_exception_is_argued():
    page = (stack.ROOT / "docs" / "SECURITY.md").read_text()
    assert skipped() == set(ID.findall(page))
