//! What the command line says when it cannot do what it was asked: one line that names the input
//! and the way out, the right exit code, and never a word that all is well.

#![expect(clippy::unwrap_used, reason = "a test that cannot start fails")]

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::PathBuf,
    process::{Command, Output},
    thread,
};

use stand_ins::fault_proxy::{Fault, FaultProxy, Rule, Target};

/// `warden` with nothing of the user's own AWS settings, but `env`.
fn warden(args: &[&str], env: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_warden"))
        .args(args)
        .env_clear()
        .envs([("AWS_EC2_METADATA_DISABLED", "true"), ("HOME", "/nonexistent")])
        .envs(env.iter().copied())
        .output()
        .unwrap()
}

const SIGNED_IN: &[(&str, &str)] = &[
    ("AWS_ACCESS_KEY_ID", "111122223333"),
    ("AWS_SECRET_ACCESS_KEY", "hidden-canary"),
    ("AWS_REGION", "eu-west-1"),
];

fn check(output: &Output, code: i32, words: &[&str]) {
    let (said, printed) =
        (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    assert_eq!(output.status.code(), Some(code), "{said}{printed}");
    for word in words {
        assert!(said.contains(word), "`{word}` is not in: {said}");
    }
    // The words of the arguments' own parser come with the usage.
    let lines = said.trim_end().lines().count();
    assert!(lines == 1 || said.contains("--help") || said.contains("Usage"), "{said}");
    assert!(!said.contains("Interceptor") && !said.contains("SdkBody"), "{said}");
    assert!(!printed.contains("violations"), "{printed}");
    assert!(!said.contains("canary") && !printed.contains("canary"), "{said}{printed}");
}

fn baseline(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn wrong_words_are_named_with_the_way_out() {
    for (args, words) in [
        (&["explain", "runtime-depracated"][..], &["runtime-depracated", "did you mean"][..]),
        (&["scan", "--rule", "nonsense"], &["nonsense", "warden rules"]),
        (&["scan", "--baseline", "/nonexistent/b.toml"], &["/nonexistent/b.toml"]),
        (&["scan", "--format", "yaml"], &["yaml", "table", "json", "asff"]),
        (&["scan", "--fail-on", "bad"], &["bad", "critical"]),
        (&["skan"], &["skan", "scan"]),
        (&["repair", "pay", "--bucket", "b"], &["`pay`", "<function ARN>/<rule>"]),
        (&["rollback", "3f2a", "--bucket", "b"], &["`3f2a`", "sixteen hexadecimal digits"]),
        (&[], &["Usage"]),
    ] {
        check(&warden(args, SIGNED_IN), 64, words);
    }
}

#[test]
fn a_wrong_baseline_is_named_with_the_place() {
    for (name, text, words) in [
        ("syntax.toml", "[rules", &["syntax.toml", "line 1"][..]),
        ("rule.toml", "[rules.vpc-mising]\nalways = true", &["vpc-mising", "vpc-missing"]),
        ("parameter.toml", "[rules.vpc-missing]\nalwys = true", &["vpc-missing", "alwys"]),
        ("kind.toml", "[rules.runtime-expiring]\ndays_ahead = true", &["days_ahead"]),
        ("account.toml", "[organization]\naccounts = [\"12\"]", &["12"]),
    ] {
        let path = baseline(name, text);
        let output = warden(&["scan", "--baseline", path.to_str().unwrap()], SIGNED_IN);
        check(&output, 64, words);
    }
}

#[test]
fn aws_out_of_reach_is_no_clean_bill() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nowhere = format!("http://{closed}");
    let scan = ["scan", "--endpoint-url", &nowhere];
    check(&warden(&scan, SIGNED_IN), 2, &["unreachable", "--endpoint-url"]);
    check(&warden(&scan, &[("AWS_REGION", "eu-west-1")]), 2, &["no credentials", "AWS_PROFILE"]);
    check(&warden(&scan, &SIGNED_IN[..2]), 2, &["Region", "AWS_REGION"]);
    let profile = [&SIGNED_IN[2..], &[("AWS_PROFILE", "nobody")]].concat();
    check(&warden(&scan, &profile), 2, &["no credentials", "AWS_PROFILE"]);
}

/// A cloud that knows who asks, and of the rest only what `faults` say.
fn cloud(faults: Vec<Rule>) -> FaultProxy {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 65536]);
            let body = "<GetCallerIdentityResponse><GetCallerIdentityResult>\
                <Arn>arn:aws:iam::111122223333:user/jane</Arn><Account>111122223333</Account>\
                </GetCallerIdentityResult></GetCallerIdentityResponse>";
            let length = body.len();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close");
            let _ = stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes());
        }
    });
    FaultProxy::start(&url, faults).unwrap()
}

#[test]
fn what_is_no_endpoint_is_named() {
    for url in ["not-a-url", "ftp://127.0.0.1", "http://", "127.0.0.1:4566"] {
        check(&warden(&["scan", "--endpoint-url", url], SIGNED_IN), 2, &[url, "http://"]);
        let by_variable = [SIGNED_IN, &[("AWS_ENDPOINT_URL", url)]].concat();
        check(&warden(&["scan"], &by_variable), 2, &[url, "http://"]);
    }
}

#[test]
fn a_refused_list_is_no_clean_bill() {
    // Side by side: each waits out its retries.
    thread::scope(|scope| {
        for (fault, format, words) in [
            (
                Fault::Deny,
                "table",
                &["lambda:ListFunctions", "111122223333/eu-west-1", "grant"][..],
            ),
            (Fault::Deny, "json", &["lambda:ListFunctions"]),
            (Fault::Deny, "asff", &["lambda:ListFunctions"]),
            (Fault::Throttle, "table", &["lambda:ListFunctions", "throttled", "wait"]),
            (Fault::Status(500), "table", &["lambda:ListFunctions", "failed"]),
            (Fault::CutConnection, "table", &["lambda:ListFunctions"]),
        ] {
            scope.spawn(move || {
                let proxy = cloud(vec![Target::service("lambda").always(fault)]);
                let url = proxy.url();
                let args = ["scan", "--endpoint-url", &url, "--format", format];
                check(&warden(&args, SIGNED_IN), 2, words);
            });
        }
    });
}

#[test]
fn what_is_asked_for_must_exist() {
    let proxy = cloud(vec![Target::service("lambda").always(Fault::Status(404))]);
    let url = proxy.url();
    for (args, code, words) in [
        (&["--region", "eu-west-1/x"][..], 2, &["`eu-west-1/x`", "`eu-west-1`"][..]),
        (&["--region", ""], 2, &["``", "`eu-west-1`"]),
        (&["--account", "12"], 64, &["`12`", "twelve digits"]),
        (&["--function", "arn:aws:s3:::bucket"], 64, &["arn:aws:s3:::bucket", "function:NAME"]),
        (&["--function", "not a name"], 64, &["not a name"]),
    ] {
        let output = warden(&[&["scan", "--endpoint-url", &url][..], args].concat(), SIGNED_IN);
        check(&output, code, words);
    }
}
