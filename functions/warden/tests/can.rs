//! `warden can`: who may do what, by which statement, from a file that AWS's own command line wrote.

#![expect(clippy::unwrap_used, reason = "a test that cannot start fails")]

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::111122223333:role/service-role/pay";

/// Documents are objects, as `aws` prints them, but for one that is percent-encoded, as IAM sends it.
fn details() -> Value {
    let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
        "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" }] });
    let inline = json!({ "Version": "2012-10-17", "Statement": [
        { "Sid": "Own", "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/${aws:PrincipalTag/team}/*" },
        { "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*",
          "Condition": { "Bool": { "aws:SecureTransport": "true" } } },
        { "Effect": "Allow", "Action": ["dynamodb:PutItem", "iam:PassRole"], "Resource": "*" },
    ] });
    let guard = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Sid%22%3A%22Never%22%2C%22Effect%22%3A\
                 %22Deny%22%2C%22Action%22%3A%22s3%3ADelete%2A%22%2C%22Resource%22%3A%22%2A%22%7D%7D";
    let boundary = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow",
        "NotAction": "iam:*", "Resource": "*" } });
    let managed = |arn: &str, default: Value| {
        let old = json!({ "Version": "2012-10-17",
            "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } });
        json!({ "Arn": arn, "PolicyName": "x", "PolicyVersionList": [
            { "VersionId": "v1", "IsDefaultVersion": false, "Document": old },
            { "VersionId": "v2", "IsDefaultVersion": true, "Document": default } ] })
    };
    let (guard_arn, boundary_arn) =
        ("arn:aws:iam::111122223333:policy/guard", "arn:aws:iam::111122223333:policy/edge");
    let user_policy = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow",
        "Action": "lambda:GetFunction", "Resource": "*" } });
    json!({
        "RoleDetailList": [{
            "Path": "/service-role/", "RoleName": "pay", "RoleId": "AROAEXAMPLE", "Arn": ROLE,
            "CreateDate": "2024-01-01T00:00:00+00:00", "AssumeRolePolicyDocument": trust,
            "InstanceProfileList": [], "RolePolicyList": [{ "PolicyName": "own", "PolicyDocument": inline }],
            "AttachedManagedPolicies": [{ "PolicyName": "guard", "PolicyArn": guard_arn }],
            "PermissionsBoundary": { "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary_arn },
            "Tags": [{ "Key": "team", "Value": "payments" }], "RoleLastUsed": {},
        }],
        "UserDetailList": [{
            "UserName": "ada", "UserId": "AIDAEXAMPLE", "Arn": "arn:aws:iam::111122223333:user/ada",
            "CreateDate": "2024-01-01T00:00:00+00:00", "GroupList": ["readers"],
            "AttachedManagedPolicies": [], "Tags": [],
        }],
        "GroupDetailList": [{
            "GroupName": "readers", "GroupId": "AGPAEXAMPLE", "Arn": "arn:aws:iam::111122223333:group/readers",
            "CreateDate": "2024-01-01T00:00:00+00:00", "AttachedManagedPolicies": [],
            "GroupPolicyList": [{ "PolicyName": "read", "PolicyDocument": user_policy }],
        }],
        "Policies": [managed(guard_arn, guard.into()), managed(boundary_arn, boundary)],
    })
}

