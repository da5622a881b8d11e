"""Every event pattern of our templates against every recorded event: cfn-lint does not see a misspelt key."""

import json
import re
import tomllib
from pathlib import Path

import pytest

import event_pattern
import sam_template
import trail

INFRA = Path(__file__).resolve().parents[1]
TEMPLATE = sam_template.load(INFRA.parent / "template.yaml")
RULES = {name: resource["Properties"] for name, resource in TEMPLATE["Resources"].items()
         if "EventPattern" in resource.get("Properties", {})}
EVENTS = {path.stem: json.loads(path.read_text()) for path in sorted((INFRA / "events").glob("*.json"))}
EXPECTED = tomllib.loads((INFRA / "events" / "manifest.toml").read_text())["rule"]
# These lead to the function that repairs; they are there where repairs are allowed.
REPAIRS = {"Clicked", "Denied"}
# EventBridge's default quota; the API's own limit is twice that.
LONGEST_PATTERN = 2048


def resolved(value):
    """The pattern as deployed: the ARNs of our own roles in the place of references to them."""
    if isinstance(value, dict) and value.get("Fn::GetAtt", [""])[-1] == "Arn":
        return f"arn:aws:iam::111122223333:role/lambda-warden-{value['Fn::GetAtt'][0]}"
    if isinstance(value, dict) and "Fn::Sub" in value:
        own = {"AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": "111122223333"}
        return re.sub(r"\$\{([\w:]+)\}", lambda blank: own[blank[1]], value["Fn::Sub"])
    if isinstance(value, dict):
        return {key: resolved(inner) for key, inner in value.items()}
    return [resolved(inner) for inner in value] if isinstance(value, list) else value


PATTERNS = {name: resolved(properties["EventPattern"]) for name, properties in RULES.items()}


def test_the_manifest_names_every_event_and_only_those():
    assert EXPECTED.keys() == EVENTS.keys()
    assert set(EXPECTED.values()) - {"none"} == {name for name in RULES if not name.startswith("Member")}


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_is_taken_by_the_rule_the_manifest_names(name):
    taken = {rule for rule, pattern in PATTERNS.items() if event_pattern.matches(pattern, EVENTS[name])}
    rule = EXPECTED[name]
    assert taken == {name for name in (rule, f"Member{rule}") if name in RULES}


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_that_somebody_else_wrote_is_taken_by_no_rule(name):
    """Whoever may put events on our bus can imitate AWS's, but for the source."""
    forged = EVENTS[name] | {"source": "my.app"}
    assert not [rule for rule, pattern in PATTERNS.items() if event_pattern.matches(pattern, forged)]


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_on_its_bus_and_leads_where_it_may(rule):
    bus = RULES[rule].get("EventBusName")
    assert bus == ({"Ref": "Bus"} if rule.startswith("Member") else None)
    [target] = RULES[rule]["Targets"]
    assert target["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": ["DeadLetters", "Arn"]}
    allowed = TEMPLATE["Resources"]["QueuePolicy"]["Properties"]["PolicyDocument"]["Statement"][0]
    arn = {"Fn::GetAtt": [rule, "Arn"]}
    senders = allowed["Condition"]["ArnEquals"]["aws:SourceArn"]
    if rule.removeprefix("Member") in REPAIRS:
        assert target["Arn"] == {"Fn::GetAtt": ["Remediate", "Arn"]}
        assert {"Fn::If": ["Repairs", arn, {"Ref": "AWS::NoValue"}]} in senders
        permission = TEMPLATE["Resources"][f"{rule}MayCall"]["Properties"]
        assert (permission["SourceArn"], permission["FunctionName"]) == (arn, {"Ref": "Remediate"})
    else:
        assert target["Arn"] == {"Fn::GetAtt": ["Changes", "Arn"]}
        assert arn in senders


@pytest.mark.parametrize("rule", PATTERNS)
def test_every_key_of_a_pattern_is_in_some_event(rule):
    for path in event_pattern.paths(PATTERNS[rule]):
        assert any(has(event, path) for event in EVENTS.values()), f"no event has {'.'.join(path)}"


@pytest.mark.parametrize("rule", PATTERNS)
def test_every_event_name_of_a_pattern_is_needed_by_some_event(rule):
    detail = PATTERNS[rule].get("detail", {})
    for key, wanted in ((key, one) for key in ("eventName", "errorCode") for one in detail.get(key, [])):
        only = {"detail": {key: [wanted]}}
        assert any(event_pattern.matches(only, event) for event in EVENTS.values()), f"no event has {key} {wanted}"


@pytest.mark.parametrize("rule", PATTERNS)
def test_a_pattern_fits_the_quota(rule):
    assert len(json.dumps(PATTERNS[rule], separators=(",", ":"))) <= LONGEST_PATTERN


@pytest.mark.parametrize("name", [name for _, _, name in trail.LAMBDA_WRITES])
def test_what_the_emulator_sends_has_been_recorded(name):
    assert name in {event["detail"].get("eventName") for event in EVENTS.values()}


def has(event, path) -> bool:
    for key in path:
        if not isinstance(event, dict) or key not in event:
            return False
        event = event[key]
    return True


