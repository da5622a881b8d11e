use std::{mem, sync::Arc};

use jiff::{Timestamp, civil::Date};

use crate::{
    CoverageRecord, Digest, Row, SourceCounts, TrailSettings,
    inflate::{Damage, Inflater},
    memo::Memo,
    names::{EventName, Id, Names},
    record::Record,
    records::records,
    roles::Whose,
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
    /// By the number of the source's name.
    sources: Vec<Option<(Id, SourceCounts)>>,
    /// Of the first and the last event.
    span: Option<(i64, i64)>,
    /// What forks have counted.
    rows: Vec<Row>,
    seen: Arc<Seen>,
    /// Of the events.
    words: Names,
    calls: Memo<Option<EventName>>,
    tallies: Tallies,
    /// `None` while it is at work.
    inflater: Option<Inflater>,
}

impl Digester {
    /// For the log files of `account` and `region` whose keys have `day`.
    pub fn new(account: &str, region: &str, day: Date) -> Self {
        Self::beginning(CoverageRecord::new(account, region, day), Arc::default())
    }

    fn beginning(coverage: CoverageRecord, seen: Arc<Seen>) -> Self {
        Self {
            coverage,
            sources: Vec::new(),
            span: None,
            rows: Vec::new(),
            seen,
            words: Names::default(),
            calls: Memo::new(1_024),
            tallies: Tallies::default(),
            inflater: None,
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
        let mut inflater = self.inflater.take().unwrap_or_else(Inflater::new);
        let (text, damage) = inflater.open(file);
        let ended = records(text, &mut |record| self.record(name, record));
        self.inflater = Some(inflater);
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

    fn record(&mut self, file: &str, record: &Record<'_>) {
        self.coverage.records += 1;
        if self.take(record).is_none() && self.plainly(record).is_none() {
            self.coverage.skipped.add(file, "a record that names no call, role or time");
        }
    }

    /// Counts a record. `None`, and nothing is counted: not as it is written.
    fn take(&mut self, record: &Record<'_>) -> Option<()> {
        let second = seconds(record.time)?;
        let name = self.name_of(record)?;
        let who = match self.tallies.who(record) {
            Whose::Escaped => return None,
            Whose::Role(who) if record.is_call() => Some(who),
            Whose::Role(_) | Whose::Others => None,
        };
        self.count_source(record, name.source);
        let (first, last) = self.span.unwrap_or((second, second));
        self.span = Some((first.min(second), last.max(second)));
        let Some(who) = who else { return Some(()) };
        let id = record.copied_id();
        if !id.is_empty() && !self.seen.is_new(id) {
            self.coverage.duplicates += 1;
            return Some(());
        }
        self.tallies.count(&self.words, record, name, who, second)
    }

    /// The same record with its needless escapes resolved.
    fn plainly(&mut self, record: &Record<'_>) -> Option<()> {
        let value: serde_json::Value = serde_json::from_slice(record.whole).ok()?;
        let text = serde_json::to_vec(&value).ok()?;
        let mut plain = Record::default();
        plain.read(&mut Scan::new(&text))?;
        self.take(&plain)
    }

    fn name_of(&mut self, record: &Record<'_>) -> Option<EventName> {
        let words = &mut self.words;
        let mut name = || {
            Some(EventName {
                source: words.id_of(record.source)?,
                name: words.id_of(record.name)?,
                region: words.id_of(record.region)?,
            })
        };
        if record.call.is_empty() { name() } else { self.calls.of(record.call, name) }
    }

    fn count_source(&mut self, record: &Record<'_>, source: Id) {
        let at = source.index();
        if at >= self.sources.len() {
            self.sources.resize(at + 1, None);
        }
        let Some(slot) = self.sources.get_mut(at) else { return };
        let (_, counts) = slot.get_or_insert_with(|| (source, SourceCounts::default()));
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
        for (source, counts) in self.sources.into_iter().flatten() {
            let name = self.words.text(source).to_owned();
            self.coverage.sources.entry(name).or_default().add(&counts);
        }
        let at = |second: i64| Timestamp::from_second(second).ok();
        let (first, last) = self.span.unzip();
        self.coverage.widen(first.and_then(at), last.and_then(at));
        let closed = self.tallies.close(&self.words);
        self.coverage.crowded.extend(closed.crowded);
        for (event, count) in closed.unmapped {
            *self.coverage.unmapped.entry(event).or_default() += count;
        }
        (self.coverage, joined(self.rows, &closed.rows, Row::add))
    }
}
