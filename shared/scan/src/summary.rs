//! What came of a night, place by place.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::{Timestamp, ToSpan, civil::Date};
use model::Baseline;
use rules::COVERAGE_GAP;
use serde::{Deserialize, Serialize};

use crate::{
    Complaint, Files, Findings, Kind, Missed, Night, Place, Plan, PortError, Sweep, complain,
    night::{folder, missed, plan_of, read_json, write_json},
    publish::publish,
};

/// One place, or day of logs, in so many may be missed, and the night is none that failed.
const TOLERATED: usize = 4;

/// Summaries read at the same time.
const READS: usize = 16;

/// What a sweep leaves of its place; more may stand beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swept {
    /// When the night began; `None`: before this was kept, or of many places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Functions that were judged.
    pub functions: u64,
    /// Open findings by severity.
    #[serde(default)]
    pub findings: BTreeMap<String, u64>,
    /// Open findings by rule.
    #[serde(default)]
    pub rules: BTreeMap<String, u64>,
    /// When the oldest open finding was first seen.
    #[serde(default)]
    pub oldest: Option<Timestamp>,
    /// Verdicts that could not be given.
    #[serde(default)]
    pub gaps: u64,
    /// Verdicts that were good.
    #[serde(default)]
    pub passed: u64,
    /// Keys of the parts of the report.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<String>,
    /// Requests by IAM action.
    #[serde(default)]
    pub calls: BTreeMap<String, u64>,
    /// Answers that said "later".
    #[serde(default)]
    pub throttles: u64,
    /// Findings imported and updates made.
    #[serde(default)]
    pub written: u64,
    /// Findings about functions, and updates of them, that the store would not take.
    #[serde(default)]
    pub refused: u64,
    /// How long the run took that came to the end.
    #[serde(default)]
    pub seconds: u64,
    /// Why the place was not read to its end.
    #[serde(default)]
    pub cut_short: Option<String>,
}

/// A night, kept as `nights/<night>/summary.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Name of the night.
    pub night: Date,
    /// Places that were planned, those of unreachable accounts left out.
    pub planned: usize,
    /// Places that were swept, those that were read in part among them.
    pub swept: usize,
    /// Places and accounts that were not, and why: `111122223333/eu-west-1`.
    pub missing: BTreeMap<String, String>,
    /// Places that were swept, but not read to their end, and why.
    #[serde(default)]
    pub partial: BTreeMap<String, String>,
    /// Days of logs that were ordered, that failed, and that are left for another night.
    pub digests: (usize, usize, usize),
    /// Days of logs among those that failed which had failed the night before.
    #[serde(default)]
    pub again: usize,
    /// Why the days of logs could not be listed; then none was ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logs: Option<String>,
    /// Everything of the places together.
    pub all: Swept,
    /// Open findings by account.
    pub accounts: BTreeMap<String, u64>,
    /// Seconds from the beginning of the night to this summary.
    pub seconds: i64,
    /// How many more findings are open than a night before; `None`: nothing is known of that night.
    #[serde(default)]
    pub rise: Option<i64>,
    /// Findings about accounts that the store would not take.
    pub refused: Vec<String>,
}

/// What a night left in its files, read once for its summary and its report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What was planned.
    pub plan: Night,
    /// What was not done, and why.
    pub missed: Vec<Missed>,
    /// What each place told, by account and Region.
    pub told: BTreeMap<(String, String), Swept>,
}

impl Seen {
    /// Reads what `night` left.
    ///
    /// # Errors
    /// There is no plan of it, or a file cannot be read.
    pub async fn of(files: &impl Files, night: Date) -> Result<Self, PortError> {
        let plan = plan_of(files, night).await?;
        let missed = missed(files, &plan).await?;
        let told = told(files, &plan).await?;
        Ok(Self { plan, missed, told })
    }
}

