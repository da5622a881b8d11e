//! Every kind of slot over HTTP against the emulator: looked at, changed, changed back.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests are tests; clippy knows those by their attribute alone"
)]

mod advice;

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use aws::{Changer, Cloud, NightFiles, Quota, Settings};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use model::FunctionArn;
use scan::{
    Files as _, Kind, Place,
    repair::{
        ATTACHED, Changer as _, Held, Monitor as _, Slot, State, Vault as _, Version, Vitals,
    },
};
use serde_json::{Value, json};
use stand_ins::{
    emulator::{Account, Emulator},
    fault_proxy::{Fault, FaultProxy, Rule, Target},
    security_hub::Options,
};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";

static EMULATOR: LazyLock<Emulator> =
    LazyLock::new(|| Emulator::start(Options::default()).unwrap_or_else(|error| panic!("{error}")));

struct Stage {
    cloud: Arc<Cloud>,
    account: Account,
    changer: Changer,
    place: Place,
    proxy: FaultProxy,
}

impl Stage {
    fn new(faults: Vec<Rule>) -> Self {
        let proxy = FaultProxy::start(EMULATOR.url(), faults).unwrap();
        let credentials = Credentials::new(ACCOUNT, "secret", None, None, "test");
        let cloud = Cloud::new(Settings {
            endpoint_url: Some(proxy.url()),
            credentials: Some(SharedCredentialsProvider::new(credentials)),
            region: Some(REGION.to_owned()),
            own_account: Some(ACCOUNT.to_owned()),
            quota: Quota::Unlimited,
            attempts: 3,
            backoff: Duration::from_millis(1),
            ..Settings::default()
        });
        let cloud = Arc::new(cloud);
        Self {
            account: EMULATOR.account(ACCOUNT, REGION),
            changer: Changer::new(cloud.clone()),
            cloud,
            place: Place {
                partition: "aws".into(),
                account: ACCOUNT.into(),
                region: REGION.into(),
            },
            proxy,
        }
    }

    async fn look(&self, slot: &Slot) -> Held {
        self.changer.look(&self.place, slot).await.unwrap()
    }

    async fn put(&self, slot: &Slot, held: &Held, to: &State) -> Result<(), Kind> {
        self.changer.put(&self.place, slot, held, to).await.map_err(|error| error.kind)
    }

    /// A function with everything that slots are about; `name` is the role's too.
    fn function(&self, name: &str) -> FunctionArn {
        self.account.role(name, &[]).unwrap();
        let with = json!({ "TracingConfig": { "Mode": "PassThrough" } });
        let arn = self.account.function(name, &with).unwrap();
        let url = format!("/2021-10-31/functions/{name}/url");
        self.account.lambda("POST", &url, &json!({ "AuthType": "NONE" })).unwrap();
        for (sid, with) in [
            ("open", json!({})),
            (
                "orders",
                json!({ "Principal": "events.amazonaws.com", "SourceAccount": ACCOUNT,
                "SourceArn": "arn:aws:events:eu-west-1:111122223333:rule/orders" }),
            ),
        ] {
            let mut body =
                json!({ "StatementId": sid, "Action": "lambda:InvokeFunction", "Principal": "*" });
            body.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
            let path = format!("/2015-03-31/functions/{name}/policy");
            self.account.lambda("POST", &path, &body).unwrap();
        }
        let group = json!({ "logGroupName": format!("/aws/lambda/{name}") });
        self.account.logs("CreateLogGroup", &group).unwrap();
        arn.parse().unwrap()
    }
}

/// White space and order are the owner's.
const DOCUMENT: &str = "{\n  \"Statement\": [ {\"Effect\": \"Allow\", \"Resource\": \"*\",\n \"Action\": \"s3:ListAllMyBuckets\"} ],\n  \"Version\": \"2012-10-17\" }";

/// Each kind of slot of a function and its role, and what it is to be changed to.
fn slots(function: &FunctionArn) -> Vec<(Slot, State)> {
    let (function, name) = (function.clone(), function.name().to_owned());
    let role = format!("arn:aws:iam::{ACCOUNT}:role/{name}");
    let own = |kind: &str| format!("arn:aws:{kind}:{REGION}:{ACCOUNT}:");
    let statement = |sid: &str| Slot::Statement {
        function: function.clone(),
        qualifier: None,
        sid: sid.to_owned(),
    };
    vec![
        (
            Slot::Key { function: function.clone() },
            State::of(own("kms") + "key/11111111-2222-3333-4444-555555555555"),
        ),
        (Slot::Tracing { function: function.clone() }, State::of("Active")),
        (Slot::Runtime { function: function.clone() }, State::of("python3.14")),
        (Slot::DeadLetter { function: function.clone() }, State::of(own("sqs") + "failed")),
        (Slot::Concurrency { function: function.clone() }, State::of("5")),
        (Slot::Url { function: function.clone(), qualifier: None }, State::of("AWS_IAM")),
        (statement("open"), State::ABSENT),
        (statement("orders"), State::ABSENT),
        (
            Slot::Tag { function: function.clone(), key: "warden:allow:tracing-off".into() },
            State::of("until=2027-01-31 by=payments"),
        ),
        (
            Slot::Retention { function: function.clone(), group: format!("/aws/lambda/{name}") },
            State::of("365"),
        ),
        (Slot::RolePolicy { role: role.clone(), name: "own".into() }, State::ABSENT),
        (Slot::RolePolicy { role: role.clone(), name: "new".into() }, State::of(DOCUMENT)),
        (
            Slot::ManagedPolicy { policy: format!("arn:aws:iam::{ACCOUNT}:policy/new-{name}") },
            State::of(DOCUMENT),
        ),
        (
            Slot::Attachment {
                role,
                policy: "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole".into(),
            },
            State::of(ATTACHED),
        ),
    ]
}

