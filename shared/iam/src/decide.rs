//! Whether one request is allowed.

use crate::condition::{self, Unresolved, variable};
use crate::{
    Actions, Context, Effect, Pattern, Policy, Resources, Statement, Tri, Variables, Version,
};

/// A request as far as it is known.
pub struct Request<'a> {
    /// E.g. `s3:GetObject`.
    pub action: &'a str,
    /// An ARN, or `*` for actions that work on no resource.
    pub resource: &'a str,
    /// The condition keys.
    pub context: &'a Context<'a>,
}

/// What IAM answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Allowed.
    Allowed,
    /// No policy allows it, or the boundary does not.
    Denied,
    /// A `Deny` says so.
    DeniedExplicitly,
    /// It depends on what is not known of the request.
    Unknown,
}

/// Judges a request of an identity by its policies and its permissions boundary. Policies of the
/// resource, the session and the organization are not heard.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>
pub fn decide(request: &Request<'_>, identity: &[&Policy], boundary: Option<&Policy>) -> Decision {
    let any = |effect, policies: &[&Policy]| {
        policies.iter().map(|policy| request.matches(policy, effect)).fold(Tri::No, Tri::or)
    };
    let denied = any(Effect::Deny, identity).or(any(Effect::Deny, boundary.as_slice()));
    let bounded = boundary.map_or(Tri::Yes, |policy| request.matches(policy, Effect::Allow));
    match (denied, any(Effect::Allow, identity).and(bounded)) {
        (Tri::Yes, _) => Decision::DeniedExplicitly,
        (_, Tri::No) => Decision::Denied,
        (Tri::No, Tri::Yes) => Decision::Allowed,
        (Tri::Unknown, _) | (_, Tri::Unknown) => Decision::Unknown,
    }
}

impl Request<'_> {
    /// Whether a statement of this effect speaks of the request.
    fn matches(&self, policy: &Policy, effect: Effect) -> Tri {
        let statements = policy.statements.iter().filter(|statement| statement.effect == effect);
        statements.map(|statement| self.is_meant(statement, policy.version)).fold(Tri::No, Tri::or)
    }

    fn is_meant(&self, statement: &Statement, version: Version) -> Tri {
        let named = |list: &[String]| list.iter().any(|a| Pattern::action(a).matches(self.action));
        let action = match &statement.actions {
            Actions::Only(list) => named(list),
            Actions::Except(list) => !named(list),
        };
        if !action {
            return Tri::No;
        }
        let resource = match &statement.resources {
            None => Tri::Yes,
            Some(Resources::Only(list)) => self.is_among(list, version, Tri::No),
            Some(Resources::Except(list)) => !self.is_among(list, version, Tri::Unknown),
        };
        resource.and(condition::hold(&statement.conditions, version, self.context))
    }

    /// Whether the resource matches a pattern. With a variable that the request lacks a pattern
    /// matches nothing; of `NotResource` AWS does not say so, hence `lacking`.
    fn is_among(&self, patterns: &[String], version: Version, lacking: Tri) -> Tri {
        let may_match = |text: &str| {
            let widest = Pattern::resource(text, version, Variables::Widest);
            widest.is_none_or(|pattern| pattern.matches(self.resource))
        };
        let one = |text: &String| {
            let value = |key: &str, default: Option<&str>| variable(self.context, key, default);
            match Pattern::resource_with(text, version, value) {
                Ok(pattern) => pattern.matches(self.resource).into(),
                Err(Unresolved::Absent) => lacking,
                Err(Unresolved::Unknown) if may_match(text) => Tri::Unknown,
                Err(Unresolved::Unknown) => Tri::No,
            }
        };
        patterns.iter().map(one).fold(Tri::No, Tri::or)
    }
}

#[cfg(test)]
mod tests;
