//! A part that fails leaves the rest alive, and says why.

use jiff::Timestamp;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use aws::{Cloud, Reader};
use aws_credential_types::provider::{
    SharedCredentialsProvider, error::CredentialsError, future::ProvideCredentials,
};
use model::{Baseline, Fact, RoleState, Snapshot};
use scan::{Inventory, Kind, Turn};
use serde_json::{Value, json};

use crate::{
    aws::{KEY, arn, configuration, place},
    stage::{Answer, Stage},
};

/// The facts that are unknown, and why: `(path, why)`. Walks the snapshot's own JSON, so that no
/// fact is forgotten.
fn gaps(snapshot: &Snapshot) -> Vec<(String, String)> {
    fn walk(path: &str, value: &Value, found: &mut Vec<(String, String)>) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(why)) = members.get("unknown") {
                    found.push((path.to_owned(), why.clone()));
                    return;
                }
                for (key, member) in members {
                    walk(&format!("{path}.{key}"), member, found);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| walk(path, item, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk("", &serde_json::to_value(snapshot).unwrap(), &mut found);
    // What nobody set up, and what is for surveys, and for rules that are on.
    found.retain(|(path, why)| {
        path != ".usage" && !(path.starts_with(".survey") && why == "not read")
    });
    found.sort();
    found.dedup();
    found
}

/// Each call denied by itself: which facts go, when one function is read and when all are.
const DENIED: &[(&str, &[&str], &[&str])] = &[
    ("lambda:ListTags", &[".tags"], &[]),
    ("tag:GetResources", &[], &[".tags"]),
    (
        "lambda:GetPolicy",
        &[".exposure.policy", ".qualifiers.exposure.policy"],
        &[".exposure.policy", ".qualifiers.exposure.policy"],
    ),
    (
        "lambda:ListVersionsByFunction",
        &[".operation.versions", ".qualifiers", ".role_users.needs"],
        &[],
    ),
    ("logs:DescribeLogGroups", &[".survey.log_group"], &[".survey.log_group"]),
    ("lambda:ListAliases", &[".qualifiers"], &[".qualifiers"]),
    (
        "lambda:ListFunctionUrlConfigs",
        &[".exposure.url", ".qualifiers.exposure.url"],
        &[".exposure.url", ".qualifiers.exposure.url"],
    ),
    ("lambda:GetRuntimeManagementConfig", &[".runtime_update"], &[".runtime_update"]),
    (
        "lambda:ListFunctionEventInvokeConfigs",
        &[".destinations", ".role_users.needs.destinations"],
        &[".destinations", ".role_users.needs.destinations"],
    ),
    (
        "lambda:ListEventSourceMappings",
        &[
            ".destinations",
            ".operation.sources",
            ".role_users.needs.destinations",
            ".role_users.needs.sources",
        ],
        &[
            ".destinations",
            ".operation.sources",
            ".role_users.needs.destinations",
            ".role_users.needs.sources",
        ],
    ),
    ("lambda:ListFunctions", &[".role_users"], &[]),
    ("iam:GetRole", &[".role"], &[]),
    ("iam:ListRolePolicies", &[".role.present.policies"], &[]),
    ("iam:GetRolePolicy", &[".role.present.policies"], &[]),
    ("iam:ListAttachedRolePolicies", &[".role.present.policies"], &[]),
    ("iam:GetPolicy", &[".role.present.boundary", ".role.present.policies"], &[]),
    ("iam:GetPolicyVersion", &[".role.present.boundary", ".role.present.policies"], &[]),
    ("iam:GetAccountAuthorizationDetails", &[], &[".role"]),
    ("kms:DescribeKey", &[".key"], &[".key"]),
    ("ec2:DescribeSubnets", &[".network.subnets"], &[".network.subnets"]),
    (
        "ec2:DescribeRouteTables",
        &[".network.subnets.default_route", ".network.subnets.route_table"],
        &[".network.subnets.default_route", ".network.subnets.route_table"],
    ),
    (
        "ec2:DescribeNatGateways",
        &[".network.subnets.default_route.nat.zone"],
        &[".network.subnets.default_route.nat.zone"],
    ),
    ("ec2:DescribeSecurityGroups", &[".network.security_groups"], &[".network.security_groups"]),
    ("ec2:DescribeVpcEndpoints", &[".network.endpoints"], &[".network.endpoints"]),
    ("ec2:DescribeFlowLogs", &[".network.flow_logs"], &[".network.flow_logs"]),
];

#[tokio::test]
async fn a_denied_part_is_unknown_and_the_rest_lives() {
    for (denied, alone, in_bulk) in DENIED {
        let code = match denied.split(':').next().unwrap() {
            "ec2" => "UnauthorizedOperation",
            "iam" => "AccessDenied",
            _ => "AccessDeniedException",
        };
        let stage =
            Stage::start(move |asked| (asked.call == *denied).then(|| Answer::error(403, code)));
        let (reader, _) = stage.reader();
        let check = |snapshot: &Snapshot, paths: &[&str]| {
            let why = format!("{denied} denied");
            let expected: Vec<_> =
                paths.iter().map(|path| ((*path).to_owned(), why.clone())).collect();
            assert_eq!(gaps(snapshot), expected, "{denied}");
        };
        check(&reader.function(&arn("pay"), Timestamp::MIN).await.unwrap(), alone);
        if *denied != "lambda:ListFunctions" {
            check(
                &reader.functions(&place(), Turn::now(Timestamp::now())).await.unwrap().functions
                    [0],
                in_bulk,
            );
        }
    }
}

/// Answers the first `times` requests of each call in `calls` with a throttle.
fn throttling(calls: &'static [&'static str], times: usize) -> Stage {
    let count: Arc<Vec<AtomicUsize>> =
        Arc::new(calls.iter().map(|_| AtomicUsize::new(0)).collect());
    Stage::start(move |asked| {
        let index = calls.iter().position(|call| *call == asked.call)?;
        (count[index].fetch_add(1, Ordering::SeqCst) < times).then(|| {
            match asked.call.split(':').next().unwrap() {
                "lambda" => Answer::error(429, "TooManyRequestsException"),
                "ec2" => Answer::error(503, "RequestLimitExceeded"),
                _ => Answer::error(400, "Throttling"),
            }
        })
    })
}

