//! The verdict on every granted action.

mod caution;

use std::collections::{BTreeMap, BTreeSet};

use iam::catalogue::{self, ActionSet};
use iam::{Grant, Group, Named};
use jiff::civil::Date;
use model::{Call, CallKind, FunctionArn, Gap, Role, RoleUsage, RoleUser};

use crate::ActionId;
use crate::actions::{has, ids};
use crate::doubt::{Doubt, Doubts};
use crate::evidence::{Evidence, meets};
use crate::granted::{Granted, masked};
use crate::needs::{Needed, needed};
use crate::sight::{Memo, Sight};
use crate::verdict::{FunctionUse, Judged, Judgement, Kept, Name, Reason, Verdict};
use caution::{Caution, Trust, growing};

/// What a judgement asks for.
#[derive(Clone, Debug)]
pub struct Settings<'a> {
    /// Days without use after which an action counts as unused.
    pub window_days: u32,
    /// Days for which a new role or a new grant is left alone.
    pub grace_days: u32,
    /// What is known of how often functions run.
    pub runs: BTreeMap<FunctionArn, Runs>,
    /// Service control policies, as [`iam::Policies::scps`] has them.
    pub scps: &'a [Vec<Named<'a>>],
}

/// How often a function runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Runs {
    /// The last invocation.
    pub last: Option<Date>,
    /// Days between two runs of its schedule, at most.
    pub period_days: Option<u32>,
}

impl Default for Settings<'_> {
    fn default() -> Self {
        Self { window_days: 90, grace_days: 90, runs: BTreeMap::new(), scps: &[] }
    }
}

/// Judges every action that a role is granted by what was seen of its calls and by what Lambda
/// needs for `users`, its functions.
///
/// # Errors
/// The policies of the role could not be read. An unknown boundary counts as none, which only makes
/// fewer actions ineffective.
pub fn judge<'a>(
    role: &'a Role,
    users: &'a [RoleUser],
    usage: &'a RoleUsage,
    settings: &Settings<'a>,
) -> Result<Judgement<'a>, Gap> {
    let policies = role.policies.get("policies of the role")?;
    let boundary = role.boundary.known().and_then(Option::as_ref);
    let granted = Granted::new(policies, boundary, settings);
    let evidence = Evidence::new(usage, &granted);
    let trust = Trust::of(role.trust.known());
    let needed = needs(users, usage, trust.at_edge);
    let homes = needed.iter().map(|needed| needed.function.region()).collect();
    let sight = Sight::new(usage, &homes, settings.window_days);
    let mut judgement = Judgement {
        role: &role.arn,
        window: sight.window,
        catalogue: catalogue::DATE,
        actions: Vec::new(),
        functions: Vec::new(),
        elsewhere: evidence.elsewhere.iter().cloned().collect(),
        missing: Vec::new(),
        growing: growing(policies),
        unmapped: evidence.unmapped.clone(),
        foreign: evidence.foreign.clone(),
        trusts_others: trust.others,
        unknown: needed.iter().flat_map(|needed| needed.unknown.iter().copied()).collect(),
        kept: Kept { whole: sight.is_whole(), ..Kept::default() },
        evidence: Evidence::default(),
        needs: Vec::new(),
        groups: Vec::new(),
    };
    let mut judge = Judge {
        needs: ActionSet::new(),
        unclear: ActionSet::new(),
        shared: needed.len() > 1,
        caution: Caution::new(role, policies, usage, &needed, settings),
        granted,
        sight,
        evidence,
    };
    judge.functions(needed, &mut judgement);
    judge.actions(&mut judgement);
    judgement.kept.unclear = judge.unclear;
    judgement.groups = judge.granted.groups;
    judgement.evidence = judge.evidence;
    Ok(judgement)
}

/// What Lambda needs for each function: those that name the role, and those that were seen to use
/// it and are not among them, of which nothing is known.
fn needs<'a>(users: &'a [RoleUser], usage: &'a RoleUsage, at_edge: bool) -> Vec<Needed<'a>> {
    let mut all: Vec<_> = users.iter().map(|user| needed(user, at_edge)).collect();
    for function in Evidence::functions(usage) {
        if users.iter().all(|user| user.arn != *function) {
            all.push(Needed::unknown(function, "a function that called is not among those listed"));
        }
    }
    all
}

/// Everything that a verdict rests on.
struct Judge<'a> {
    granted: Granted<'a>,
    sight: Sight<'a>,
    evidence: Evidence<'a>,
    caution: Caution,
    needs: ActionSet,
    unclear: ActionSet,
    shared: bool,
}

impl<'a> Judge<'a> {
    fn functions(&mut self, all: Vec<Needed<'a>>, judgement: &mut Judgement<'a>) {
        let heard: Vec<ActionId> = self.evidence.heard.keys().copied().collect();
        for needed in all {
            let mut own = FunctionUse::new(needed.function, needed.unclear);
            let mut unmet = Vec::new();
            for need in needed.needs {
                if meets(&self.granted, &need) {
                    own.needed.add_index(need.action.index());
                    judgement.needs.push(need);
                } else {
                    unmet.push(need);
                }
            }
            let mut told = BTreeSet::new();
            let missing = unmet.into_iter().filter(|need| !has(&own.needed, need.action));
            judgement.missing.extend(missing.filter(|need| told.insert((need.action, need.cause))));
            own.unclear &= &self.granted.effective;
            for id in &heard {
                self.heard_of(*id, &mut own);
            }
            self.needs |= &own.needed;
            self.unclear |= &own.unclear;
            judgement.functions.push(own);
        }
    }

