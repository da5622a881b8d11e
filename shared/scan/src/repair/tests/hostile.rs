//! What was not foreseen: things that went and came back, files and events that others wrote.

use serde_json::{Value, json};

use super::{
    all_tasks, case, cases, guards, scene,
    world::{FUNCTION, ROLE},
    *,
};

async fn ordered(mender: &Us) -> Vec<Order> {
    let round = mender.warden.look(&[FUNCTION.parse().unwrap()], world::clock()).await;
    due(&round.judged[0], |rule| mender.warden.baseline.repair_mode(rule))
}

/// A function's revision moves with a repair and with its way back; that alone is no news.
#[tokio::test]
async fn the_next_night_does_not_repeat_what_was_taken_back() {
    for case in cases::all() {
        let (world, mender, order) = scene(&case).await;
        if order.mode != RepairMode::Auto {
            continue;
        }
        let [order] = ordered(&mender).await.try_into().unwrap();
        all_tasks(&mender, &order).await.unwrap();
        mender.roll_back(&back(&order)).await.unwrap();
        let slots = world.with(|it| it.slots.clone());
        world::wait(24);
        for again in ordered(&mender).await {
            let planned = mender.plan(&again).await.unwrap();
            let Planned::Refused { why } = &planned else { panic!("{}: {planned:?}", case.rule) };
            assert!(why.starts_with("it was tried and taken back"), "{}: {why}", case.rule);
        }
        assert_eq!(world.with(|it| it.slots.clone()), slots, "{}", case.rule);
        // Whoever asks for it gets it.
        let asked = Order::on_request(&order.finding, "ann", "2");
        let planned = mender.plan(&asked).await.unwrap();
        assert!(matches!(planned, Planned::Planned { .. }), "{}: {planned:?}", case.rule);
    }
}

/// Somebody tidied up a policy that nothing had any more, or wrote a new one of the old name.
#[tokio::test]
async fn a_role_is_never_left_with_neither_the_old_nor_the_new() {
    let shared = Slot::ManagedPolicy { policy: "arn:aws:iam::111122223333:policy/shared".into() };
    let hotfix = r#"{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#;
    for (theirs, slot, text) in
        [("`shared`", shared, None), ("`mixed`", cases::role("mixed"), Some(hotfix.to_owned()))]
    {
        let (world, mender, order) = scene(&case("role-permission-unused")).await;
        let before = world.with(|it| it.slots.clone());
        all_tasks(&mender, &order).await.unwrap();
        let ours = world.with(|it| {
            let mut ours = it.slots.clone();
            ours.retain(|slot, _| !before.contains_key(slot));
            match text {
                Some(text) => drop(it.slots.insert(slot, text)),
                None => drop(it.slots.remove(&slot)),
            }
            ours
        });
        assert!(!ours.is_empty());
        for _ in 0..2 {
            let left = mender.roll_back(&back(&order)).await.unwrap();
            let RolledBack::Left { what } = &left else { panic!("{theirs}: {left:?}") };
            assert!(what[0].contains(theirs), "{what:?}");
            assert!(what[0].contains("kept, so that the role is not left without"), "{what:?}");
        }
        let stands = world.with(|it| it.slots.clone());
        assert!(ours.iter().all(|(slot, text)| stands.get(slot) == Some(text)), "{theirs}");
        let basic = "arn:aws:iam::aws:policy/Basic".into();
        let basic = Slot::Attachment { role: ROLE.into(), policy: basic };
        assert!(stands.contains_key(&basic), "{theirs}: what can come back does");
        assert_eq!(guards(&world), 0, "{theirs}");
    }
}

