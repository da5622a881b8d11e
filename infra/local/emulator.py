"""Starts MiniStack on 127.0.0.1 with the corrections that make it honest enough for this project.

Run by `stack.py`, never by hand. Settings come from the environment: GATEWAY_PORT, STAND_INS (host:port of our
stand-in services), TMPDIR. What is corrected, what is not, and what AWS really does: INFIDELITIES.md.
"""

import asyncio
import http.client
import importlib.metadata
import json
import os
import re
import sys
import traceback
import urllib.parse

import trail

MINISTACK = "1.5.33"
PATCHED = {
    "ministack.app": ["SERVICE_HANDLERS", "main"],
    "ministack.core.responses": ["request_scope", "get_account_id", "get_region"],
    "ministack.core.router": ["extract_access_key_id"],
    "ministack.services.cloudformation.provisioners": ["_RESOURCE_HANDLERS"],
    "ministack.services.eventbridge": ["_put_events", "_dispatch_event", "_dispatch_to_event_bus"],
    "ministack.services.iam": ["_IAM_HANDLERS", "_roles", "_aws_managed_attachment_counts", "_aws_managed_policies",
                               "_roles", "_sla_jobs"],
    "ministack.services.lambda_svc": ["_functions", "_validate_async_destination_arn"],
    "ministack.services.stepfunctions": ["_apply_jsonata_output", "_apply_jsonata_template", "_apply_state_assign",
                                        "_run_distributed_map", "_state_query_language"],
    "ministack.services.sts": ["_sessions"],
}
STAND_IN_SERVICES = ("securityhub", "access-analyzer")
# Types CloudFormation knows and MiniStack refuses. They are accepted and do nothing.
NO_OP_TYPES = ("AWS::Events::EventBusPolicy", "AWS::SecurityHub::Hub", "AWS::SecurityHub::ActionTarget")
RUNTIME_CONFIG = re.compile(r"/2021-07-20/functions/([^/]+)/runtime-management-config")
POLICY = re.compile(r"/2015-03-31/functions/([^/]+)/policy")
PAGE = 50
# ListFunctions leaves these out: they are answered by GetFunctionConfiguration only.
NOT_LISTED = ("State", "StateReason", "StateReasonCode", "LastUpdateStatus", "LastUpdateStatusReason",
              "LastUpdateStatusReasonCode", "RuntimeVersionConfig")


def main():
    """Checks what is about to be patched, patches it, and serves until told to stop."""
    check_version()
    os.environ.setdefault("BIND_HOST", "127.0.0.1")
    os.environ["SFTP_ENABLED"] = os.environ["IOT_MTLS_ENABLED"] = "0"
    from ministack import app

    correct_buses()
    correct_provisioners()
    stand_in = stand_in_handler(os.environ["STAND_INS"])
    for service in STAND_IN_SERVICES:
        app.SERVICE_HANDLERS[service] = stand_in
    correct_destinations()
    correct_authorization_details()
    correct_last_accessed()
    backdate_roles()
    correct_distributed_maps()
    app.SERVICE_HANDLERS["sts"] = sts_door(app.SERVICE_HANDLERS["sts"])
    app.SERVICE_HANDLERS["lambda"] = recorded("lambda", lambda_door(app.SERVICE_HANDLERS["lambda"], stand_in))
    app.SERVICE_HANDLERS["iam"] = recorded("iam", app.SERVICE_HANDLERS["iam"])
    sys.argv = sys.argv[:1]
    app.main()


def check_version():
    """Stops with one clear line when MiniStack is not the one these corrections were written for."""
    installed = importlib.metadata.version("ministack")
    if installed != MINISTACK:
        sys.exit(f"emulator: ministack {installed} is installed, {MINISTACK} is needed: run `make tools`")
    for module, names in PATCHED.items():
        loaded = importlib.import_module(module)
        missing = [name for name in names if not hasattr(loaded, name)]
        if missing:
            sys.exit(f"emulator: ministack {installed} has no {module}.{missing[0]}: correct infra/local/emulator.py")


def recorded(service, handler):
    """Wraps a service so that each write also reaches the default bus as CloudTrail reports it."""
    from ministack.core.responses import get_account_id, get_region
    from ministack.core.router import extract_access_key_id
    from ministack.services import sts

    async def handle(method, path, headers, body, query):
        status, out_headers, answer = await handler(method, path, headers, body, query)
        key = extract_access_key_id(headers, query)
        session = str((sts._sessions.get(key) or {}).get("Arn", ""))
        call = trail.Call(service, method, path, query, body or b"", status, answer or b"", headers.get("user-agent", ""))
        try:
            record = trail.record(call, trail.Caller(get_account_id(), get_region(), key, session))
            if record is not None:
                deliver(service, record)
        except Exception:  # A broken record must fail loudly in the log, and not the caller's request.
            traceback.print_exc()
        return status, out_headers, answer

    return handle


