"""A sample estate: functions as a company has them, good and bad. The table says what each one shows.

Every value that looks like a secret is made up, and listed in CANARIES: it must appear in no output of ours.
"""

import datetime
import string
import zlib
from dataclasses import dataclass, field

from usage_logs import Use

FOREIGN = "999988887777"
ORGANIZATION = "o-exampleorgid"


def token(random: str) -> str:
    """A token as GitHub forms them, with its checksum: put together here, so that none stands in a file."""
    digits, sum_of = string.digits + string.ascii_uppercase + string.ascii_lowercase, zlib.crc32(random.encode())
    checksum = ""
    for _ in range(6):
        sum_of, digit = divmod(sum_of, 62)
        checksum = digits[digit] + checksum
    return f"ghp_{random}{checksum}"


CANARIES = (
    token("kQ7vN2xR9tLm4WcZ8pHs3YbD6fGjT1"),
    token("Zr4mXw8KdV1qLs7NcT5yBh2JgP9fRk"),
    "postgres://billing:Wq7-Lk29-ZtPr@db.internal:5432/billing",
)
TODAY = datetime.date.today()
NEXT_QUARTER = TODAY + datetime.timedelta(days=90)
LAST_WEEK = TODAY - datetime.timedelta(days=7)
OPT_OUT = "warden:allow:runtime-deprecated"


@dataclass(frozen=True)
class Row:
    """One function. Whatever is not said is as it should be: current runtime, a role of its own, no VPC."""

    name: str
    shows: str  # the rules it breaks, separated by spaces; empty where it breaks none
    runtime: str = "python3.13"
    published: str = ""  # runtime of the version that alias `live` serves
    pinned: bool = False
    variables: dict = field(default_factory=dict)
    key: str = ""  # name of a key: own, disabled, deleted, foreign
    role: str = "own"  # name of a role below
    network: str = ""  # name of a network below
    grants: tuple = ()  # names of resource policy statements below
    url: dict = field(default_factory=dict)
    layer_of: str = ""  # account of the layer
    failures_to: str = ""  # ARN of the destination for failures
    traced: bool = True
    tags: dict = field(default_factory=dict)


