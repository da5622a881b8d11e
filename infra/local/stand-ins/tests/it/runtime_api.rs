use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use stand_ins::runtime_api::{Answer, RuntimeApi};

/// The example `echo`, which cargo builds beside the tests.
fn echo() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let echo = test.parent().and_then(Path::parent).unwrap().join("examples/echo");
    assert!(echo.exists(), "`cargo build -p stand-ins --examples` builds {}", echo.display());
    echo
}

#[tokio::test]
async fn answers() {
    let function = RuntimeApi::spawn(echo(), &[("COLOUR", "blue"), ("AWS_REGION", "eu-west-1")]);
    let function = function.unwrap();
    let failure = json!({"errorType": "Throttled", "errorMessage": "later"});
    for (event, answer) in [
        (json!([1, "ä"]), Answer::Response(json!([1, "ä"]))),
        (json!({"env": "COLOUR"}), Answer::Response(json!("blue"))),
        (json!({"env": "AWS_REGION"}), Answer::Response(json!("eu-west-1"))),
        (json!({"env": "AWS_LAMBDA_FUNCTION_NAME"}), Answer::Response(json!("under-test"))),
        (json!({"env": "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"}), Answer::Response(json!("128"))),
        (json!({"env": "AWS_LAMBDA_FUNCTION_VERSION"}), Answer::Response(json!("$LATEST"))),
        // A variable that cargo sets for this test, and the process must not see.
        (json!({"env": "CARGO_MANIFEST_DIR"}), Answer::Response(Value::Null)),
        (
            json!({"fail": "later"}),
            Answer::Error { kind: "Throttled".into(), message: "later".into(), body: failure },
        ),
        (json!({"env": "COLOUR"}), Answer::Response(json!("blue"))),
        (json!({"exit": 3}), Answer::Exited(Some(3))),
        (json!("too late"), Answer::Exited(Some(3))),
    ] {
        assert_eq!(function.invoke(&event).await, answer, "{event}");
    }
}

#[tokio::test]
async fn events_queue_up() {
    let function = RuntimeApi::spawn(echo(), &[]).unwrap();
    let (one, two) = (json!("one"), json!("two"));
    let answers = tokio::join!(function.invoke(&one), function.invoke(&two));
    assert_eq!(answers, (Answer::Response(one.clone()), Answer::Response(two.clone())));
}

#[tokio::test]
async fn a_silent_function_times_out() {
    let timeout = Duration::from_millis(50);
    let function = RuntimeApi::spawn_with_timeout(echo(), &[], timeout).unwrap();
    assert_eq!(function.invoke(&json!({"hang": true})).await, Answer::TimedOut);
}

#[tokio::test]
async fn a_bootstrap_that_cannot_start_says_why() {
    let function = RuntimeApi::spawn(echo(), &[("REFUSE", "1")]).unwrap();
    let why = json!({"errorType": "Config", "errorMessage": "no baseline"});
    assert_eq!(function.invoke(&json!({})).await, Answer::InitError(why));
    assert_eq!(function.init().await, None);
}

#[tokio::test]
async fn every_byte_of_output_is_kept() {
    let function = RuntimeApi::spawn(echo(), &[]).unwrap();
    let long = "x".repeat(100_000);
    function.invoke(&json!({"print": long})).await;
    let output = function.stop();
    assert_eq!(String::from_utf8(output.stdout.clone()).unwrap(), format!("out \"{long}\"\n"));
    assert_eq!(String::from_utf8(output.stderr.clone()).unwrap(), format!("err \"{long}\"\n"));
    assert!(output.contains(&long) && output.contains("err ") && !output.contains("canary"));
}

#[tokio::test]
async fn start_and_memory_are_measured_and_nothing_is_left() {
    let function = RuntimeApi::spawn(echo(), &[]).unwrap();
    assert!(function.init().await.unwrap() > Duration::ZERO);
    assert!(function.peak_rss_kib().unwrap() > 0);
    let process = PathBuf::from(format!("/proc/{}", function.id()));
    assert!(process.exists());
    drop(function);
    assert!(!process.exists());
}

#[test]
fn a_missing_binary_is_named() {
    let error = RuntimeApi::spawn("no/such/bootstrap", &[]).unwrap_err();
    assert!(error.to_string().starts_with("cannot run `no/such/bootstrap`: "), "{error}");
}
