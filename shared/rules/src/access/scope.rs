//! Whom one condition lets through.

use std::collections::BTreeSet;

use iam::{Condition, Operator, Pattern, SetQualifier, Version};

use super::keys::{Fixed, Fixes, Value, value};
use super::{Caller, Party, Trust};

/// A set of callers of one kind.
pub(super) enum Scope {
    /// Every one.
    All,
    /// Some requests of these parties and of nobody else.
    Only(BTreeSet<Party>),
    /// All requests but some of these parties.
    Except(BTreeSet<Party>),
}

impl Scope {
    fn nobody() -> Self {
        Self::Only(BTreeSet::new())
    }

    fn of(holds: bool) -> Self {
        if holds { Self::All } else { Self::nobody() }
    }

    /// Whether every request of `party` is in, which is not known of an account that may belong
    /// to an organisation the scope spares, or the other way about.
    pub(super) fn surely_has(&self, party: &Party, trust: &Trust<'_>) -> bool {
        match self {
            Self::All => true,
            Self::Only(parties) => parties.contains(party),
            Self::Except(spared) => spared.iter().all(|other| {
                let same_kind = std::mem::discriminant(other) == std::mem::discriminant(party);
                trust.covers(other) == Some(true) || (same_kind && other != party)
            }),
        }
    }
}

/// The callers that may pass `condition`: as an `Allow` is read.
///
/// # Errors
/// The condition is not understood; the text says which.
pub(super) fn widest(
    condition: &Condition,
    version: Version,
    action: &str,
    caller: Caller<'_>,
) -> Result<Scope, String> {
    let (always, read) = match certain(condition, action, caller)? {
        Certain::Scope(scope) => return Ok(scope),
        Certain::Free => return Ok(Scope::All),
        Certain::Identity { always, read } => (always, read),
    };
    if (!always && holds_without_key(condition)) || is_negated(condition.operator) {
        return Ok(Scope::All);
    }
    if condition.operator == Operator::Null {
        return Ok(Scope::of(!always || !condition.values.iter().any(|v| is_true(v))));
    }
    let mut parties = BTreeSet::new();
    for text in &condition.values {
        match read(&Fixed { text, condition, version }) {
            Fixes::Anyone => return Ok(Scope::All),
            Fixes::Party { party, .. } => drop(parties.insert(party)),
            Fixes::Nobody => {}
        }
    }
    Ok(Scope::Only(parties))
}

/// The callers that surely pass `condition`: as a `Deny` is read.
///
/// # Errors
/// The condition is not understood; the text says which.
pub(super) fn narrowest(
    condition: &Condition,
    version: Version,
    action: &str,
    caller: Caller<'_>,
) -> Result<Scope, String> {
    let (always, read) = match certain(condition, action, caller)? {
        Certain::Scope(scope) => return Ok(scope),
        Certain::Free => return Ok(Scope::nobody()),
        Certain::Identity { always, read } => (always, read),
    };
    if condition.operator == Operator::Null {
        return Ok(Scope::of(always && condition.values.iter().all(|v| !is_true(v))));
    }
    let fixed = |text| read(&Fixed { text, condition, version });
    if is_negated(condition.operator) {
        if !always && !holds_without_key(condition) {
            return Ok(Scope::nobody());
        }
        let mut spared = BTreeSet::new();
        for text in &condition.values {
            match fixed(text.as_str()) {
                Fixes::Anyone => return Ok(Scope::nobody()),
                Fixes::Party { party, .. } => drop(spared.insert(party)),
                Fixes::Nobody => {}
            }
        }
        return Ok(Scope::Except(spared));
    }
    let mut parties = BTreeSet::new();
    for text in &condition.values {
        match fixed(text.as_str()) {
            // A lone `*` matches all that have the key; a longer pattern only some.
            Fixes::Anyone if always && text == "*" => return Ok(Scope::All),
            Fixes::Party { party, whole: true } => drop(parties.insert(party)),
            Fixes::Anyone | Fixes::Party { .. } | Fixes::Nobody => {}
        }
    }
    Ok(Scope::Only(parties))
}

/// What can be said of a condition however it is read.
enum Certain {
    Scope(Scope),
    Free,
    Identity { always: bool, read: fn(&Fixed<'_>) -> Fixes },
}

fn certain(condition: &Condition, action: &str, caller: Caller<'_>) -> Result<Certain, String> {
    let doubt = || Err(format!("condition on `{}` is not understood", condition.key));
    match value(&condition.key, action, caller) {
        Value::Absent => Ok(Certain::Scope(Scope::of(holds_without_key(condition)))),
        Value::Text(text) => match holds_for(condition, text) {
            Some(holds) => Ok(Certain::Scope(Scope::of(holds))),
            None => doubt(),
        },
        Value::Identity { always, read } => Ok(Certain::Identity { always, read }),
        Value::Free => Ok(Certain::Free),
        Value::Unknown => doubt(),
    }
}

/// Whether the condition holds where the request has no such key.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>
fn holds_without_key(condition: &Condition) -> bool {
    match (condition.operator, condition.set) {
        (Operator::Null, _) => condition.values.iter().any(|v| is_true(v)),
        _ if condition.if_exists => true,
        (_, Some(SetQualifier::ForAllValues)) => true,
        (_, Some(SetQualifier::ForAnyValue)) => false,
        (operator, None) => is_negated(operator),
    }
}

/// Whether the condition holds for a key of one known value; `None` if the operator is of a kind
/// we do not compare.
fn holds_for(condition: &Condition, text: &str) -> Option<bool> {
    use Operator as O;
    let any = |equal: fn(&str, &str) -> bool| condition.values.iter().any(|v| equal(v, text));
    let like = |value: &str, text: &str| Pattern::text(value).matches(text);
    let matched = match condition.operator {
        O::StringEquals | O::StringNotEquals => any(|value, text| value == text),
        O::StringEqualsIgnoreCase | O::StringNotEqualsIgnoreCase | O::Bool => {
            any(str::eq_ignore_ascii_case)
        }
        O::StringLike | O::StringNotLike => any(like),
        O::Null => any(|value, _| !is_true(value)),
        _ => return None,
    };
    Some(matched != is_negated(condition.operator))
}

fn is_negated(operator: Operator) -> bool {
    use Operator as O;
    matches!(
        operator,
        O::StringNotEquals
            | O::StringNotEqualsIgnoreCase
            | O::StringNotLike
            | O::NumericNotEquals
            | O::DateNotEquals
            | O::NotIpAddress
            | O::ArnNotEquals
            | O::ArnNotLike
    )
}

fn is_true(value: &str) -> bool {
    value.eq_ignore_ascii_case("true")
}
