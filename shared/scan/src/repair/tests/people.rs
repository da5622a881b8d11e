//! What people do meanwhile, and what must not be repaired.

use super::{cases, guards, scene, world::FUNCTION, *};
use crate::{Note, Workflow};

/// Planned, and the grace is over.
async fn planned(rule: &str) -> (World, Us, Order) {
    let (world, mender, order) = scene(&case(rule)).await;
    let Planned::Planned { wait, .. } = mender.plan(&order).await.unwrap() else { panic!() };
    assert!(wait > 23 * 3600, "{wait}");
    world::wait(wait / 3600 + 1);
    (world, mender, order)
}

fn cancelled(applied: Applied) -> String {
    let Applied::Cancelled { why } = applied else { panic!("{applied:?}") };
    why
}

fn stale(applied: Applied) -> String {
    let Applied::Stale { why } = applied else { panic!("{applied:?}") };
    why
}

#[tokio::test]
async fn an_exemption_tag_set_during_the_grace_period_calls_it_off() {
    let (world, mender, order) = planned("tracing-off").await;
    let before = world.with(|it| it.slots.clone());
    let value = "until=2026-12-31 by=payments".to_owned();
    world.with(|it| it.tags.as_mut().unwrap().insert("warden:allow:tracing-off".into(), value));
    let why = cancelled(mender.apply(&order.repair).await.unwrap());
    assert_eq!(why, "it is exempt until 2026-12-31 by `warden:allow:tracing-off`");
    assert_eq!(world.with(|it| it.slots.clone()), before);
    assert!(world.note("tracing-off").contains("nothing was changed"));
    // Once more is once more nothing.
    assert_eq!(cancelled(mender.apply(&order.repair).await.unwrap()), why);
}

#[tokio::test]
async fn a_finding_suppressed_during_the_grace_period_calls_it_off_and_keeps_its_note() {
    let (world, mender, order) = planned("tracing-off").await;
    world.with(|it| {
        let held = it.findings.get_mut(&order.finding).unwrap();
        held.workflow = Workflow::Suppressed;
        held.note = Some(Note { text: "we know".into(), by: "ann".into() });
    });
    assert_eq!(cancelled(mender.apply(&order.repair).await.unwrap()), "the finding is suppressed");
    assert_eq!(world.note("tracing-off"), "we know");
}

#[tokio::test]
async fn tags_that_cannot_be_read_stop_every_repair() {
    for case in cases::all() {
        let (world, mender, order) = scene(&case).await;
        world.with(|it| it.tags = None);
        let Planned::Refused { why } = mender.plan(&order).await.unwrap() else { panic!() };
        assert!(why.starts_with("the function's tags cannot be read"), "{why}");
        world.with(|it| it.tags = Some(Default::default()));
        let Planned::Planned { wait, .. } = mender.plan(&order).await.unwrap() else { panic!() };
        world::wait(wait / 3600 + 1);
        world.with(|it| it.tags = None);
        let why = cancelled(mender.apply(&order.repair).await.unwrap());
        assert!(why.starts_with("the function's tags cannot be read"), "{why}");
    }
}

