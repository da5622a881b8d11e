//! The digests of an account over a window of days, taken together.

use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::{ToSpan, civil::Date};
use trail::Digest;

use crate::{Item, Kind, Ledger, PortError};

/// Digests read at the same time.
pub(crate) const READS: usize = 32;

/// How far back a role's use is looked at, unless somebody asks otherwise.
pub const WINDOW_DAYS: u16 = 90;

/// Days of a window, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

impl Window {
    /// The `days` that end yesterday: today's log files are still being delivered.
    pub fn before(today: Date, days: u16) -> Self {
        let to = today.saturating_sub(1.day());
        Self { from: to.saturating_sub((i32::from(days.max(1)) - 1).days()), to }
    }
}

/// What the ledger holds of `account` in `window`, and the digests that are damaged.
///
/// The day of a damaged digest counts as one that was not digested.
///
/// # Errors
/// The list, or a digest in it, cannot be read.
pub async fn usage_of(
    ledger: &impl Ledger,
    account: &str,
    window: Window,
) -> Result<(trail::Ledger, Vec<Item>), PortError> {
    let written = ledger.written(account, window.from, window.to).await?;
    let mut all = trail::Ledger::new(window.from, window.to);
    let reads = stream::iter(written.into_keys()).map(|item| async move {
        let read = read_digest(ledger, &item).await?;
        Ok((item, read))
    });
    let mut reads = reads.buffer_unordered(READS);
    let mut damaged = Vec::new();
    while let Some((item, read)) = reads.try_next().await? {
        match read {
            Some((digest, _)) => all.add(&digest),
            None => damaged.push(item),
        }
    }
    drop(reads);
    damaged.sort();
    Ok((all, damaged))
}

/// A digest and its size in bytes; `None`: it is damaged, or was taken away just now.
///
/// # Errors
/// It cannot be read for another reason.
pub(crate) async fn read_digest(
    ledger: &impl Ledger,
    item: &Item,
) -> Result<Option<(Digest, usize)>, PortError> {
    let bytes = match ledger.read(item).await {
        Ok(bytes) => bytes,
        Err(error) if error.kind == Kind::Gone => return Ok(None),
        Err(error) => return Err(error),
    };
    // Its key leads the digest's name: one that lies elsewhere is not believed.
    let key = trail::item_key(&item.account, &item.region, item.day);
    let digest = Digest::from_bytes(&bytes).ok().filter(|digest| digest.key() == key);
    Ok(digest.map(|digest| (digest, bytes.len())))
}
