//! A function from its first deployment to its end, and what Security Hub shows after each event.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use stand_ins::emulator::Account;

use crate::stage::{
    BAD, FUNCTION, REGION, Stage, deploy_bad, event, expected, lambda_event, touched,
};

/// What somebody does; the event that tells of it; what is then seen.
struct Step {
    what: &'static str,
    act: fn(&Account),
    event: fn(&Account) -> String,
    shows: &'static [(&'static str, &'static str)],
}

const ALLOW: &str = "warden:allow:runtime-deprecated";

const LIFE: &[Step] = &[
    Step {
        what: "a bad deployment",
        act: deploy_bad,
        event: |account| touched(account, "CreateFunction20150331"),
        shows: BAD,
    },
    Step {
        what: "the repair",
        act: repair,
        event: |account| touched(account, "UpdateFunctionConfiguration20150331v2"),
        shows: &[
            ("env-key-not-customer-managed", "PASSED RESOLVED"),
            ("env-secret-in-plaintext", "PASSED RESOLVED"),
            ("policy-public", "PASSED RESOLVED"),
            ("runtime-deprecated", "PASSED RESOLVED"),
        ],
    },
    Step {
        what: "a way back to the old runtime",
        act: |account| configure(account, &json!({"Runtime": "python3.9"})),
        event: |account| touched(account, "UpdateFunctionConfiguration20150331v2"),
        shows: &[
            ("env-key-not-customer-managed", "PASSED RESOLVED"),
            ("env-secret-in-plaintext", "PASSED RESOLVED"),
            ("policy-public", "PASSED RESOLVED"),
            ("runtime-deprecated", "FAILED NEW"),
        ],
    },
    Step {
        what: "an opt-out",
        act: |account| {
            let tags = json!({"Tags": {ALLOW: format!("until={} by=shop ticket=SEC-7", until())}});
            account.lambda("POST", &tags_path(account), &tags).unwrap();
        },
        event: |account| tagged(account, "TagResource20170331v2"),
        shows: &[
            ("env-key-not-customer-managed", "PASSED RESOLVED"),
            ("env-secret-in-plaintext", "PASSED RESOLVED"),
            ("policy-public", "PASSED RESOLVED"),
            ("runtime-deprecated", "FAILED SUPPRESSED"),
        ],
    },
    Step {
        what: "the opt-out withdrawn",
        act: |account| {
            let path = format!("{}?tagKeys={}", tags_path(account), ALLOW.replace(':', "%3A"));
            account.lambda("DELETE", &path, &Value::Null).unwrap();
        },
        event: |account| tagged(account, "UntagResource20170331v2"),
        shows: &[
            ("env-key-not-customer-managed", "PASSED RESOLVED"),
            ("env-secret-in-plaintext", "PASSED RESOLVED"),
            ("policy-public", "PASSED RESOLVED"),
            ("runtime-deprecated", "FAILED NEW"),
        ],
    },
    Step {
        what: "its end",
        act: |account| {
            let path = format!("/2015-03-31/functions/{FUNCTION}");
            account.lambda("DELETE", &path, &Value::Null).unwrap();
        },
        event: |account| touched(account, "DeleteFunction20150331"),
        shows: &[
            ("env-key-not-customer-managed", "ARCHIVED"),
            ("env-secret-in-plaintext", "ARCHIVED"),
            ("policy-public", "ARCHIVED"),
            ("runtime-deprecated", "ARCHIVED"),
        ],
    },
];

#[test]
fn a_finding_lives_as_its_function_does() {
    let mut stage = Stage::new(Vec::new());
    let mut before = BTreeMap::new();
    for Step { what, act, event, shows } in LIFE {
        act(&stage.account);
        let failed = stage.deliver(&[event(&stage.account)]);
        assert!(failed.is_empty(), "{what}: {}", stage.end());
        assert_eq!(stage.account.states().unwrap(), expected(shows), "after {what}");
        before = held_together(&stage.account, before, what);
        if *what == "an opt-out" {
            let (note, id) = (note_of(&stage.account), stage.account.id());
            let by = format!("; tags last changed by arn:aws:iam::{id}:user/developer.");
            let text = format!("Exempt until {} by tag `{ALLOW}`, by shop, ticket SEC-7", until());
            assert_eq!(note, text + &by);
        }
    }
    stage.end();
}

/// Births are kept for ever, and every update is later than the last.
fn held_together(
    account: &Account,
    before: BTreeMap<String, Value>,
    what: &str,
) -> BTreeMap<String, Value> {
    let findings = account.findings().unwrap();
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    for finding in &findings {
        let Some(old) = before.get(&text(finding, "Id")) else { continue };
        for kept in ["CreatedAt", "FirstObservedAt"] {
            assert_eq!(finding[kept], old[kept], "{what}: {kept}");
        }
        assert!(text(finding, "UpdatedAt") >= text(old, "UpdatedAt"), "{what}: {finding}");
    }
    findings.into_iter().map(|finding| (text(&finding, "Id"), finding)).collect()
}

fn repair(account: &Account) {
    let key = account.kms("CreateKey", &json!({"Description": "variables"})).unwrap();
    configure(
        account,
        &json!({
            "Runtime": "python3.13",
            "KMSKeyArn": key["KeyMetadata"]["Arn"],
            "Environment": {"Variables": {"TOKEN_PARAMETER": "/checkout/token"}},
        }),
    );
    let path = format!("/2015-03-31/functions/{FUNCTION}/policy/public");
    account.lambda("DELETE", &path, &Value::Null).unwrap();
}

fn configure(account: &Account, with: &Value) {
    let path = format!("/2015-03-31/functions/{FUNCTION}/configuration");
    account.lambda("PUT", &path, with).unwrap();
}

fn arn(account: &Account) -> String {
    format!("arn:aws:lambda:{REGION}:{}:function:{FUNCTION}", account.id())
}

fn tags_path(account: &Account) -> String {
    format!("/2017-03-31/tags/{}", arn(account))
}

fn tagged(account: &Account, event_name: &str) -> String {
    lambda_event(account, event_name, json!({"resource": arn(account)}))
}

/// A day that is near and yet to come, whenever the test is run.
fn until() -> String {
    let day = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    (day + jiff::Span::new().days(30)).to_string()
}

fn note_of(account: &Account) -> String {
    let findings = account.findings().unwrap();
    let with_note = findings.iter().find(|finding| {
        finding["Id"].as_str().is_some_and(|id| id.ends_with("/runtime-deprecated"))
    });
    with_note.unwrap()["Note"]["Text"].as_str().unwrap().to_owned()
}

/// The program's own account is the security account; the function is in a member's.
#[test]
fn a_member_account_is_entered_by_its_roles() {
    let member = Stage::neighbour("300000000001");
    let mut stage = Stage::of("300000000000", Vec::new(), &[("WARDEN_EXTERNAL_ID", "x-7")]);
    deploy_bad(&member);
    for role in ["lambda-warden-read", "lambda-warden-publish"] {
        member.role(role, &[]).unwrap();
    }
    let failed = stage.deliver(&[event(
        &member,
        "lambda",
        "CreateFunction20150331",
        REGION,
        json!({"functionName": FUNCTION}),
    )
    .to_string()]);
    assert!(failed.is_empty(), "{}", stage.end());
    assert_eq!(member.states().unwrap(), expected(BAD));
    assert!(stage.account.findings().unwrap().is_empty(), "a finding belongs to its account");
    assert_eq!(stage.calls("sts", "AssumeRole"), 2, "once to read, once to publish");
    stage.end();
}
