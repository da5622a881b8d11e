use iam::catalogue::ActionSet;
use iam::{Effect, Policy, Principal, Principals};
use jiff::{Timestamp, tz::TimeZone};
use model::{NamedPolicy, Origin, Role, RoleUsage};

use super::Settings;
use crate::ActionId;
use crate::actions::has;
use crate::doubt::{Doubt, Doubts};
use crate::evidence::Evidence;
use crate::needs::Needed;
use crate::verdict::{Growing, Reason};

/// What keeps an action that nobody was seen to use from being called unused.
pub(super) struct Caution {
    /// Of every action.
    all: Option<Reason>,
    /// Granted by new policies alone.
    new: Option<ActionSet>,
    pub(super) doubts: Doubts,
}

impl Caution {
    pub(super) fn new(
        role: &Role,
        policies: &[NamedPolicy],
        usage: &RoleUsage,
        needed: &[Needed<'_>],
        settings: &Settings<'_>,
    ) -> Self {
        let is_new = |time: Timestamp| {
            let day = time.to_zoned(TimeZone::UTC).date();
            let age = day.until(usage.to).map_or(0, |span| span.get_days());
            i64::from(age) < i64::from(settings.grace_days)
        };
        let mut doubts = Doubts::default();
        doubts.raise(Doubt::RoleAgeUnknown, role.created.is_none());
        // A document can be older than its attachment to the role, of which IAM keeps no date.
        doubts.raise(Doubt::GrantAgeUnknown, !policies.is_empty());
        let days = usage.from.until(usage.to).map_or(0, |span| span.get_days());
        let mut all = role.created.is_some_and(is_new).then_some(Reason::YoungRole);
        let seen = Evidence::functions(usage);
        for needed in needed {
            let runs = settings.runs.get(needed.function).copied().unwrap_or_default();
            if runs.period_days.is_some_and(|period| i64::from(period) * 2 > i64::from(days)) {
                all = all.or(Some(Reason::RareSchedule));
            }
            let ran = runs.last.is_some_and(|day| day >= usage.from);
            doubts.raise(Doubt::SeldomRun, !ran && !seen.contains(needed.function));
        }
        Self { all, new: newly_granted(policies, is_new), doubts }
    }

    pub(super) fn forbids(&self, id: ActionId) -> Option<Reason> {
        let new = || self.new.as_ref().is_some_and(|new| has(new, id));
        self.all.or_else(|| new().then_some(Reason::NewGrant))
    }
}

/// What new policies grant and no older one does. A new version of AWS's own policy grants nothing
/// that anybody waited for.
fn newly_granted(
    policies: &[NamedPolicy],
    is_new: impl Fn(Timestamp) -> bool,
) -> Option<ActionSet> {
    let is_ours = |policy: &NamedPolicy| match &policy.origin {
        Origin::Managed(arn) => model::account_of(arn) != Some("aws"),
        Origin::Inline => true,
    };
    let is_new = |policy: &NamedPolicy| is_ours(policy) && policy.changed.is_some_and(&is_new);
    if !policies.iter().any(is_new) {
        return None;
    }
    let (mut new, mut old) = (ActionSet::new(), ActionSet::new());
    for policy in policies {
        let set = if is_new(policy) { &mut new } else { &mut old };
        let allows = policy.document.statements.iter().filter(|s| s.effect == Effect::Allow);
        allows.for_each(|allow| *set |= &ActionSet::of(&allow.actions));
    }
    new -= &old;
    Some(new)
}

/// Who may assume a role.
pub(super) struct Trust {
    pub(super) at_edge: bool,
    /// Or nobody knows.
    pub(super) others: bool,
}

impl Trust {
    /// `None`: could not be read.
    pub(super) fn of(policy: Option<&Policy>) -> Self {
        let mut trust = Self { at_edge: false, others: policy.is_none() };
        let statements = policy.into_iter().flat_map(|policy| &policy.statements);
        for statement in statements.filter(|statement| statement.effect == Effect::Allow) {
            let Some(Principals::Only(principals)) = &statement.principals else {
                trust.others = true;
                continue;
            };
            for principal in principals {
                match principal {
                    Principal::Service(name) if name == "lambda.amazonaws.com" => {}
                    Principal::Service(name) if name == "edgelambda.amazonaws.com" => {
                        trust.at_edge = true;
                    }
                    _ => trust.others = true,
                }
            }
        }
        trust
    }
}

/// Patterns of actions that match whatever AWS adds.
pub(super) fn growing(policies: &[NamedPolicy]) -> Vec<Growing<'_>> {
    let mut all = Vec::new();
    for policy in policies {
        for (statement, allow) in policy.document.statements.iter().enumerate() {
            let patterns = match &allow.actions {
                _ if allow.effect == Effect::Deny => continue,
                iam::Actions::Only(patterns) => patterns.as_slice(),
                iam::Actions::Except(_) => {
                    let actions = ActionSet::of(&allow.actions).len();
                    all.push(Growing { policy: &policy.name, statement, pattern: "*", actions });
                    continue;
                }
            };
            for pattern in patterns.iter().filter(|pattern| pattern.contains(['*', '?'])) {
                let mut actions = ActionSet::new();
                actions.add_pattern(pattern);
                let actions = actions.len();
                all.push(Growing { policy: &policy.name, statement, pattern, actions });
            }
        }
    }
    all
}
