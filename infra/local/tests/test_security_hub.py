"""Imports, updates and events of the Security Hub stand-in, driven by boto3, whose models check
every request and answer.

STAND_INS_BIN=target/debug/stand-ins pytest infra/local/tests/test_security_hub.py
"""

import json

import boto3
import botocore.config
import botocore.exceptions
import pytest

from security_hub import (  # noqa: F401: fixtures are used by name
    ADMINISTRATOR, bus, connect, endpoint, Hub, hub, OFF, provider, refused, REGION, start, stop,
)


# What an import keeps and adds.

def test_a_finding_comes_back_with_what_security_hub_adds(hub):
    hub.put(hub.finding())
    found = hub.one()
    assert found["Severity"] == {"Label": "HIGH", "Normalized": 70, "Original": "high"}
    assert found["Types"] == found["FindingProviderFields"]["Types"]
    assert found["Workflow"] == {"Status": "NEW"}
    assert found["Region"] == REGION
    assert (found["ProductName"], found["CompanyName"]) == ("Default", "Personal")
    assert found["ProcessedAt"].endswith("Z")
    assert found["CreatedAt"] == "2026-11-23T09:00:00Z"
    assert found["FirstObservedAt"] == "2026-11-22T09:00:00Z"
    assert found["ProductFields"] == {
        "lambda-warden/rule": "runtime-deprecated",
        "aws/securityhub/FindingId": f"{found['ProductArn']}/f",
        "aws/securityhub/ProductName": "Default",
        "aws/securityhub/CompanyName": "Personal",
    }


def test_record_state_is_active_unless_said(hub):
    hub.put(hub.finding(RecordState=None))
    assert hub.one()["RecordState"] == "ACTIVE"


def test_names_of_company_and_product_may_be_given(hub):
    hub.put(hub.finding(ProductName="lambda-warden", CompanyName="lambda-warden"))
    assert hub.one()["ProductName"] == hub.one()["CompanyName"] == "lambda-warden"


# Who may import: three ways to be refused.

def test_another_account_fails_the_whole_call(hub):
    other = hub.finding("other", AwsAccountId="222222222222")
    message = refused(lambda: hub.send(hub.finding(), other), "AccessDeniedException", 403)
    assert other["ProductArn"] in message
    assert hub.get() == []


@pytest.mark.parametrize("product", [
    "arn:aws:securityhub:eu-west-1:222222222222:product/222222222222/default",
    "arn:aws:securityhub:us-east-1:{account}:product/{account}/default",
])
def test_a_product_of_another_account_or_region_fails_the_whole_call(hub, product):
    product = product.format(account=hub.account)
    call = lambda: hub.send(hub.finding(), hub.finding("other", ProductArn=product))
    assert product in refused(call, "AccessDeniedException", 403)


def test_a_malformed_product_fails_the_whole_call(hub):
    call = lambda: hub.send(hub.finding(ProductArn="arn:aws:securityhub:::product/a/b"))
    assert "productArn" in refused(call, "InvalidInputException", 400)


@pytest.mark.parametrize("product", [
    "arn:aws:securityhub:eu-west-1::product/prowler/prowler",
    "arn:aws:securityhub:eu-west-1:{account}:product/{account}/other",
])
def test_a_product_that_is_not_enabled_fails_its_findings(hub, product):
    product = product.format(account=hub.account)
    answer = hub.send(hub.finding("other", ProductArn=product), hub.finding())
    assert (answer["FailedCount"], answer["SuccessCount"]) == (1, 1)
    assert answer["FailedFindings"][0]["ErrorCode"] == "InvalidAccess"


def test_a_hub_that_is_off(endpoint):
    hub = Hub(endpoint)
    hub.account, hub.client = OFF, connect(endpoint, OFF)
    for call in (hub.client.describe_hub, hub.client.get_findings, hub.update, lambda: hub.send(hub.finding())):
        refused(call, "InvalidAccessException", 401)
    hub.client.enable_security_hub()
    assert hub.client.describe_hub()["HubArn"] == f"arn:aws:securityhub:{REGION}:{OFF}:hub/default"
    hub.put(hub.finding())
    refused(hub.client.enable_security_hub, "ResourceConflictException", 409)


def test_accounts_and_regions_are_apart(hub, endpoint):
    hub.put(hub.finding())
    assert Hub(endpoint).get() == []
    elsewhere = boto3.client("securityhub", endpoint_url=endpoint, region_name="us-east-1",
                             aws_access_key_id=hub.account, aws_secret_access_key="none")
    assert elsewhere.get_findings()["Findings"] == []