/// Killed when all was written and before it was noted; then somebody writes one of the old policies.
#[tokio::test]
async fn a_role_is_not_left_with_less_by_a_run_that_comes_after() {
    let (world, mender, order) = scene(&case("role-permission-unused")).await;
    let Planned::Planned { wait, .. } = mender.plan(&order).await.unwrap() else { panic!() };
    world::wait(wait / 3600 + 1);
    let before = world.with(|it| it.slots.clone());
    let begun = world.with(|it| it.calls.len());
    mender.apply(&order.repair).await.unwrap();
    let written = world.with(|it| it.calls[begun..].iter().rposition(|call| call == "put"));

    let (world, mender, order) = scene(&case("role-permission-unused")).await;
    mender.plan(&order).await.unwrap();
    world::wait(wait / 3600 + 1);
    world.with(|it| it.fault = Some((begun + written.unwrap() + 1, world::Fault::After)));
    mender.apply(&order.repair).await.unwrap_err();
    let hotfix = r#"{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#;
    world.with(|it| drop(it.slots.insert(cases::role("mixed"), hotfix.into())));
    let applied = mender.apply(&order.repair).await.unwrap();
    let Applied::Cancelled { why } = &applied else { panic!("{applied:?}") };
    assert!(why.contains("`mixed`") && why.contains("kept, so that the role"), "{why}");
    let stands = world.with(|it| it.slots.clone());
    let ours = |slot: &&Slot| slot.role().is_some() && !before.contains_key(slot);
    assert_ne!(stands.keys().filter(ours).count(), 0, "what it was given stays");
    let gone: Vec<_> = before.keys().filter(|slot| !stands.contains_key(slot)).collect();
    assert_eq!(gone, Vec::<&Slot>::new(), "what it had is back");
    assert_eq!(mender.repair(&order.repair).await.unwrap().stage, Stage::Left);
    assert_eq!(guards(&world), 0);
}

/// Its owner gave the new role what it should have.
#[tokio::test]
async fn a_role_that_was_made_anew_gets_none_of_the_old_policies() {
    let (world, mender, order) = scene(&case("role-permission-unused")).await;
    all_tasks(&mender, &order).await.unwrap();
    world.with(|it| {
        it.role_id = "AROASECOND".into();
        it.slots.retain(|slot, _| slot.role().is_none());
    });
    let slots = world.with(|it| it.slots.clone());
    let left = mender.roll_back(&back(&order)).await.unwrap();
    assert!(matches!(left, RolledBack::Left { .. }), "{left:?}");
    assert_eq!(world.with(|it| it.slots.clone()), slots);
    assert!(world.note("role-permission-unused").contains("as far as possible"));
    assert_eq!(guards(&world), 0);
}

#[tokio::test]
async fn a_role_that_was_made_anew_since_the_plan_is_planned_anew() {
    let (world, mender, order) = scene(&case("role-permission-unused")).await;
    let Planned::Planned { wait, .. } = mender.plan(&order).await.unwrap() else { panic!() };
    world::wait(wait / 3600 + 1);
    let slots = world.with(|it| {
        it.role_id = "AROASECOND".into();
        it.slots.clone()
    });
    let applied = mender.apply(&order.repair).await.unwrap();
    let why = "the role was made anew since the plan".to_owned();
    assert_eq!(applied, Applied::Stale { why });
    assert_eq!(world.with(|it| it.slots.clone()), slots);
}

