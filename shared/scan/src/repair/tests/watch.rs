//! The watch: denied calls, errors, and its end.

use serde_json::{Value, json};

use super::{
    all_tasks, case, guards, scene,
    world::{FUNCTION, ROLE},
    *,
};

async fn watched() -> (World, Us, Order) {
    let (world, mender, order) = scene(&case("role-permission-unused")).await;
    all_tasks(&mender, &order).await.unwrap();
    (world, mender, order)
}

/// An event of a call made with the role.
pub(super) fn event(name: &str, error: Option<&str>, time: &str) -> Value {
    json!({
        "account": "111122223333", "source": "aws.secretsmanager", "detail-type": "AWS API Call via CloudTrail",
        "detail": {
            "eventVersion": "1.11", "eventID": "5c3a5d4e-0b0a-4b0e-8f43-1d2f5d3a1111",
            "eventTime": time, "eventSource": "secretsmanager.amazonaws.com", "eventName": name,
            "awsRegion": "eu-west-1", "errorCode": error, "eventCategory": "Management",
            "eventType": "AwsApiCall", "readOnly": false, "managementEvent": true,
            "recipientAccountId": "111122223333", "userAgent": "Boto3", "sourceIPAddress": "10.0.0.1",
            "requestParameters": { "secretId": "db" }, "responseElements": null,
            "userIdentity": {
                "type": "AssumedRole", "principalId": "AROAEXAMPLE:pay",
                "arn": "arn:aws:sts::111122223333:assumed-role/pay/pay", "accountId": "111122223333",
                "sessionContext": {
                    "sessionIssuer": {
                        "type": "Role", "principalId": "AROAEXAMPLE", "arn": ROLE,
                        "accountId": "111122223333", "userName": "pay",
                    },
                    "attributes": { "creationDate": time, "mfaAuthenticated": "false" },
                },
                "inScopeOf": {
                    "issuerType": "AWS::Lambda::Function", "credentialsIssuedTo": FUNCTION,
                },
            },
        },
    })
}

const LATER: &str = "2026-11-25T08:00:00Z";

/// The defining promise: the first denial takes the repair back, and is learnt from.
#[tokio::test]
async fn a_denied_call_takes_the_repair_back_and_teaches_the_ledger() {
    let (world, mender, order) = watched().await;
    for code in ["AccessDenied", "AccessDeniedException", "Client.UnauthorizedOperation"] {
        let denial = Denial::read(&event("PutSecretValue", Some(code), LATER)).unwrap();
        assert_eq!(denial.role, ROLE);
        let back = mender.heed(&denial).await.unwrap().unwrap();
        assert_eq!((back.action, &back.repair), (Action::RollBack, &order.repair));
        assert!(
            back.reason.as_deref().unwrap().contains("`secretsmanager:PutSecretValue` was denied")
        );
    }
    let key = lesson_key("111122223333", ROLE);
    let lesson: Lesson = world.with(|it| serde_json::from_slice(&it.files[&key]).unwrap());
    let learnt: Vec<_> = lesson.calls.iter().map(|call| call.action.as_deref()).collect();
    assert_eq!(learnt, [Some("secretsmanager:PutSecretValue")], "once");

    let denial = Denial::read(&event("PutSecretValue", Some("AccessDenied"), LATER)).unwrap();
    let back = mender.heed(&denial).await.unwrap().unwrap();
    assert_eq!(mender.roll_back(&back).await.unwrap(), RolledBack::RolledBack);
    let note = world.note("role-permission-unused");
    assert!(note.contains("`secretsmanager:PutSecretValue` was denied"), "{note}");
    assert_eq!(
        world.finding("role-permission-unused").unwrap().finding.status,
        crate::Status::Failed
    );
    // Nothing is watched any more.
    assert_eq!(mender.heed(&denial).await.unwrap(), None);
}

/// Calls that are denied at the same time are all learnt.
#[tokio::test]
async fn no_lesson_is_lost_in_a_crowd() {
    let (world, mender, _) = watched().await;
    world.with(|it| it.turns = true);
    let heed = async |name: &str| {
        let denial = Denial::read(&event(name, Some("AccessDenied"), LATER)).unwrap();
        mender.heed(&denial).await.unwrap().unwrap();
    };
    tokio::join!(heed("PutSecretValue"), heed("DeleteSecret"), heed("GetSecretValue"));
    let key = lesson_key("111122223333", ROLE);
    let lesson: Lesson = world.with(|it| serde_json::from_slice(&it.files[&key]).unwrap());
    let learnt: Vec<_> = lesson.calls.iter().filter_map(|call| call.action.as_deref()).collect();
    let expected = ["DeleteSecret", "GetSecretValue", "PutSecretValue"];
    assert_eq!(learnt, expected.map(|name| format!("secretsmanager:{name}")));
}

/// A role is watched until each function that has it had its turn.
#[tokio::test]
async fn the_watch_is_as_long_as_the_function_asks_that_rests_longest() {
    let (world, mender, order) = scene(&case("role-permission-unused")).await;
    let monthly: model::FunctionArn =
        "arn:aws:lambda:eu-west-1:111122223333:function:month-end".parse().unwrap();
    world.with(|it| {
        it.beside.insert(monthly.clone(), Some(Default::default()));
        it.days.insert(monthly, [2, 32].into());
    });
    let begun = world::clock();
    all_tasks(&mender, &order).await.unwrap();
    let Watch { until } = mender.watch(&order.repair).await.unwrap();
    let days = until.duration_since(begun).as_hours() / 24;
    assert_eq!(days, 1 + 60, "the grace, and twice a pause of thirty days");
}

