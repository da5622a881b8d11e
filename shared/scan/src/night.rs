//! A night: which accounts and Regions are swept, and what came of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
};

use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use model::Baseline;
use serde::{Deserialize, Serialize};

use crate::{
    Item, Kind, Part, Place, PortError, WINDOW_DAYS, Wanted, Window, finding::fingerprint,
};

/// Accounts entered at the same time, to see whether they let us in.
const PROBES: usize = 10;

/// Digests ordered in one night, the newest first: a first night would else order the whole window.
const MOST_DIGESTS: usize = 5_000;

/// What sweeps keep between and within nights: small files, each written as a whole.
pub trait Files: Send + Sync {
    /// The bytes of `key`.
    ///
    /// # Errors
    /// `Kind::Gone`: there is no such file.
    fn read(&self, key: &str) -> impl Future<Output = Result<Vec<u8>, PortError>> + Send;

    /// Puts `bytes` in place of what is there.
    ///
    /// # Errors
    /// It was not written, and what was there stands.
    fn write(
        &self,
        key: &str,
        bytes: Vec<u8>,
    ) -> impl Future<Output = Result<(), PortError>> + Send;

    /// The keys of all files below `folder`.
    ///
    /// # Errors
    /// The list cannot be read to its end.
    fn list(&self, folder: &str) -> impl Future<Output = Result<Vec<String>, PortError>> + Send;
}

/// The accounts of an organisation.
pub trait Organization: Send + Sync {
    /// The ids of its active accounts.
    ///
    /// # Errors
    /// The list cannot be read to its end.
    fn accounts(&self) -> impl Future<Output = Result<BTreeSet<String>, PortError>> + Send;

    /// Takes the role that reads in the account of `place`, and does nothing with it.
    ///
    /// # Errors
    /// The account does not let us in.
    fn enter(&self, place: &Place) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Which accounts are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accounts {
    /// The one that we run in.
    Own,
    /// These.
    Listed(BTreeSet<String>),
    /// The organisation's.
    Organization,
}

/// Where a night's work is planned from.
#[derive(Debug)]
pub struct Planner<O, S> {
    /// Who there is.
    pub organization: O,
    /// Where the night's files are.
    pub files: S,
    /// The security account.
    pub home: Place,
    /// Which accounts.
    pub accounts: Accounts,
    /// Which Regions, in each of them.
    pub regions: Vec<String>,
    /// Whom the baseline excludes.
    pub baseline: Baseline,
}

/// One account and Region to sweep, as `functions/sweep` takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep {
    /// `aws`
    pub partition: String,
    /// Twelve digits.
    pub account: String,
    /// `eu-west-1`
    pub region: String,
    /// Name of the night: the day on which it began, UTC.
    pub night: Date,
    /// When the night began; facts read since are fresh.
    pub since: Timestamp,
}

impl Sweep {
    /// Where.
    pub fn place(&self) -> Place {
        Place {
            partition: self.partition.clone(),
            account: self.account.clone(),
            region: self.region.clone(),
        }
    }
}

/// A day of logs to digest: what `functions/digest` takes, and the night that orders it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// Name of the night.
    pub night: Date,
    /// When the night began.
    pub since: Timestamp,
    /// What `functions/digest` takes.
    #[serde(flatten)]
    pub item: Item,
}

/// A night's plan, kept as `nights/<night>/plan.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Night {
    /// Name of the night.
    pub night: Date,
    /// When it began.
    pub since: Timestamp,
    /// What is to be swept.
    pub sweeps: Vec<Sweep>,
    /// Accounts that cannot be entered, and why.
    pub unreachable: BTreeMap<String, String>,
    /// Digests ordered, and those left for another night.
    pub digests: (usize, usize),
    /// Why nobody knows which days are to be digested; then none is ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logs: Option<String>,
}

/// The folder of a night. A night that is run anew on its day finds an earlier one's files here:
/// those of other beginnings are not its own.
pub fn folder(night: Date) -> String {
    format!("nights/{night}")
}

impl<O: Organization, S: Files> Planner<O, S> {
    /// Plans the night that begins `now`, and writes `items.json`, `digests.json` and `plan.json`.
    ///
    /// * `undigested`: days of logs that have no digest, as found among [`Planner::window`]. Where
    ///   they cannot be told, the functions are swept all the same.
    ///
    /// # Errors
    /// The accounts are not known, or a file cannot be written. An account that does not let us in
    /// is no error: the plan names it.
    pub async fn plan(
        &self,
        undigested: Result<BTreeSet<Item>, PortError>,
        now: Timestamp,
    ) -> Result<Night, PortError> {
        let night = now.to_zoned(TimeZone::UTC).date();
        let accounts = self.wanted().await?;
        let unreachable = self.unreachable(&accounts).await;
        let entered = accounts.iter().filter(|account| !unreachable.contains_key(*account));
        let sweeps: Vec<Sweep> = entered
            .flat_map(|account| self.regions.iter().map(move |region| (account, region)))
            .map(|(account, region)| Sweep {
                partition: self.home.partition.clone(),
                account: account.clone(),
                region: region.clone(),
                night,
                since: now,
            })
            .collect();
        let (undigested, logs) = match undigested {
            Ok(days) => (days, None),
            Err(error) => (BTreeSet::new(), Some(error.advice())),
        };
        let mut digests: Vec<Item> = undigested.into_iter().collect();
        digests.sort_by(|a, b| b.day.cmp(&a.day).then_with(|| a.cmp(b)));
        let left = digests.split_off(digests.len().min(MOST_DIGESTS)).len();
        let digested = (digests.len(), left);
        let plan = Night { night, since: now, sweeps, unreachable, digests: digested, logs };
        write_json(&self.files, night, "items.json", &plan.sweeps).await?;
        let order = |item| Digest { night, since: now, item };
        let orders: Vec<Digest> = digests.into_iter().map(order).collect();
        write_json(&self.files, night, "digests.json", &orders).await?;
        write_json(&self.files, night, "plan.json", &plan).await?;
        Ok(plan)
    }

