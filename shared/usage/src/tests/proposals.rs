//! Proposals by example.

use serde_json::{Value, json};

use super::{PAY, REFUND, World, policy, trust, user};
use crate::{Place, Proposal, Warning, own_roles, propose};

/// `Sid: actions on resources`, a line a statement.
fn told(proposal: &Proposal) -> Vec<String> {
    let documents = proposal.policies.iter().map(|p| serde_json::to_value(&p.document).unwrap());
    let statements = documents.flat_map(|d| d["Statement"].as_array().unwrap().clone());
    statements.map(|statement| line(&statement)).collect()
}

fn line(statement: &Value) -> String {
    let list = |value: &Value| match value {
        Value::Array(all) => all.iter().map(|v| v.as_str().unwrap()).collect::<Vec<_>>().join(" "),
        other => other.as_str().unwrap_or_default().to_owned(),
    };
    let field = |name: &str| statement.get(name).map(list);
    let mut text = format!(
        "{}: {}",
        statement["Sid"].as_str().unwrap_or("-"),
        field("Action").or(field("NotAction")).unwrap()
    );
    text += &field("Resource").map_or(String::new(), |on| format!(" on {on}"));
    text += &field("NotResource").map_or(String::new(), |on| format!(" not on {on}"));
    if let Some(condition) = statement.get("Condition") {
        text += &format!(" if {condition}");
    }
    text
}

fn proposed(world: &World) -> Proposal {
    world.judged(|role, judgement| propose(role, judgement).unwrap())
}

fn check(name: &str, world: &World, expected: &[&str]) {
    assert_eq!(told(&proposed(world)), expected, "{name}");
}

const GET: &str = "code ok s3:GetObject eu-west-1 arn:aws:s3:::b/in/* pay";
const ALL: &str = r#"{"Sid":"Old","Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:DeleteBucket"],"Resource":"*"}"#;

