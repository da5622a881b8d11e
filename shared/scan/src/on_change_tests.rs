use std::sync::{Arc, Mutex};

use model::{Fact, RoleUser, Snapshot};
use serde_json::{Value, json};

use super::*;
use crate::{Estate, Finding, Kind, Observed, Refused, Turn, WorkflowUpdate, testing};

/// An account with a few functions, all on the role `shared` but `lone`, and a store; either can
/// be told to fail.
#[derive(Default)]
struct Fake {
    exists: Vec<&'static str>,
    unreadable: Vec<&'static str>,
    store_fails: bool,
    refuses: Vec<(&'static str, &'static str)>,
    /// Refusals come without the id of what was refused.
    nameless: bool,
    reads: Mutex<Vec<String>>,
    imported: Mutex<Vec<String>>,
    as_of: Mutex<BTreeSet<String>>,
    /// Whose users were asked for.
    asked: Mutex<Vec<Used>>,
    /// Functions whose changes cannot be noted.
    forgetful: Vec<&'static str>,
    changed: Mutex<Vec<(String, String)>>,
    /// Until we are stopped; a very long time if `None`.
    seconds: Option<i64>,
}

thread_local! {
    /// Seconds that passed: one with each function read.
    static PASSED: std::cell::Cell<i64> = const { std::cell::Cell::new(0) };
}

fn now() -> Timestamp {
    let start: Timestamp = "2026-06-01T00:05:00Z".parse().unwrap();
    start + SignedDuration::from_secs(PASSED.get())
}

fn broken(operation: &'static str, kind: Kind) -> PortError {
    PortError { operation, subject: "it".into(), kind, source: "as told".into() }
}

impl Inventory for &Fake {
    async fn function(&self, arn: &FunctionArn, _: Timestamp) -> Result<Snapshot, PortError> {
        self.reads.lock().unwrap().push(arn.name().to_owned());
        PASSED.set(PASSED.get() + 1);
        if self.unreadable.contains(&arn.name()) {
            return Err(broken("lambda:GetFunctionConfiguration", Kind::Throttled));
        }
        if !self.exists.contains(&arn.name()) {
            return Err(broken("lambda:GetFunctionConfiguration", Kind::Gone));
        }
        let role_users = match arn.name() {
            "left" | "right" => users(&["left", "right"]),
            "a" | "b" | "c" => users(&["a", "b", "c"]),
            _ => testing::snapshot().role_users,
        };
        Ok(Snapshot { arn: arn.clone(), role_users, ..testing::snapshot() })
    }

    async fn functions(&self, _: &Place, _: Turn) -> Result<Estate, PortError> {
        Ok(Estate::default())
    }

    async fn changed(&self, arn: &FunctionArn, at: Timestamp) -> Result<(), PortError> {
        if self.forgetful.contains(&arn.name()) {
            return Err(broken("s3:PutObject", Kind::Throttled));
        }
        assert!(!self.reads.lock().unwrap().iter().any(|read| read == arn.name()), "read before");
        self.changed.lock().unwrap().push((arn.name().to_owned(), at.to_string()));
        Ok(())
    }

    async fn users(
        &self,
        at: &Place,
        what: &Used,
        as_of: Timestamp,
    ) -> Result<Vec<FunctionArn>, PortError> {
        self.as_of.lock().unwrap().insert(as_of.to_string());
        self.asked.lock().unwrap().push(what.clone());
        let Used::Role(role) = what else {
            return Ok(self.exists.iter().map(|name| named(name)).collect());
        };
        let users: Vec<&str> = match role.as_str() {
            "shared" => self
                .exists
                .iter()
                .copied()
                .filter(|name| ["pay", "ship", "stuck"].contains(name))
                .collect(),
            "lone" => vec!["lone"],
            "hidden" => return Err(broken("lambda:ListFunctions", Kind::Denied)),
            _ => vec![],
        };
        Ok(users
            .into_iter()
            .map(|name| FunctionArn::new(&at.partition, &at.region, &at.account, name).unwrap())
            .collect())
    }