FOREIGN_QUEUE = f"arn:aws:sqs:us-east-1:{FOREIGN}:failures"
CHOSEN = {"LOG_LEVEL": "info", "TABLE": "invoices"}
REFERENCES = {
    "DB_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf",
    "API_KEY_PARAMETER": "/billing/api-key",
}
FUNCTIONS = [
    # As it should be.
    Row("invoices", ""),
    Row("invoices-export", "", variables=REFERENCES, key="own", network="private"),
    # runtime
    Row("thumbnails", "runtime-deprecated", runtime="python3.9"),
    Row("newsletter", "runtime-expiring", runtime="nodejs22.x"),
    Row("legacy-report", "runtime-deprecated runtime-update-blocked", runtime="nodejs12.x"),
    Row("experiment", "runtime-unknown", runtime="fortran77.x"),
    Row("tax-rates", "runtime-pinned", pinned=True),
    Row("webhooks", "version-on-dead-runtime", published="python3.8"),
    # environment
    Row("catalogue", "env-key-not-customer-managed", variables=CHOSEN),
    Row("archive", "env-key-unusable", variables=CHOSEN, key="disabled"),
    Row("mailer", "env-key-unusable", variables=CHOSEN, key="deleted"),
    Row("sync-repositories", "env-secret-in-plaintext", variables={"SYNC_TOKEN": CANARIES[0]}, key="own"),
    Row("billing-import", "env-secret-in-plaintext", variables={"SOURCE": CANARIES[2]}, key="own"),
    # network
    Row("stock-level", "vpc-single-zone", network="one-zone"),
    Row("price-list", "vpc-subnet-small", network="tiny"),
    Row("scraper", "vpc-egress-open", network="open"),
    Row("currency", "vpc-nat-cross-zone", network="crossing"),
    Row("warehouse", "vpc-flow-log-missing vpc-endpoint-missing", network="dark", variables=REFERENCES, key="own"),
    # role
    Row("migrate", "role-admin role-action-wildcard", role="admin"),
    Row("backup", "role-action-wildcard", role="any-s3"),
    Row("audit-log", "role-resource-wildcard", role="any-table"),
    Row("provision", "role-privilege-escalation role-resource-wildcard role-unscoped-passrole", role="escalating"),
    Row("refunds", "role-shared", role="shared"),
    Row("payouts", "role-shared", role="shared"),
    Row("reminders", "role-missing", role="deleted"),
    Row("partner-feed", "role-trust-broad", role="trusts-all"),
    # exposure
    Row("status-page", "policy-public", grants=("public",)),
    Row("upload-done", "policy-confused-deputy failure-path-missing", grants=("any-bucket",)),
    Row("partner-api", "policy-foreign-account", grants=("foreign",)),
    Row("preview", "policy-public", grants=("public-on-alias",), published="python3.13"),
    Row("contact-form", "url-public", grants=("public-url", "public-url-invoke"), url={"AuthType": "NONE"}),
    Row("search", "url-public url-cors-open", grants=("public-url", "public-url-invoke"),
        url={"AuthType": "NONE", "Cors": {"AllowOrigins": ["*"]}}),
    Row("autocomplete", "", url={"AuthType": "AWS_IAM", "Cors": {"AllowOrigins": ["*"]}}),
    Row("tracing-demo", "layer-foreign", layer_of=FOREIGN),
    Row("events-out", "destination-foreign", role="reports", failures_to=FOREIGN_QUEUE),
    # how it runs
    Row("orders", "failure-path-missing", grants=("queue-of-ours", "public-but-this-organisation")),
    Row("greeting", "tracing-off", traced=False),
    # exemptions
    Row("print-labels", "", runtime="python3.9",
        tags={OPT_OUT: f"until={NEXT_QUARTER} by=logistics ticket=SEC-123"}),
    Row("fax-gateway", "runtime-deprecated exemption-expired", runtime="python3.9",
        tags={OPT_OUT: f"until={LAST_WEEK} by=logistics ticket=SEC-87"}),
    Row("loyalty", "runtime-deprecated exemption-malformed", runtime="python3.9",
        tags={OPT_OUT: "until=someday by=shop"}),
]

# Two functions of one role, whose use the logs of a quarter show: see LEARNED_USES.
LEARNED = [
    Row("settle-cards", "role-shared role-permission-unused", role="settlement"),
    Row("settle-banks", "role-shared role-permission-unused", role="settlement"),
]
BANK = "arn:aws:secretsmanager:{region}:{account}:secret:bank-AbCdEf"
LEARNED_USES = [
    Use("settle-cards", "settlement", "ssm", "GetParameter", {"name": "/settlement/limits"}),
    Use("settle-banks", "settlement", "secretsmanager", "GetSecretValue", {"secretId": BANK}),
    Use("settle-banks", "settlement", "kms", "Decrypt", by="forwarded",
        parameters={"encryptionContext": {"SecretARN": "bank-AbCdEf"}},
        arns=("arn:aws:kms:{region}:{account}:key/5f0c1f0e-0000-4000-8000-000000000000",)),
    Use("settle-banks", "settlement", "sns", "CreateTopic", every=30, error="AccessDenied", reads=False),
    Use("settle-cards", "settlement", "logs", "CreateLogStream", every=7, by="platform", reads=False),
    Use("settle-banks", "settlement", "logs", "CreateLogStream", every=7, by="platform", reads=False),
]

