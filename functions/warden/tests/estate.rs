//! The command line over a small estate: what it prints, in which form, and how it ends.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a helper that panics fails the test that called it"
)]

#[path = "../../on-change/tests/it/canary.rs"]
mod canary;

use std::{
    collections::BTreeMap,
    process::{Command, Output},
    sync::LazyLock,
};

use serde_json::{Value, json};
use stand_ins::{
    emulator::{Account, Emulator},
    fault_proxy::{Fault, FaultProxy, Target},
    security_hub::Options,
};

const REGION: &str = "eu-west-1";

/// One emulator for all tests; it ends with this process.
static EMULATOR: LazyLock<Emulator> = LazyLock::new(|| {
    let options = Options { rate_limits: false, ..Options::default() };
    Emulator::start(options).unwrap_or_else(|error| panic!("{error}"))
});

/// `warden` in `account`, at `url`; no variable's value leaves it, whatever is printed.
fn warden(account: &Account, url: &str, args: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_warden"))
        .args(args)
        .env_clear()
        .envs([
            ("AWS_ACCESS_KEY_ID", account.id()),
            ("AWS_SECRET_ACCESS_KEY", "none"),
            ("AWS_REGION", REGION),
            ("AWS_ENDPOINT_URL", url),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("HOME", "/nonexistent"),
        ])
        .output()
        .unwrap();
    canary::assert_absent(&[&output.stdout, &output.stderr]);
    output
}

/// `warden scan` straight at the emulator: its exit code and what it printed.
#[track_caller]
fn scan(account: &Account, args: &[&str]) -> (i32, String) {
    let all = [&["scan", "--rate", "unlimited"], args].concat();
    let Output { status, stdout, stderr } = warden(account, EMULATOR.url(), &all);
    let but_for_the_ledger = String::from_utf8_lossy(&stderr).replace(
        "warden: not judged without `--ledger`: role-permission-unused, role-region-unbounded\n",
        "",
    );
    let complaints = but_for_the_ledger.lines().filter(|line| {
        !(args.contains(&"--function")
            && line.starts_with("warden: not judged of single functions: "))
    });
    assert_eq!(complaints.count(), 0, "{but_for_the_ledger}");
    (status.code().unwrap(), String::from_utf8(stdout).unwrap())
}

#[track_caller]
fn scan_json(account: &Account, args: &[&str]) -> (i32, Value) {
    let (code, text) = scan(account, &[&["--format", "json"], args].concat());
    (code, serde_json::from_str(&text).unwrap())
}

/// A bad function, one whose owner opted out, and one that is as it should be.
fn estate(id: &str) -> Account {
    let account = EMULATOR.account(id, REGION);
    for name in ["checkout", "thumbnails", "invoices"] {
        account.role(name, &[]).unwrap();
    }
    let secrets = json!({"Variables": canary::variables()});
    account.function("checkout", &json!({"Runtime": "python3.9", "Environment": secrets})).unwrap();
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let until = today + jiff::Span::new().days(30);
    let tags = json!({"warden:allow:runtime-deprecated": format!("until={until} by=media")});
    account.function("thumbnails", &json!({"Runtime": "python3.9", "Tags": tags})).unwrap();
    account.function("invoices", &json!({})).unwrap();
    account
}

/// `function rule` of every finding.
fn found(findings: &Value) -> Vec<String> {
    let name = |finding: &Value| {
        let function = finding["function"].as_str().unwrap().rsplit(':').next().unwrap().to_owned();
        format!("{function} {}", finding["rule"].as_str().unwrap())
    };
    let mut names: Vec<String> = findings.as_array().unwrap().iter().map(name).collect();
    names.sort();
    names
}

const FOUND: [&str; 4] = [
    "checkout env-key-not-customer-managed",
    "checkout env-secret-in-plaintext",
    "checkout runtime-deprecated",
    "thumbnails runtime-deprecated",
];

