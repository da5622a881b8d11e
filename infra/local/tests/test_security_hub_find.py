"""Filters, order and pages of the Security Hub stand-in.

STAND_INS_BIN=target/debug/stand-ins pytest infra/local/tests/test_security_hub_find.py
"""

import json

import pytest

from security_hub import (  # noqa: F401: fixtures are used by name
    bus, endpoint, Hub, hub, provider, refused, text,
)


# Filters.

def field(*triples):
    return [{"Comparison": comparison, "Key": key, "Value": value} for comparison, key, value in triples]


FILTERS = [
    ({}, "abc"),
    ({"Id": text(("EQUALS", "a"))}, "a"),
    ({"Id": text(("EQUALS", "A"))}, ""),
    ({"Id": text(("EQUALS", "a"), ("EQUALS", "b"))}, "ab"),
    ({"Title": text(("PREFIX", "The "))}, "ac"),
    ({"Title": text(("PREFIX", "The "), ("PREFIX", "A "))}, "abc"),
    ({"Title": text(("CONTAINS", "role"))}, "bc"),
    ({"Title": text(("CONTAINS", "role"), ("CONTAINS", "runtime"))}, "abc"),
    ({"Id": text(("NOT_EQUALS", "a"))}, "bc"),
    ({"Id": text(("NOT_EQUALS", "a"), ("NOT_EQUALS", "b"))}, "c"),
    ({"Title": text(("PREFIX_NOT_EQUALS", "The "))}, "b"),
    ({"Title": text(("NOT_CONTAINS", "role"))}, "a"),
    ({"Title": text(("NOT_CONTAINS", "role"), ("NOT_CONTAINS", "runtime"))}, ""),
    ({"Title": text(("PREFIX", "The "), ("NOT_EQUALS", "The role"))}, "a"),
    ({"Title": text(("PREFIX", "The "), ("PREFIX_NOT_EQUALS", "The ru"))}, "c"),
    ({"Id": text(("EQUALS", "a")), "Title": text(("CONTAINS", "role"))}, ""),
    ({"ResourceType": text(("EQUALS", "AwsIamRole"))}, "bc"),
    ({"ResourceType": text(("NOT_EQUALS", "AwsIamRole"))}, "a"),
    ({"ResourceId": text(("PREFIX", "arn:aws:lambda:"))}, "ac"),
    ({"SeverityLabel": text(("EQUALS", "LOW"))}, "b"),
    ({"ComplianceStatus": text(("EQUALS", "PASSED"))}, "c"),
    ({"WorkflowStatus": text(("EQUALS", "NEW")), "RecordState": text(("EQUALS", "ACTIVE"))}, "abc"),
    ({"Type": text(("PREFIX", "TTPs"))}, "b"),
    ({"ProductFields": field(("EQUALS", "rule", "x"))}, "a"),
    ({"ProductFields": field(("EQUALS", "rule", "x"), ("EQUALS", "rule", "y"))}, "ab"),
    ({"ProductFields": field(("NOT_EQUALS", "rule", "x"))}, "bc"),
    ({"ProductFields": field(("NOT_EQUALS", "rule", "x"), ("NOT_EQUALS", "rule", "y"))}, "c"),
    ({"ProductFields": field(("EQUALS", "other", "x"))}, ""),
    ({"ResourceTags": field(("EQUALS", "team", "payments"))}, "a"),
    ({"ResourceTags": field(("NOT_EQUALS", "team", "payments"))}, "bc"),
    ({"UpdatedAt": [{"Start": "2026-11-23T10:01:00Z", "End": "2026-11-23T10:02:00Z"}]}, "bc"),
    ({"UpdatedAt": [{"Start": "2026-11-23T10:01:30Z"}]}, "c"),
    ({"UpdatedAt": [{"End": "2026-11-23T10:00:00Z"}, {"Start": "2026-11-23T10:02:00Z"}]}, "ac"),
    ({"CreatedAt": [{"DateRange": {"Value": 3, "Unit": "DAYS"}}]}, "b"),
    ({"CreatedAt": [{"DateRange": {"Value": 3, "Unit": "DAYS", "Comparison": "OLDER_THAN"}}]}, "ac"),
    ({"SeverityNormalized": [{"Gte": 1, "Lte": 70}]}, "abc"),
    ({"SeverityNormalized": [{"Eq": 1}]}, "b"),
    ({"SeverityNormalized": [{"Gt": 1, "Lt": 90}]}, "ac"),
    ({"Sample": [{"Value": True}]}, "c"),
]


@pytest.fixture(scope="module")
def library(endpoint):
    hub = Hub(endpoint)
    role = {"Type": "AwsIamRole", "Id": "arn:aws:iam::1:role/r"}
    function = {"Type": "AwsLambdaFunction", "Id": "arn:aws:lambda:eu-west-1:1:function:f"}
    old = "2020-01-01T00:00:00Z"
    hub.put(
        hub.finding("a", 0, Title="The runtime", CreatedAt=old, ProductFields={"rule": "x"},
                    Resources=[{**function, "Tags": {"team": "payments"}}]),
        hub.finding("b", 1, Title="A role", CreatedAt="2100-01-01T00:00:00Z", ProductFields={"rule": "y"},
                    Resources=[role], FindingProviderFields=provider("LOW")),
        hub.finding("c", 2, Title="The role", CreatedAt=old, ProductFields=None, Sample=True,
                    Resources=[role, function], Compliance={"Status": "PASSED"}),
    )
    return hub


