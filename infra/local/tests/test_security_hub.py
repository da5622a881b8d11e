"""The Security Hub stand-in, driven by boto3, whose models check every request and answer.

STAND_INS_BIN=target/debug/stand-ins pytest infra/local/tests/test_security_hub.py

Each test has an account of its own: an access key id of twelve digits is the account.
"""

import http.server
import itertools
import json
import os
import queue
import signal
import subprocess
import threading

import boto3
import botocore.config
import botocore.exceptions
import pytest

REGION = "eu-west-1"
ADMINISTRATOR = "999999999999"
OFF = "888888888888"
ACCOUNTS = itertools.count(100000000001)


class Stub(http.server.BaseHTTPRequestHandler):
    """Takes the events that the stand-in sends to EventBridge."""

    def do_POST(self):
        entries = json.loads(self.rfile.read(int(self.headers["content-length"])))["Entries"]
        self.server.events.put((self.headers, entries))
        body = b'{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}'
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def bus():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    server.events = queue.Queue()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def start(*arguments):
    binary = os.environ.get("STAND_INS_BIN")
    assert binary, "STAND_INS_BIN must name the compiled binary: cargo build -p stand-ins"
    process = subprocess.Popen([binary, *arguments], stdout=subprocess.PIPE, text=True)
    ready = process.stdout.readline()
    assert ready.startswith("stand-ins ready on http://127.0.0.1:"), ready
    return process, ready.split()[-1]


def stop(process):
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0


@pytest.fixture(scope="module")
def endpoint(bus):
    process, url = start(
        "--no-rate-limits",
        "--administrator", ADMINISTRATOR,
        "--hub-off", f"{OFF}/{REGION}",
        "--events-endpoint", f"http://127.0.0.1:{bus.server_port}",
    )
    yield url
    stop(process)


def connect(url, account, service="securityhub"):
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=account,
        aws_secret_access_key="none",
        config=botocore.config.Config(retries={"total_max_attempts": 1}),
    )


class Hub:
    """A client and its account."""

    def __init__(self, url):
        self.account = str(next(ACCOUNTS))
        self.client = connect(url, self.account)

    def finding(self, id="f", minute=0, **changes):
        finding = {
            "SchemaVersion": "2018-10-08",
            "Id": id,
            "ProductArn": f"arn:aws:securityhub:{REGION}:{self.account}:product/{self.account}/default",
            "GeneratorId": "lambda-warden/runtime-deprecated",
            "AwsAccountId": self.account,
            "CreatedAt": "2026-11-23T09:00:00Z",
            "FirstObservedAt": "2026-11-22T09:00:00Z",
            "UpdatedAt": f"2026-11-23T10:{minute:02}:00.000Z",
            "Title": "The runtime gets no security patches",
            "Description": "python3.8 was deprecated on 2024-10-14",
            "FindingProviderFields": {
                "Severity": {"Label": "HIGH", "Original": "high"},
                "Types": ["Software and Configuration Checks/AWS Security Best Practices"],
            },
            "Resources": [{
                "Type": "AwsLambdaFunction",
                "Id": f"arn:aws:lambda:{REGION}:{self.account}:function:{id}",
                "Tags": {"team": "payments"},
                "Details": {"AwsLambdaFunction": {
                    "FunctionName": id,
                    "LastModified": "2026-11-23T10:00:00.000+0000",
                }},
            }],
            "ProductFields": {"lambda-warden/rule": "runtime-deprecated"},
            "Compliance": {"Status": "FAILED"},
            "RecordState": "ACTIVE",
        }
        finding.update(changes)
        return {name: value for name, value in finding.items() if value is not None}

    def send(self, *findings):
        return self.client.batch_import_findings(Findings=list(findings))

    def send_unchecked(self, body):
        """Puts `body` on the wire though boto3 itself would refuse it."""
        client = connect(self.client.meta.endpoint_url, self.account)
        client.meta.events.register(
            "before-call", lambda params, **_: params.update(body=json.dumps(body).encode()))
        return client.batch_import_findings(Findings=[self.finding()])

    def put(self, *findings):
        answer = self.send(*findings)
        assert answer["FailedCount"] == 0, answer["FailedFindings"]
        assert answer["SuccessCount"] == len(findings)

    def get(self, **filters):
        return self.client.get_findings(Filters=filters)["Findings"]

    def one(self):
        [finding] = self.get()
        return finding

    def update(self, *ids, product=None, **changes):
        product = product or self.finding()["ProductArn"]
        identifiers = [{"Id": id, "ProductArn": product} for id in ids or ("f",)]
        return self.client.batch_update_findings(FindingIdentifiers=identifiers, **changes)


@pytest.fixture
def hub(endpoint):
    return Hub(endpoint)


def refused(call, code, status):
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        call()
    assert raised.value.response["Error"]["Code"] == code
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    return raised.value.response["Error"]["Message"]


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


def provider(label):
    return {"Severity": {"Label": label}, "Types": ["TTPs"]}


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


# Filters.

def text(*pairs):
    return [{"Comparison": comparison, "Value": value} for comparison, value in pairs]


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