/// A role is of all the functions that have it.
#[tokio::test]
async fn who_has_the_same_role_is_heard_too() {
    let other: model::FunctionArn =
        "arn:aws:lambda:eu-west-1:111122223333:function:ledger".parse().unwrap();
    let tag = "warden:allow:role-permission-unused".to_owned();
    let exempt: std::collections::BTreeMap<_, _> =
        [(tag, "until=2026-12-31 by=books".to_owned())].into();
    type Act = (&'static str, Box<dyn Fn(&mut world::Inner)>);
    let acts: [Act; 3] = [
        ("it is exempt until 2026-12-31", {
            let other = other.clone();
            Box::new(move |it| drop(it.beside.insert(other.clone(), Some(exempt.clone()))))
        }),
        ("the function's tags cannot be read", {
            let other = other.clone();
            Box::new(move |it| drop(it.beside.insert(other.clone(), None)))
        }),
        ("the finding is suppressed", {
            let id = format!("{}/role-permission-unused", other.as_str());
            Box::new(move |it| it.findings.get_mut(&id).unwrap().workflow = Workflow::Suppressed)
        }),
    ];
    for (why, act) in &acts {
        for in_grace in [false, true] {
            let (world, mender, order) = scene(&case("role-permission-unused")).await;
            world.with(|it| drop(it.beside.insert(other.clone(), Some(Default::default()))));
            let round = mender.warden.look(std::slice::from_ref(&other), world::clock()).await;
            mender.warden.publish(&crate::Place::of(&other), round).await.unwrap();
            let before = world.with(|it| it.slots.clone());
            if in_grace {
                let planned = mender.plan(&order).await.unwrap();
                let Planned::Planned { wait, .. } = planned else { panic!("{planned:?}") };
                world::wait(wait / 3600 + 1);
                world.with(act);
                stale(mender.apply(&order.repair).await.unwrap());
            } else {
                world.with(act);
            }
            let planned = mender.plan(&order).await.unwrap();
            let Planned::Refused { why: refused } = &planned else { panic!("{planned:?}") };
            assert!(refused.starts_with("`ledger` has the role too: "), "{refused}");
            assert!(refused.contains(why), "{refused}");
            assert_eq!(world.with(|it| it.slots.clone()), before);
        }
    }
    // Nobody objects.
    let (world, mender, order) = scene(&case("role-permission-unused")).await;
    world.with(|it| drop(it.beside.insert(other, Some(Default::default()))));
    let planned = mender.plan(&order).await.unwrap();
    assert!(matches!(planned, Planned::Planned { .. }), "{planned:?}");
}

#[tokio::test]
async fn a_plan_older_than_its_limit_is_made_anew() {
    let (world, mender, order) = planned("tracing-off").await;
    world::wait(24);
    assert_eq!(stale(mender.apply(&order.repair).await.unwrap()), "the plan is too old");
    let Planned::Planned { wait, .. } = mender.plan(&order).await.unwrap() else { panic!() };
    world::wait(wait / 3600 + 1);
    assert_eq!(mender.apply(&order.repair).await.unwrap(), Applied::Applied);
    assert_eq!(guards(&world), 1);
}

#[tokio::test]
async fn a_repair_during_a_deployment_is_planned_anew() {
    let (world, mender, order) = planned("policy-public").await;
    let slot = Slot::Statement {
        function: FUNCTION.parse().unwrap(),
        qualifier: None,
        sid: "open".into(),
    };
    let statement = world.with(|it| it.slots[&slot].clone());
    // The deployment narrows one statement to an action, which is still open to anybody.
    let other = statement.replace("lambda:InvokeFunction", "lambda:GetFunction");
    world.with(|it| drop(it.slots.insert(slot.clone(), other.clone())));
    let why = stale(mender.apply(&order.repair).await.unwrap());
    assert!(why.contains("has changed since the plan"), "{why}");
    assert_eq!((guards(&world), world.with(|it| it.slots[&slot].clone())), (0, other.clone()));

    let Planned::Planned { wait, .. } = mender.plan(&order).await.unwrap() else { panic!() };
    world::wait(wait / 3600 + 1);
    assert_eq!(mender.apply(&order.repair).await.unwrap(), Applied::Applied);
    let repair = mender.repair(&order.repair).await.unwrap();
    let of_slot = repair.changes.iter().find(|change| change.slot == slot).unwrap();
    assert_eq!(of_slot.before.text(), Some(other.as_str()), "the image is of the deployment");
}

/// A deployment between two writes: what was written goes, what is theirs stays.
#[tokio::test]
async fn a_change_between_two_writes_takes_back_what_was_written() {
    let puts = {
        let (world, mender, order) = planned("role-permission-unused").await;
        let begun = world.with(|it| it.calls.len());
        mender.apply(&order.repair).await.unwrap();
        world.with(|it| it.calls[begun..].iter().position(|call| call == "put").unwrap() + 1)
    };
    let (world, mender, order) = planned("role-permission-unused").await;
    let (old, begun) = world.with(|it| (it.slots.clone(), it.calls.len()));
    // Killed after its first write.
    world.with(|it| it.fault = Some((begun + puts, world::Fault::After)));
    mender.apply(&order.repair).await.unwrap_err();
    let theirs = r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned();
    world.with(|it| drop(it.slots.insert(cases::role("mixed"), theirs.clone())));
    let why = stale(mender.apply(&order.repair).await.unwrap());
    assert_eq!(why, "the inline policy `mixed` of `runs-pay` has changed since the plan");
    let mut expected = old;
    expected.insert(cases::role("mixed"), theirs);
    assert_eq!(world.with(|it| it.slots.clone()), expected);
    assert_eq!(guards(&world), 0);
}

#[tokio::test]
async fn two_repairs_of_one_role_do_not_meet() {
    let case = case("role-permission-unused");
    let (world, mender, first) = scene(&case).await;
    let second = Order::on_request(&first.finding, "somebody else", "2");
    for order in [&first, &second] {
        let planned = mender.plan(order).await.unwrap();
        assert!(matches!(planned, Planned::Planned { .. }), "{planned:?}");
    }
    world::wait(25);
    // Asked for on request, the second may begin at once, and does.
    let again = mender.plan(&second).await.unwrap();
    assert!(matches!(again, Planned::Planned { .. }), "{again:?}");
    assert_eq!(mender.apply(&second.repair).await.unwrap(), Applied::Applied);
    let done = world.with(|it| it.slots.clone());
    let why = match mender.apply(&first.repair).await.unwrap() {
        Applied::Cancelled { why } | Applied::Stale { why } => why,
        Applied::Applied => panic!("both"),
    };
    assert!(!why.is_empty());
    assert_eq!(world.with(|it| it.slots.clone()), done);
    // The guard is the second's still, and a third is told so.
    let third = Order::on_request(&first.finding, "a third", "3");
    world.with(|it| drop(it.slots.insert(cases::role("late"), WIDER.into())));
    world.publish(&mender).await;
    let Planned::Refused { why } = mender.plan(&third).await.unwrap() else { panic!() };
    assert_eq!(
        why,
        format!("the repair {} of the same is under way; take it back, or wait", second.repair)
    );
}

const WIDER: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"secretsmanager:TagResource","Resource":"*"}]}"#;

