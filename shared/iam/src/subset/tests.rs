use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::Value;

use super::*;
use crate::grants::agreement::{ACTIONS, RESOURCES, context, statement};
use crate::{Caller, Policies, Policy, Request, decide};

/// A statement in short: `Effect|Action or -NotAction|Resource or -NotResource|condition`, lists
/// separated by spaces, the condition as `Operator:key=value,value`.
fn policy(statements: &[&str]) -> Policy {
    let list = |name: &str, text: &str| {
        let (not, text) = text.strip_prefix('-').map_or(("", text), |text| ("Not", text));
        (format!("{not}{name}"), text.split(' ').map(str::to_owned).collect::<Vec<_>>())
    };
    let statement = |text: &&str| {
        let parts: Vec<&str> = text.split('|').collect();
        let (action, actions) = list("Action", parts[1]);
        let (resource, resources) = list("Resource", parts[2]);
        let mut json = serde_json::json!({
            "Effect": parts[0], action: actions, resource: resources,
        });
        for condition in parts.get(3).into_iter().flat_map(|text| text.split('&')) {
            let (left, values) = condition.split_once('=').unwrap();
            let (operator, key) = left.split_once(' ').unwrap();
            let values: Vec<&str> = values.split(',').collect();
            json["Condition"][operator] = serde_json::json!({ key: values });
        }
        json
    };
    let statements: Vec<_> = statements.iter().map(statement).collect();
    let json = serde_json::json!({ "Version": "2012-10-17", "Statement": statements });
    Policy::parse(&json.to_string()).unwrap()
}

