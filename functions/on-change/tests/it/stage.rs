//! The compiled program in an account of its own: the Runtime API before it, a proxy and the
//! emulator behind it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use stand_ins::emulator::{Account, Emulator};
use stand_ins::fault_proxy::{FaultProxy, Rule};
use stand_ins::runtime_api::{Answer, Output, RuntimeApi};
use stand_ins::security_hub::Options;

use crate::canary;

pub(crate) const REGION: &str = "eu-west-1";
/// Where Security Hub is off.
pub(crate) const HUBLESS: &str = "199999999999";
pub(crate) const FUNCTION: &str = "checkout";

static EVENTS: Mutex<Vec<Value>> = Mutex::new(Vec::new());

/// One emulator for all tests; it ends with this process.
static EMULATOR: LazyLock<Emulator> = LazyLock::new(|| {
    let options = Options {
        rate_limits: false,
        hubs_off: vec![(HUBLESS.to_owned(), REGION.to_owned())],
        on_event: Some(Arc::new(|event| EVENTS.lock().unwrap().push(event.clone()))),
        ..Options::default()
    };
    Emulator::start(options).unwrap_or_else(|error| panic!("{error}"))
});

/// One account, and the program that watches it.
pub(crate) struct Stage {
    pub(crate) account: Account,
    pub(crate) proxy: FaultProxy,
    function: RuntimeApi,
    answers: Vec<Value>,
}

impl Stage {
    /// A fresh account.
    pub(crate) fn new(faults: Vec<Rule>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(100_000_000_001);
        Self::of(&NEXT.fetch_add(1, Ordering::Relaxed).to_string(), faults, &[])
    }

    /// The program with credentials of `account`, and `env` over its own environment.
    pub(crate) fn of(account: &str, faults: Vec<Rule>, env: &[(&str, &str)]) -> Self {
        let proxy = FaultProxy::start(EMULATOR.url(), faults).unwrap();
        let endpoint = proxy.url();
        let own = [
            ("AWS_ENDPOINT_URL", endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", account),
            ("AWS_SECRET_ACCESS_KEY", "none"),
            ("AWS_REGION", REGION),
            ("WARDEN_READ_ROLE", "lambda-warden-read"),
            ("WARDEN_PUBLISH_ROLE", "lambda-warden-publish"),
        ];
        let function = RuntimeApi::spawn(env!("CARGO_BIN_EXE_on-change"), &[&own, env].concat());
        Self {
            account: EMULATOR.account(account, REGION),
            proxy,
            function: function.unwrap(),
            answers: Vec::new(),
        }
    }

    /// The program is told that it has only `told` for each batch.
    pub(crate) fn hurried(self, told: Duration) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(self.function.init());
        Self { function: self.function.telling(told), ..self }
    }

    /// Another account of the same cloud.
    pub(crate) fn neighbour(account: &str) -> Account {
        EMULATOR.account(account, REGION)
    }

    /// Delivers a batch; message `n` has the id `n`. Returns the ids that the queue is to deliver
    /// again.
    pub(crate) fn deliver(&mut self, bodies: &[String]) -> BTreeSet<usize> {
        let record = |(n, body): (usize, &String)| json!({"messageId": n.to_string(), "body": body, "eventSource": "aws:sqs"});
        let event = json!({"Records": bodies.iter().enumerate().map(record).collect::<Vec<_>>()});
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let answer = match runtime.block_on(self.function.invoke(&event)) {
            Answer::Response(answer) => answer,
            other => panic!("{other:?}"),
        };
        let failures = answer["batchItemFailures"].as_array().unwrap();
        let id = |failure: &Value| {
            failure["itemIdentifier"].as_str().unwrap().parse().expect("an id that was delivered")
        };
        let failed = failures.iter().map(id).collect();
        self.answers.push(answer);
        failed
    }

    /// How often `operation` of `service` was called.
    pub(crate) fn calls(&self, service: &str, operation: &str) -> usize {
        let key = (service.to_owned(), operation.to_owned());
        self.proxy.calls().get(&key).copied().unwrap_or_default()
    }

