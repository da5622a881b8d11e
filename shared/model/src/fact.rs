use serde::{Deserialize, Serialize};

/// A fact that was read, or the reason it could not be.
///
/// A rule asks with `?`, so a denied or throttled read ends in a [`Gap`], never in a pass.
/// JSON shape: the bare value, or `{"unknown": "why"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Fact<T> {
    /// Could not be read.
    Unknown {
        /// Names the call and the refusal, e.g. `iam:GetRolePolicy denied`.
        unknown: String,
    },
    /// Was read.
    Known(T),
}

/// What a rule needed and did not get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The fact asked for, in words: "resource policy".
    pub fact: &'static str,
    /// Why it is missing.
    pub why: String,
}

impl<T> Fact<T> {
    /// A fact that could not be read, and why.
    pub fn unknown(why: impl Into<String>) -> Self {
        Self::Unknown { unknown: why.into() }
    }

    /// The value, or the gap to hand up with `?`.
    ///
    /// # Errors
    /// The fact was never read.
    pub fn get(&self, fact: &'static str) -> Result<&T, Gap> {
        match self {
            Self::Known(value) => Ok(value),
            Self::Unknown { unknown } => Err(Gap { fact, why: unknown.clone() }),
        }
    }

    /// The value where it was read. For printing; a rule uses [`Fact::get`].
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown { .. } => None,
        }
    }

    /// The same knowledge about something derived from the value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Self::Known(value) => Fact::Known(f(value)),
            Self::Unknown { unknown } => Fact::Unknown { unknown },
        }
    }
}
