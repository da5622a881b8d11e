use serde::{Deserialize, Serialize};

/// One policy document: identity, boundary, service control, resource or trust policy.
///
/// Reads every shape AWS accepts: a string where a list is allowed, one statement where a list is
/// allowed, a number or boolean where a condition value is allowed. Serde form: the policy's own
/// JSON as an object, or as a string holding that JSON, percent-encoded or not.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "crate::grammar::Document", into = "crate::grammar::Document")]
pub struct Policy {
    /// Policy variables work under `2012-10-17` only; a document that names none is `2008-10-17`.
    pub version: Version,
    /// `Id`, which carries no meaning.
    pub id: Option<String>,
    /// In document order.
    pub statements: Vec<Statement>,
}

/// The language version of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// `2008-10-17`: `${…}` is literal text.
    V2008,
    /// `2012-10-17`.
    V2012,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// `Sid`.
    pub sid: Option<String>,
    /// `Effect`.
    pub effect: Effect,
    /// `Principal` or `NotPrincipal`; `None` in identity policies.
    pub principals: Option<Principals>,
    /// `Action` or `NotAction`.
    pub actions: Actions,
    /// `Resource` or `NotResource`; `None` in trust policies.
    pub resources: Option<Resources>,
    /// Every condition must hold. Empty: unconditional.
    pub conditions: Vec<Condition>,
}

/// `Effect`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Grants.
    Allow,
    /// Takes away, whatever else grants.
    Deny,
}

/// Whom a statement of a resource or trust policy speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principals {
    /// `Principal`.
    Only(Vec<Principal>),
    /// `NotPrincipal`: everyone else.
    Except(Vec<Principal>),
}

/// One principal as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// `"*"` or `{"AWS": "*"}`.
    Anyone,
    /// `{"AWS": …}`: an account id, an ARN or a unique id.
    Aws(String),
    /// `{"Service": …}`, e.g. `s3.amazonaws.com`.
    Service(String),
    /// `{"Federated": …}`.
    Federated(String),
    /// `{"CanonicalUser": …}`.
    CanonicalUser(String),
}

/// Which actions a statement speaks of. Patterns such as `s3:Get*`; case does not matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actions {
    /// `Action`.
    Only(Vec<String>),
    /// `NotAction`: all others, of every service.
    Except(Vec<String>),
}

/// Which resources a statement speaks of. ARN patterns; case matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resources {
    /// `Resource`.
    Only(Vec<String>),
    /// `NotResource`: all others.
    Except(Vec<String>),
}

/// One operator applied to one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// `ForAllValues:` or `ForAnyValue:`.
    pub set: Option<SetQualifier>,
    /// As AWS spells it without prefix and suffix, e.g. `StringEquals`, `ArnLike`, `Null`.
    pub operator: Operator,
    /// The operator ends in `IfExists`: holds when the key is absent.
    pub if_exists: bool,
    /// Key as written, e.g. `aws:SourceAccount`; compare without regard to case.
    pub key: String,
    /// One suffices (for negated operators: none may match).
    pub values: Vec<String>,
}

/// How an operator treats a key with many values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetQualifier {
    /// `ForAllValues:`; holds when the key is absent.
    ForAllValues,
    /// `ForAnyValue:`.
    ForAnyValue,
}

/// The condition operators IAM has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are IAM's")]
pub enum Operator {
    StringEquals,
    StringNotEquals,
    StringEqualsIgnoreCase,
    StringNotEqualsIgnoreCase,
    StringLike,
    StringNotLike,
    NumericEquals,
    NumericNotEquals,
    NumericLessThan,
    NumericLessThanEquals,
    NumericGreaterThan,
    NumericGreaterThanEquals,
    DateEquals,
    DateNotEquals,
    DateLessThan,
    DateLessThanEquals,
    DateGreaterThan,
    DateGreaterThanEquals,
    Bool,
    BinaryEquals,
    IpAddress,
    NotIpAddress,
    ArnEquals,
    ArnLike,
    ArnNotEquals,
    ArnNotLike,
    Null,
}