#[tokio::test]
async fn every_slot_is_changed_and_changed_back_byte_for_byte() {
    let stage = Stage::new(vec![]);
    let function = stage.function("back-and-forth");
    for (slot, after) in slots(&function) {
        let before = stage.look(&slot).await;
        assert_eq!(before.irreversible, None, "{slot}");
        assert_ne!(before.state, after, "{slot}");
        stage.put(&slot, &before, &after).await.unwrap();
        let changed = stage.look(&slot).await;
        assert_eq!(changed.state, after, "{slot}");
        // Again is no change; by an old look nothing is overwritten.
        stage.put(&slot, &before, &after).await.unwrap();
        let stale = Held { state: State::of("something else"), ..changed.clone() };
        let put = stage.put(&slot, &stale, &before.state).await;
        assert_eq!(put, Err(Kind::Changed), "{slot}");
        assert_eq!(stage.look(&slot).await.state, after, "{slot}");
        stage.put(&slot, &changed, &before.state).await.unwrap();
        assert_eq!(stage.look(&slot).await.state, before.state, "{slot}");
    }
}

/// What stood in the other fields stands there still, the variables among them.
#[tokio::test]
async fn a_change_of_one_setting_leaves_the_others() {
    let stage = Stage::new(vec![]);
    stage.account.role("others", &[]).unwrap();
    let with = json!({
        "TracingConfig": { "Mode": "PassThrough" }, "Timeout": 17, "MemorySize": 192,
        "Environment": { "Variables": { "LEVEL": "info" } },
    });
    let function: FunctionArn = stage.account.function("others", &with).unwrap().parse().unwrap();
    let read = || -> Value {
        let path = "/2015-03-31/functions/others/configuration";
        stage.account.lambda("GET", path, &Value::Null).unwrap()
    };
    let before = read();
    let slot = Slot::Tracing { function };
    stage.put(&slot, &stage.look(&slot).await, &State::of("Active")).await.unwrap();
    let after = read();
    for field in ["Timeout", "MemorySize", "Environment", "Handler", "Role", "Runtime"] {
        assert_eq!(before[field], after[field], "{field}");
    }
    assert_eq!(after["TracingConfig"]["Mode"], "Active");
}

#[tokio::test]
async fn what_is_not_there_is_gone_or_absent() {
    let stage = Stage::new(vec![]);
    let nobody: FunctionArn =
        format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:nobody").parse().unwrap();
    for (slot, _) in slots(&nobody) {
        let is_absent =
            matches!(slot, Slot::Url { .. } | Slot::Statement { .. } | Slot::ManagedPolicy { .. });
        match stage.changer.look(&stage.place, &slot).await {
            Ok(held) => assert!(is_absent && held.state == State::ABSENT, "{slot}: {held:?}"),
            Err(error) => {
                assert!(!is_absent && error.kind == Kind::Gone, "{slot}: {}", error.chain());
            }
        }
    }
}

#[tokio::test]
async fn refusals_and_throttles_are_told_apart_from_answers() {
    let stage = Stage::new(vec![
        Target::call("lambda", "UpdateFunctionConfiguration").always(Fault::Deny),
        Target::call("lambda", "GetFunctionConfiguration").nth(1, Fault::Throttle),
        Target::call("iam", "PutRolePolicy").nth(1, Fault::Throttle),
        Target::call("iam", "ListAttachedRolePolicies").always(Fault::Deny),
    ]);
    let function = stage.function("refused");
    for (slot, after) in slots(&function) {
        let held = stage.changer.look(&stage.place, &slot).await;
        let expected = match slot {
            Slot::Key { .. }
            | Slot::Tracing { .. }
            | Slot::Runtime { .. }
            | Slot::DeadLetter { .. } => Err(Kind::Denied),
            Slot::Attachment { .. } => {
                assert_eq!(held.unwrap_err().kind, Kind::Denied);
                continue;
            }
            _ => Ok(()),
        };
        assert_eq!(stage.put(&slot, &held.unwrap(), &after).await, expected, "{slot}");
    }
    let throttled =
        stage.proxy.seen().into_iter().filter(|seen| seen.fault == Some(Fault::Throttle));
    assert_eq!(throttled.count(), 2, "they were tried again");
}

