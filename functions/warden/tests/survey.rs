//! What a scan of a whole place tells besides: log groups, alarms, queues and metrics of an emulator.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a helper that panics fails the test that called it"
)]

use std::process::{Command, Output};

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use stand_ins::{
    emulator::{Account, Emulator},
    security_hub::Options,
};

const REGION: &str = "eu-west-1";

fn warden(emulator: &Emulator, account: &Account, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_warden"))
        .args(["scan", "--rate", "unlimited", "--format", "json"])
        .args(args)
        .env_clear()
        .envs([
            ("AWS_ACCESS_KEY_ID", account.id()),
            ("AWS_SECRET_ACCESS_KEY", "none"),
            ("AWS_REGION", REGION),
            ("AWS_ENDPOINT_URL", emulator.url()),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("HOME", "/nonexistent"),
        ])
        .output()
        .unwrap()
}

/// What is found of each function by a rule that only surveys judge: `function: rule: words`.
fn found(output: &Output) -> Vec<String> {
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = answer["places"][0]["findings"].as_array().unwrap();
    let text = |finding: &Value, member: &str| finding[member].as_str().unwrap().to_owned();
    let mut found: Vec<String> = findings
        .iter()
        .filter(|one| {
            let rule = one["rule"].as_str().unwrap();
            rule == "log-retention-unset" || rules::BY_SURVEY.contains(&rule)
        })
        .map(|one| {
            let name = text(one, "function").rsplit(':').next().unwrap().to_owned();
            format!("{name}: {}: {}", text(one, "rule"), text(one, "says"))
        })
        .collect();
    found.sort();
    found
}

/// Two functions that ran yesterday, one that nobody cares for and one that is looked after, and one
/// that never ran.
fn estate(emulator: &Emulator) -> Account {
    let account = emulator.account("500000000031", REGION);
    for name in ["careless", "careful", "idle"] {
        account.role(name, &[]).unwrap();
        account.function(name, &json!({"Timeout": 10})).unwrap();
        if name == "idle" {
            continue;
        }
        let careful = name == "careful";
        let timeout = if careful { "60" } else { "30" };
        let queue = json!({"QueueName": name, "Attributes": {"VisibilityTimeout": timeout}});
        account.json("sqs", "AmazonSQS.CreateQueue", &queue).unwrap();
        let source = json!({
            "FunctionName": name, "EventSourceArn": format!("arn:aws:sqs:{REGION}:500000000031:{name}"),
        });
        account.lambda("POST", "/2015-03-31/event-source-mappings/", &source).unwrap();
        let alarm = json!({
            "AlarmName": name, "Namespace": "AWS/Lambda", "MetricName": "Errors",
            "Dimensions": [{"Name": "FunctionName", "Value": name}],
            "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 0.0,
            "ComparisonOperator": "GreaterThanThreshold", "ActionsEnabled": careful,
            "AlarmActions": ["arn:aws:sns:eu-west-1:500000000031:on-call"],
        });
        cloudwatch(&account, "PutMetricAlarm", &alarm);
        let ran = |metric: &str, value: f64| {
            json!({
                "MetricName": metric, "Value": value,
                "Timestamp": (Timestamp::now() - 24.hours()).as_second(),
                "Dimensions": [{"Name": "FunctionName", "Value": name}],
            })
        };
        let took = if careful { 1000.0 } else { 9500.0 };
        let data = json!({
            "Namespace": "AWS/Lambda", "MetricData": [ran("Invocations", 1.0), ran("Duration", took)],
        });
        cloudwatch(&account, "PutMetricData", &data);
    }
    let group = json!({"logGroupName": "/aws/lambda/careful"});
    account.json("logs", "Logs_20140328.CreateLogGroup", &group).unwrap();
    account
}

fn cloudwatch(account: &Account, operation: &str, body: &Value) {
    let target = format!("GraniteServiceVersion20100801.{operation}");
    account.json("monitoring", &target, body).unwrap();
}

#[test]
fn a_scan_of_a_place_tells_what_no_look_at_a_function_does() {
    let emulator = Emulator::start(Options::default()).unwrap();
    let account = estate(&emulator);
    let whole = warden(&emulator, &account, &[]);
    assert_eq!(whole.status.code(), Some(1), "{}", String::from_utf8_lossy(&whole.stderr));
    let expected = [
        "careful: log-retention-unset: RetentionInDays: `/aws/lambda/careful` keeps logs for ever",
        "careless: alarm-missing: AlarmActions: alarm `careless` on `Errors` has no action",
        "careless: log-group-missing: LoggingConfig.LogGroup: `/aws/lambda/careless` does not \
         exist, and it ran",
        "careless: queue-visibility-short: VisibilityTimeout: \
         `arn:aws:sqs:eu-west-1:500000000031:careless` hides messages for 30 s, less than 60",
        "careless: timeout-near-limit: Timeout: one run in a hundred takes 90 % of the timeout of \
         10 s or more",
    ];
    assert_eq!(found(&whole), expected);
    let alone = warden(&emulator, &account, &["--function", "careless"]);
    assert_eq!(found(&alone), Vec::<String>::new());
    let said = String::from_utf8_lossy(&alone.stderr).into_owned();
    assert!(said.contains("not judged of single functions: alarm-missing, "), "{said}");
}
