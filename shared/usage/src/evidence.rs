//! The calls of a role, held against what it is granted.

use std::collections::{BTreeMap, BTreeSet};

use iam::{Grant, Pattern};
use model::{Attribution, Call, CallKind, CallOutcome, FunctionArn, RoleUsage};

use crate::actions::has;
use crate::granted::Granted;
use crate::verdict::Elsewhere;
use crate::{ActionId, Need};

/// A call that a policy of the role may have allowed.
#[derive(Clone, Debug)]
pub(crate) struct Heard<'a> {
    pub(crate) call: &'a Call,
    /// The resources among the call's that the role is granted.
    pub(crate) arns: Vec<&'a str>,
}

/// What the calls of a role say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Evidence<'a> {
    /// Calls that a policy of the role may have allowed.
    pub(crate) heard: BTreeMap<ActionId, Vec<Heard<'a>>>,
    /// Calls that none can have allowed, and that were.
    pub(crate) elsewhere: BTreeSet<Elsewhere<'a>>,
    /// Events that map to no action.
    pub(crate) unmapped: BTreeSet<&'a str>,
    /// Called by sessions that are no function's.
    pub(crate) foreign: BTreeSet<&'a str>,
}

/// What was heard of one action, in short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Code, directly or through a service.
    pub(crate) code: bool,
    /// Lambda itself.
    pub(crate) lambda: bool,
    /// Sessions that are no function's.
    pub(crate) foreign: bool,
    /// Refused.
    pub(crate) denied: bool,
    /// Allowed beyond doubt.
    pub(crate) clear: bool,
    /// Found by the role's own session names at best.
    pub(crate) attributed: bool,
}

impl<'a> Evidence<'a> {
    pub(crate) fn new(usage: &'a RoleUsage, granted: &Granted<'a>) -> Self {
        let mut evidence = Self::default();
        for call in usage.calls.iter().filter(|call| call.kind != CallKind::Granted) {
            let Some(action) = call.action.as_deref() else {
                evidence.unmapped.insert(&call.event);
                continue;
            };
            if call.kind == CallKind::Foreign {
                evidence.foreign.insert(action);
            }
            let id = ActionId::find(action);
            let effective = id.filter(|id| has(&granted.effective, *id));
            let heard = effective.and_then(|id| Some((id, covered(call, id, granted)?)));
            match heard {
                Some((id, arns)) => {
                    evidence.heard.entry(id).or_default().push(Heard { call, arns });
                }
                None if call.outcome == CallOutcome::Denied => {}
                None => {
                    let (kind, region) = (call.kind, call.region.as_str());
                    evidence.elsewhere.insert(Elsewhere { action, kind, region });
                }
            }
        }
        evidence
    }

    /// What was heard of an action from those calls that `mine` picks.
    pub(crate) fn summary(&self, id: ActionId, mine: impl Fn(&Call) -> bool) -> Summary {
        let mut summary = Summary::default();
        let heard = self.heard.get(&id).into_iter().flatten();
        for call in heard.map(|heard| heard.call).filter(|call| mine(call)) {
            summary.add(call);
        }
        summary
    }

    /// The functions whose code or pollers called.
    pub(crate) fn functions(usage: &'a RoleUsage) -> BTreeSet<&'a FunctionArn> {
        let own = |call: &&Call| !matches!(call.kind, CallKind::Foreign | CallKind::Granted);
        usage.calls.iter().filter(own).filter_map(|call| call.function.as_ref()).collect()
    }
}

impl Summary {
    fn add(&mut self, call: &Call) {
        if call.outcome == CallOutcome::Denied {
            self.denied = true;
            return;
        }
        match call.kind {
            CallKind::Code | CallKind::Forwarded | CallKind::Inferred => self.code = true,
            CallKind::Platform | CallKind::Poller => self.lambda = true,
            CallKind::Foreign => self.foreign = true,
            CallKind::Granted => return,
        }
        self.clear |= call.outcome == CallOutcome::Ok;
        self.attributed |= call.attribution <= Attribution::UserAgent;
    }
}

/// The resources of a call that a grant may reach in the call's Region; `None` if no grant may
/// have allowed it.
fn covered<'a>(call: &'a Call, id: ActionId, granted: &Granted<'a>) -> Option<Vec<&'a str>> {
    let grants = granted.grants_of(id);
    if grants.iter().any(Grant::is_unlimited) {
        return Some(call.on.arns.iter().map(String::as_str).collect());
    }
    let here: Vec<_> =
        grants.iter().filter(|grant| granted.holds_in(grant, &call.region)).collect();
    if here.is_empty() {
        return None;
    }
    let reached = |arn: &&str| {
        let wanted = Pattern::text(arn);
        here.iter().any(|grant| granted.reaches(grant, &wanted))
    };
    let arns: Vec<&str> = call.on.arns.iter().map(String::as_str).filter(reached).collect();
    (call.on.unknown || call.on.arns.is_empty() || !arns.is_empty()).then_some(arns)
}

/// Whether a policy of the role grants what Lambda needs.
pub(crate) fn meets(granted: &Granted<'_>, need: &Need<'_>) -> bool {
    let grants = granted.grants_of(need.action);
    if grants.iter().any(Grant::is_unlimited) {
        return true;
    }
    let wanted = Pattern::text(&need.on);
    grants.iter().any(|grant| granted.reaches(grant, &wanted))
}