fn file(name: &str, content: &Value) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("can-{name}"));
    fs::write(&path, content.to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

fn can(details: &str, principal: &str, action: &str, resource: &str, more: &[&str]) -> Output {
    let fixed = ["can", "--authorization-details", details, "--principal", principal];
    Command::new(env!("CARGO_BIN_EXE_warden"))
        .args(fixed)
        .args(["--action", action, "--resource", resource])
        .args(more)
        .env_clear()
        .output()
        .unwrap()
}

#[test]
fn the_decision_and_its_statement_are_told() {
    let details = file("details.json", &details());
    let scp = file(
        "scp.json",
        &json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "s3:*", "Resource": "*" } }),
    );
    let open = file(
        "resource.json",
        &json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Principal": { "AWS": ROLE },
            "Action": "sns:Publish", "Resource": "*" } }),
    );
    let session = "arn:aws:sts::111122223333:assumed-role/pay/pay";
    let ada = "arn:aws:iam::111122223333:user/ada";
    for (who, action, resource, more, decision, by) in [
        (ROLE, "s3:GetObject", "arn:aws:s3:::b/payments/k", &[][..], "Allowed", "own 1"),
        (session, "S3:getobject", "arn:aws:s3:::b/payments/k", &[], "Allowed", "own 1"),
        (
            ROLE,
            "s3:GetObject",
            "arn:aws:s3:::b/other/k",
            &[],
            "ImplicitlyDenied",
            "identity policies",
        ),
        (ROLE, "s3:DeleteObject", "arn:aws:s3:::b/payments/k", &[], "ExplicitlyDenied", "guard 1"),
        (ROLE, "iam:PassRole", ROLE, &[], "ImplicitlyDenied", "permissions boundary"),
        (
            ROLE,
            "sqs:SendMessage",
            "arn:aws:sqs:eu-west-1:111122223333:q",
            &[],
            "ImplicitlyDenied",
            "identity policies",
        ),
        (
            ROLE,
            "sqs:SendMessage",
            "arn:aws:sqs:eu-west-1:111122223333:q",
            &["--context", "aws:SecureTransport=true"],
            "Allowed",
            "own 2",
        ),
        (
            ROLE,
            "dynamodb:PutItem",
            "arn:aws:dynamodb:eu-west-1:111122223333:table/t",
            &["--scp", &scp],
            "ImplicitlyDenied",
            "service control policies of level 1",
        ),
        (ROLE, "s3:GetObject", "arn:aws:s3:::b/payments/k", &["--scp", &scp], "Allowed", "own 1"),
        (
            ROLE,
            "sns:Publish",
            "arn:aws:sns:eu-west-1:111122223333:t",
            &["--resource-policy", &open],
            "Allowed",
            "resource.json 1",
        ),
        (
            ada,
            "lambda:GetFunction",
            "arn:aws:lambda:eu-west-1:111122223333:function:f",
            &[],
            "Allowed",
            "read 1",
        ),
        (ada, "lambda:Invoke", "*", &[], "ImplicitlyDenied", "identity policies"),
    ] {
        let output = can(&details, who, action, resource, &[&["--format", "json"], more].concat());
        let told = String::from_utf8(output.stdout).unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{action}: {said}");
        let answer: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(answer["decision"], decision, "{action} on {resource}: {told}");
        let statements = answer["by"].as_array().unwrap().iter().map(|source| {
            format!("{} {}", source["policy"].as_str().unwrap(), source["statement"])
        });
        let missing = answer["missing"].as_array().unwrap().iter();
        let missing = missing.map(|layer| layer.as_str().unwrap().to_owned());
        let reasons: Vec<String> = statements.chain(missing).collect();
        assert!(reasons.iter().any(|reason| reason.ends_with(by)), "{action}: {reasons:?}");
        let readable = can(&details, who, action, resource, more);
        let readable = String::from_utf8(readable.stdout).unwrap();
        assert!(readable.starts_with(decision), "{readable}");
    }
}

#[test]
fn what_cannot_be_told_is_no_yes() {
    let mut details = details();
    details["RoleDetailList"][0]["RolePolicyList"][0]["PolicyDocument"]["Statement"][2]["Condition"] =
        json!({ "StringEquals": { "aws:userid": "AROAEXAMPLE:pay" } });
    let details = file("unsure.json", &details);
    let table = "arn:aws:dynamodb:eu-west-1:111122223333:table/t";
    let output = can(&details, ROLE, "dynamodb:PutItem", table, &["--format", "json"]);
    assert_eq!(output.status.code(), Some(2));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&answer["decision"], &answer["certain"]),
        (&json!("ImplicitlyDenied"), &json!(false))
    );
    assert_eq!(answer["unknown"][0]["keys"], json!(["aws:userid"]));
}