#[test]
fn proves_what_is_within() {
    type Row<'a> = (&'a [&'a str], &'a [&'a str], bool);
    let all: &[&str] = &["Allow|*|*"];
    let b: &[&str] = &["Allow|s3:Get*|arn:aws:s3:::b/*"];
    let tag = "arn:aws:s3:::b/${aws:PrincipalTag/t}/*";
    let tagged = &[&*format!("Allow|s3:Get*|{tag}")];
    let deny_b = "Deny|s3:Get*|arn:aws:s3:::b/*";
    let cases: [Row<'_>; 37] = [
        (&[], &[], true),
        (&[], all, true),
        (all, &[], false),
        (b, all, true),
        (b, b, true),
        (all, b, false),
        (&["Allow|s3:GetObject|arn:aws:s3:::b/x"], b, true),
        (&["Allow|s3:GetObject|arn:aws:s3:::c/x"], b, false),
        (&["Allow|s3:PutObject|arn:aws:s3:::b/x"], b, false),
        (&["Allow|S3:GETobject|arn:aws:s3:::b/x"], b, true),
        (&["Allow|s3:GetObject|arn:aws:s3:::B/x"], b, false),
        // All that exists today is covered, and what will exist is not.
        (&["Allow|s3:GetObjectAcl*|*"], &["Allow|s3:GetObjectAcl|*"], false),
        // Two old statements make up one new.
        (&["Allow|s3:GetObject s3:PutObject|*"], &["Allow|s3:Get*|*", "Allow|s3:Put*|*"], true),
        (tagged, b, true),
        (tagged, tagged, true),
        (b, tagged, false),
        (&["Allow|s3:GetObject|*"], &["Allow|-iam:*|*"], true),
        (&["Allow|iam:GetRole|*"], &["Allow|-iam:*|*"], false),
        (&["Allow|-iam:* sts:*|*"], &["Allow|-iam:*|*"], true),
        (&["Allow|-iam:Get*|*"], &["Allow|-iam:*|*"], false),
        (&["Allow|*|*"], &["Allow|-iam:*|*"], false),
        (&["Allow|s3:*|arn:aws:s3:::c"], &["Allow|s3:*|-arn:aws:s3:::b"], true),
        (&["Allow|s3:*|arn:aws:s3:::*"], &["Allow|s3:*|-arn:aws:s3:::b"], false),
        (&["Allow|s3:*|-arn:aws:s3:::*"], &["Allow|s3:*|-arn:aws:s3:::b"], true),
        (&["Allow|s3:*|-arn:aws:s3:::b"], &["Allow|s3:*|-arn:aws:s3:::*"], false),
        (&["Allow|s3:*|-arn:aws:s3:::b"], all, true),
        (all, &["Allow|*|*", deny_b], false),
        (&["Allow|s3:*|*", deny_b], &["Allow|*|*", deny_b], true),
        (&["Allow|s3:*|*", "Deny|s3:*|*"], &["Allow|*|*", deny_b], true),
        (&["Allow|s3:Put*|*"], &["Allow|*|*", deny_b], true),
        (&["Allow|s3:Get*|arn:aws:s3:::c/*"], &["Allow|*|*", deny_b], true),
        (&["Allow|s3:Get*|-arn:aws:s3:::b/*"], &["Allow|*|*", deny_b], true),
        (&["Allow|s3:*|*", "Deny|s3:GetObject|arn:aws:s3:::b/*"], &["Allow|*|*", deny_b], false),
        (&["Allow|s3:*|*"], &["Allow|*|*", "Deny|-s3:*|*"], true),
        (&["Allow|s3:* sqs:*|*"], &["Allow|*|*", "Deny|-s3:*|*"], false),
        (&["Allow|s3:*|arn:aws:s3:::b"], &["Allow|*|*", "Deny|*|-arn:aws:s3:::b"], true),
        (&["Allow|s3:*|arn:aws:s3:::*"], &["Allow|*|*", "Deny|*|-arn:aws:s3:::b"], false),
    ];
    for (new, old, want) in cases {
        let proved = subset(&[("new", &policy(new))], &[("old", &policy(old))]);
        assert_eq!(proved.is_ok(), want, "{new:?} within {old:?}: {proved:?}");
    }
}

/// Each row: the condition of the new statement, of the old one, and whether the first suffices.
#[test]
fn conditions_may_only_be_added_or_tightened() {
    let cases = [
        ("StringEquals k=a", "StringEquals k=a", true),
        ("StringEquals k=a", "StringEquals K=a", true),
        ("StringEquals k=a", "StringEquals k=a,b", true),
        ("StringEquals k=a,b", "StringEquals k=a", false),
        ("StringEquals k=a", "StringEqualsIfExists k=a", true),
        ("StringEqualsIfExists k=a", "StringEquals k=a", false),
        ("StringEquals k=a", "StringLike k=a", false),
        ("StringEquals j=a", "StringEquals k=a", false),
        ("StringNotEquals k=a,b", "StringNotEquals k=a", true),
        ("StringNotEquals k=a", "StringNotEquals k=a,b", false),
        ("StringEquals k=a&Bool j=true", "StringEquals k=a", true),
        ("StringEquals k=a", "StringEquals k=a&Bool j=true", false),
        ("ForAllValues:StringLike k=a", "ForAllValues:StringLike k=a,b", true),
        ("ForAllValues:StringLike k=a", "ForAnyValue:StringLike k=a", false),
        ("Null k=true", "Null k=false", false),
    ];
    for (new, old, want) in cases {
        let [with, other] =
            [new, old].map(|condition| policy(&[&format!("Allow|*|*|{condition}")]));
        assert_eq!(subset(&[("n", &with)], &[("o", &other)]).is_ok(), want, "{new} / {old}");
        // A denial may only be loosened of conditions: what it takes away must stay away.
        let deny = |condition: &str| policy(&["Allow|*|*", &format!("Deny|s3:*|*|{condition}")]);
        let proved = subset(&[("n", &deny(old))], &[("o", &deny(new))]);
        assert_eq!(proved.is_ok(), want, "denied: {new} / {old}");
    }
    let (free, bound) = (policy(&["Allow|*|*"]), policy(&["Allow|*|*|Bool k=true"]));
    assert!(subset(&[("n", &bound)], &[("o", &free)]).is_ok());
    let error = subset(&[("n", &free)], &[("o", &bound)]).unwrap_err();
    assert_eq!((error.action.as_str(), error.resource.as_str()), ("*", "*"));
    assert!(error.to_string().contains("`n`, statement 1"), "{error}");
}

/// Statements, and the same ones after a few changes, most of which narrow.
fn before_and_after() -> impl Strategy<Value = (Policy, Policy)> {
    let old = prop::collection::vec(statement(), 1..4);
    let added = prop::option::weighted(0.3, statement());
    let changes = prop::collection::vec((0_usize..4, 0_usize..6), 0..4);
    (old, added, changes).prop_map(|(old, added, changes)| {
        let mut new = old.clone();
        for (at, change) in changes {
            if let Some(statement) = new.get_mut(at) {
                alter(statement, change);
            }
        }
        new.extend(added.filter(|statement| statement["Effect"] == "Deny"));
        (read(&old), read(&new))
    })
}

fn alter(statement: &mut Value, change: usize) {
    let deny = statement["Effect"] == "Deny";
    let members = statement.as_object_mut().unwrap();
    match change {
        0 if members.contains_key("Action") => {
            members.insert("Action".to_owned(), "s3:GetObject".into());
        }
        1 if members.contains_key("Resource") => {
            members.insert("Resource".to_owned(), "arn:aws:s3:::b/red/*".into());
        }
        2 => {
            let condition =
                serde_json::json!({ "StringEquals": { "aws:PrincipalTag/team": "red" } });
            members.insert("Condition".to_owned(), condition);
        }
        3 if !deny => {
            members.insert("Effect".to_owned(), "Deny".into());
        }
        4 if members.contains_key("Resource") => {
            members.insert("Resource".to_owned(), "*".into());
        }
        _ => {}
    }
}

fn read(statements: &[Value]) -> Policy {
    let json = serde_json::json!({ "Version": "2012-10-17", "Statement": statements });
    Policy::parse(&json.to_string()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_500, failure_persistence: None, ..Default::default() })]

    /// Whatever is proved holds for every request.
    #[test]
    fn what_is_proved_is_so((old, new) in before_and_after()) {
        prop_assert!(subset(&[("p", &old)], &[("p", &old)]).is_ok(), "not within itself: {old:?}");
        if subset(&[("n", &new)], &[("o", &old)]).is_ok() {
            for (action, resource) in ACTIONS.iter().flat_map(|a| RESOURCES.iter().map(move |r| (a, r))) {
                let caller = Caller::new("arn:aws:iam::111122223333:role/pay");
                let request =
                    Request { caller, action, resource, resource_account: None, context: &context };
                let allowed = |policy: &Policy| {
                    let identity = [("p", policy)];
                    decide(&request, &Policies { identity: &identity, ..Policies::default() }).is_allowed()
                };
                prop_assert!(!allowed(&new) || allowed(&old), "{action} {resource}: {old:?} → {new:?}");
            }
        }
    }
}

/// The property above is not empty: of the changed policies some are proved and some are not.
#[test]
fn proofs_succeed_and_fail() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let proved = (0..200).filter(|_| {
        let (old, new) = before_and_after().new_tree(&mut runner).unwrap().current();
        old != new && subset(&[("n", &new)], &[("o", &old)]).is_ok()
    });
    assert!((20..180).contains(&proved.count()));
}