const ONE_OF_EACH: &[&str] = &["lambda:GetPolicy", "ec2:DescribeSubnets", "iam:GetRole"];

#[tokio::test]
async fn a_throttle_is_counted_and_tried_again() {
    let stage = throttling(ONE_OF_EACH, 1);
    let (reader, cloud) = stage.reader();
    let snapshot = reader.function(&arn("pay"), Timestamp::MIN).await.unwrap();
    assert_eq!(gaps(&snapshot), []);
    let throttles: Vec<_> = cloud.throttles().into_iter().collect();
    let expected = ["ec2:DescribeSubnets", "iam:GetRole", "lambda:GetPolicy"];
    assert_eq!(throttles, expected.map(|call| (call.to_owned(), 1)));
    assert_eq!((cloud.calls()["lambda:GetPolicy"], cloud.calls()["ec2:DescribeSubnets"]), (4, 2));
}

#[tokio::test]
async fn a_throttle_without_end_is_unknown() {
    let stage = throttling(&["ec2:DescribeSubnets", "iam:GetRole"], usize::MAX);
    let (reader, cloud) = stage.reader();
    let snapshot = reader.function(&arn("pay"), Timestamp::MIN).await.unwrap();
    assert_eq!(snapshot.role, Fact::unknown("iam:GetRole throttled"));
    let network = snapshot.network.known().unwrap().as_ref().unwrap();
    assert_eq!(network.subnets, Fact::unknown("ec2:DescribeSubnets throttled"));
    assert_eq!(cloud.calls()["iam:GetRole"], 3, "three attempts are configured");
}

#[tokio::test]
async fn what_lambda_cannot_decrypt_is_unknown() {
    let stage = Stage::start(|asked| {
        let mut answer = configuration("pay");
        answer["Environment"] =
            json!({"Error": {"ErrorCode": "AccessDeniedException", "Message": "no"}});
        match asked.call.as_str() {
            "lambda:GetFunctionConfiguration" => Some(Answer::json(answer)),
            "lambda:ListFunctions" => Some(Answer::json(json!({"Functions": [answer]}))),
            _ => None,
        }
    });
    let (reader, _) = stage.reader();
    let alone = reader.function(&arn("pay"), Timestamp::MIN).await.unwrap();
    let listed = reader.functions(&place(), Turn::now(Timestamp::now())).await.unwrap();
    for snapshot in [&alone, &listed.functions[0]] {
        let why = "Lambda could not decrypt: AccessDeniedException".to_owned();
        assert_eq!(gaps(snapshot), [(".environment.variables".to_owned(), why)]);
    }
}

