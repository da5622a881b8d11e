use super::*;

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
            json!({ "StringLike": { "aws:PrincipalArn": "arn:aws:*::111122223333:role/*" } }),
            "anyone",
            "nobody",
        ),
        (
            json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:*::111122223333:role/*" } }),
            "trusted",
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
