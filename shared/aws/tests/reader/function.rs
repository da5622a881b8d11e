//! One function, whole.

use jiff::Timestamp;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use model::{
    DestinationKind, Fact, KeyManager, Origin, QualifierKind, RoleState, Runtime, RuntimeUpdate,
    Snapshot,
};
use scan::{Inventory, Kind, Turn, Used};
use serde_json::json;

use crate::{
    aws::{KEY, ROLE, arn, configuration, place},
    stage::{Answer, Stage},
};

/// What both ways of reading must see in the healthy account.
pub(crate) fn check_pay(snapshot: &Snapshot) {
    assert_eq!(snapshot.arn, arn("pay"));
    assert_eq!(snapshot.settings.role.as_deref(), Some(ROLE));
    assert_eq!(snapshot.settings.architectures, ["arm64"]);
    assert_eq!(snapshot.runtime, Fact::Known(Runtime::Managed("python3.13".into())));
    assert_eq!(snapshot.runtime_update, Fact::Known(RuntimeUpdate::Manual));
    let environment = snapshot.environment.known().unwrap();
    assert_eq!(environment.key.as_deref(), Some(KEY));
    assert_eq!(environment.variables.known().unwrap()["STAGE"], secrets::Value::Plain);
    let key = snapshot.key.known().unwrap().as_ref().unwrap();
    assert_eq!((key.manager, key.state.as_str()), (KeyManager::Customer, "Enabled"));
    assert_eq!(snapshot.tags.known().unwrap()["team"], "payments");
    let layers = snapshot.layers.known().unwrap();
    assert_eq!(*layers, ["arn:aws:lambda:eu-west-1:111122223333:layer:tools:3"]);
    check_exposure(snapshot);
    let destinations = snapshot.destinations.known().unwrap();
    let destinations: Vec<_> = destinations
        .iter()
        .map(|to| (to.kind, to.qualifier.as_deref(), to.arn.rsplit(':').next().unwrap()))
        .collect();
    assert_eq!(
        destinations,
        [
            (DestinationKind::DeadLetter, None, "dead"),
            (DestinationKind::EventSource, Some("live"), "batches"),
            (DestinationKind::OnFailure, None, "errors"),
        ]
    );
    check_role(snapshot);
    let users: Vec<_> =
        snapshot.role_users.known().unwrap().iter().map(|user| user.arn.clone()).collect();
    assert_eq!(users, [arn("pay")]);
    assert_eq!(snapshot.network.known().unwrap().as_ref().unwrap().vpc, "vpc-1");
}

fn check_exposure(snapshot: &Snapshot) {
    assert!(snapshot.exposure.policy.known().unwrap().is_some());
    assert_eq!(snapshot.exposure.url, Fact::Known(None));
    let [version, alias] = snapshot.qualifiers.known().unwrap().as_slice() else { panic!() };
    let runtime = Runtime::Managed("python3.9".into());
    assert_eq!((version.name.as_str(), &version.kind), ("7", &QualifierKind::Version { runtime }));
    assert_eq!(alias.kind, QualifierKind::Alias { versions: vec!["7".into()] });
    let url = alias.exposure.url.known().unwrap().as_ref().unwrap();
    assert_eq!(
        (url.unsigned, url.credentials, url.origins.as_slice()),
        (true, true, &["*".to_owned()][..])
    );
    assert_eq!(version.exposure.url, Fact::Known(None));
}

fn check_role(snapshot: &Snapshot) {
    let RoleState::Present(role) = snapshot.role.known().unwrap() else { panic!("missing") };
    assert_eq!(role.arn, ROLE);
    assert_eq!(role.trust.known().unwrap().statements.len(), 1);
    let policies = role.policies.known().unwrap();
    let actions: Vec<_> = policies
        .iter()
        .map(|policy| (&policy.origin, &policy.document.statements[0].actions))
        .collect();
    let only = |action: &str| iam::Actions::Only(vec![action.into()]);
    let managed = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    assert_eq!(
        actions,
        [
            (&Origin::Inline, &only("sqs:SendMessage")),
            (&Origin::Managed(managed.into()), &only("logs:PutLogEvents")),
        ]
    );
    let made = "2026-02-03T04:05:06Z".parse().ok();
    assert_eq!(policies.iter().map(|policy| policy.changed).collect::<Vec<_>>(), [None, made]);
    let boundary = role.boundary.known().unwrap().as_ref().unwrap();
    assert_eq!(
        (boundary.name.as_str(), &boundary.document.statements[0].actions),
        ("edge", &only("sqs:*"))
    );
}