/// Both passed the look at the guard; one of them puts it up.
#[tokio::test]
async fn of_two_repairs_that_begin_together_one_gives_way() {
    let (world, mender, order) = planned("tracing-off").await;
    let repair = mender.repair(&order.repair).await.unwrap();
    let theirs = Guard { repair: "another".into(), ..repair.guard(world::clock()) };
    let key = format!("guards/{}.json", repair.subject());
    world.with(|it| it.files.insert(key.clone(), serde_json::to_vec(&theirs).unwrap()));
    let why = cancelled(mender.apply(&order.repair).await.unwrap());
    assert_eq!(why, "the repair another of the same is under way");
    let standing: Guard = world.with(|it| serde_json::from_slice(&it.files[&key]).unwrap());
    assert_eq!(standing.repair, "another", "their guard stands");
}

#[tokio::test]
async fn what_somebody_changed_since_the_repair_is_left_to_him_and_named() {
    let (world, mender, order) = planned("tracing-off").await;
    mender.apply(&order.repair).await.unwrap();
    let slot = Slot::Tracing { function: FUNCTION.parse().unwrap() };
    world.with(|it| drop(it.slots.insert(slot.clone(), "Something".into())));
    let back = Order { action: Action::RollBack, reason: None, ..order };
    let left = mender.roll_back(&back).await.unwrap();
    let RolledBack::Left { what } = left else { panic!("{left:?}") };
    assert_eq!(what, ["changed by others since: tracing of `pay`"]);
    assert_eq!(world.with(|it| it.slots[&slot].clone()), "Something");
    assert!(world.note("tracing-off").contains("as far as possible"));
}

