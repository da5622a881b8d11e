//! What must hold of every proposal, on random roles with random evidence.

use std::cell::RefCell;
use std::collections::BTreeMap;

use iam::{
    Actions, Caller, Decision, Keys, Named, Pattern, Policies, Policy, Request, decide, subset,
};
use model::{NamedPolicy, Origin, Role, RoleUsage, RoleUser};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use super::{PAY, REFUND, World, call, user};
use crate::{
    ActionId, Judgement, Name, Place, Proposal, Settings, Verdict, Warning, judge, own_roles,
    propose,
};

/// Each with resources that it works on.
const REQUESTS: [(&str, &[&str]); 12] = [
    ("s3:GetObject", &["arn:aws:s3:::b/in/x", "arn:aws:s3:::b/blue/x", "arn:aws:s3:::c/x"]),
    ("s3:PutObject", &["arn:aws:s3:::b/in/x", "arn:aws:s3:::c/x"]),
    ("s3:ListBucket", &["arn:aws:s3:::b", "arn:aws:s3:::c"]),
    ("s3:ListAllMyBuckets", &["*"]),
    ("s3:GetBucketAcl", &["arn:aws:s3:::b", "arn:aws:s3:::c"]),
    ("sqs:SendMessage", &[Q, "arn:aws:sqs:us-east-1:111122223333:r"]),
    ("sqs:ReceiveMessage", &[Q, "arn:aws:sqs:us-east-1:111122223333:r"]),
    (
        "logs:CreateLogStream",
        &[GROUP, "arn:aws:logs:eu-west-1:111122223333:log-group:/other:log-stream:x"],
    ),
    (
        "logs:PutLogEvents",
        &[GROUP, "arn:aws:logs:eu-west-1:111122223333:log-group:/other:log-stream:x"],
    ),
    ("ec2:CreateNetworkInterface", &["*", "arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-1"]),
    (
        "iam:PassRole",
        &["arn:aws:iam::111122223333:role/task", "arn:aws:iam::111122223333:role/other"],
    ),
    (
        "dynamodb:PutItem",
        &[
            "arn:aws:dynamodb:eu-west-1:111122223333:table/t1",
            "arn:aws:dynamodb:eu-west-1:111122223333:table/t2",
        ],
    ),
];
const Q: &str = "arn:aws:sqs:eu-west-1:111122223333:q";
const GROUP: &str = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/pay:log-stream:x";

/// Condition keys of a request.
const CONTEXTS: [&[(&str, &str)]; 4] = [
    &[],
    &[("aws:RequestedRegion", "eu-west-1"), ("aws:PrincipalTag/team", "blue")],
    &[("aws:RequestedRegion", "us-east-1"), ("aws:SecureTransport", "false")],
    &[("aws:PrincipalTag/team", "in"), ("aws:SecureTransport", "true")],
];

fn statement() -> impl Strategy<Value = Value> {
    let narrow = select(vec![
        "s3:GetObject",
        "s3:Get*",
        "S3:put?bject",
        "s3:*",
        "s3:List*",
        "sqs:*",
        "sqs:SendMessage",
        "logs:*",
        "logs:PutLogEvents",
        "ec2:CreateNetworkInterface",
        "ec2:*NetworkInterface*",
        "iam:PassRole",
        "dynamodb:*Item",
        "bedrock:Converse",
        "s3:NewThing",
        "*:ListBuck*",
    ]);
    let actions = prop_oneof![600 => narrow, 1 => Just("*")];
    let resources = select(vec![
        "*",
        "*",
        "arn:aws:s3:::*",
        "arn:aws:s3:::b/*",
        "arn:aws:s3:::b/in/*",
        "arn:aws:s3:::b",
        "arn:aws:s3:::b/${aws:PrincipalTag/team}/*",
        "arn:aws:s3:::c/${aws:PrincipalTag/none, 'x'}",
        "arn:aws:sqs:*:*:*",
        Q,
        "arn:aws:logs:*:*:*",
        GROUP,
        "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/pay:*",
        "arn:aws:dynamodb:*",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/t?",
        "arn:aws:iam::111122223333:role/*",
    ]);
    let condition = select(vec![
        "{}",
        "{}",
        "{}",
        r#"{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}"#,
        r#"{"StringLike":{"aws:PrincipalTag/team":"b*"}}"#,
        r#"{"StringEquals":{"aws:PrincipalTag/team":"${aws:PrincipalTag/team}"}}"#,
        r#"{"Bool":{"aws:SecureTransport":"false"}}"#,
        r#"{"StringNotEquals":{"aws:RequestedRegion":["us-east-1"]}}"#,
    ]);
    let lists = (vec(actions, 1..4), vec(resources, 1..3));
    let negations = (prop::bool::weighted(0.002), prop::bool::weighted(0.15));
    (prop::bool::weighted(0.2), lists, negations, condition).prop_map(
        |(deny, (actions, resources), (not_action, not_resource), condition)| {
            let condition: Value = serde_json::from_str(condition).unwrap();
            json!({
                "Effect": if deny { "Deny" } else { "Allow" },
                if not_action { "NotAction" } else { "Action" }: actions,
                if not_resource { "NotResource" } else { "Resource" }: resources,
                "Condition": condition,
            })
        },
    )
}