#[tokio::test]
async fn a_key_is_told_with_its_policy() {
    let stage = Stage::new(vec![]);
    let made = stage.account.kms("CreateKey", &json!({})).unwrap();
    let id = made["KeyMetadata"]["KeyId"].as_str().unwrap();
    let alias = json!({ "AliasName": "alias/variables", "TargetKeyId": id });
    stage.account.kms("CreateAlias", &alias).unwrap();
    for named in [id, "alias/variables"] {
        let (key, policy) = stage.changer.key(&stage.place, named).await.unwrap();
        assert!(key.arn.ends_with(id) && key.state == "Enabled", "{key:?}");
        assert!(!policy.statements.is_empty());
    }
    let (none, _) = stage.changer.key(&stage.place, "alias/none").await.unwrap();
    assert_eq!(none.state, "Deleted");
}

/// Of two that write over the same version of a file one does, in a bucket as in a folder.
#[tokio::test]
async fn a_version_is_written_over_once() {
    let stage = Stage::new(vec![]);
    let here = "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                <LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>";
    stage.account.s3("PUT", "/guards", here).unwrap();
    let folder = std::env::temp_dir().join(format!("warden-guards-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for named in ["s3://guards/x", folder.to_str().unwrap()] {
        let files = NightFiles::new(stage.cloud.clone(), named);
        let swap = |text: &str, then: Option<Version>| {
            let (files, text) = (&files, text.as_bytes().to_vec());
            async move { files.swap("guards/role.json", text, then.as_ref()).await.unwrap() }
        };
        let first = swap("first", None).await;
        assert!(first.is_some(), "{named}");
        assert_eq!(swap("again", None).await, None, "{named}");
        assert_eq!(
            files.fetch("guards/role.json").await.unwrap(),
            (b"first".to_vec(), first.clone().unwrap()),
            "{named}"
        );
        let second = swap("second", first.clone()).await;
        assert!(second.is_some() && second != first, "{named}");
        assert_eq!(swap("late", first).await, None, "{named}");
        assert_eq!(files.read("guards/role.json").await.unwrap(), b"second", "{named}");
        files.remove("guards/role.json").await.unwrap();
        assert_eq!(swap("nothing to write over", second).await, None, "{named}");
        files.remove("guards/role.json").await.unwrap();
        files.remove("guards/role.json").await.unwrap();
        assert_eq!(files.read("guards/role.json").await.unwrap_err().kind, Kind::Gone);
        assert!(swap("third", None).await.is_some(), "{named}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn a_function_that_never_ran_has_no_vitals() {
    let stage = Stage::new(vec![]);
    let function = stage.function("idle");
    let (from, to) = ("2026-11-01T00:00:00Z", "2026-11-15T00:00:00Z");
    let vitals =
        stage.changer.vitals(&function, from.parse().unwrap(), to.parse().unwrap()).await.unwrap();
    assert_eq!(vitals, Vitals::default());
    let days = stage.changer.days_invoked(&function, to.parse().unwrap(), 14).await.unwrap();
    assert!(days.is_empty());
}

/// What others attached meanwhile is not taken from them.
#[tokio::test]
async fn a_policy_of_ours_that_others_use_is_left() {
    let stage = Stage::new(vec![]);
    stage.account.role("borrower", &[]).unwrap();
    let policy = format!("arn:aws:iam::{ACCOUNT}:policy/borrowed");
    let slot = Slot::ManagedPolicy { policy: policy.clone() };
    stage.put(&slot, &Held::default(), &State::of(DOCUMENT)).await.unwrap();
    let borrowed = [("RoleName", "borrower"), ("PolicyArn", policy.as_str())];
    stage.account.iam("AttachRolePolicy", &borrowed).unwrap();
    let held = stage.look(&slot).await;
    assert_eq!(stage.put(&slot, &held, &State::ABSENT).await, Err(Kind::Changed));
    assert_eq!(stage.look(&slot).await.state, State::of(DOCUMENT));
}

#[tokio::test]
async fn another_role_of_the_same_name_is_told_apart() {
    let stage = Stage::new(vec![]);
    let role = stage.account.role("reborn", &[]).unwrap();
    let slot = Slot::Role { role };
    let first = stage.look(&slot).await.state;
    assert!(first.text().is_some_and(|id| id.starts_with("AROA")), "{first:?}");
    assert_eq!(stage.look(&slot).await.state, first);
    let own = [("RoleName", "reborn"), ("PolicyName", "own")];
    stage.account.iam("DeleteRolePolicy", &own).unwrap();
    stage.account.iam("DeleteRole", &own[..1]).unwrap();
    let gone = stage.changer.look(&stage.place, &slot).await;
    assert_eq!(gone.unwrap_err().kind, Kind::Gone);
    stage.account.role("reborn", &[]).unwrap();
    assert_ne!(stage.look(&slot).await.state, first);
    // It is looked at and never written.
    let put = stage.put(&slot, &stage.look(&slot).await, &State::of("AROAOTHER")).await;
    assert_eq!(put, Err(Kind::Failed));
}
