//! The ports to CloudTrail's log files and to the ledger of digests made of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
};

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use trail::TrailSettings;

use crate::PortError;

/// What one digest is about, and the unit of digesting.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Twelve digits.
    pub account: String,
    /// `eu-west-1`
    pub region: String,
    /// Of delivery, UTC: the day in the log files' keys.
    pub day: Date,
}

impl std::fmt::Display for Item {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}", self.account, self.region, self.day)
    }
}

/// Which items are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Empty: every account.
    pub accounts: BTreeSet<String>,
    /// Empty: every Region.
    pub regions: BTreeSet<String>,
    /// First day.
    pub from: Date,
    /// Last day, included.
    pub to: Date,
}

impl Wanted {
    /// Whether `item` is meant.
    pub fn has(&self, item: &Item) -> bool {
        let any = |set: &BTreeSet<String>, one: &String| set.is_empty() || set.contains(one);
        any(&self.accounts, &item.account)
            && any(&self.regions, &item.region)
            && (self.from..=self.to).contains(&item.day)
    }
}

/// A log file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogFile {
    /// Its key, below what the logs were opened at.
    pub key: String,
    /// Bytes, compressed.
    pub size: u64,
}

/// What there is to digest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// In order.
    pub items: BTreeSet<Item>,
    /// Files that no item claims, for their names say neither account nor Region nor day.
    pub strays: Vec<String>,
}

/// Reads the log files that CloudTrail delivers.
pub trait Logs: Send + Sync {
    /// What there is among `wanted`.
    ///
    /// # Errors
    /// A list cannot be read to its end.
    fn items(&self, wanted: &Wanted) -> impl Future<Output = Result<Found, PortError>> + Send;

    /// The log files of `item`; none where there are none.
    ///
    /// # Errors
    /// The list cannot be read to its end.
    fn files(&self, item: &Item) -> impl Future<Output = Result<Vec<LogFile>, PortError>> + Send;

    /// A file as it lies there, compressed: CloudTrail makes them small.
    ///
    /// # Errors
    /// It cannot be read whole.
    fn read(&self, file: &LogFile) -> impl Future<Output = Result<Vec<u8>, PortError>> + Send;

    /// What the trail that fills `item` records; `None`: it cannot be told.
    fn trail(&self, item: &Item) -> impl Future<Output = Option<TrailSettings>> + Send;
}

/// Keeps digests: small files, one an item, each written as a whole.
pub trait Ledger: Send + Sync {
    /// When the digests of `account` were written, those of the days `from` to `to`.
    ///
    /// # Errors
    /// The list cannot be read to its end.
    fn written(
        &self,
        account: &str,
        from: Date,
        to: Date,
    ) -> impl Future<Output = Result<BTreeMap<Item, Timestamp>, PortError>> + Send;

    /// A digest's bytes.
    ///
    /// # Errors
    /// `Kind::Gone`: there is none.
    fn read(&self, item: &Item) -> impl Future<Output = Result<Vec<u8>, PortError>> + Send;

    /// Puts a digest in place of what is there. The same bytes twice leave the same state.
    ///
    /// # Errors
    /// It was not written, and what was there stands.
    fn write(
        &self,
        item: &Item,
        digest: Vec<u8>,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}
