//! Actions that fare alike are judged together: a role that may do everything needs a handful of
//! judgements, not one for each of the 22,000 actions.

use super::{Grants, Ruling, reach};
use crate::catalogue::ActionSet;

/// Actions for which every statement says the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group<'a> {
    /// At least one.
    pub actions: ActionSet,
    /// Of each of them.
    pub ruling: Ruling<'a>,
}

impl<'a> Grants<'a> {
    /// [`Grants::actions`], each in exactly one group, with the [`Grants::ruling`] they share.
    /// In alphabetical order of the first action.
    pub fn groups(&self) -> Vec<Group<'a>> {
        let mut groups: Vec<_> =
            Some(self.actions()).filter(|a| !a.is_empty()).into_iter().collect();
        let ceilings = self.ceilings.iter().flat_map(|(_, allows)| allows);
        for compiled in self.denies.iter().chain(ceilings).chain(&self.allows) {
            split(&mut groups, compiled.set());
        }
        for allow in &self.allows {
            for resource in allow.resources().filter(|r| !r.widest.is_universal()) {
                let reach = allow.reach(resource);
                split(&mut groups, reach);
                let mut missed = allow.set().clone();
                missed -= reach;
                missed &= reach::nameless();
                split(&mut groups, &missed);
            }
        }
        let mut groups: Vec<_> = groups
            .into_iter()
            .filter_map(|actions| {
                let first = actions.iter().next()?;
                let ruling = self.rule(&first.to_string(), Some(first));
                Some((first.index(), Group { actions, ruling }))
            })
            .collect();
        groups.sort_by_key(|(first, _)| *first);
        groups.into_iter().map(|(_, group)| group).collect()
    }
}

/// Parts every group into what is in `set` and what is not.
fn split(groups: &mut Vec<ActionSet>, set: &ActionSet) {
    for at in 0..groups.len() {
        let Some(group) = groups.get_mut(at) else { return };
        if group.overlaps(set) && !set.covers(group) {
            let mut outside = group.clone();
            outside -= set;
            *group &= set;
            groups.push(outside);
        }
    }
}
