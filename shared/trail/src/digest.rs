use std::io::{self, Write};

use jiff::civil::Date;
use libdeflater::{CompressionLvl, Compressor};
use serde::{Deserialize, Serialize};

use crate::{CoverageRecord, Row, inflate::Inflater, rows::joined};

/// Who called what, of one account, Region and day of delivery.
///
/// Merging is commutative, associative and idempotent, and the bytes of equal digests are equal:
/// it does not matter how often and in which order the same files are digested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    pub(crate) coverage: CoverageRecord,
    /// In the order of their keys.
    pub(crate) rows: Vec<Row>,
}

/// Bytes that are no digest.
#[derive(Debug, thiserror::Error)]
pub enum BadDigest {
    /// Not gzip, or not whole.
    #[error("the digest is not a whole gzip file")]
    Gzip,
    /// A line is not what the format says.
    #[error("line {line} of the digest is not as written by this version")]
    Line {
        /// The first is 1.
        line: usize,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// Not exactly one coverage line, and that first.
    #[error("the digest does not begin with its coverage")]
    Coverage,
    /// Two digests of different accounts, Regions or days.
    #[error("digests of different accounts, Regions or days do not merge")]
    Different,
}

/// Where a digest lies below the root of all: its account, Region and day are in the key, as
/// partitions that DuckDB and Athena read.
///
/// ```
/// let key = trail::item_key("111122223333", "eu-west-1", "2026-05-21".parse()?);
/// assert_eq!(key, "v1/account=111122223333/region=eu-west-1/day=2026-05-21/usage.jsonl.gz");
/// # Ok::<(), jiff::Error>(())
/// ```
pub fn item_key(account: &str, region: &str, day: Date) -> String {
    format!("v1/account={account}/region={region}/day={day}/usage.jsonl.gz")
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "kebab-case")]
enum Line {
    Coverage { coverage: CoverageRecord },
    Call(Row),
}

impl Digest {
    /// What the digest is made of, and what the trail could see.
    pub fn coverage(&self) -> &CoverageRecord {
        &self.coverage
    }

    /// The calls, in the order of role, function, action.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The digest's own key, [`item_key`].
    pub fn key(&self) -> String {
        item_key(&self.coverage.account, &self.coverage.region, self.coverage.day)
    }

    /// The file: gzip, without a time in it, of one JSON line each. Equal digests give equal bytes.
    ///
    /// # Errors
    /// None that can happen: every value has a JSON form and memory is large enough.
    pub fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let mut text = Vec::with_capacity(512 * (self.rows.len() + 1));
        let coverage = Line::Coverage { coverage: self.coverage.clone() };
        serde_json::to_writer(&mut text, &coverage)?;
        text.write_all(b"\n")?;
        for row in &self.rows {
            serde_json::to_writer(&mut text, &Line::Call(row.clone()))?;
            text.write_all(b"\n")?;
        }
        let mut compressor = Compressor::new(CompressionLvl::default());
        let mut file = vec![0; compressor.gzip_compress_bound(text.len())];
        let length = compressor.gzip_compress(&text, &mut file).map_err(io::Error::other)?;
        file.truncate(length);
        Ok(file)
    }

    /// Reads what [`Digest::to_bytes`] wrote.
    ///
    /// # Errors
    /// The bytes are cut, changed, or of another version.
    pub fn from_bytes(file: &[u8]) -> Result<Self, BadDigest> {
        let mut inflater = Inflater::new();
        let (text, damage) = inflater.open(file);
        if damage.is_some() {
            return Err(BadDigest::Gzip);
        }
        let (mut coverage, mut rows) = (None, Vec::new());
        for (number, line) in text.split(|&byte| byte == b'\n').enumerate() {
            if line.is_empty() {
                continue;
            }
            let bad = |source| BadDigest::Line { line: number + 1, source };
            match serde_json::from_slice(line).map_err(bad)? {
                Line::Coverage { coverage: found } if number == 0 => coverage = Some(found),
                Line::Coverage { .. } => return Err(BadDigest::Coverage),
                Line::Call(row) => rows.push(row),
            }
        }
        rows.sort_by(|a: &Row, b: &Row| a.key().cmp(&b.key()));
        Ok(Self { coverage: coverage.ok_or(BadDigest::Coverage)?, rows })
    }

    /// What both digests together say of the same account, Region and day.
    ///
    /// # Errors
    /// They are not of the same.
    pub fn merge(mut self, other: &Self) -> Result<Self, BadDigest> {
        let id = |digest: &Self| {
            let coverage = &digest.coverage;
            (coverage.account.clone(), coverage.region.clone(), coverage.day)
        };
        if id(&self) != id(other) {
            return Err(BadDigest::Different);
        }
        self.coverage.join(&other.coverage);
        self.rows = joined(self.rows, &other.rows, Row::join);
        Ok(self)
    }
}

#[cfg(test)]
mod tests;
