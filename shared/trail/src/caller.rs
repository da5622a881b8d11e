use memchr::memmem;
use model::{Attribution, CallKind};

use crate::{Raw, record::Record};

/// Who caused a call, and what names the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Caller<'a> {
    pub(crate) kind: CallKind,
    pub(crate) attribution: Attribution,
    /// Empty with [`Attribution::Nothing`].
    pub(crate) function: Function<'a>,
}

/// What the record has of the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function<'a> {
    /// ARN, perhaps qualified, and perhaps the qualified one beside it.
    Arn(&'a [u8], &'a [u8]),
    /// The session's name, which Lambda takes from the function.
    Session(&'a [u8]),
    /// Not known.
    None,
}

impl<'a> Caller<'a> {
    /// Judges by form alone: whether a function of that name has the role is not known here. The
    /// surest mark counts, and a mark that can be forged by whoever holds the credentials never
    /// outweighs what the user agent says of people's tools.
    pub(crate) fn of(record: &Record<'a>) -> Self {
        let session = session(record);
        let (attribution, function) = attributed(record, session);
        let kind = kind(record, session, attribution);
        if matches!(kind, CallKind::Poller | CallKind::Foreign) {
            let attribution = Attribution::Nothing;
            return Self { kind, attribution, function: Function::None };
        }
        Self { kind, attribution, function }
    }
}

/// The name of the session. The ARN has it whole; `principalId` may be cut.
fn session<'a>(record: &Record<'a>) -> &'a [u8] {
    let identity = &record.identity;
    let from_arn = || {
        let at = memchr::memrchr(b'/', identity.arn)?;
        identity.arn.get(at + 1..)
    };
    let from_principal = || {
        let at = memchr::memchr(b':', identity.principal)?;
        identity.principal.get(at + 1..)
    };
    from_arn().or_else(from_principal).unwrap_or_default()
}

fn attributed<'a>(record: &Record<'a>, session: &'a [u8]) -> (Attribution, Function<'a>) {
    let identity = &record.identity;
    let is_function = identity.scope_kind == b"AWS::Lambda::Function"
        || (identity.scope_kind.is_empty() && memmem::find(identity.scope, b":lambda:").is_some());
    if is_function && !identity.scope.is_empty() {
        let function = Function::Arn(identity.scope, identity.scope_version);
        return (Attribution::InScopeOf, function);
    }
    if !may_name_a_function(session) {
        return (Attribution::Nothing, Function::None);
    }
    if in_lambda(record.agent) {
        return (Attribution::UserAgent, Function::Session(session));
    }
    if is_made_up(session) {
        return (Attribution::Nothing, Function::None);
    }
    (Attribution::Session, Function::Session(session))
}

fn kind(record: &Record<'_>, session: &[u8], attribution: Attribution) -> CallKind {
    if is_own_decrypt(record, session) {
        return CallKind::Granted;
    }
    if record.agent.starts_with(b"awslambda-worker") {
        return CallKind::Platform;
    }
    if is_poller(session) {
        return CallKind::Poller;
    }
    if !record.identity.invoked_by.is_empty() {
        let by_lambda = record.identity.invoked_by == b"lambda.amazonaws.com";
        return if by_lambda && runs_functions(record) {
            CallKind::Platform
        } else {
            CallKind::Forwarded
        };
    }
    match attribution {
        Attribution::InScopeOf | Attribution::UserAgent => CallKind::Code,
        Attribution::Session if !is_by_hand(record.agent) => CallKind::Code,
        _ if in_lambda(record.agent) => CallKind::Code,
        _ => CallKind::Foreign,
    }
}

/// SDKs say so in the runtimes that Lambda manages.
fn in_lambda(agent: &[u8]) -> bool {
    memmem::find(agent, b"exec-env/AWS_Lambda_").is_some()
}

/// Lambda decrypts a function's variables with the role's session, under a grant: the role needs no
/// permission for it.
fn is_own_decrypt(record: &Record<'_>, session: &[u8]) -> bool {
    if record.source != b"kms.amazonaws.com" || record.name != b"Decrypt" {
        return false;
    }
    let context = record.parameters.and_then(|raw| raw.get("encryptionContext"));
    let arn = context.and_then(|raw| raw.get("aws:lambda:FunctionArn")).and_then(Raw::plain);
    let Some(arn) = arn.map(str::as_bytes) else { return false };
    let scope = record.identity.scope;
    if !scope.is_empty() {
        return unqualified(scope).eq(unqualified(arn));
    }
    let mut parts = arn.split(|&byte| byte == b':');
    parts.nth(3) == Some(record.region) && parts.nth(2) == Some(session)
}

fn unqualified(arn: &[u8]) -> impl Iterator<Item = &[u8]> {
    arn.split(|&byte| byte == b':').take(7)
}

/// What Lambda itself does with the role to run a function.
fn runs_functions(record: &Record<'_>) -> bool {
    match record.source {
        b"ec2.amazonaws.com" => ENI_EVENTS.contains(&record.name),
        b"logs.amazonaws.com" => record.name.starts_with(b"CreateLog"),
        b"xray.amazonaws.com" => true,
        _ => false,
    }
}

const ENI_EVENTS: [&[u8]; 6] = [
    b"CreateNetworkInterface",
    b"DeleteNetworkInterface",
    b"DescribeNetworkInterfaces",
    b"DescribeSubnets",
    b"AssignPrivateIpAddresses",
    b"UnassignPrivateIpAddresses",
];

/// `awslambda_<n>_<17 digits>`
fn is_poller(session: &[u8]) -> bool {
    let Some(rest) = session.strip_prefix(b"awslambda_") else { return false };
    let Some(at) = memchr::memchr(b'_', rest) else { return false };
    let (number, time) = rest.split_at(at);
    let digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    digits(number) && time.len() == 18 && digits(time.get(1..).unwrap_or_default())
}

/// The letters and the length that Lambda takes for a name.
fn may_name_a_function(session: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=64).contains(&session.len()) && session.iter().all(is_letter)
}

/// Names that services and SDKs make up for a session, each another: taken for functions they would
/// make a row each.
fn is_made_up(session: &[u8]) -> bool {
    let is_hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_instance =
        session.strip_prefix(b"i-").is_some_and(|id| id.len() >= 8 && id.iter().all(is_hex));
    // Digests and UUIDs, and times in milliseconds.
    let hex = session.iter().filter(|&byte| is_hex(byte)).count();
    let is_id = hex >= 32 || longest(session, is_hex) >= 17;
    is_instance || is_id || longest(session, u8::is_ascii_digit) >= 9
}

/// The length of the longest run of such bytes.
fn longest(text: &[u8], wanted: impl Fn(&u8) -> bool) -> usize {
    text.split(|byte| !wanted(byte)).map(<[u8]>::len).max().unwrap_or_default()
}

/// What people use and Lambda's runtimes do not have.
fn is_by_hand(agent: &[u8]) -> bool {
    const FIRST: [&[u8]; 9] = [
        b"aws-cli/",
        b"[aws-cli/",
        b"Mozilla/",
        b"console.amazonaws.com",
        b"signin.amazonaws.com",
        b"S3Console/",
        b"[S3Console/",
        b"AWSPowerShell",
        b"curl/",
    ];
    const ANYWHERE: [&[u8]; 3] = [b"HashiCorp", b"Pulumi", b"exec-env/CloudShell"];
    FIRST.iter().any(|tool| agent.starts_with(tool))
        || ANYWHERE.iter().any(|tool| memmem::find(agent, tool).is_some())
}
