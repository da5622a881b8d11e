//! Repairs against a cloud in memory.

mod cases;
mod crash;
mod hostile;
mod people;
mod races;
mod watch;
mod world;

use cases::Case;
use model::RepairMode;
use world::{FUNCTION, Us, World};

use super::*;

fn case(rule: &str) -> Case {
    cases::all().into_iter().find(|case| case.rule == rule).unwrap()
}

/// The function of a case with its finding published, and the order to repair it.
async fn scene(case: &Case) -> (World, Us, Order) {
    let world = World::new(case.slots.clone());
    let mut mender = world.mender(case.baseline);
    // The others would only take their time.
    for rule in rules::RULES.iter().filter(|rule| rule.id != case.rule) {
        mender.warden.baseline.rules.entry(rule.id.to_owned()).or_default().enabled = Some(false);
    }
    world.publish(&mender).await;
    (world, mender, order(case))
}

fn order(case: &Case) -> Order {
    let finding = format!("{FUNCTION}/{}", case.rule);
    let mut order = Order::on_request(&finding, "somebody", "1");
    order.mode = match rules::most_automatic(case.rule) {
        RepairMode::Auto => RepairMode::Auto,
        _ => RepairMode::OnRequest,
    };
    order
}

fn back(order: &Order) -> Order {
    Order { action: Action::RollBack, reason: Some("a test".into()), ..order.clone() }
}

/// As the state machine goes, for as long as nothing fails.
async fn all_tasks(mender: &Us, order: &Order) -> Result<(), PortError> {
    let planned = mender.plan(order).await?;
    let Planned::Planned { wait, .. } = &planned else { panic!("{planned:?}") };
    world::wait(wait / 3600 + 1);
    assert_eq!(mender.apply(&order.repair).await?, Applied::Applied);
    assert_eq!(mender.verify(&order.repair).await?, Verified::Verified);
    mender.watch(&order.repair).await?;
    Ok(())
}

#[test]
fn every_rule_that_can_be_repaired_has_a_case() {
    let tried: std::collections::BTreeSet<&str> = cases::all().iter().map(|one| one.rule).collect();
    let said = rules::REPAIRABLE.iter().map(|(rule, _)| *rule).collect();
    assert_eq!(tried, said);
}

#[tokio::test]
async fn every_repair_mends_and_is_taken_back() {
    for case in cases::all() {
        let (world, mender, order) = scene(&case).await;
        let before = world.with(|it| it.slots.clone());
        assert_eq!(world.finding(case.rule).unwrap().finding.status, crate::Status::Failed);
        all_tasks(&mender, &order).await.unwrap();
        let after = world.with(|it| it.slots.clone());
        assert_ne!(before, after, "{}", case.rule);
        let held = world.finding(case.rule).unwrap();
        assert_eq!(
            held.workflow == crate::Workflow::Resolved,
            held.finding.status == crate::Status::Passed,
            "{}",
            case.rule
        );
        assert_ne!(held.finding.status, crate::Status::Failed, "{}", case.rule);
        assert!(world.note(case.rule).contains("watched until"), "{}", world.note(case.rule));

        let back = Order { action: Action::RollBack, reason: Some("a test".into()), ..order };
        assert_eq!(mender.roll_back(&back).await.unwrap(), RolledBack::RolledBack);
        assert_eq!(world.with(|it| it.slots.clone()), before, "{}", case.rule);
        let held = world.finding(case.rule).unwrap();
        assert_eq!(held.finding.status, crate::Status::Failed, "{}", case.rule);
        assert!(world.note(case.rule).contains("everything is as it was before: a test"));
        assert_eq!(guards(&world), 0);
    }
}

fn guards(world: &World) -> usize {
    world.with(|it| it.files.keys().filter(|key| key.starts_with("guards/")).count())
}

/// The two ways of making room: inside of the role, and beside it.
#[tokio::test]
async fn new_policies_stand_before_old_ones_go() {
    let mut kinds = Vec::new();
    for case in cases::all().into_iter().filter(|case| case.rule == "role-permission-unused") {
        let (_, mender, order) = scene(&case).await;
        let Ok(repair) = mender.preview(&order).await.unwrap() else { panic!("no repair") };
        let first_removal = repair.changes.iter().position(|one| one.after == State::ABSENT);
        let last_addition = repair.changes.iter().rposition(|one| one.after != State::ABSENT);
        assert!(last_addition < first_removal, "{:?}", repair.changes);
        kinds.push(matches!(repair.changes[0].slot, Slot::ManagedPolicy { .. }));
    }
    assert_eq!(kinds, [false, true]);
}
