//! What makes Lambda itself use a role, read from configurations and lists.

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::{EventSource, Fact, Needs, RoleUser, Snapshot};
use scan::{Inventory, Turn};
use serde_json::{Value, json};

use crate::{
    aws::{ROLE, arn, configuration, place, version},
    stage::{Answer, Asked, Stage},
};

const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:kafka-a";
const CLUSTER: &str = "arn:aws:kafka:eu-west-1:111122223333:cluster/events/1";

/// A function without anything that Lambda would have to do.
fn bare(name: &str) -> Value {
    let mut answer = configuration(name);
    for absent in ["VpcConfig", "DeadLetterConfig", "Layers", "TracingConfig"] {
        answer.as_object_mut().unwrap().remove(absent);
    }
    answer
}

/// `pay` needs nothing but logs today; its version 7 needs the rest.
fn old_version() -> Value {
    let mut old = version("pay", "7", "python3.9");
    old["LoggingConfig"] = json!({"LogFormat": "JSON", "LogGroup": "/payments"});
    old["FileSystemConfigs"] = json!([{
        "Arn": "arn:aws:elasticfilesystem:eu-west-1:111122223333:access-point/fsap-1",
        "LocalMountPath": "/mnt/x",
    }]);
    old["DurableConfig"] = json!({"ExecutionTimeout": 60, "RetentionPeriodInDays": 1});
    old
}

fn mapping(function: &str, with: Value) -> Value {
    let mut mapping = json!({"FunctionArn": arn(function).as_str(), "State": "Disabled"});
    mapping.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
    mapping
}

fn mappings() -> Value {
    json!([
        mapping(
            "pay",
            json!({
                "EventSourceArn": CLUSTER,
                "SourceAccessConfigurations": [
                    {"Type": "SASL_SCRAM_512_AUTH", "URI": SECRET},
                    {"Type": "VPC_SUBNET", "URI": "subnet:subnet-a"},
                    {"Type": "VIRTUAL_HOST", "URI": "/"},
                ],
                "AmazonManagedKafkaEventSourceConfig": {"SchemaRegistryConfig": {
                    "SchemaRegistryURI": "arn:aws:glue:eu-west-1:111122223333:registry/r",
                    "AccessConfigs": [{"Type": "BASIC_AUTH", "URI": format!("{SECRET}2")}],
                }},
            })
        ),
        mapping(
            "ship",
            json!({
                "EventSourceArn": "arn:aws:sqs:eu-west-1:111122223333:orders",
                "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::broken"}},
            })
        ),
    ])
}

/// Two functions of one role.
fn shared(asked: &Asked) -> Option<Answer> {
    let of =
        |function: &str| asked.with.get("FunctionName").is_none_or(|arn| arn.ends_with(function));
    Some(match asked.call.as_str() {
        "lambda:ListFunctions" => {
            Answer::json(json!({"Functions": [bare("ship"), old_version(), bare("pay")]}))
        }
        "lambda:GetFunctionConfiguration" => Answer::json(bare("pay")),
        "lambda:ListVersionsByFunction" => {
            Answer::json(json!({"Versions": [bare("pay"), old_version()]}))
        }
        "lambda:ListEventSourceMappings" => {
            let all = mappings();
            let all = all.as_array().unwrap().iter();
            let found: Vec<_> = all
                .filter(|one| of(one["FunctionArn"].as_str().unwrap().rsplit(':').next().unwrap()))
                .collect();
            Answer::json(json!({"EventSourceMappings": found}))
        }
        "lambda:ListFunctionEventInvokeConfigs" if !asked.subject.ends_with("pay") => {
            Answer::json(json!({"FunctionEventInvokeConfigs": []}))
        }
        _ => return None,
    })
}

fn of_pay(destinations: Fact<BTreeSet<String>>) -> Needs {
    let text = |text: &str| [text.to_owned()].into();
    Needs {
        log_groups: ["/aws/lambda/pay".to_owned(), "/payments".to_owned()].into(),
        vpc: true,
        tracing: true,
        layers: text("arn:aws:lambda:eu-west-1:111122223333:layer:tools:3"),
        file_systems: text("arn:aws:elasticfilesystem:eu-west-1:111122223333:access-point/fsap-1"),
        dead_letters: text("arn:aws:sqs:eu-west-1:111122223333:dead"),
        durable: true,
        destinations,
        sources: Fact::Known(vec![EventSource {
            arn: Some(CLUSTER.into()),
            on_failure: None,
            secrets: [SECRET.to_owned(), format!("{SECRET}2")].into(),
            vpc: true,
            schema_registry: Some("arn:aws:glue:eu-west-1:111122223333:registry/r".into()),
        }]),
    }
}

