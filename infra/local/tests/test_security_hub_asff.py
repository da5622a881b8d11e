"""What the Security Hub stand-in refuses to import, and for which reason.

STAND_INS_BIN=target/debug/stand-ins pytest infra/local/tests/test_security_hub_asff.py
"""

import pytest

from security_hub import (  # noqa: F401: fixtures are used by name
    bus, endpoint, hub, refused,
)


# ASFF.

LONG = "x" * 2000
BAD = {
    "title missing": ({"Title": None}, "data should have required property 'Title'"),
    "title long": ({"Title": "x" * 257}, "data.Title should NOT be longer than 256 characters"),
    "title blank": ({"Title": " "}, "data.Title should match pattern"),
    "description long": ({"Description": "x" * 1025}, "data.Description should NOT be longer than 1024"),
    "id long": ({"Id": "x" * 513}, "data.Id should NOT be longer than 512"),
    "generator long": ({"GeneratorId": "x" * 513}, "data.GeneratorId should NOT be longer"),
    "version": ({"SchemaVersion": "2018-10-09"}, "data.SchemaVersion"),
    "resources missing": ({"Resources": None}, "required property 'Resources'"),
    "33 resources": ({"Resources": [{"Type": "Other", "Id": "r"}] * 33}, "data.Resources should NOT be more than 32"),
    "resource without id": ({"Resources": [{"Type": "Other"}]}, "data.Resources[0] should have required property 'Id'"),
    "resource partition": ({"Resources": [{"Type": "Other", "Id": "r", "Partition": "aws-eusc"}]}, "data.Resources[0].Partition should be equal to one of"),
    "timestamp": ({"CreatedAt": "yesterday"}, "data.CreatedAt should match format"),
    "timestamp without zone": ({"UpdatedAt": "2026-11-23T10:00:00"}, "data.UpdatedAt should match format"),
    "last modified": ({"Resources": [{"Type": "AwsLambdaFunction", "Id": "r", "Details": {"AwsLambdaFunction": {"LastModified": "x"}}}]}, "AwsLambdaFunction.LastModified should match format"),
    "unknown detail": ({"Resources": [{"Type": "AwsLambdaFunction", "Id": "r", "Details": {"AwsLambdaFunction": {"Snap": "x"}}}]}, "AwsLambdaFunction.Snap"),
    "type of a number": ({"Resources": [{"Type": "AwsLambdaFunction", "Id": "r", "Details": {"AwsLambdaFunction": {"MemorySize": "128"}}}]}, "MemorySize should be integer"),
    "severity label": ({"FindingProviderFields": {"Severity": {"Label": "SEVERE"}, "Types": ["TTPs"]}}, "Severity.Label should be equal to one of"),
    "severity missing": ({"FindingProviderFields": {"Types": ["TTPs"]}}, "FindingProviderFields.Severity"),
    "types missing": ({"FindingProviderFields": {"Severity": {"Label": "LOW"}}}, "FindingProviderFields.Types"),
    "type namespace": ({"Types": ["Bad habits/x"]}, "data.Types[0] should match pattern"),
    "51 types": ({"Types": ["TTPs"] * 51}, "data.Types should NOT be more than 50"),
    "confidence": ({"FindingProviderFields": {"Severity": {"Label": "LOW"}, "Types": ["TTPs"], "Confidence": 101}}, "Confidence should NOT be greater than 100"),
    "compliance": ({"Compliance": {"Status": "BAD"}}, "data.Compliance.Status should be equal to one of"),
    "33 requirements": ({"Compliance": {"RelatedRequirements": ["r"] * 33}}, "RelatedRequirements should NOT be more than 32"),
    "status reason": ({"Compliance": {"StatusReasons": [{"Description": "d"}]}}, "required property 'ReasonCode'"),
    "recommendation": ({"Remediation": {"Recommendation": {"Text": "x" * 513}}}, "Recommendation.Text should NOT be longer than 512"),
    "record state": ({"RecordState": "GONE"}, "data.RecordState"),
    "51 product fields": ({"ProductFields": {f"k{n}": "v" for n in range(51)}}, "data.ProductFields should NOT be more than 50"),
    "product field key": ({"ProductFields": {"k" * 129: "v"}}, "should NOT be longer than 128"),
    "product field value": ({"ProductFields": {"k": "v" * 2049}}, "data.ProductFields['k'] should NOT be longer than 2048"),
    "product field of aws": ({"ProductFields": {"aws/securityhub/FindingId": "v"}}, "reserved prefix aws/"),
    "user field value": ({"UserDefinedFields": {"k": "v" * 1025}}, "data.UserDefinedFields['k'] should NOT be longer than 1024"),
    "unknown member": ({"Titel": "x"}, "data.Titel should NOT be an additional property"),
    "over 240 KB": ({"Resources": [{"Type": "Other", "Id": "r", "Details": {"Other": {f"{n}": LONG for n in range(125)}}}]}, "must not exceed 240 KB"),
}


@pytest.mark.parametrize("name", BAD)
def test_malformed_findings_fail_by_themselves(hub, name):
    changes, why = BAD[name]
    answer = hub.send_unchecked({"Findings": [hub.finding("bad", **changes), hub.finding("good")]})
    assert (answer["FailedCount"], answer["SuccessCount"]) == (1, 1)
    [failure] = answer["FailedFindings"]
    assert failure["ErrorCode"] == "InvalidInput"
    assert why in failure["ErrorMessage"]
    assert [found["Id"] for found in hub.get()] == ["good"]


GOOD = {
    "offset without colon": {"UpdatedAt": "2026-11-23T10:00:00.123456789-0500"},
    "longest title": {"Title": "ä" * 256},
    "line breaks": {"Description": "one\ntwo"},
    "top level only": {
        "FindingProviderFields": None,
        "Severity": {"Label": "LOW"},
        "Types": ["TTPs/Privilege Escalation"],
    },
}


@pytest.mark.parametrize("name", GOOD)
def test_unusual_findings_pass(hub, name):
    hub.put(hub.finding(**GOOD[name]))
    assert hub.one()["FindingProviderFields"]["Severity"]["Label"]


# Limits of a call.

@pytest.mark.parametrize("count", [0, 101])
def test_a_batch_has_1_to_100_findings(hub, count):
    call = lambda: hub.send_unchecked({"Findings": [hub.finding(str(number)) for number in range(count)]})
    assert "Findings" in refused(call, "InvalidInputException", 400)


@pytest.mark.parametrize("body", [{}, {"Findings": {}}, {"Findings": ["f"]}])
def test_a_batch_is_a_list_of_findings(hub, body):
    refused(lambda: hub.send_unchecked(body), "InvalidInputException", 400)


def test_a_batch_of_100_is_taken(hub):
    hub.put(*[hub.finding(f"{number:03}") for number in range(100)])
    assert len(hub.get()) == 100


def test_a_batch_has_6_megabytes(hub):
    details = {"Other": {f"{number}": LONG for number in range(40)}}
    resources = [{"Type": "Other", "Id": "r", "Details": details}]
    findings = [hub.finding(f"{number}", Resources=resources) for number in range(80)]
    assert "6 MB" in refused(lambda: hub.send(*findings), "InvalidInputException", 400)
