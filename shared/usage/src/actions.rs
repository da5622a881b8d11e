//! Actions of the catalogue by number.

use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

use iam::catalogue::{self, Action, ActionSet};
use serde::{Serialize, Serializer};

/// An action of the catalogue by its place in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionId(u16);

impl ActionId {
    /// The action of a name such as `s3:GetObject`, whatever its case; `None` if the catalogue
    /// does not have it.
    pub fn find(name: &str) -> Option<Self> {
        Self::at(catalogue::action(name)?.index())
    }

    /// The action.
    pub fn action(self) -> Option<Action> {
        catalogue::at(usize::from(self.0))
    }

    /// The prefix, e.g. `s3`.
    pub fn service(self) -> &'static str {
        self.action().map_or("", |action| action.service())
    }

    pub(crate) fn at(index: usize) -> Option<Self> {
        u16::try_from(index).ok().map(Self)
    }

    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl fmt::Display for ActionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.action().map_or(Ok(()), |action| fmt::Display::fmt(&action, f))
    }
}

impl fmt::Debug for ActionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for ActionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The actions of a set, in the order of the catalogue.
pub(crate) fn ids(set: &ActionSet) -> impl Iterator<Item = ActionId> + '_ {
    set.indices().filter_map(ActionId::at)
}

/// The places of the actions of a service, by one of them.
pub(crate) fn service_of(id: ActionId) -> Range<usize> {
    static STARTS: OnceLock<Vec<usize>> = OnceLock::new();
    let starts = STARTS.get_or_init(|| {
        let all = catalogue::actions().map(|action| action.service()).enumerate();
        let mut starts: Vec<(usize, &str)> = all.collect();
        starts.dedup_by_key(|(_, service)| *service);
        starts.into_iter().map(|(start, _)| start).collect()
    });
    let next = starts.partition_point(|start| *start <= id.index());
    let start = next.checked_sub(1).and_then(|at| starts.get(at)).copied();
    start.unwrap_or(0)..starts.get(next).copied().unwrap_or(usize::MAX)
}

/// Whether a set has an action.
pub(crate) fn has(set: &ActionSet, id: ActionId) -> bool {
    set.contains_index(id.index())
}
