use std::error::Error;

/// A port call that failed: what was tried, on what, and what may be done about it.
#[derive(Debug, thiserror::Error)]
#[error("{operation} on `{subject}`: {kind}")]
pub struct PortError {
    /// IAM action name, e.g. `lambda:GetFunctionConfiguration`.
    pub operation: &'static str,
    /// ARN, name or account and Region the call was about.
    pub subject: String,
    /// What the caller may do next.
    pub kind: Kind,
    /// The SDK's own error, kept whole.
    #[source]
    pub source: Box<dyn Error + Send + Sync>,
}

/// What the caller may do next. The names are the `errorType` of our Lambdas, by which state
/// machines retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Kind {
    /// Retry with backoff.
    #[error("throttled")]
    Throttled,
    /// Grant the action; retrying is useless.
    #[error("denied")]
    Denied,
    /// The subject is gone; close its findings.
    #[error("gone")]
    Gone,
    /// Find credentials; nothing was sent.
    #[error("no credentials")]
    NoCredentials,
    /// Mend the endpoint or the network; nothing answered.
    #[error("unreachable")]
    Unreachable,
    /// Read again and decide anew: it is not what it was, and nothing was written.
    #[error("changed meanwhile")]
    Changed,
    /// Wait until the update in progress has ended.
    #[error("an update is in progress")]
    Busy,
    /// Switch Security Hub on there.
    #[error("Security Hub is off")]
    HubOff,
    /// Anything else; retry a few times, then page.
    #[error("failed")]
    Failed,
}

impl Kind {
    /// The way out, in the imperative; empty where only the cause can tell.
    pub fn help(self) -> &'static str {
        match self {
            Self::Throttled => "wait a minute and run again: the account's API quota is in use",
            Self::Denied => "grant the action to the role that runs this",
            Self::Gone => "check the name, the Region and the account",
            Self::NoCredentials => "set AWS_PROFILE or sign in, e.g. with `aws sso login`",
            Self::Unreachable => "check --endpoint-url, the Region's name and the network",
            Self::Changed => "look at it again, and repeat what is still wanted",
            Self::Busy => "wait a minute and run again",
            Self::HubOff => "enable Security Hub CSPM in that account and Region",
            Self::Failed => "",
        }
    }
}

impl PortError {
    /// The error with its causes and the way out, on one line; for a person to read.
    pub fn advice(&self) -> String {
        match self.kind.help() {
            "" => self.chain(),
            help => format!("{}; {help}", self.chain()),
        }
    }

    /// The error and its causes on one line, repetitions left out.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(inner) = cause {
            let part = inner.to_string().lines().map(str::trim).collect::<Vec<_>>().join(", ");
            if !part.is_empty() && !text.ends_with(&part) {
                text = format!("{text}: {part}");
            }
            cause = inner.source();
        }
        text
    }
}