/// Sums up what was `seen` of a night, and brings the findings about accounts in line with it.
///
/// They are all kept `home`, in the security account: an account that cannot be entered cannot
/// hold one, and who has to mend them looks there.
///
/// # Errors
/// The files of the night before cannot be read, the summary cannot be written, or the store cannot
/// be read or written as a whole.
pub async fn summarise(
    files: &impl Files,
    findings: &impl Findings,
    home: &Place,
    baseline: &Baseline,
    seen: &Seen,
    now: Timestamp,
) -> Result<Summary, PortError> {
    let (plan, night) = (&seen.plan, seen.plan.night);
    let mut summary = total(seen, home);
    summary.again = again(files, night, &seen.missed).await?;
    summary.seconds = now.duration_since(plan.since).as_secs();
    summary.rise = match read_json::<Summary>(files, &yesterday(night, "summary.json")).await {
        Ok(before) => Some(summary.open() - before.open()),
        Err(error) if error.kind == Kind::Gone => None,
        Err(error) => return Err(error),
    };
    let changes = gaps(&summary, plan, findings, home, baseline, now).await?;
    let refused = publish(findings, home, changes).await?.refused.into_iter();
    summary.refused =
        refused.map(|one| format!("{}: {} {}", one.id, one.code, one.message)).collect();
    write_json(files, night, "summary.json", &summary).await?;
    Ok(summary)
}

impl Summary {
    /// Open findings, all together.
    pub fn open(&self) -> i64 {
        i64::try_from(self.all.findings.values().sum::<u64>()).unwrap_or(i64::MAX)
    }

    /// Places and accounts of which not everything was seen, and why.
    pub fn unseen(&self) -> impl Iterator<Item = (&String, &String)> {
        self.missing.iter().chain(&self.partial)
    }

    /// Why the night failed, if it did: of too much nothing was seen.
    ///
    /// A place that was read in part was swept. A day of logs that failed the night before, too,
    /// counts no more: what nobody can digest makes one night fail, and not every one.
    pub fn trouble(&self) -> Vec<String> {
        let too_many = |few: usize, all: usize| few * TOLERATED > all;
        let mut trouble = Vec::new();
        let unswept = self.planned.saturating_sub(self.swept);
        if self.planned == 0 && !self.missing.is_empty() {
            trouble.push("no account could be entered".to_owned());
        }
        if too_many(unswept, self.planned) {
            trouble.push(format!("{unswept} of {} places were not swept", self.planned));
        }
        let (ordered, failed, _) = self.digests;
        let (ordered, failed) =
            (ordered.saturating_sub(self.again), failed.saturating_sub(self.again));
        if too_many(failed, ordered) {
            trouble.push(format!("{failed} of {ordered} new days of logs were not digested"));
        }
        let unlisted = self.logs.iter();
        trouble.extend(unlisted.map(|why| format!("the days of logs could not be listed: {why}")));
        trouble
    }

    /// What the store would not take, about functions and about accounts.
    pub fn all_refused(&self) -> u64 {
        self.all.refused + self.refused.len() as u64
    }
}

/// A file of the night before.
fn yesterday(night: Date, name: &str) -> String {
    format!("{}/{name}", folder(night.saturating_sub(1.day())))
}

/// How many of the days of logs that were missed had been missed the night before.
async fn again(files: &impl Files, night: Date, missed: &[Missed]) -> Result<usize, PortError> {
    let days = missed.iter().filter(|one| one.day.is_some());
    let keys: Vec<String> = days.map(|one| yesterday(night, &one.name())).collect();
    if keys.is_empty() {
        return Ok(0);
    }
    let there: BTreeSet<String> =
        files.list(&yesterday(night, "missed")).await?.into_iter().collect();
    Ok(keys.iter().filter(|key| there.contains(*key)).count())
}

/// What each place told in the night of `plan`, by account and Region.
async fn told(
    files: &impl Files,
    plan: &Night,
) -> Result<BTreeMap<(String, String), Swept>, PortError> {
    let folder = folder(plan.night);
    let there: BTreeSet<String> = files.list(&folder).await?.into_iter().collect();
    let mut wanted = Vec::new();
    for Sweep { account, region, .. } in &plan.sweeps {
        let key = format!("{folder}/{account}.{region}.json");
        if there.contains(&key) {
            wanted.push((key, (account.clone(), region.clone())));
        }
    }
    let reads = stream::iter(wanted).map(|(key, place)| async move {
        let swept: Swept = read_json(files, &key).await?;
        Ok((place, swept))
    });
    let mut told: BTreeMap<_, Swept> = reads.buffer_unordered(READS).try_collect().await?;
    told.retain(|_, swept| swept.since == Some(plan.since));
    Ok(told)
}