#[test]
fn wrong_input_is_named_with_the_way_out() {
    let whole = file("whole.json", &details());
    let mut cut = details();
    cut["NextToken"] = json!("more");
    let cut = file("cut.json", &cut);
    let mut bare = details();
    bare["Policies"] = json!([]);
    let bare = file("bare.json", &bare);
    let mut broken = details();
    broken["RoleDetailList"][0]["RolePolicyList"][0]["PolicyDocument"]["Statement"][0]["Efect"] =
        json!("Allow");
    let broken = file("broken.json", &broken);
    let key = "arn:aws:s3:::b/payments/k";
    for (details, who, action, resource, more, words) in [
        ("/nonexistent.json", ROLE, "s3:GetObject", key, &[][..], &["/nonexistent.json"][..]),
        (&cut, ROLE, "s3:GetObject", key, &[], &["cut.json", "first part", "--max-items"]),
        (&bare, ROLE, "s3:GetObject", key, &[], &["policy/guard", "--filter"]),
        (&broken, ROLE, "s3:GetObject", key, &[], &["own", "Efect"]),
        (
            &whole,
            &ROLE.replace("pay", "pey"),
            "s3:GetObject",
            key,
            &[],
            &["role/service-role/pey", "did you mean"],
        ),
        (&whole, ROLE, "GetObject", key, &[], &["GetObject", "SERVICE:ACTION"]),
        (&whole, ROLE, "s3:Get*", key, &[], &["s3:Get*", "not one action"]),
        (&whole, ROLE, "s3:GetObject", "b/k", &[], &["b/k", "arn:"]),
        (&whole, ROLE, "s3:GetObject", key, &["--context", "nonsense"], &["nonsense", "KEY=VALUE"]),
        (
            &whole,
            ROLE,
            "s3:GetObject",
            key,
            &["--scp", "/nonexistent.json"],
            &["/nonexistent.json"],
        ),
    ] {
        let output = can(details, who, action, resource, more);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(64), "{said}");
        for word in words {
            assert!(said.contains(word), "`{word}` is not in: {said}");
        }
        assert!(output.stdout.is_empty());
    }
}

/// A policy's name cannot pretend to be our answer, nor steer the terminal.
#[test]
fn a_hostile_name_stays_on_its_line() {
    let mut details = details();
    let name = "\u{1b}[2Jown\u{202e}\nAllowed: all";
    details["RoleDetailList"][0]["RolePolicyList"][0]["PolicyName"] = json!(name);
    let details = file("hostile.json", &details);
    for more in [&[][..], &["--context", "x=y"]] {
        let output = can(&details, ROLE, "s3:GetObject", "arn:aws:s3:::b/payments/k", more);
        let told = String::from_utf8(output.stdout).unwrap();
        assert_eq!(told.lines().count(), 3, "{told:?}");
        assert!(!told.contains(['\u{1b}', '\u{202e}']), "{told:?}");
    }
}

/// Asked of a resource that the action never works on, it answers with a warning.
#[test]
fn a_request_that_is_never_made_is_doubted() {
    let details = file("never.json", &details());
    for (action, resource, is_doubted) in [
        ("s3:GetObject", "arn:aws:s3:::b/payments/k", false),
        ("s3:GetObject", "arn:aws:s3:::b", true),
        ("s3:GetObject", "*", true),
        ("s3:ListAllMyBuckets", "*", false),
        ("s3:ListAllMyBuckets", "arn:aws:s3:::b", true),
    ] {
        let output = can(&details, ROLE, action, resource, &[]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            said.contains("none of its resources"),
            is_doubted,
            "{action} {resource}: {said}"
        );
    }
}
