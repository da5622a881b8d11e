//! The verdict on every granted action.

use std::collections::{BTreeMap, BTreeSet};

use iam::catalogue;
use iam::{Effect, Principal, Principals};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use model::{CallKind, Fact, FunctionArn, Gap, Role, RoleUsage, RoleUser};

use crate::effective::Granted;
use crate::evidence::{Evidence, meets};
use crate::needs::{Needed, needed};
use crate::sight::Sight;
use crate::verdict::{
    Doubt, Doubts, FunctionUse, Growing, Judged, Judgement, Kept, Name, Reason, Verdict,
};
use crate::{ActionId, Actions};

/// What a judgement asks for.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Days without use after which an action counts as unused.
    pub window_days: u32,
    /// Days for which a new role or a new grant is left alone.
    pub grace_days: u32,
    /// What is known of how often functions run.
    pub runs: BTreeMap<FunctionArn, Runs>,
}

/// How often a function runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Runs {
    /// The last invocation.
    pub last: Option<Date>,
    /// Days between two runs of its schedule, at most.
    pub period_days: Option<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { window_days: 90, grace_days: 90, runs: BTreeMap::new() }
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
    settings: &Settings,
) -> Result<Judgement<'a>, Gap> {
    let policies = role.policies.get("policies of the role")?;
    let boundary = role.boundary.known().and_then(Option::as_ref);
    let granted = Granted::new(policies, boundary);
    let sight = Sight::new(usage, settings.window_days);
    let evidence = Evidence::new(usage, &granted);
    let trust = Trust::of(role);
    let needed = needs(users, usage, trust.at_edge);
    let mut judge = Judge {
        needs: Actions::default(),
        unclear: Actions::default(),
        shared: needed.len() > 1,
        caution: Caution::new(role, policies, &granted, usage, &needed, settings),
        granted,
        sight,
        evidence,
    };
    let mut judgement = Judgement {
        role: &role.arn,
        window: judge.sight.window,
        catalogue: catalogue::DATE,
        actions: Vec::new(),
        functions: Vec::new(),
        elsewhere: Vec::new(),
        missing: Vec::new(),
        growing: growing(&judge.granted),
        unmapped: BTreeSet::new(),
        foreign: BTreeSet::new(),
        trusts_others: trust.others,
        unknown: needed.iter().flat_map(|needed| needed.unknown.iter().copied()).collect(),
        kept: Kept::default(),
        evidence: Evidence::default(),
        needs: Vec::new(),
    };
    judge.functions(needed, &mut judgement);
    judge.actions(&mut judgement);
    judgement.kept.effective = judge.granted.effective;
    judgement.elsewhere = judge.evidence.elsewhere.iter().cloned().collect();
    judgement.unmapped = std::mem::take(&mut judge.evidence.unmapped);
    judgement.foreign = std::mem::take(&mut judge.evidence.foreign);
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
    needs: Actions,
    unclear: Actions,
    shared: bool,
}

impl<'a> Judge<'a> {
    fn functions(&mut self, all: Vec<Needed<'a>>, judgement: &mut Judgement<'a>) {
        let heard: Vec<ActionId> = self.evidence.heard.keys().copied().collect();
        for needed in all {
            let function = needed.function;
            let mut own = FunctionUse {
                function,
                used: Actions::default(),
                needed: Actions::default(),
                unclear: needed.unclear,
                denied: Actions::default(),
                unattributed: Actions::default(),
            };
            let mut unmet = Vec::new();
            for need in needed.needs {
                if meets(&self.granted, &need) {
                    own.needed.insert(need.action);
                    judgement.needs.push(need);
                } else {
                    unmet.push(need);
                }
            }
            let mut told = BTreeSet::new();
            let missing = unmet.into_iter().filter(|need| !own.needed.contains(need.action));
            judgement.missing.extend(missing.filter(|need| told.insert((need.action, need.cause))));
            own.unclear.keep(&self.granted.effective);
            for id in &heard {
                self.heard_of(*id, &mut own);
            }
            self.needs.unite(&own.needed);
            self.unclear.unite(&own.unclear);
            judgement.functions.push(own);
        }
    }