def deliver(service, record):
    """Puts a record on the default bus of the account and Region that CloudTrail reports it in."""
    from ministack.core.responses import request_scope
    from ministack.services import eventbridge

    entry = {"Source": f"aws.{service}", "DetailType": "AWS API Call via CloudTrail", "Detail": json.dumps(record)}
    with request_scope(record["recipientAccountId"], record["awsRegion"]):
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)


def lambda_door(handler, stand_in):
    """Corrects Lambda's answers where MiniStack's would teach a wrong lesson."""
    from ministack.services import lambda_svc

    async def handle(method, path, headers, body, query):
        plain = urllib.parse.unquote(path)
        if method == "GET" and plain.rstrip("/") == "/2015-03-31/functions":
            return list_functions(lambda_svc, query)
        runtime_config = RUNTIME_CONFIG.fullmatch(plain)
        if runtime_config and runtime_config[1].split(":")[-1] in known(lambda_svc):
            return await stand_in(method, path, headers, body, query)
        status, out_headers, answer = await handler(method, path, headers, body, query)
        if method == "GET" and status == 200 and POLICY.fullmatch(plain):
            if not json.loads(json.loads(answer)["Policy"])["Statement"]:
                return not_found("The resource you requested does not exist.")
        return status, out_headers, answer

    return handle


def known(lambda_svc):
    return set(lambda_svc._functions.keys())


def list_functions(lambda_svc, query):
    """ListFunctions: at most 50 a page whatever MaxItems says, and every version when asked for ALL."""
    rows = []
    for name in sorted(lambda_svc._functions.keys()):
        function = lambda_svc._functions[name]
        rows.append(function["config"])
        if query.get("FunctionVersion", [""])[0] == "ALL":
            rows += [function["versions"][n]["config"] for n in sorted(function["versions"], key=int)]
    size = min(int(query.get("MaxItems", [PAGE])[0]), PAGE)
    start = int(query.get("Marker", ["0"])[0] or 0)
    listed = [{k: v for k, v in row.items() if k not in NOT_LISTED} for row in rows[start : start + size]]
    out = {"Functions": listed}
    if start + size < len(rows):
        out["NextMarker"] = str(start + size)
    return 200, {"Content-Type": "application/json"}, json.dumps(out).encode()


def not_found(message):
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": "ResourceNotFoundException"}
    body = {"Type": "User", "Message": message, "message": message, "__type": "ResourceNotFoundException"}
    return 404, headers, json.dumps(body).encode()


def correct_buses():
    """Lets an event cross accounts once, and lets the stand-in publish Security Hub's own events."""
    from ministack.core.responses import request_scope
    from ministack.services import eventbridge

    to_bus, put_events = eventbridge._dispatch_to_event_bus, eventbridge._put_events
    to_rules = eventbridge._dispatch_event

    def dispatch(spec, event, *args, **kwargs):
        if event.get("_DispatchPath"):
            print(f"emulator: THIRD_ACCOUNT_HOP_DETECTED, event not forwarded to {spec}", flush=True)
            return None
        with request_scope(spec.account_id, spec.region):
            return to_bus(spec, event | {"CameFrom": event["Region"]}, *args, **kwargs)

    def from_its_region(event, *args):
        # MiniStack takes a rule that hears of reads too for one that is switched off.
        for rule in eventbridge._rules.values():
            if rule["State"] == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS":
                rule["State"] = "ENABLED"
        return to_rules(event | {"Region": event.get("CameFrom") or event["Region"]}, *args)

    def put(data, allow_aws_source=False):
        # The stand-ins tell of Security Hub. A call that was denied nobody else tells: the emulator denies nothing.
        def is_ours(entry):
            return entry.get("Source") == "aws.securityhub" or '"errorCode"' in entry.get("Detail", "")

        ours = all(is_ours(entry) for entry in data.get("Entries", []))
        return put_events(data, allow_aws_source=allow_aws_source or ours)

    eventbridge._dispatch_event = from_its_region
    eventbridge._dispatch_to_event_bus = dispatch
    eventbridge._put_events = put


