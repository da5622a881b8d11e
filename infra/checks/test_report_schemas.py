"""Every form of a report is what its format's publisher says it is, whatever names and reasons hold."""

import copy
import csv
import functools
import io
import json
import re
from datetime import datetime

import jsonschema
import pytest
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

import postures
import stack

SARIF = (stack.ROOT / ".venv" / "reports" / "node_modules" / "@microsoft" / "jest-sarif" / "lib" / "schemas"
         / "sarif-2.1.0-rtm.5.json")
OCSF = get_ocsf_schema("1.3.0")
FINDINGS = 300
FORMATS = jsonschema.FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def is_time(text):
    return datetime.fromisoformat(text).tzinfo is not None


@FORMATS.checks("uri")
def is_address(text):
    return re.match(r"[a-z]+:", text) is not None and is_reference(text)


@FORMATS.checks("uri-reference")
def is_reference(text):
    """The characters of RFC 3986, and no other."""
    return re.fullmatch(r"([\w.~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*", text, re.ASCII) is not None


@pytest.fixture(scope="module")
def posture():
    return postures.posture(postures.warden(), FINDINGS)


@pytest.fixture(scope="module")
def written(posture, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports")
    return functools.cache(lambda form: postures.written(postures.warden(), folder, posture, form))


@pytest.fixture(scope="module")
def sarif():
    schema = json.loads(SARIF.read_text())
    return lambda log: errors(jsonschema.Draft4Validator(schema, format_checker=FORMATS), log)


@pytest.fixture(scope="module")
def ocsf():
    # It refuses attributes that the class, its objects and the profile do not have.
    schema = OcsfJsonSchemaEmbedded(OCSF).get_class_schema("compliance_finding", ["cloud"])
    validator = jsonschema.Draft202012Validator(schema)
    return lambda event: errors(validator, event) or miscalled(event, OCSF["classes"]["compliance_finding"])


def errors(validator, document) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


def miscalled(value: dict, of: dict) -> list[str]:
    """Numbers whose caption is not the one beside them: no schema of JSON can say that."""
    wrong = []
    for name, one in value.items():
        attribute = of["attributes"].get(name, {})
        beside = value.get(attribute.get("sibling"))
        if beside is not None and one != 99 and attribute["enum"][str(one)]["caption"] != beside:
            wrong.append(f"{name} is {one}, which is not `{beside}`")
        if attribute.get("object_type"):
            inner = OCSF["objects"][attribute["object_type"]]
            wrong += [fault for item in (one if isinstance(one, list) else [one]) for fault in miscalled(item, inner)]
    return wrong


def test_sarif_is_accepted_and_whole(written, posture, sarif):
    log = json.loads(written("sarif"))
    assert sarif(log) == []
    [run] = log["runs"]
    assert told(run["results"], lambda one: (one["locations"][0]["logicalLocations"][0]["fullyQualifiedName"],
                                             one["ruleId"])) == told(posture["findings"], identity)
    assert all(run["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])
    assert len(run["invocations"][0]["toolExecutionNotifications"]) == len(posture["gaps"])
    assert sum("suppressions" in one for one in run["results"]) == sum("exemption" in one for one in posture["findings"])


def test_every_ocsf_event_is_accepted(written, posture, ocsf):
    events = json.loads(written("ocsf"))
    assert [fault for event in events for fault in ocsf(event)] == []
    assert told(events, lambda one: (one["resources"][0]["uid"], one["compliance"]["control"])) == told(
        posture["findings"], identity)
    assert {event["severity_id"] for event in events} == {1, 2, 3, 4, 5}
    standards = {name for event in events for name in event["compliance"]["standards"]}
    assert {"NIST.800-53.r5", "PCI DSS v4.0.1", "AWS Foundational Security Best Practices v1.0.0"} <= standards


def test_csv_has_a_line_for_each_finding_and_gap(written, posture):
    lines = list(csv.DictReader(io.StringIO(written("csv"), newline=""), strict=True))
    kinds = [line["status"] for line in lines]
    assert kinds.count("gap") == len(posture["gaps"])
    assert told([line for line in lines if line["status"] != "gap"], lambda one: (one["arn"], one["rule"].lstrip("'"))
                ) == told(posture["findings"], identity)
    assert {None} not in map(set, (line.values() for line in lines)), "a line of more or fewer cells than the first"
    assert not [cell for line in lines for cell in line.values() if re.match(r"\s*[=+\-@]", cell)]


def test_json_reads_back_the_same(written, posture, tmp_path):
    text = written("json")
    kept = json.loads(text)
    assert {key: by_text(value) for key, value in kept.items()} == {key: by_text(value) for key, value in posture.items()}
    assert postures.written(postures.warden(), tmp_path, kept, "json") == text


def by_text(value):
    """Lists in one order: the report puts what it is given in its own."""
    return sorted(value, key=lambda one: json.dumps(one, sort_keys=True)) if isinstance(value, list) else value


def told(many, of) -> list:
    return sorted(map(of, many))


def identity(one: dict) -> tuple[str, str]:
    """As every form but JSON prints it: rules of an attacker's among them."""
    return one["function"], printed(one["rule"])


def printed(text: str) -> str:
    return re.sub("[\u0000-\u001f\u200b\u202e\u2066]", " ", text)


BREAKAGES = {
    "sarif": [
        lambda log: log.pop("version"),
        lambda log: log["runs"][0].pop("tool"),
        lambda log: log["runs"][0]["results"][0].update(level="fatal"),
        lambda log: log["runs"][0]["results"][0].update(rating=3),
        lambda log: log["runs"][0]["results"][0].pop("message"),
        lambda log: log["runs"][0]["invocations"][0].update(endTimeUtc="yesterday"),
        lambda log: place(log).update(uri="a file with blanks"),
        lambda log: log["runs"][0]["tool"]["driver"]["rules"][0].update(helpUri="no address"),
    ],
    "ocsf": [
        lambda events: events[0].pop("class_uid"),
        lambda events: events[0].update(class_uid=2004),
        lambda events: events[0].update(severity_id=7),
        lambda events: events[0].update(severity="Fatal"),
        lambda events: events[0]["compliance"].pop("standards"),
        lambda events: events[0]["compliance"].update(status_id=4),
        lambda events: events[0]["cloud"]["account"].update(type="Windows Account"),
        lambda events: events[0]["resources"][0].update(owner="payments"),
        lambda events: events[0].update(time="2026-11-26"),
        lambda events: events[0].update(nobody="knows"),
    ],
}


def place(log: dict) -> dict:
    return log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]


@pytest.mark.parametrize("form,number", [(form, number) for form, many in BREAKAGES.items() for number in range(len(many))])
def test_what_is_broken_is_refused(written, sarif, ocsf, form, number):
    document = json.loads(written(form))
    broken = copy.deepcopy(document)
    BREAKAGES[form][number](broken)
    judge = sarif if form == "sarif" else lambda events: ocsf(events[0])
    assert judge(document) == []
    assert judge(broken) != []