#[tokio::test]
async fn a_function_is_read_whole_and_every_call_is_counted() {
    let stage = Stage::start(|_| None);
    let (reader, cloud) = stage.reader();
    check_pay(&reader.function(&arn("pay"), Timestamp::MIN).await.unwrap());
    let counted: Vec<(String, u64)> = cloud.calls().into_iter().collect();
    let expected = [
        ("ec2:DescribeFlowLogs", 1),
        ("ec2:DescribeNatGateways", 1),
        ("ec2:DescribeRouteTables", 1),
        ("ec2:DescribeSecurityGroups", 1),
        ("ec2:DescribeSubnets", 1),
        ("ec2:DescribeVpcEndpoints", 1),
        ("iam:GetPolicy", 2),
        ("iam:GetPolicyVersion", 2),
        ("iam:GetRole", 1),
        ("iam:GetRolePolicy", 1),
        ("iam:ListAttachedRolePolicies", 1),
        ("iam:ListRolePolicies", 1),
        ("kms:DescribeKey", 1),
        ("lambda:GetFunctionConfiguration", 1),
        ("lambda:GetPolicy", 3),
        ("lambda:GetRuntimeManagementConfig", 1),
        ("lambda:ListAliases", 1),
        ("lambda:ListEventSourceMappings", 1),
        ("lambda:ListFunctionEventInvokeConfigs", 1),
        ("lambda:ListFunctionUrlConfigs", 1),
        ("lambda:ListFunctions", 1),
        ("lambda:ListTags", 1),
        ("lambda:ListVersionsByFunction", 1),
        ("logs:DescribeLogGroups", 1),
    ];
    assert_eq!(counted, expected.map(|(call, count)| (call.to_owned(), count)));
    for call in cloud.calls().keys() {
        assert_eq!(stage.asked(call).len() as u64, cloud.calls()[call], "{call}");
    }
}

#[tokio::test]
async fn what_is_remembered_is_not_asked_again() {
    let stage = Stage::start(|_| None);
    let (reader, cloud) = stage.reader();
    for _ in 0..2 {
        check_pay(&reader.function(&arn("pay"), Timestamp::MIN).await.unwrap());
    }
    // Two policies, two calls each, once; the index of roles, once.
    assert_eq!((cloud.calls()["iam:GetPolicy"], cloud.calls()["lambda:ListFunctions"]), (2, 1));
}

#[tokio::test]
async fn an_update_is_waited_for() {
    let asked = Arc::new(AtomicUsize::new(0));
    let stage = Stage::start(move |request| {
        let pending = request.call == "lambda:GetFunctionConfiguration"
            && asked.fetch_add(1, Ordering::SeqCst) < 2;
        pending.then(|| {
            let mut answer = configuration("pay");
            answer["LastUpdateStatus"] = "InProgress".into();
            answer["Runtime"] = "python3.9".into();
            Answer::json(answer)
        })
    });
    let (reader, _) = stage.reader();
    check_pay(&reader.function(&arn("pay"), Timestamp::MIN).await.unwrap());
    assert_eq!(stage.asked("lambda:GetFunctionConfiguration").len(), 3);
}

#[tokio::test]
async fn an_update_without_end_leaves_gaps() {
    let stage = Stage::start(|request| {
        (request.call == "lambda:GetFunctionConfiguration").then(|| {
            let mut answer = configuration("pay");
            answer["State"] = "Pending".into();
            Answer::json(answer)
        })
    });
    let (reader, _) = stage.reader();
    let snapshot = reader.function(&arn("pay"), Timestamp::MIN).await.unwrap();
    let why = "an update was still in progress";
    assert_eq!(snapshot.runtime, Fact::unknown(why));
    assert_eq!(snapshot.environment, Fact::unknown(why));
    assert_eq!(snapshot.layers, Fact::unknown(why));
    assert_eq!(snapshot.role, Fact::unknown(why));
    assert_eq!(snapshot.network, Fact::unknown(why));
    // An update changes neither of these.
    assert!(snapshot.tags.known().is_some() && snapshot.exposure.policy.known().is_some());
}