LOGS = ["logs:CreateLogStream", "logs:PutLogEvents"], "arn:aws:logs:us-east-1:{account}:log-group:/aws/lambda/{name}:*"
VPC = ["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"], "*"
# Beside LOGS: statements as (actions, resource); `own` has no more.
ROLES = {
    "own": [],
    "reports": [(["sqs:SendMessage"], FOREIGN_QUEUE)],
    "admin": [],  # AdministratorAccess is attached
    "any-s3": [(["s3:*"], "arn:aws:s3:::backup/*")],
    "any-table": [(["dynamodb:PutItem"], "*")],
    "escalating": [(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], "*")],
    "shared": [(["sqs:SendMessage"], "arn:aws:sqs:us-east-1:{account}:money")],
    "deleted": [],
    "trusts-all": [],
    "settlement": [
        (["ssm:GetParameter", "ssm:GetParametersByPath", "ssm:PutParameter"],
         "arn:aws:ssm:us-east-1:{account}:parameter/settlement/*"),
        (["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"],
         "arn:aws:secretsmanager:us-east-1:{account}:secret:bank-*"),
        (["kms:Decrypt"], "arn:aws:kms:us-east-1:{account}:key/5f0c1f0e-0000-4000-8000-000000000000"),
        (["sqs:SendMessage"], "arn:aws:sqs:us-east-1:{account}:settled"),
        (["ec2:DescribeInstances"], "*"),
    ],
}
# Roles that several functions have: their names.
SHARED = {"shared": "shared-by-two", "settlement": "settlement"}
# Whose log groups a role's functions write, where that is not the function of the role's name.
LOG_GROUPS = {"settlement": "settle-*"}
# The emulator's word for how old a role is, and for what IAM saw it use.
YESTERDAY = str(TODAY - datetime.timedelta(days=1))
ROLE_TAGS = {
    "settlement": {
        "sample:created": "2024-05-01T08:00:00Z",
        **{f"last-accessed:{service}": YESTERDAY for service in ("kms", "logs", "secretsmanager", "ssm")},
        **{f"last-accessed:{service}": "never" for service in ("ec2", "sqs")},
    },
}
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"

# Subnets as (CIDR, zone, zone of the NAT gateway); whether the VPC is the watched one; whether egress is open.
NETWORKS = {
    "private": ([("10.0.0.0/24", "a", "a"), ("10.0.1.0/24", "b", "b")], True, False),
    "one-zone": ([("10.0.2.0/24", "a", "a"), ("10.0.3.0/24", "a", "a")], True, False),
    "tiny": ([("10.0.4.0/28", "a", "a"), ("10.0.4.16/28", "b", "b")], True, False),
    "open": ([("10.0.5.0/24", "a", "a"), ("10.0.6.0/24", "b", "b")], True, True),
    "crossing": ([("10.0.7.0/24", "a", "a"), ("10.0.8.0/24", "b", "a")], True, False),
    "dark": ([("10.1.0.0/24", "a", ""), ("10.1.1.0/24", "b", "")], False, False),
}
WATCHED_ENDPOINTS = {"s3": "Gateway", "dynamodb": "Gateway", "secretsmanager": "Interface", "ssm": "Interface"}

INVOKE = "lambda:InvokeFunction"
GRANTS = {
    "queue-of-ours": {"Action": INVOKE, "Principal": "events.amazonaws.com",
                      "SourceArn": "arn:aws:events:us-east-1:{account}:rule/orders"},
    "public-but-this-organisation": {"Action": INVOKE, "Principal": "*", "PrincipalOrgID": ORGANIZATION},
    "public": {"Action": INVOKE, "Principal": "*"},
    "public-on-alias": {"Action": INVOKE, "Principal": "*", "Qualifier": "live"},
    "any-bucket": {"Action": INVOKE, "Principal": "s3.amazonaws.com"},
    "foreign": {"Action": INVOKE, "Principal": FOREIGN},
    "public-url": {"Action": "lambda:InvokeFunctionUrl", "Principal": "*", "FunctionUrlAuthType": "NONE"},
    "public-url-invoke": {"Action": INVOKE, "Principal": "*", "InvokedViaFunctionUrl": True},
}