#[test]
fn what_is_used_stays_where_it_was_used() {
    check(
        "narrowed",
        &World::new(ALL).calls(&[GET]),
        &["Used: s3:GetObject on arn:aws:s3:::b/in/*"],
    );
    let unknown = World::new(ALL).calls(&[GET, "code ok s3:PutObject eu-west-1 ? pay"]);
    check(
        "not narrowed",
        &unknown,
        &["Used: s3:PutObject on *", "Used2: s3:GetObject on arn:aws:s3:::b/in/*"],
    );
    let dark = World::new(ALL).calls(&[GET]).usage("coverage.eu-west-1.data", json!([]));
    check(
        "data events are off",
        &dark,
        &["Used: s3:GetObject on *", "KeptUnverifiable: s3:PutObject on *"],
    );
    let kept = World::new(&ALL.replace("\"*\"}", r#"["arn:aws:s3:::b/in/1/*","arn:aws:s3:::c/*"],"Condition":{"Bool":{"aws:SecureTransport":"true"}}}"#));
    check(
        "never wider, under its condition",
        &kept.calls(&[GET]),
        &[
            r#"Used: s3:GetObject on arn:aws:s3:::b/in/1/* if {"Bool":{"aws:SecureTransport":"true"}}"#,
        ],
    );
    let not =
        World::new(r#"{"Effect":"Allow","NotAction":"iam:*","NotResource":"arn:aws:s3:::c/*"}"#)
            .calls(&[GET])
            .usage("last_accessed", json!({}));
    let first = told(&proposed(&not)).remove(0);
    assert_eq!(first, "Used: s3:GetObject not on arn:aws:s3:::c/*");
    check("nothing is used", &World::new(ALL), &[]);
    let deny = World::new(&format!(
        r#"{ALL},{{"Sid":"Never","Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/in/secret"}}"#
    ));
    check(
        "denials stay",
        &deny.calls(&[GET]),
        &[
            "Used: s3:GetObject on arn:aws:s3:::b/in/*",
            "Never: s3:GetObject on arn:aws:s3:::b/in/secret",
        ],
    );
    let denied =
        World::new(ALL).calls(&["code denied s3:PutObject eu-west-1 arn:aws:s3:::b/out/* pay"]);
    check("so does what was denied", &denied, &["KeptDenied: s3:PutObject on *"]);
    let list = World::new(
        r#"{"Effect":"Allow","Action":["s3:ListAllMyBuckets","s3:GetObject"],"Resource":"*"}"#,
    );
    let list = list.calls(&[
        "code ok s3:GetObject eu-west-1 ? pay",
        "code ok s3:ListAllMyBuckets eu-west-1 - pay",
    ]);
    check("actions on no resource", &list, &["Used: s3:GetObject s3:ListAllMyBuckets on *"]);
    let twice =
        World::new("").role("policies", json!([policy("a", ALL), policy("b", ALL)])).calls(&[GET]);
    check("granted twice, written once", &twice, &["Used: s3:GetObject on arn:aws:s3:::b/in/*"]);
}

#[test]
fn what_lambda_needs_stays_where_it_needs_it() {
    let logs = r#"{"Effect":"Allow","Action":"logs:*","Resource":"arn:aws:logs:*:*:*"}"#;
    let needs = json!([{ "arn": PAY, "needs": { "log_groups": ["/aws/lambda/pay"], "destinations": [], "sources": [] } }]);
    let world =
        World::new(logs).users(needs).usage("last_accessed", json!({ "logs": "2020-01-01" }));
    let group = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/pay";
    check(
        "its log group",
        &world,
        &[
            &format!("LambdaNeeds: logs:CreateLogGroup on {group} {group}:*"),
            &format!("LambdaNeeds2: logs:CreateLogStream logs:PutLogEvents on {group}:*"),
        ],
    );
    let regional =
        world.usage("all_regions", json!(false)).usage("last_accessed", json!({ "unknown": "" }));
    let first = told(&proposed(&regional)).remove(0);
    assert_eq!(
        first,
        "LambdaNeeds: logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents on arn:aws:logs:*:*:*"
    );
}

#[test]
fn an_unmapped_event_keeps_the_patterns_of_its_service() {
    let all = World::new(r#"{"Effect":"Allow","Action":["*"],"Resource":"*"}"#)
        .calls(&["code ok s3.amazonaws.com:NewThing eu-west-1 ? pay"]);
    let quiet: serde_json::Map<String, Value> =
        iam::catalogue::services().map(|s| (s.to_owned(), Value::Null)).collect();
    let kept = told(&proposed(&all.usage("last_accessed", Value::Object(quiet))));
    assert!(kept.iter().any(|line| line.contains(" s3:* ") && line.ends_with(" on *")), "{kept:?}");
}

#[test]
fn a_shared_role_is_many() {
    let shared = World::new(ALL).users(json!([user(PAY), user(REFUND)]));
    let shared = shared.calls(&[GET, "code ok s3:PutObject eu-west-1 arn:aws:s3:::b/out/* refund"]);
    check(
        "together",
        &shared,
        &[
            "Used: s3:GetObject on arn:aws:s3:::b/in/*",
            "Used2: s3:PutObject on arn:aws:s3:::b/out/*",
        ],
    );
    let own = shared.judged(|role, judgement| {
        let all = own_roles(role, judgement).unwrap();
        all.iter()
            .map(|own| (own.function.name().to_owned(), told(&own.proposal)))
            .collect::<Vec<_>>()
    });
    let expected = [
        ("pay", "Used: s3:GetObject on arn:aws:s3:::b/in/*"),
        ("refund", "Used: s3:PutObject on arn:aws:s3:::b/out/*"),
    ];
    assert_eq!(own, expected.map(|(name, line)| (name.to_owned(), vec![line.to_owned()])));
}

#[test]
fn proposals_fit_or_say_so() {
    let dark = |statement: &str| World::new(statement).usage("coverage", json!({}));
    let small = proposed(&dark(r#"{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}"#));
    assert_eq!(small.policies[0].place, Place::Inline);
    assert!(small.warnings.is_empty(), "written out");
    let large = proposed(&dark(
        r#"{"Effect":"Allow","Action":["s3:*","dynamodb:*","ec2:*"],"Resource":"*"}"#,
    ));
    assert_eq!(large.policies[0].place, Place::Inline);
    let growing = |pattern: &str| Warning::Growing { pattern: pattern.to_owned() };
    assert!(
        large.warnings.contains(&growing("ec2:*"))
            || large.warnings.contains(&growing("ec2:Describe*")),
        "{:?}",
        large.warnings
    );
    let everything = proposed(&dark(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#));
    assert!(
        everything.policies.iter().all(|policy| policy.size <= policy.limit),
        "{:?}",
        everything.warnings
    );
    assert_eq!(everything.removed, 0);
    let linked = World::new(ALL)
        .role("arn", json!("arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/X"));
    assert_eq!(proposed(&linked).warnings, [Warning::ServiceLinked], "54");
    let others = World::new(ALL).role("trust", trust(&["ec2.amazonaws.com"]));
    assert_eq!(proposed(&others).warnings, [Warning::TrustsOthers], "55");
}

#[test]
fn regions_are_suggested() {
    let suggestions = proposed(&World::new(ALL).calls(&[GET])).suggestions;
    let told: Vec<_> =
        suggestions.iter().map(|s| (s.sid.as_str(), s.key.as_str(), s.values.join(" "))).collect();
    assert_eq!(told, [("Used", "aws:RequestedRegion", "eu-west-1".to_owned())]);
}
