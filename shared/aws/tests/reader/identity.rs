//! IAM and STS of the healthy account.

use serde_json::json;

use crate::{
    aws::ROLE,
    stage::{ACCOUNT, Asked},
};

const MANAGED: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
const BOUNDARY: &str = "arn:aws:iam::111122223333:policy/edge";

pub(crate) fn healthy(asked: &Asked) -> String {
    let rest = element("IsTruncated", "false");
    let result = match asked.call.as_str() {
        "iam:GetRole" => element("Role", &role()),
        "iam:ListRolePolicies" => element("PolicyNames", &element("member", "inline")) + &rest,
        "iam:GetRolePolicy" => element("RoleName", "pay") + &inline(),
        "iam:ListAttachedRolePolicies" => element("AttachedPolicies", &attached(MANAGED)) + &rest,
        "iam:GetPolicy" => {
            let arn = element("Arn", &asked.with["PolicyArn"]);
            element("Policy", &(arn + &element("DefaultVersionId", "v2")))
        }
        "iam:GetPolicyVersion" => {
            let document = match asked.with["PolicyArn"].as_str() {
                BOUNDARY => document("sqs:*"),
                _ => document("logs:PutLogEvents"),
            };
            let made = element("CreateDate", "2026-02-03T04:05:06Z");
            element("PolicyVersion", &(element("Document", &document) + &made))
        }
        "iam:GetAccountAuthorizationDetails" => sweep() + &rest,
        "iam:ListEntitiesForPolicy" => {
            let role = element("member", &element("RoleName", "pay"));
            element("PolicyRoles", &role) + &rest
        }
        "sts:GetCallerIdentity" => {
            let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/a/b");
            element("Arn", &arn) + &element("UserId", "u") + &element("Account", ACCOUNT)
        }
        "sts:AssumeRole" => session(),
        other => panic!("unexpected call {other}"),
    };
    wrapped(&asked.call, &result)
}

pub(crate) fn element(name: &str, content: &str) -> String {
    format!("<{name}>{content}</{name}>")
}

/// An answer of a query service, wrapped as botocore's model says.
pub(crate) fn wrapped(call: &str, result: &str) -> String {
    let action = call.split(':').nth(1).unwrap();
    element(&format!("{action}Response"), &element(&format!("{action}Result"), result))
}

/// A policy document as IAM sends it: percent-encoded, spaces too.
pub(crate) fn document(action: &str) -> String {
    let statement = json!({"Effect": "Allow", "Action": action, "Resource": "*"});
    encode(&json!({"Version": "2012-10-17", "Statement": [statement]}).to_string())
}

fn encode(text: &str) -> String {
    let byte = |byte: u8| match byte.is_ascii_alphanumeric() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// A role as a member of the sweep, with whatever else it has.
pub(crate) fn swept(arn: &str, parts: &str) -> String {
    element("member", &(element("Arn", arn) + parts))
}

/// A managed policy as a role's attachment.
pub(crate) fn attached(arn: &str) -> String {
    element("member", &(element("PolicyName", "p") + &element("PolicyArn", arn)))
}

/// A managed policy of two versions, of which the second counts.
pub(crate) fn managed(arn: &str, action: &str) -> String {
    let version = |id: &str, is_default: &str, action: &str| {
        let marks = element("VersionId", id)
            + &element("IsDefaultVersion", is_default)
            + &element("CreateDate", "2026-02-03T04:05:06Z");
        element("member", &(marks + &element("Document", &document(action))))
    };
    let versions = version("v1", "false", "*") + &version("v2", "true", action);
    let names = element("PolicyName", "p") + &element("Arn", arn);
    element("member", &(names + &element("PolicyVersionList", &versions)))
}

/// An inline policy.
pub(crate) fn inline_policy(action: &str) -> String {
    element("PolicyName", "inline") + &element("PolicyDocument", &document(action))
}

fn inline() -> String {
    inline_policy("sqs:SendMessage")
}

fn role() -> String {
    let principal = json!({"Service": "lambda.amazonaws.com"});
    let statement = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal});
    let trust = encode(&json!({"Statement": [statement]}).to_string());
    [
        element("Path", "/service-role/"),
        element("RoleName", "pay"),
        element("RoleId", "AROA"),
        element("Arn", ROLE),
        element("CreateDate", "2026-01-01T00:00:00Z"),
        element("AssumeRolePolicyDocument", &trust),
        element("PermissionsBoundary", &element("PermissionsBoundaryArn", BOUNDARY)),
    ]
    .concat()
}

fn sweep() -> String {
    let policies = element("RolePolicyList", &element("member", &inline()))
        + &element("AttachedManagedPolicies", &attached(MANAGED));
    let managed = managed(MANAGED, "logs:PutLogEvents") + &managed(BOUNDARY, "sqs:*");
    element("RoleDetailList", &element("member", &(role() + &policies)))
        + &element("Policies", &managed)
}

fn session() -> String {
    let credentials = [
        element("AccessKeyId", "AKTHERE"),
        element("SecretAccessKey", "s"),
        element("SessionToken", "t"),
        element("Expiration", "2099-01-01T00:00:00Z"),
    ];
    let user = element("Arn", "arn:aws:sts::999988887777:assumed-role/read/s")
        + &element("AssumedRoleId", "AROA:s");
    element("Credentials", &credentials.concat()) + &element("AssumedRoleUser", &user)
}