/// Plans are files: who can write one must not thereby write anything else.
#[tokio::test]
async fn a_plan_that_we_did_not_write_is_not_carried_out() {
    let admin = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let policy = |role: &str, name: &str, before: Value, after: Value| json!([{ "slot": { "slot": "role-policy", "role": role, "name": name }, "before": before, "after": after }]);
    let other = FUNCTION.replace("pay", "other");
    let own = "arn:aws:iam::111122223333:role/lambda-warden-reader";
    let forgeries: Vec<(&str, Value)> = vec![
        ("/id", json!("0000000000000000")),
        ("/rule", json!("url-public")),
        ("/function", json!(other)),
        ("/finding", json!(format!("{other}/role-permission-unused"))),
        ("/changes", policy(ROLE, "new", json!(null), json!(admin))),
        ("/changes", policy(&ROLE.replace("1111", "9999"), "x", json!(admin), json!(null))),
        ("/changes", policy(own, "x", json!(admin), json!(null))),
        (
            "/changes",
            json!([{ "slot": { "slot": "url", "function": other, "qualifier": null }, "before": "NONE", "after": "AWS_IAM" }]),
        ),
        (
            "/changes",
            json!([{ "slot": { "slot": "managed-policy", "policy": "arn:aws:iam::111122223333:policy/theirs" }, "before": null, "after": admin }]),
        ),
        // One change that is as it should be, and one of another role; a policy of AWS's attached.
        (
            "/changes",
            json!([
                policy(ROLE, "x", json!(admin), json!(null))[0],
                policy(own, "x", json!(admin), json!(null))[0]
            ]),
        ),
        (
            "/changes",
            json!([{ "slot": { "slot": "attachment", "role": ROLE, "policy": "arn:aws:iam::aws:policy/AdministratorAccess" }, "before": null, "after": ATTACHED }]),
        ),
        ("/role-id", json!(null)),
        ("/stage", json!("done")),
        ("", json!("no plan")),
    ];
    for (place, forged) in forgeries {
        for stage in ["planned", "applying", "verified"] {
            let (world, mender, order) = scene(&case("role-permission-unused")).await;
            mender.plan(&order).await.unwrap();
            world::wait(25);
            let key = format!("repairs/{}.json", order.repair);
            world.with(|it| {
                let mut plan: Value = serde_json::from_slice(&it.files[&key]).unwrap();
                plan["stage"] = json!(stage);
                *plan.pointer_mut(place).unwrap() = forged.clone();
                it.files.insert(key.clone(), serde_json::to_vec(&plan).unwrap());
            });
            let slots = world.with(|it| it.slots.clone());
            let id = &order.repair;
            let failed =
                |error: PortError| assert_eq!(error.kind, Kind::Failed, "{place} {forged}");
            failed(mender.apply(id).await.unwrap_err());
            failed(mender.verify(id).await.unwrap_err());
            failed(mender.watch(id).await.unwrap_err());
            failed(mender.roll_back(&back(&order)).await.unwrap_err());
            assert_eq!(world.with(|it| it.slots.clone()), slots, "{place} {forged}");
            assert!(
                world.with(|it| !it.calls.iter().any(|call| call == "put")),
                "{place} {forged}"
            );
        }
    }
}

#[tokio::test]
async fn the_id_of_a_repair_leads_to_no_other_file() {
    let (world, mender, order) = scene(&case("tracing-off")).await;
    mender.plan(&order).await.unwrap();
    for id in ["", "../guards/x", "of/0123456789abcdef", "0123456789ABCDEFG", "0123456789abcde/"] {
        let begun = world.with(|it| it.calls.len());
        assert_eq!(mender.repair(id).await.unwrap_err().kind, Kind::Failed, "{id}");
        assert_eq!(world.with(|it| it.calls.len()), begun, "{id}: no file was read");
    }
}

/// A function that fails a thousand times a minute is told of once.
#[tokio::test]
async fn many_denied_calls_are_one_way_back_an_hour() {
    let (world, mender, _) = scene(&case("role-permission-unused")).await;
    let order = super::order(&case("role-permission-unused"));
    all_tasks(&mender, &order).await.unwrap();
    let name = async |minute: u32, hours: i64| {
        world::wait(hours);
        let time = format!("2026-11-25T08:{minute:02}:00Z");
        let denial =
            Denial::read(&super::watch::event("PutSecretValue", Some("AccessDenied"), &time));
        mender.heed(&denial.unwrap()).await.unwrap().unwrap().name()
    };
    let first = name(0, 0).await;
    assert_eq!(name(1, 0).await, first);
    let errors = |errors| world.with(|it| it.vitals = Vitals { invocations: 100.0, errors });
    errors(50.0);
    let (orders, _) = mender.patrol().await.unwrap();
    assert_eq!(orders[0].name(), first);
    assert_ne!(name(2, 1).await, first, "it may not have come to its end");
}

