mod layers;

use super::*;
use crate::Key;
use crate::Policy;

const CALLER: &str = "arn:aws:iam::111122223333:role/service-role/pay";
const ALLOWED: &str = "Allowed";
const DENIED: &str = "ImplicitlyDenied";
const EXPLICITLY: &str = "ExplicitlyDenied";
const UNKNOWN: &str = "Unknown";

fn asks<'a>(action: &'a str, resource: &'a str) -> Request<'a> {
    let caller = Caller::new(CALLER);
    Request { caller, action, resource, resource_account: Some("111122223333"), context: &red }
}

/// Statements as in a policy, without the braces around them.
fn policy(version: &str, statements: &[&str]) -> Policy {
    let statements: Vec<_> = statements.iter().map(|text| format!("{{{text}}}")).collect();
    let statements = statements.join(",");
    Policy::parse(&format!(r#"{{"Version":"{version}","Statement":[{statements}]}}"#)).unwrap()
}

const ALL: &str = r#""Effect":"Allow","Action":"s3:*","Resource":"*""#;
const KEY: &str = "arn:aws:s3:::b/k";

/// The tag `team` of the caller is `red`, `unknown` is not known, every other key is absent.
fn red(key: &str) -> Key {
    match key {
        "aws:PrincipalTag/team" => Key::value("red"),
        "unknown" => Key::Unknown,
        _ => Key::Absent,
    }
}

/// The numbers are those of the project's list of correctness cases.
#[test]
fn decides_as_iam_does() {
    let team = r#""Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:PrincipalTag/team}/*""#;
    let deny = r#""Effect":"Deny","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*""#;
    let deny_on = |condition: &str| {
        format!(r#""Effect":"Deny","Action":"*","Resource":"*","Condition":{condition}"#)
    };
    let insecure = deny_on(r#"{"Bool":{"aws:SecureTransport":"false"}}"#);
    let unsure = deny_on(r#"{"Bool":{"unknown":"false"}}"#);
    let tagged = r#""Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red"}}"#;
    let other =
        r#""Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"k":"v"}}"#;
    let absent = r#""Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${nothing}/*""#;
    let absent_not =
        r#""Effect":"Allow","Action":"s3:*","NotResource":"arn:aws:s3:::${nothing}/*""#;
    let default = r#""Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${nothing, 'b'}/*""#;
    let hidden = r#""Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${unknown}/*""#;
    let not_iam = r#""Effect":"Allow","NotAction":"iam:*","Resource":"*""#;
    let no_secret = r#""Effect":"Allow","Action":"s3:*","NotResource":"arn:aws:s3:::secret/*""#;
    let deny_others = r#""Effect":"Deny","NotAction":"sqs:*","Resource":"*""#;
    let upper = r#""Effect":"Allow","Action":"S3:GETOBJ??T","Resource":"arn:aws:s3:::b/K""#;
    let bucket = r#""Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b""#;
    let china = r#""Effect":"Allow","Action":"s3:*","Resource":"arn:aws-cn:s3:::b/*""#;
    let (get, secret) = ("s3:GetObject", "arn:aws:s3:::secret/k");
    let cases = [
        ("nothing", vec![], get, KEY, DENIED),
        ("plain", vec![ALL], get, KEY, ALLOWED),
        ("2 and 3: case", vec![upper], get, "arn:aws:s3:::b/K", ALLOWED),
        ("3: case of the ARN", vec![upper], get, KEY, DENIED),
        ("4: others", vec![not_iam], get, KEY, ALLOWED),
        ("4: iam", vec![not_iam], "iam:GetRole", "arn:aws:iam::1:role/r", DENIED),
        ("5: outside", vec![no_secret], get, KEY, ALLOWED),
        ("5: inside", vec![no_secret], get, secret, DENIED),
        ("6", vec![ALL, deny], get, KEY, EXPLICITLY),
        ("6: elsewhere", vec![ALL, deny], get, secret, ALLOWED),
        ("7", vec![ALL, deny_others], get, KEY, EXPLICITLY),
        ("7: left", vec![ALL, deny_others], "sqs:SendMessage", "arn:aws:sqs:r:1:q", DENIED),
        ("8", vec![ALL, &insecure], get, KEY, ALLOWED),
        ("8: unknown", vec![ALL, &unsure], get, KEY, UNKNOWN),
        ("8: unknown, not allowed", vec![&unsure], get, KEY, DENIED),
        ("12", vec![tagged], get, KEY, ALLOWED),
        ("13", vec![other], get, KEY, DENIED),
        ("15: of no resource", vec![bucket], "s3:ListAllMyBuckets", "*", DENIED),
        ("15: all", vec![ALL], "s3:ListAllMyBuckets", "*", ALLOWED),
        ("16", vec![bucket], get, KEY, DENIED),
        ("18", vec![china], get, KEY, DENIED),
        ("18: its own", vec![china], get, "arn:aws-cn:s3:::b/k", ALLOWED),
        ("14: present", vec![team], get, "arn:aws:s3:::b/red/k", ALLOWED),
        ("14: other", vec![team], get, "arn:aws:s3:::b/blue/k", DENIED),
        ("14: absent", vec![absent], get, KEY, DENIED),
        ("14: absent, negated", vec![absent_not], get, KEY, ALLOWED),
        ("14: unknown, whatever it is", vec![hidden], get, "arn:aws:s3:::b", DENIED),
        ("14: default", vec![default], get, KEY, ALLOWED),
        ("14: unknown", vec![hidden], get, KEY, UNKNOWN),
    ];
    for (name, statements, action, resource, want) in cases {
        let policy = policy("2012-10-17", &statements);
        let identity = [("p", &policy)];
        let policies = Policies { identity: &identity, ..Policies::default() };
        assert_eq!(decide(&asks(action, resource), &policies).name(), want, "case {name}");
    }
    let old = policy("2008-10-17", &[team]);
    for (resource, want) in
        [("arn:aws:s3:::b/red/k", DENIED), ("arn:aws:s3:::b/${aws:PrincipalTag/team}/k", ALLOWED)]
    {
        let identity = [("p", &old)];
        let policies = Policies { identity: &identity, ..Policies::default() };
        assert_eq!(decide(&asks(get, resource), &policies).name(), want, "14: 2008, {resource}");
    }
}

#[test]
fn a_boundary_must_allow_as_well() {
    let sqs = r#""Effect":"Allow","Action":"sqs:*","Resource":"*""#;
    let deny = r#""Effect":"Deny","Action":"s3:*","Resource":"*""#;
    let cases = [
        ("9", vec![ALL], vec![sqs], DENIED),
        ("10", vec![], vec![ALL], DENIED),
        ("both", vec![ALL], vec![ALL], ALLOWED),
        ("denies", vec![ALL], vec![ALL, deny], EXPLICITLY),
    ];
    for (name, identity, boundary, want) in cases {
        let (identity, boundary) =
            (policy("2012-10-17", &identity), policy("2012-10-17", &boundary));
        let identity = [("p", &identity)];
        let boundary = Some(("b", &boundary));
        let policies = Policies { identity: &identity, boundary, ..Policies::default() };
        assert_eq!(decide(&asks("s3:GetObject", KEY), &policies).name(), want, "case {name}");
    }
}
