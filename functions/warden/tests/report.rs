//! `warden report`: every form of a posture that was kept.

#![expect(clippy::unwrap_used, reason = "a test that cannot start fails")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

fn warden(args: &[&str]) -> (i32, String, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_warden")).arg("report").args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A folder of the test's own, empty.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report").join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn file(folder: &Path, name: &str, text: &str) -> String {
    fs::write(folder.join(name), text).unwrap();
    folder.join(name).to_str().unwrap().to_owned()
}

fn posture() -> Value {
    json!({
        "at": "2026-01-31T02:03:04Z",
        "places": [
            {"account": "111122223333", "region": "eu-west-1", "functions": 3, "passed": 7},
        ],
        "rules": {"role-admin": {
            "title": "The role may do everything", "why": "because", "fix": "take it away",
            "source": null, "requirements": [],
        }},
        "findings": [{
            "rule": "role-admin", "severity": "high", "status": "failed", "owner": "payments",
            "function": "arn:aws:lambda:eu-west-1:111122223333:function:pay",
            "firstSeen": "2026-01-02T03:04:05Z", "evidence": "Role: <script>alert(1)</script>",
        }],
        "gaps": [{"of": "444455556666/eu-west-1", "why": "was not swept"}],
        "history": [{"night": "2026-01-30", "violations": {"high": 2}}],
        "roles": [{"role": "arn:aws:iam::111122223333:role/pay", "granted": 10, "used": 3,
                   "unused": 5, "unverifiable": 2}],
    })
}

#[test]
fn every_form_is_written_whole_to_standard_output_and_to_a_file() {
    let folder = folder("forms");
    let kept = file(&folder, "posture.json", &posture().to_string());
    for (format, begins) in [
        (None, "<!doctype html>"),
        (Some("html"), "<!doctype html>"),
        (Some("json"), "{"),
        (Some("csv"), "status,"),
        (Some("sarif"), "{"),
        (Some("ocsf"), "["),
    ] {
        let of = format.map_or(vec![], |format| vec!["--format", format]);
        let args = [&["--posture", &kept][..], &of].concat();
        let (code, printed, said) = warden(&args);
        assert_eq!((code, said.as_str()), (0, ""), "{format:?}");
        assert!(printed.starts_with(begins) && printed.contains("pay"), "{format:?}: {printed}");
        // Over a file that is there, too.
        let there = file(&folder, "out", "yesterday's");
        let (code, out, said) = warden(&[&args[..], &["-o", &there]].concat());
        assert_eq!((code, out.as_str(), said.as_str()), (0, "", ""), "{format:?}");
        assert_eq!(fs::read_to_string(&there).unwrap(), printed, "{format:?}");
    }
    let names = fs::read_dir(&folder).unwrap().map(|one| one.unwrap().file_name());
    let mut names: Vec<_> = names.collect();
    names.sort();
    assert_eq!(names, ["out", "posture.json"], "nothing else is left");
}

#[test]
fn what_is_kept_as_json_is_the_posture_again() {
    let kept = file(&folder("again"), "posture.json", &posture().to_string());
    let (_, first, _) = warden(&["--posture", &kept, "--format", "json"]);
    let kept = file(&folder("again"), "posture.json", &first);
    let (_, second, _) = warden(&["--posture", &kept, "--format", "json"]);
    assert_eq!(first, second);
    assert_eq!(serde_json::from_str::<Value>(&first).unwrap(), posture());
}

#[test]
fn wrong_input_is_named_with_the_way_out_and_leaves_no_file() {
    let folder = folder("wrong");
    let good = file(&folder, "posture.json", &posture().to_string());
    let half = file(&folder, "half.json", posture().to_string().split_at(200).0);
    let summary = file(&folder, "summary.json", r#"{"night": "2026-01-31", "planned": 4}"#);
    let out = folder.join("out").to_str().unwrap().to_owned();
    let nowhere = folder.join("nowhere/out").to_str().unwrap().to_owned();
    let is_folder = folder.to_str().unwrap().to_owned();
    for (args, words) in [
        (&["--posture", "/nonexistent/p.json", "-o", &out][..], &["`/nonexistent/p.json`"][..]),
        (&["--posture", &half, "-o", &out], &["half.json`", "line 1", "posture.json"]),
        (&["--posture", &summary, "-o", &out], &["summary.json`", "posture.json"]),
        (&["--posture", &good, "-o", &nowhere], &["--output", "nowhere/out`"]),
        (&["--posture", &good, "-o", &is_folder], &["--output", "is a directory"]),
        (&["--posture", &good, "--format", "pdf"], &["pdf", "html", "sarif"]),
        (&[], &["--posture", "--bucket"]),
        (&["--posture", &good, "--bucket", &is_folder], &["--posture", "--bucket"]),
        (&["--posture", &good, "--night", "2026-01-31"], &["--night", "--posture"]),
        (&["--bucket", "lambda-warden-ledger"], &["no folder", "`s3://lambda-warden-ledger`"]),
        (&["--bucket", &is_folder], &["no night", "LedgerBucketName"]),
    ] {
        let (code, printed, said) = warden(args);
        assert_eq!((code, printed.len()), (64, 0), "{args:?}: {said}");
        for word in words {
            assert!(said.contains(word), "{args:?}: `{word}` is not in: {said}");
        }
    }
    let mut names: Vec<_> =
        fs::read_dir(&folder).unwrap().map(|one| one.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["half.json", "posture.json", "summary.json"]);
}

#[test]
fn of_a_bucket_the_newest_night_that_was_summed_up_is_taken() {
    let folder = folder("bucket");
    for (night, names) in [
        ("2026-01-29", &["summary.json", "posture.json"][..]),
        ("2026-01-30", &["summary.json", "posture.json"]),
        ("2026-01-31", &["plan.json"]),
        ("not-a-night", &["summary.json", "posture.json"]),
    ] {
        let place = folder.join("nights").join(night);
        fs::create_dir_all(&place).unwrap();
        let mut told = posture();
        told["findings"][0]["evidence"] = json!(format!("seen {night}"));
        for name in names {
            file(&place, name, &told.to_string());
        }
    }
    let bucket = folder.to_str().unwrap();
    let report = |more: &[&str]| warden(&[&["--bucket", bucket, "--format", "csv"], more].concat());
    for (more, seen) in [(&[][..], "2026-01-30"), (&["--night", "2026-01-29"], "2026-01-29")] {
        let (code, printed, said) = report(more);
        assert_eq!((code, said.as_str()), (0, ""), "{seen}");
        assert!(printed.contains(&format!("seen {seen}")), "{printed}");
    }
    for (night, words) in [
        ("2026-01-31", ["nights/2026-01-31/posture.json`", "plan-sweep"]),
        ("2025-12-24", ["nights/2025-12-24/posture.json`", "--night"]),
        ("yesterday", ["yesterday", "--night"]),
    ] {
        let (code, printed, said) = report(&["--night", night]);
        assert_eq!((code, printed.as_str()), (64, ""), "{said}");
        words.iter().for_each(|word| assert!(said.contains(word), "`{word}` is not in: {said}"));
    }
    // A night that was summed up and has no report is the newest all the same.
    fs::remove_file(folder.join("nights/2026-01-30/posture.json")).unwrap();
    let (code, _, said) = report(&[]);
    assert_eq!(code, 64);
    assert!(
        said.contains("nights/2026-01-30/posture.json`") && said.lines().count() == 1,
        "{said}"
    );
}
