use serde_json::{Value, json};

use super::*;
use crate::tests::function;

fn exposure(policy: Value) -> Exposure {
    serde_json::from_value(json!({ "policy": policy, "url": { "unknown": "not read" } })).unwrap()
}

fn open(action: &str, condition: Value) -> Value {
    json!({ "Statement": { "Effect": "Allow", "Principal": "*", "Action": action,
        "Resource": "*", "Condition": condition } })
}

#[test]
fn urls_are_read_only_where_someone_unsigned_could_use_one() {
    let none = json!({ "StringEquals": { "lambda:FunctionUrlAuthType": "NONE" } });
    let signed = json!({ "StringEquals": { "lambda:FunctionUrlAuthType": "AWS_IAM" } });
    let ours = json!({ "StringEquals": { "aws:PrincipalOrgID": "o-a" } });
    let odd = json!({ "StringEquals": { "x:Y": "z" } });
    let network = json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } });
    let named = json!({ "Statement": { "Effect": "Allow", "Principal": { "AWS": "111122223333" },
        "Action": "lambda:*", "Resource": "*" } });
    let call = CALL_BY_URL;
    for (policy, matters) in [
        (Value::Null, false),
        (named, false),
        (open("lambda:InvokeFunction", json!({})), false),
        (open(call, signed), false),
        (open(call, ours), false),
        (open(call, network), false),
        (open(call, json!({})), true),
        (open(call, none.clone()), true),
        (open("lambda:*", none), true),
        (open(call, odd), true),
        (json!({ "unknown": "lambda:GetPolicy denied" }), true),
    ] {
        let shut = exposure(Value::Null);
        let qualifier = |exposure: &Exposure| {
            let mut qualifier = function().qualifiers.known().unwrap()[1].clone();
            qualifier.exposure = exposure.clone();
            Fact::Known(vec![qualifier])
        };
        let asked = exposure(policy.clone());
        assert_eq!(url_matters(&asked, &Fact::Known(vec![])), matters, "function: {policy}");
        assert_eq!(url_matters(&shut, &qualifier(&asked)), matters, "alias: {policy}");
        assert!(url_matters(&shut, &Fact::unknown("lambda:ListAliases denied")));
    }
}

#[test]
fn destinations_are_read_only_where_the_role_can_send_abroad() {
    let ours = "111122223333";
    let role = |policies: Value, boundary: Value| -> Fact<RoleState> {
        let mut role = serde_json::to_value(&function().role).unwrap();
        role["present"]["policies"] = policies;
        role["present"]["boundary"] = boundary;
        serde_json::from_value(role).unwrap()
    };
    let policy = |effect: &str, action: &str, resource: &str, condition: Value| {
        json!({ "name": "p", "origin": "inline", "document": { "Statement": [{
            "Effect": effect, "Action": action, "Resource": resource, "Condition": condition }] } })
    };
    let allow = |action: &str, resource: &str| policy("Allow", action, resource, json!({}));
    let queue = "arn:aws:sqs:eu-west-1:111122223333:pay";
    let held = |operator: &str, key: &str, account: &str| {
        policy("Allow", "s3:PutObject", "*", json!({ operator: { key: account } }))
    };
    for (policies, boundary, matters) in [
        (json!([]), Value::Null, false),
        (json!([allow("sqs:SendMessage", queue)]), Value::Null, false),
        (json!([allow("sqs:*", "arn:aws:sqs:*:111122223333:*")]), Value::Null, false),
        (json!([allow("sqs:ReceiveMessage", "*")]), Value::Null, false),
        (json!([allow("sqs:SendMessage", "*")]), Value::Null, true),
        (json!([allow("sns:Publish", "arn:aws:sns:*:999999999999:t")]), Value::Null, true),
        (
            json!([allow("lambda:InvokeFunction", "arn:aws:lambda:*:*:function:f")]),
            Value::Null,
            true,
        ),
        (json!([allow("events:PutEvents", "arn:aws:events:*:999999999999:*")]), Value::Null, true),
        (json!([allow("s3:PutObject", "arn:aws:s3:::receipts/*")]), Value::Null, true),
        (json!([held("StringEquals", "aws:ResourceAccount", ours)]), Value::Null, false),
        (json!([held("StringEquals", "s3:ResourceAccount", ours)]), Value::Null, false),
        (json!([held("StringEquals", "aws:ResourceAccount", "999999999999")]), Value::Null, true),
        (json!([held("StringNotEquals", "aws:ResourceAccount", ours)]), Value::Null, true),
        (json!([held("StringEqualsIfExists", "aws:ResourceAccount", ours)]), Value::Null, true),
        (json!([allow("*", "*"), policy("Deny", "*", "*", json!({}))]), Value::Null, false),
        (json!([allow("*", "*")]), allow("sqs:*", queue), false),
        (json!([allow("*", "*")]), allow("dynamodb:*", "*"), false),
        (json!([allow("*", "*")]), json!({ "unknown": "denied" }), true),
        (json!([]), json!({ "unknown": "denied" }), false),
        (json!({ "unknown": "iam:GetRolePolicy denied" }), Value::Null, true),
    ] {
        let got = destinations_matter(&role(policies.clone(), boundary.clone()), ours);
        assert_eq!(got, matters, "{policies} under {boundary}");
    }
    assert!(!destinations_matter(&Fact::Known(RoleState::Missing), ours));
    assert!(destinations_matter(&Fact::unknown("iam:GetRole denied"), ours));
}
