//! One function for each repair: what is wrong with it, and the baseline by which it is mended.

use super::world::{FUNCTION, ROLE};
use crate::repair::{ATTACHED, Slot};

/// A repair to try.
pub(super) struct Case {
    pub(super) rule: &'static str,
    pub(super) baseline: &'static str,
    pub(super) slots: Vec<(Slot, String)>,
}

/// Allows two management actions, of which the function was seen to use the first.
const WIDE: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Mixed","Effect":"Allow","Action":["secretsmanager:GetSecretValue","secretsmanager:PutSecretValue"],"Resource":"*"}]}"#;
const UNUSED: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"secretsmanager:DeleteSecret","Resource":"*"}]}"#;
const BASIC: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}"#;
const ADMIN: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

const OPEN: &str = r#"{"Sid":"open","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunction","Resource":"*"}"#;
const URL: &str = r#"{"Sid":"url","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunctionUrl","Resource":"*","Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"NONE"}}}"#;

pub(super) fn all() -> Vec<Case> {
    let function = || FUNCTION.parse().unwrap();
    let statement = |qualifier: Option<&str>, sid: &str| Slot::Statement {
        function: function(),
        qualifier: qualifier.map(str::to_owned),
        sid: sid.to_owned(),
    };
    let mut cases = vec![
        Case {
            rule: "env-key-not-customer-managed",
            baseline: "[repair]\nkey = 'alias/lambda'\n[rules.env-key-not-customer-managed]\nrepair = 'auto'",
            slots: vec![],
        },
        Case {
            rule: "tracing-off",
            baseline: "[rules.tracing-off]\nrepair = 'auto'",
            slots: vec![
                (Slot::Tracing { function: function() }, "PassThrough".into()),
                (role("pay"), ADMIN.replace("\"*\",\"Resource", "\"xray:*\",\"Resource")),
            ],
        },
        Case {
            rule: "runtime-deprecated",
            baseline: "[rules.runtime-deprecated]\nrepair = 'on-request'",
            slots: vec![(Slot::Runtime { function: function() }, "python3.8".into())],
        },
        Case {
            rule: "failure-path-missing",
            baseline: "[repair]\nfailure_queue = 'failed'\n[rules.failure-path-missing]\nrepair = 'auto'",
            slots: vec![(
                role("pay"),
                ADMIN.replace("\"*\",\"Resource", "\"sqs:SendMessage\",\"Resource"),
            )],
        },
        Case {
            rule: "policy-public",
            baseline: "[rules.policy-public]\nrepair = 'auto'",
            slots: vec![
                (statement(None, "open"), OPEN.into()),
                (statement(Some("live"), "open"), OPEN.into()),
            ],
        },
        Case {
            rule: "url-public",
            baseline: "[rules.url-public]\nrepair = 'auto'",
            slots: vec![
                (statement(None, "url"), URL.into()),
                (Slot::Url { function: function(), qualifier: None }, "NONE".into()),
            ],
        },
        Case {
            rule: "role-permission-unused",
            baseline: "[rules.role-permission-unused]\nrepair = 'auto'",
            slots: vec![
                (role("mixed"), WIDE.into()),
                (managed("aws", "Basic"), BASIC.into()),
                (attached("aws", "Basic"), ATTACHED.into()),
                (managed("111122223333", "shared"), UNUSED.into()),
                (attached("111122223333", "shared"), ATTACHED.into()),
            ],
        },
        Case {
            rule: "role-admin",
            baseline: "[rules.role-admin]\nrepair = 'auto'",
            slots: vec![
                (managed("aws", "Admin"), ADMIN.into()),
                (attached("aws", "Admin"), ATTACHED.into()),
            ],
        },
        Case {
            rule: "role-action-wildcard",
            baseline: "[rules.role-action-wildcard]\nrepair = 'auto'",
            slots: vec![(
                role("secrets"),
                ADMIN.replace("\"*\",\"Resource", "\"secretsmanager:*\",\"Resource"),
            )],
        },
        Case {
            rule: "log-retention-unset",
            baseline: "[repair]\nlog_retention_days = 365\n[rules.log-retention-unset]\nrepair = 'auto'\nleast_days = 180",
            slots: vec![(retention(), "30".into())],
        },
        // Kept for ever.
        Case {
            rule: "log-retention-unset",
            baseline: "[rules.log-retention-unset]\nrepair = 'auto'",
            slots: vec![],
        },
        Case {
            rule: "concurrency-unreserved",
            baseline: "[repair]\nreserved_concurrency = 5\n[rules.concurrency-unreserved]\nenabled = true\nrepair = 'on-request'",
            slots: vec![],
        },
    ];
    // The new policies do not fit beside the old ones inside of the role.
    let secret =
        |n| format!("arn:aws:secretsmanager:eu-west-1:111122223333:secret:{n}{}", "x".repeat(400));
    let table = |n| format!("arn:aws:dynamodb:eu-west-1:111122223333:table/{n}{}", "x".repeat(240));
    let large = policy(
        "secretsmanager:PutSecretValue",
        &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16].map(secret),
    );
    // Nothing can be told of it, so that it stays.
    let unclear = policy("dynamodb:PutItem", &[1, 2, 3, 4, 5].map(table));
    cases.push(Case {
        rule: "role-permission-unused",
        baseline: "[rules.role-permission-unused]\nrepair = 'auto'",
        slots: vec![(role("large"), large), (role("mixed"), unclear), (role("used"), WIDE.into())],
    });
    cases
}

/// The group of the healthy function.
pub(super) fn retention() -> Slot {
    Slot::Retention { function: FUNCTION.parse().unwrap(), group: "/aws/lambda/pay".into() }
}

fn policy(action: &str, resources: &[String]) -> String {
    let resources = serde_json::json!(resources);
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":{resources}}}]}}"#
    )
}

pub(super) fn role(name: &str) -> Slot {
    Slot::RolePolicy { role: ROLE.into(), name: name.into() }
}

fn managed(account: &str, name: &str) -> Slot {
    Slot::ManagedPolicy { policy: format!("arn:aws:iam::{account}:policy/{name}") }
}

fn attached(account: &str, name: &str) -> Slot {
    let policy = format!("arn:aws:iam::{account}:policy/{name}");
    Slot::Attachment { role: ROLE.into(), policy }
}