fn of_ship(destinations: Fact<BTreeSet<String>>) -> Needs {
    Needs {
        log_groups: ["/aws/lambda/ship".to_owned()].into(),
        vpc: false,
        tracing: false,
        layers: [].into(),
        file_systems: [].into(),
        dead_letters: [].into(),
        durable: false,
        destinations,
        sources: Fact::Known(vec![EventSource {
            arn: Some("arn:aws:sqs:eu-west-1:111122223333:orders".into()),
            on_failure: Some("arn:aws:s3:::broken".into()),
            secrets: [].into(),
            vpc: false,
            schema_registry: None,
        }]),
    }
}

fn users(snapshot: &Snapshot) -> &[RoleUser] {
    assert_eq!(snapshot.settings.role.as_deref(), Some(ROLE));
    snapshot.role_users.known().unwrap()
}

fn user(name: &str, needs: Needs) -> RoleUser {
    RoleUser { arn: arn(name), needs: Fact::Known(needs) }
}

fn errors() -> Fact<BTreeSet<String>> {
    Fact::Known(["arn:aws:sns:eu-west-1:111122223333:errors".to_owned()].into())
}

#[tokio::test]
async fn every_user_of_a_role_is_known_with_its_needs() {
    let stage = Stage::start(shared);
    let (reader, cloud) = stage.reader();
    let estate = reader.functions(&place(), Turn::now(Timestamp::now())).await.unwrap();
    let expected = [user("pay", of_pay(errors())), user("ship", of_ship(Fact::Known([].into())))];
    for function in &estate.functions {
        assert_eq!(users(function), expected, "{}", function.arn);
    }
    assert_eq!(cloud.calls()["lambda:ListEventSourceMappings"], 1);
}

#[tokio::test]
async fn one_function_is_read_with_the_needs_of_all_users_of_its_role() {
    let stage = Stage::start(shared);
    let (reader, cloud) = stage.reader();
    // The destinations of others are a call each, and are left to the survey.
    let expected =
        [user("pay", of_pay(errors())), user("ship", of_ship(Fact::unknown("not read")))];
    for _ in 0..2 {
        let snapshot = reader.function(&arn("pay"), Timestamp::MIN).await.unwrap();
        assert_eq!(users(&snapshot), expected);
    }
    let calls = cloud.calls();
    assert_eq!((calls["lambda:ListFunctions"], calls["lambda:ListEventSourceMappings"]), (1, 1));
}

#[tokio::test]
async fn what_a_list_does_not_tell_stays_unknown() {
    for (denied, why, whole) in [
        ("lambda:ListEventSourceMappings", "lambda:ListEventSourceMappings denied", true),
        (
            "lambda:ListFunctionEventInvokeConfigs",
            "lambda:ListFunctionEventInvokeConfigs denied",
            true,
        ),
        ("lambda:ListVersionsByFunction", "lambda:ListVersionsByFunction denied", false),
    ] {
        let stage = Stage::start(move |asked| match asked.call == denied {
            true => Some(Answer::error(403, "AccessDeniedException")),
            false => shared(asked),
        });
        let (reader, _) = stage.reader();
        let snapshot = reader.function(&arn("pay"), Timestamp::MIN).await.unwrap();
        let pay = &users(&snapshot)[0];
        let told = match (&pay.needs, denied) {
            (Fact::Unknown { unknown }, _) => unknown.as_str(),
            (Fact::Known(needs), "lambda:ListEventSourceMappings") => reason(&needs.sources),
            (Fact::Known(needs), _) => reason(&needs.destinations),
        };
        assert_eq!((told, pay.needs.known().is_some()), (why, whole), "{denied}");
    }
}

fn reason<T>(fact: &Fact<T>) -> &str {
    match fact {
        Fact::Known(_) => "known",
        Fact::Unknown { unknown } => unknown,
    }
}