def test_the_header_names_the_account_of_assumed_credentials(hub, endpoint):
    hub.put(hub.finding())
    client = connect(endpoint, "ASIAEXAMPLE")
    assert client.get_findings()["Findings"] == []
    client.meta.events.register(
        "before-call", lambda params, **_: params["headers"].update({"x-account-id": hub.account}))
    assert len(client.get_findings()["Findings"]) == 1


# Updates by the provider.

@pytest.mark.parametrize(("updated", "title"), [
    ("2026-11-23T09:59:59.999Z", "old"),
    ("2026-11-23T10:00:00.000Z", "old"),
    ("2026-11-23T10:00:00.000999Z", "old"),
    ("2026-11-23T10:00:00.001Z", "new"),
    ("2026-11-23T11:00:00.001+01:00", "new"),
])
def test_only_a_later_update_counts(hub, updated, title):
    hub.put(hub.finding(Title="old"))
    hub.put(hub.finding(Title="new", UpdatedAt=updated))
    assert hub.one()["Title"] == title


def test_the_first_of_two_equal_ids_in_a_batch_wins(hub):
    hub.put(hub.finding(Title="first"), hub.finding(Title="second", minute=1))
    assert hub.one()["Title"] == "first"


def test_an_import_leaves_the_investigation_alone(hub):
    hub.put(hub.finding())
    note = {"Text": "we know", "UpdatedBy": "sec"}
    hub.update(Note=note, UserDefinedFields={"ticket": "SEC-1"}, VerificationState="TRUE_POSITIVE",
               Workflow={"Status": "SUPPRESSED"})
    before = hub.one()
    hub.put(hub.finding(
        minute=1,
        Note={"Text": "other", "UpdatedBy": "us", "UpdatedAt": "2026-11-23T10:00:00Z"},
        UserDefinedFields={"other": "x"}, VerificationState="UNKNOWN", Workflow={"Status": "NEW"},
    ))
    after = hub.one()
    for name in ("Note", "UserDefinedFields", "VerificationState", "Workflow"):
        assert after[name] == before[name]
    assert after["Note"]["Text"] == "we know"
    assert after["UpdatedAt"] != before["UpdatedAt"]


def test_a_new_finding_may_bring_a_note(hub):
    note = {"Text": "known", "UpdatedBy": "us", "UpdatedAt": "2026-11-23T10:00:00Z"}
    hub.put(hub.finding(Note=note))
    assert hub.one()["Note"] == note


def test_provider_fields_win_for_a_new_finding(hub):
    hub.put(hub.finding(Severity={"Label": "LOW"}, FindingProviderFields=provider("CRITICAL")))
    assert hub.one()["Severity"] == {"Label": "CRITICAL", "Normalized": 90}


def test_provider_fields_reach_the_top_level_until_a_customer_sets_it(hub):
    hub.put(hub.finding())
    hub.put(hub.finding(minute=1, FindingProviderFields=provider("LOW")))
    assert hub.one()["Severity"] == {"Label": "LOW", "Normalized": 1}
    hub.update(Severity={"Label": "CRITICAL"})
    assert hub.one()["Severity"]["Normalized"] == 90
    hub.put(hub.finding(minute=2, FindingProviderFields=provider("MEDIUM")))
    found = hub.one()
    assert found["Severity"]["Label"] == "CRITICAL"
    assert found["FindingProviderFields"]["Severity"]["Label"] == "MEDIUM"
    assert found["Types"] == ["TTPs"]


@pytest.mark.parametrize(("given", "shown"), [
    ({"Label": "INFORMATIONAL"}, ("INFORMATIONAL", 0)),
    ({"Label": "LOW"}, ("LOW", 1)),
    ({"Label": "MEDIUM"}, ("MEDIUM", 40)),
    ({"Label": "HIGH"}, ("HIGH", 70)),
    ({"Label": "CRITICAL"}, ("CRITICAL", 90)),
    ({"Normalized": 39}, ("LOW", 39)),
    ({"Normalized": 100}, ("CRITICAL", 100)),
    ({"Label": "HIGH", "Normalized": 75}, ("HIGH", 75)),
])
def test_label_and_number_of_a_severity(hub, given, shown):
    hub.put(hub.finding())
    hub.update(Severity=given)
    severity = hub.one()["Severity"]
    assert (severity["Label"], severity["Normalized"]) == shown


