//! What the messages of a batch do to each other.

use serde_json::{Value, json};
use stand_ins::emulator::{Account, document};

use crate::stage::{
    BAD, FUNCTION, REGION, Stage, deploy_bad, event, expected, iam_event, lambda_event, touched,
};

/// A batch; which of its messages come back, with words of the reason; how many functions are
/// read for it; and whether the bad function is then known.
struct Case {
    name: &'static str,
    batch: fn(&Account) -> Vec<String>,
    fails: &'static [(usize, &'static str)],
    reads: usize,
    judged: bool,
}

const CASES: &[Case] = &[
    Case {
        name: "a burst on one function is one judgement",
        batch: |account| {
            let names = ["CreateFunction20150331", "PublishVersion20150331", "CreateAlias20150331"];
            (0..10).map(|n| touched(account, names[n % 3])).collect()
        },
        fails: &[],
        reads: 1,
        judged: true,
    },
    Case {
        name: "the same event twice is one judgement",
        batch: |account| vec![touched(account, "CreateFunction20150331"); 2],
        fails: &[],
        reads: 1,
        judged: true,
    },
    Case {
        name: "a late deletion does not hide the function that came after it",
        batch: |account| {
            vec![
                touched(account, "CreateFunction20150331"),
                touched(account, "UpdateFunctionCode20150331v2"),
                touched(account, "DeleteFunction20150331"),
            ]
        },
        fails: &[],
        reads: 1,
        judged: true,
    },
    Case {
        name: "every way to name a function is that function",
        batch: |account| {
            let arn = format!("arn:aws:lambda:{REGION}:{}:function:{FUNCTION}", account.id());
            let parameters = [
                json!({"functionName": FUNCTION}),
                json!({"functionName": format!("{FUNCTION}:live")}),
                json!({"functionName": format!("{FUNCTION}:$LATEST")}),
                json!({"functionName": format!("{}:function:{FUNCTION}", account.id())}),
                json!({"functionName": arn}),
                json!({"functionName": format!("{arn}:7")}),
                json!({"resource": arn}),
                json!({"resourceArn": format!("{arn}:live")}),
            ];
            let event =
                |with: &Value| lambda_event(account, "AddPermission20150331v2", with.clone());
            parameters.iter().map(event).collect()
        },
        fails: &[],
        reads: 1,
        judged: true,
    },
    Case {
        name: "malformed messages come back alone",
        batch: |account| {
            let mut nameless = event(account, "lambda", "CreateAlias20150331", REGION, json!({}));
            nameless["detail"]["eventID"] = Value::Null;
            vec![
                "not { JSON".to_owned(),
                touched(account, "CreateFunction20150331"),
                String::new(),
                json!({"detail-type": "Scheduled Event", "detail": {}}).to_string(),
                nameless.to_string(),
                lambda_event(account, "CreateFunction20150331", json!({"functionName": "a b/c"})),
                "[]".to_owned(),
            ]
        },
        fails: &[
            (0, "the message is not JSON: expected ident at line 1 column 2"),
            (2, "the message is not JSON: EOF while parsing a value"),
            (3, "the event has no usable `detail/eventName`"),
            (4, "the event has no usable `detail/eventID`"),
            (5, "the event names a function that cannot be: a b/c"),
            (6, "the event has no usable `detail/eventName`"),
        ],
        reads: 1,
        judged: true,
    },
    Case {
        name: "what changed nothing is not looked at",
        batch: |account| {
            let with = |path: &str, value: Value| {
                let name = json!({"functionName": FUNCTION});
                let mut event =
                    event(account, "lambda", "UpdateFunctionCode20150331v2", REGION, name);
                *event.pointer_mut(path).unwrap() = value;
                event.to_string()
            };
            let mut failed = event(
                account,
                "lambda",
                "UpdateFunctionCode20150331v2",
                REGION,
                json!({"functionName": FUNCTION}),
            );
            failed["detail"]["errorCode"] = json!("AccessDenied");
            let dry = json!({"functionName": FUNCTION, "dryRun": true});
            vec![
                failed.to_string(),
                with("/detail/requestParameters", dry),
                with("/detail/eventSource", json!("s3.amazonaws.com")),
                lambda_event(account, "PublishLayerVersion20181031", json!({"layerName": "tools"})),
                lambda_event(account, "UpdateCodeSigningConfig", json!({"description": "x"})),
                iam_event(account, "CreateUser", json!({"userName": "new"})),
            ]
        },
        fails: &[],
        reads: 0,
        judged: false,
    },
    Case {
        name: "the end of a function that nobody knew",
        batch: |account| {
            let parameters = json!({"functionName": "never-seen"});
            vec![lambda_event(account, "DeleteFunction20150331", parameters)]
        },
        fails: &[],
        reads: 0,
        judged: false,
    },
];

