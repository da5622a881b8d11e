use std::{collections::HashMap, mem, sync::Arc};

use foldhash::fast::RandomState;
use jiff::{Timestamp, civil::Date};

use crate::{
    CoverageRecord, Digest, Mapper, Row, SourceCounts, TrailSettings,
    inflate::{Damage, Inflater},
    names::{Id, Names},
    record::Record,
    records::records,
    rows::{joined, without_crowds},
    scan::Scan,
    seen::Seen,
    tally::Tallies,
    time::seconds,
};

/// Makes the digest of one account, Region and day of delivery out of its log files.
///
/// One thread each; several share one digest's work by [`Digester::fork`] and
/// [`Digester::absorb`]. The order of the files does not matter.
pub struct Digester {
    coverage: CoverageRecord,
    sources: HashMap<Id, SourceCounts, RandomState>,
    /// Of the first and the last event.
    span: Option<(i64, i64)>,
    /// What forks have counted.
    rows: Vec<Row>,
    seen: Arc<Seen>,
    names: Names,
    tallies: Tallies,
    mapper: Mapper,
    inflater: Inflater,
}

impl Digester {
    /// For the log files of `account` and `region` whose keys have `day`.
    pub fn new(account: &str, region: &str, day: Date) -> Self {
        Self::beginning(CoverageRecord::new(account, region, day), Arc::default())
    }

    fn beginning(coverage: CoverageRecord, seen: Arc<Seen>) -> Self {
        Self {
            coverage,
            sources: HashMap::default(),
            span: None,
            rows: Vec::new(),
            seen,
            names: Names::default(),
            tallies: Tallies::default(),
            mapper: Mapper::default(),
            inflater: Inflater::new(),
        }
    }

    /// A second one for another thread. It knows which events this one has counted, and this one
    /// knows which it counts.
    pub fn fork(&self) -> Self {
        let coverage = &self.coverage;
        let coverage = CoverageRecord::new(&coverage.account, &coverage.region, coverage.day);
        Self::beginning(coverage, Arc::clone(&self.seen))
    }

    /// Takes in what a fork has read.
    pub fn absorb(&mut self, fork: Self) {
        let (coverage, rows) = fork.close();
        self.coverage.add(&coverage);
        self.rows = joined(mem::take(&mut self.rows), &rows, Row::add);
    }

    /// Says what the trail records.
    pub fn set_trail(&mut self, trail: TrailSettings) {
        self.coverage.trail = Some(trail);
    }

    /// Counts a file that could not be fetched.
    pub fn skip(&mut self, name: &str, reason: &str) {
        self.coverage.skipped.add(name, reason);
    }

    /// Reads one log file: gzip or plain; a log file, an answer of `LookupEvents`, or events of
    /// EventBridge. What is damaged is counted and named in the coverage; the rest is digested.
    pub fn add(&mut self, name: &str, file: &[u8]) {
        let mut inflater = mem::replace(&mut self.inflater, Inflater::new());
        let (text, damage) = inflater.open(file);
        let ended = records(text, &mut |record| self.record(name, record));
        self.inflater = inflater;
        self.coverage.files += 1;
        self.coverage.bytes += file.len() as u64;
        let reason = match damage {
            Some(Damage::TooLarge) => "larger than a log file can be",
            Some(Damage::Corrupt) => "damaged gzip: what is before the damage was read",
            None if !ended.known => "no CloudTrail records",
            None if !ended.whole => "damaged JSON: what is before the damage was read",
            None if ended.others > 0 => "holds values that are no CloudTrail records",
            None => return,
        };
        self.coverage.skipped.add(name, reason);
    }

    fn record(&mut self, name: &str, record: &Record<'_>) {
        self.coverage.records += 1;
        self.count_source(record);
        let time = seconds(record.time);
        if let Some(time) = time {
            let (first, last) = self.span.unwrap_or((time, time));
            self.span = Some((first.min(time), last.max(time)));
        }
        if !record.is_call_of_role() {
            return;
        }
        if !record.id().is_empty() && !self.seen.is_new(record.id()) {
            self.coverage.duplicates += 1;
            return;
        }
        if self.tally(record, time).is_none() && self.plainly(record, time).is_none() {
            self.coverage.skipped.add(name, "a record that names no call, role or time");
        }
    }

    /// `None`: the record cannot be counted as it is written.
    fn tally(&mut self, record: &Record<'_>, time: Option<i64>) -> Option<()> {
        self.tallies.count(&mut self.names, &mut self.mapper, record, time?)
    }

    /// The same record, with its needless escapes resolved and with the role of older and cut
    /// records.
    fn plainly(&mut self, record: &Record<'_>, time: Option<i64>) -> Option<()> {
        let value: serde_json::Value = serde_json::from_slice(record.whole).ok()?;
        let text = serde_json::to_vec(&value).ok()?;
        let mut plain = Record::default();
        plain.read(&mut Scan::new(&text))?;
        let role = plain.identity.role_of_session();
        if plain.identity.issuer_arn.is_empty() {
            plain.identity.issuer_arn = role.as_deref()?.as_bytes();
        }
        if !plain.is_call_of_role() {
            return Some(());
        }
        self.tally(&plain, time)
    }

    fn count_source(&mut self, record: &Record<'_>) {
        let Some(source) = self.names.id_of(record.source) else { return };
        let counts = self.sources.entry(source).or_default();
        let is_data = record.category == b"Data" || record.management == Some(false);
        let is_management = record.category == b"Management" || record.category.is_empty();
        let count = match record.read_only {
            _ if is_data => &mut counts.data,
            Some(true) if is_management => &mut counts.reads,
            Some(false) if is_management => &mut counts.writes,
            _ => &mut counts.other,
        };
        *count += 1;
    }

    /// The digest of everything added.
    pub fn finish(self) -> Digest {
        let (mut coverage, rows) = self.close();
        let rows = without_crowds(rows, &mut coverage.crowded);
        Digest { coverage, rows }
    }

    fn close(mut self) -> (CoverageRecord, Vec<Row>) {
        for (source, counts) in self.sources {
            let name = self.names.text(source).to_owned();
            self.coverage.sources.entry(name).or_default().add(&counts);
        }
        let at = |second: i64| Timestamp::from_second(second).ok();
        let (first, last) = self.span.unzip();
        self.coverage.widen(first.and_then(at), last.and_then(at));
        let closed = self.tallies.close(&self.names);
        self.coverage.crowded.extend(closed.crowded);
        for (event, count) in closed.unmapped {
            *self.coverage.unmapped.entry(event).or_default() += count;
        }
        (self.coverage, joined(self.rows, &closed.rows, Row::add))
    }
}