fn document() -> impl Strategy<Value = Value> {
    (vec(statement(), 1..4), prop::bool::weighted(0.2)).prop_map(|(statements, old)| {
        let version = if old { "2008-10-17" } else { "2012-10-17" };
        json!({ "Version": version, "Statement": statements })
    })
}

fn a_call() -> impl Strategy<Value = String> {
    let kinds = select(vec![
        "code",
        "code",
        "code",
        "forwarded",
        "platform",
        "poller",
        "foreign",
        "granted",
    ]);
    let outcomes = select(vec!["ok", "ok", "ok", "denied", "unclear"]);
    let on = (0..REQUESTS.len()).prop_flat_map(|at| {
        let (action, arns) = REQUESTS[at];
        (Just(action), subsequence(arns.to_vec(), 1..=arns.len()), prop::bool::weighted(0.15))
    });
    let regions = select(vec!["eu-west-1", "eu-west-1", "us-east-1"]);
    let functions = select(vec!["pay", "pay", "refund", "stranger", "-"]);
    (kinds, outcomes, on, regions, functions).prop_map(
        |(kind, outcome, (action, arns, unknown), region, function)| {
            let mut on: Vec<&str> = arns.into_iter().filter(|arn| *arn != "*").collect();
            on.extend(unknown.then_some("?"));
            let on = if on.is_empty() { "-".to_owned() } else { on.join(",") };
            format!("{kind} {outcome} {action} {region} {on} {function}")
        },
    )
}

/// A role with its evidence.
fn scene() -> impl Strategy<Value = World> {
    let needs = select(vec![
        json!({ "unknown": "denied" }),
        json!({ "log_groups": ["/aws/lambda/pay"], "vpc": true, "destinations": [Q], "sources": [] }),
        json!({ "log_groups": ["/aws/lambda/pay"], "destinations": [], "sources": [{ "arn": Q }] }),
        json!({ "log_groups": [], "destinations": { "unknown": "denied" }, "sources": [] }),
    ]);
    let data =
        subsequence(vec!["AWS::S3::Object", "AWS::SQS::Queue", "AWS::DynamoDB::Table"], 0..=3);
    let seen = (
        data,
        select(vec!["yes", "yes", "no"]),
        select(vec![true, true, false]),
        select(vec![90, 90, 40]),
    );
    let accessed = select(vec![
        json!({ "unknown": "denied" }),
        json!({ "s3": null, "dynamodb": null, "iam": null, "logs": "2026-11-01" }),
    ]);
    let boundary = prop::option::weighted(0.2, document());
    let policies = vec(document(), 1..3);
    let calls = vec(a_call(), 0..6);
    let unmapped = prop::bool::weighted(0.1);
    let users = (needs, prop::bool::weighted(0.4));
    (policies, boundary, calls, users, seen, accessed, unmapped).prop_map(
        |(policies, boundary, calls, (needs, shared), (data, reads, whole, days), accessed, unmapped)| {
            let named = |(at, document): (usize, Value)| {
                json!({ "name": format!("p{at}"), "origin": "inline", "document": document })
            };
            let policies: Vec<Value> = policies.into_iter().enumerate().map(named).collect();
            let mut users = vec![json!({ "arn": PAY, "needs": needs })];
            users.extend(shared.then(|| user(REFUND)));
            let boundary = boundary.map(|document| named((9, document)));
            let coverage = json!({ "eu-west-1": { "days": days, "reads": reads, "writes": "yes", "data": data } });
            let mut world = World::new("")
                .role("policies", json!(policies))
                .role("boundary", json!(boundary))
                .users(json!(users))
                .usage("coverage", coverage)
                .usage("all_regions", json!(whole))
                .usage("last_accessed", accessed);
            world.calls.extend(calls.iter().map(|text| call(text)));
            if unmapped {
                world.calls.push(call("code ok s3.amazonaws.com:NewThing eu-west-1 ? pay"));
            }
            world
        },
    )
}

