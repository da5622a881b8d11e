//! Which actions a resource pattern can grant at all.

use std::sync::OnceLock;

use super::Mask;
use crate::Pattern;
use crate::catalogue::{self, Action, ActionSet};

/// Whether an action can be granted on `resource`. Those without resource types are granted on
/// `*` only; of ARNs, those of all resources of a service are given the benefit of the doubt.
pub(super) fn on(action: &Action, pattern: &Pattern, resource: &str) -> Result<(), Mask<'static>> {
    if pattern.is_universal() {
        return Ok(());
    }
    if !action.takes_resources() {
        return if is_all_of_a_service(resource) { Ok(()) } else { Err(Mask::OnlyOnAll) };
    }
    let mut arns = action.resource_types().flat_map(|kind| kind.arns());
    let any = arns.any(|arn| may_meet(arn, resource) && Pattern::text(arn).overlaps(pattern));
    if any { Ok(()) } else { Err(Mask::OtherKind) }
}

/// Those of `actions` for which [`on`] has no objection.
pub(super) fn of(actions: &ActionSet, pattern: &Pattern, resource: &str) -> ActionSet {
    let mut reached = actions.clone();
    if pattern.is_universal() {
        return reached;
    }
    reached -= nameless();
    // Actions of one service follow each other and share its resource types.
    let (mut service, mut kinds) = ("", Vec::new());
    let mut missed = Vec::new();
    for action in reached.iter() {
        if action.service() != service {
            service = action.service();
            let meets = |arn: &str| may_meet(arn, resource) && Pattern::text(arn).overlaps(pattern);
            let kind = |kind: catalogue::ResourceType| kind.arns().any(meets);
            kinds = action.service_types().map(kind).collect();
        }
        let met = |index: usize| kinds.get(index).copied().unwrap_or(false);
        if !action.type_indices().any(met) {
            missed.push(action);
        }
    }
    reached -= &ActionSet::from_iter(missed);
    if is_all_of_a_service(resource) {
        let mut nameless = nameless().clone();
        nameless &= actions;
        reached |= &nameless;
    }
    reached
}

/// The actions that work on no resource.
pub(super) fn nameless() -> &'static ActionSet {
    static NAMELESS: OnceLock<ActionSet> = OnceLock::new();
    NAMELESS.get_or_init(|| catalogue::actions().filter(|a| !a.takes_resources()).collect())
}

/// Whether the format `arn` and the pattern `resource` can name the same service. Only a service
/// that `resource` spells out, with a partition spelled out before it, rules anything out: a
/// wildcard may stand for colons.
fn may_meet(arn: &str, resource: &str) -> bool {
    let literal = |field: &&str| !field.contains(['*', '?', '$']);
    let mut fields = resource.split(':');
    if fields.by_ref().take(2).filter(literal).count() < 2 {
        return true;
    }
    let (theirs, ours) = (fields.next().filter(literal), arn.split(':').nth(2).filter(literal));
    theirs.zip(ours).is_none_or(|(theirs, ours)| theirs == ours)
}

fn is_all_of_a_service(resource: &str) -> bool {
    resource.splitn(6, ':').nth(5).is_none_or(is_universal)
}

pub(super) fn is_universal(resource: &str) -> bool {
    !resource.is_empty() && resource.bytes().all(|byte| byte == b'*')
}
