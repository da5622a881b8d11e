use std::sync::Arc;

use model::{Context, Fact, FunctionArn, RoleUsage, RoleUser};
use serde_json::{Value, json};

use super::*;
use crate::{judge, testing::snapshot};

const REGION: &str = "eu-west-1";
const SHARED: &str = "arn:aws:iam::111122223333:role/app/shared";

fn context(baseline: &str) -> Context {
    Context {
        today: "2026-06-01".parse().unwrap(),
        calendar: rules::calendar().unwrap(),
        baseline: rules::baseline::parse(baseline).unwrap(),
    }
}

fn read<T: for<'a> Deserialize<'a>>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn arn(name: &str) -> FunctionArn {
    format!("arn:aws:lambda:{REGION}:111122223333:function:{name}").parse().unwrap()
}

/// A function whose role may list and read, and of which Lambda and the trail tell all but data
/// events; its code was seen to call `used`.
fn function(name: &str, role: &str, used: &[&str]) -> Snapshot {
    let document = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Resource": "*",
        "Action": ["lambda:ListFunctions", "sns:ListTopics", "states:ListActivities", "s3:GetObject"],
    }]});
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Service": "lambda.amazonaws.com"},
    }]});
    let role: model::Role = read(json!({
        "arn": role, "created": "2020-01-01T00:00:00Z", "trust": trust, "boundary": null,
        "policies": [{"name": "all", "origin": "inline", "document": document}],
    }));
    let needs = json!({"log_groups": [], "destinations": [], "sources": []});
    let users: Vec<RoleUser> = read(json!([{"arn": arn(name), "needs": needs}]));
    let call = |action: &&str| {
        json!({
            "function": arn(name), "qualifier": null, "attribution": "in-scope-of",
            "kind": "code", "action": action, "event": format!("x.amazonaws.com:{action}"),
            "outcome": "ok", "region": REGION, "on": {"arns": [], "unknown": false},
            "first": "2026-05-01T00:00:00Z", "last": "2026-05-30T00:00:00Z", "count": 3,
        })
    };
    let usage: RoleUsage = read(json!({
        "from": "2026-03-03", "to": "2026-05-31", "all_regions": true,
        "calls": used.iter().map(call).collect::<Vec<_>>(),
        "last_accessed": {"unknown": "not read"},
        "coverage": {REGION: {"days": 90, "reads": "yes", "writes": "yes", "data": []}},
    }));
    Snapshot {
        arn: arn(name),
        role: Fact::Known(RoleState::Present(Arc::new(role))),
        role_users: Fact::Known(Arc::new(users)),
        usage: Fact::Known(Arc::new(usage)),
        ..snapshot()
    }
}

/// What parts made of `functions`, taken after each of them, become together.
fn told(functions: Vec<Snapshot>, baseline: &str) -> Posture {
    let cx = context(baseline);
    let (mut parts, mut posture) = (Parts::new(&cx.baseline), Posture::default());
    for function in functions {
        parts.add(&judge(function, &cx), |_| Before::default());
        parts.take().add_to(&mut posture);
    }
    let judged = posture.roles.len();
    posture.sort();
    assert_eq!(judged, posture.roles.len(), "no role of a place is judged twice");
    posture
}

/// Role, granted, used, unused, cannot be told.
fn roles(posture: &Posture) -> Vec<(&str, [u64; 4])> {
    let of = |one: &'_ Role| [one.granted, one.used, one.unused, one.unverifiable];
    posture.roles.iter().map(|one| (one.role.as_str(), of(one))).collect()
}