    async fn roles_of_policy(&self, _: &Place, policy: &str) -> Result<Vec<String>, PortError> {
        Ok(if policy.ends_with("/logs") { vec!["lone".into(), "unused".into()] } else { vec![] })
    }
}

impl Findings for &Fake {
    async fn observed(
        &self,
        _: &Place,
        _: Option<&[FunctionArn]>,
    ) -> Result<Vec<Observed>, PortError> {
        match self.store_fails {
            true => Err(broken("securityhub:GetFindings", Kind::Denied)),
            false => Ok(Vec::new()),
        }
    }

    async fn import(&self, _: &Place, findings: &[Finding]) -> Result<Vec<Refused>, PortError> {
        let mut imported = self.imported.lock().unwrap();
        let mut refused = Vec::new();
        for finding in findings {
            match self
                .refuses
                .iter()
                .find(|(name, _)| *name == finding.about.function().unwrap().name())
            {
                Some((_, code)) => refused.push(Refused {
                    id: if self.nameless { String::new() } else { finding.id() },
                    code: (*code).to_owned(),
                    message: "as told".into(),
                }),
                None => imported.push(finding.about.function().unwrap().name().to_owned()),
            }
        }
        Ok(refused)
    }

    async fn update(&self, _: &Place, _: &[WorkflowUpdate]) -> Result<Vec<Refused>, PortError> {
        Ok(Vec::new())
    }
}

fn users(names: &[&str]) -> Fact<Arc<Vec<RoleUser>>> {
    let user = |name: &&str| RoleUser { arn: named(name), needs: Fact::unknown("not read") };
    Fact::Known(Arc::new(names.iter().map(user).collect()))
}

fn named(name: &str) -> FunctionArn {
    FunctionArn::new("aws", "eu-west-1", "111122223333", name).unwrap()
}

fn event(source: &str, name: &str, request: Value) -> String {
    json!({
        "account": "111122223333", "region": "eu-west-1",
        "detail": {
            "eventID": "e", "eventTime": "2026-06-01T00:00:00Z", "eventName": name, "eventSource": format!("{source}.amazonaws.com"),
            "userIdentity": {"arn": "arn:aws:sts::111122223333:assumed-role/dev/jane"},
            "requestParameters": request,
        }
    })
    .to_string()
}

fn deploys(function: &str) -> String {
    event("lambda", "UpdateFunctionCode20150331v2", json!({"functionName": function}))
}

fn role(name: &str) -> String {
    event("iam", "PutRolePolicy", json!({"roleName": name}))
}

fn policy(name: &str) -> String {
    let arn = format!("arn:aws:iam::111122223333:policy/{name}");
    event("iam", "CreatePolicyVersion", json!({"policyArn": arn}))
}

async fn run(fake: &Fake, bodies: &[String]) -> Batch {
    run_under(fake, bodies, "").await
}

async fn run_under(fake: &Fake, bodies: &[String], baseline: &str) -> Batch {
    run_after(fake, bodies, baseline, &Done::default()).await
}

async fn run_after(fake: &Fake, bodies: &[String], baseline: &str, done: &Done) -> Batch {
    let warden = Warden {
        inventory: fake,
        findings: fake,
        calendar: rules::calendar().unwrap(),
        baseline: rules::baseline::parse(baseline).unwrap(),
        clock: now,
    };
    let messages: Vec<Message> = (0..)
        .zip(bodies)
        .map(|(index, body): (usize, _)| Message {
            id: index.to_string(),
            queued: Some("2026-06-01T00:01:40Z".parse().unwrap()),
            body: body.clone(),
        })
        .collect();
    let by = now() + SignedDuration::from_secs(fake.seconds.unwrap_or(1_000_000));
    warden.on_change(&messages, &["eu-west-1".to_owned()], by, done).await
}

