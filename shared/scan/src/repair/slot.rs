//! What a repair changes: places that one call writes as a whole.

use std::fmt;

use model::{FunctionArn, name_of};
use serde::{Deserialize, Serialize};

/// A place that one call writes as a whole. What stands there is a [`State`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "slot", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Slot {
    /// `KMSKeyArn` of `$LATEST`: a key's ARN; absent: the AWS managed key.
    Key {
        /// Unqualified.
        function: FunctionArn,
    },
    /// `TracingConfig.Mode` of `$LATEST`: `Active` or `PassThrough`.
    Tracing {
        /// Unqualified.
        function: FunctionArn,
    },
    /// `Runtime` of `$LATEST`: `python3.13`.
    Runtime {
        /// Unqualified.
        function: FunctionArn,
    },
    /// `DeadLetterConfig.TargetArn` of `$LATEST`: an ARN, or absent.
    DeadLetter {
        /// Unqualified.
        function: FunctionArn,
    },
    /// Reserved concurrency: a number, or absent.
    Concurrency {
        /// Unqualified.
        function: FunctionArn,
    },
    /// `AuthType` of a function URL: `NONE` or `AWS_IAM`; absent where there is no URL.
    Url {
        /// Unqualified.
        function: FunctionArn,
        /// The alias; `None`: the function's own URL.
        qualifier: Option<String>,
    },
    /// One statement of a resource policy: its JSON with sorted keys, or absent.
    Statement {
        /// Unqualified.
        function: FunctionArn,
        /// Version or alias; `None`: the function's own policy.
        qualifier: Option<String>,
        /// `Sid`
        sid: String,
    },
    /// A tag of the function: its value, or absent.
    Tag {
        /// Unqualified.
        function: FunctionArn,
        /// The tag's key.
        key: String,
    },
    /// Days that a log group keeps events; absent: for ever.
    Retention {
        /// Whose log group it is.
        function: FunctionArn,
        /// Name of the log group.
        group: String,
    },
    /// A role itself: its `RoleId`. Looked at, and never written.
    Role {
        /// ARN, with path.
        role: String,
    },
    /// An inline policy of a role: the document, byte for byte, or absent.
    RolePolicy {
        /// ARN, with path.
        role: String,
        /// `PolicyName`
        name: String,
    },
    /// A managed policy of ours: the document, byte for byte, or absent. Made and deleted, never
    /// edited.
    ManagedPolicy {
        /// ARN.
        policy: String,
    },
    /// Whether a managed policy is attached to a role: `attached`, or absent.
    Attachment {
        /// ARN, with path.
        role: String,
        /// ARN.
        policy: String,
    },
}

/// What stands in a slot; `None`: nothing. Never the value of a variable.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct State(pub Option<String>);

/// What was found in a slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// What stands there.
    pub state: State,
    /// AWS's own mark of what was read, by which it refuses to overwrite anything else.
    pub revision: Option<String>,
    /// Why AWS has no call that would put back what stands there, once it is gone.
    pub irreversible: Option<String>,
}

/// The state of an [`Slot::Attachment`] that stands.
pub const ATTACHED: &str = "attached";

impl State {
    /// Nothing stands there.
    pub const ABSENT: Self = Self(None);

    /// `text` stands there.
    pub fn of(text: impl Into<String>) -> Self {
        Self(Some(text.into()))
    }

    /// What stands there.
    pub fn text(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl Slot {
    /// The function, unless the slot is of a role or a policy.
    pub fn function(&self) -> Option<&FunctionArn> {
        match self {
            Self::Key { function }
            | Self::Tracing { function }
            | Self::Runtime { function }
            | Self::DeadLetter { function }
            | Self::Concurrency { function }
            | Self::Url { function, .. }
            | Self::Statement { function, .. }
            | Self::Tag { function, .. }
            | Self::Retention { function, .. } => Some(function),
            Self::Role { .. }
            | Self::RolePolicy { .. }
            | Self::ManagedPolicy { .. }
            | Self::Attachment { .. } => None,
        }
    }

    /// The role, if the slot is one of a role's.
    pub fn role(&self) -> Option<&str> {
        match self {
            Self::Role { role } | Self::RolePolicy { role, .. } | Self::Attachment { role, .. } => {
                Some(role)
            }
            _ => None,
        }
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |qualifier: &Option<String>| match qualifier {
            Some(name) => format!(" of `{name}`"),
            None => String::new(),
        };
        match self {
            Self::Key { function } => write!(f, "key of the variables of `{}`", function.name()),
            Self::Tracing { function } => write!(f, "tracing of `{}`", function.name()),
            Self::Runtime { function } => write!(f, "runtime of `{}`", function.name()),
            Self::DeadLetter { function } => {
                write!(f, "dead-letter target of `{}`", function.name())
            }
            Self::Concurrency { function } => {
                write!(f, "reserved concurrency of `{}`", function.name())
            }
            Self::Url { function, qualifier } => {
                write!(f, "`AuthType` of the URL{} of `{}`", of(qualifier), function.name())
            }
            Self::Statement { function, qualifier, sid } => write!(
                f,
                "statement `{sid}` of the resource policy{} of `{}`",
                of(qualifier),
                function.name()
            ),
            Self::Tag { function, key } => write!(f, "tag `{key}` of `{}`", function.name()),
            Self::Retention { group, .. } => write!(f, "retention of the log group `{group}`"),
            Self::Role { role } => write!(f, "role `{}`", name_of(role)),
            Self::RolePolicy { role, name } => {
                write!(f, "inline policy `{name}` of `{}`", name_of(role))
            }
            Self::ManagedPolicy { policy } => write!(f, "managed policy `{}`", name_of(policy)),
            Self::Attachment { role, policy } => {
                write!(f, "attachment of `{}` to `{}`", name_of(policy), name_of(role))
            }
        }
    }
}
