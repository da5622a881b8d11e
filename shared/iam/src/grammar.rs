//! Reads policies. Element names are exact, as AWS demands ("Unknown field statement"); operator
//! names are read whatever their case.

use serde::{Deserialize, Serialize};

use crate::json::Json;
use crate::{
    Actions, Condition, Effect, Operator, Policy, Principal, Principals, Resources, SetQualifier,
    Statement, Version,
};

/// Why a text is not a policy. Names the statement by `Sid` or by position, counted from 1, and
/// the element; quotes no more of the text than that.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{problem}", place(.statement, .element))]
pub struct ParseError {
    /// `Sid` or position.
    pub statement: Option<String>,
    /// Path from the statement or document down, e.g. `Condition.StringEquals`.
    pub element: Option<String>,
    /// What is wrong there.
    pub problem: String,
}

impl Policy {
    /// Reads the JSON text of a policy document.
    ///
    /// # Errors
    ///
    /// The text is not JSON, or AWS would not accept it as a policy: an element is unknown, missing,
    /// doubled, excluded by another, or has a value it cannot have.
    ///
    /// ```
    /// let text = r#"{"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}"#;
    /// assert_eq!(iam::Policy::parse(text).unwrap().statements.len(), 1);
    /// ```
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        match serde_json::from_str(text) {
            Ok(json) => document(json),
            Err(error) => Err(ParseError::new(format!("policy is not JSON: {error}"))),
        }
    }
}

/// The serde form of a [`Policy`]: an object, or a string that holds it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Document(pub(crate) Json);

impl TryFrom<Document> for Policy {
    type Error = ParseError;

    fn try_from(Document(json): Document) -> Result<Self, ParseError> {
        match json {
            Json::String(text) => Policy::parse(&crate::decoded(&text)),
            json => document(json),
        }
    }
}

impl ParseError {
    fn new(problem: impl Into<String>) -> Self {
        Self { statement: None, element: None, problem: problem.into() }
    }

    /// Puts the name of an enclosing element before those already known.
    fn under(mut self, name: &str) -> Self {
        self.element = Some(match self.element {
            Some(inner) => format!("{name}.{inner}"),
            None => name.to_owned(),
        });
        self
    }
}

fn place(statement: &Option<String>, element: &Option<String>) -> String {
    let mut text = String::new();
    if let Some(statement) = statement {
        text = format!("statement {statement}: ");
    }
    if let Some(element) = element {
        text += &format!("`{element}` ");
    }
    text
}

type Parsed<T> = Result<T, ParseError>;

fn document(json: Json) -> Parsed<Policy> {
    let mut version = Version::V2008;
    let mut id = None;
    let mut statements = None;
    for (name, value) in object(json).map_err(|_| ParseError::new("policy is not a JSON object"))? {
        match name.as_str() {
            "Version" => version = read_version(value).map_err(|error| error.under(&name))?,
            "Id" => id = Some(string(value).map_err(|error| error.under(&name))?),
            "Statement" => statements = Some(read_statements(value)?),
            _ => return Err(unknown(&name)),
        }
    }
    let statements = statements.ok_or_else(|| missing("Statement"))?;
    Ok(Policy { version, id, statements })
}

fn read_version(json: Json) -> Parsed<Version> {
    match string(json)?.as_str() {
        "2012-10-17" => Ok(Version::V2012),
        "2008-10-17" => Ok(Version::V2008),
        _ => Err(ParseError::new("must be `2012-10-17` or `2008-10-17`")),
    }
}

fn read_statements(json: Json) -> Parsed<Vec<Statement>> {
    let items = match json {
        Json::List(items) => items,
        one => vec![one],
    };
    let mut statements = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        let name = label(&item, index);
        let read = read_statement(item);
        statements.push(read.map_err(|error| ParseError { statement: Some(name), ..error })?);
    }
    Ok(statements)
}

/// The `Sid` in backticks, or else the position.
fn label(statement: &Json, index: usize) -> String {
    if let Json::Object(members) = statement {
        for (name, value) in members {
            if let ("Sid", Json::String(sid)) = (name.as_str(), value)
                && !sid.is_empty()
            {
                return format!("`{sid}`");
            }
        }
    }
    (index + 1).to_string()
}

