//! The compiled program between a Runtime API and the emulator: one place, read, judged, remembered.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a helper that panics fails the test that called it"
)]

use std::{
    collections::BTreeMap,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use stand_ins::{
    emulator::{Account, Emulator},
    fault_proxy::{Fault, FaultProxy, Rule, Target},
    runtime_api::{Answer, RuntimeApi},
    security_hub::Options,
};

const REGION: &str = "eu-west-1";
/// Of them every third is on a runtime that is out of support, and every second tells a secret.
const FUNCTIONS: usize = 12;
/// Put together here, so that no scanner takes this file for a leak.
const SECRET: &str = concat!("gh", "p_kQ7vN2xR9tLm4WcZ8pHs3YbD6fGjT14ZQbX9");

static EMULATOR: LazyLock<Emulator> = LazyLock::new(|| {
    let options = Options { rate_limits: false, ..Options::default() };
    Emulator::start(options).unwrap_or_else(|error| panic!("{error}"))
});

/// An account with functions and a bucket.
struct Stage {
    account: Account,
    bucket: String,
    proxy: FaultProxy,
}

impl Stage {
    fn new(faults: Vec<Rule>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(300_000_000_001);
        let id = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
        let account = EMULATOR.account(&id, REGION);
        let bucket = format!("warden-{id}");
        let there = format!(
            "<CreateBucketConfiguration><LocationConstraint>{REGION}</LocationConstraint>\
             </CreateBucketConfiguration>"
        );
        account.s3("PUT", &format!("/{bucket}"), &there).unwrap();
        for n in 0..FUNCTIONS {
            let name = format!("pay-{n}");
            account.role(&name, &[]).unwrap();
            let runtime = if n % 3 == 0 { "python3.8" } else { "python3.13" };
            let variables = if n % 2 == 0 { json!({ "TOKEN": SECRET }) } else { json!({}) };
            let with = json!({ "Runtime": runtime, "Environment": { "Variables": variables } });
            account.function(&name, &with).unwrap();
        }
        Self { account, bucket, proxy: FaultProxy::start(EMULATOR.url(), faults).unwrap() }
    }

    /// A fresh execution environment.
    fn start(&self) -> RuntimeApi {
        let env = [
            ("AWS_ENDPOINT_URL", self.proxy.url()),
            ("AWS_ACCESS_KEY_ID", self.account.id().to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "none".to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("WARDEN_READ_ROLE", "lambda-warden-read".to_owned()),
            ("WARDEN_PUBLISH_ROLE", "lambda-warden-publish".to_owned()),
            ("WARDEN_BUCKET", format!("s3://{}", self.bucket)),
        ];
        let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, &**value)).collect();
        RuntimeApi::spawn(env!("CARGO_BIN_EXE_sweep"), &env).unwrap()
    }

    fn event(&self, night: &str) -> Value {
        json!({
            "partition": "aws", "account": self.account.id(), "region": REGION,
            "night": night, "since": format!("{night}T01:00:00Z"),
        })
    }

    /// Sweeps once in an environment that ends afterwards; nothing that it leaves tells the secret.
    fn sweep(&self, night: &str) -> Answer {
        let function = self.start();
        let answer = invoke(&function, &self.event(night));
        let said = function.stop();
        assert!(!said.contains(SECRET), "the log tells the secret");
        assert!(!format!("{answer:?}").contains(SECRET), "the answer tells the secret");
        answer
    }

    /// What Security Hub holds: `pay-1 rule` → `FAILED NEW`, or `ARCHIVED`.
    fn states(&self) -> BTreeMap<String, String> {
        let findings = self.account.findings().unwrap();
        assert!(!json!(findings).to_string().contains(SECRET), "a finding tells the secret");
        self.account.states().unwrap()
    }

    /// How often each operation of Lambda was called about one function.
    fn own_calls(&self) -> usize {
        let own = |(service, operation): &&(String, String)| {
            service == "lambda" && !operation.starts_with("List")
        };
        let calls = self.proxy.calls();
        calls.keys().filter(own).filter_map(|key| calls.get(key)).sum()
    }
}

fn invoke(function: &RuntimeApi, event: &Value) -> Answer {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(function.invoke(event))
}

fn done(answer: &Answer) -> bool {
    matches!(answer, Answer::Response(told) if told["done"] == json!(true))
}

/// What a calm sweep finds.
fn expected() -> BTreeMap<String, String> {
    let of = |rule: &'static str, every: usize| {
        let those = (0..FUNCTIONS).filter(move |n| n % every == 0);
        those.map(move |n| (format!("pay-{n} {rule}"), "FAILED NEW".to_owned()))
    };
    let key = of("env-key-not-customer-managed", 2);
    of("runtime-deprecated", 3).chain(of("env-secret-in-plaintext", 2)).chain(key).collect()
}

