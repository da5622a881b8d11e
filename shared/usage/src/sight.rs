//! What could have been seen of a role's calls.

use std::collections::BTreeSet;
use std::ops::Range;

use iam::{Grant, catalogue, events::Class};
use model::{CallKind, RoleUsage, Seen};

use crate::doubt::{Doubt, Doubts};
use crate::granted::regions_of;
use crate::verdict::{Reason, Window};
use crate::{ActionId, actions, class};

/// What the evidence of one role could show.
pub(crate) struct Sight<'a> {
    usage: &'a RoleUsage,
    pub(crate) window: Window,
    /// `None`: every Region.
    regions: Option<BTreeSet<&'a str>>,
    /// What is granted beyond `regions` could not be seen for certain: the trail leaves Regions out,
    /// or a function of the role lives where no log was read.
    is_partial: bool,
    /// No function of the role is known: what Lambda needs of it is not known either.
    is_nobodys: bool,
    reads: Seen,
    writes: Seen,
    /// Services the trail leaves out.
    excluded: BTreeSet<&'a str>,
    /// Resource types whose data events are recorded wherever something is.
    data: BTreeSet<&'a str>,
    /// Services of which a call was seen.
    called: BTreeSet<&'a str>,
    /// Services of which a call was seen that maps to no action.
    unmapped: BTreeSet<&'a str>,
    doubts: Doubts,
}

/// What the second witness says of a service.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Accessed {
    Unknown,
    /// Not in the days that are asked for.
    Not,
    InWindow,
}

impl<'a> Sight<'a> {
    /// * `homes`: the Regions of the role's functions.
    pub(crate) fn new(usage: &'a RoleUsage, homes: &BTreeSet<&str>, target: u32) -> Self {
        let days = usage.from.until(usage.to).map_or(0, |span| span.get_days() + 1);
        let days = u32::try_from(days).unwrap_or(0);
        let read = || usage.coverage.values().filter(|coverage| coverage.days > 0);
        let is_read = |home: &&str| usage.coverage.get(*home).is_some_and(|c| c.days > 0);
        let homeless = usage.all_regions != Some(true) && !homes.iter().all(is_read);
        let whole = !homeless && usage.all_regions.unwrap_or(read().count() > 1);
        let seen = |days: u32, damaged: u32| days.saturating_sub(damaged);
        // A trail of all Regions is one trail: a Region where nothing happens has no files.
        let days_seen = read().map(|c| seen(c.days, c.damaged_days));
        let days_seen = if whole { days_seen.max() } else { days_seen.min() }.unwrap_or(0);
        let window =
            Window { from: usage.from, to: usage.to, days, seen: days_seen.min(days), target };
        let mut sight = Self {
            usage,
            window,
            regions: (!whole).then(|| usage.coverage.keys().map(String::as_str).collect()),
            is_partial: homeless || usage.all_regions == Some(false),
            is_nobodys: homes.is_empty(),
            reads: joined(read().map(|coverage| coverage.reads)),
            writes: joined(read().map(|coverage| coverage.writes)),
            excluded: read().flat_map(|c| &c.excluded).map(|s| class::service_of(s)).collect(),
            data: BTreeSet::new(),
            called: BTreeSet::new(),
            unmapped: BTreeSet::new(),
            doubts: Doubts::default(),
        };
        if let Some(first) = read().next() {
            let everywhere = |kind: &&String| read().all(|coverage| coverage.data.contains(*kind));
            sight.data = first.data.iter().filter(everywhere).map(String::as_str).collect();
        }
        sight.doubts.raise(Doubt::DaysMissing, sight.window.seen < days);
        sight.doubts.raise(Doubt::DamagedDays, read().any(|coverage| coverage.damaged_days > 0));
        sight.doubts.raise(Doubt::RegionsInferred, whole && usage.all_regions.is_none());
        sight.hear(usage);
        sight
    }

    fn hear(&mut self, usage: &'a RoleUsage) {
        for call in usage.calls.iter().filter(|call| call.kind != CallKind::Granted) {
            let source =
                call.event.split_once(':').map_or(call.event.as_str(), |(source, _)| source);
            match &call.action {
                Some(action) => {
                    self.called.extend(action.split_once(':').map(|(service, _)| service));
                }
                None => {
                    let service = class::service_of(source);
                    let known = catalogue::services().any(|known| known == service);
                    self.doubts.raise(Doubt::UnmappedService, !known);
                    self.unmapped.insert(service);
                }
            }
        }
    }

