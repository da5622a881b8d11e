//! Which actions a resource pattern can grant at all.

use std::sync::OnceLock;

use super::Mask;
use crate::Pattern;
use crate::catalogue::{self, Action, ActionSet, ResourceType};

/// Those of `actions` that can be granted on the pattern `resource`, compiled as `pattern`. Those
/// without resource types are granted on `*` only; of ARNs, those of all resources of a service are
/// given the benefit of the doubt.
pub(super) fn of(actions: &ActionSet, pattern: &Pattern, resource: &str) -> ActionSet {
    if pattern.is_universal() {
        return actions.clone();
    }
    let shape = Shape::new(pattern.clone(), resource);
    let mut reached = ActionSet::new();
    for of_service in actions.by_service() {
        let Some(first) = of_service.iter().next() else { continue };
        let mut met = ActionSet::new();
        let kinds = kinds(first).iter().filter(|kind| kind.shapes.iter().any(|s| s.meets(&shape)));
        kinds.for_each(|kind| met |= &kind.actions);
        met &= &of_service;
        reached |= &met;
    }
    if is_all_of_a_service(resource) {
        let mut nameless = nameless().clone();
        nameless &= actions;
        reached |= &nameless;
    }
    reached
}

/// Why an action is not among [`of`] itself.
pub(super) fn objection(
    action: &Action,
    pattern: &Pattern,
    resource: &str,
) -> Option<Mask<'static>> {
    let alone = ActionSet::from_iter([*action]);
    of(&alone, pattern, resource).is_empty().then(|| missing(action))
}

/// Why an action is not among [`of`].
pub(super) fn missing(action: &Action) -> Mask<'static> {
    if action.takes_resources() { Mask::OtherKind } else { Mask::OnlyOnAll }
}

/// The actions that work on no resource.
pub(super) fn nameless() -> &'static ActionSet {
    static NAMELESS: OnceLock<ActionSet> = OnceLock::new();
    NAMELESS.get_or_init(|| ActionSet::all().filter(|action| !action.takes_resources()))
}

/// A resource type.
struct Kind {
    shapes: Vec<Shape>,
    /// Those that work on it.
    actions: ActionSet,
}

/// The resource types of the action's service.
fn kinds(action: Action) -> &'static [Kind] {
    static KINDS: OnceLock<Vec<OnceLock<Vec<Kind>>>> = OnceLock::new();
    let all = KINDS.get_or_init(|| catalogue::services().map(|_| OnceLock::new()).collect());
    let Some(of_service) = action.service_place().and_then(|at| all.get(at)) else { return &[] };
    of_service.get_or_init(|| {
        let shapes =
            |kind: ResourceType| kind.arns().map(|arn| Shape::new(Pattern::text(arn), arn));
        let kind = |kind| Kind { shapes: shapes(kind).collect(), actions: ActionSet::new() };
        let mut kinds: Vec<Kind> = action.service_types().map(kind).collect();
        for action in catalogue::expand(&format!("{}:*", action.service())) {
            for index in action.type_indices() {
                if let Some(kind) = kinds.get_mut(index) {
                    kind.actions.add(action);
                }
            }
        }
        kinds
    })
}

/// A pattern of ARNs, taken apart if that is safe.
struct Shape {
    whole: Pattern,
    parts: Option<Parts>,
}

/// Partition, service, Region and account, each spelt out or `*`, and a pattern of the rest.
struct Parts {
    fields: [String; 4],
    rest: Pattern,
}

impl Shape {
    fn new(whole: Pattern, written: &str) -> Self {
        let parts = Parts::new(&whole, written);
        Self { whole, parts }
    }

    /// Whether some ARN matches both.
    fn meets(&self, other: &Self) -> bool {
        let (Some(mine), Some(theirs)) = (&self.parts, &other.parts) else {
            return self.whole.overlaps(&other.whole);
        };
        let mut fields = mine.fields.iter().zip(&theirs.fields);
        fields.all(|(a, b)| a == b || a == "*" || b == "*") && mine.rest.overlaps(&theirs.rest)
    }
}

impl Parts {
    /// `None` if a wildcard may stand for the colon between two fields.
    fn new(whole: &Pattern, written: &str) -> Option<Self> {
        let fields: Vec<&str> = written.splitn(6, ':').collect();
        let ["arn", partition, service, region, account, _] = fields.as_slice() else {
            return None;
        };
        let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let is_account = |text: &str| text == "aws" || text.bytes().all(|b| b.is_ascii_digit());
        let safe = [partition, service, region].iter().all(|text| **text == "*" || plain(text))
            && (*account == "*" || is_account(account));
        let fields = [partition, service, region, account].map(|text| (*text).to_owned());
        safe.then(|| Some(Self { fields, rest: whole.after_colons(5)? })).flatten()
    }
}

fn is_all_of_a_service(resource: &str) -> bool {
    resource.splitn(6, ':').nth(5).is_none_or(is_universal)
}

pub(super) fn is_universal(resource: &str) -> bool {
    !resource.is_empty() && resource.bytes().all(|byte| byte == b'*')
}