ACTIVE, ARCHIVED = {"RecordState": "ACTIVE"}, {"RecordState": "ARCHIVED"}


def compliance(status):
    return {"Compliance": {"Status": status}}


@pytest.mark.parametrize(("workflow", "before", "after", "expected"), [
    ("RESOLVED", ARCHIVED, ACTIVE, "NEW"),
    ("NOTIFIED", ARCHIVED, ACTIVE, "NEW"),
    ("SUPPRESSED", ARCHIVED, ACTIVE, "SUPPRESSED"),
    ("RESOLVED", ACTIVE, ARCHIVED, "RESOLVED"),
    ("RESOLVED", compliance("PASSED"), compliance("FAILED"), "NEW"),
    ("RESOLVED", compliance("PASSED"), compliance("WARNING"), "NEW"),
    ("NOTIFIED", compliance("PASSED"), compliance("NOT_AVAILABLE"), "NEW"),
    ("SUPPRESSED", compliance("PASSED"), compliance("FAILED"), "SUPPRESSED"),
    ("RESOLVED", compliance("FAILED"), compliance("FAILED"), "RESOLVED"),
    ("RESOLVED", compliance("FAILED"), compliance("PASSED"), "RESOLVED"),
    ("NEW", compliance("FAILED"), compliance("PASSED"), "NEW"),
])
def test_when_the_workflow_starts_again(hub, workflow, before, after, expected):
    hub.put(hub.finding(**before))
    hub.update(Workflow={"Status": workflow})
    hub.put(hub.finding(minute=1, **after))
    assert hub.one()["Workflow"]["Status"] == expected


# Updates by the customer.

def test_an_update_does_not_move_updated_at(hub):
    hub.put(hub.finding())
    answer = hub.update(Note={"Text": "seen", "UpdatedBy": "sec"}, Workflow={"Status": "NOTIFIED"})
    assert len(answer["ProcessedFindings"]) == 1 and answer["UnprocessedFindings"] == []
    found = hub.one()
    assert found["UpdatedAt"] == hub.finding()["UpdatedAt"]
    assert found["Note"]["UpdatedAt"].endswith("Z")


def test_an_update_says_what_it_could_not_do(hub):
    hub.put(hub.finding())
    answer = hub.update("f", "f", "missing", Workflow={"Status": "NOTIFIED"})
    assert [one["Id"] for one in answer["ProcessedFindings"]] == ["f"]
    assert [(one["FindingIdentifier"]["Id"], one["ErrorCode"]) for one in answer["UnprocessedFindings"]] == [
        ("f", "DuplicatedFindingIdentifier"), ("missing", "FindingNotFound")]


def test_an_update_needs_1_to_100_findings(hub):
    ids = [str(number) for number in range(101)]
    refused(lambda: hub.update(*ids), "InvalidInputException", 400)
    call = lambda: hub.client.batch_update_findings(FindingIdentifiers=[])
    refused(call, "InvalidInputException", 400)


@pytest.mark.parametrize("change", [
    {"Workflow": {"Status": "DONE"}},
    {"Severity": {"Label": "SEVERE"}},
    {"Confidence": 101},
])
def test_an_update_is_checked(hub, change):
    hub.put(hub.finding())
    refused(lambda: hub.update(**change), "InvalidInputException", 400)


def test_the_administrator_sees_and_updates_members(hub, endpoint):
    hub.put(hub.finding())
    admin = connect(endpoint, ADMINISTRATOR)
    filters = {"AwsAccountId": [{"Value": hub.account, "Comparison": "EQUALS"}]}
    assert len(admin.get_findings(Filters=filters)["Findings"]) == 1
    identifier = {"Id": "f", "ProductArn": hub.finding()["ProductArn"]}
    admin.batch_update_findings(FindingIdentifiers=[identifier], Workflow={"Status": "SUPPRESSED"})
    assert hub.one()["Workflow"]["Status"] == "SUPPRESSED"


def test_a_member_does_not_update_another(hub, endpoint):
    hub.put(hub.finding())
    answer = Hub(endpoint).update("f", product=hub.finding()["ProductArn"], Workflow={"Status": "RESOLVED"})
    assert answer["UnprocessedFindings"][0]["ErrorCode"] == "FindingNotFound"


# Events.

