"""`make demo`: the product at work on this machine, from a deployment to a finding, a repair, an opt-out and a scan.

Everything is real but the cloud: the compiled programs, deployed from template.yaml by `sam deploy`.
"""

import datetime
import os
import subprocess
import sys
import textwrap
import time

import estate
import night
import repairs
import stack
import usage_logs
from builder import Builder, package

FUNCTION = "checkout"
BAD = estate.Row(
    FUNCTION, "runtime-deprecated env-key-not-customer-managed env-secret-in-plaintext policy-public",
    runtime="python3.9", variables={"PAYMENTS_TOKEN": estate.CANARIES[1]}, grants=("public",))
OPTED_OUT, OPT_OUT_RULE = "thumbnails", "runtime-deprecated"
OPT_OUT = f"until={estate.NEXT_QUARTER} by=media ticket=SEC-200"
# Generous, for a loaded machine; on an idle one each step takes about a second.
PATIENCE_SECONDS = 90
TRAIL = "sample-trail"
DARK, OPEN = "dark", "status-page"
XRAY = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"
COLOURS = {"CRITICAL": 31, "HIGH": 31, "MEDIUM": 33, "LOW": 36, "RESOLVED": 32, "SUPPRESSED": 35, "heading": 1}


def main():
    """Runs the chapters in order; whatever happens, nothing keeps running."""
    began = time.monotonic()
    try:
        say("lambda-warden judges every Lambda function the moment it is deployed, and tells Security Hub what is wrong.")
        with stack.Cloud(stack.binary("stand-ins")) as cloud:
            try:
                chapters(cloud)
            except (TimeoutError, subprocess.CalledProcessError) as error:
                sys.exit(f"\n{error}\n\nWhat on-change said last:\n{last_words(cloud)}")
    except KeyboardInterrupt:
        sys.exit("\nStopped; nothing keeps running.")
    say(f"\nThat took {time.monotonic() - began:.0f} s. Everything that was started has been stopped.")


def chapters(cloud):
    builder = Builder(cloud)
    deploy(cloud)
    settle(cloud, builder)
    catch(cloud, builder)
    repair(cloud, builder)
    opt_out(cloud)
    automatic(cloud, builder)
    on_request(cloud)
    learn(cloud, builder)
    narrow(cloud)
    sweep(cloud)
    scan(cloud)


def deploy(cloud):
    heading("Our stack is deployed", "An event bus, a queue and the function on-change, by `sam deploy`.")
    began = time.monotonic()
    cloud.deploy(OrganizationId=estate.ORGANIZATION, TrailBucket=TRAIL, **repairs.PARAMETERS)
    repairs.actions(cloud)
    resources = cloud.client("cloudformation").describe_stack_resources(StackName="lambda-warden")["StackResources"]
    say(f"  {len(resources)} resources in {time.monotonic() - began:.0f} s")


def settle(cloud, builder):
    heading("A company deploys its functions", "Good and bad ones. Each deployment is an event, each event a verdict.")
    began = time.monotonic()
    for row in estate.FUNCTIONS:
        builder.build(row)
    url = cloud.client("sqs").get_queue_url(QueueName=queue(cloud))["QueueUrl"]
    stack.poll(lambda: waiting(cloud, url) == 0, PATIENCE_SECONDS, "empty queue")
    failed = [f for f in findings(cloud) if state(f) == "NEW" and f["Compliance"]["Status"] == "FAILED"]
    at = {f["Resources"][0]["Id"] for f in failed}
    say(f"  {len(estate.FUNCTIONS)} functions deployed and judged in {time.monotonic() - began:.0f} s: "
        f"{len(failed)} violations on {len(at)} of them, in Security Hub")


def catch(cloud, builder):
    heading(f"Someone deploys `{FUNCTION}`", "An old runtime, a token in a variable, and all the world may invoke it.")
    began = time.monotonic()
    arn = builder.build(BAD)
    expected = set(BAD.shows.split())
    found = until(cloud, arn, expected, lambda f: f["Compliance"]["Status"] == "FAILED", "finding")
    say(f"  {time.monotonic() - began:.1f} s later, in Security Hub:")
    show(found)
    worst = max(found, key=lambda f: f["Severity"]["Normalized"])
    say("\n  One of them in full:")
    for label, text in (("what", worst["Description"]), ("mend", worst["Remediation"]["Recommendation"]["Text"])):
        say(textwrap.fill(f"{label}: {text}", 100, initial_indent="    ", subsequent_indent="          "))