    /// Enters what was heard of one action for one function.
    fn heard_of(&self, id: ActionId, own: &mut FunctionUse<'a>) {
        let function = own.function;
        let by = |call: &model::Call| call.kind != CallKind::Foreign;
        let mine =
            self.evidence.summary(id, |call| by(call) && call.function.as_ref() == Some(function));
        let nobodys = self.evidence.summary(id, |call| by(call) && call.function.is_none());
        if mine.code {
            own.used.insert(id);
        } else if mine.lambda {
            own.needed.insert(id);
        } else if nobodys.code || (nobodys.lambda && !own.needed.contains(id)) {
            own.unattributed.insert(id);
        } else if mine.denied {
            own.denied.insert(id);
        }
    }

    fn actions(&self, judgement: &mut Judgement<'a>) {
        judgement.actions.reserve(self.granted.actions.len());
        for id in self.granted.actions.iter() {
            let (verdict, doubts) = match self.granted.masked.get(&id) {
                Some(reason) => (Verdict::Ineffective { reason: *reason }, Doubts::default()),
                None => self.verdict(id, judgement),
            };
            let unsure = matches!(verdict, Verdict::Unverifiable { .. });
            let kept = &mut judgement.kept;
            match verdict {
                Verdict::Used | Verdict::OverBroad { .. } => kept.used.insert(id),
                Verdict::NeededByLambda => kept.needed.insert(id),
                Verdict::Unverifiable { .. } => kept.unverifiable.insert(id),
                Verdict::AttemptedDenied => kept.denied.insert(id),
                Verdict::Unused | Verdict::Ineffective { .. } | Verdict::Invalid => {}
            }
            let confidence = (!unsure).then(|| doubts.confidence());
            judgement.actions.push(Judged { action: Name::Known(id), verdict, confidence, doubts });
        }
        for allow in &self.granted.allows {
            let iam::Actions::Only(patterns) = &allow.statement.actions else { continue };
            for pattern in patterns.iter().filter(|pattern| !Actions::default().add(pattern)) {
                let action = Name::Written(pattern);
                if judgement
                    .actions
                    .iter()
                    .rev()
                    .take_while(|j| !j.is_known())
                    .all(|j| j.action != action)
                {
                    judgement.actions.push(Judged::invalid(action));
                }
            }
        }
    }

    /// The verdict on an action that is of effect.
    fn verdict(&self, id: ActionId, judgement: &mut Judgement<'a>) -> (Verdict, Doubts) {
        let summary = self.evidence.summary(id, |_| true);
        let needed = self.needs.contains(id);
        if summary.code || summary.foreign {
            let mut doubts = Doubts::default();
            doubts.raise(Doubt::OutcomeUnclear, !summary.clear);
            doubts.raise(Doubt::ForeignOnly, !summary.code);
            doubts.raise(Doubt::Attribution, self.shared && !summary.attributed);
            return (self.used(id, judgement), doubts);
        }
        if needed || summary.lambda {
            return (Verdict::NeededByLambda, Doubts::default());
        }
        if summary.denied {
            return (Verdict::AttemptedDenied, Doubts::default());
        }
        self.unseen(id)
    }

    /// Of an action that nobody was seen to use.
    fn unseen(&self, id: ActionId) -> (Verdict, Doubts) {
        let unverifiable = |reason| (Verdict::Unverifiable { reason }, Doubts::default());
        if self.unclear.contains(id) {
            return unverifiable(Reason::ConfigurationUnknown);
        }
        match self.sight.would_show(id, || self.granted.regions(id)) {
            Err(reason) => unverifiable(reason),
            Ok(doubts) => match self.caution.forbids(id) {
                Some(reason) => unverifiable(reason),
                None => (Verdict::Unused, doubts.with(self.caution.doubts)),
            },
        }
    }

