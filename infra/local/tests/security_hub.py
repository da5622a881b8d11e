"""What the tests of the Security Hub stand-in share: the server, a client per account, a finding.

An access key id of twelve digits is the account, so each test has an account of its own.
"""

import http.server
import itertools
import json
import queue
import signal
import subprocess
import threading

import boto3
import botocore.config
import botocore.exceptions
import pytest

import stack

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
    process = subprocess.Popen([stack.binary("stand-ins"), *arguments], stdout=subprocess.PIPE, text=True)
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


def provider(label):
    return {"Severity": {"Label": label}, "Types": ["TTPs"]}


def text(*pairs):
    return [{"Comparison": comparison, "Value": value} for comparison, value in pairs]
