//! Two at the same repair: one who takes it back, or a second run of the same task.

use super::{back, case, cases, guards, scene, *};

/// Whenever somebody takes a repair back that is just being applied, nothing of it stands in the end.
#[tokio::test]
async fn a_repair_that_is_taken_back_while_it_is_applied_gives_way() {
    for case in cases::all().into_iter().filter(|case| case.rule != "role-admin") {
        for late in 0..60 {
            let (world, mender, order) = scene(&case).await;
            let old = world.with(|it| it.slots.clone());
            let Planned::Planned { wait, .. } = mender.plan(&order).await.unwrap() else {
                panic!()
            };
            world::wait(wait / 3600 + 1);
            world.with(|it| it.turns = true);
            let order_back = back(&order);
            let taken_back = async {
                for _ in 0..late {
                    tokio::task::yield_now().await;
                }
                mender.roll_back(&order_back).await
            };
            let (applied, taken_back) = tokio::join!(mender.apply(&order.repair), taken_back);
            world.with(|it| it.turns = false);
            let what = format!("{} {late}: {applied:?} {taken_back:?}", case.rule);
            // As the state machine goes on.
            let applied = match applied {
                Ok(applied) => applied,
                Err(_) => mender.apply(&order.repair).await.unwrap(),
            };
            match taken_back {
                Ok(done) => assert_eq!(done, RolledBack::RolledBack, "{what}"),
                Err(_) => drop(mender.roll_back(&order_back).await.unwrap()),
            }
            if applied == Applied::Applied
                && mender.verify(&order.repair).await.unwrap() != Verified::Verified
            {
                mender.roll_back(&order_back).await.unwrap();
            }
            assert_eq!(world.with(|it| it.slots.clone()), old, "{what}");
            assert_eq!(guards(&world), 0, "{what}");
        }
    }
}

/// A task may run twice at a time: Lambda may still be at the one whose answer did not come.
#[tokio::test]
async fn a_repair_that_is_applied_twice_at_once_stands() {
    for late in 0..60 {
        let (world, mender, order) = scene(&case("role-permission-unused")).await;
        let Planned::Planned { wait, .. } = mender.plan(&order).await.unwrap() else { panic!() };
        world::wait(wait / 3600 + 1);
        world.with(|it| it.turns = true);
        let again = async {
            for _ in 0..late {
                tokio::task::yield_now().await;
            }
            mender.apply(&order.repair).await
        };
        let (first, second) = tokio::join!(mender.apply(&order.repair), again);
        world.with(|it| it.turns = false);
        let what = format!("{late}: {first:?} {second:?}");
        for applied in [first, second] {
            // As the state machine goes on.
            let applied = match applied {
                Err(error) if error.kind == crate::Kind::Busy => mender.apply(&order.repair).await,
                applied => applied,
            };
            assert_eq!(applied.unwrap(), Applied::Applied, "{what}");
        }
        assert_eq!(mender.verify(&order.repair).await.unwrap(), Verified::Verified, "{what}");
        assert_eq!(guards(&world), 1, "{what}");
    }
}

/// The same while it is verified and the watch is set.
#[tokio::test]
async fn a_repair_that_is_taken_back_while_it_is_verified_is_not_watched() {
    for late in 0..60 {
        let (world, mender, order) = scene(&case("tracing-off")).await;
        let old = world.with(|it| it.slots.clone());
        mender.plan(&order).await.unwrap();
        world::wait(25);
        mender.apply(&order.repair).await.unwrap();
        world.with(|it| it.turns = true);
        let order_back = back(&order);
        let taken_back = async {
            for _ in 0..late {
                tokio::task::yield_now().await;
            }
            mender.roll_back(&order_back).await
        };
        let watched = async {
            let verified = mender.verify(&order.repair).await.unwrap();
            (verified, mender.watch(&order.repair).await.is_ok())
        };
        let (watched, taken_back) = tokio::join!(watched, taken_back);
        world.with(|it| it.turns = false);
        if let Err(error) = taken_back {
            // As the state machine goes on.
            assert_eq!(error.kind, crate::Kind::Busy, "{late} {error:?}");
            mender.roll_back(&order_back).await.unwrap();
        }
        assert_eq!(world.with(|it| it.slots.clone()), old, "{late} {watched:?}");
        assert_eq!(guards(&world), 0, "{late} {watched:?}");
        let repair = mender.repair(&order.repair).await.unwrap();
        assert_eq!(repair.stage, Stage::RolledBack, "{late} {watched:?}");
        let held = world.finding("tracing-off").unwrap();
        assert_eq!(held.finding.status, crate::Status::Failed, "{late} {watched:?}");
    }
}