def repair(cloud, builder):
    heading("They repair it", "A current runtime, a reference for the token, a key of their own, no public statement.")
    began = time.monotonic()
    functions = cloud.client("lambda")
    arn = functions.update_function_configuration(
        FunctionName=FUNCTION, Runtime="python3.13", KMSKeyArn=builder.once(builder.key, "own"),
        Environment={"Variables": {"PAYMENTS_TOKEN_PARAMETER": "/checkout/payments-token"}})["FunctionArn"]
    functions.remove_permission(FunctionName=FUNCTION, StatementId="public")
    found = until(cloud, arn, set(BAD.shows.split()), lambda f: state(f) == "RESOLVED", "resolved finding")
    say(f"  {time.monotonic() - began:.1f} s later:")
    show(found)


def opt_out(cloud):
    heading(f"The team of `{OPTED_OUT}` needs more time", "It sets a tag, which says who, why and until when.")
    began = time.monotonic()
    functions = cloud.client("lambda")
    arn = functions.get_function_configuration(FunctionName=OPTED_OUT)["FunctionArn"]
    key = f"warden:allow:{OPT_OUT_RULE}"
    functions.tag_resource(Resource=arn, Tags={key: OPT_OUT})
    say(f"  tag {key} = {OPT_OUT}")
    found = until(cloud, arn, {OPT_OUT_RULE}, lambda f: state(f) == "SUPPRESSED", "suppressed finding")
    say(f"  {time.monotonic() - began:.1f} s later:")
    show(found)
    say(f"  note: {found[0]['Note']['Text']}")


def learn(cloud, builder):
    heading("What do roles really use?", f"Two functions share a role. CloudTrail's logs of {usage_logs.DAYS} days tell what each calls.")
    arns = [builder.build(row) for row in estate.LEARNED]
    iam, s3 = cloud.client("iam"), cloud.client("s3")
    name = estate.SHARED["settlement"]
    role = iam.get_role(RoleName=name)["Role"]
    s3.create_bucket(Bucket=TRAIL)
    yesterday = estate.TODAY - datetime.timedelta(days=1)
    events = usage_logs.put(s3, TRAIL, cloud.account, cloud.region, estate.LEARNED_USES, {name: role["RoleId"]}, yesterday)
    # Elsewhere people work too: the trail is one of all Regions.
    events += usage_logs.put(s3, TRAIL, cloud.account, "eu-west-1", [], {}, yesterday)
    say(f"  {events} events lie in s3://{TRAIL}/AWSLogs, as a trail delivers them")
    warden(cloud, "digest", "--from", f"s3://{TRAIL}", "--to", ledger(cloud))
    say("\n  A deployment of one of them, and the finding:")
    cloud.client("lambda").update_function_configuration(FunctionName=estate.LEARNED[0].name, Description="learned")
    rules = {"role-permission-unused", "role-shared"}
    found = until(cloud, arns[0], rules, lambda f: f["Compliance"]["Status"] == "FAILED", "finding")
    show(found)
    for finding in found:
        say(textwrap.fill(finding["Description"], 100, initial_indent="    ", subsequent_indent="    "))
    warden(cloud, "propose", "--role", role["Arn"], "--ledger", ledger(cloud), "--region", cloud.region,
           "--rate", "unlimited")


def automatic(cloud, builder):
    heading("A repair by itself", "The baseline lets `tracing-off` be repaired: announced, made, verified, watched. Here without a day of grace.")
    began = time.monotonic()
    arn = builder.build(estate.Row(DARK, "tracing-off"))
    role = cloud.client("lambda").get_function_configuration(FunctionName=DARK)["Role"].split("/")[-1]
    cloud.client("iam").attach_role_policy(RoleName=role, PolicyArn=XRAY)
    cloud.client("lambda").update_function_configuration(FunctionName=DARK, TracingConfig={"Mode": "PassThrough"})
    told(began, repairs.until(cloud, arn, "tracing-off", repairs.is_watched, "automatic repair"))


def on_request(cloud):
    heading("A repair on request", f"Somebody clicks *Warden: repair* on a finding of `{OPEN}`.")
    arn = cloud.client("lambda").get_function_configuration(FunctionName=OPEN)["FunctionArn"]
    began = time.monotonic()
    repairs.click(cloud, "WardenRepair", arn, "policy-public")
    told(began, repairs.until(cloud, arn, "policy-public", repairs.is_watched, "repair on request"))


def narrow(cloud):
    heading("A role is narrowed, and a call is denied", "What no log showed was needed after all: everything is put back, and learnt.")
    arn = cloud.client("lambda").get_function_configuration(FunctionName=estate.LEARNED[0].name)["FunctionArn"]
    rule, role = "role-permission-unused", cloud.client("iam").get_role(RoleName=estate.SHARED["settlement"])["Role"]
    before, began = repairs.policies(cloud, role["RoleName"]), time.monotonic()
    repairs.click(cloud, "WardenRepair", arn, rule)
    told(began, repairs.until(cloud, arn, rule, repairs.is_watched, "narrowed role"))
    began = time.monotonic()
    repairs.deny(cloud, role, estate.LEARNED[0].name, "ec2", "DescribeInstances")
    told(began, repairs.until(cloud, arn, rule, repairs.is_taken_back, "way back"))
    if repairs.policies(cloud, role["RoleName"]) != before:
        sys.exit("The policies are not what they were before.")