#[test]
fn a_table_for_people() {
    let (code, text) = scan(&estate("500000000001"), &[]);
    assert_eq!(code, 1);
    let summary =
        "500000000001/eu-west-1: 3 functions; 3 violations, 1 exempt, 0 could not be told";
    for words in [summary, "exempt until", "SYNC_TOKEN", "lambda:ListFunctions", "calls for 3"] {
        assert!(text.contains(words), "`{words}` is not in\n{text}");
    }
    for line in FOUND {
        let (function, rule) = line.split_once(' ').unwrap();
        let is_row = |row: &str| row.contains(function) && row.contains(rule);
        assert!(text.lines().any(is_row), "{line}: no such row in\n{text}");
    }
}

#[test]
fn json_for_programs() {
    let (code, answer) = scan_json(&estate("500000000002"), &[]);
    assert_eq!(code, 1);
    let place = &answer["places"][0];
    let facts: BTreeMap<&str, &Value> = place
        .as_object()
        .unwrap()
        .iter()
        .map(|(key, value)| (key.as_str(), value))
        .filter(|(key, _)| !["findings", "passed"].contains(key))
        .collect();
    let expected = json!({
        "account": "500000000002", "region": REGION, "functions": 3, "complete": true,
        "cutShort": null, "violations": 3, "exempt": 1, "gaps": 0, "imported": 0, "updated": 0,
        "refused": [],
    });
    assert_eq!(json!(facts), expected);
    assert_eq!(found(&place["findings"]), FOUND);
    for finding in place["findings"].as_array().unwrap() {
        assert_eq!(finding["status"], "FAILED");
        assert!(
            ["HIGH", "MEDIUM", "CRITICAL", "LOW"].contains(&finding["severity"].as_str().unwrap())
        );
        assert!(!finding["says"].as_str().unwrap().is_empty());
        assert!(!finding["fix"].as_str().unwrap().is_empty());
        let is_exempt = finding["function"].as_str().unwrap().ends_with("thumbnails");
        assert_eq!(finding["exemption"].is_object(), is_exempt, "{finding}");
    }
    let calls = answer["calls"].as_object().unwrap();
    assert_eq!(calls["lambda:ListFunctions"], 1);
    assert!(!calls.keys().any(|call| call.starts_with("securityhub:")), "{calls:?}");
}

#[test]
fn asff_that_security_hub_takes() {
    let account = estate("500000000003");
    let (code, text) = scan(&account, &["--format", "asff"]);
    assert_eq!(code, 1);
    let findings: Value = serde_json::from_str(&text).unwrap();
    let taken = account.hub("POST", "/findings/import", &findings).unwrap();
    assert_eq!((&taken["SuccessCount"], &taken["FailedCount"]), (&json!(4), &json!(0)), "{taken}");
}

#[test]
fn every_report_tells_the_same_findings() {
    let account = estate("500000000013");
    let found = |text: &str, at: &str| {
        let value: Value = serde_json::from_str(text).unwrap();
        value.pointer(at).and_then(Value::as_array).map(Vec::len).unwrap()
    };
    for (format, count) in [
        (
            "asff",
            (|text, found| found(text, "/Findings"))
                as fn(&str, &dyn Fn(&str, &str) -> usize) -> usize,
        ),
        ("sarif", |text, found| found(text, "/runs/0/results")),
        ("ocsf", |text, found| found(text, "")),
        ("csv", |text, _| text.matches("\r\n").count() - 1),
        // The page lists what is exempt by itself.
        ("html", |text, _| {
            text.matches("<td class=\"who\">").count() + text.matches("<td class=\"day\">").count()
        }),
    ] {
        let (code, text) = scan(&account, &["--format", format]);
        assert_eq!((code, count(&text, &found)), (1, 4), "{format}:\n{text}");
    }
}

