//! What policies together let an identity do, without a request at hand.
//!
//! Where patterns alone cannot tell, the answer is the wider one: a grant is left out only if it
//! certainly never takes effect.

mod statement;

use std::collections::BTreeSet;
use std::fmt;

use crate::catalogue::{self, Action};
use crate::{Actions, Condition, Effect, Pattern, Policy, Resources, Statement};

use statement::{Compiled, Share};

/// The permissions of one identity: its policies, less what they and its boundary take away.
#[derive(Debug)]
pub struct Grants<'a> {
    allows: Vec<Compiled<'a>>,
    /// Of the boundary as well.
    denies: Vec<Compiled<'a>>,
    boundary: Option<Vec<Compiled<'a>>>,
}

/// One action granted on one resource pattern by one statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant<'a> {
    /// The statement that grants.
    pub origin: Origin<'a>,
    /// The pattern as written; `*` where the statement has a `NotResource` or none.
    pub resource: &'a str,
    /// The `NotResource` of the statement itself.
    pub excluded: &'a [String],
    /// The resources that unconditional denials take out of the grant.
    pub denied: Vec<&'a Resources>,
    /// Unless empty, the grant holds only where the permissions boundary has one of these.
    pub bounded: Vec<&'a Resources>,
    /// What must hold: the conditions of the statement, and those of the boundary if it allows
    /// nothing here without conditions.
    pub conditions: Vec<&'a Condition>,
    /// Conditions under which a denial takes the grant away, or a part of it.
    pub unless: Vec<&'a Condition>,
}

/// Where a statement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin<'a> {
    /// The name the policy was given in [`Grants::new`].
    pub policy: &'a str,
    /// From 0.
    pub index: usize,
    /// `Sid`.
    pub sid: Option<&'a str>,
}

impl<'a> Grants<'a> {
    /// Joins the identity's policies, each with a name to report it by, under its permissions
    /// boundary, which limits and grants nothing.
    pub fn new(
        policies: &[(&'a str, &'a Policy)],
        boundary: Option<(&'a str, &'a Policy)>,
    ) -> Self {
        let of = |effect, (name, policy): (&'a str, &'a Policy)| {
            let statements = policy.statements.iter().enumerate();
            let statements = statements.filter(move |(_, statement)| statement.effect == effect);
            statements.map(move |(index, statement)| {
                Compiled::new(origin(name, index, statement), statement, policy.version)
            })
        };
        Self {
            allows: policies.iter().flat_map(|policy| of(Effect::Allow, *policy)).collect(),
            denies: policies
                .iter()
                .copied()
                .chain(boundary)
                .flat_map(|policy| of(Effect::Deny, policy))
                .collect(),
            boundary: boundary.map(|policy| of(Effect::Allow, policy).collect()),
        }
    }

    /// Every `Allow` statement of the identity's own policies, effective or not.
    pub fn statements(&self) -> impl Iterator<Item = (Origin<'a>, &'a Statement)> {
        self.allows.iter().map(|allow| (allow.origin, allow.statement))
    }