fn read_statement(json: Json) -> Parsed<Statement> {
    let (mut sid, mut effect) = (None, None);
    let (mut principals, mut actions, mut resources) = (None, None, None);
    let mut conditions = Vec::new();
    for (name, value) in object(json)? {
        let read = match name.as_str() {
            "Sid" => string(value).map(|value| sid = Some(value)),
            "Effect" => read_effect(value).map(|value| effect = Some(value)),
            "Principal" => read_principals(value)
                .and_then(|value| once(&mut principals, Principals::Only(value))),
            "NotPrincipal" => read_principals(value)
                .and_then(|value| once(&mut principals, Principals::Except(value))),
            "Action" => strings(value).and_then(|value| once(&mut actions, Actions::Only(value))),
            "NotAction" => {
                strings(value).and_then(|value| once(&mut actions, Actions::Except(value)))
            }
            "Resource" => {
                strings(value).and_then(|value| once(&mut resources, Resources::Only(value)))
            }
            "NotResource" => {
                strings(value).and_then(|value| once(&mut resources, Resources::Except(value)))
            }
            "Condition" => read_conditions(value).map(|value| conditions = value),
            _ => return Err(unknown(&name)),
        };
        read.map_err(|error| error.under(&name))?;
    }
    let effect = effect.ok_or_else(|| missing("Effect"))?;
    let actions = actions.ok_or_else(|| missing("Action"))?;
    Ok(Statement { sid, effect, principals, actions, resources, conditions })
}

/// Fills a slot that an element shares with its negation.
fn once<T>(slot: &mut Option<T>, value: T) -> Parsed<()> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(ParseError::new("cannot stand beside its negation; keep one of the two")),
    }
}

fn read_effect(json: Json) -> Parsed<Effect> {
    match string(json)?.as_str() {
        "Allow" => Ok(Effect::Allow),
        "Deny" => Ok(Effect::Deny),
        _ => Err(ParseError::new("must be `Allow` or `Deny`, in this case")),
    }
}

fn read_principals(json: Json) -> Parsed<Vec<Principal>> {
    let kinds = match json {
        Json::String(text) if text == "*" => return Ok(vec![Principal::Anyone]),
        Json::String(_) => {
            return Err(ParseError::new("must be `*` or an object such as {\"AWS\": \"…\"}"));
        }
        json => object(json)?,
    };
    let mut principals = Vec::new();
    for (kind, value) in kinds {
        let make: fn(String) -> Principal = match kind.as_str() {
            "AWS" => |name| if name == "*" { Principal::Anyone } else { Principal::Aws(name) },
            "Service" => Principal::Service,
            "Federated" => Principal::Federated,
            "CanonicalUser" => Principal::CanonicalUser,
            _ => return Err(unknown(&kind)),
        };
        let names = scalars(value).map_err(|error| error.under(&kind))?;
        principals.extend(names.into_iter().map(make));
    }
    Ok(principals)
}

fn read_conditions(json: Json) -> Parsed<Vec<Condition>> {
    let mut conditions: Vec<Condition> = Vec::new();
    for (name, keys) in object(json)? {
        let Some((set, operator, if_exists)) = Operator::read(&name) else {
            return Err(ParseError::new("is not a condition operator of IAM").under(&name));
        };
        for (key, values) in object(keys).map_err(|error| error.under(&name))? {
            let same = |known: &Condition| {
                (known.set, known.operator, known.if_exists) == (set, operator, if_exists)
                    && known.key.eq_ignore_ascii_case(&key)
            };
            if conditions.iter().any(same) {
                return Err(ParseError::new("stands twice").under(&key).under(&name));
            }
            let values = scalars(values).map_err(|error| error.under(&key).under(&name))?;
            conditions.push(Condition { set, operator, if_exists, key, values });
        }
    }
    Ok(conditions)
}

