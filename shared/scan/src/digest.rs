//! Log files in, one digest an account, Region and day out.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use tokio::{sync::Semaphore, task};
use trail::{Digest, Digester};

use crate::{
    Item, Kind, Ledger, LogFile, Logs, PortError, Wanted,
    window::{READS, read_digest},
};

/// Log files fetched at the same time, of all items together. Bounds memory, with their size.
const FETCHES: usize = 16;

/// Items worked on at the same time: the lists of one are waited for while another is read.
const ITEMS: usize = 8;

/// CloudTrail delivers within minutes; a digest made later than this after its day has all of it.
///
/// Source: <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html>
const SETTLED: SignedDuration = SignedDuration::from_hours(1);

/// Reads log files and writes digests.
#[derive(Debug)]
pub struct Digesting<L, K> {
    /// Where log files come from.
    pub logs: L,
    /// Where digests go.
    pub ledger: K,
    /// Threads that may compute at the same time.
    pub cores: usize,
}

/// What came of one item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digested {
    /// Log files read, and their bytes.
    pub files: u64,
    /// See above.
    pub bytes: u64,
    /// Records in them.
    pub records: u64,
    /// Files and records that could not be read.
    pub skipped: u64,
    /// The first of them by name, with what is wrong.
    pub named: BTreeMap<String, String>,
    /// Size of the digest; 0: none was written, for there was no log file.
    pub written: u64,
}

/// What came of many.
#[derive(Debug, Default)]
pub struct Digests {
    /// Digested now.
    pub done: BTreeMap<Item, Digested>,
    /// Digested before, and not again; as their digests tell it.
    pub kept: BTreeMap<Item, Digested>,
    /// Nothing was written for these, or what was there stands.
    pub failed: BTreeMap<Item, PortError>,
    /// Files that belong to no item.
    pub strays: Vec<String>,
}

/// What happened just now; for a progress bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many items are to be digested.
    Planned(usize),
    /// A file of so many bytes was read.
    Read(u64),
    /// An item is done, or has failed.
    Item,
}

impl<L: Logs, K: Ledger> Digesting<L, K> {
    /// Digests everything `wanted` that has no digest yet. With `anew`, also what has.
    ///
    /// A digest that was written before its day was over counts as none, and so does one that is
    /// damaged. An item fails by itself.
    ///
    /// # Errors
    /// It cannot be told what there is to do.
    pub async fn digest_all(
        &self,
        wanted: &Wanted,
        anew: bool,
        step: impl Fn(Step) + Send + Sync,
    ) -> Result<Digests, PortError> {
        let found = self.logs.items(wanted).await?;
        let mut digests = Digests { strays: found.strays, ..Digests::default() };
        if !anew {
            self.keep(&found.items, wanted, &mut digests).await?;
        }
        let is_settled =
            |item: &Item| digests.kept.contains_key(item) || digests.failed.contains_key(item);
        let planned: Vec<Item> = found.items.into_iter().filter(|item| !is_settled(item)).collect();
        step(Step::Planned(planned.len()));
        Ok(self.each(planned, digests, step).await)
    }

    /// Digests `items`, whether they were before or not. An item fails by itself.
    pub async fn digest_each(&self, items: Vec<Item>) -> Digests {
        self.each(items, Digests::default(), |_| {}).await
    }

    async fn each(
        &self,
        items: Vec<Item>,
        mut digests: Digests,
        step: impl Fn(Step) + Send + Sync,
    ) -> Digests {
        let (fetches, cores) = self.limits();
        let work = stream::iter(items).map(|item| {
            let (fetches, cores, step) = (&fetches, &cores, &step);
            async move {
                let done = self.one(&item, fetches, cores, step).await;
                step(Step::Item);
                (item, done)
            }
        });
        for (item, done) in work.buffer_unordered(ITEMS).collect::<Vec<_>>().await {
            match done {
                Ok(done) => drop(digests.done.insert(item, done)),
                Err(error) => drop(digests.failed.insert(item, error)),
            }
        }
        digests
    }

    /// Digests one item, whether it was before or not.
    ///
    /// # Errors
    /// A list or a file could not be read for a reason that may pass, every file was refused, or
    /// the digest could not be written.
    pub async fn digest(&self, item: &Item) -> Result<Digested, PortError> {
        let (fetches, cores) = self.limits();
        self.one(item, &fetches, &cores, &|_| {}).await
    }

    fn limits(&self) -> (Semaphore, Arc<Semaphore>) {
        (Semaphore::new(FETCHES), Arc::new(Semaphore::new(self.cores.max(1))))
    }

    /// Finds the items that need no digest any more, and what their digests could not read.
    async fn keep(
        &self,
        items: &BTreeSet<Item>,
        wanted: &Wanted,
        digests: &mut Digests,
    ) -> Result<(), PortError> {
        let written = written_for_good(&self.ledger, items, wanted).await?;
        let reads = stream::iter(written).map(|item| async {
            let read = read_digest(&self.ledger, &item).await;
            (item, read)
        });
        for (item, read) in reads.buffer_unordered(READS).collect::<Vec<_>>().await {
            match read {
                Ok(Some((digest, size))) => {
                    drop(digests.kept.insert(item, Digested::of(&digest, size)));
                }
                Ok(None) => {}
                Err(error) => drop(digests.failed.insert(item, error)),
            }
        }
        Ok(())
    }

