use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use jiff::civil::Date;
use model::{Attribution, Call, CalledOn, Coverage, Fact, FunctionArn, RoleUsage, Seen};

use crate::{CoverageRecord, Digest, Row, TrailSettings, rows::nobodys};

/// The digests of a window of days, taken together.
///
/// It does not matter in which order digests are added, nor how often.
pub struct Ledger {
    from: Date,
    to: Date,
    roles: BTreeMap<RoleName, Vec<Kept>>,
    /// By account, Region and day.
    days: BTreeMap<String, BTreeMap<String, BTreeMap<Date, Day>>>,
}

/// ARN and id.
type RoleName = (String, Option<String>);

/// Rows of one key, of all days.
#[derive(Clone)]
struct Kept {
    /// Without the role, which they have in common, and without the count.
    row: Row,
    /// Calls by day.
    counts: BTreeMap<Date, u64>,
}

/// What is to be known of one day of coverage.
#[derive(Default)]
struct Day {
    damaged: bool,
    reads: bool,
    writes: bool,
    sources: BTreeSet<String>,
    trail: Option<TrailSettings>,
}

impl Ledger {
    /// For the days of delivery `from` to `to`, both included.
    pub fn new(from: Date, to: Date) -> Self {
        Self { from, to, roles: BTreeMap::new(), days: BTreeMap::new() }
    }

    /// Takes in a digest. One of a day outside the window is left out.
    pub fn add(&mut self, digest: &Digest) {
        let day = digest.coverage.day;
        if !(self.from..=self.to).contains(&day) {
            return;
        }
        self.cover(&digest.coverage);
        let same_role = |a: &Row, b: &Row| a.role == b.role && a.role_id == b.role_id;
        for rows in digest.rows.chunk_by(same_role) {
            let Some(first) = rows.first() else { continue };
            let role = (first.role.clone(), first.role_id.clone());
            let kept = self.roles.entry(role).or_default();
            *kept = merged(std::mem::take(kept), rows, day);
        }
    }

    /// The roles that made a call: ARN, and id where the records tell it.
    pub fn roles(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.roles.keys().map(|(arn, id)| (arn.as_str(), id.as_deref()))
    }

    /// The latest day of which a digest of `account` was added.
    pub fn last_day(&self, account: &str) -> Option<Date> {
        self.days.get(account)?.values().filter_map(|days| days.keys().next_back()).max().copied()
    }

    /// Every row of every role, days added up.
    pub fn rows(&self) -> impl Iterator<Item = Row> {
        self.roles.iter().flat_map(|(role, kept)| kept.iter().map(|kept| kept.row_of(role)))
    }

    /// What the role did in the window, and what the trail could see of it.
    ///
    /// Calls of another role of the same name, made before or after this one, are left out where
    /// `id` is given. A session that was taken for a function by its name stays one only if
    /// `functions`, all that have the role, has one of that name: in the Region of the call, or
    /// else the only one. `None`: not known, and every name is believed. `last_accessed` is
    /// unknown until the caller sets it.
    pub fn usage(
        &self,
        arn: &str,
        id: Option<&str>,
        functions: Option<&BTreeSet<FunctionArn>>,
    ) -> RoleUsage {
        let is_it = |(its_arn, its_id): &RoleName| match (id, its_id) {
            (Some(wanted), Some(its_id)) => wanted == its_id,
            _ => its_arn == arn,
        };
        let rows = self.roles.iter().filter(|(role, _)| is_it(role));
        let rows = rows.flat_map(|(role, kept)| kept.iter().map(|kept| kept.row_of(role)));
        let mut calls: Vec<Row> = Vec::new();
        let mut resolved: Vec<Row> = rows.map(|row| resolved(row, arn, id, functions)).collect();
        resolved.sort_by(|a, b| a.key().cmp(&b.key()));
        for row in resolved {
            match calls.last_mut().filter(|last| last.key() == row.key()) {
                Some(last) => last.add(&row),
                None => calls.push(row),
            }
        }
        let account = arn.split(':').nth(4).unwrap_or_default();
        let none = BTreeMap::new();
        let regions = self.days.get(account).unwrap_or(&none);
        let coverage = regions.iter().map(|(region, days)| (region.clone(), covered(days)));
        RoleUsage {
            from: self.from,
            to: self.to,
            coverage: coverage.collect(),
            all_regions: all_regions(regions),
            calls: calls.into_iter().map(call).collect(),
            last_accessed: Fact::unknown("service last accessed was not read"),
        }
    }

    fn cover(&mut self, coverage: &CoverageRecord) {
        let regions = self.days.entry(coverage.account.clone()).or_default();
        let days = regions.entry(coverage.region.clone()).or_default();
        let day = days.entry(coverage.day).or_default();
        day.damaged |= coverage.skipped.count > 0;
        day.reads |= coverage.sources.values().any(|counts| counts.reads > 0);
        day.writes |= coverage.sources.values().any(|counts| counts.writes > 0);
        day.sources.extend(coverage.sources.keys().cloned());
        match (&mut day.trail, &coverage.trail) {
            (Some(mine), Some(theirs)) => mine.join(theirs),
            (mine @ None, theirs) => mine.clone_from(theirs),
            (Some(_), None) => {}
        }
    }
}

