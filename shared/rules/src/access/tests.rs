use iam::Policy;
use serde_json::{Value, json};

use super::*;

mod conditions;
mod denials;

const OURS: &str = "111122223333";
const THEIRS: &str = "999999999999";

fn organization(id: Option<&str>) -> Organization {
    Organization {
        id: id.map(str::to_owned),
        accounts: ["222233334444".to_owned()].into(),
        trusted_accounts: ["777788889999".to_owned()].into(),
        ..Organization::default()
    }
}

/// How far `statements` let callers of a kind reach, in one word, the widest first.
fn told(statements: &Value, action: &str, caller: Caller<'_>) -> &'static str {
    let policy = json!({ "Version": "2012-10-17", "Statement": statements });
    let policy = Policy::parse(&policy.to_string()).unwrap();
    let trust = Trust { account: OURS, organization: &organization(Some("o-ours")) };
    let reaches: Vec<_> =
        grants(&policy, action, caller, &trust).into_iter().map(|grant| grant.reach).collect();
    let any = |test: fn(&Reach) -> bool| reaches.iter().any(test);
    if any(|reach| *reach == Reach::Anyone) {
        "anyone"
    } else if any(|reach| matches!(reach, Reach::Unclear(_))) {
        "unclear"
    } else if any(|reach| matches!(reach, Reach::Outside(_))) {
        "outside"
    } else if reaches.is_empty() {
        "nobody"
    } else {
        "trusted"
    }
}

fn allow(principal: &Value, condition: &Value) -> Value {
    statement("Allow", principal, condition)
}

fn deny(principal: &Value, condition: &Value) -> Value {
    statement("Deny", principal, condition)
}

fn statement(effect: &str, principal: &Value, condition: &Value) -> Value {
    json!({
        "Effect": effect, "Principal": principal, "Action": "lambda:InvokeFunction",
        "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:pay", "Condition": condition,
    })
}

#[test]
fn principals_are_told_apart() {
    let aws = |name: &str| json!({ "AWS": name });
    for (principal, expected) in [
        (json!("*"), "anyone"),
        (aws("*"), "anyone"),
        (json!({ "AWS": [OURS, "*"] }), "anyone"),
        (aws(OURS), "trusted"),
        (aws("arn:aws:iam::111122223333:root"), "trusted"),
        (aws("arn:aws:iam::111122223333:role/deploy"), "trusted"),
        (aws("222233334444"), "trusted"),
        (aws("arn:aws:iam::777788889999:role/vendor"), "trusted"),
        (aws(THEIRS), "outside"),
        (aws("arn:aws:iam::999999999999:root"), "outside"),
        (aws("arn:aws:sts::999999999999:assumed-role/a/b"), "outside"),
        (json!({ "AWS": [OURS, THEIRS] }), "outside"),
        (aws("arn:aws:iam::*:root"), "anyone"),
        (aws("AROAEXAMPLEEXAMPLE123"), "nobody"),
        (aws("AIDAEXAMPLEEXAMPLE123"), "nobody"),
        (json!({ "Service": "s3.amazonaws.com" }), "nobody"),
        (json!({ "Federated": "cognito-identity.amazonaws.com" }), "nobody"),
        (json!({ "CanonicalUser": "79a59df900b949e5" }), "anyone"),
    ] {
        let got = told(
            &json!([allow(&principal, &json!({}))]),
            "lambda:InvokeFunction",
            Caller::Identity,
        );
        assert_eq!(got, expected, "{principal}");
    }
}

#[test]
fn not_principal_allows_everyone_else() {
    let mut statement = allow(&json!("*"), &json!({}));
    statement.as_object_mut().unwrap().remove("Principal");
    statement["NotPrincipal"] = json!({ "AWS": THEIRS });
    let ask = |caller| told(&json!([statement]), "lambda:InvokeFunction", caller);
    assert_eq!(ask(Caller::Identity), "anyone");
    assert_eq!(ask(Caller::Unsigned), "anyone");
}

/// What AWS writes when a URL is made public, and what is left when it is deleted.
#[test]
fn a_url_is_open_to_those_its_policy_names() {
    let url = |condition: Value| {
        let mut statement = allow(&json!("*"), &condition);
        statement["Action"] = json!("lambda:InvokeFunctionUrl");
        json!([statement])
    };
    let none = url(json!({ "StringEquals": { "lambda:FunctionUrlAuthType": "NONE" } }));
    let signed = url(json!({ "StringEquals": { "lambda:FunctionUrlAuthType": "AWS_IAM" } }));
    let office = url(json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } }));
    let ours = url(json!({ "StringEquals": { "aws:PrincipalOrgID": "o-ours" } }));
    let call = "lambda:InvokeFunctionUrl";
    for (statements, unsigned, identity) in [
        (&url(json!({})), "anyone", "anyone"),
        (&none, "anyone", "nobody"),
        (&signed, "nobody", "anyone"),
        (&office, "trusted", "trusted"),
        (&ours, "nobody", "trusted"),
    ] {
        let ask = |caller| told(statements, call, caller);
        let got = (ask(Caller::Unsigned), ask(Caller::Identity));
        assert_eq!(got, (unsigned, identity), "{statements}");
    }
    let direct = json!([allow(&json!("*"), &json!({}))]);
    assert_eq!(told(&direct, "lambda:InvokeFunction", Caller::Identity), "anyone");
    assert_eq!(told(&direct, call, Caller::Unsigned), "nobody");
}

#[test]
fn an_organisation_the_baseline_does_not_name_is_unclear() {
    let statement =
        allow(&json!("*"), &json!({ "StringEquals": { "aws:PrincipalOrgID": "o-ours" } }));
    let policy = Policy::parse(&json!({ "Statement": statement }).to_string()).unwrap();
    let trust = Trust { account: OURS, organization: &organization(None) };
    let found = grants(&policy, "lambda:InvokeFunction", Caller::Identity, &trust);
    assert!(matches!(found.as_slice(), [Grant { reach: Reach::Unclear(_), .. }]), "{found:?}");
}