    /// The grants of one action such as `s3:GetObject`, in the order of the policies.
    ///
    /// Patterns that can match no resource of a kind the action works on grant nothing; for an
    /// action the catalogue does not know every pattern counts.
    pub fn allows(&self, action: &str) -> Vec<Grant<'a>> {
        self.grants(action, catalogue::action(action))
    }

    fn grants(&self, action: &str, known: Option<Action>) -> Vec<Grant<'a>> {
        let denies: Vec<_> = self.denies.iter().filter(|deny| deny.speaks_of(action)).collect();
        let allows = self.allows.iter().filter(|allow| allow.speaks_of(action));
        let mut grants = Vec::new();
        for allow in allows {
            for (resource, pattern) in allow.resources() {
                if known.is_none_or(|known| works_on(&known, pattern, resource))
                    && let Some(grant) = allow.grant(resource, pattern)
                    && let Some(grant) = subtract(grant, pattern, &denies)
                    && let Some(grant) = self.bound(grant, pattern, action)
                {
                    grants.push(grant);
                }
            }
        }
        grants
    }

    /// The statements that together allow every action on every resource without a condition;
    /// `None` if an action is missing. Conditional denials do not count against it.
    pub fn admin(&self) -> Option<Vec<Origin<'a>>> {
        let whole = |allow: &&Compiled<'a>| allow.is_everything();
        if self.denies.is_empty()
            && self.boundary.is_none()
            && self.allows.iter().any(|a| whole(&a))
        {
            return Some(self.allows.iter().filter(whole).map(|allow| allow.origin).collect());
        }
        let mut origins = BTreeSet::new();
        for action in self.exceptions().chain(catalogue::actions()) {
            let grants = self.grants(&action.to_string(), Some(action));
            let grant = grants.iter().find(|grant| grant.is_unlimited())?;
            origins.insert(grant.origin);
        }
        Some(origins.into_iter().collect())
    }

    /// The actions most likely not to be granted: asked first, they settle most questions at once.
    fn exceptions(&self) -> impl Iterator<Item = Action> {
        let statements =
            self.allows.iter().chain(self.boundary.iter().flatten()).chain(&self.denies);
        let patterns = statements.flat_map(|compiled| match &compiled.statement.actions {
            Actions::Except(patterns) => patterns.as_slice(),
            Actions::Only(patterns) if compiled.statement.effect == Effect::Deny => patterns,
            Actions::Only(_) => &[],
        });
        patterns.flat_map(|pattern| catalogue::expand(pattern))
    }

    /// What the boundary leaves of a grant.
    fn bound(&self, mut grant: Grant<'a>, pattern: &Pattern, action: &str) -> Option<Grant<'a>> {
        let Some(boundary) = &self.boundary else { return Some(grant) };
        let mut best = Share::None;
        let mut conditions = Some(Vec::new());
        for allow in boundary.iter().filter(|allow| allow.speaks_of(action)) {
            let share = allow.share_of(pattern);
            if share == Share::None {
                continue;
            }
            best = best.max(share);
            grant.bounded.extend(&allow.statement.resources);
            match &mut conditions {
                Some(all) if !allow.statement.conditions.is_empty() => {
                    all.extend(&allow.statement.conditions);
                }
                _ if share == Share::Whole => {
                    grant.bounded.clear();
                    return Some(grant);
                }
                _ => conditions = None,
            }
        }
        match best {
            Share::None => return None,
            // One of the conditions must hold, wherever.
            Share::Whole if conditions.is_some() => grant.bounded.clear(),
            Share::Part | Share::Whole => {}
        }
        grant.conditions.extend(conditions.into_iter().flatten());
        Some(grant)
    }
}

impl Grant<'_> {
    /// Whether it holds on every resource and under no condition; see [`Grants::admin`].
    pub fn is_unlimited(&self) -> bool {
        let limits = self.excluded.is_empty() && self.denied.is_empty() && self.bounded.is_empty();
        limits && self.conditions.is_empty() && is_universal(self.resource)
    }
}

impl fmt::Display for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sid {
            Some(sid) => write!(f, "`{}`, statement `{sid}`", self.policy),
            None => write!(f, "`{}`, statement {}", self.policy, self.index + 1),
        }
    }
}

fn origin<'a>(policy: &'a str, index: usize, statement: &'a Statement) -> Origin<'a> {
    let sid = statement.sid.as_deref().filter(|sid| !sid.is_empty());
    Origin { policy, index, sid }
}

/// What the denials leave of a grant.
fn subtract<'a>(
    mut grant: Grant<'a>,
    pattern: &Pattern,
    denies: &[&Compiled<'a>],
) -> Option<Grant<'a>> {
    for deny in denies {
        match deny.share_of(pattern) {
            Share::None => {}
            _ if !deny.statement.conditions.is_empty() => {
                grant.unless.extend(&deny.statement.conditions);
            }
            Share::Part => grant.denied.extend(&deny.statement.resources),
            Share::Whole => return None,
        }
    }
    Some(grant)
}

/// Whether an action can be granted on `resource`. Those without resource types are granted on
/// `*` only; of ARNs, those of all resources of a service are given the benefit of the doubt.
fn works_on(action: &Action, pattern: &Pattern, resource: &str) -> bool {
    if pattern.is_universal() {
        return true;
    }
    if !action.takes_resources() {
        return resource.splitn(6, ':').nth(5).is_none_or(is_universal);
    }
    let mut arns = action.resource_types().flat_map(|kind| kind.arns());
    arns.any(|arn| Pattern::text(arn).overlaps(pattern))
}

fn is_universal(resource: &str) -> bool {
    !resource.is_empty() && resource.bytes().all(|byte| byte == b'*')
}

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod tests;