#[test]
fn messages_of_a_batch() {
    for Case { name, batch, fails, reads, judged } in CASES {
        let mut stage = Stage::new(Vec::new());
        deploy_bad(&stage.account);
        let failed: Vec<usize> = stage.deliver(&batch(&stage.account)).into_iter().collect();
        let ids: Vec<usize> = fails.iter().map(|(id, _)| *id).collect();
        assert_eq!(failed, ids, "{name}");
        assert_eq!(stage.calls("lambda", "GetPolicy"), *reads, "{name}");
        let shows = if *judged { BAD } else { &[] };
        assert_eq!(stage.account.states().unwrap(), expected(shows), "{name}");
        let log = stage.end();
        for (id, reason) in *fails {
            let id = format!("message_id=\"{id}\"");
            let told = log.lines().any(|line| line.contains(reason) && line.contains(&id));
            assert!(told, "{name}: {id}: `{reason}` is not in\n{log}");
        }
    }
}

#[test]
fn a_changed_role_is_a_change_of_every_function_that_has_it() {
    let mut stage = Stage::new(Vec::new());
    let (account, policy) = (&stage.account, "arn:aws:iam::aws:policy/AdministratorAccess");
    let role = account.role("money", &[]).unwrap();
    account.role("other", &[]).unwrap();
    for name in ["refunds", "payouts"] {
        account.function(name, &json!({"Role": role})).unwrap();
    }
    account.function("other", &json!({})).unwrap();
    account.iam("AttachRolePolicy", &[("RoleName", "money"), ("PolicyArn", policy)]).unwrap();
    let attached = json!({"roleName": "money", "policyArn": policy});
    let body = iam_event(account, "AttachRolePolicy", attached);
    assert!(stage.deliver(&[body]).is_empty());
    let shows = expected(&[
        ("payouts role-action-wildcard", "FAILED NEW"),
        ("payouts role-admin", "FAILED NEW"),
        ("payouts role-shared", "FAILED NEW"),
        ("refunds role-action-wildcard", "FAILED NEW"),
        ("refunds role-admin", "FAILED NEW"),
        ("refunds role-shared", "FAILED NEW"),
    ]);
    assert_eq!(stage.account.states().unwrap(), shows);
    stage.end();
}

#[test]
fn a_changed_policy_is_a_change_of_every_role_that_has_it() {
    let mut stage = Stage::new(Vec::new());
    let account = &stage.account;
    account.role(FUNCTION, &[]).unwrap();
    account.function(FUNCTION, &json!({})).unwrap();
    let policy = format!("arn:aws:iam::{}:policy/storage", account.id());
    let all = |action: &str| {
        document(&[json!({"Effect": "Allow", "Action": action, "Resource": "arn:aws:s3:::b/*"})])
    };
    for (action, fields) in [
        ("CreatePolicy", [("PolicyName", "storage"), ("PolicyDocument", &all("s3:GetObject"))]),
        ("AttachRolePolicy", [("RoleName", FUNCTION), ("PolicyArn", &policy)]),
    ] {
        account.iam(action, &fields).unwrap();
    }
    let widened = all("s3:*");
    let version =
        [("PolicyArn", policy.as_str()), ("PolicyDocument", &widened), ("SetAsDefault", "true")];
    account.iam("CreatePolicyVersion", &version).unwrap();
    let body = iam_event(account, "CreatePolicyVersion", json!({"policyArn": policy}));
    assert!(stage.deliver(&[body]).is_empty());
    assert_eq!(
        stage.account.states().unwrap(),
        expected(&[("role-action-wildcard", "FAILED NEW")])
    );
    stage.end();
}
