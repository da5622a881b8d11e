//! The ledger of digests in a bucket or a folder.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::{Timestamp, civil::Date};
use scan::{Item, Kind, Ledger, PortError, repair::Lesson};

use super::LateStore;
use crate::{Cloud, failure::refuse};

/// Digests, each under the key that [`trail::item_key`] gives it.
#[derive(Debug)]
pub struct Digests {
    store: LateStore,
}

impl Digests {
    /// The ledger at `s3://bucket/prefix` or in a folder. It is opened by the first call.
    pub fn new(cloud: Arc<Cloud>, named: impl Into<String>) -> Self {
        Self { store: LateStore::new(cloud, named) }
    }

    /// The accounts there are digests of.
    ///
    /// # Errors
    /// The list cannot be read to its end.
    pub async fn accounts(&self) -> Result<BTreeSet<String>, PortError> {
        let (folders, _) = self.store.get().await?.children("v1").await?;
        let account = |name: String| name.strip_prefix("account=").map(str::to_owned);
        Ok(folders.into_iter().filter_map(account).collect())
    }

    /// What denied calls have taught of the roles of an account.
    ///
    /// # Errors
    /// They cannot be read, or one is damaged: without it an action would be taken for unused.
    pub(crate) async fn lessons(&self, account: &str) -> Result<Vec<Lesson>, PortError> {
        let store = self.store.get().await?;
        let mut found = Vec::new();
        for entry in store.all(&scan::repair::lessons_of(account)).await? {
            let bytes = store.get(&entry.key).await?;
            let lesson = serde_json::from_slice(&bytes).map_err(|bad| {
                refuse("read", &entry.key, Kind::Failed, format!("the file is damaged: {bad}"))
            })?;
            found.push(lesson);
        }
        Ok(found)
    }
}

impl Ledger for Digests {
    async fn written(
        &self,
        account: &str,
        from: Date,
        to: Date,
    ) -> Result<BTreeMap<Item, Timestamp>, PortError> {
        let entries = self.store.get().await?.all(&format!("v1/account={account}")).await?;
        let found =
            entries.into_iter().filter_map(|entry| Some((item(&entry.key)?, entry.modified)));
        Ok(found.filter(|(item, _)| (from..=to).contains(&item.day)).collect())
    }

    async fn read(&self, item: &Item) -> Result<Vec<u8>, PortError> {
        self.store.get().await?.get(&key(item)).await
    }

    async fn write(&self, item: &Item, digest: Vec<u8>) -> Result<(), PortError> {
        self.store.get().await?.put(&key(item), digest).await
    }
}

fn key(item: &Item) -> String {
    trail::item_key(&item.account, &item.region, item.day)
}

/// The item whose digest has this key; `None`: it is no digest's.
fn item(key: &str) -> Option<Item> {
    let part =
        |name: &str| key.split('/').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
    let day = part("day")?.parse().ok()?;
    let item = Item { account: part("account")?.into(), region: part("region")?.into(), day };
    (self::key(&item) == key).then_some(item)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_its_item_and_nothing_else_does() {
        let good = "v1/account=111122223333/region=eu-west-1/day=2026-05-21/usage.jsonl.gz";
        assert_eq!(key(&item(good).unwrap()), good);
        for bad in [
            "v1/account=111122223333/region=eu-west-1/day=2026-05-21/usage.jsonl",
            "v1/account=111122223333/region=eu-west-1/day=2026-5-21/usage.jsonl.gz",
            "v1/region=eu-west-1/account=111122223333/day=2026-05-21/usage.jsonl.gz",
            "v2/account=111122223333/region=eu-west-1/day=2026-05-21/usage.jsonl.gz",
            "usage.jsonl.gz",
        ] {
            assert_eq!(item(bad), None, "{bad}");
        }
    }
}
