//! The files of nights in a bucket or a folder.

use std::sync::Arc;

use scan::{Files, PortError};
use tokio::sync::OnceCell;

use super::Store;
use crate::Cloud;

/// Files by the key that they are given.
#[derive(Debug)]
pub struct NightFiles {
    cloud: Arc<Cloud>,
    named: String,
    store: OnceCell<Store>,
}

impl NightFiles {
    /// Files at `s3://bucket/prefix` or in a folder. It is opened by the first call.
    pub fn new(cloud: Arc<Cloud>, named: impl Into<String>) -> Self {
        Self { cloud, named: named.into(), store: OnceCell::new() }
    }

    async fn store(&self) -> Result<&Store, PortError> {
        self.store.get_or_try_init(|| Store::open(&self.cloud, &self.named)).await
    }
}

impl Files for NightFiles {
    async fn read(&self, key: &str) -> Result<Vec<u8>, PortError> {
        self.store().await?.get(key).await
    }

    async fn write(&self, key: &str, bytes: Vec<u8>) -> Result<(), PortError> {
        self.store().await?.put(key, bytes).await
    }

    async fn list(&self, folder: &str) -> Result<Vec<String>, PortError> {
        let entries = self.store().await?.all(folder).await?;
        Ok(entries.into_iter().map(|entry| entry.key).collect())
    }
}