# pattern, event, whether it matches
LANGUAGE = [
    ({"a": ["x"]}, {"a": "x"}, True),
    ({"a": ["x"]}, {"a": "X"}, False),
    ({"a": ["x"]}, {}, False),
    ({"a": ["x"]}, {"a": ["w", "x"]}, True),
    ({"a": [False]}, {"a": False}, True),
    ({"a": [False]}, {"a": 0}, False),
    ({"a": [None]}, {"a": None}, True),
    ({"a": [{"prefix": "Create"}]}, {"a": "CreateFunction20150331"}, True),
    ({"a": [{"prefix": "Create"}]}, {"a": "Recreate"}, False),
    ({"a": [{"prefix": {"equals-ignore-case": "create"}}]}, {"a": "CREATEd"}, True),
    ({"a": [{"suffix": "v2"}]}, {"a": "TagResource20170331v2"}, True),
    ({"a": [{"exists": False}]}, {}, True),
    ({"a": [{"exists": False}]}, {"a": None}, False),
    ({"a": {"b": [{"exists": False}]}}, {"a": None}, True),
    ({"a": {"b": [{"exists": True}]}}, {"a": {"b": {"c": 1}}}, False),
    ({"a": [{"anything-but": "x"}]}, {"a": "y"}, True),
    ({"a": [{"anything-but": "x"}]}, {"a": "x"}, False),
    ({"a": [{"anything-but": "x"}]}, {}, False),
    ({"a": [{"anything-but": ["x", "y"]}]}, {"a": "y"}, False),
    ({"a": [{"anything-but": {"prefix": "x"}}]}, {"a": "xy"}, False),
    ({"a": [{"equals-ignore-case": "Alice"}]}, {"a": "aLICE"}, True),
    ({"a": [{"numeric": [">", 0, "<=", 5]}]}, {"a": 5}, True),
    ({"a": [{"numeric": [">", 0, "<=", 5]}]}, {"a": 6}, False),
    ({"a": [{"wildcard": "arn:*:function:*"}]}, {"a": "arn:aws:lambda:r:1:function:f"}, True),
    ({"a": [{"wildcard": "arn:*:function:*"}]}, {"a": "arn:aws:lambda:r:1:layer:f"}, False),
    ({"a": [{"wildcard": "a.c"}]}, {"a": "abc"}, False),
    ({"a": [{"wildcard": "a\\*c"}]}, {"a": "a*c"}, True),
    ({"$or": [{"a": ["x"]}, {"b": ["y"]}]}, {"b": "y"}, True),
    ({"$or": [{"a": ["x"]}, {"b": ["y"]}]}, {"b": "z"}, False),
]


@pytest.mark.parametrize("pattern,event,expected", LANGUAGE)
def test_the_pattern_language(pattern, event, expected):
    assert event_pattern.matches(pattern, event) == expected


@pytest.mark.parametrize("pattern", [
    {"a": "x"}, {"a": []}, {}, {"a": [{"prefixx": "x"}]}, {"a": [{"anything-but": True}]}, {"a": [{"exists": "no"}]},
    {"a": [{"numeric": ["!", 1]}]}, {"$or": [{"a": ["x"]}]}, {"a": ["x", {"sufix": "x"}]},
])
def test_what_eventbridge_would_refuse_is_refused(pattern):
    with pytest.raises(ValueError):
        event_pattern.matches(pattern, {"a": "x"})


# infra/member.yaml forwards what the rules of our own bus hear.
MEMBER = sam_template.load(INFRA / "member.yaml")
FORWARDED = {name: resource["Properties"] for name, resource in MEMBER["Resources"].items()
             if resource["Type"] == "AWS::Events::Rule"}


def without_ourselves(value):
    """Which calls are our own is known to the security account only: whatever names them is left out."""
    if not isinstance(value, dict):
        return value
    kept = {key: without_ourselves(inner) for key, inner in value.items()
            if not (isinstance(inner, list) and inner and "Fn::GetAtt" in str(inner))}
    return {key: inner for key, inner in kept.items() if inner != {}}


def test_members_forward_what_our_bus_hears():
    heard = {name.removeprefix("Member"): without_ourselves(properties["EventPattern"])
             for name, properties in RULES.items() if name.startswith("Member")}
    assert {name: properties["EventPattern"] for name, properties in FORWARDED.items()} == heard


@pytest.mark.parametrize("rule", FORWARDED)
def test_members_forward_in_one_hop_from_their_default_bus(rule):
    assert "EventBusName" not in FORWARDED[rule], "on the default bus"
    [target] = FORWARDED[rule]["Targets"]
    assert target["Arn"] == {"Ref": "BusArn"} and "RoleArn" in target


@pytest.mark.parametrize("name", EVENTS)
def test_a_member_forwards_the_events_that_its_rule_of_our_bus_takes(name):
    forwarded = {rule for rule, properties in FORWARDED.items()
                 if event_pattern.matches(properties["EventPattern"], EVENTS[name])}
    heard = {rule.removeprefix("Member") for rule, pattern in PATTERNS.items()
             if rule.startswith("Member") and event_pattern.matches(pattern, EVENTS[name])}
    assert heard <= forwarded
