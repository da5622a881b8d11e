//! A snapshot of which nothing is known and files in memory, for the tests of this crate.

use std::{collections::BTreeMap, sync::Mutex};

use model::{Exposure, Fact, FunctionArn, Operation, Settings, Snapshot, Survey};

use crate::{Files, Kind, PortError};

/// Every fact unknown.
pub(crate) fn snapshot() -> Snapshot {
    fn unread<T>() -> Fact<T> {
        Fact::unknown("not read")
    }
    let arn: FunctionArn = "arn:aws:lambda:eu-west-1:111122223333:function:pay".parse().unwrap();
    Snapshot {
        arn,
        read_at: "2026-06-01T00:00:00Z".parse().unwrap(),
        remembered: None,
        settings: Settings::default(),
        runtime: unread(),
        runtime_update: unread(),
        environment: unread(),
        key: unread(),
        tags: unread(),
        exposure: Exposure { policy: unread(), url: unread() },
        qualifiers: unread(),
        layers: unread(),
        destinations: unread(),
        role: unread(),
        role_users: unread(),
        network: unread(),
        usage: unread(),
        operation: Operation::unknown("not read"),
        survey: Survey::unknown("not read"),
    }
}

/// Files in memory.
#[derive(Debug, Default)]
pub(crate) struct Memory(Mutex<BTreeMap<String, Vec<u8>>>);

impl Memory {
    /// As if it had never been written, or been written by somebody else.
    pub(crate) fn set(&self, key: &str, text: Option<&str>) {
        let mut all = self.0.lock().unwrap();
        match text {
            Some(text) => drop(all.insert(key.to_owned(), text.as_bytes().to_vec())),
            None => drop(all.remove(key).unwrap()),
        }
    }
}

impl Files for Memory {
    async fn read(&self, key: &str) -> Result<Vec<u8>, PortError> {
        let found = self.0.lock().unwrap().get(key).cloned();
        found.ok_or_else(|| PortError {
            operation: "read",
            subject: key.to_owned(),
            kind: Kind::Gone,
            source: "no such file".into(),
        })
    }

    async fn write(&self, key: &str, bytes: Vec<u8>) -> Result<(), PortError> {
        self.0.lock().unwrap().insert(key.to_owned(), bytes);
        Ok(())
    }

    async fn list(&self, folder: &str) -> Result<Vec<String>, PortError> {
        let prefix = format!("{folder}/");
        let keys = self.0.lock().unwrap();
        Ok(keys.keys().filter(|key| key.starts_with(&prefix)).cloned().collect())
    }
}
