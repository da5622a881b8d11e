"""What AWS's own rules want of our templates and we do not do, is argued in docs/SECURITY.md, and nothing else is."""

import re

import pytest

import cfn_guard
import stack

RULE = re.compile(r"`([a-z0-9_]+_check)`")


def test_every_exception_is_argued(tmp_path):
    broken = {rule for template in cfn_guard.TEMPLATES for rule in cfn_guard.broken(template, tmp_path)}
    assert broken == set(RULE.findall((stack.ROOT / "docs" / "SECURITY.md").read_text()))


@pytest.mark.parametrize("resource,name,value,rule", [
    ("LedgerBucket", "VersioningConfiguration", None, "s3_bucket_versioning_enabled_check"),
    ("DeadLetters", "KmsMasterKeyId", None, "sqs_queue_encrypted_check"),
])
def test_what_is_broken_is_found(tmp_path, monkeypatch, resource, name, value, rule):
    whole = cfn_guard.plain("template.yaml")
    del whole["Resources"][resource]["Properties"][name]
    monkeypatch.setattr(cfn_guard, "plain", lambda _: whole)
    assert resource in cfn_guard.broken("template.yaml", tmp_path)[rule]
