//! What holds of every file and every text of records. Shared by the fuzz targets and by the replay
//! of their corpus in `cargo test`.

use serde_json::{Value, json};
use trail::{Digest, Digester, Ledger, Raw};

/// Any bytes as a log file. Panics if something does not hold.
pub(crate) fn file(data: &[u8]) {
    let digest = digest(&[data]);
    assert_eq!(digest.coverage().files, 1);
    assert_eq!(digest.coverage().bytes, data.len() as u64);
    let bytes = digest.to_bytes().expect("a digest has bytes");
    let again = Digest::from_bytes(&bytes).expect("it was written here");
    assert_eq!(again, digest);
    let same = digest.clone().merge(&again).expect("it is of the same day");
    assert_eq!(same, digest);
    // What a file says twice counts as often as without ids it must.
    let twice = self::digest(&[data, data]);
    assert_eq!(twice.coverage().records, 2 * digest.coverage().records);
    assert_eq!(keys(&twice), keys(&digest));

    let day = digest.coverage().day;
    let mut ledger = Ledger::new(day, day);
    ledger.add(&digest);
    assert_eq!(ledger.rows().count(), digest.rows().len());
    for row in digest.rows() {
        let usage = ledger.usage(&row.role, row.role_id.as_deref(), None);
        assert!(!usage.calls.is_empty(), "{}", row.role);
        assert!(row.count > 0 && row.first <= row.last);
        assert!(row.arns.len() <= 64 && (row.unknown || !row.arns.is_empty()));
    }
}

/// Any text as JSON, and as the records of a log file if it is JSON to others too.
pub(crate) fn records(data: &[u8]) {
    if let Some(raw) = Raw::new(data) {
        walk(raw, 0);
    }
    file(data);
    let Ok(value) = serde_json::from_slice::<Value>(data) else { return };
    let elements = match &value {
        Value::Array(elements) => elements.clone(),
        Value::Object(object) => match object.get("Records") {
            Some(Value::Array(elements)) => elements.clone(),
            _ => vec![value.clone()],
        },
        _ => return,
    };
    // Written anew there are no two members of one name and no needless escapes, on which two
    // readers may differ.
    let text = serde_json::to_vec(&json!({ "Records": elements })).expect("it was JSON");
    let found = digest(&[&text]);
    let expected = elements.iter().filter(|element| is_record(element)).count();
    assert_eq!(found.coverage().records, expected as u64);
}

fn digest(files: &[&[u8]]) -> Digest {
    let day = jiff::civil::date(2026, 5, 21);
    let mut digester = Digester::new("111122223333", "us-east-1", day);
    files.iter().for_each(|file| digester.add("file", file));
    digester.finish()
}

/// The rows without their counts and times.
fn keys(digest: &Digest) -> Vec<Value> {
    let key = |row: &trail::Row| {
        let mut row = serde_json::to_value(row).expect("a row is JSON");
        row["count"] = Value::Null;
        row
    };
    digest.rows().iter().map(key).collect()
}

fn is_record(value: &Value) -> bool {
    let has_text = |name| value[name].as_str().is_some_and(|text| !text.is_empty());
    let is_named = value.get("eventVersion").is_some() || value.get("userIdentity").is_some();
    is_named && has_text("eventSource") && has_text("eventName")
}

fn walk(raw: Raw<'_>, depth: u32) {
    let _ = (raw.text(), raw.plain(), raw.flag(), raw.is_null(), raw.path(&["a", "b"]));
    if depth > 200 {
        return;
    }
    raw.items().for_each(|item| walk(item, depth + 1));
    for (name, value) in raw.members() {
        let _ = name.as_str();
        walk(value, depth + 1);
    }
}
