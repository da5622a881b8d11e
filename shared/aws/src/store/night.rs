//! The files of nights in a bucket or a folder.

use std::sync::Arc;

use jiff::civil::Date;
use scan::{
    Files, PortError,
    repair::{Vault, Version},
};

use super::LateStore;
use crate::Cloud;

/// Files by the key that they are given.
#[derive(Debug)]
pub struct NightFiles {
    store: LateStore,
}

impl NightFiles {
    /// Files at `s3://bucket/prefix` or in a folder. It is opened by the first call.
    pub fn new(cloud: Arc<Cloud>, named: impl Into<String>) -> Self {
        Self { store: LateStore::new(cloud, named) }
    }

    /// The nights that left files, the newest first.
    ///
    /// # Errors
    /// The list cannot be read to its end.
    pub async fn nights(&self) -> Result<Vec<Date>, PortError> {
        let (folders, _) = self.store.get().await?.children("nights").await?;
        let mut nights: Vec<Date> = folders.iter().filter_map(|name| name.parse().ok()).collect();
        nights.sort_unstable_by(|a, b| b.cmp(a));
        Ok(nights)
    }
}

impl Files for NightFiles {
    async fn read(&self, key: &str) -> Result<Vec<u8>, PortError> {
        self.store.get().await?.get(key).await
    }

    async fn write(&self, key: &str, bytes: Vec<u8>) -> Result<(), PortError> {
        self.store.get().await?.put(key, bytes).await
    }

    async fn list(&self, folder: &str) -> Result<Vec<String>, PortError> {
        let entries = self.store.get().await?.all(folder).await?;
        Ok(entries.into_iter().map(|entry| entry.key).collect())
    }
}

impl Vault for NightFiles {
    async fn fetch(&self, key: &str) -> Result<(Vec<u8>, Version), PortError> {
        let (bytes, tag) = self.store.get().await?.fetch(key).await?;
        Ok((bytes, Version(tag)))
    }

    async fn swap(
        &self,
        key: &str,
        bytes: Vec<u8>,
        then: Option<&Version>,
    ) -> Result<Option<Version>, PortError> {
        let then = then.map(|version| version.0.as_str());
        let tag = self.store.get().await?.swap(key, bytes, then).await?;
        Ok(tag.map(Version))
    }

    async fn remove(&self, key: &str) -> Result<(), PortError> {
        self.store.get().await?.delete(vec![key.to_owned()]).await
    }
}