#[test]
fn the_exit_code_tells_what_was_found() {
    let account = estate("500000000004");
    for (args, code) in [
        (&["--rule", "runtime-deprecated"][..], 1),
        (&["--rule", "runtime-deprecated", "--fail-on", "high"], 1),
        (&["--rule", "runtime-deprecated", "--fail-on", "critical"], 0),
        (&["--rule", "url-public"], 0),
        (&["--function", "invoices"], 0),
        (&["--function", "thumbnails"], 0),
        (&["--function", "checkout"], 1),
    ] {
        assert_eq!(scan(&account, args).0, code, "{args:?}");
    }
    let deny = Target::call("lambda", "GetPolicy").always(Fault::Deny);
    let proxy = FaultProxy::start(EMULATOR.url(), vec![deny]).unwrap();
    let args = ["scan", "--rule", "policy-public"];
    let output = warden(&account, &proxy.url(), &args);
    assert_eq!(output.status.code(), Some(2), "what could not be seen is not clean");
    let text = String::from_utf8(output.stdout).unwrap();
    for words in ["3 could not be told", "lambda:GetPolicy denied"] {
        assert!(text.contains(words), "`{words}` is not in\n{text}");
    }
}

#[test]
fn one_function_by_any_of_its_names() {
    let account = estate("500000000005");
    let arn = "arn:aws:lambda:eu-west-1:500000000005:function:checkout";
    for args in [
        &["--function", "checkout"][..],
        &["--function", arn],
        &["--function", "checkout", "--function", arn],
        &["--function", "checkout", "--region", REGION, "--region", REGION],
    ] {
        let (code, answer) = scan_json(&account, args);
        assert_eq!(code, 1, "{args:?}");
        assert_eq!(answer["places"].as_array().unwrap().len(), 1, "{args:?}");
        assert_eq!(answer["places"][0]["functions"], 1, "{args:?}");
        assert_eq!(found(&answer["places"][0]["findings"]), FOUND[..3], "{args:?}");
    }
    for named in ["chekout", "arn:aws:lambda:eu-west-1:500000000005:function:chekout"] {
        let output = warden(&account, EMULATOR.url(), &["scan", "--function", named]);
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(64), &b""[..]));
        let said = "warden: function `chekout` does not exist in 500000000005/eu-west-1; check the \
            name, the Region and the account\n";
        assert_eq!(String::from_utf8(output.stderr).unwrap(), said);
    }
}

#[test]
fn a_region_named_twice_is_scanned_once() {
    let account = estate("500000000006");
    let args = ["--region", REGION, "--region", "eu-central-1", "--region", REGION];
    let (_, answer) = scan_json(&account, &args);
    let regions: Vec<&Value> =
        answer["places"].as_array().unwrap().iter().map(|place| &place["region"]).collect();
    assert_eq!(regions, [REGION, "eu-central-1"]);
}

/// `rule` → `FAILED NEW`, or `ARCHIVED`, of one function.
/// What was seen before and after stands.
#[test]
fn a_region_that_cannot_be_scanned_hides_no_other() {
    let account = estate("500000000011");
    let args = ["--region", REGION, "--region", "eu-west-1/x", "--format", "json"];
    let output = warden(&account, EMULATOR.url(), &[&["scan"][..], &args].concat());
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["places"][0]["functions"], 3);
    assert_eq!(answer["missed"][0]["region"], "eu-west-1/x");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("eu-west-1/x was not scanned: "), "{said}");
    assert_eq!(output.status.code(), Some(1), "violations elsewhere");
    let quiet = ["scan", "--region", "eu-central-1", "--region", "eu-west-1/x"];
    assert_eq!(warden(&account, EMULATOR.url(), &quiet).status.code(), Some(2));
}

#[test]
fn publishing_again_changes_nothing() {
    let account = estate("500000000007");
    let written = |args: &[&str]| {
        let answer = scan_json(&account, &[&["--publish"], args].concat()).1;
        let place = &answer["places"][0];
        (place["imported"].as_u64().unwrap(), place["updated"].as_u64().unwrap())
    };
    // Of each function also that its use is not known: no ledger was given.
    assert_eq!(written(&[]), (7, 0));
    let before = account.findings().unwrap();
    assert_eq!(written(&[]), (0, 0));
    assert_eq!(written(&["--function", "checkout"]), (0, 0));
    assert_eq!(account.findings().unwrap(), before);
    assert_eq!(account.states().unwrap()["thumbnails runtime-deprecated"], "FAILED SUPPRESSED");
    account.lambda("DELETE", "/2015-03-31/functions/thumbnails", &Value::Null).unwrap();
    assert_eq!(written(&[]), (2, 0));
    assert_eq!(account.states().unwrap()["thumbnails runtime-deprecated"], "ARCHIVED");
    assert_eq!(account.states().unwrap()["checkout runtime-deprecated"], "FAILED NEW");
}