/// The policies of a role, of today or proposed, as [`decide`] hears them.
struct Heard<'a> {
    identity: Vec<Named<'a>>,
    boundary: Option<Named<'a>>,
    /// The identity's, with those actions alone that match the name.
    of_action: RefCell<BTreeMap<String, Vec<Policy>>>,
}

impl<'a> Heard<'a> {
    fn of(role: &'a Role, proposal: Option<&'a Proposal>) -> Self {
        let named = |policy: &'a NamedPolicy| (policy.name.as_str(), &policy.document);
        let today = role.policies.known().unwrap();
        let identity = match proposal {
            None => today.iter().map(named).collect(),
            Some(proposal) => {
                proposal.policies.iter().map(|p| (p.name.as_str(), &p.document)).collect()
            }
        };
        let boundary = role.boundary.known().unwrap().as_ref().map(named);
        Self { identity, boundary, of_action: RefCell::default() }
    }

    fn allows(&self, action: &str, resource: &str, told: &[(&str, &str)]) -> bool {
        let caller = Caller::new("arn:aws:iam::111122223333:role/service/pay");
        let keys = Keys::new(&caller, resource).with_all(told.iter().copied());
        let context = |key: &str| keys.get(key);
        let resource_account = Some("111122223333");
        let request = Request { caller, action, resource, resource_account, context: &context };
        let mut all = self.of_action.borrow_mut();
        let short = all.entry(action.to_owned()).or_insert_with(|| {
            self.identity.iter().map(|(_, policy)| short(policy, action)).collect()
        });
        let identity: Vec<Named<'_>> = short.iter().map(|policy| ("p", policy)).collect();
        let policies =
            Policies { identity: &identity, boundary: self.boundary, ..Policies::default() };
        let decision = decide(&request, &policies);
        assert!(!matches!(decision, Decision::Unknown { .. }), "{action} {resource}: {decision:?}");
        decision.is_allowed()
    }
}

/// A policy without the names and patterns of other actions, which say nothing of this one.
fn short(policy: &Policy, action: &str) -> Policy {
    let mut policy = policy.clone();
    for statement in &mut policy.statements {
        if let Actions::Only(list) = &mut statement.actions {
            list.retain(|text| Pattern::action(text).matches(action));
        }
    }
    policy.statements.retain(|s| !matches!(&s.actions, Actions::Only(list) if list.is_empty()));
    policy
}

/// Every request that is tried.
fn requests()
-> impl Iterator<Item = (&'static str, &'static str, &'static [(&'static str, &'static str)])> {
    let pairs = REQUESTS.iter().flat_map(|(action, on)| on.iter().map(move |arn| (*action, *arn)));
    pairs.flat_map(|(action, arn)| CONTEXTS.iter().map(move |told| (action, arn, *told)))
}

/// The role with the proposal in place of its policies.
fn applied(role: &Role, proposal: &Proposal) -> Role {
    let policies = proposal.policies.iter().map(|policy| NamedPolicy {
        name: policy.name.clone(),
        origin: match policy.place {
            Place::Inline => Origin::Inline,
            Place::Managed => {
                Origin::Managed(format!("arn:aws:iam::111122223333:policy/{}", policy.name))
            }
        },
        // Read back from what would be sent.
        document: Policy::parse(&serde_json::to_string(&policy.document).unwrap()).unwrap(),
        changed: None,
    });
    Role { policies: model::Fact::Known(policies.collect()), ..role.clone() }
}

fn looked_at(world: &World, look: impl Fn(&Role, &Judgement<'_>, &[RoleUser], &RoleUsage)) {
    let (role, users, usage) = world.read();
    let judgement = judge(&role, &users, &usage, &world.settings).unwrap();
    look(&role, &judgement, &users, &usage);
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = serde_json::to_string_pretty(&self.role["policies"]).unwrap();
        write!(
            f,
            "{text}\nboundary {}\nusers {}\nusage {}\n",
            self.role["boundary"], self.users, self.usage
        )?;
        for call in &self.calls {
            writeln!(f, "{}", serde_json::to_string(call).unwrap())?;
        }
        Ok(())
    }
}

