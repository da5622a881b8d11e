//! `warden cost`, from numbers and from what was measured.

#![expect(clippy::unwrap_used, reason = "a test that cannot start fails")]

use std::{fs, path::PathBuf, process::Command};

use serde_json::{Value, json};

fn warden(args: &[&str]) -> (i32, String, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_warden")).arg("cost").args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn file(name: &str, text: &Value) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text.to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

fn report(args: &[&str]) -> Value {
    let (code, out, err) = warden(&[args, &["--format", "json"]].concat());
    assert_eq!(code, 0, "{err}");
    serde_json::from_str(&out).unwrap()
}

fn amount(report: &Value, what: &str) -> f64 {
    let lines = report["lines"].as_array().unwrap();
    let line = lines.iter().find(|line| line["what"].as_str().unwrap().starts_with(what));
    line.unwrap()["amount"].as_f64().unwrap()
}

#[test]
fn ten_thousand_functions_by_numbers() {
    let report = report(&["--functions", "10000", "--accounts", "5", "--regions", "2"]);
    assert_eq!(report["volume"]["places"], 10);
    assert_eq!(report["volume"]["calls"]["lambda:ListFunctions"], 230);
    // 1,710 policies and 3,013 others, ten a second: the slower kind decides.
    assert_eq!(report["volume"]["sweep_seconds"], 302.0, "{}", report["volume"]);
    let each = report["usdANightPer10000Functions"].as_f64().unwrap();
    assert!((each - report["usdANight"].as_f64().unwrap()).abs() < 1e-9);
    for line in report["lines"].as_array().unwrap() {
        let is_dated = line["price"].is_null() || line["price"]["read"].is_string();
        assert!(is_dated && line["basis"].is_string(), "{line}");
    }
    let unknown = report["unknown"].as_array().unwrap();
    assert!(unknown.contains(&json!("Lambda digest, GB-seconds")), "{unknown:?}");
}

#[test]
fn a_night_and_a_scan_as_they_were_measured() {
    let night = json!({
        "night": "2026-11-26", "planned": 4, "swept": 4, "missing": {}, "digests": [5, 0, 0],
        "seconds": 7200, "refused": [], "accounts": {"111122223333": 1, "444455556666": 2},
        "all": {"functions": 100, "calls": {"lambda:ListAliases": 50}, "written": 7,
                "seconds": 80, "rules": {"role-admin": 3}},
    });
    let report_of_night = report(&["--night", &file("night.json", &night), "--changes", "3"]);
    assert_eq!(amount(&report_of_night, "Lambda sweep"), 80.0 * 0.5 * 30.4);
    assert_eq!(amount(&report_of_night, "Security Hub").round(), 213.0);
    assert_eq!(report_of_night["volume"]["accounts"], 2);

    let scan = json!({
        "places": [{"account": "111122223333", "region": "eu-west-1", "functions": 40,
                    "findings": [{"rule": "role-admin"}, {"rule": "role-admin"}]}],
        "missed": [], "calls": {"lambda:GetPolicy": 40},
    });
    let report_of_scan = report(&["--scan", &file("scan.json", &scan)]);
    assert_eq!(amount(&report_of_scan, "Lambda sweep"), 4.0 * 0.5 * 30.4);
    assert_eq!(report_of_scan["volume"]["rules"], 1);
}

#[test]
fn the_table_says_what_is_unknown_and_how_old_the_prices_are() {
    let (code, out, err) = warden(&["--functions", "1000"]);
    assert_eq!((code, err.as_str()), (0, ""));
    for words in
        ["unknown", "List prices of us-east-1, read 2026-", "lambda:GetPolicy", "Step Functions"]
    {
        assert!(out.contains(words), "{words}: {out}");
    }
}

#[test]
fn wrong_input_is_named() {
    let scan = file("no-night.json", &json!({"places": []}));
    for (args, words) in [
        (&["--night", "/nonexistent/summary.json"][..], "/nonexistent/summary.json"),
        (&["--night", &scan], "summary.json"),
        (&[], "--night"),
        (&["--functions", "1", "--night", &scan], "--night"),
    ] {
        let (code, out, err) = warden(args);
        assert_eq!((code, out.as_str()), (64, ""), "{err}");
        assert!(err.contains(words), "{err}");
    }
}