def events_of(bus, account, count):
    found = []
    while len(found) < count:
        headers, [entry] = bus.events.get(timeout=10)
        if json.loads(entry["Detail"])["findings"][0]["AwsAccountId"] == account:
            found.append((headers, entry))
    return found


def test_every_import_and_update_sends_an_event_to_member_and_administrator(hub, bus):
    hub.put(hub.finding())
    hub.put(hub.finding())  # Ignored: as old as the first.
    hub.update(Workflow={"Status": "NOTIFIED"})
    events = events_of(bus, hub.account, 4)
    scopes = [headers["Authorization"].split("Credential=")[1].split(",")[0].split("/") for headers, _ in events]
    assert [(scope[0], scope[2], scope[3]) for scope in scopes] == [
        (account, REGION, "events") for account in (hub.account, ADMINISTRATOR) * 2]
    for headers, entry in events:
        assert headers["X-Amz-Target"] == "AWSEvents.PutEvents"
        assert entry["Source"] == "aws.securityhub"
        assert entry["DetailType"] == "Security Hub Findings - Imported"
        assert entry["Resources"] == [hub.finding()["ProductArn"] + "/f"]
    states = [json.loads(entry["Detail"])["findings"][0]["Workflow"]["Status"] for _, entry in events]
    assert states == ["NEW", "NEW", "NOTIFIED", "NOTIFIED"]


# Custom actions, rates, Lambda.

def test_custom_actions(hub):
    answer = hub.client.create_action_target(Name="Repair", Description="Repairs it", Id="repair")
    arn = f"arn:aws:securityhub:{REGION}:{hub.account}:action/custom/repair"
    assert answer["ActionTargetArn"] == arn
    [target] = hub.client.describe_action_targets()["ActionTargets"]
    assert target == {"ActionTargetArn": arn, "Name": "Repair", "Description": "Repairs it"}
    create = hub.client.create_action_target
    refused(lambda: create(Name="Repair", Description="d", Id="repair"), "ResourceConflictException", 409)
    for bad in ({"Name": "x" * 21}, {"Id": "with-dash"}, {"Id": "x" * 21}):
        request = {"Name": "n", "Description": "d", "Id": "i", **bad}
        refused(lambda: create(**request), "InvalidInputException", 400)


def test_too_many_calls_are_throttled(bus):
    process, url = start("--events-endpoint", "http://127.0.0.1:1")  # Nobody listens: no harm.
    try:
        hub = Hub(url)
        hub.put(hub.finding())
        with pytest.raises(botocore.exceptions.ClientError) as raised:
            for _ in range(200):
                hub.client.get_findings()
        assert raised.value.response["Error"]["Code"] == "TooManyRequestsException"
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
        patient = boto3.client(
            "securityhub", endpoint_url=url, region_name=REGION, aws_access_key_id=hub.account,
            aws_secret_access_key="none", config=botocore.config.Config(retries={"mode": "standard", "max_attempts": 8}))
        assert len(patient.get_findings()["Findings"]) == 1  # botocore knows the error, and retries.
    finally:
        stop(process)


def test_runtime_management(hub, endpoint):
    client = connect(endpoint, hub.account, "lambda")
    arn = f"arn:aws:lambda:{REGION}:{hub.account}:function:f"
    runtime = f"arn:aws:lambda:{REGION}::runtime:{'a' * 64}"
    get = client.get_runtime_management_config
    assert get(FunctionName="f")["UpdateRuntimeOn"] == "Auto"
    client.put_runtime_management_config(FunctionName="f", UpdateRuntimeOn="Manual", RuntimeVersionArn=runtime)
    for name in ("f", arn, f"{hub.account}:function:f"):
        found = get(FunctionName=name)
        assert (found["UpdateRuntimeOn"], found["RuntimeVersionArn"], found["FunctionArn"]) == ("Manual", runtime, arn)
    assert get(FunctionName="f", Qualifier="1")["UpdateRuntimeOn"] == "Auto"
    call = lambda: client.put_runtime_management_config(FunctionName="f", UpdateRuntimeOn="Manual")
    refused(call, "InvalidParameterValueException", 400)


def test_an_unsigned_call_is_refused(endpoint):
    client = boto3.client("securityhub", endpoint_url=endpoint, region_name=REGION,
                          config=botocore.config.Config(signature_version=botocore.UNSIGNED))
    refused(client.describe_hub, "MissingAuthenticationTokenException", 403)
