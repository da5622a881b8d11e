//! The compiled program between a Runtime API and the emulator's S3.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a helper that panics fails the test that called it"
)]

use std::sync::LazyLock;

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde_json::{Value, json};
use stand_ins::{
    emulator::{Account, Emulator},
    fault_proxy::{Fault, FaultProxy, Rule, Target},
    runtime_api::{Answer, RuntimeApi},
    security_hub::Options,
};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "us-east-1";

static EMULATOR: LazyLock<Emulator> =
    LazyLock::new(|| Emulator::start(Options::default()).unwrap_or_else(|error| panic!("{error}")));

struct Stage {
    account: Account,
    logs: String,
    ledger: String,
    function: RuntimeApi,
    _proxy: FaultProxy,
}

impl Stage {
    /// Buckets named after the test, and the program that reads one and writes the other.
    fn new(name: &str, faults: Vec<Rule>) -> Self {
        let account = EMULATOR.account(ACCOUNT, REGION);
        let (logs, ledger) = (format!("{name}-logs"), format!("{name}-ledger"));
        for bucket in [&logs, &ledger] {
            account.s3("PUT", &format!("/{bucket}"), "").unwrap();
        }
        let proxy = FaultProxy::start(EMULATOR.url(), faults).unwrap();
        let env = [
            ("AWS_ENDPOINT_URL", proxy.url()),
            ("AWS_ACCESS_KEY_ID", ACCOUNT.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "none".to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("WARDEN_LOGS", format!("s3://{logs}/org")),
            ("WARDEN_LEDGER", format!("s3://{ledger}")),
        ];
        let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, &**value)).collect();
        let function = RuntimeApi::spawn(env!("CARGO_BIN_EXE_digest"), &env).unwrap();
        Self { account, logs, ledger, function, _proxy: proxy }
    }

    fn deliver(&self, day: Date, n: usize) {
        let (folder, compact) = (day.strftime("%Y/%m/%d"), day.strftime("%Y%m%d"));
        let name = format!("{ACCOUNT}_CloudTrail_{REGION}_{compact}T0105Z_{n:016}.json.gz");
        let folder = format!("org/AWSLogs/o-abcdefghij/{ACCOUNT}/CloudTrail/{REGION}/{folder}");
        let key = format!("/{}/{folder}/{name}", self.logs);
        self.account.s3("PUT", &key, &log(day, n)).unwrap();
    }

    fn invoke(&self, event: &Value) -> Answer {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(self.function.invoke(event))
    }

    /// How many digests there are.
    fn digests(&self) -> usize {
        let list = self.account.s3("GET", &format!("/{}?list-type=2", self.ledger), "").unwrap();
        list.matches("/usage.jsonl.gz</Key>").count()
    }
}

fn log(day: Date, n: usize) -> String {
    json!({"Records": [{
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole", "principalId": "AROAEXAMPLEEXAMPLEEX:pay",
            "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/pay/pay"), "accountId": ACCOUNT,
            "sessionContext": {"sessionIssuer": {
                "type": "Role", "principalId": "AROAEXAMPLEEXAMPLEEX", "userName": "pay",
                "arn": format!("arn:aws:iam::{ACCOUNT}:role/pay"), "accountId": ACCOUNT,
            }},
        },
        "eventTime": format!("{day}T01:00:00Z"), "eventSource": "sqs.amazonaws.com",
        "eventName": "ListQueues", "awsRegion": REGION, "sourceIPAddress": "10.0.0.1",
        "userAgent": "Boto3", "requestParameters": null, "responseElements": null,
        "eventID": n.to_string(), "readOnly": true, "eventType": "AwsApiCall",
        "managementEvent": true, "recipientAccountId": ACCOUNT, "eventCategory": "Management",
    }]})
    .to_string()
}

fn days_ago(days: i32) -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date().saturating_sub(days.days())
}

fn item(day: Date) -> Value {
    json!({"account": ACCOUNT, "region": REGION, "day": day})
}

fn answered(answer: Answer) -> Value {
    match answer {
        Answer::Response(value) => value,
        other => panic!("{other:?}"),
    }
}

#[test]
fn days_are_digested_as_the_event_says() {
    let stage = Stage::new("orders", Vec::new());
    let (old, yesterday, today) = (days_ago(30), days_ago(1), days_ago(0));
    for (n, day) in [old, old, yesterday, today].into_iter().enumerate() {
        stage.deliver(day, n);
    }
    let one = answered(stage.invoke(&item(old)));
    assert_eq!((&one["items"][0]["files"], &one["items"][0]["records"]), (&json!(2), &json!(2)));
    assert_eq!((&one["items"][0]["day"], one["kept"].as_u64()), (&json!(old), Some(0)));
    assert_eq!(stage.digests(), 1);

    // Only yesterday of the week is there; today is not over.
    let week = answered(stage.invoke(&json!({})));
    assert_eq!(
        (&week["items"][0]["day"], week["items"].as_array().unwrap().len()),
        (&json!(yesterday), 1)
    );
    assert_eq!(stage.digests(), 2);

    let batch = answered(stage.invoke(&json!({"items": [item(yesterday), item(days_ago(2))]})));
    assert_eq!(batch["items"][0]["written"], 0, "no log files, no digest");
    assert_eq!(batch["items"][1]["written"], week["items"][0]["written"], "the same bytes");
    assert_eq!(stage.digests(), 2);
}

#[test]
fn trouble_has_a_stable_type_and_names_what_it_is_about() {
    let denied = |text| Target::call("s3", "GetObject").mentioning(text).always(Fault::Deny);
    let stage = Stage::new("trouble", vec![denied("T0105Z_0000000000000001")]);
    let (first, second) = (days_ago(10), days_ago(11));
    stage.deliver(first, 1);
    stage.deliver(second, 2);
    match stage.invoke(&json!({"items": [item(first), item(second)]})) {
        Answer::Error { kind, message, .. } => {
            assert_eq!(kind, "Denied", "{message}");
            assert!(
                message.starts_with(&format!("{ACCOUNT}/{REGION}/{first}: s3:GetObject")),
                "{message}"
            );
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(stage.digests(), 1, "the other day is digested");
    match stage.invoke(&json!({"day": "2026-05-20"})) {
        Answer::Error { kind, .. } => assert_eq!(kind, "BadEvent"),
        other => panic!("{other:?}"),
    }
}
