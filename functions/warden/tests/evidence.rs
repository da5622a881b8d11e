//! `warden digest`, `usage` and `propose`: from a folder of CloudTrail's log files to a smaller policy.

#![expect(clippy::unwrap_used, reason = "a test that cannot start fails")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";
const ROLE: &str = "arn:aws:iam::111122223333:role/money";
/// The day after the last of the logs.
const DAY: &str = "2026-11-20";

fn function(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
}

/// An empty folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("evidence-{name}"));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn event(day: &str, name: &str, source: &str, event: &str, more: &Value) -> Value {
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole", "principalId": format!("AROAMONEY:{name}"),
            "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/money/{name}"), "accountId": ACCOUNT,
            "sessionContext": { "sessionIssuer": { "type": "Role", "principalId": "AROAMONEY",
                "arn": ROLE, "accountId": ACCOUNT, "userName": "money" } },
            "inScopeOf": { "issuerType": "AWS::Lambda::Function", "credentialsIssuedTo": function(name) },
        },
        "eventTime": format!("{day}T08:00:00Z"), "eventSource": source, "eventName": event,
        "awsRegion": REGION, "sourceIPAddress": "198.51.100.7",
        "userAgent": "Boto3/1.40.4 exec-env/AWS_Lambda_python3.13",
        "requestParameters": null, "responseElements": null, "eventID": format!("{day}-{name}-{event}"),
        "readOnly": true, "managementEvent": true, "eventCategory": "Management",
        "eventType": "AwsApiCall", "recipientAccountId": ACCOUNT,
    });
    record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    record
}

/// Ninety days up to the day before [`DAY`]: `pay` reads a parameter, `refund` a secret and is
/// refused a topic, and somebody else writes.
fn logs(root: &Path) {
    let mut day: jiff::civil::Date = DAY.parse().unwrap();
    for _ in 0..90 {
        day = day.yesterday().unwrap();
        let text = day.to_string();
        let parameter = json!({ "requestParameters": { "name": "/pay/limit" } });
        let secret = format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:bank-AbCdEf");
        let secret = json!({ "requestParameters": { "secretId": secret } });
        let refused = json!({ "errorCode": "AccessDenied", "readOnly": false });
        let other = json!({ "userIdentity": { "type": "IAMUser", "accountId": ACCOUNT }, "readOnly": false });
        let records = json!({ "Records": [
            event(&text, "pay", "ssm.amazonaws.com", "GetParameter", &parameter),
            event(&text, "refund", "secretsmanager.amazonaws.com", "GetSecretValue", &secret),
            event(&text, "refund", "sns.amazonaws.com", "CreateTopic", &refused),
            event(&text, "ada", "iam.amazonaws.com", "CreateUser", &other),
        ] });
        let folder =
            root.join(format!("AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/{}", text.replace('-', "/")));
        fs::create_dir_all(&folder).unwrap();
        let name = format!(
            "{ACCOUNT}_CloudTrail_{REGION}_{}T0905Z_abcdefghijklmnop.json",
            text.replace('-', "")
        );
        fs::write(folder.join(name), records.to_string()).unwrap();
    }
}

fn details(at: &Path) -> String {
    let policy = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": ["ssm:GetParameter", "ssm:PutParameter", "secretsmanager:*"], "Resource": "*" },
        { "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*" },
        { "Effect": "Allow", "Action": "sns:CreateTopic", "Resource": "*" },
        { "Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t") },
    ] });
    let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
        "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" }] });
    let content = json!({ "RoleDetailList": [{
        "RoleName": "money", "RoleId": "AROAMONEY", "Arn": ROLE, "CreateDate": "2024-01-01T00:00:00+00:00",
        "AssumeRolePolicyDocument": trust, "AttachedManagedPolicies": [],
        "RolePolicyList": [{ "PolicyName": "own", "PolicyDocument": policy }],
    }] });
    put(at, "details.json", &content)
}

fn functions(at: &Path) -> String {
    let one = |name: &str| {
        json!({ "FunctionName": name, "FunctionArn": function(name), "Role": ROLE,
        "TracingConfig": { "Mode": "PassThrough" }, "VpcConfig": { "SubnetIds": [] } })
    };
    put(at, "functions.json", &json!({ "Functions": [one("pay"), one("refund")] }))
}