/// Judged by one rule alone, a function would seem to have outlived what the others found.
#[test]
fn a_scan_by_one_rule_cannot_be_published() {
    let account = estate("500000000008");
    assert_eq!(scan(&account, &["--publish"]).0, 1);
    let before = account.findings().unwrap();
    let args = ["scan", "--publish", "--rule", "url-public"];
    let output = warden(&account, EMULATOR.url(), &args);
    assert_eq!(output.status.code(), Some(64));
    let said = String::from_utf8(output.stderr).unwrap();
    for words in ["--publish", "--rule"] {
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(account.findings().unwrap(), before);
}

/// More functions than a page of the list holds, the bad one on the second.
#[test]
fn a_list_that_breaks_off_is_incomplete_and_clears_nothing() {
    let account = EMULATOR.account("500000000009", REGION);
    let role = account.role("many", &[]).unwrap();
    for n in 0..50 {
        account.function(&format!("a-{n:02}"), &json!({"Role": role})).unwrap();
    }
    account.function("z-last", &json!({"Role": role, "Runtime": "python3.9"})).unwrap();
    assert_eq!(scan(&account, &["--publish"]).0, 1);
    let before = account.findings().unwrap();
    assert_eq!(account.states().unwrap()["z-last runtime-deprecated"], "FAILED NEW");

    for (fault, format, words) in [
        (Fault::Deny, "table", "The list of functions is incomplete: lambda:ListFunctions denied"),
        (Fault::Deny, "json", "\"cutShort\": \"lambda:ListFunctions denied\""),
        (Fault::Deny, "asff", "\"Findings\": []"),
        (Fault::TruncatePage, "json", "\"cutShort\": \"lambda:ListFunctions failed\""),
        (Fault::Status(500), "json", "\"complete\": false"),
        (Fault::Throttle, "json", "\"cutShort\": \"lambda:ListFunctions throttled\""),
    ] {
        let second = Target::call("lambda", "ListFunctions").mentioning("Marker=").always(fault);
        let proxy = FaultProxy::start(EMULATOR.url(), vec![second]).unwrap();
        let by_one = ["--rule", "runtime-deprecated", "--format", format];
        let args = [&["scan", "--rate", "unlimited"][..], &by_one].concat();
        let output = warden(&account, &proxy.url(), &args);
        assert_eq!(output.status.code(), Some(2), "{fault:?}: half is not clean");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(words), "{fault:?}: `{words}` is not in\n{text}");
        let said = String::from_utf8(output.stderr).unwrap();
        let is_said = said.contains("the list of functions is incomplete");
        assert_eq!(is_said, format != "table", "{fault:?}: {format}: {said}");
    }

    let second = Target::call("lambda", "ListFunctions").mentioning("Marker=").always(Fault::Deny);
    let proxy = FaultProxy::start(EMULATOR.url(), vec![second]).unwrap();
    warden(&account, &proxy.url(), &["scan", "--rate", "unlimited", "--publish"]);
    let now = account.findings().unwrap();
    assert!(now.iter().all(|finding| finding["RecordState"] == "ACTIVE"));
    assert_eq!(account.states().unwrap()["z-last runtime-deprecated"], "FAILED NEW");
    assert!(now.len() >= before.len());
}

#[test]
fn what_needs_no_cloud() {
    let account = EMULATOR.account("500000000010", REGION);
    for (args, words) in [
        (&["rules"][..], "runtime-deprecated"),
        (&["rules", "--format", "json"], "\"id\": \"runtime-deprecated\""),
        (&["explain", "runtime-deprecated"], "warden:allow:runtime-deprecated"),
        (&["--version"], "warden"),
        (&["scan", "--help"], "--fail-on"),
    ] {
        let output = warden(&account, "http://127.0.0.1:1", args);
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(words), "{args:?}: `{words}` is not in\n{text}");
    }
}
