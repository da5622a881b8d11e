//! What is remembered of functions, in the ledger's folder or bucket beside the digests.
//!
//! * `memory/account=<account>/region=<region>/facts.jsonl.gz`: a line a function.
//! * `memory/account=<account>/region=<region>/touched/<function>/<time>`: an empty object for a
//!   change that an event told of. Objects, not lines, so that many may note changes at once.

use std::sync::Arc;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use libdeflater::{CompressionLvl, Compressor, Decompressor};
use model::FunctionArn;
use scan::{Kind, Place, PortError};

use crate::{Cloud, failure::refuse, reader::Own, store::LateStore};

/// Far more than a place's functions fill.
const LARGEST: usize = 256 << 20;

/// How times are written into keys.
const TIME: &str = "%Y%m%dT%H%M%SZ";

/// What is remembered of functions, in a bucket or a folder.
#[derive(Debug)]
pub struct Memory {
    store: LateStore,
}

/// A change that an event told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Of the function.
    pub(crate) name: String,
    pub(crate) at: Timestamp,
}

impl Memory {
    /// The memory at `s3://bucket/prefix` or in a folder. It is opened by the first call.
    pub fn new(cloud: Arc<Cloud>, named: impl Into<String>) -> Self {
        Self { store: LateStore::new(cloud, named) }
    }

    /// What is remembered of `place`. Lines that cannot be read are left out and said aloud.
    ///
    /// # Errors
    /// The file is damaged or cannot be read. None at all is no error.
    pub(crate) async fn load(&self, place: &Place) -> Result<Vec<Own>, PortError> {
        let key = facts(place);
        let file = match self.store.get().await?.get(&key).await {
            Ok(file) => file,
            Err(error) if error.kind == Kind::Gone => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let text = inflate(&file).map_err(|why| refuse("s3:GetObject", key, Kind::Failed, why))?;
        let lines = text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        let mut read = Vec::new();
        let mut unreadable = 0_u64;
        for line in lines {
            match serde_json::from_slice::<Own>(line) {
                Ok(own) if Place::of(&own.arn) == *place => read.push(own),
                _ => unreadable += 1,
            }
        }
        if unreadable > 0 {
            tracing::warn!(%place, unreadable, "remembered facts of another version: read anew");
        }
        Ok(read)
    }

    pub(crate) async fn save<'a>(
        &self,
        place: &Place,
        owns: impl Iterator<Item = &'a Own>,
    ) -> Result<(), PortError> {
        let key = facts(place);
        let file =
            deflate(owns).map_err(|why| refuse("s3:PutObject", key.clone(), Kind::Failed, why))?;
        self.store.get().await?.put(&key, file).await
    }

    /// Notes that the function was changed.
    pub(crate) async fn touch(&self, arn: &FunctionArn, at: Timestamp) -> Result<(), PortError> {
        let mark = Mark { name: arn.name().to_owned(), at };
        self.store.get().await?.put(&mark.key(&Place::of(arn)), Vec::new()).await
    }

    /// The changes noted in `place`.
    pub(crate) async fn touched(&self, place: &Place) -> Result<Vec<Mark>, PortError> {
        let marks = self.store.get().await?.all(&touched(place)).await?;
        Ok(marks.iter().filter_map(|entry| Mark::read(&entry.key)).collect())
    }

    /// Drops notes.
    pub(crate) async fn forget(&self, place: &Place, marks: &[Mark]) -> Result<(), PortError> {
        let keys = marks.iter().map(|mark| mark.key(place)).collect();
        self.store.get().await?.delete(keys).await
    }
}

impl Mark {
    fn key(&self, place: &Place) -> String {
        format!("{}/{}/{}", touched(place), self.name, self.at.strftime(TIME))
    }

    fn read(key: &str) -> Option<Self> {
        let mut parts = key.rsplit('/');
        let at = DateTime::strptime(TIME, parts.next()?).ok()?;
        let at = at.to_zoned(TimeZone::UTC).ok()?.timestamp();
        Some(Self { name: parts.next()?.to_owned(), at })
    }
}

fn folder(place: &Place) -> String {
    format!("memory/account={}/region={}", place.account, place.region)
}

fn facts(place: &Place) -> String {
    format!("{}/facts.jsonl.gz", folder(place))
}

fn touched(place: &Place) -> String {
    format!("{}/touched", folder(place))
}

fn deflate<'a>(owns: impl Iterator<Item = &'a Own>) -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    for own in owns {
        serde_json::to_writer(&mut text, own).map_err(|error| error.to_string())?;
        text.push(b'\n');
    }
    let mut compressor = Compressor::new(CompressionLvl::default());
    let mut file = vec![0; compressor.gzip_compress_bound(text.len())];
    let length = compressor.gzip_compress(&text, &mut file).map_err(|error| error.to_string())?;
    file.truncate(length);
    Ok(file)
}

fn inflate(file: &[u8]) -> Result<Vec<u8>, String> {
    // A gzip file ends with the length of what it holds.
    let length = file.last_chunk::<4>().map_or(0, |bytes| u32::from_le_bytes(*bytes));
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if length > LARGEST {
        return Err(format!("it claims to hold {length} bytes"));
    }
    let mut text = vec![0; length];
    let whole = Decompressor::new().gzip_decompress(file, &mut text);
    match whole {
        Ok(read) if read == length => Ok(text),
        _ => Err("it is no whole gzip file".to_owned()),
    }
}