    /// Enters what was heard of one action for one function.
    fn heard_of(&self, id: ActionId, own: &mut FunctionUse<'a>) {
        let function = own.function;
        let ours = |call: &Call| call.kind != CallKind::Foreign;
        let mine = |call: &Call| ours(call) && call.function.as_ref() == Some(function);
        let mine = self.evidence.summary(id, mine);
        let nobodys = self.evidence.summary(id, |call| ours(call) && call.function.is_none());
        let set = if mine.code {
            &mut own.used
        } else if mine.lambda {
            &mut own.needed
        } else if nobodys.code || (nobodys.lambda && !has(&own.needed, id)) {
            &mut own.unattributed
        } else if mine.denied {
            &mut own.denied
        } else {
            return;
        };
        set.add_index(id.index());
    }

    fn actions(&self, judgement: &mut Judgement<'a>) {
        let groups = &self.granted.groups;
        judgement.actions.reserve(groups.iter().map(|group| group.actions.len()).sum());
        for group in groups {
            self.group(group, judgement);
        }
        // Sorted runs, one a group.
        judgement.actions.sort_by_key(|judged| match judged.action {
            Name::Known(id) => Some(id),
            Name::Written(_) => None,
        });
        for text in &self.granted.unknown {
            let action = Name::Written(text);
            // What was called may be what the catalogue does not have.
            let verdict = if self.sight.is_unmapped(action.service()) {
                Verdict::Unverifiable { reason: Reason::Unmapped }
            } else {
                Verdict::Invalid
            };
            judgement.actions.push(Judged::new(action, verdict, Doubts::default()));
        }
    }

    /// Enters the verdicts on actions that fare alike.
    fn group(&self, group: &Group<'a>, judgement: &mut Judgement<'a>) {
        let grants = group.ruling.grants.as_slice();
        if grants.is_empty() {
            let verdict = Verdict::Ineffective { reason: masked(group) };
            let judged = |id| Judged::new(Name::Known(id), verdict, Doubts::default());
            judgement.actions.extend(ids(&group.actions).map(judged));
            return;
        }
        let mut memo = Memo::default();
        for id in ids(&group.actions) {
            let (verdict, doubts) = self.verdict(id, grants, &mut judgement.kept, &mut memo);
            judgement.kept.add(id, verdict);
            judgement.actions.push(Judged::new(Name::Known(id), verdict, doubts));
        }
    }

    /// The verdict on an action that is of effect.
    fn verdict(
        &self,
        id: ActionId,
        grants: &[Grant<'a>],
        kept: &mut Kept,
        memo: &mut Memo,
    ) -> (Verdict, Doubts) {
        let summary = self.evidence.summary(id, |_| true);
        if summary.code || summary.foreign {
            let mut doubts = Doubts::default();
            doubts.raise(Doubt::OutcomeUnclear, !summary.clear);
            doubts.raise(Doubt::ForeignOnly, !summary.code);
            doubts.raise(Doubt::Attribution, self.shared && !summary.attributed);
            return (self.used(id, grants, kept), doubts);
        }
        if summary.lambda || has(&self.needs, id) {
            return (Verdict::NeededByLambda, Doubts::default());
        }
        if summary.denied {
            return (Verdict::AttemptedDenied, Doubts::default());
        }
        self.unseen(id, grants, memo)
    }

    /// Of an action that nobody was seen to use.
    fn unseen(&self, id: ActionId, grants: &[Grant<'a>], memo: &mut Memo) -> (Verdict, Doubts) {
        let unverifiable = |reason| (Verdict::Unverifiable { reason }, Doubts::default());
        if has(&self.unclear, id) {
            return unverifiable(Reason::ConfigurationUnknown);
        }
        match self.sight.would_show_like(id, grants, memo) {
            Err(reason) => unverifiable(reason),
            Ok(doubts) => match self.caution.forbids(id) {
                Some(reason) => unverifiable(reason),
                None => (Verdict::Unused, doubts.with(self.caution.doubts)),
            },
        }
    }

    /// Used; and on how few resources, if that is known of every call and more are granted.
    fn used(&self, id: ActionId, grants: &[Grant<'a>], kept: &mut Kept) -> Verdict {
        let Some(heard) = self.evidence.heard.get(&id) else { return Verdict::Used };
        let takes = id.action().is_some_and(|action| action.takes_resources());
        let known = heard.iter().all(|heard| !heard.call.on.unknown && !heard.arns.is_empty());
        let shown = || self.sight.would_show(id, grants).is_ok();
        if !takes || !known || has(&self.unclear, id) || !shown() {
            return Verdict::Used;
        }
        kept.narrow.add_index(id.index());
        let all = heard.iter().flat_map(|heard| heard.arns.iter().copied());
        let arns: BTreeSet<&str> = all.collect();
        let wider = grants.iter().any(|grant| !arns.contains(grant.resource));
        if wider && !has(&self.needs, id) {
            Verdict::OverBroad { resources: u32::try_from(arns.len()).unwrap_or(u32::MAX) }
        } else {
            Verdict::Used
        }
    }
}