    /// Whether a use of the action under one of `grants` would have been seen, with the doubts that
    /// remain.
    ///
    /// # Errors
    /// Nobody can tell, and why.
    pub(crate) fn would_show(&self, id: ActionId, grants: &[Grant<'a>]) -> Result<Doubts, Reason> {
        if self.is_nobodys {
            return Err(Reason::ConfigurationUnknown);
        }
        let service = id.service();
        let accessed = self.accessed(service);
        if accessed == Accessed::Not && !class::is_beside_the_api(id) {
            return Ok(Doubts::default());
        }
        self.recorded(service, class::class(id))?;
        if self.unmapped.contains(service) {
            return Err(Reason::Unmapped);
        }
        let elsewhere = self.regions.as_ref().is_some_and(|covered| {
            let within =
                |grant| regions_of(grant).is_some_and(|of: BTreeSet<_>| of.is_subset(covered));
            !grants.iter().all(within)
        });
        if elsewhere && self.is_partial {
            return Err(Reason::Region);
        }
        let Window { days, seen, target, .. } = self.window;
        // A tenth may be missing, and is a doubt.
        if days < target || u64::from(seen) * 10 < u64::from(days) * 9 {
            return Err(Reason::Window);
        }
        let mut doubts = self.doubts;
        doubts.raise(Doubt::OneRegion, elsewhere);
        doubts.raise(Doubt::OneWitness, accessed == Accessed::Unknown);
        let contradicted = accessed == Accessed::InWindow && !self.called.contains(service);
        doubts.raise(Doubt::WitnessesDisagree, contradicted);
        Ok(doubts)
    }

    /// As [`Sight::would_show`], for one action after the other of the same `grants` in the order
    /// of the catalogue: those of one service and class fare alike.
    pub(crate) fn would_show_like(
        &self,
        id: ActionId,
        grants: &[Grant<'a>],
        memo: &mut Memo,
    ) -> Result<Doubts, Reason> {
        if !memo.actions.contains(&id.index()) {
            let mixed = class::has_rights(id.service());
            *memo = Memo { actions: actions::service_of(id), mixed, known: Vec::new() };
        }
        let class = class::class(id);
        let beside = memo.mixed && class::is_beside_the_api(id);
        let same = memo.known.iter().find(|(known, _)| *known == (class, beside));
        if let Some((_, shown)) = same {
            return *shown;
        }
        let shown = self.would_show(id, grants);
        memo.known.push(((class, beside), shown));
        shown
    }

    fn recorded(&self, service: &str, class: Class) -> Result<(), Reason> {
        match class {
            Class::Management { .. } if self.excluded.contains(service) => {
                Err(Reason::SourceExcluded)
            }
            Class::Management { write: false } if self.reads != Seen::Yes => {
                Err(Reason::ReadsExcluded)
            }
            Class::Management { write: true } if self.writes != Seen::Yes => {
                Err(Reason::WritesExcluded)
            }
            Class::Data { resource_type } if !self.data.contains(resource_type) => {
                Err(Reason::DataEventsOff)
            }
            Class::Management { .. } | Class::Data { .. } => Ok(()),
            Class::NeverLogged => Err(Reason::NeverLogged),
            Class::Unknown => Err(Reason::Unclassified),
        }
    }

    /// Whether a call to the service was seen that maps to no action.
    pub(crate) fn is_unmapped(&self, service: &str) -> bool {
        self.unmapped.contains(service)
    }

    /// Whether every function of the role, in whatever Region, would have been seen to run.
    pub(crate) fn is_whole(&self) -> bool {
        self.regions.is_none() && self.window.seen >= self.window.target
    }

    /// The trail outweighs the other witness where it shows a call.
    fn accessed(&self, service: &str) -> Accessed {
        let Some(services) = self.usage.last_accessed.known() else { return Accessed::Unknown };
        let called = self.called.contains(service) || self.unmapped.contains(service);
        match services.get(service) {
            None => Accessed::Unknown,
            Some(_) if called => Accessed::InWindow,
            Some(None) => Accessed::Not,
            Some(Some(day)) if *day >= self.window.from => Accessed::InWindow,
            Some(Some(day)) => {
                let quiet = day.until(self.window.to).map_or(0, |span| span.get_days());
                if i64::from(quiet) >= i64::from(self.window.target) {
                    Accessed::Not
                } else {
                    Accessed::Unknown
                }
            }
        }
    }
}

/// What is known of the actions of one service.
#[derive(Default)]
pub(crate) struct Memo {
    actions: Range<usize>,
    /// Some of them are no calls.
    mixed: bool,
    known: Vec<((Class, bool), Result<Doubts, Reason>)>,
}

/// A Region whose settings leave something out outweighs those that show it; one where nothing
/// happened says nothing.
fn joined(all: impl Iterator<Item = Seen>) -> Seen {
    all.fold(Seen::Unclear, |left, right| match (left, right) {
        (Seen::No, _) | (_, Seen::No) => Seen::No,
        (Seen::Yes, _) | (_, Seen::Yes) => Seen::Yes,
        (Seen::Unclear, Seen::Unclear) => Seen::Unclear,
    })
}
