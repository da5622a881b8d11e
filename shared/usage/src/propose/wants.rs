use std::collections::{BTreeMap, BTreeSet};

use iam::Pattern;
use model::{Call, CallKind};

use super::narrow::ladder;
use crate::actions::has;
use crate::verdict::{FunctionUse, Judgement};
use crate::{ActionId, class};

/// Why a statement of a proposal is there: its `Sid`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    Used,
    LambdaNeeds,
    KeptDenied,
    KeptUnverifiable,
    KeptWhole,
}

impl Why {
    pub(super) fn sid(self) -> &'static str {
        match self {
            Self::Used => "Used",
            Self::LambdaNeeds => "LambdaNeeds",
            Self::KeptDenied => "KeptDenied",
            Self::KeptUnverifiable => "KeptUnverifiable",
            Self::KeptWhole => "KeptWhole",
        }
    }
}

/// On what an action stays granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// Wherever it is today.
    All,
    /// On what of today's resources these patterns describe.
    On(Vec<String>),
}

/// What a role, or one function of it, is to keep.
pub(super) struct Wants<'j, 'a> {
    judgement: &'j Judgement<'a>,
    function: Option<&'j FunctionUse<'a>>,
    /// Where Lambda needs an action.
    needs: BTreeMap<ActionId, Vec<&'j str>>,
    /// Services of events that map to no action.
    pub(super) unmapped: BTreeSet<&'a str>,
}

impl<'j, 'a> Wants<'j, 'a> {
    pub(super) fn of_role(judgement: &'j Judgement<'a>) -> Self {
        Self::new(judgement, None)
    }

    pub(super) fn of_function(judgement: &'j Judgement<'a>, own: &'j FunctionUse<'a>) -> Self {
        Self::new(judgement, Some(own))
    }

    fn new(judgement: &'j Judgement<'a>, function: Option<&'j FunctionUse<'a>>) -> Self {
        let mut needs: BTreeMap<_, Vec<&str>> = BTreeMap::new();
        for need in &judgement.needs {
            if function.is_none_or(|own| own.function == need.function) {
                needs.entry(need.action).or_default().push(&need.on);
            }
        }
        let source = |event: &&'a str| event.split_once(':').map_or(*event, |(source, _)| source);
        let sources = judgement.unmapped.iter().map(|event| class::service_of(source(event)));
        Self { judgement, function, needs, unmapped: sources.collect() }
    }

    /// Why an action stays, and on what; empty if it goes.
    pub(super) fn of(&self, id: ActionId) -> Vec<(Why, Want)> {
        let kept = &self.judgement.kept;
        let sets = match self.function {
            None => [&kept.used, &kept.needed, &kept.denied, &kept.unverifiable],
            Some(own) => [&own.used, &own.needed, &own.denied, &kept.unverifiable],
        };
        let [used, needed, denied, unverifiable] = sets.map(|set| has(set, id));
        let own = self.function;
        let unclear = own.is_some_and(|own| has(&own.unclear, id) || has(&own.unattributed, id));
        if used {
            self.used(id)
        } else if needed {
            vec![(Why::LambdaNeeds, self.needed(id))]
        } else if denied {
            vec![(Why::KeptDenied, Want::All)]
        } else if unverifiable || unclear {
            vec![(Why::KeptUnverifiable, Want::All)]
        } else {
            Vec::new()
        }
    }

    fn used(&self, id: ActionId) -> Vec<(Why, Want)> {
        let needs = self.needs.contains_key(&id).then(|| self.needed(id));
        if !has(&self.judgement.kept.narrow, id) || needs == Some(Want::All) {
            return vec![(Why::Used, Want::All)];
        }
        let arns = self.arns(id);
        // Of a resource that the catalogue does not know for the action nothing can be said.
        let fitting = arns.iter().all(|arn| fits(id, arn));
        let used = ladder(&arns).filter(|_| fitting).map_or(Want::All, Want::On);
        let needs = needs.filter(|_| used != Want::All);
        let needs = needs.map(|want| (Why::LambdaNeeds, want));
        [(Why::Used, used)].into_iter().chain(needs).collect()
    }

    /// On what Lambda needs an action: only if every function that has the role is known, and only
    /// if the calls that were seen tell what they were on.
    fn needed(&self, id: ActionId) -> Want {
        let kept = &self.judgement.kept;
        let Some(on) = self.needs.get(&id) else { return Want::All };
        let takes = id.action().is_some_and(|action| action.takes_resources());
        let heard = self.judgement.evidence.heard.get(&id);
        let unknown = heard.into_iter().flatten().any(|heard| heard.call.on.unknown);
        let anything = on.contains(&"*");
        if !takes || !kept.whole || unknown || anything || has(&kept.unclear, id) {
            return Want::All;
        }
        let all = on.iter().copied().chain(self.arns(id));
        let all: Vec<String> = all.filter(|on| fits(id, on)).map(str::to_owned).collect();
        if all.is_empty() { Want::All } else { Want::On(all) }
    }

    /// What the action was called on by those that this is for, or by nobody knows whom.
    fn arns(&self, id: ActionId) -> BTreeSet<&'a str> {
        let mine = |call: &Call| match (self.function, &call.function) {
            (None, _) => true,
            (Some(_), _) if call.kind == CallKind::Foreign => false,
            (Some(own), Some(function)) => own.function == function,
            (Some(_), None) => true,
        };
        let heard = self.judgement.evidence.heard.get(&id).into_iter().flatten();
        heard
            .filter(|heard| mine(heard.call))
            .flat_map(|heard| heard.arns.iter().copied())
            .collect()
    }
}

/// Whether an action works on resources that a pattern describes.
fn fits(id: ActionId, on: &str) -> bool {
    let on = Pattern::text(on);
    let kinds = id.action().into_iter().flat_map(|action| action.resource_types());
    kinds.flat_map(|kind| kind.arns()).any(|arn| Pattern::text(arn).overlaps(&on))
}