#[tokio::test]
async fn a_function_that_is_gone_is_gone_and_leaves_the_index() {
    let gone = Arc::new(AtomicUsize::new(0));
    let switch = gone.clone();
    let stage = Stage::start(move |request| {
        let gone =
            request.call == "lambda:GetFunctionConfiguration" && switch.load(Ordering::SeqCst) == 1;
        gone.then(|| Answer::error(404, "ResourceNotFoundException"))
    });
    let (reader, _) = stage.reader();
    assert_eq!(
        reader.users(&place(), &Used::Role("pay".into()), Timestamp::MIN).await.unwrap(),
        [arn("pay")]
    );
    gone.store(1, Ordering::SeqCst);
    let error = reader.function(&arn("pay"), Timestamp::MIN).await.unwrap_err();
    assert_eq!((error.kind, error.operation), (Kind::Gone, "lambda:GetFunctionConfiguration"));
    assert_eq!(
        reader.users(&place(), &Used::Role("pay".into()), Timestamp::MIN).await.unwrap(),
        []
    );
}

#[tokio::test]
async fn a_function_deleted_while_it_is_read_is_gone() {
    // Whether Lambda knows the function at the end, and whether it does all the time.
    for (recreated, alone, listed) in [(false, Err(Kind::Gone), 0), (true, Ok(()), 1)] {
        let asked = Arc::new(AtomicUsize::new(0));
        let stage = Stage::start(move |request| {
            let gone = match request.call.as_str() {
                "lambda:GetFunctionConfiguration" => {
                    !recreated && asked.fetch_add(1, Ordering::SeqCst) > 0
                }
                "lambda:GetPolicy" | "lambda:ListAliases" | "lambda:ListTags" => true,
                _ => false,
            };
            gone.then(|| Answer::error(404, "ResourceNotFoundException"))
        });
        let (reader, _) = stage.reader();
        let read = reader.function(&arn("pay"), Timestamp::MIN).await;
        if let Ok(snapshot) = &read {
            assert_eq!(snapshot.qualifiers, Fact::unknown("lambda:ListAliases gone"));
        }
        assert_eq!(read.map(drop).map_err(|error| error.kind), alone);
        assert_eq!(
            reader.functions(&place(), Turn::now(Timestamp::now())).await.unwrap().functions.len(),
            listed
        );
    }
}

#[tokio::test]
async fn a_plain_function_costs_few_calls() {
    let stage = Stage::start(|request| match request.call.as_str() {
        "lambda:GetFunctionConfiguration" => {
            let mut answer = configuration("pay");
            for absent in ["VpcConfig", "KMSKeyArn", "Environment", "DeadLetterConfig"] {
                answer.as_object_mut().unwrap().remove(absent);
            }
            answer["Runtime"] = "python3.6".into();
            Some(Answer::json(answer))
        }
        "lambda:GetPolicy" => Some(Answer::error(404, "ResourceNotFoundException")),
        "iam:GetRole" => Some(Answer::error(404, "NoSuchEntity")),
        "lambda:ListVersionsByFunction" => Some(Answer::json(json!({"Versions": []}))),
        "lambda:ListAliases" => Some(Answer::json(json!({"Aliases": []}))),
        _ => None,
    });
    let (reader, cloud) = stage.reader();
    let snapshot = reader.function(&arn("pay"), Timestamp::MIN).await.unwrap();
    assert_eq!(snapshot.exposure.policy, Fact::Known(None));
    assert_eq!(snapshot.role, Fact::Known(RoleState::Missing));
    assert_eq!(snapshot.network, Fact::Known(None));
    assert_eq!(snapshot.key, Fact::Known(None));
    // No URL can be open without a policy, no dead runtime is patched, no role delivers nothing.
    for fact in [
        &snapshot.exposure.url.known().is_some(),
        &snapshot.runtime_update.known().is_some(),
        &snapshot.destinations.known().is_some(),
    ] {
        assert!(!fact);
    }
    assert_eq!(cloud.calls().values().sum::<u64>(), 9, "{:?}", cloud.calls());
}