    /// Used; and on how few resources, if that is known of every call and more are granted.
    fn used(&self, id: ActionId, judgement: &mut Judgement<'a>) -> Verdict {
        let Some(heard) = self.evidence.heard.get(&id) else { return Verdict::Used };
        let takes = id.action().is_some_and(|action| action.takes_resources());
        let known = heard.iter().all(|heard| !heard.call.on.unknown && !heard.arns.is_empty());
        if !takes || !known || self.sight.would_show(id, || self.granted.regions(id)).is_err() {
            return Verdict::Used;
        }
        judgement.kept.narrow.insert(id);
        let arns: BTreeSet<&str> =
            heard.iter().flat_map(|heard| heard.arns.iter().copied()).collect();
        let wider =
            self.granted.allows.iter().filter(|allow| allow.actions.contains(id)).any(|allow| {
                match &allow.statement.resources {
                    Some(iam::Resources::Only(list)) => {
                        list.iter().any(|r| !arns.contains(r.as_str()))
                    }
                    Some(iam::Resources::Except(_)) | None => true,
                }
            });
        if wider && !self.needs.contains(id) {
            Verdict::OverBroad { resources: u32::try_from(arns.len()).unwrap_or(u32::MAX) }
        } else {
            Verdict::Used
        }
    }
}

impl<'a> Judged<'a> {
    fn invalid(action: Name<'a>) -> Self {
        let doubts = Doubts::default();
        Self { action, verdict: Verdict::Invalid, confidence: Some(doubts.confidence()), doubts }
    }

    fn is_known(&self) -> bool {
        matches!(self.action, Name::Known(_))
    }
}

/// What keeps an action that nobody was seen to use from being called unused.
struct Caution {
    /// Of every action.
    all: Option<Reason>,
    /// Granted by new policies alone.
    new: Actions,
    doubts: Doubts,
}

impl Caution {
    fn new(
        role: &Role,
        policies: &[model::NamedPolicy],
        granted: &Granted<'_>,
        usage: &RoleUsage,
        needed: &[Needed<'_>],
        settings: &Settings,
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
        let (mut new, mut old) = (Actions::default(), Actions::default());
        for allow in &granted.allows {
            let set = if allow.policy.changed.is_some_and(is_new) { &mut new } else { &mut old };
            set.unite(&allow.actions);
        }
        new.subtract(&old);
        let days = usage.from.until(usage.to).map_or(0, |span| span.get_days());
        let mut all = role.created.is_some_and(is_new).then_some(Reason::YoungRole);
        let seen = Evidence::functions(usage);
        for needed in needed {
            let runs = settings.runs.get(needed.function).copied().unwrap_or_default();
            if runs.period_days.is_some_and(|period| i64::from(period) * 2 > i64::from(days)) {
                all = all.or(Some(Reason::RareSchedule));
            }
            let ran =
                seen.contains(needed.function) || runs.last.is_some_and(|day| day >= usage.from);
            doubts.raise(Doubt::SeldomRun, !ran);
        }
        Self { all, new, doubts }
    }

    fn forbids(&self, id: ActionId) -> Option<Reason> {
        self.all.or_else(|| self.new.contains(id).then_some(Reason::NewGrant))
    }
}

/// Who may assume a role.
struct Trust {
    at_edge: bool,
    /// Or nobody knows.
    others: bool,
}

impl Trust {
    fn of(role: &Role) -> Self {
        let Fact::Known(policy) = &role.trust else { return Self { at_edge: false, others: true } };
        let mut trust = Self { at_edge: false, others: false };
        for statement in policy.statements.iter().filter(|s| s.effect == Effect::Allow) {
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
fn growing<'a>(granted: &Granted<'a>) -> Vec<Growing<'a>> {
    let mut all = Vec::new();
    for allow in &granted.allows {
        let (policy, statement) = (allow.policy.name.as_str(), allow.index);
        match &allow.statement.actions {
            iam::Actions::Only(patterns) => {
                for pattern in patterns.iter().filter(|pattern| pattern.contains(['*', '?'])) {
                    let actions = Actions::of(pattern).len();
                    all.push(Growing { policy, statement, pattern, actions });
                }
            }
            iam::Actions::Except(_) => {
                let actions = allow.actions.len();
                all.push(Growing { policy, statement, pattern: "*", actions });
            }
        }
    }
    all
}