fn total(seen: &Seen, home: &Place) -> Summary {
    let Seen { plan, missed, told } = seen;
    let failed = missed.iter().filter(|one| one.day.is_some()).count();
    let mut summary = Summary {
        night: plan.night,
        planned: plan.sweeps.len(),
        digests: (plan.digests.0, failed, plan.digests.1),
        logs: plan.logs.clone(),
        ..Summary::default()
    };
    for (account, why) in &plan.unreachable {
        let place = Place { account: account.clone(), ..home.clone() };
        summary.missing.insert(place.to_string(), format!("cannot be entered: {why}"));
    }
    for one in &plan.sweeps {
        let Some(swept) = told.get(&(one.account.clone(), one.region.clone())) else {
            summary.missing.insert(one.place().to_string(), why(one, missed));
            continue;
        };
        summary.swept += 1;
        if let Some(why) = &swept.cut_short {
            summary.partial.insert(one.place().to_string(), format!("was read in part: {why}"));
        }
        *summary.accounts.entry(one.account.clone()).or_default() +=
            swept.findings.values().sum::<u64>();
        add(&mut summary.all, swept);
    }
    summary
}

/// Why the sweep of a place told nothing.
fn why(one: &Sweep, missed: &[Missed]) -> String {
    let of_place = |missed: &&Missed| {
        missed.day.is_none() && missed.account == one.account && missed.region == one.region
    };
    match missed.iter().find(of_place) {
        Some(Missed { error, cause, .. }) => format!("was not swept: {error}: {cause}"),
        None => "was not swept, and nothing said why; see the night's execution".to_owned(),
    }
}

fn add(all: &mut Swept, one: &Swept) {
    let sum = |all: &mut BTreeMap<String, u64>, one: &BTreeMap<String, u64>| {
        one.iter().for_each(|(key, n)| *all.entry(key.clone()).or_default() += n);
    };
    all.functions += one.functions;
    all.gaps += one.gaps;
    all.passed += one.passed;
    all.throttles += one.throttles;
    all.written += one.written;
    all.refused += one.refused;
    all.seconds += one.seconds;
    sum(&mut all.findings, &one.findings);
    sum(&mut all.rules, &one.rules);
    sum(&mut all.calls, &one.calls);
    all.oldest = all.oldest.into_iter().chain(one.oldest).min();
}

async fn gaps(
    summary: &Summary,
    plan: &Night,
    findings: &impl Findings,
    home: &Place,
    baseline: &Baseline,
    now: Timestamp,
) -> Result<Plan, PortError> {
    let observed = findings.about_accounts(home).await?;
    let complaints: Vec<Complaint> = summary
        .unseen()
        .filter_map(|(place, saw)| {
            let (account, region) = place.split_once('/')?;
            let place =
                Place { account: account.to_owned(), region: region.to_owned(), ..home.clone() };
            Some(Complaint { place, saw: saw.clone() })
        })
        .collect();
    // An account out of reach is spoken of at our own Region, whether or not that is swept.
    let accounts: BTreeSet<&str> = plan.sweeps.iter().map(|one| one.account.as_str()).collect();
    let looked_at = |place: &Place| {
        let is_planned = plan.sweeps.iter().any(|one| one.place() == *place);
        is_planned || (accounts.contains(place.account.as_str()) && place.region == home.region)
    };
    // Who is excluded, or left the organisation, is no gap any more.
    let is_meant = |place: &Place| {
        accounts.contains(place.account.as_str()) || plan.unreachable.contains_key(&place.account)
    };
    let settled = |place: &Place| looked_at(place) || !is_meant(place);
    Ok(complain(&COVERAGE_GAP, &complaints, &observed, settled, baseline, now))
}

#[cfg(test)]
#[path = "summary_tests.rs"]
mod tests;
