use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// As many damaged files are named; all are counted.
const NAMED: usize = 20;

/// What one digest is made of, and what the trail could see: the first line of a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageRecord {
    /// Whose log files, twelve digits.
    pub account: String,
    /// Of which Region.
    pub region: String,
    /// Delivered on which day, UTC: the day in the files' keys, not that of the events.
    pub day: Date,
    /// Files read.
    pub files: u64,
    /// Their size, compressed.
    pub bytes: u64,
    /// Records in them, of whichever caller.
    pub records: u64,
    /// Calls of roles that were delivered before and were not counted again.
    pub duplicates: u64,
    /// Files and records that could not be read.
    pub skipped: Skipped,
    /// Time of the first event.
    pub first: Option<Timestamp>,
    /// Time of the last event.
    pub last: Option<Timestamp>,
    /// Records by event source, of whichever caller.
    pub sources: BTreeMap<String, SourceCounts>,
    /// Calls of roles whose event no rule maps to an action, by `source:name`.
    pub unmapped: BTreeMap<String, u64>,
    /// Roles with so many sessions that none was taken for a function by its name alone.
    pub crowded: BTreeSet<String>,
    /// What the trail records; `None`: not known.
    pub trail: Option<TrailSettings>,
}

/// What could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Files, and records in files otherwise sound.
    pub count: u64,
    /// The first of them in the order of their names, with what is wrong.
    pub named: BTreeMap<String, String>,
}

/// Records of one event source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceCounts {
    /// Management events that read.
    pub reads: u64,
    /// Management events that write.
    pub writes: u64,
    /// Data events.
    pub data: u64,
    /// Anything else, and management events that do not say which they are.
    pub other: u64,
}

/// The settings of a trail as far as they decide what it shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailSettings {
    /// It records every Region.
    pub multi_region: bool,
    /// It records every account of the organisation.
    pub organization: bool,
    /// Which management events it records.
    pub management: Management,
    /// Event sources it leaves out.
    pub excluded: BTreeSet<String>,
    /// Resource types whose data events it records, for all resources.
    pub data: BTreeSet<String>,
}

/// Which management events a trail records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Management {
    /// Reads and writes.
    All,
    /// Reads alone.
    ReadOnly,
    /// Writes alone.
    WriteOnly,
    /// None.
    None,
}

impl Management {
    /// Management events that read are recorded.
    pub fn reads(self) -> bool {
        matches!(self, Self::All | Self::ReadOnly)
    }

    /// Management events that write are recorded.
    pub fn writes(self) -> bool {
        matches!(self, Self::All | Self::WriteOnly)
    }

    fn of(reads: bool, writes: bool) -> Self {
        match (reads, writes) {
            (true, true) => Self::All,
            (true, false) => Self::ReadOnly,
            (false, true) => Self::WriteOnly,
            (false, false) => Self::None,
        }
    }
}

impl CoverageRecord {
    /// Of nothing yet.
    pub(crate) fn new(account: &str, region: &str, day: Date) -> Self {
        Self {
            account: account.to_owned(),
            region: region.to_owned(),
            day,
            files: 0,
            bytes: 0,
            records: 0,
            duplicates: 0,
            skipped: Skipped::default(),
            first: None,
            last: None,
            sources: BTreeMap::new(),
            unmapped: BTreeMap::new(),
            crowded: BTreeSet::new(),
            trail: None,
        }
    }

    /// Takes in what another digest of the same files, or of some of them, saw: the larger counts,
    /// the wider times, the narrower settings.
    pub(crate) fn join(&mut self, other: &Self) {
        self.files = self.files.max(other.files);
        self.bytes = self.bytes.max(other.bytes);
        self.records = self.records.max(other.records);
        self.duplicates = self.duplicates.max(other.duplicates);
        self.skipped.count = self.skipped.count.max(other.skipped.count);
        self.skipped.name_all(&other.skipped.named);
        self.widen(other.first, other.last);
        for (source, theirs) in &other.sources {
            self.sources.entry(source.clone()).or_default().merge(theirs, u64::max);
        }
        for (event, count) in &other.unmapped {
            let mine = self.unmapped.entry(event.clone()).or_default();
            *mine = (*mine).max(*count);
        }
        self.crowded.extend(other.crowded.iter().cloned());
        self.join_trail(other.trail.as_ref());
    }

    /// Takes in what was seen in other files.
    pub(crate) fn add(&mut self, other: &Self) {
        self.files += other.files;
        self.bytes += other.bytes;
        self.records += other.records;
        self.duplicates += other.duplicates;
        self.skipped.count += other.skipped.count;
        self.skipped.name_all(&other.skipped.named);
        self.widen(other.first, other.last);
        for (source, theirs) in &other.sources {
            self.sources.entry(source.clone()).or_default().add(theirs);
        }
        for (event, count) in &other.unmapped {
            *self.unmapped.entry(event.clone()).or_default() += count;
        }
        self.crowded.extend(other.crowded.iter().cloned());
        self.join_trail(other.trail.as_ref());
    }

    pub(crate) fn widen(&mut self, first: Option<Timestamp>, last: Option<Timestamp>) {
        self.first = self.first.into_iter().chain(first).min();
        self.last = self.last.into_iter().chain(last).max();
    }

    fn join_trail(&mut self, other: Option<&TrailSettings>) {
        match (&mut self.trail, other) {
            (Some(mine), Some(theirs)) => mine.join(theirs),
            (mine @ None, Some(theirs)) => *mine = Some(theirs.clone()),
            (_, None) => {}
        }
    }
}

impl Skipped {
    /// Counts one.
    pub(crate) fn add(&mut self, name: &str, reason: &str) {
        self.count += 1;
        self.name_all(&BTreeMap::from([(name.to_owned(), reason.to_owned())]));
    }

    fn name_all(&mut self, named: &BTreeMap<String, String>) {
        for (name, reason) in named {
            let mine = self.named.entry(name.clone()).or_default();
            if *mine < *reason {
                mine.clone_from(reason);
            }
        }
        while self.named.len() > NAMED {
            self.named.pop_last();
        }
    }
}

impl SourceCounts {
    pub(crate) fn add(&mut self, other: &Self) {
        self.merge(other, |a, b| a + b);
    }

    fn merge(&mut self, other: &Self, with: fn(u64, u64) -> u64) {
        self.reads = with(self.reads, other.reads);
        self.writes = with(self.writes, other.writes);
        self.data = with(self.data, other.data);
        self.other = with(self.other, other.other);
    }
}

impl TrailSettings {
    /// What both record.
    pub(crate) fn join(&mut self, other: &Self) {
        self.multi_region &= other.multi_region;
        self.organization &= other.organization;
        let (mine, theirs) = (self.management, other.management);
        self.management =
            Management::of(mine.reads() && theirs.reads(), mine.writes() && theirs.writes());
        self.excluded.extend(other.excluded.iter().cloned());
        self.data.retain(|kind| other.data.contains(kind));
    }
}