#[test]
fn a_denied_call_is_believed_of_aws_alone() {
    let sound = super::watch::event("PutSecretValue", Some("AccessDenied"), "2026-11-25T08:00:00Z");
    assert!(Denial::read(&sound).is_some());
    for (place, forged) in [
        ("/source", json!("my.app")),
        ("/source", json!(null)),
        ("/account", json!("999988887777")),
        ("/account", json!(null)),
        ("/detail/userIdentity/accountId", json!("999988887777")),
        (
            "/detail/userIdentity/sessionContext/sessionIssuer/arn",
            json!(ROLE.replace("1111", "9999")),
        ),
    ] {
        let mut event = sound.clone();
        *event.pointer_mut(place).unwrap() = forged.clone();
        assert_eq!(Denial::read(&event), None, "{place} {forged}");
    }
}

struct Stopped(Kind);

impl Executions for Stopped {
    async fn start(&self, name: &str, _: &str) -> Result<bool, PortError> {
        let source = "no executions today".into();
        Err(PortError {
            operation: "states:StartExecution",
            subject: name.into(),
            kind: self.0,
            source,
        })
    }
}

/// Whoever clicked looks at the finding.
#[tokio::test]
async fn what_could_not_be_started_is_told_on_the_finding() {
    let (world, mender, order) = scene(&case("tracing-off")).await;
    for (order, expected) in [
        (order.clone(), "could not be started, nothing was changed"),
        (
            Order::back(&order.repair, &order.finding, "ann", "1"),
            "could not be taken back yet, it stands",
        ),
    ] {
        for kind in [Kind::Denied, Kind::Throttled] {
            let (started, failed) = mender.start(&Stopped(kind), [order.clone()]).await;
            assert!(started.is_empty());
            assert_eq!(failed.iter().map(|error| error.kind).collect::<Vec<_>>(), [kind]);
            let note = world.note("tracing-off");
            assert!(note.contains(expected) && note.contains(&order.repair), "{note}");
        }
    }
    // A finding that is none of ours is nobody's trouble.
    let strange = Order::on_request("arn:aws:securityhub:eu-west-1::product/other/1/x", "ann", "1");
    let (_, failed) = mender.start(&Stopped(Kind::Denied), [strange]).await;
    assert_eq!(failed.len(), 1);
}

/// Of a log group, a function or a role that is gone there is nothing to put back.
#[tokio::test]
async fn what_is_gone_is_nothing_to_repair_and_nothing_to_take_back() {
    type Go = fn(&World);
    let gone: Vec<(&str, Go)> = vec![
        ("log-retention-unset", |world| world.with(|it| it.no_log_group = true)),
        ("log-retention-unset", |world| world.with(|it| it.gone = true)),
        ("url-public", |world| world.with(|it| it.gone = true)),
    ];
    for (rule, go) in gone {
        // Before the plan, in the grace period, and while it is watched.
        let (world, mender, order) = scene(&case(rule)).await;
        go(&world);
        let planned = mender.plan(&order).await.unwrap();
        assert!(matches!(planned, Planned::Nothing { .. }), "{rule}: {planned:?}");

        let (world, mender, order) = scene(&case(rule)).await;
        mender.plan(&order).await.unwrap();
        world::wait(25);
        go(&world);
        let applied = mender.apply(&order.repair).await.unwrap();
        assert!(
            matches!(applied, Applied::Cancelled { .. } | Applied::Stale { .. }),
            "{rule}: {applied:?}"
        );
        assert_eq!(guards(&world), 0, "{rule}");

        let (world, mender, order) = scene(&case(rule)).await;
        all_tasks(&mender, &order).await.unwrap();
        go(&world);
        assert_eq!(
            mender.roll_back(&back(&order)).await.unwrap(),
            RolledBack::RolledBack,
            "{rule}"
        );
        assert_eq!(guards(&world), 0, "{rule}");
    }
}

#[tokio::test]
async fn regions_that_were_not_looked_at_are_named() {
    let (_, mut mender, order) = scene(&case("role-permission-unused")).await;
    let remark = "functions of other Regions were not looked for, which may have the role too";
    for (regions, said) in [(vec!["eu-west-1".to_owned()], false), (vec![], true)] {
        mender.regions = regions;
        let Ok(repair) = mender.preview(&order).await.unwrap() else { panic!() };
        assert_eq!(repair.remarks.iter().any(|one| one == remark), said, "{:?}", repair.remarks);
    }
}
