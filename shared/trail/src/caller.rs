use memchr::memmem;
use model::{Attribution, CallKind};

use crate::{Raw, identity::Identity, record::Record};

/// What the credentials of a call tell of who holds them, by form alone: whether a function of that
/// name has the role is not known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// `inScopeOf` names a function.
    pub(crate) scoped: bool,
    session: Session,
    invoked_by: InvokedBy,
}

/// What a session's name may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Session {
    /// A function's.
    Function,
    /// A function's, but more likely made up by a service or an SDK.
    MadeUp,
    /// Lambda's event source pollers'.
    Poller,
    /// No function's.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum InvokedBy {
    Nobody,
    Lambda,
    Service,
}

/// What a user agent tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Agent {
    /// SDKs say so in the runtimes that Lambda manages.
    in_lambda: bool,
    /// Lambda itself, which makes log streams.
    worker: bool,
    /// What people use and Lambda's runtimes do not have.
    by_hand: bool,
}

impl Standing {
    pub(crate) fn of(identity: &Identity<'_>) -> Self {
        let session = identity.session();
        let scoped = identity.scope_kind == "AWS::Lambda::Function"
            || (identity.scope_kind.is_empty() && identity.scope.contains(":lambda:"));
        let session = if is_poller(session) {
            Session::Poller
        } else if !may_name_a_function(session) {
            Session::Other
        } else if is_made_up(session) {
            Session::MadeUp
        } else {
            Session::Function
        };
        let invoked_by = match identity.invoked_by {
            "" => InvokedBy::Nobody,
            "lambda.amazonaws.com" => InvokedBy::Lambda,
            _ => InvokedBy::Service,
        };
        Self { scoped: scoped && !identity.scope.is_empty(), session, invoked_by }
    }

    /// How the function is found, the surest mark first, and who caused the call. A mark that can
    /// be forged by whoever holds the credentials does not outweigh what the user agent says of
    /// people's tools.
    pub(crate) fn judge(self, agent: Agent, record: &Record<'_>) -> (Attribution, CallKind) {
        let attribution = match self.session {
            _ if self.scoped => Attribution::InScopeOf,
            Session::Function | Session::MadeUp if agent.in_lambda => Attribution::UserAgent,
            Session::Function => Attribution::Session,
            _ => Attribution::Nothing,
        };
        let kind = self.kind(attribution, agent, record);
        match kind {
            CallKind::Poller | CallKind::Foreign => (Attribution::Nothing, kind),
            _ => (attribution, kind),
        }
    }

    fn kind(self, attribution: Attribution, agent: Agent, record: &Record<'_>) -> CallKind {
        match (self.invoked_by, attribution) {
            _ if agent.worker => CallKind::Platform,
            _ if self.session == Session::Poller => CallKind::Poller,
            (InvokedBy::Lambda, _) if runs_functions(record) => CallKind::Platform,
            (InvokedBy::Lambda | InvokedBy::Service, _) => CallKind::Forwarded,
            (_, Attribution::InScopeOf | Attribution::UserAgent) => CallKind::Code,
            (_, Attribution::Session) if !agent.by_hand => CallKind::Code,
            _ if agent.in_lambda => CallKind::Code,
            _ => CallKind::Foreign,
        }
    }
}

impl Agent {
    pub(crate) fn of(agent: &[u8]) -> Self {
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
        let has = |word: &[u8]| memmem::find(agent, word).is_some();
        Self {
            in_lambda: has(b"exec-env/AWS_Lambda_"),
            worker: agent.starts_with(b"awslambda-worker"),
            by_hand: FIRST.iter().any(|tool| agent.starts_with(tool))
                || ANYWHERE.iter().any(|word| has(word)),
        }
    }
}

/// The function whose variables Lambda decrypts with the role's session under a grant, if the call
/// is of that kind: for its own function the role needs no permission.
pub(crate) fn decrypted_for<'a>(record: &Record<'a>) -> Option<&'a str> {
    if record.source != b"kms.amazonaws.com" || record.name != b"Decrypt" {
        return None;
    }
    record.parameters?.path(&["encryptionContext", "aws:lambda:FunctionArn"]).and_then(Raw::plain)
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
fn is_poller(session: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts = session.strip_prefix("awslambda_").and_then(|rest| rest.split_once('_'));
    parts.is_some_and(|(number, time)| digits(number) && time.len() == 17 && digits(time))
}

/// The letters and the length that Lambda takes for a name.
fn may_name_a_function(session: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=64).contains(&session.len()) && session.bytes().all(is_letter)
}

/// Names that services and SDKs make up for a session, each another: taken for functions they would
/// make a row each.
fn is_made_up(session: &str) -> bool {
    let is_hex = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    let is_instance =
        session.strip_prefix("i-").is_some_and(|id| id.len() >= 8 && id.chars().all(is_hex));
    // Digests and UUIDs, and times in milliseconds.
    let hex = session.chars().filter(|&c| is_hex(c)).count();
    let is_id = hex >= 32 || longest(session, is_hex) >= 17;
    is_instance || is_id || longest(session, |c| c.is_ascii_digit()) >= 9
}

/// The length of the longest run of such letters.
fn longest(text: &str, wanted: impl Fn(char) -> bool) -> usize {
    text.split(|c| !wanted(c)).map(str::len).max().unwrap_or_default()
}
