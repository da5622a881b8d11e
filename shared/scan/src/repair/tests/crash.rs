//! Killed, or failed by AWS, between any two calls: the end is the old state or the new one.

use super::{cases, guards, order, scene, world::Fault, *};

/// What a run of the state machine comes to.
#[derive(Debug, PartialEq, Eq)]
enum End {
    New,
    Old,
}

/// What is done about a task that failed.
#[derive(Clone, Copy, Debug)]
enum Answer {
    /// Run again.
    Retry,
    /// Take it all back.
    GiveUp,
}

/// A call may fail before its effect or after it, and may be made again or not.
const WAYS: [(Fault, Answer); 4] = [
    (Fault::Before, Answer::Retry),
    (Fault::Before, Answer::GiveUp),
    (Fault::After, Answer::Retry),
    (Fault::After, Answer::GiveUp),
];

/// More calls than every case has but the one that replaces AdministratorAccess.
const MANY: usize = 80;

/// As infra/remediate.asl.json goes, where one call fails.
async fn run(mender: &Us, order: &Order, answer: Answer) -> End {
    async fn again<T, F: Future<Output = Result<T, PortError>>>(
        answer: Answer,
        task: impl Fn() -> F,
    ) -> Option<T> {
        match (task().await, answer) {
            (Ok(done), _) => Some(done),
            (Err(_), Answer::Retry) => Some(task().await.unwrap()),
            (Err(_), Answer::GiveUp) => None,
        }
    }
    let back =
        Order { action: Action::RollBack, reason: Some("a task failed".into()), ..order.clone() };
    let done = async {
        let Planned::Planned { wait, .. } = again(answer, || mender.plan(order)).await? else {
            panic!("not planned");
        };
        world::wait(wait / 3600 + 1);
        let applied = again(answer, || mender.apply(&order.repair)).await?;
        assert_eq!(applied, Applied::Applied);
        let verified = again(answer, || mender.verify(&order.repair)).await?;
        assert_eq!(verified, Verified::Verified);
        again(answer, || mender.watch(&order.repair)).await
    };
    if done.await.is_some() {
        return End::New;
    }
    match mender.roll_back(&back).await {
        Ok(done) => assert_eq!(done, RolledBack::RolledBack),
        // It failed before there was anything to take back.
        Err(error) if error.kind == Kind::Gone => {}
        Err(_) => assert_eq!(mender.roll_back(&back).await.unwrap(), RolledBack::RolledBack),
    }
    End::Old
}

#[tokio::test]
async fn whatever_call_fails_the_end_is_the_old_or_the_new_state() {
    for case in cases::all() {
        let (world, mender, order) = scene(&case).await;
        let begun = world.with(|it| it.calls.len());
        let old = world.with(|it| it.slots.clone());
        assert_eq!(run(&mender, &order, Answer::Retry).await, End::New);
        let new = world.with(|it| it.slots.clone());
        let ended = world.with(|it| it.calls.len());
        for at in begun + 1..=ended {
            for (way, (fault, answer)) in WAYS.into_iter().enumerate() {
                // Many calls that are alike, each of which takes its time: by turns.
                if ended - begun > MANY && way != (at + at / 4) % 4 {
                    continue;
                }
                let (world, mender, order) = scene(&case).await;
                world.with(|it| it.fault = Some((at, fault)));
                let end = run(&mender, &order, answer).await;
                let what = format!("{} {at} {fault:?} {answer:?}", case.rule);
                let slots = world.with(|it| it.slots.clone());
                let (expected, kept) = match end {
                    End::New => (&new, 1),
                    End::Old => (&old, 0),
                };
                assert_eq!(&slots, expected, "{what}");
                assert_eq!(guards(&world), kept, "{what}");
                tells(&world, &mender, &order, case.rule, &end, &what).await;
            }
        }
    }
}

/// The finding says which.
async fn tells(world: &World, mender: &Us, order: &Order, rule: &str, end: &End, what: &str) {
    let (note, held) = (world.note(rule), world.finding(rule).unwrap());
    let failed = held.finding.status == crate::Status::Failed;
    let was_planned = mender.repair(&order.repair).await.is_ok();
    match end {
        End::New => assert!(note.contains("watched until") && !failed, "{what}: {note}"),
        End::Old if was_planned => assert!(
            (note.contains("as it was before") || note.contains("nothing was changed")) && failed,
            "{what}: {note}"
        ),
        End::Old => assert!(failed, "{what}: {note}"),
    }
}

#[tokio::test]
async fn whatever_call_of_a_rollback_fails_it_is_run_again_to_its_end() {
    for case in cases::all() {
        let back =
            Order { action: Action::RollBack, reason: Some("a test".into()), ..order(&case) };
        let (first_put, calls) = calls_of_apply(&case).await;
        // A multiple of no way to fail.
        let step = if calls > MANY / 2 { 7 } else { 1 };
        // Half done, and done.
        for killed_in_apply in [true, false] {
            let mut at = 0_usize;
            loop {
                at += step;
                let (world, mender, order) = scene(&case).await;
                let old = world.with(|it| it.slots.clone());
                let Planned::Planned { wait, .. } = mender.plan(&order).await.unwrap() else {
                    panic!("not planned")
                };
                world::wait(wait / 3600 + 1);
                if killed_in_apply {
                    // The first write is made and nobody heard of it.
                    let begun = world.with(|it| it.calls.len());
                    world.with(|it| it.fault = Some((begun + first_put, Fault::After)));
                    mender.apply(&order.repair).await.unwrap_err();
                } else {
                    mender.apply(&order.repair).await.unwrap();
                }
                let begun = world.with(|it| it.calls.len());
                let fault = if at.is_multiple_of(2) { Fault::Before } else { Fault::After };
                world.with(|it| it.fault = Some((begun + at.div_ceil(2), fault)));
                let first = mender.roll_back(&back).await;
                let is_last = world.with(|it| it.calls.len()) < begun + at.div_ceil(2);
                if first.is_err() {
                    mender.roll_back(&back).await.unwrap();
                }
                let what = format!("{} {at} {fault:?}", case.rule);
                assert_eq!(world.with(|it| it.slots.clone()), old, "{what}");
                assert_eq!(guards(&world), 0, "{what}");
                let note = world.note(case.rule);
                assert!(note.contains("as it was before: a test"), "{what}: {note}");
                if is_last {
                    break;
                }
            }
        }
    }
}

/// Which call of `apply` is the first that writes, and how many there are.
async fn calls_of_apply(case: &Case) -> (usize, usize) {
    let (world, mender, order) = scene(case).await;
    let Planned::Planned { wait, .. } = mender.plan(&order).await.unwrap() else { panic!() };
    world::wait(wait / 3600 + 1);
    let begun = world.with(|it| it.calls.len());
    mender.apply(&order.repair).await.unwrap();
    world.with(|it| {
        let calls = &it.calls[begun..];
        (calls.iter().position(|call| call == "put").unwrap() + 1, calls.len())
    })
}