/// Each world differs from one that is repaired by one thing.
#[tokio::test]
async fn what_must_not_be_repaired_is_refused_with_the_reason() {
    let role = "role-permission-unused";
    type Change = fn(&World, &mut Us, &mut Order);
    let changes: Vec<(&str, &str, Change)> = vec![
        (role, "others than Lambda may assume the role", |world, _, _| {
            let trust = r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com","ec2.amazonaws.com"]},"Action":"sts:AssumeRole"}]}"#;
            world.with(|it| it.trust = Some(iam::Policy::parse(trust).unwrap()));
        }),
        (role, "others than Lambda may assume the role", |world, _, _| {
            let trust = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}"#;
            world.with(|it| it.trust = Some(iam::Policy::parse(trust).unwrap()));
        }),
        (role, "functions of another Region share the role", |world, _, _| {
            let other = FUNCTION.replace("eu-west-1", "us-east-1").parse().unwrap();
            world.with(|it| it.elsewhere = vec![other]);
        }),
        (role, "Access Analyzer objects: new access", |world, _, _| {
            world.with(|it| it.advice = Some(Advice::Against("new access".into())));
        }),
        (role, "it is a role of ours", |_, mender, _| mender.ours = "runs-".into()),
        ("tracing-off", "it is a function of ours", |_, mender, _| mender.ours = "pay".into()),
        ("tracing-off", "there is no such finding of ours", |world, _, _| {
            world.with(|it| it.findings.clear());
        }),
        ("tracing-off", "the finding is archived", |world, _, order| {
            world.with(|it| it.findings.get_mut(&order.finding).unwrap().finding.archived = true);
        }),
        ("tracing-off", "it is no finding of ours about a function", |_, _, order| {
            order.finding = "arn:aws:securityhub:eu-west-1::product/other/1/tracing-off".into();
        }),
        ("tracing-off", "the baseline does not let `tracing-off` be repaired", |_, mender, _| {
            mender.warden.baseline.rules.clear();
        }),
        (
            "tracing-off",
            "the baseline lets `tracing-off` be repaired on request only",
            |_, mender, _| {
                let set = mender.warden.baseline.rules.get_mut("tracing-off").unwrap();
                set.repair = Some(RepairMode::OnRequest);
            },
        ),
        ("tracing-off", "the role may not send traces", |world, _, _| {
            world.with(|it| it.slots.retain(|slot, _| slot.role().is_none()));
        }),
        ("failure-path-missing", "the role may not `sqs:SendMessage`", |world, _, _| {
            world.with(|it| it.slots.retain(|slot, _| slot.role().is_none()));
        }),
        (
            "log-retention-unset",
            "it would not satisfy the rule: RetentionInDays: `/aws/lambda/pay` keeps logs for 14 days, less than 180",
            |_, mender, _| mender.warden.baseline.repair.log_retention_days = 14,
        ),
        ("policy-public", "could not be put back: a condition", |world, _, _| {
            world.with(|it| it.irreversible = Some("a condition".into()));
        }),
    ];
    for (rule, expected, change) in changes {
        let (world, mut mender, mut order) = scene(&case(rule)).await;
        change(&world, &mut mender, &mut order);
        let after = world.with(|it| it.slots.clone());
        let planned = mender.plan(&order).await.unwrap();
        let Planned::Refused { why } = &planned else { panic!("{rule} {expected}: {planned:?}") };
        assert!(why.contains(expected), "{rule}: {why}");
        assert_eq!(world.with(|it| it.slots.clone()), after, "{rule} {expected}");
        assert!(world.with(|it| it.files.is_empty()), "{rule} {expected}");
    }
}

#[tokio::test]
async fn where_there_is_nothing_to_repair_nothing_is_planned() {
    type Change = fn(&World);
    let changes: Vec<(&str, Change)> = vec![
        ("the function is gone", |world| world.with(|it| it.gone = true)),
        ("the defect is gone", |world| {
            let slot = Slot::Tracing { function: FUNCTION.parse().unwrap() };
            world.with(|it| drop(it.slots.insert(slot, "Active".into())));
        }),
    ];
    for (expected, change) in changes {
        let (world, mender, order) = scene(&case("tracing-off")).await;
        change(&world);
        assert_eq!(mender.plan(&order).await.unwrap(), Planned::Nothing { why: expected.into() });
    }
}