#[test]
fn a_place_is_judged_and_its_facts_are_remembered() {
    let stage = Stage::new(Vec::new());
    let answer = stage.sweep("2026-05-01");
    let Answer::Response(told) = &answer else { panic!("{answer:?}") };
    assert_eq!((&told["done"], &told["functions"]), (&json!(true), &json!(FUNCTIONS)), "{told}");
    assert_eq!(stage.states(), expected());
    let first = stage.own_calls();
    assert!(first >= FUNCTIONS, "{:?}", stage.proxy.calls());

    let key = format!(
        "/{}/memory/account={}/region={REGION}/facts.jsonl.gz",
        stage.bucket,
        stage.account.id()
    );
    let list = stage.account.s3("GET", &format!("/{}?list-type=2", stage.bucket), "").unwrap();
    assert!(list.contains(key.rsplit_once(&stage.bucket).unwrap().1.trim_start_matches('/')));

    // The same night again, by another environment: what is remembered is not asked for.
    stage.proxy.restart(Vec::new());
    assert!(done(&stage.sweep("2026-05-01")));
    assert_eq!(stage.own_calls(), 0, "{:?}", stage.proxy.calls());
    assert_eq!(stage.states(), expected());
}

#[test]
fn a_run_out_of_time_publishes_nothing_and_the_next_goes_on() {
    let stage = Stage::new(Vec::new());
    let function = stage.start().telling(Duration::from_millis(1));
    let answer = invoke(&function, &stage.event("2026-05-01"));
    let Answer::Response(told) = &answer else { panic!("{answer:?}") };
    assert_eq!(told["done"], json!(false), "{told}");
    assert_eq!(stage.states(), BTreeMap::new());
    drop(function);
    assert!(done(&stage.sweep("2026-05-01")));
    assert_eq!(stage.states(), expected());
}

#[test]
fn trouble_has_a_stable_type_and_clears_nothing() {
    let stage = Stage::new(Vec::new());
    assert!(done(&stage.sweep("2026-05-01")));
    let deny = |service, operation| Target::call(service, operation).always(Fault::Deny);
    for (breaks, kind, about) in [
        (deny("lambda", "ListFunctions"), "Denied", "lambda:ListFunctions"),
        (deny("securityhub", "GetFindings"), "Denied", "securityhub:GetFindings"),
        (deny("s3", "PutObject"), "Denied", "s3:PutObject"),
        (
            Target::call("lambda", "ListFunctions").always(Fault::Throttle),
            "Throttled",
            "lambda:ListFunctions",
        ),
    ] {
        stage.proxy.restart(vec![breaks]);
        match stage.sweep("2026-05-02") {
            Answer::Error { kind: found, message, .. } => {
                assert_eq!(found, kind, "{message}");
                assert!(message.contains(about), "{message}");
            }
            other => panic!("{about}: {other:?}"),
        }
        assert_eq!(stage.states(), expected(), "{about}");
    }
    stage.proxy.restart(Vec::new());
    let bad = stage.start();
    match invoke(&bad, &json!({ "account": "111122223333" })) {
        Answer::Error { kind, .. } => assert_eq!(kind, "BadEvent"),
        other => panic!("{other:?}"),
    }
}

/// Throttles, failures, cut connections and findings that fail by themselves, on the wire. What a
/// disturbed run leaves undone, a calm one brings in order; nothing is cleared in between.
#[test]
fn bad_nights_on_the_wire_end_as_calm_ones() {
    let bad = |seed| {
        let any = || Target::any();
        vec![
            Target::call("securityhub", "BatchImportFindings").sometimes(
                0.3,
                seed,
                Fault::FailOneFinding(0),
            ),
            any().sometimes(0.10, seed + 1, Fault::Throttle),
            any().sometimes(0.05, seed + 2, Fault::Status(503)),
            any().sometimes(0.02, seed + 3, Fault::CutConnection),
        ]
    };
    for seed in [10, 20] {
        let stage = Stage::new(bad(seed));
        for night in ["2026-05-01", "2026-05-02"] {
            // As the state machine does: at most so many retries.
            let _ = (0..6).map(|_| stage.sweep(night)).find(done);
            let archived = stage.states().into_iter().filter(|(_, state)| state == "ARCHIVED");
            assert_eq!(archived.collect::<Vec<_>>(), [], "{seed} {night}");
        }
        stage.proxy.restart(Vec::new());
        assert!(done(&stage.sweep("2026-05-20")), "{seed}");
        assert_eq!(stage.states(), expected(), "{seed}");
    }
}