#[tokio::test]
async fn a_denial_that_is_not_the_repairs_fault_changes_nothing() {
    let (world, mender, _) = watched().await;
    let files = world.with(|it| it.files.clone());
    let of = |name, error, time| Denial::read(&event(name, error, time));
    for (what, denial) in [
        ("never granted", of("CreateSecret", Some("AccessDenied"), LATER)),
        ("before the repair", of("PutSecretValue", Some("AccessDenied"), "2026-11-23T05:00:00Z")),
        ("another error", of("PutSecretValue", Some("ResourceNotFoundException"), LATER)),
        ("no error", of("PutSecretValue", None, LATER)),
    ] {
        if let Some(denial) = denial {
            assert_eq!(mender.heed(&denial).await.unwrap(), None, "{what}");
        }
    }
    let other = Denial {
        role: ROLE.replace("pay", "other"),
        ..of("PutSecretValue", Some("AccessDenied"), LATER).unwrap()
    };
    assert_eq!(mender.heed(&other).await.unwrap(), None);
    assert_eq!(world.with(|it| it.files.clone()), files);
}

#[tokio::test]
async fn errors_beyond_the_usual_take_it_back_and_the_watch_ends() {
    let (world, mender, order) = watched().await;
    let patrol = async || {
        let (orders, failed) = mender.patrol().await.unwrap();
        assert!(failed.is_empty());
        orders
    };
    assert_eq!(patrol().await, []);
    world.with(|it| it.vitals = Vitals { invocations: 100.0, errors: 2.0 });
    assert_eq!(patrol().await, []);
    world.with(|it| it.vitals = Vitals { invocations: 100.0, errors: 3.0 });
    let orders = patrol().await;
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0].repair, order.repair);
    assert_eq!(
        orders[0].reason.as_deref(),
        Some(
            "3 of 100 invocations of `pay` failed since the repair, 0 of 1000 in the 14 days before it"
        )
    );
    world.with(|it| it.vitals = Vitals { invocations: 100.0, errors: 0.0 });
    world::wait(7 * 24 + 1);
    assert_eq!((patrol().await, guards(&world)), (vec![], 0));
    assert!(world.note("role-permission-unused").contains("watched without complaint"));
}

/// What fails each time it runs is not hidden by what runs all the time.
#[tokio::test]
async fn the_errors_of_a_function_that_runs_rarely_are_heard() {
    let (world, mender, order) = scene(&case("role-permission-unused")).await;
    let rare: model::FunctionArn =
        "arn:aws:lambda:eu-west-1:111122223333:function:month-end".parse().unwrap();
    world.with(|it| {
        it.vitals = Vitals { invocations: 1e6, errors: 1e4 };
        it.beside.insert(rare.clone(), Some(Default::default()));
        it.others.insert(rare.clone(), Vitals { invocations: 20.0, errors: 0.0 });
    });
    all_tasks(&mender, &order).await.unwrap();
    assert!(mender.patrol().await.unwrap().0.is_empty());
    world.with(|it| it.others.insert(rare, Vitals { invocations: 5.0, errors: 5.0 }));
    let [back] = mender.patrol().await.unwrap().0.try_into().unwrap();
    assert!(back.reason.unwrap().starts_with("5 of 5 invocations of `month-end` failed"));
}

/// Somebody stopped the execution between two tasks.
#[tokio::test]
async fn a_repair_that_nobody_finishes_is_taken_back() {
    for verified in [false, true] {
        let (world, mender, order) = scene(&case("role-permission-unused")).await;
        let old = world.with(|it| it.slots.clone());
        let Planned::Planned { wait, .. } = mender.plan(&order).await.unwrap() else { panic!() };
        world::wait(wait / 3600 + 1);
        assert_eq!(mender.apply(&order.repair).await.unwrap(), Applied::Applied);
        if verified {
            assert_eq!(mender.verify(&order.repair).await.unwrap(), Verified::Verified);
        }
        world::wait(23);
        assert!(mender.patrol().await.unwrap().0.is_empty(), "somebody may still be at it");
        world::wait(2);
        let [back] = mender.patrol().await.unwrap().0.try_into().unwrap();
        assert_eq!((back.action, &back.repair), (Action::RollBack, &order.repair));
        assert_eq!(mender.roll_back(&back).await.unwrap(), RolledBack::RolledBack);
        assert_eq!(world.with(|it| it.slots.clone()), old);
        assert_eq!(guards(&world), 0);
        assert!(world.note("role-permission-unused").contains("nobody finished it"));
        assert!(mender.patrol().await.unwrap().0.is_empty());
    }
}

#[tokio::test]
async fn an_exemption_is_tagged_as_the_baseline_counts_it() {
    for (baseline, days, expected) in [
        ("", 30, Ok("until=2026-12-23 by=Security-Hub-action")),
        ("[exemptions]\nlongest_days = 10", 30, Err("`until`")),
        ("[exemptions]\nrequired = ['until', 'by', 'ticket']", 30, Err("ticket")),
        ("[exemptions]\nnever = ['tracing-off']", 30, Err("nothing exempts")),
    ] {
        let case = case("tracing-off");
        let world = World::new(case.slots);
        let mender = world.mender(baseline);
        world.publish(&mender).await;
        let finding = format!("{FUNCTION}/tracing-off");
        let allowed = mender.allow(&finding, days, "Security Hub action").await.unwrap();
        let tag =
            world.with(|it| it.tags.clone().unwrap().get("warden:allow:tracing-off").cloned());
        match (&allowed, expected) {
            (Allowed::Allowed { value, .. }, Ok(expected)) => {
                assert_eq!((value.as_str(), tag.as_deref()), (expected, Some(expected)));
            }
            (Allowed::Refused { why }, Err(expected)) => {
                assert!(why.contains(expected), "{why}");
                assert_eq!(tag, None);
            }
            _ => panic!("{baseline}: {allowed:?}"),
        }
    }
}
