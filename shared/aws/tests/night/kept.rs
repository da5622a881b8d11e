//! What a store holds and what it ever archived, without the times that no two playings share.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};
use stand_ins::security_hub::SecurityHub;

use crate::world::{ACCOUNTS, REGION, STAGES};

/// Findings by id, and in which stage each was archived.
#[derive(Debug, PartialEq)]
pub(crate) struct Kept {
    pub(crate) findings: BTreeMap<String, Value>,
    pub(crate) archived: BTreeSet<(String, usize)>,
}

impl Kept {
    pub(crate) fn of(hub: &SecurityHub) -> Self {
        let all = ACCOUNTS.iter().flat_map(|account| hub.findings(account, REGION));
        let mut findings = BTreeMap::new();
        for finding in all {
            let id = text(&finding, "/Id").to_owned();
            let twice = findings.insert(id.clone(), timeless(finding));
            assert!(twice.is_none(), "{id} is there twice");
        }
        let told = hub
            .events()
            .into_iter()
            .flat_map(|event| event["detail"]["findings"].as_array().cloned().unwrap_or_default());
        let archived = told
            .filter(|finding| text(finding, "/RecordState") == "ARCHIVED")
            .map(|finding| {
                (text(&finding, "/Id").to_owned(), stage_of(text(&finding, "/ProcessedAt")))
            })
            .collect();
        Self { findings, archived }
    }
}

pub(crate) fn text<'a>(finding: &'a Value, path: &str) -> &'a str {
    finding.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

/// Nothing wrong is said by it.
pub(crate) fn is_closed(finding: &Value) -> bool {
    let is_settled = text(finding, "/Compliance/Status") == "PASSED"
        && text(finding, "/Workflow/Status") == "RESOLVED";
    is_settled || text(finding, "/RecordState") == "ARCHIVED"
}

/// Of its birth the stage is left; of all other times nothing.
fn timeless(mut finding: Value) -> Value {
    let born = stage_of(text(&finding, "/FirstObservedAt"));
    let all = finding.as_object_mut().unwrap();
    for name in ["CreatedAt", "UpdatedAt", "ProcessedAt", "LastObservedAt"] {
        all.remove(name);
    }
    all.insert("FirstObservedAt".to_owned(), json!(born));
    if let Some(note) = all.get_mut("Note").and_then(Value::as_object_mut) {
        note.remove("UpdatedAt");
    }
    finding
}

fn stage_of(time: &str) -> usize {
    let time: Timestamp = time.parse().unwrap();
    STAGES.iter().rposition(|begin| begin.parse::<Timestamp>().unwrap() <= time).unwrap()
}