/// A case: its name, the messages, the functions read, and the messages that come back.
type Row = (&'static str, Vec<String>, Vec<&'static str>, Vec<&'static str>);

#[tokio::test]
async fn messages_become_reads_and_only_the_failed_come_back() {
    let rows: Vec<Row> = vec![
        ("one deployment", vec![deploys("pay")], vec!["pay"], vec![]),
        ("a burst", vec![deploys("pay"); 5], vec!["pay"], vec![]),
        (
            "a whole ARN",
            vec![deploys("arn:aws:lambda:eu-west-1:111122223333:function:pay:live")],
            vec!["pay"],
            vec![],
        ),
        ("a partial ARN", vec![deploys("111122223333:function:pay")], vec!["pay"], vec![]),
        ("a qualified name", vec![deploys("pay:7")], vec!["pay"], vec![]),
        ("deleted since", vec![deploys("old")], vec!["old"], vec![]),
        ("a role", vec![role("shared")], vec!["pay", "ship", "stuck"], vec!["0"]),
        ("a policy", vec![policy("logs")], vec!["lone"], vec![]),
        ("a policy nobody has", vec![policy("none")], vec![], vec![]),
        ("a role nobody uses", vec![role("other")], vec![], vec![]),
        ("an index that is denied", vec![role("hidden"), deploys("pay")], vec!["pay"], vec!["0"]),
        ("not JSON", vec!["{".into(), deploys("pay")], vec!["pay"], vec!["0"]),
        ("no detail", vec!["{}".into(), deploys("pay")], vec!["pay"], vec!["0"]),
        ("no such name", vec![deploys("p a y"), deploys("pay")], vec!["pay"], vec!["0"]),
        ("unreadable", vec![deploys("stuck"), deploys("pay")], vec!["pay", "stuck"], vec!["0"]),
        ("one of three on a role", vec![deploys("a")], vec!["a"], vec![]),
        ("one of two on a role", vec![deploys("left")], vec!["left", "right"], vec![]),
        ("both of them", vec![deploys("left"), deploys("right")], vec!["left", "right"], vec![]),
        ("function and its role", vec![deploys("lone"), role("lone")], vec!["lone"], vec![]),
    ];
    for (case, bodies, reads, failed) in rows {
        let fake = Fake {
            exists: vec!["pay", "ship", "lone", "stuck", "left", "right", "a", "b", "c"],
            unreadable: vec!["stuck"],
            ..Fake::default()
        };
        let batch = run(&fake, &bodies).await;
        let mut seen = fake.reads.lock().unwrap().clone();
        seen.sort();
        assert_eq!(seen, reads, "{case}: reads");
        assert_eq!(batch.failed.keys().collect::<Vec<_>>(), failed, "{case}: {:?}", batch.failed);
    }
}

#[tokio::test]
async fn a_change_is_noted_before_its_function_is_read_and_comes_back_if_it_cannot_be() {
    let fake =
        Fake { exists: vec!["pay", "ship", "stuck"], forgetful: vec!["ship"], ..Fake::default() };
    let batch = run(&fake, &[deploys("pay"), deploys("ship"), role("shared")]).await;
    let failed: Vec<&str> = batch.failed.keys().map(String::as_str).collect();
    assert_eq!(failed, ["1"], "{:?}", batch.failed);
    assert!(batch.failed["1"].contains("s3:PutObject"), "{:?}", batch.failed);
    // Of a role nothing is remembered, so that nothing is to be forgotten.
    let changed = fake.changed.lock().unwrap().clone();
    assert_eq!(changed, [("pay".to_owned(), "2026-06-01T00:00:01Z".to_owned())]);
}

#[tokio::test]
async fn who_tips_the_scales_has_the_others_judged() {
    for (most, reads) in
        [(1, vec!["a"]), (2, vec!["a", "b", "c"]), (3, vec!["a"]), (u64::MAX, vec!["a"])]
    {
        let fake = Fake { exists: vec!["a", "b", "c"], ..Fake::default() };
        let baseline = format!("[rules.role-shared]\nmost = {}", most.min(1000));
        run_under(&fake, &[deploys("a")], &baseline).await;
        let mut seen = fake.reads.lock().unwrap().clone();
        seen.sort();
        assert_eq!(seen, reads, "{most}");
    }
}

#[tokio::test]
async fn what_time_does_not_suffice_for_comes_back_and_the_rest_is_published() {
    let deployments: Vec<String> = (0..50).map(|n| deploys(&format!("f{n:02}"))).collect();
    let names: &'static [String] = Vec::leak((0..50).map(|n| format!("f{n:02}")).collect());
    for (seconds, read) in [(0, 0), (1, 20), (26, 20), (28, 40), (60, 50), (1000, 50)] {
        let exists = names.iter().map(String::as_str).collect();
        let fake = Fake { exists, seconds: Some(seconds), ..Fake::default() };
        let batch = run(&fake, &deployments).await;
        assert_eq!(fake.reads.lock().unwrap().len(), read, "{seconds} s");
        assert_eq!(batch.failed.len(), 50 - read, "{seconds} s");
        let published: BTreeSet<_> = fake.imported.lock().unwrap().iter().cloned().collect();
        assert_eq!(published.len(), read, "{seconds} s");
        for reason in batch.failed.values() {
            assert_eq!(reason, "no time was left for all 50 functions of 111122223333/eu-west-1");
        }
    }
}

#[tokio::test]
async fn each_try_begins_elsewhere() {
    let names: &'static [String] = Vec::leak((0..50).map(|n| format!("f{n:02}")).collect());
    let deployments: Vec<String> = names.iter().map(|name| deploys(name)).collect();
    let mut seen = BTreeSet::new();
    for _ in 0..4 {
        let exists = names.iter().map(String::as_str).collect();
        let fake = Fake { exists, seconds: Some(1), ..Fake::default() };
        run(&fake, &deployments).await;
        seen.extend(fake.reads.into_inner().unwrap());
    }
    assert!(seen.len() > 40, "{seen:?}");
}

#[tokio::test]
async fn a_role_is_looked_up_as_it_was_after_the_event_but_never_in_the_future() {
    for (event_time, as_of) in [
        ("2026-06-01T00:00:00Z", "2026-06-01T00:00:01Z"),
        ("2026-06-01T00:04:59Z", "2026-06-01T00:05:00Z"),
        ("2099-01-01T00:00:00Z", "2026-06-01T00:05:00Z"),
        ("2026-05-28T00:00:00Z", "2026-05-31T23:50:00Z"),
    ] {
        PASSED.set(0);
        let fake = Fake { exists: vec!["pay"], ..Fake::default() };
        let body = role("shared").replace("2026-06-01T00:00:00Z", event_time);
        run(&fake, &[body]).await;
        assert_eq!(*fake.as_of.lock().unwrap(), BTreeSet::from([as_of.to_owned()]));
    }
}

#[tokio::test]
async fn a_store_that_fails_sends_every_message_back() {
    let fake = Fake { exists: vec!["pay", "ship"], store_fails: true, ..Fake::default() };
    let batch = run(&fake, &[deploys("pay"), deploys("ship"), deploys("pay")]).await;
    assert_eq!(batch.failed.keys().collect::<Vec<_>>(), ["0", "1", "2"]);
    assert!(batch.failed["0"].contains("securityhub:GetFindings"), "{:?}", batch.failed);
}

#[tokio::test]
async fn a_refused_finding_sends_only_its_own_message_back() {
    for code in ["InvalidInput", "InternalFailure"] {
        let fake =
            Fake { exists: vec!["pay", "ship"], refuses: vec![("pay", code)], ..Fake::default() };
        let batch = run(&fake, &[deploys("pay"), deploys("ship")]).await;
        assert_eq!(batch.failed.keys().collect::<Vec<_>>(), ["0"], "{code}");
        assert!(fake.imported.lock().unwrap().iter().all(|name| name == "ship"), "{code}");
    }
}

#[tokio::test]
async fn a_refusal_that_names_nobody_sends_all_of_the_place_back() {
    let fake = Fake {
        exists: vec!["pay", "ship"],
        refuses: vec![("pay", "InvalidInput")],
        nameless: true,
        ..Fake::default()
    };
    let batch = run(&fake, &[deploys("pay"), deploys("ship")]).await;
    assert_eq!(batch.failed.keys().collect::<Vec<_>>(), ["0", "1"]);
}

#[tokio::test]
async fn what_changes_nothing_is_ignored_and_says_why() {
    let mut failed_call: Value = serde_json::from_str(&deploys("pay")).unwrap();
    failed_call["detail"]["errorCode"] = "AccessDenied".into();
    let dry_run = json!({"functionName": "pay", "dryRun": true});
    for (body, why) in [
        (failed_call.to_string(), "the call failed"),
        (event("lambda", "UpdateFunctionCode20150331v2", dry_run), "the call was a dry run"),
        (event("lambda", "CreateCodeSigningConfig", json!({})), "signing"),
        (
            event(
                "lambda",
                "TagResource20170331v2",
                json!({"resource": "arn:aws:lambda:eu-west-1:111122223333:event-source-mapping:1"}),
            ),
            "another kind",
        ),
        (event("sqs", "CreateQueue", json!({})), "no service that findings depend on"),
        (role("other"), "no function depends"),
    ] {
        let fake = Fake { exists: vec!["pay"], ..Fake::default() };
        let batch = run(&fake, &[body]).await;
        assert!(batch.ignored["0"].contains(why), "{why}: {:?}", batch.ignored);
        assert!(fake.reads.lock().unwrap().is_empty(), "{why}");
    }
}

#[tokio::test]
async fn the_actor_of_a_tag_change_is_remembered() {
    let arn = "arn:aws:lambda:eu-west-1:111122223333:function:pay";
    let fake = Fake { exists: vec!["pay"], ..Fake::default() };
    let tags = event("lambda", "TagResource20170331v2", json!({"resource": arn}));
    let batch = run(&fake, &[deploys("pay"), tags]).await;
    let judged = &batch.rounds[0].1.judged[0];
    assert!(judged.tagged_by.as_deref().is_some_and(|actor| actor.ends_with("/jane")));
}

/// What an event of KMS or EC2, or of a layer, says is used.
#[tokio::test]
async fn what_functions_use_is_told_by_the_event_whatever_its_form() {
    let key = "arn:aws:kms:eu-west-1:111122223333:key/k";
    let layer = "arn:aws:lambda:eu-west-1:111122223333:layer:shared:3";
    let network = |ids: &[&str]| Some(Used::Network(ids.iter().map(|id| (*id).into()).collect()));
    let permission = "AddLayerVersionPermission20181031";
    let younger =
        |name: &str, request: Value| event("ec2", name, json!({format!("{name}Request"): request}));
    for (body, used) in [
        (event("kms", "DisableKey", json!({"keyId": "k"})), Some(Used::Key(key.into()))),
        (event("kms", "PutKeyPolicy", json!({"keyId": key})), Some(Used::Key(key.into()))),
        (event("kms", "EnableKey", json!({})), None),
        (
            event("lambda", permission, json!({"layerName": "shared", "versionNumber": 3})),
            Some(Used::Layer(layer.into())),
        ),
        (
            event(
                "lambda",
                permission,
                json!({"layerName": layer.trim_end_matches(":3"), "versionNumber": 3}),
            ),
            Some(Used::Layer(layer.into())),
        ),
        (
            event(
                "ec2",
                "AuthorizeSecurityGroupEgress",
                json!({"groupId": "sg-1", "ipPermissions": {"items": [
                    {"groups": {"items": [{"groupId": "sg-2"}]}},
                ]}}),
            ),
            network(&["sg-1"]),
        ),
        (event("ec2", "AuthorizeSecurityGroupIngress", json!({"groupId": "sg-1"})), None),
        (younger("ModifySecurityGroupRules", json!({"GroupId": "sg-1"})), network(&["sg-1"])),
        (
            event(
                "ec2",
                "ReplaceRoute",
                json!({"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0"}),
            ),
            network(&["rtb-1"]),
        ),
        (
            event(
                "ec2",
                "CreateRoute",
                json!({"routeTableId": "rtb-1", "destinationCidrBlock": "10.0.0.0/8"}),
            ),
            None,
        ),
        (
            event("ec2", "AssociateRouteTable", json!({"routeTableId": "r", "gatewayId": "igw-1"})),
            None,
        ),
        (
            younger("CreateFlowLogs", json!({"ResourceId": {"tag": 1, "content": "vpc-1"}})),
            network(&["vpc-1"]),
        ),
        (younger("CreateFlowLogs", json!({"ResourceId": ["eni-1", "tgw-1"]})), None),
        (
            younger(
                "DeleteVpcEndpoints",
                json!({"VpcEndpointId": [
                    {"tag": 1, "content": "vpce-1"}, {"tag": 2, "content": "vpce-2"},
                ]}),
            ),
            network(&["vpce-1", "vpce-2"]),
        ),
    ] {
        let fake = Fake { exists: vec!["pay"], ..Fake::default() };
        let batch = run(&fake, std::slice::from_ref(&body)).await;
        let asked = fake.asked.lock().unwrap().clone();
        assert_eq!(asked, Vec::from_iter(used.clone()), "{body}");
        let reads = fake.reads.lock().unwrap().len();
        assert_eq!(
            (reads, batch.ignored.is_empty()),
            (used.iter().len(), used.is_some()),
            "{body}"
        );
    }
}

/// A hundred rules of one security group are changed one after the other.
#[tokio::test]
async fn a_storm_of_changes_judges_each_function_once_after_the_last_of_them() {
    let at = |time: &str| {
        event("kms", "DisableKey", json!({"keyId": "k"})).replace("2026-06-01T00:00:00Z", time)
    };
    let fake = Fake { exists: vec!["pay", "ship"], ..Fake::default() };
    let done = Done::default();
    let reads = || std::mem::take(&mut *fake.reads.lock().unwrap()).len();
    for (time, expected) in [
        ("2026-06-01T00:00:10Z", 2),
        ("2026-06-01T00:00:10Z", 0),
        ("2026-06-01T00:00:09Z", 0),
        ("2026-06-01T00:00:11Z", 2),
    ] {
        let batch = run_after(&fake, &[at(time)], "", &done).await;
        assert_eq!(reads(), expected, "{time}");
        let why = batch.ignored.get("0").copied().unwrap_or_default();
        assert_eq!(why.contains("judged since"), expected == 0, "{time}: {why}");
    }
    run_after(&fake, &[deploys("pay")], "", &done).await;
    assert_eq!(reads(), 1, "what a function is changed in itself is always looked at");
}

#[tokio::test]
async fn what_was_not_published_is_not_done() {
    let disabled = event("kms", "DisableKey", json!({"keyId": "k"}));
    let done = Done::default();
    let refuses = vec![("pay", "InternalFailure")];
    for fake in [
        Fake { exists: vec!["pay"], store_fails: true, ..Fake::default() },
        Fake { exists: vec!["pay"], refuses, ..Fake::default() },
        Fake { exists: vec!["pay"], unreadable: vec!["pay"], ..Fake::default() },
        Fake { exists: vec!["pay"], ..Fake::default() },
    ] {
        run_after(&fake, std::slice::from_ref(&disabled), "", &done).await;
        assert_eq!(fake.reads.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn the_lag_of_the_feed_is_that_of_its_slowest_event() {
    let late = deploys("pay").replace("2026-06-01T00:00:00Z", "2026-06-01T00:01:00Z");
    for (bodies, seconds) in [
        (vec![late.clone(), deploys("pay")], Some(100)),
        (vec![late], Some(40)),
        (vec!["{".to_owned()], None),
    ] {
        let fake = Fake { exists: vec!["pay"], ..Fake::default() };
        let batch = run(&fake, &bodies).await;
        assert_eq!(batch.lag.map(|lag| lag.as_secs()), seconds);
    }
}
