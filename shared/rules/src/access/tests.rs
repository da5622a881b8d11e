use iam::Policy;
use serde_json::{Value, json};

use super::*;

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

/// Conditions on `Principal: "*"`: identity, service, unsigned caller.
#[test]
fn conditions_narrow_or_do_not() {
    let cases = [
        // Who calls.
        (json!({ "StringEquals": { "aws:PrincipalOrgID": "o-ours" } }), "trusted", "nobody"),
        (json!({ "StringEquals": { "AWS:principalorgid": "o-ours" } }), "trusted", "nobody"),
        (json!({ "StringEquals": { "aws:PrincipalOrgID": "o-theirs" } }), "outside", "nobody"),
        (
            json!({ "StringEquals": { "aws:PrincipalOrgID": ["o-ours", "o-theirs"] } }),
            "outside",
            "nobody",
        ),
        (json!({ "StringLike": { "aws:PrincipalOrgID": "*" } }), "anyone", "nobody"),
        (json!({ "StringLike": { "aws:PrincipalOrgID": "o-*" } }), "anyone", "nobody"),
        (json!({ "StringEquals": { "aws:PrincipalOrgID": "*" } }), "nobody", "nobody"),
        (
            json!({ "StringEquals": { "aws:PrincipalOrgID": "${aws:PrincipalOrgID}" } }),
            "anyone",
            "nobody",
        ),
        (json!({ "StringEqualsIfExists": { "aws:PrincipalOrgID": "o-ours" } }), "anyone", "anyone"),
        (json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-ours" } }), "anyone", "anyone"),
        (
            json!({ "ForAllValues:StringEquals": { "aws:PrincipalOrgID": "o-ours" } }),
            "anyone",
            "anyone",
        ),
        (
            json!({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-ours/r-1/*" } }),
            "trusted",
            "nobody",
        ),
        (
            json!({ "ForAllValues:StringLike": { "aws:PrincipalOrgPaths": "o-ours/*" } }),
            "anyone",
            "anyone",
        ),
        (
            json!({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "*/r-1/*" } }),
            "anyone",
            "nobody",
        ),
        (json!({ "Null": { "aws:PrincipalOrgID": "false" } }), "anyone", "nobody"),
        (json!({ "Null": { "aws:PrincipalOrgID": "true" } }), "anyone", "anyone"),
        (json!({ "StringEquals": { "aws:PrincipalAccount": OURS } }), "trusted", "trusted"),
        (json!({ "StringEqualsIfExists": { "aws:PrincipalAccount": OURS } }), "trusted", "trusted"),
        (json!({ "StringEquals": { "aws:PrincipalAccount": THEIRS } }), "outside", "outside"),
        (json!({ "StringLike": { "aws:PrincipalAccount": "1111*" } }), "anyone", "anyone"),
        (
            json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::111122223333:role/*" } }),
            "trusted",
            "nobody",
        ),
        (
            json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/deploy" } }),
            "anyone",
            "nobody",
        ),
        (json!({ "ArnLike": { "aws:PrincipalArn": "*" } }), "anyone", "nobody"),
        (
            json!({ "StringLike": { "aws:PrincipalArn": "arn:aws:*:111122223333:role/*" } }),
            "anyone",
            "nobody",
        ),
        (json!({ "StringLike": { "aws:userid": "AROAEXAMPLEEXAMPLE123:*" } }), "trusted", "nobody"),
        (json!({ "StringLike": { "aws:userid": "*:admin" } }), "anyone", "nobody"),
        // For whom a service calls.
        (json!({ "StringEquals": { "aws:SourceAccount": OURS } }), "nobody", "trusted"),
        (json!({ "StringEquals": { "aws:SourceAccount": THEIRS } }), "nobody", "outside"),
        (json!({ "StringEqualsIfExists": { "aws:SourceAccount": OURS } }), "anyone", "anyone"),
        (
            json!({ "ArnLike": { "aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:topic" } }),
            "nobody",
            "trusted",
        ),
        (
            json!({ "ArnLike": { "aws:SourceArn": "arn:aws:sns:*:111122223333:*" } }),
            "nobody",
            "trusted",
        ),
        (json!({ "ArnLike": { "aws:SourceArn": "arn:aws:sns:*:*:topic" } }), "nobody", "anyone"),
        (json!({ "ArnLike": { "aws:SourceArn": "arn:aws:s3:::bucket" } }), "nobody", "anyone"),
        (json!({ "ArnLike": { "aws:SourceArn": "arn:aws:s3:::b*" } }), "nobody", "anyone"),
        (
            json!({ "ArnEquals": { "aws:SourceArn": "arn:aws:s3:::b*" }, "StringEquals": { "aws:SourceAccount": OURS } }),
            "nobody",
            "trusted",
        ),
        (json!({ "StringEquals": { "aws:SourceOrgID": "o-ours" } }), "nobody", "trusted"),
        (
            json!({ "ForAnyValue:StringLike": { "aws:SourceOrgPaths": "o-ours/*" } }),
            "nobody",
            "trusted",
        ),
        (json!({ "Bool": { "aws:PrincipalIsAWSService": "true" } }), "nobody", "anyone"),
        (json!({ "StringEquals": { "lambda:EventSourceToken": "skill" } }), "trusted", "trusted"),
        (json!({ "Null": { "lambda:EventSourceToken": "false" } }), "anyone", "anyone"),
        // From where.
        (json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } }), "trusted", "nobody"),
        (json!({ "IpAddress": { "aws:SourceIp": "2001:db8::/32" } }), "trusted", "nobody"),
        (json!({ "IpAddress": { "aws:SourceIp": "203.0.113.9" } }), "trusted", "nobody"),
        (
            json!({ "IpAddress": { "aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/0"] } }),
            "anyone",
            "nobody",
        ),
        (
            json!({ "IpAddress": { "aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"] } }),
            "anyone",
            "nobody",
        ),
        (json!({ "NotIpAddress": { "aws:SourceIp": "203.0.113.0/24" } }), "anyone", "anyone"),
        (json!({ "StringEquals": { "aws:SourceVpce": "vpce-1a2b" } }), "trusted", "nobody"),
        (json!({ "StringLike": { "aws:SourceVpc": "vpc-*" } }), "anyone", "nobody"),
        (json!({ "StringEqualsIfExists": { "aws:SourceVpc": "vpc-1" } }), "anyone", "anyone"),
        // Nothing of the caller's that he could not choose.
        (json!({ "StringEquals": { "aws:PrincipalTag/team": "pay" } }), "anyone", "anyone"),
        (json!({ "StringEquals": { "aws:UserAgent": "our-app" } }), "anyone", "anyone"),
        (json!({ "Bool": { "aws:SecureTransport": "true" } }), "anyone", "anyone"),
        (json!({ "Bool": { "aws:SecureTransport": "false" } }), "nobody", "nobody"),
        (json!({ "Bool": { "lambda:InvokedViaFunctionUrl": "true" } }), "nobody", "nobody"),
        // Not understood.
        (json!({ "StringEquals": { "aws:ResourceTag/public": "no" } }), "unclear", "unclear"),
        (
            json!({ "DateLessThan": { "aws:CurrentTime": "2020-01-01T00:00:00Z" } }),
            "unclear",
            "unclear",
        ),
        (
            json!({ "StringEquals": { "x:Y": "z", "aws:PrincipalOrgID": "o-ours" } }),
            "trusted",
            "nobody",
        ),
        (
            json!({ "StringEquals": { "x:Y": "z", "aws:PrincipalAccount": THEIRS } }),
            "outside",
            "outside",
        ),
        // All must hold.
        (
            json!({ "StringEquals": { "aws:PrincipalOrgID": "o-ours" }, "StringLike": { "aws:PrincipalArn": "*" } }),
            "trusted",
            "nobody",
        ),
        (
            json!({ "StringEquals": { "aws:PrincipalOrgID": "o-theirs", "aws:PrincipalAccount": OURS } }),
            "trusted",
            "nobody",
        ),
    ];
    for (condition, identity, service) in cases {
        let statements = json!([allow(&json!("*"), &condition)]);
        let ask = |caller| told(&statements, "lambda:InvokeFunction", caller);
        let got = (ask(Caller::Identity), ask(Caller::Service("*")));
        assert_eq!(got, (identity, service), "{condition}");
    }
}

/// Deny statements beside `Allow *`: identity, service.
#[test]
fn denials_neutralise_or_do_not() {
    let everyone = json!("*");
    let cases = [
        (json!({}), "nobody", "nobody"),
        // Whom the Deny spares is left: friends, others, or anyone.
        (json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-ours" } }), "trusted", "nobody"),
        (
            json!({ "StringNotEqualsIfExists": { "aws:PrincipalOrgID": "o-ours" } }),
            "trusted",
            "nobody",
        ),
        (
            json!({ "ForAnyValue:StringNotEquals": { "aws:PrincipalOrgID": "o-ours" } }),
            "anyone",
            "anyone",
        ),
        (
            json!({ "StringNotEquals": { "aws:PrincipalOrgID": ["o-ours", "o-theirs"] } }),
            "outside",
            "nobody",
        ),
        (json!({ "StringNotLike": { "aws:PrincipalOrgID": "o-*" } }), "anyone", "nobody"),
        (json!({ "StringEquals": { "aws:PrincipalOrgID": "o-theirs" } }), "anyone", "anyone"),
        (
            json!({ "StringNotEquals": { "aws:PrincipalAccount": [OURS, "777788889999"] } }),
            "trusted",
            "trusted",
        ),
        (
            json!({ "StringNotEquals": { "aws:PrincipalAccount": [OURS, THEIRS] } }),
            "outside",
            "outside",
        ),
        (
            json!({ "ArnNotLike": { "aws:PrincipalArn": "arn:aws:iam::111122223333:*" } }),
            "trusted",
            "nobody",
        ),
        (
            json!({ "ArnNotLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/deploy" } }),
            "anyone",
            "nobody",
        ),
        (json!({ "NotIpAddress": { "aws:SourceIp": "203.0.113.0/24" } }), "trusted", "nobody"),
        (json!({ "NotIpAddress": { "aws:SourceIp": "0.0.0.0/1" } }), "anyone", "nobody"),
        // All conditions of a Deny must hold for it to bite.
        (
            json!({
                "StringNotEquals": { "aws:PrincipalOrgID": "o-ours" },
                "NotIpAddress": { "aws:SourceIp": "203.0.113.0/24" },
            }),
            "trusted",
            "nobody",
        ),
        (
            json!({
                "StringNotEquals": { "aws:PrincipalOrgID": "o-ours" },
                "StringNotEqualsIfExists": { "aws:PrincipalAccount": THEIRS },
            }),
            "outside",
            "outside",
        ),
        (
            json!({
                "StringNotEquals": { "aws:PrincipalOrgID": "o-ours" },
                "BoolIfExists": { "aws:PrincipalIsAWSService": "false" },
            }),
            "trusted",
            "anyone",
        ),
        (json!({ "Bool": { "aws:PrincipalIsAWSService": "false" } }), "nobody", "anyone"),
        (json!({ "Bool": { "aws:SecureTransport": "false" } }), "anyone", "anyone"),
        (json!({ "StringNotEquals": { "aws:PrincipalTag/team": "pay" } }), "anyone", "anyone"),
        (json!({ "StringLike": { "aws:PrincipalAccount": "*" } }), "nobody", "nobody"),
        (json!({ "StringNotEquals": { "x:Y": "z" } }), "unclear", "unclear"),
    ];
    for (condition, identity, service) in cases {
        let statements = json!([allow(&everyone, &json!({})), deny(&everyone, &condition)]);
        let ask = |caller| told(&statements, "lambda:InvokeFunction", caller);
        let got = (ask(Caller::Identity), ask(Caller::Service("*")));
        assert_eq!(got, (identity, service), "{condition}");
    }
    let one = deny(&json!({ "AWS": THEIRS }), &json!({}));
    let statements = json!([allow(&everyone, &json!({})), one]);
    assert_eq!(told(&statements, "lambda:InvokeFunction", Caller::Identity), "anyone");
}

#[test]
fn a_denial_counts_only_for_what_it_names() {
    let open = allow(&json!("*"), &json!({}));
    let ask = |statements: &Value| told(statements, "lambda:InvokeFunction", Caller::Identity);
    let with = |change: fn(&mut Value)| {
        let mut denial = deny(&json!("*"), &json!({}));
        change(&mut denial);
        ask(&json!([open, denial]))
    };
    assert_eq!(with(|_| {}), "nobody");
    assert_eq!(with(|deny| deny["Action"] = json!("lambda:*")), "nobody");
    assert_eq!(with(|deny| deny["Action"] = json!("lambda:GetFunction")), "anyone");
    assert_eq!(with(|deny| deny["Resource"] = json!("*")), "nobody");
    assert_eq!(
        with(|deny| {
            deny["Resource"] = json!("arn:aws:lambda:eu-west-1:111122223333:function:pay:live");
        }),
        "anyone"
    );
    let not_action = |deny: &mut Value| {
        deny.as_object_mut().unwrap().remove("Action");
        deny["NotAction"] = json!("lambda:GetFunction");
    };
    assert_eq!(with(not_action), "nobody");
    let all_but = |spared: Value| {
        let mut denial = deny(&json!("*"), &json!({}));
        denial.as_object_mut().unwrap().remove("Principal");
        denial["NotPrincipal"] = spared;
        ask(&json!([open, denial]))
    };
    assert_eq!(all_but(json!({ "AWS": "arn:aws:iam::111122223333:root" })), "trusted");
    assert_eq!(all_but(json!({ "AWS": [OURS, THEIRS] })), "outside");
}

#[test]
fn a_denial_takes_out_the_party_it_names() {
    let allow = allow(&json!({ "AWS": THEIRS }), &json!({}));
    let ask = |deny: &Value| told(&json!([allow, deny]), "lambda:InvokeFunction", Caller::Identity);
    for (denial, expected) in [
        (deny(&json!({ "AWS": THEIRS }), &json!({})), "nobody"),
        (deny(&json!({ "AWS": "arn:aws:iam::999999999999:root" }), &json!({})), "nobody"),
        (deny(&json!({ "AWS": "arn:aws:iam::999999999999:role/a" }), &json!({})), "outside"),
        (
            deny(&json!("*"), &json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-ours" } })),
            "trusted",
        ),
        (
            deny(&json!("*"), &json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-theirs" } })),
            "outside",
        ),
        (
            deny(&json!("*"), &json!({ "StringEquals": { "aws:PrincipalAccount": THEIRS } })),
            "nobody",
        ),
        (deny(&json!("*"), &json!({ "StringEquals": { "x:Y": "z" } })), "unclear"),
    ] {
        assert_eq!(ask(&denial), expected, "{denial}");
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