impl Operator {
    /// Splits e.g. `ForAnyValue:StringLikeIfExists`. `Null` takes no `IfExists`.
    fn read(name: &str) -> Option<(Option<SetQualifier>, Self, bool)> {
        let (set, name) = match name.split_once(':') {
            None => (None, name),
            Some((set, name)) if set.eq_ignore_ascii_case("ForAllValues") => {
                (Some(SetQualifier::ForAllValues), name)
            }
            Some((set, name)) if set.eq_ignore_ascii_case("ForAnyValue") => {
                (Some(SetQualifier::ForAnyValue), name)
            }
            Some(_) => return None,
        };
        let named = |name: &str| {
            let found = Self::NAMES.iter().find(|(_, known)| known.eq_ignore_ascii_case(name));
            found.map(|(operator, _)| *operator)
        };
        if let Some(operator) = named(name) {
            return Some((set, operator, false));
        }
        let cut = name.len().checked_sub("IfExists".len())?;
        let (name, suffix) = name.split_at_checked(cut)?;
        let operator = named(name).filter(|operator| *operator != Self::Null)?;
        suffix.eq_ignore_ascii_case("IfExists").then_some((set, operator, true))
    }

    /// Every operator with its spelling in policies.
    pub(crate) const NAMES: [(Self, &'static str); 27] = [
        (Self::StringEquals, "StringEquals"),
        (Self::StringNotEquals, "StringNotEquals"),
        (Self::StringEqualsIgnoreCase, "StringEqualsIgnoreCase"),
        (Self::StringNotEqualsIgnoreCase, "StringNotEqualsIgnoreCase"),
        (Self::StringLike, "StringLike"),
        (Self::StringNotLike, "StringNotLike"),
        (Self::NumericEquals, "NumericEquals"),
        (Self::NumericNotEquals, "NumericNotEquals"),
        (Self::NumericLessThan, "NumericLessThan"),
        (Self::NumericLessThanEquals, "NumericLessThanEquals"),
        (Self::NumericGreaterThan, "NumericGreaterThan"),
        (Self::NumericGreaterThanEquals, "NumericGreaterThanEquals"),
        (Self::DateEquals, "DateEquals"),
        (Self::DateNotEquals, "DateNotEquals"),
        (Self::DateLessThan, "DateLessThan"),
        (Self::DateLessThanEquals, "DateLessThanEquals"),
        (Self::DateGreaterThan, "DateGreaterThan"),
        (Self::DateGreaterThanEquals, "DateGreaterThanEquals"),
        (Self::Bool, "Bool"),
        (Self::BinaryEquals, "BinaryEquals"),
        (Self::IpAddress, "IpAddress"),
        (Self::NotIpAddress, "NotIpAddress"),
        (Self::ArnEquals, "ArnEquals"),
        (Self::ArnLike, "ArnLike"),
        (Self::ArnNotEquals, "ArnNotEquals"),
        (Self::ArnNotLike, "ArnNotLike"),
        (Self::Null, "Null"),
    ];
}

fn object(json: Json) -> Parsed<Vec<(String, Json)>> {
    match json {
        Json::Object(members) => Ok(members),
        other => Err(ParseError::new(format!("must be an object, is {}", other.kind()))),
    }
}

fn string(json: Json) -> Parsed<String> {
    match json {
        Json::String(text) => Ok(text),
        other => Err(ParseError::new(format!("must be a string, is {}", other.kind()))),
    }
}

/// One string, or a list of strings.
fn strings(json: Json) -> Parsed<Vec<String>> {
    match json {
        Json::List(items) => items.into_iter().map(string).collect(),
        one => Ok(vec![string(one)?]),
    }
}

/// As [`strings`]; numbers and booleans may stand without quotation marks.
fn scalars(json: Json) -> Parsed<Vec<String>> {
    let scalar = |json| match json {
        Json::Bool(value) => Ok(value.to_string()),
        Json::Number(value) => Ok(value.to_string()),
        other => string(other),
    };
    match json {
        Json::List(items) => items.into_iter().map(scalar).collect(),
        one => Ok(vec![scalar(one)?]),
    }
}

fn unknown(name: &str) -> ParseError {
    ParseError::new("is not an element of a policy here").under(name)
}

fn missing(name: &str) -> ParseError {
    ParseError::new("is missing").under(name)
}

#[cfg(test)]
mod tests;
