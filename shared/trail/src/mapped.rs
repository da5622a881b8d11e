use std::{borrow::Cow, sync::Arc};

/// The IAM actions that a recorded event needed, and the resources they were needed on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapped<'a> {
    /// One for each action and resource; the same action on three resources is three.
    pub calls: Vec<MappedCall<'a>>,
    /// The event's name is known. If not, `calls` holds one without action.
    pub known: bool,
    /// The event needs no permission, or is no call: it leaves no trace in the digest.
    pub ignored: bool,
}

/// An action needed on a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedCall<'a> {
    /// IAM action as the catalogue writes it, `s3:GetObject`; `None` where the event is unknown.
    pub action: Option<Arc<str>>,
    /// ARN, or a pattern of ARNs such as `arn:aws:s3:::bucket/invoices/*` and
    /// `arn:…:secret:name-??????`. `*` where the action is granted on `*` only, and so needs
    /// none; `None` where the record does not tell, and nothing may be narrowed.
    pub resource: Option<Cow<'a, str>>,
    /// Not recorded itself but implied, as `iam:PassRole` by `CreateFunction`.
    pub inferred: bool,
    /// How the action was found.
    pub rule: Rule,
}

/// How an event was mapped to an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The action has the event's name.
    Identity,
    /// The action has the event's name without its version suffix.
    Version,
    /// A row of the table of exceptions.
    Table,
    /// Implied by another call.
    Implied,
    /// Not mapped.
    Unknown,
}
