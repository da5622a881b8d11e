//! Whole files: the forms they come in, and what is wrong with some.

use serde_json::{Value, json};

use crate::records::{digest_of, digester, gzip, log, shape, shapes, with};

fn numbered() -> Vec<Value> {
    let number = |(at, shape)| with(shape, &[("eventID", json!(format!("event {at}")))]);
    shapes().into_iter().enumerate().map(number).collect()
}

fn text(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

/// Case 56.
#[test]
fn every_form_gives_the_same_rows() {
    let records = numbered();
    let expected = digest_of(&[log(&records)]);
    assert_eq!(expected.rows().len(), 12);
    let quoted = |record: &Value| json!({ "EventId": "x", "CloudTrailEvent": record.to_string() });
    let looked_up =
        json!({ "Events": records.iter().map(quoted).collect::<Vec<_>>(), "NextToken": "x" });
    let bus = |record: &Value| json!({ "version": "0", "detail-type": "AWS API Call via CloudTrail", "detail": record });
    let events: Vec<Value> = records.iter().map(bus).collect();
    let lines = |values: &[Value]| values.iter().map(|v| v.to_string() + "\n").collect::<String>();
    let pretty = serde_json::to_vec_pretty(&json!({ "Records": records })).unwrap();
    let halves = [log(&records[..7]), log(&records[7..])];
    let backwards: Vec<Value> = records.iter().rev().cloned().collect();
    let forms = [
        ("gzip", gzip(&log(&records))),
        ("two members", halves.iter().flat_map(|half| gzip(half)).collect()),
        ("white space", pretty),
        ("byte order mark", [b"\xef\xbb\xbf", log(&records).as_slice()].concat()),
        ("LookupEvents", text(&looked_up)),
        ("EventBridge", text(&json!(events))),
        ("EventBridge by Firehose", lines(&events).into_bytes()),
        ("records, one a line", lines(&records).into_bytes()),
        ("a list of records", text(&json!(records))),
        ("another order", log(&backwards)),
    ];
    for (name, file) in forms {
        let digest = digest_of(&[file]);
        assert_eq!(digest.coverage().skipped.count, 0, "{name}");
        assert_eq!(digest.coverage().records, 15, "{name}");
        assert_eq!(digest.coverage().sources, expected.coverage().sources, "{name}");
        assert_eq!(digest.rows(), expected.rows(), "{name}");
    }
}

#[test]
fn damage_is_told_and_the_rest_is_read() {
    let records = numbered();
    let whole = log(&records);
    let cut = whole[..whole.len() * 2 / 3].to_vec();
    let packed = gzip(&whole);
    let mut odd = records.clone();
    odd.insert(3, json!("no record"));
    let untimed = with(shape(1), &[("eventTime", json!("yesterday"))]);
    let cases = [
        ("sound", gzip(&whole), 15, None),
        ("cut JSON", cut.clone(), 9, Some("damaged JSON: what is before the damage was read")),
        (
            "cut JSON in gzip",
            gzip(&cut),
            9,
            Some("damaged JSON: what is before the damage was read"),
        ),
        (
            "cut gzip",
            packed[..packed.len() - 9].to_vec(),
            14,
            Some("damaged gzip: what is before the damage was read"),
        ),
        (
            "a string among the records",
            log(&odd),
            15,
            Some("holds values that are no CloudTrail records"),
        ),
        ("other JSON", b"{\"a\":1}".to_vec(), 0, Some("no CloudTrail records")),
        (
            "a digest of CloudTrail's own",
            text(&json!({ "awsAccountId": "1", "logFiles": [] })),
            0,
            Some("no CloudTrail records"),
        ),
        ("text", b"hello".to_vec(), 0, Some("no CloudTrail records")),
        ("nothing", Vec::new(), 0, Some("no CloudTrail records")),
        (
            "a record without time",
            log(&[untimed]),
            1,
            Some("a record that names no call, role or time"),
        ),
        ("no records", log(&[]), 0, None),
    ];
    for (name, file, read, reason) in cases {
        let mut digester = digester();
        digester.add("sound", &log(&records[..1]));
        digester.add("the file", &file);
        let digest = digester.finish();
        let coverage = digest.coverage();
        let found = coverage.skipped.named.get("the file").map(String::as_str);
        assert_eq!(found, reason, "{name}");
        assert_eq!(coverage.skipped.count, u64::from(reason.is_some()), "{name}");
        assert_eq!(coverage.records, 1 + read, "{name}");
        assert_eq!(coverage.files, 2, "{name}");
    }
}

/// Case 48: an event of 256 KB is an event.
#[test]
fn large_events_are_read() {
    let padding = json!({ "note": "\\\"{[".repeat(64 << 10) });
    let record = with(shape(1), &[("requestParameters", padding)]);
    let digest = digest_of(&[gzip(&log(&[record, shape(3)]))]);
    assert_eq!(digest.coverage().skipped.count, 0);
    assert_eq!(digest.rows().len(), 2);
}

/// Many bad files are counted, and a few are named.
#[test]
fn names_of_bad_files_are_bounded() {
    let mut digester = digester();
    for number in 0..100 {
        digester.add(&format!("{number:03}"), b"nothing");
    }
    digester.skip("000 not fetched", "access denied");
    let digest = digester.finish();
    assert_eq!(digest.coverage().skipped.count, 101);
    assert_eq!(digest.coverage().skipped.named.len(), 20);
    assert!(digest.coverage().skipped.named.contains_key("000 not fetched"));
}