#[tokio::test]
async fn a_key_that_kms_knows_no_more_is_deleted() {
    let stage = Stage::start(|asked| {
        (asked.call == "kms:DescribeKey").then(|| Answer::error(400, "NotFoundException"))
    });
    let (reader, _) = stage.reader();
    let alone = reader.function(&arn("pay"), Timestamp::MIN).await.unwrap();
    let listed = reader.functions(&place(), Turn::now(Timestamp::now())).await.unwrap();
    for snapshot in [&alone, &listed.functions[0]] {
        let key = snapshot.key.known().unwrap().as_ref().unwrap();
        assert_eq!((key.state.as_str(), key.arn.as_str()), ("Deleted", KEY));
    }
}

#[tokio::test]
async fn a_policy_that_is_no_policy_is_unknown() {
    let stage = Stage::start(|asked| {
        (asked.call == "lambda:GetPolicy")
            .then(|| Answer::json(json!({"Policy": "{\"Statement\": 7}"})))
    });
    let (reader, _) = stage.reader();
    let snapshot = reader.function(&arn("pay"), Timestamp::MIN).await.unwrap();
    let Fact::Unknown { unknown } = &snapshot.exposure.policy else { panic!("passed") };
    assert!(unknown.starts_with("the resource policy is unreadable: "), "{unknown}");
}

#[tokio::test]
async fn a_role_under_another_path_is_another_role() {
    let stage = Stage::start(|asked| {
        let mut answer = configuration("pay");
        answer["Role"] = "arn:aws:iam::111122223333:role/pay".into();
        match asked.call.as_str() {
            "lambda:GetFunctionConfiguration" => Some(Answer::json(answer)),
            "lambda:ListFunctions" => Some(Answer::json(json!({"Functions": [answer]}))),
            _ => None,
        }
    });
    let (reader, _) = stage.reader();
    let alone = reader.function(&arn("pay"), Timestamp::MIN).await.unwrap();
    let listed = reader.functions(&place(), Turn::now(Timestamp::now())).await.unwrap();
    assert_eq!(alone.role, Fact::Known(RoleState::Missing));
    assert_eq!(listed.functions[0].role, Fact::Known(RoleState::Missing));
}

#[tokio::test]
async fn nothing_answers() {
    let stage = Stage::start(|_| None);
    let mut settings = stage.settings();
    // A port that was free a moment ago.
    let closed = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    settings.endpoint_url = Some(format!("http://{closed}"));
    let reader = Reader::new(Arc::new(Cloud::new(settings)), &Baseline::default());
    let error = reader.functions(&place(), Turn::now(Timestamp::now())).await.unwrap_err();
    assert_eq!(error.kind, Kind::Unreachable, "{}", error.chain());
}

#[derive(Debug)]
struct NoCredentials;

impl aws_credential_types::provider::ProvideCredentials for NoCredentials {
    fn provide_credentials<'a>(&'a self) -> ProvideCredentials<'a>
    where
        Self: 'a,
    {
        ProvideCredentials::ready(Err(CredentialsError::not_loaded("none of the places has any")))
    }
}

#[tokio::test]
async fn nobody_signed_in() {
    let stage = Stage::start(|_| None);
    let mut settings = stage.settings();
    settings.credentials = Some(SharedCredentialsProvider::new(NoCredentials));
    settings.own_account = None;
    let cloud = Arc::new(Cloud::new(settings));
    let errors = [
        cloud.home().await.unwrap_err(),
        Reader::new(cloud.clone(), &Baseline::default())
            .functions(&place(), Turn::now(Timestamp::now()))
            .await
            .unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind, Kind::NoCredentials, "{}", error.chain());
    }
    assert!(cloud.calls().is_empty(), "nothing is sent unsigned");
}