    async fn wanted(&self) -> Result<BTreeSet<String>, PortError> {
        let mut accounts = match &self.accounts {
            Accounts::Own => [self.home.account.clone()].into(),
            Accounts::Listed(listed) => listed.clone(),
            Accounts::Organization => self.organization.accounts().await?,
        };
        accounts.retain(|account| !self.baseline.organization.exclude_accounts.contains(account));
        Ok(accounts)
    }

    async fn unreachable(&self, accounts: &BTreeSet<String>) -> BTreeMap<String, String> {
        let mut others = accounts.clone();
        others.remove(&self.home.account);
        let probes = stream::iter(others).map(|account| async move {
            let place = Place { account, ..self.home.clone() };
            let entered = self.organization.enter(&place).await;
            (place.account, entered)
        });
        let told: Vec<_> = probes.buffer_unordered(PROBES).collect().await;
        let refused = |(account, entered): (String, Result<(), PortError>)| {
            Some((account, entered.err()?.advice()))
        };
        told.into_iter().filter_map(refused).collect()
    }
}

/// The days whose logs should be digested by `now`: all of the window but today, which is not
/// over.
pub fn window(now: Timestamp) -> Wanted {
    let Window { from, to } = Window::before(now.to_zoned(TimeZone::UTC).date(), WINDOW_DAYS);
    Wanted { accounts: BTreeSet::new(), regions: BTreeSet::new(), from, to }
}

/// Why a place was not swept, or a day not digested; kept as `nights/<night>/missed/….json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// Twelve digits.
    pub account: String,
    /// `eu-west-1`
    pub region: String,
    /// Of logs; `None`: a sweep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Date>,
    /// When the night began; `None`: before this was kept.
    #[serde(default)]
    pub since: Option<Timestamp>,
    /// The error's type, by which the state machine retried.
    pub error: String,
    /// In words.
    pub cause: String,
}

impl Missed {
    /// Keeps it among the files of `night`.
    ///
    /// # Errors
    /// It cannot be written.
    pub async fn keep(&self, files: &impl Files, night: Date) -> Result<(), PortError> {
        write_json(files, night, &self.name(), self).await
    }

    /// Of its file among those of a night.
    pub(crate) fn name(&self) -> String {
        let Self { account, region, .. } = self;
        let day = self.day.map(|day| format!(".{day}")).unwrap_or_default();
        format!("missed/{account}.{region}{day}.json")
    }
}

/// Everything that was missed in the night of `plan`.
///
/// # Errors
/// A list or a file cannot be read.
pub async fn missed(files: &impl Files, plan: &Night) -> Result<Vec<Missed>, PortError> {
    let keys = files.list(&format!("{}/missed", folder(plan.night))).await?;
    let reads = stream::iter(keys).map(|key| async move { read_json(files, &key).await });
    let mut all: Vec<Missed> = reads.buffer_unordered(PROBES).try_collect().await?;
    all.retain(|one| one.since == Some(plan.since));
    Ok(all)
}

/// The plan of `night`.
///
/// # Errors
/// There is none, or it cannot be read.
pub async fn plan_of(files: &impl Files, night: Date) -> Result<Night, PortError> {
    read_json(files, &format!("{}/plan.json", folder(night))).await
}

/// Keeps a part of what a sweep tells, and returns its key. It is named by what is in it: the same
/// part twice is one file, and a repeated sweep overwrites no part of an earlier one.
///
/// # Errors
/// It cannot be written.
pub(crate) async fn keep_part(
    files: &impl Files,
    sweep: &Sweep,
    part: &Part,
) -> Result<String, PortError> {
    let Sweep { account, region, night, .. } = sweep;
    let place = format!("{}/parts/{account}.{region}", folder(*night));
    let bytes = serde_json::to_vec(part).map_err(|error| unreadable(&place, error))?;
    let key = format!("{place}.{}.json", fingerprint(&[&bytes]));
    files.write(&key, bytes).await?;
    Ok(key)
}

/// Writes `nights/<night>/<name>`.
///
/// # Errors
/// It cannot be written.
pub async fn write_json<T: Serialize + Sync>(
    files: &impl Files,
    night: Date,
    name: &str,
    value: &T,
) -> Result<(), PortError> {
    let key = format!("{}/{name}", folder(night));
    let bytes = serde_json::to_vec(value).map_err(|error| unreadable(&key, error))?;
    files.write(&key, bytes).await
}

/// Reads the file `key`.
///
/// # Errors
/// There is none, or it is not what it should be.
pub async fn read_json<T: for<'a> Deserialize<'a>>(
    files: &impl Files,
    key: &str,
) -> Result<T, PortError> {
    let bytes = files.read(key).await?;
    serde_json::from_slice(&bytes).map_err(|error| unreadable(key, error))
}

pub(crate) fn unreadable(key: &str, error: serde_json::Error) -> PortError {
    PortError {
        operation: "night",
        subject: key.to_owned(),
        kind: Kind::Failed,
        source: error.into(),
    }
}

#[cfg(test)]
#[path = "night_tests.rs"]
mod tests;
