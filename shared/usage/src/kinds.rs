//! Which actions can be granted on which resources, asked for many actions at once.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use iam::Pattern;

use crate::{ActionId, actions};

/// The actions of a service by the kinds of resources they work on.
struct Kinds {
    /// Of each action of the service, in its order.
    groups: Vec<u16>,
    /// The ARNs of each group. None: its actions are granted on `*` only.
    arns: Vec<Vec<Pattern>>,
}

impl Kinds {
    fn of(service: usize) -> Option<&'static Self> {
        static ALL: OnceLock<Vec<OnceLock<Kinds>>> = OnceLock::new();
        let all = ALL.get_or_init(|| actions::services().iter().map(|_| OnceLock::new()).collect());
        Some(all.get(service)?.get_or_init(|| Self::read(service)))
    }

    fn read(service: usize) -> Self {
        let (mut groups, mut arns, mut known) = (Vec::new(), Vec::new(), BTreeMap::new());
        let ids = actions::services().get(service).into_iter().flat_map(|span| span.ids());
        for action in ids.filter_map(ActionId::action) {
            let names: Vec<&str> = action.resource_types().map(|kind| kind.name).collect();
            let next = u16::try_from(arns.len()).unwrap_or(u16::MAX);
            let group = *known.entry(names).or_insert_with(|| {
                let all = action.resource_types().flat_map(|kind| kind.arns());
                arns.push(all.map(Pattern::text).collect());
                next
            });
            groups.push(group);
        }
        Self { groups, arns }
    }
}

/// Whether actions can be granted on one of some resources.
pub(crate) struct Fits<'p> {
    resources: &'p [Pattern],
    /// One of the resources is every resource of a service.
    every: bool,
    /// What is known already, by service and group.
    known: BTreeMap<(usize, u16), bool>,
}

impl<'p> Fits<'p> {
    /// `written`: the patterns as the policy has them.
    pub(crate) fn new(written: &[String], resources: &'p [Pattern]) -> Self {
        let every = |arn: &String| arn.splitn(6, ':').nth(5).is_none_or(is_universal);
        Self { resources, every: written.iter().any(every), known: BTreeMap::new() }
    }

    /// Actions without resource types are granted on `*` only; of ARNs, those of all resources of
    /// a service are given the benefit of the doubt.
    pub(crate) fn fits(&mut self, id: ActionId) -> bool {
        let Some((service, place)) = actions::place_in_service(id) else { return true };
        let Some(kinds) = Kinds::of(service) else { return true };
        let Some(group) = kinds.groups.get(place).copied() else { return true };
        let Some(arns) = kinds.arns.get(usize::from(group)) else { return true };
        if arns.is_empty() {
            return self.every;
        }
        *self.known.entry((service, group)).or_insert_with(|| {
            arns.iter().any(|arn| self.resources.iter().any(|resource| arn.overlaps(resource)))
        })
    }
}

fn is_universal(resource: &str) -> bool {
    !resource.is_empty() && resource.bytes().all(|byte| byte == b'*')
}