    async fn one(
        &self,
        item: &Item,
        fetches: &Semaphore,
        cores: &Arc<Semaphore>,
        step: &(impl Fn(Step) + Send + Sync),
    ) -> Result<Digested, PortError> {
        let files = self.logs.files(item).await?;
        if files.is_empty() {
            return Ok(Digested::default());
        }
        let mut all = Digester::new(&item.account, &item.region, item.day);
        if let Some(trail) = self.logs.trail(item).await {
            all.set_trail(trail);
        }
        let (mut unread, total) = (Vec::new(), files.len());
        let idle = Arc::new(Mutex::new(Vec::new()));
        let first = all.fork();
        let reads = stream::iter(files).map(|file| {
            let (idle, first) = (&idle, &first);
            async move {
                let turn = fetches.acquire().await;
                let bytes = match self.logs.read(&file).await {
                    Ok(bytes) => bytes,
                    // Whether it will ever be readable is for a person to say.
                    Err(error) if is_lasting(error.kind) => return Ok(Some((file, error))),
                    Err(error) => return Err(error),
                };
                step(Step::Read(file.size));
                let fork = || first.fork();
                add(file, bytes, idle, fork, cores).await?;
                drop(turn);
                Ok(None)
            }
        });
        let mut reads = reads.buffer_unordered(FETCHES);
        while let Some(done) = reads.try_next().await? {
            unread.extend(done);
        }
        drop(reads);
        for digester in take(&idle) {
            all.absorb(digester);
        }
        for (file, error) in &unread {
            all.skip(&file.key, &format!("{} {}", error.operation, error.kind));
        }
        if let Some((_, error)) = unread.pop().filter(|_| unread.len() + 1 == total) {
            return Err(error);
        }
        self.write(item, all.finish()).await
    }

    async fn write(&self, item: &Item, digest: Digest) -> Result<Digested, PortError> {
        let bytes = digest.to_bytes().map_err(|error| broken(item, error.to_string()))?;
        let digested = Digested::of(&digest, bytes.len());
        self.ledger.write(item, bytes).await?;
        Ok(digested)
    }
}

impl Digested {
    fn of(digest: &Digest, size: usize) -> Self {
        let coverage = digest.coverage();
        Self {
            files: coverage.files,
            bytes: coverage.bytes,
            records: coverage.records,
            skipped: coverage.skipped.count,
            named: coverage.skipped.named.clone(),
            written: size as u64,
        }
    }
}

/// What is `wanted`, lies there, and has no final digest. Digests are not opened: whether one is
/// damaged is seen by who reads it.
///
/// # Errors
/// It cannot be told.
pub async fn undigested(
    logs: &impl Logs,
    ledger: &impl Ledger,
    wanted: &Wanted,
) -> Result<BTreeSet<Item>, PortError> {
    let items = logs.items(wanted).await?.items;
    let written = written_for_good(ledger, &items, wanted).await?;
    Ok(items.difference(&written).cloned().collect())
}

/// Those of `items` that have a digest written after their day was over.
async fn written_for_good(
    ledger: &impl Ledger,
    items: &BTreeSet<Item>,
    wanted: &Wanted,
) -> Result<BTreeSet<Item>, PortError> {
    let accounts: BTreeSet<&str> = items.iter().map(|item| item.account.as_str()).collect();
    let mut found = BTreeSet::new();
    for account in accounts {
        let written = ledger.written(account, wanted.from, wanted.to).await?.into_iter();
        let finals = written.filter(|(item, at)| is_final(item.day, *at));
        found.extend(finals.map(|(item, _)| item).filter(|item| items.contains(item)));
    }
    Ok(found)
}

/// Computes on a thread of its own, as many at a time as there are `cores`.
async fn add(
    file: LogFile,
    bytes: Vec<u8>,
    idle: &Arc<Mutex<Vec<Digester>>>,
    fork: impl Fn() -> Digester,
    cores: &Arc<Semaphore>,
) -> Result<(), PortError> {
    let core = cores.clone().acquire_owned().await;
    let digester = take_one(idle).unwrap_or_else(fork);
    let idle = idle.clone();
    let key = file.key.clone();
    let work = task::spawn_blocking(move || {
        let mut digester = digester;
        digester.add(&file.key, &bytes);
        idle.lock().unwrap_or_else(|broken| broken.into_inner()).push(digester);
        drop(core);
    });
    work.await.map_err(|error| PortError {
        operation: "digest",
        subject: key,
        kind: Kind::Failed,
        source: error.into(),
    })
}

fn take(idle: &Mutex<Vec<Digester>>) -> Vec<Digester> {
    std::mem::take(&mut *idle.lock().unwrap_or_else(|broken| broken.into_inner()))
}

fn take_one(idle: &Mutex<Vec<Digester>>) -> Option<Digester> {
    idle.lock().unwrap_or_else(|broken| broken.into_inner()).pop()
}

fn broken(item: &Item, why: String) -> PortError {
    PortError {
        operation: "digest",
        subject: item.to_string(),
        kind: Kind::Failed,
        source: why.into(),
    }
}

/// A file that was refused stays so, and is named in the digest; trouble on the way passes, and
/// the item is digested another time.
fn is_lasting(kind: Kind) -> bool {
    matches!(kind, Kind::Denied | Kind::Gone | Kind::Failed)
}

/// Whether a digest written `at` holds everything that was delivered on `day`.
fn is_final(day: Date, at: Timestamp) -> bool {
    let over = day.tomorrow().and_then(|next| next.to_zoned(TimeZone::UTC));
    over.is_ok_and(|over| at >= over.timestamp() + SETTLED)
}

#[cfg(test)]
#[path = "digest_tests.rs"]
mod tests;