    pub(crate) fn peak_rss_kib(&self) -> u64 {
        self.function.peak_rss_kib().unwrap()
    }

    /// Ends the program, makes sure that no variable's value left it by any way, and returns what
    /// it wrote.
    pub(crate) fn end(self) -> String {
        let Self { account, function, answers, .. } = self;
        let Output { stdout, stderr } = function.stop();
        let findings = match account.id() {
            HUBLESS => Vec::new(),
            _ => account.findings().unwrap(),
        };
        let events = EVENTS.lock().unwrap().clone();
        let told = json!([answers, findings, events]).to_string();
        canary::assert_absent(&[&stdout, &stderr, told.as_bytes()]);
        String::from_utf8([stdout, stderr].concat()).unwrap()
    }
}

/// [`Account::states`] as a table of a test writes them, for functions named [`FUNCTION`].
pub(crate) fn expected(rows: &[(&str, &str)]) -> BTreeMap<String, String> {
    let row = |(rule, state): &(&str, &str)| {
        let key =
            if rule.contains(' ') { (*rule).to_owned() } else { format!("{FUNCTION} {rule}") };
        (key, (*state).to_owned())
    };
    rows.iter().map(row).collect()
}

/// What [`deploy_bad`] shows.
pub(crate) const BAD: &[(&str, &str)] = &[
    ("env-key-not-customer-managed", "FAILED NEW"),
    ("env-secret-in-plaintext", "FAILED NEW"),
    ("policy-public", "FAILED NEW"),
    ("runtime-deprecated", "FAILED NEW"),
];

/// A function on an old runtime, with secrets in plain sight, that all the world may invoke.
pub(crate) fn deploy_bad(account: &Account) {
    account.role(FUNCTION, &[]).unwrap();
    let variables = canary::variables();
    let with = json!({"Runtime": "python3.9", "Environment": {"Variables": variables}});
    account.function(FUNCTION, &with).unwrap();
    let public = json!({
        "StatementId": "public", "Action": "lambda:InvokeFunction", "Principal": "*"
    });
    let path = format!("/2015-03-31/functions/{FUNCTION}/policy");
    account.lambda("POST", &path, &public).unwrap();
}

/// An event of the function called [`FUNCTION`].
pub(crate) fn touched(account: &Account, event_name: &str) -> String {
    lambda_event(account, event_name, json!({"functionName": FUNCTION}))
}

/// As EventBridge delivers a call of Lambda.
pub(crate) fn lambda_event(account: &Account, event_name: &str, parameters: Value) -> String {
    event(account, "lambda", event_name, REGION, parameters).to_string()
}

/// As EventBridge delivers a call of IAM, which is recorded in one Region for all.
pub(crate) fn iam_event(account: &Account, event_name: &str, parameters: Value) -> String {
    event(account, "iam", event_name, "us-east-1", parameters).to_string()
}

/// Source: <https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-lambda.html>
pub(crate) fn event(
    account: &Account,
    service: &str,
    event_name: &str,
    region: &str,
    parameters: Value,
) -> Value {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let id = account.id();
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    json!({
        "version": "0",
        "id": format!("10000000-0000-4000-8000-{number:012}"),
        "detail-type": "AWS API Call via CloudTrail",
        "source": format!("aws.{service}"),
        "account": id,
        "time": now,
        "region": region,
        "resources": [],
        "detail": {
            "eventVersion": "1.08",
            "userIdentity": {"type": "IAMUser", "arn": format!("arn:aws:iam::{id}:user/developer")},
            "eventTime": now,
            "eventSource": format!("{service}.amazonaws.com"),
            "eventName": event_name,
            "awsRegion": region,
            "requestParameters": parameters,
            "responseElements": null,
            "eventID": format!("20000000-0000-4000-8000-{number:012}"),
            "eventType": "AwsApiCall",
            "recipientAccountId": id,
        },
    })
}
