//! Whom one condition lets through.

use std::collections::BTreeSet;

use iam::{Condition, Key, Operator, Tri, Version};

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

/// Whom a Deny with all of these scopes leaves, if that can be told party by party.
pub(super) fn spared(scopes: &[Scope]) -> Option<BTreeSet<Party>> {
    let mut spared = BTreeSet::new();
    for scope in scopes {
        match scope {
            Scope::All => {}
            Scope::Except(parties) => spared.extend(parties.iter().cloned()),
            Scope::Only(_) => return None,
        }
    }
    Some(spared)
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
    let (always, read) = match certain(condition, version, action, caller)? {
        Certain::Scope(scope) => return Ok(scope),
        Certain::Free => return Ok(Scope::All),
        Certain::Identity { always, read } => (always, read),
    };
    let holds_without = holds(condition, version, &Key::Absent) != Tri::No;
    if (!always && holds_without) || is_negated(condition.operator) {
        return Ok(Scope::All);
    }
    if condition.operator == Operator::Null {
        let wants_absent = condition.values.iter().all(|value| is_true(value));
        return Ok(if always && wants_absent { Scope::nobody() } else { Scope::All });
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
    let (always, read) = match certain(condition, version, action, caller)? {
        Certain::Scope(scope) => return Ok(scope),
        Certain::Free => return Ok(Scope::nobody()),
        Certain::Identity { always, read } => (always, read),
    };
    if condition.operator == Operator::Null {
        let wants_present = condition.values.iter().all(|value| !is_true(value));
        return Ok(if always && wants_present { Scope::All } else { Scope::nobody() });
    }
    let fixed = |text| read(&Fixed { text, condition, version });
    if is_negated(condition.operator) {
        if !always && holds(condition, version, &Key::Absent) != Tri::Yes {
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

fn certain(
    condition: &Condition,
    version: Version,
    action: &str,
    caller: Caller<'_>,
) -> Result<Certain, String> {
    let doubt = || Err(format!("condition on `{}` is not understood", condition.key));
    let settled = |holds| match holds {
        Tri::Yes => Ok(Certain::Scope(Scope::All)),
        Tri::No => Ok(Certain::Scope(Scope::nobody())),
        Tri::Unknown => doubt(),
    };
    match value(&condition.key, action, caller) {
        Value::Absent => settled(holds(condition, version, &Key::Absent)),
        Value::Text(text) => settled(holds(condition, version, &Key::value(text))),
        Value::Identity { always, read } => Ok(Certain::Identity { always, read }),
        Value::Free => Ok(Certain::Free),
        Value::Unknown => doubt(),
    }
}

/// Whether the condition holds for what is known of its key; of other keys, which policy
/// variables may name, nothing is.
fn holds(condition: &Condition, version: Version, known: &Key) -> Tri {
    condition.holds(version, &|key| {
        if key.eq_ignore_ascii_case(&condition.key) { known.clone() } else { Key::Unknown }
    })
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