def correct_destinations():
    """Accepts the destination of an asynchronous invocation in another account."""
    from ministack.core.responses import get_account_id
    from ministack.services import lambda_svc

    check = lambda_svc._validate_async_destination_arn

    def accept_foreign(arn):
        parts = str(arn).split(":")
        foreign = len(parts) >= 6 and re.fullmatch(r"\d{12}", parts[4]) and parts[4] != get_account_id()
        return None if foreign else check(arn)

    lambda_svc._validate_async_destination_arn = accept_foreign


def correct_authorization_details():
    """Adds AWS's own policies to GetAccountAuthorizationDetails where they are attached to something."""
    from ministack.services import iam

    name = "GetAccountAuthorizationDetails"
    details = iam._IAM_HANDLERS[name]

    def with_managed(params):
        status, headers, body = details(params)
        asked = {value[0] for key, value in params.items() if key.startswith("Filter.member.")}
        if asked and "AWSManagedPolicy" not in asked:
            return status, headers, body
        attached = [arn for arn, count in iam._aws_managed_attachment_counts.items() if count]
        members = "".join(managed_policy(iam._aws_managed_policies[arn]) for arn in attached)
        return status, headers, body.replace(b"</Policies><IsTruncated>", f"{members}</Policies><IsTruncated>".encode())

    iam._IAM_HANDLERS[name] = with_managed


def correct_last_accessed():
    """Fills the report of services last accessed from the role's tags: `last-accessed:sqs` is a day, or `never`."""
    from ministack.services import iam

    name = "GetServiceLastAccessedDetails"
    report = iam._IAM_HANDLERS[name]

    def with_services(params):
        status, headers, body = report(params)
        arn = iam._sla_jobs.get((params.get("JobId") or [""])[0], {}).get("Arn", "")
        role = iam._roles.get(arn.rsplit("/", 1)[-1]) or {}
        members = "".join(
            accessed_service(tag["Key"].removeprefix("last-accessed:"), tag["Value"])
            for tag in role.get("Tags") or [] if tag["Key"].startswith("last-accessed:"))
        return status, headers, body.replace(b"<ServicesLastAccessed>", f"<ServicesLastAccessed>{members}".encode())

    iam._IAM_HANDLERS[name] = with_services


def accessed_service(prefix, day):
    """One member of `ServicesLastAccessed`."""
    last = "" if day == "never" else f"<LastAuthenticated>{day}T00:00:00Z</LastAuthenticated>"
    return (f"<member><ServiceName>{prefix}</ServiceName><ServiceNamespace>{prefix}</ServiceNamespace>{last}"
            f"<TotalAuthenticatedEntities>{0 if day == 'never' else 1}</TotalAuthenticatedEntities></member>")


def backdate_roles():
    """Lets the sample estate have roles of old: their tag `sample:created` says since when."""
    from ministack.services import iam

    create = iam._IAM_HANDLERS["CreateRole"]

    def backdated(params):
        answer = create(params)
        role = iam._roles.get(params["RoleName"][0])
        since = [tag["Value"] for tag in role["Tags"] if tag["Key"] == "sample:created"] if role else []
        if since:
            role["CreateDate"] = since[0]
        return answer

    iam._IAM_HANDLERS["CreateRole"] = backdated


def sts_door(handler):
    """Refuses a role that another account does not have, once that account has roles at all."""
    from ministack.core.responses import get_account_id, request_scope
    from ministack.services import iam

    async def handle(method, path, headers, body, query):
        form = urllib.parse.parse_qs((body or b"").decode(errors="replace"))
        arn = (form.get("RoleArn") or [""])[0].split(":", 5)
        if form.get("Action") == ["AssumeRole"] and len(arn) == 6 and arn[4] != get_account_id():
            with request_scope(arn[4], "us-east-1"):
                closed = bool(iam._roles) and arn[5].rsplit("/", 1)[-1] not in iam._roles
            if closed:
                said = (f"User: arn:aws:iam::{get_account_id()}:user/developer is not authorized to perform: "
                        f"sts:AssumeRole on resource: {':'.join(arn)}")
                text = ('<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
                        f"<Code>AccessDenied</Code><Message>{said}</Message></Error></ErrorResponse>")
                return 403, {"Content-Type": "text/xml"}, text.encode()
        return await handler(method, path, headers, body, query)

    return handle