@pytest.mark.parametrize(("filters", "ids"), FILTERS)
def test_filters(library, filters, ids):
    assert "".join(sorted(found["Id"] for found in library.get(**filters))) == ids


@pytest.mark.parametrize("filters", [
    {"Id": text(("EQUALS", "a"), ("NOT_EQUALS", "b"))},
    {"Id": text(("EQUALS", "a"), ("PREFIX_NOT_EQUALS", "b"))},
    {"Id": text(("CONTAINS", "a"), ("NOT_CONTAINS", "b"))},
    {"Id": text(("CONTAINS", "a"), ("EQUALS", "b"))},
    {"Id": text(("NOT_CONTAINS", "a"), ("NOT_EQUALS", "b"))},
    {"Id": text(("CONTAINS_WORD", "a"))},
    {"Id": text(*[("EQUALS", str(number)) for number in range(21)])},
    {"ProductFields": field(("EQUALS", "k", "a"), ("NOT_EQUALS", "k", "b"))},
    {"ProductFields": field(("CONTAINS", "k", "a"))},
    {"MalwareName": text(("EQUALS", "a"))},
    {"UpdatedAt": [{"Start": "yesterday"}]},
    {"UpdatedAt": [{}]},
    {name: text(("EQUALS", "a")) for name in (
        "Id", "Title", "Region", "ProductArn", "GeneratorId", "Description", "RecordState",
        "ResourceId", "ResourceType", "SourceUrl", "WorkflowStatus")},
])
def test_filters_that_aws_refuses(library, filters):
    refused(lambda: library.get(**filters), "InvalidInputException", 400)


# Order and pages.

@pytest.mark.parametrize(("criteria", "ids"), [
    ([("UpdatedAt", "asc")], "abc"),
    ([("UpdatedAt", "desc")], "cba"),
    ([("SeverityNormalized", "asc")], "bac"),
    ([("SeverityNormalized", "desc"), ("Id", "desc")], "cab"),
    ([("Title", "asc")], "bca"),
])
def test_order(library, criteria, ids):
    criteria = [{"Field": name, "SortOrder": order} for name, order in criteria]
    found = library.client.get_findings(SortCriteria=criteria)["Findings"]
    assert "".join(one["Id"] for one in found) == ids


def test_an_unknown_order_is_refused(library):
    call = lambda: library.client.get_findings(SortCriteria=[{"Field": "Shoe"}])
    refused(call, "InvalidInputException", 400)


@pytest.mark.parametrize("criteria", [[], [{"Field": "Id", "SortOrder": "desc"}]])
@pytest.mark.parametrize("size", [1, 7, 49, 50, 100])
def test_pages_hold_every_finding_once(hub, criteria, size):
    ids = [f"{number:03}" for number in range(50)]
    hub.put(*[hub.finding(id) for id in ids])
    pages = list(hub.client.get_paginator("get_findings").paginate(
        SortCriteria=criteria, PaginationConfig={"PageSize": size}))
    sizes = [len(page["Findings"]) for page in pages]
    found = [one["Id"] for page in pages for one in page["Findings"]]
    assert found == (ids[::-1] if criteria else ids)
    assert max(sizes) <= size and sum(sizes) == 50


@pytest.mark.parametrize("criteria", [[], [{"Field": "Id", "SortOrder": "asc"}]])
def test_pages_survive_imports_between_them(hub, criteria):
    ids = [f"m{number}" for number in range(6)]
    hub.put(*[hub.finding(id) for id in ids])
    first = hub.client.get_findings(SortCriteria=criteria, MaxResults=3)
    hub.put(hub.finding("a"), hub.finding("m0", minute=1))
    rest = hub.client.get_findings(SortCriteria=criteria, NextToken=first["NextToken"])
    found = [one["Id"] for one in first["Findings"] + rest["Findings"]]
    assert [id for id in found if id != "a"] == ids


def test_a_token_belongs_to_its_query(hub):
    hub.put(hub.finding("a"), hub.finding("b"))
    token = hub.client.get_findings(MaxResults=1)["NextToken"]
    for query in ({"NextToken": "bogus"}, {"NextToken": token, "Filters": {"Id": text(("EQUALS", "b"))}}):
        refused(lambda: hub.client.get_findings(**query), "InvalidInputException", 400)


@pytest.mark.parametrize("size", [0, 101])
def test_a_page_has_1_to_100_findings(hub, size):
    hub.client.meta.events.register("before-call", lambda params, **_: params.update(
        body=json.dumps({"MaxResults": size}).encode()))
    refused(hub.client.get_findings, "InvalidInputException", 400)