#[test]
fn a_role_is_one_line_however_many_functions_share_it() {
    let (own, aws) = (
        "arn:aws:iam::111122223333:role/own",
        "arn:aws:iam::111122223333:role/aws-service-role/lambda.amazonaws.com/AWSServiceRole",
    );
    let blind = |name| Snapshot { usage: Fact::unknown("no ledger"), ..function(name, own, &[]) };
    let few: &[&str] = &["lambda:ListFunctions"];
    for (why, functions, baseline, expected) in [
        (
            "shared and of one's own",
            vec![
                function("pay", SHARED, few),
                function("ship", SHARED, few),
                function("audit", own, &["lambda:ListFunctions", "sns:ListTopics", "s3:GetObject"]),
            ],
            "",
            vec![(SHARED, [4, 1, 2, 1]), (own, [4, 3, 1, 0])],
        ),
        ("no ledger", vec![blind("pay")], "", vec![]),
        (
            "told by the second of two",
            vec![blind("pay"), function("ship", own, few)],
            "",
            vec![(own, [4, 1, 2, 1])],
        ),
        ("nobody can edit it", vec![function("pay", aws, few)], "", vec![]),
        (
            "its rule is off",
            vec![function("pay", own, few)],
            "[rules.role-permission-unused]\nenabled = false",
            vec![(own, [4, 1, 2, 1])],
        ),
        ("none", vec![snapshot()], "", vec![]),
    ] {
        assert_eq!(roles(&told(functions, baseline)), expected, "{why}");
    }
}

#[test]
fn what_is_unused_with_too_little_confidence_cannot_be_told() {
    let sure = "[rules.role-permission-unused]\nsure_only = true";
    let as_it_is = |_: &mut model::Role, _: &mut RoleUsage| {};
    let of_no_age = |role: &mut model::Role, _: &mut RoleUsage| role.created = None;
    let of_one_region = |_: &mut model::Role, usage: &mut RoleUsage| usage.all_regions = None;
    type Change = fn(&mut model::Role, &mut RoleUsage);
    let cases: [(&str, Change, u64, u64); 5] = [
        ("", as_it_is, 2, 1),
        (sure, as_it_is, 2, 1),
        ("", of_no_age, 2, 1),
        (sure, of_no_age, 0, 3),
        ("", of_one_region, 0, 3),
    ];
    for (baseline, change, unused, unverifiable) in cases {
        let mut function = function("pay", SHARED, &["lambda:ListFunctions"]);
        if let (Fact::Known(RoleState::Present(role)), Fact::Known(usage)) =
            (&mut function.role, &mut function.usage)
        {
            change(Arc::make_mut(role), Arc::make_mut(usage));
        }
        let posture = told(vec![function], baseline);
        assert_eq!(roles(&posture), [(SHARED, [4, 1, unused, unverifiable])], "{baseline}");
        // The finding of the rule counts the same.
        let of_rule = |one: &&Finding| one.rule == "role-permission-unused";
        let found = posture.findings.iter().find(of_rule).unwrap();
        let says = format!("Role: {unused} of 4 granted actions were not used");
        assert_eq!(found.evidence.starts_with(&says), unused > 0, "{found:?}");
    }
}

#[test]
fn findings_are_told_with_owner_rule_and_exemption() {
    let tags = |tags: Value| Snapshot {
        tags: read(tags),
        runtime: Fact::Known(model::Runtime::Managed("python2.7".to_owned())),
        ..snapshot()
    };
    let opted_out = json!({
        "Team": "payments", "owner": " ",
        "warden:allow:runtime-deprecated": "until=2026-07-01 by=jane ticket=SEC-1",
    });
    for (function, owner, exempt_by) in [
        (tags(json!({"owner": "ada", "team": "x"})), Some("ada"), None),
        (tags(opted_out), Some("payments"), Some("jane")),
        (tags(json!({})), None, None),
        (tags(json!({"unknown": "denied"})), None, None),
    ] {
        let posture = told(vec![function], "");
        let found = posture.findings.iter().find(|one| one.rule == "runtime-deprecated").unwrap();
        assert_eq!((found.owner.as_deref(), found.status), (owner, Status::Failed));
        assert_eq!(found.exemption.as_ref().and_then(|one| one.by.as_deref()), exempt_by);
        assert_eq!(found.is_open(), exempt_by.is_none());
        assert!(found.evidence.contains("python2.7"), "{found:?}");
        let named: BTreeSet<&String> = posture.findings.iter().map(|one| &one.rule).collect();
        assert!(named.into_iter().eq(posture.rules.keys()), "a rule without its words");
        assert!(posture.rules.values().all(|rule| !rule.title.is_empty() && !rule.fix.is_empty()));
        assert!(posture.findings.iter().any(|one| one.status == Status::Unknown), "gaps are told");
    }
}
