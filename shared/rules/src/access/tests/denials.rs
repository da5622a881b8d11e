use super::*;

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
        (
            deny(
                &json!("*"),
                &json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::999999999999:role/a" } }),
            ),
            "outside",
        ),
        (deny(&json!("*"), &json!({ "StringEquals": { "x:Y": "z" } })), "unclear"),
    ] {
        assert_eq!(ask(&denial), expected, "{denial}");
    }
}