fn put(at: &Path, name: &str, content: &Value) -> String {
    let path = at.join(name);
    fs::write(&path, content.to_string()).unwrap();
    text(&path)
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn warden(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warden"));
    command.args(args).env_clear().env("AWS_EC2_METADATA_DISABLED", "true").output().unwrap()
}

fn json_of(output: &Output) -> Value {
    let answer = serde_json::from_slice(&output.stdout);
    assert!(answer.is_ok(), "{}", String::from_utf8_lossy(&output.stderr));
    answer.unwrap()
}

#[test]
fn from_logs_to_a_smaller_policy() {
    let root = folder("whole");
    logs(&root);
    let (from, to) = (text(&root), text(&root.join("ledger")));
    let digest =
        ["digest", "--from", &from, "--to", &to, "--to-day", "2026-11-19", "--format", "json"];
    let first = warden(&digest);
    assert_eq!(first.status.code(), Some(0), "{}", String::from_utf8_lossy(&first.stderr));
    assert_eq!(json_of(&first)["digested"].as_array().unwrap().len(), 90);
    let again = json_of(&warden(&digest));
    assert_eq!((again["digested"].as_array().unwrap().len(), &again["kept"]), (0, &json!(90)));

    let pay = function("pay");
    let used =
        json_of(&warden(&["usage", "--ledger", &to, "--function", &pay, "--format", "json"]));
    let [row] = used["rows"].as_array().unwrap().as_slice() else { panic!("{used:#}") };
    assert_eq!(
        (&row["role"], &row["action"], &row["kind"], &row["outcome"], &row["count"]),
        (&json!(ROLE), &json!("ssm:GetParameter"), &json!("code"), &json!("ok"), &json!(90))
    );
    assert_eq!((&used["firstDay"], &used["lastDay"]), (&json!("2026-08-22"), &json!("2026-11-19")));

    let (details, functions) = (details(&root), functions(&root));
    let sources = put(&root, "sources.json", &json!({ "EventSourceMappings": [] }));
    let propose = [
        "propose",
        "--role",
        ROLE,
        "--authorization-details",
        &details,
        "--functions",
        &functions,
        "--event-sources",
        &sources,
        "--ledger",
        &to,
        "--day",
        DAY,
    ];
    let told = json_of(&warden(&[&propose[..], &["--format", "json"]].concat()));
    let verdict = |action: &str| {
        let all = told["judgement"]["actions"].as_array().unwrap();
        let one = all.iter().find(|one| one["action"] == action);
        one.unwrap_or_else(|| panic!("no {action} in {told:#}"))["verdict"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    for (action, expected) in [
        ("ssm:PutParameter", "unused"),
        ("secretsmanager:DeleteSecret", "unused"),
        ("logs:PutLogEvents", "needed-by-lambda"),
        ("dynamodb:PutItem", "unverifiable"),
        ("sns:CreateTopic", "attempted-denied"),
    ] {
        assert_eq!(verdict(action), expected, "{action}");
    }
    assert!(["used", "over-broad"].contains(&verdict("ssm:GetParameter").as_str()));
    let proposed = told["proposal"]["policies"].to_string();
    for (action, stays) in [
        ("ssm:GetParameter", true),
        ("secretsmanager:GetSecretValue", true),
        ("dynamodb:PutItem", true),
        ("sns:CreateTopic", true),
        ("ssm:PutParameter", false),
        ("secretsmanager:*", false),
        ("secretsmanager:DeleteSecret", false),
    ] {
        assert_eq!(proposed.contains(&format!("\"{action}\"")), stays, "{action} in {proposed}");
    }
    let own = |name: &str| {
        let all = told["ownRoles"].as_array().unwrap().iter();
        let mut mine = all.filter(|one| one["function"] == function(name));
        mine.next().unwrap()["proposal"]["policies"].to_string()
    };
    assert!(own("pay").contains("ssm:GetParameter") && !own("pay").contains("GetSecretValue"));
    assert!(
        own("refund").contains("GetSecretValue") && !own("refund").contains("ssm:GetParameter")
    );

    for (colour, is_coloured) in [("never", false), ("always", true)] {
        let output = warden(&[&propose[..], &["--color", colour]].concat());
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(told.contains("of 10240 characters") && told.contains("refund"), "{told}");
        assert_eq!(told.contains("\u{1b}[31m-"), is_coloured, "{told}");
        assert!(
            told.lines().any(|line| line.contains('-') && line.contains("ssm:PutParameter")),
            "{told}"
        );
    }
}

#[test]
fn what_cannot_be_read_is_named_and_no_clean_bill() {
    let root = folder("damaged");
    logs(&root);
    let day = root.join(format!("AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/2026/11/19"));
    fs::write(
        day.join(format!("{ACCOUNT}_CloudTrail_{REGION}_20261119T1005Z_broken.json")),
        "{\"Records\": [{",
    )
    .unwrap();
    let (from, to) = (text(&root), text(&root.join("ledger")));
    let output = warden(&[
        "digest",
        "--from",
        &from,
        "--to",
        &to,
        "--from-day",
        "2026-11-18",
        "--to-day",
        "2026-11-19",
    ]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("broken.json") && told.contains("2 days digested"), "{told}");

    let empty = text(&folder("empty"));
    let details = details(&root);
    for (args, words) in [
        (
            &["digest", "--from", &empty, "--to", &to][..],
            &["evidence-empty", "no CloudTrail log file"][..],
        ),
        (&["digest", "--from", &from, "--to", &to, "--account", "12"], &["`12`", "twelve digits"]),
        (
            &[
                "digest",
                "--from",
                &from,
                "--to",
                &to,
                "--from-day",
                "2026-12-01",
                "--to-day",
                "2026-11-01",
            ],
            &["2026-12-01"],
        ),
        (&["digest", "--from", &from, "--to", &to, "--to-day", "yesterday"], &["yesterday"]),
        (&["usage", "--ledger", &empty], &["evidence-empty", "warden digest"]),
        (&["usage", "--ledger", &to, "--function", "pay"], &["pay", "function ARN"]),
        (
            &["propose", "--role", ROLE, "--authorization-details", &details, "--ledger", &empty],
            &["evidence-empty", "warden digest"],
        ),
        (
            &[
                "propose",
                "--role",
                "arn:aws:iam::111122223333:role/mony",
                "--authorization-details",
                &details,
                "--ledger",
                &to,
            ],
            &["role/mony", "did you mean"],
        ),
    ] {
        let output = warden(args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(64), "{args:?}: {said}");
        for word in words {
            assert!(said.contains(word), "`{word}` is not in: {said}");
        }
        assert!(output.stdout.is_empty());
    }
}

/// What lies where CloudTrail puts nothing, a digest that is damaged, and days without logs: said, and
/// no clean bill.
#[test]
fn what_was_passed_over_is_said() {
    let root = folder("passed-over");
    logs(&root);
    let (from, to) = (text(&root), text(&root.join("ledger")));
    let region = root.join(format!("AWSLogs/{ACCOUNT}/CloudTrail/{REGION}"));
    fs::write(region.join("stray.json"), "{}").unwrap();
    fs::create_dir_all(region.join("2026/11/9")).unwrap();
    let digest =
        ["digest", "--from", &from, "--to", &to, "--to-day", "2026-11-19", "--format", "json"];
    let output = warden(&digest);
    assert_eq!(output.status.code(), Some(2));
    let strays = json_of(&output)["strays"].to_string();
    assert!(strays.contains("stray.json") && strays.contains("2026/11/9"), "{strays}");
    fs::remove_file(region.join("stray.json")).unwrap();
    fs::remove_dir(region.join("2026/11/9")).unwrap();
    fs::write(region.join("2026/11/05/odd.json.gz"), "no log").unwrap();
    let again = |extra: &[&str]| {
        let output = warden(&[&digest[..], extra].concat());
        (output.status.code(), json_of(&output)["keptSkipped"].clone())
    };
    assert_eq!(again(&[]), (Some(0), json!(0)), "a day that was digested is not looked at again");
    assert_eq!(again(&["--again"]), (Some(2), json!(0)));
    assert_eq!(again(&[]), (Some(2), json!(1)), "it still lacks what could not be read");

    let key = format!("v1/account={ACCOUNT}/region={REGION}/day=2026-11-03/usage.jsonl.gz");
    fs::write(root.join("ledger").join(key), "garbage").unwrap();
    let (details, functions) = (details(&root), functions(&root));
    let propose = [
        "propose",
        "--role",
        ROLE,
        "--authorization-details",
        &details,
        "--functions",
        &functions,
        "--ledger",
        &to,
        "--day",
        DAY,
    ];
    for args in [&["usage", "--ledger", &to][..], &propose] {
        let output = warden(args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("2026-11-03") && said.contains("`warden digest`"), "{said}");
    }
    let nobody = "arn:aws:iam::111122223333:role/nobody";
    assert_eq!(warden(&["usage", "--ledger", &to, "--role", nobody]).status.code(), Some(2));
}

/// Of a function that lives where no log was read nothing is unused.
#[test]
fn a_function_elsewhere_was_not_seen() {
    let root = folder("elsewhere");
    logs(&root);
    let (from, to) = (text(&root), text(&root.join("ledger")));
    warden(&["digest", "--from", &from, "--to", &to, "--to-day", "2026-11-19"]);
    let far = function("pay").replace(REGION, "us-east-1");
    let list = |role: &str| json!({ "Functions": [{ "FunctionArn": far, "Role": role }] });
    let propose = |functions: &str| {
        warden(&[
            "propose",
            "--role",
            ROLE,
            "--authorization-details",
            &details(&root),
            "--functions",
            functions,
            "--ledger",
            &to,
            "--day",
            DAY,
            "--format",
            "json",
        ])
    };
    let told = json_of(&propose(&put(&root, "far.json", &list(ROLE))));
    let actions = told["judgement"]["actions"].as_array().unwrap();
    let verdict = |action: &str| {
        let one = actions.iter().find(|one| one["action"] == action).unwrap();
        (one["verdict"].as_str().unwrap(), one["reason"].as_str().unwrap_or_default())
    };
    assert_eq!(verdict("ssm:PutParameter"), ("unverifiable", "region"));
    let output = propose(&put(&root, "others.json", &list("arn:aws:iam::111122223333:role/other")));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(64), "{said}");
    assert!(said.contains("others.json") && said.contains("Region"), "{said}");
}