impl Kept {
    fn row_of(&self, (role, id): &RoleName) -> Row {
        let count = self.counts.values().sum();
        Row { role: role.clone(), role_id: id.clone(), count, ..self.row.clone() }
    }
}

/// The rows kept of a role, and those of one day, both sorted.
fn merged(kept: Vec<Kept>, rows: &[Row], day: Date) -> Vec<Kept> {
    let bare = |row: &Row| Row { role: String::new(), role_id: None, ..row.clone() };
    let mut all = Vec::with_capacity(kept.len().max(rows.len()));
    let mut rows = rows.iter().map(bare).peekable();
    let fresh = |row: Row| Kept { counts: BTreeMap::from([(day, row.count)]), row };
    for mut kept in kept {
        while let Some(row) = rows.next_if(|row| row.key() < kept.row.key()) {
            all.push(fresh(row));
        }
        if let Some(row) = rows.next_if(|row| row.key().cmp(&kept.row.key()) == Ordering::Equal) {
            kept.row.join(&row);
            let count = kept.counts.entry(day).or_default();
            *count = row.count.max(*count);
        }
        all.push(kept);
    }
    all.extend(rows.map(fresh));
    all
}

/// The row under its role's one name, with the function that has the session's name, or without.
fn resolved(
    mut row: Row,
    role: &str,
    id: Option<&str>,
    functions: Option<&BTreeSet<FunctionArn>>,
) -> Row {
    role.clone_into(&mut row.role);
    row.role_id = id.map(str::to_owned);
    let by_name = matches!(row.attribution, Attribution::Session | Attribution::UserAgent);
    let (Some(functions), Some(named)) = (functions, row.function.as_ref().filter(|_| by_name))
    else {
        return row;
    };
    if functions.contains(named) {
        return row;
    }
    let is_namesake =
        |other: &&FunctionArn| (other.account(), other.name()) == (named.account(), named.name());
    let namesakes: Vec<&FunctionArn> = functions.iter().filter(is_namesake).collect();
    if let [only] = namesakes.as_slice() {
        row.function = Some((*only).clone());
        return row;
    }
    if namesakes.is_empty() && row.attribution == Attribution::Session {
        row.kind = nobodys(row.kind);
    }
    (row.function, row.qualifier, row.attribution) = (None, None, Attribution::Nothing);
    row
}

fn call(row: Row) -> Call {
    Call {
        function: row.function,
        qualifier: row.qualifier,
        attribution: row.attribution,
        kind: row.kind,
        action: row.action,
        event: row.event,
        outcome: row.outcome,
        region: row.aws_region,
        on: CalledOn { arns: row.arns, unknown: row.unknown },
        first: row.first,
        last: row.last,
        count: row.count,
    }
}

fn covered(days: &BTreeMap<Date, Day>) -> Coverage {
    let count = |wanted: &dyn Fn(&Day) -> bool| {
        u32::try_from(days.values().filter(|day| wanted(day)).count()).unwrap_or(u32::MAX)
    };
    let trails = || days.values().filter_map(|day| day.trail.as_ref());
    let mut data: Option<BTreeSet<String>> = None;
    for day in days.values() {
        let recorded = day.trail.as_ref().map(|trail| trail.data.clone()).unwrap_or_default();
        data = Some(data.map_or(recorded.clone(), |data| &data & &recorded));
    }
    Coverage {
        days: count(&|_| true),
        damaged_days: count(&|day| day.damaged),
        reads: seen(days, |trail| trail.management.reads(), |day| day.reads),
        writes: seen(days, |trail| trail.management.writes(), |day| day.writes),
        excluded: trails().flat_map(|trail| trail.excluded.iter().cloned()).collect(),
        data: data.unwrap_or_default(),
        newest: trails().next_back().map(|trail| trail.data.clone()),
        sources: days.values().flat_map(|day| day.sources.iter().cloned()).collect(),
    }
}

/// By the settings where every day has them, else by what was seen on any day.
fn seen(
    days: &BTreeMap<Date, Day>,
    recorded: impl Fn(&TrailSettings) -> bool,
    observed: impl Fn(&Day) -> bool,
) -> Seen {
    let told: Vec<Option<bool>> =
        days.values().map(|day| day.trail.as_ref().map(&recorded)).collect();
    if told.contains(&Some(false)) {
        Seen::No
    } else if (!told.is_empty() && !told.contains(&None)) || days.values().any(observed) {
        Seen::Yes
    } else {
        Seen::Unclear
    }
}

fn all_regions(regions: &BTreeMap<String, BTreeMap<Date, Day>>) -> Option<bool> {
    let trails = regions.values().flat_map(BTreeMap::values).map(|day| day.trail.as_ref());
    let mut all = None;
    let mut known = true;
    for trail in trails {
        match trail {
            Some(trail) if !trail.multi_region => return Some(false),
            Some(_) => all = Some(true),
            None => known = false,
        }
    }
    all.filter(|_| known)
}