fn never_widens(role: &Role, proposal: &Proposal) {
    let (today, then) = (Heard::of(role, None), Heard::of(role, Some(proposal)));
    for (action, arn, told) in requests() {
        let widened = !today.allows(action, arn, told) && then.allows(action, arn, told);
        assert!(!widened, "{action} {arn} {told:?}: {}", text(proposal));
    }
    // What was text before 2012 has to be written otherwise: nothing that the proof knows.
    let is_text = |(_, policy): &Named<'_>| {
        policy.version == iam::Version::V2008
            && serde_json::to_string(policy).unwrap().contains("${")
    };
    if !today.identity.iter().any(is_text) {
        subset(&then.identity, &today.identity)
            .unwrap_or_else(|w| panic!("{w}: {}", text(proposal)));
    }
}

fn text(proposal: &Proposal) -> String {
    serde_json::to_string_pretty(proposal).unwrap()
}

/// Whether an action must stay on whatever it is granted on, by its verdict.
fn stays_whole(judgement: &Judgement<'_>, action: &str) -> bool {
    let id = Name::Known(ActionId::find(action).unwrap());
    judgement.actions.iter().any(|judged| {
        let whole =
            matches!(judged.verdict, Verdict::Unverifiable { .. } | Verdict::AttemptedDenied);
        judged.action == id && whole
    })
}

fn keeps_what_is_used(
    role: &Role,
    judgement: &Judgement<'_>,
    usage: &RoleUsage,
    proposal: &Proposal,
) {
    let (today, then) = (Heard::of(role, None), Heard::of(role, Some(proposal)));
    let kept = |action: &str, arn: &str, told: &[(&str, &str)], why: &str| {
        let lost = today.allows(action, arn, told) && !then.allows(action, arn, told);
        assert!(!lost, "{why}: {action} {arn} {told:?}: {}", text(proposal));
    };
    for call in usage.calls.iter().filter(|call| call.kind != model::CallKind::Granted) {
        let Some(action) = &call.action else { continue };
        // A resource that is not known may be any of those.
        let all = REQUESTS.iter().find(|(known, _)| known == action).unwrap().1;
        let named = all.iter().filter(|arn| call.on.unknown || call.on.arns.contains(**arn));
        let unnamed = call.on.arns.is_empty().then_some(&"*");
        for arn in named.chain(unnamed) {
            for told in CONTEXTS {
                let mut told = told.to_vec();
                told.retain(|(key, _)| *key != "aws:RequestedRegion");
                told.push(("aws:RequestedRegion", &call.region));
                kept(action, arn, &told, "called");
            }
        }
    }
    for need in &judgement.needs {
        for told in CONTEXTS {
            let arn = need.on.replace('*', "log-stream:x");
            kept(&need.action.to_string(), if need.on == "*" { "*" } else { &arn }, told, "needed");
        }
    }
    for (action, arn, told) in requests().filter(|(action, ..)| stays_whole(judgement, action)) {
        kept(action, arn, told, "unverifiable or denied");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, max_shrink_iters: 200, failure_persistence: None, ..Default::default() })]

    /// Neither by the requests that are tried, nor by proof, of what AWS will invent as well.
    #[test]
    fn a_proposal_never_allows_what_today_is_not(world in scene()) {
        looked_at(&world, |role, judgement, _, _| {
            never_widens(role, &propose(role, judgement).unwrap());
            for own in own_roles(role, judgement).unwrap() {
                never_widens(role, &own.proposal);
            }
        });
    }

    #[test]
    fn a_proposal_allows_what_was_used_needed_denied_or_cannot_be_told(world in scene()) {
        looked_at(&world, |role, judgement, _, usage| {
            keeps_what_is_used(role, judgement, usage, &propose(role, judgement).unwrap());
        });
    }

    #[test]
    fn a_proposal_proposes_itself(world in scene()) {
        looked_at(&world, |role, judgement, users, usage| {
            let first = propose(role, judgement).unwrap();
            if first.warnings.iter().any(|warning| matches!(warning, Warning::TooLarge { .. })) {
                return; // IAM would not take it.
            }
            let role = applied(role, &first);
            let judgement = judge(&role, users, usage, &Settings { ..world.settings.clone() }).unwrap();
            let second = propose(&role, &judgement).unwrap();
            let documents = |p: &Proposal| p.policies.iter().map(|p| p.document.clone()).collect::<Vec<_>>();
            assert_eq!(documents(&first), documents(&second), "{}\n{}", text(&first), text(&second));
            assert!(!second.changes, "{}\n{}", text(&first), text(&second));
        });
    }
}
