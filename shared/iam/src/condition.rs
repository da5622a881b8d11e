//! Whether conditions hold, as far as the request is known.

mod compare;

use crate::{Condition, Operator, SetQualifier, Tri, Version};

use compare::Wanted;

/// What is known of a condition key in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// The request does not have it.
    Absent,
    /// The request has it with these values. None at all is the same as [`Key::Absent`].
    Values(Vec<String>),
    /// The request has it; the values are not known.
    Present,
    /// Nothing is known.
    Unknown,
}

impl Key {
    /// A key with one known value.
    pub fn value(text: impl Into<String>) -> Self {
        Self::Values(vec![text.into()])
    }
}

/// A request as conditions see it: from the name of a key, whatever its case, to what is known.
pub type Context<'a> = dyn Fn(&str) -> Key + 'a;

/// Whether all `conditions` of a statement hold. Without any: [`Tri::Yes`].
pub fn hold(conditions: &[Condition], version: Version, context: &Context<'_>) -> Tri {
    conditions.iter().map(|condition| condition.holds(version, context)).fold(Tri::Yes, Tri::and)
}

impl Condition {
    /// Whether it holds in a request. [`Tri::Unknown`] says that it may or may not: a key or a
    /// variable is not known, a value is not of the operator's type, a key has many values and the
    /// operator does not say what to do with them, or the condition lists no values.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
    ///
    /// ```
    /// use iam::{Key, Policy, Tri};
    ///
    /// let policy = Policy::parse(r#"{"Statement": {"Effect": "Allow", "Action": "*",
    ///     "Condition": {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:*"}}}}"#);
    /// let policy = policy.unwrap();
    /// let condition = &policy.statements[0].conditions[0];
    /// assert_eq!(condition.holds(policy.version, &|_| Key::Absent), Tri::No);
    /// assert_eq!(condition.holds(policy.version, &|_| Key::Unknown), Tri::Unknown);
    /// let caller = |_: &str| Key::value("arn:aws:iam::111122223333:role/r");
    /// assert_eq!(condition.holds(policy.version, &caller), Tri::Yes);
    /// ```
    pub fn holds(&self, version: Version, context: &Context<'_>) -> Tri {
        if self.values.is_empty() {
            return Tri::Unknown;
        }
        let key = context(&self.key);
        if self.operator == Operator::Null {
            return self.null(&key);
        }
        match key {
            Key::Absent => self.absent(),
            Key::Values(values) if values.is_empty() => self.absent(),
            Key::Values(values) => self.known(&values, &self.wanted(version, context)),
            Key::Present => self.present(&self.wanted(version, context)),
            Key::Unknown => self.absent().or_else(self.present(&self.wanted(version, context))),
        }
    }

    /// `Null` holds when the key is absent for `true`, present for `false`.
    fn null(&self, key: &Key) -> Tri {
        let absent = match key {
            Key::Absent => Tri::Yes,
            Key::Values(values) => values.is_empty().into(),
            Key::Present => Tri::No,
            Key::Unknown => Tri::Unknown,
        };
        let wants = |value: &String| match value.to_ascii_lowercase().as_str() {
            "true" => absent,
            "false" => !absent,
            _ => Tri::Unknown,
        };
        self.values.iter().map(wants).fold(Tri::No, Tri::or)
    }

    fn absent(&self) -> Tri {
        if self.if_exists {
            return Tri::Yes;
        }
        match self.set {
            None => self.operator.is_negated().into(),
            Some(SetQualifier::ForAllValues) => Tri::Yes,
            Some(SetQualifier::ForAnyValue) => Tri::No,
        }
    }

    /// The key is there with values nobody knows: only a wanted value that takes all decides.
    fn present(&self, wanted: &[Wanted]) -> Tri {
        let matched = if wanted.iter().any(Wanted::is_universal) { Tri::Yes } else { Tri::Unknown };
        if self.operator.is_negated() { !matched } else { matched }
    }

    fn known(&self, values: &[String], wanted: &[Wanted]) -> Tri {
        let one = |value: &String| {
            let compared = wanted.iter().map(|wanted| wanted.compare(self.operator, value));
            let matched = compared.fold(Tri::No, Tri::or);
            if self.operator.is_negated() { !matched } else { matched }
        };
        let each = values.iter().map(one);
        match self.set {
            Some(SetQualifier::ForAllValues) => each.fold(Tri::Yes, Tri::and),
            Some(SetQualifier::ForAnyValue) => each.fold(Tri::No, Tri::or),
            // AWS does not say how a single-valued operator reads many values.
            None => each.reduce(Tri::or_else).unwrap_or(Tri::Unknown),
        }
    }

    fn wanted(&self, version: Version, context: &Context<'_>) -> Vec<Wanted> {
        let wanted = |value: &String| Wanted::new(self.operator, value, version, context);
        self.values.iter().map(wanted).collect()
    }
}

/// Why a policy variable has no value.
#[derive(Clone, Copy)]
pub(crate) enum Unresolved {
    /// The request does not have the key, and the variable has no default.
    Absent,
    /// The key has many values, or nobody knows.
    Unknown,
}

/// The value of a policy variable in a request; never `Ok(None)`, which would be any text.
pub(crate) fn variable(
    context: &Context<'_>,
    key: &str,
    default: Option<&str>,
) -> Result<Option<String>, Unresolved> {
    match (context(key), default) {
        (Key::Values(values), _) => match values.as_slice() {
            [value] => Ok(Some(value.clone())),
            _ => Err(Unresolved::Unknown),
        },
        (Key::Absent, Some(default)) => Ok(Some(default.to_owned())),
        (Key::Absent, None) => Err(Unresolved::Absent),
        (Key::Present | Key::Unknown, _) => Err(Unresolved::Unknown),
    }
}

#[cfg(test)]
mod tests;
