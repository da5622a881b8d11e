//! Records and log files for the other tests.

use libdeflater::{CompressionLvl, Compressor};
use serde_json::{Value, json};
use trail::{Digest, Digester, Row};

/// The sanitised shapes S1 to S15 of real events.
pub(crate) fn shapes() -> Vec<Value> {
    let text = include_str!("lambda-role-events.json");
    let file: Value = serde_json::from_str(text).unwrap();
    file["Records"].as_array().unwrap().clone()
}

/// The shape `S<number>`.
pub(crate) fn shape(number: usize) -> Value {
    shapes().swap_remove(number - 1)
}

/// The record with each `path` (`userIdentity/arn`) set to a value; `null` takes the member away.
pub(crate) fn with(mut record: Value, changes: &[(&str, Value)]) -> Value {
    for (path, value) in changes {
        let (parent, key) = path.rsplit_once('/').unwrap_or(("", path));
        let pointer = if parent.is_empty() { String::new() } else { format!("/{parent}") };
        let parent = record.pointer_mut(&pointer).unwrap().as_object_mut().unwrap();
        if value.is_null() {
            parent.remove(key);
        } else {
            parent.insert(key.to_owned(), value.clone());
        }
    }
    record
}

/// A log file as CloudTrail delivers it, before compression.
pub(crate) fn log(records: &[Value]) -> Vec<u8> {
    serde_json::to_vec(&json!({ "Records": records })).unwrap()
}

pub(crate) fn gzip(text: &[u8]) -> Vec<u8> {
    let mut compressor = Compressor::new(CompressionLvl::default());
    let mut file = vec![0; compressor.gzip_compress_bound(text.len())];
    let length = compressor.gzip_compress(text, &mut file).unwrap();
    file.truncate(length);
    file
}

pub(crate) fn digester() -> Digester {
    Digester::new("111122223333", "us-east-1", "2026-05-21".parse().unwrap())
}

/// The digest of some files.
pub(crate) fn digest_of(files: &[Vec<u8>]) -> Digest {
    let mut digester = digester();
    for (number, file) in files.iter().enumerate() {
        digester.add(&format!("{number}.json.gz"), file);
    }
    digester.finish()
}

/// The rows that one record makes.
pub(crate) fn rows(record: Value) -> Vec<Row> {
    let digest = digest_of(&[gzip(&log(&[record]))]);
    assert_eq!(digest.coverage().records, 1);
    assert_eq!(digest.coverage().skipped.count, 0, "{:?}", digest.coverage().skipped);
    digest.rows().to_vec()
}
