//! Grants and decisions are two readings of the same policies; here they meet.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::{Caller, Key, Request, Tri, Variables, Version, decide};

pub(crate) const ACTIONS: [&str; 3] = ["s3:GetObject", "s3:PutObject", "sqs:SendMessage"];
pub(crate) const RESOURCES: [&str; 4] = [
    "arn:aws:s3:::b/red/x",
    "arn:aws:s3:::b/blue/x",
    "arn:aws:s3:::c/x",
    "arn:aws:sqs:eu-west-1:111122223333:q",
];

/// The caller's team is red, and no other key is there.
pub(crate) fn context(key: &str) -> Key {
    if key == "aws:PrincipalTag/team" { Key::value("red") } else { Key::Absent }
}

pub(crate) fn statement() -> impl Strategy<Value = serde_json::Value> {
    let actions = select(vec!["*", "s3:*", "S3:Get*", "s3:?etObject", "sqs:*", "s3:PutObject"]);
    let resources = select(vec![
        "*",
        "arn:aws:s3:::*",
        "arn:aws:s3:::b/*",
        "arn:aws:s3:::b/${aws:PrincipalTag/team}/*",
        "arn:aws:s3:::c/${nothing}*",
        "arn:aws:sqs:*",
    ]);
    let condition = select(vec![
        "{}",
        "{}",
        r#"{"StringEquals":{"aws:PrincipalTag/team":"red"}}"#,
        r#"{"StringEquals":{"aws:PrincipalTag/team":"blue"}}"#,
        r#"{"Null":{"nothing":"true"}}"#,
    ]);
    let lists = (prop::collection::vec(actions, 1..3), prop::collection::vec(resources, 1..3));
    let negations = (prop::bool::weighted(0.2), prop::bool::weighted(0.2));
    (prop::bool::weighted(0.3), lists, negations, condition).prop_map(
        |(deny, (actions, resources), (not_action, not_resource), condition)| {
            let condition: serde_json::Value = serde_json::from_str(condition).unwrap();
            serde_json::json!({
                "Effect": if deny { "Deny" } else { "Allow" },
                if not_action { "NotAction" } else { "Action" }: actions,
                if not_resource { "NotResource" } else { "Resource" }: resources,
                "Condition": condition,
            })
        },
    )
}

fn policy() -> impl Strategy<Value = Policy> {
    prop::collection::vec(statement(), 1..4).prop_map(|statements| {
        let json = serde_json::json!({ "Version": "2012-10-17", "Statement": statements });
        Policy::parse(&json.to_string()).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..Default::default() })]

    /// No request is allowed that no grant speaks of under conditions that hold, and an unlimited
    /// grant allows every request.
    #[test]
    fn grants_never_lose_what_iam_allows(
        identity in policy(),
        boundary in prop::option::weighted(0.4, policy()),
        scps in prop::collection::vec(policy(), 0..3),
    ) {
        let identity = [("p", &identity)];
        let scps: Vec<Vec<_>> = scps.iter().map(|scp| vec![("scp", scp)]).collect();
        let policies = Policies {
            identity: &identity,
            boundary: boundary.as_ref().map(|b| ("b", b)),
            scps: &scps,
            ..Policies::default()
        };
        let grants = Grants::of(&policies);
        let groups = grants.groups();
        for (action, resource) in ACTIONS.iter().flat_map(|a| RESOURCES.iter().map(move |r| (a, r))) {
            if action.starts_with("s3") != resource.starts_with("arn:aws:s3") {
                continue;
            }
            let caller = Caller::new("arn:aws:iam::111122223333:role/pay");
            let request =
                Request { caller, action, resource, resource_account: None, context: &context };
            let allowed = decide(&request, &policies).is_allowed();
            let granted = grants.allows(action);
            let speaks = |grant: &Grant<'_>| {
                let widest = Pattern::resource(grant.resource, Version::V2012, Variables::Widest);
                let holds = |c: &&Condition| c.holds(Version::V2012, &context) != Tri::No;
                widest.is_some_and(|pattern| pattern.matches(resource))
                    && grant.conditions.iter().all(holds)
            };
            prop_assert!(!allowed || granted.iter().any(speaks), "{action} {resource}");
            // Judged together they fare as they do alone.
            let action = catalogue::action(action);
            let group = groups.iter().find(|g| action.is_some_and(|a| g.actions.contains(a)));
            let together = group.map_or(&[][..], |group| &group.ruling.grants);
            prop_assert_eq!(together, &granted);
            let unlimited = |grant: &Grant<'_>| grant.is_unlimited() && grant.unless.is_empty();
            prop_assert!(!granted.iter().any(unlimited) || allowed, "{action:?} {resource}");
        }
    }

    #[test]
    fn what_is_written_reads_the_same(policy in policy()) {
        let written = serde_json::to_string(&policy).unwrap();
        prop_assert_eq!(Policy::parse(&written).unwrap(), policy);
    }
}