#[tokio::test]
async fn what_was_taken_back_is_not_repaired_again_by_itself() {
    let (world, mender, order) = planned("tracing-off").await;
    mender.apply(&order.repair).await.unwrap();
    let back = Order { action: Action::RollBack, reason: None, ..order.clone() };
    mender.roll_back(&back).await.unwrap();
    let Planned::Refused { why } = mender.plan(&order).await.unwrap() else { panic!() };
    assert!(why.starts_with("it was tried and taken back"), "{why}");
    let anew = Order::on_request(&order.finding, "somebody", "2");
    assert!(matches!(mender.plan(&anew).await.unwrap(), Planned::Planned { wait: 0, .. }));
    assert_eq!(guards(&world), 0);
}

#[tokio::test]
async fn the_same_state_is_ordered_once_and_another_anew() {
    let (world, mender, _) = scene(&case("role-permission-unused")).await;
    let orders = async || {
        let function = FUNCTION.parse().unwrap();
        let round = mender.warden.look(&[function], world::clock()).await;
        due(&round.judged[0], |rule| mender.warden.baseline.repair_mode(rule))
    };
    let first = orders().await;
    let finding = format!("{FUNCTION}/role-permission-unused");
    assert_eq!(first.iter().map(|order| &order.finding).collect::<Vec<_>>(), [&finding]);
    world::wait(24);
    assert_eq!(orders().await, first, "another night");
    world::wait(6 * 24);
    let [later] = orders().await.try_into().unwrap();
    assert_eq!(later.repair, first[0].repair, "another week");
    assert_ne!(later.name(), first[0].name(), "what stood in its way may have passed");
    world.with(|it| drop(it.slots.insert(cases::role("late"), WIDER.into())));
    assert_ne!(orders().await[0].repair, first[0].repair, "another policy");
    world.with(|it| it.tags = None);
    assert_eq!(orders().await, [], "nobody could object");
    let name = first[0].name();
    assert!(name.len() <= 80 && name.starts_with("repair-"), "{name}");
}

/// The order of another week does not move a plan whose grace is running.
#[tokio::test]
async fn a_plan_that_waits_is_not_planned_again_by_another_order() {
    let (world, mender, order) = scene(&case("tracing-off")).await;
    let later = Order { request: Some("2026-W49".into()), ..order.clone() };
    mender.plan(&order).await.unwrap();
    let planned = mender.repair(&order.repair).await.unwrap();
    world::wait(12);
    let again = mender.plan(&later).await.unwrap();
    let Planned::Nothing { why } = &again else { panic!("{again:?}") };
    assert!(why.starts_with("it is planned already, to be made at 2026-11-24"), "{why}");
    assert_eq!(mender.repair(&order.repair).await.unwrap(), planned);
    // The same order may be carried out twice: its answer may have been lost.
    let again = mender.plan(&order).await.unwrap();
    assert!(matches!(again, Planned::Planned { .. }), "{again:?}");
    // Nobody came to make it.
    world::wait(24 * 7);
    let again = mender.plan(&later).await.unwrap();
    assert!(matches!(again, Planned::Planned { .. }), "{again:?}");
    assert_eq!(world.with(|it| it.findings.len()), 1);
}

/// AWS's own opinion is asked of each policy; without it the plan stands, and says so.
#[tokio::test]
async fn the_plan_says_where_access_analyzer_said_nothing() {
    for (advice, expected) in [(Some(Advice::Fine), false), (None, true)] {
        let (world, mender, order) = scene(&case("role-permission-unused")).await;
        world.with(|it| it.advice = advice);
        let Planned::Planned { summary, .. } = mender.plan(&order).await.unwrap() else { panic!() };
        let said = "Access Analyzer did not say (advise unreachable)";
        assert_eq!(summary.contains(said), expected, "{summary}");
        assert_eq!(world.note("role-permission-unused").contains(said), expected, "{summary}");
    }
}