def correct_distributed_maps():
    """Lets distributed maps speak JSONata: the arguments of their reader, their output and what they assign."""
    from ministack.services import stepfunctions as states

    run_map = states._run_distributed_map

    def run(state, raw_input, effective, iterator, execution, ctx):
        # AWS starts each child with no variables but its own.
        children = ctx | {"variables": {}}
        if states._state_query_language(state, ctx) != "JSONata":
            return run_map(state, raw_input, effective, iterator, execution, ctx)
        if "ItemReader" in state:
            reader = state["ItemReader"]
            arguments = states._apply_jsonata_template(reader["Arguments"], effective, ctx)
            state = state | {"ItemReader": reader | {"Arguments": arguments}}
        results, following = run_map(state, raw_input, effective, iterator, execution, children)
        output = states._apply_jsonata_output(state, raw_input, ctx, result=results, default=results)
        states._apply_state_assign(state, raw_input, ctx, result=results)
        return output, following

    states._run_distributed_map = run


def managed_policy(policy):
    """One member of `Policies`, its documents URL-encoded."""
    versions = "".join(
        f"<member><Document>{urllib.parse.quote(version['Document'], safe='')}</Document>"
        f"<VersionId>{version['VersionId']}</VersionId>"
        f"<IsDefaultVersion>{str(version['IsDefaultVersion']).lower()}</IsDefaultVersion></member>"
        for version in policy["Versions"].values())
    return (f"<member><PolicyName>{policy['PolicyName']}</PolicyName><PolicyId>{policy['PolicyId']}</PolicyId>"
            f"<Arn>{policy['Arn']}</Arn><Path>{policy['Path']}</Path>"
            f"<DefaultVersionId>{policy['DefaultVersionId']}</DefaultVersionId>"
            f"<PolicyVersionList>{versions}</PolicyVersionList></member>")


def correct_provisioners():
    """Accepts the types MiniStack lacks, and keeps the function properties its CloudFormation drops."""
    from ministack.services import lambda_svc
    from ministack.services.cloudformation import provisioners

    def no_op(logical_id, props, stack_name):
        return f"{stack_name}-{logical_id}", {"Arn": f"arn:aws:noop:::{stack_name}-{logical_id}"}

    for kind in NO_OP_TYPES:
        provisioners._RESOURCE_HANDLERS[kind] = {"create": no_op, "delete": lambda *a, **k: None}
    correct_conditions()
    function = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
    create = function["create"]

    def create_whole(logical_id, props, stack_name):
        name, attributes = create(logical_id, props, stack_name)
        config = lambda_svc._functions[name]["config"]
        config["KMSKeyArn"] = props.get("KmsKeyArn", "")
        for kept in ("VpcConfig", "DeadLetterConfig"):
            if props.get(kept):
                config[kept] = props[kept]
        return name, attributes

    function["create"] = create_whole
    mapping = provisioners._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"]
    create_mapping = mapping["create"]

    def create_with_numbers(logical_id, props, stack_name):
        scaling = {k: int(v) for k, v in props.get("ScalingConfig", {}).items()}
        return create_mapping(logical_id, props | ({"ScalingConfig": scaling} if scaling else {}), stack_name)

    mapping["create"] = create_with_numbers


def correct_conditions():
    """Lets conditions ask for the Region and the account."""
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import cloudformation

    modules = [module for name, module in sys.modules.items() if name.startswith(cloudformation.__name__)]
    for module in modules:
        evaluate = getattr(module, "_evaluate_conditions", None)
        if evaluate:
            def with_pseudo(template, params, evaluate=evaluate):
                own = {"AWS::Region": {"Value": get_region()}, "AWS::AccountId": {"Value": get_account_id()}}
                return evaluate(template, own | params)

            module._evaluate_conditions = with_pseudo


def stand_in_handler(address):
    """Forwards a request to our stand-ins; `x-account-id` says whose credentials signed it."""
    from ministack.core.responses import get_account_id

    dropped = {"host", "content-length", "transfer-encoding", "connection", "x-account-id"}
    returned = {"content-type", "x-amzn-errortype", "x-amzn-requestid"}

    def forward(account, method, path, headers, body, query):
        pairs = [(k, v) for k, values in query.items() for v in values]
        target = path + ("?" + urllib.parse.urlencode(pairs) if pairs else "")
        kept = {k: v for k, v in headers.items() if k.lower() not in dropped}
        connection = http.client.HTTPConnection(address, timeout=30)
        try:
            connection.request(method, target, body, kept | {"x-account-id": account})
            response = connection.getresponse()
            names = {k: v for k, v in response.getheaders() if k.lower() in returned}
            return response.status, names, response.read()
        finally:
            connection.close()

    async def handle(method, path, headers, body, query):
        return await asyncio.to_thread(forward, get_account_id(), method, path, headers, body, query)

    return handle


if __name__ == "__main__":
    main()