def told(began: float, finding: dict):
    say(f"  {time.monotonic() - began:.1f} s later, {finding['Compliance']['Status']}, {state(finding)}:")
    say(textwrap.fill(repairs.note(finding), 100, initial_indent="    ", subsequent_indent="    "))


def sweep(cloud):
    heading("The night", "A state machine digests the day's logs, sweeps every account and Region, and sums it up.")
    done = night.run(cloud, outputs(cloud))
    if done["status"] != "SUCCEEDED":
        sys.exit(f"The night failed: {done['cause']}")
    told = done["summary"]
    functions, calls = told["all"]["functions"], sum(told["all"]["calls"].values())
    say(f"  {done['seconds']:.0f} s later: {told['swept']} of {told['planned']} places, {functions} functions, "
        f"{calls / functions:.1f} calls for each")
    for severity, count in told["all"]["findings"].items():
        say(f"    {paint(severity, f'{severity:<13}')} {count:>4} open")


def outputs(cloud) -> dict:
    found = cloud.client("cloudformation").describe_stacks(StackName="lambda-warden")["Stacks"][0]["Outputs"]
    return {one["OutputKey"]: one["OutputValue"] for one in found}


def ledger(cloud) -> str:
    return "s3://" + outputs(cloud)["LedgerBucketName"]


def scan(cloud):
    heading("The same rules on a laptop", "For programs: `--format json` or `asff`.")
    code = warden(cloud, *scan_arguments(cloud), "--ledger", ledger(cloud))
    meaning = ("clean", "there are findings", "something could not be seen")[code]
    say(f"  exit code {code}: {meaning}")


def warden(cloud, *arguments) -> int:
    """Runs the command line for all to see; returns its exit code, which says what it saw."""
    say(f"\n  $ warden {' '.join(arguments)}")
    command = [stack.binary("warden"), *arguments]
    code = subprocess.run(command, env=cloud.env(), cwd=stack.ROOT).returncode
    if code not in (0, 1, 2):
        raise subprocess.CalledProcessError(code, command)
    return code


def scan_arguments(cloud) -> list[str]:
    baseline = os.path.relpath(stack.ROOT / "infra" / "local" / "baseline.toml", stack.ROOT)
    return ["scan", "--region", cloud.region, "--baseline", baseline, "--rate", "unlimited"]


def findings(cloud, arn=None):
    """All findings, or those on one function."""
    filters = {"ResourceId": [{"Value": arn, "Comparison": "EQUALS"}]} if arn else {}
    pages = cloud.client("securityhub").get_paginator("get_findings").paginate(Filters=filters)
    return [finding for page in pages for finding in page["Findings"]]


def until(cloud, arn, rules, test, what):
    """Asks Security Hub until each of the rules has a finding that passes the test."""
    def seen():
        good = {rule(f): f for f in findings(cloud, arn) if test(f)}
        return [good[name] for name in sorted(rules)] if rules <= good.keys() else None

    return stack.poll(seen, PATIENCE_SECONDS, f"{what} of {', '.join(sorted(rules))}")


def rule(finding) -> str:
    return finding["Id"].rsplit("/", 1)[-1]


def state(finding) -> str:
    if finding["RecordState"] == "ARCHIVED":
        return "ARCHIVED"
    return finding["Workflow"]["Status"]


def show(found):
    for finding in sorted(found, key=lambda f: -f["Severity"]["Normalized"]):
        severity = finding["Severity"]["Label"]
        say(f"    {paint(severity, f'{severity:<13}')} {paint(state(finding), f'{state(finding):<10}')} "
            f"{rule(finding):<28} {finding['Title']}")


def queue(cloud) -> str:
    resources = cloud.client("cloudformation").describe_stack_resource(
        StackName="lambda-warden", LogicalResourceId="Changes")
    return resources["StackResourceDetail"]["PhysicalResourceId"].rsplit("/", 1)[-1]


def waiting(cloud, url) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)


def last_words(cloud) -> str:
    logs = cloud.client("logs")
    try:
        events = logs.filter_log_events(logGroupName="/aws/lambda/lambda-warden-on-change")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return "nothing"
    return "\n".join(event["message"].rstrip() for event in events[-20:])


def heading(title, text):
    say(f"\n{paint('heading', title)}\n  {text}")


def paint(name, text) -> str:
    plain = not sys.stdout.isatty() or "NO_COLOR" in os.environ or name not in COLOURS
    return text if plain else f"\033[{COLOURS[name]}m{text}\033[0m"


def say(text):
    print(text, flush=True)


if __name__ == "__main__":
    main()
