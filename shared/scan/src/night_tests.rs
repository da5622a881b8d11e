use serde_json::{Value, json};

use super::*;
use crate::testing::Memory;

/// Accounts that let us in, and those that do not.
struct Accounted(Vec<&'static str>, Vec<&'static str>);

impl Organization for Accounted {
    async fn accounts(&self) -> Result<BTreeSet<String>, PortError> {
        Ok(self.0.iter().chain(&self.1).map(|&account| account.to_owned()).collect())
    }

    async fn enter(&self, place: &Place) -> Result<(), PortError> {
        match self.1.contains(&place.account.as_str()) {
            true => Err(refused("sts:AssumeRole", &place.account, Kind::Denied)),
            false => Ok(()),
        }
    }
}

fn refused(operation: &'static str, subject: &str, kind: Kind) -> PortError {
    PortError { operation, subject: subject.to_owned(), kind, source: "AccessDenied".into() }
}

fn now() -> Timestamp {
    "2026-11-26T01:30:00Z".parse().unwrap()
}

fn planner(accounts: Accounts) -> Planner<Accounted, Memory> {
    let part = |text: &str| text.to_owned();
    let mut baseline = Baseline::default();
    baseline.organization.exclude_accounts.insert(part("999900001111"));
    Planner {
        organization: Accounted(
            vec!["111122223333", "444455556666", "999900001111"],
            vec!["777788889999"],
        ),
        files: Memory::default(),
        home: Place {
            partition: part("aws"),
            account: part("111122223333"),
            region: part("eu-west-1"),
        },
        accounts,
        regions: vec![part("eu-west-1"), part("us-east-1")],
        baseline,
    }
}

fn item(day: &str) -> Item {
    Item { account: "111122223333".into(), region: "eu-west-1".into(), day: day.parse().unwrap() }
}

#[tokio::test]
async fn accounts_times_regions_are_planned_and_who_is_out_of_reach_is_named() {
    let listed = |accounts: &[&str]| {
        Accounts::Listed(accounts.iter().map(|&account| account.to_owned()).collect())
    };
    for (accounts, planned, unreachable) in [
        (Accounts::Own, &["111122223333"][..], &[][..]),
        (Accounts::Organization, &["111122223333", "444455556666"], &["777788889999"]),
        (listed(&["777788889999", "999900001111"]), &[], &["777788889999"]),
    ] {
        let planner = planner(accounts.clone());
        let plan = planner.plan(Ok(BTreeSet::new()), now()).await.unwrap();
        let expected: Vec<(&str, &str)> = planned
            .iter()
            .flat_map(|account| ["eu-west-1", "us-east-1"].map(|region| (*account, region)))
            .collect();
        let sweeps: Vec<_> =
            plan.sweeps.iter().map(|one| (one.account.as_str(), one.region.as_str())).collect();
        assert_eq!(sweeps, expected, "{accounts:?}");
        assert!(plan.unreachable.keys().eq(unreachable), "{accounts:?}");
        assert!(plan.unreachable.values().all(|why| why.contains("denied")), "{plan:?}");
        assert_eq!(plan_of(&planner.files, plan.night).await.unwrap(), plan);
        let items: Vec<Sweep> =
            read_json(&planner.files, "nights/2026-11-26/items.json").await.unwrap();
        assert_eq!(items, plan.sweeps);
    }
}

#[tokio::test]
async fn the_newest_days_are_digested_first_and_the_rest_another_night() {
    let planner = planner(Accounts::Own);
    let undigested = ["2026-09-01", "2026-11-25", "2026-10-01"].map(item);
    let plan = planner.plan(Ok(undigested.into()), now()).await.unwrap();
    assert_eq!(plan.digests, (3, 0));
    let ordered: Vec<Value> =
        read_json(&planner.files, "nights/2026-11-26/digests.json").await.unwrap();
    let order = |day: &str| {
        json!({
            "night": "2026-11-26", "since": now(), "account": "111122223333",
            "region": "eu-west-1", "day": day,
        })
    };
    assert_eq!(ordered, ["2026-11-25", "2026-10-01", "2026-09-01"].map(order));

    let accounts = 0..MOST_DIGESTS + 7;
    let many = accounts.map(|n| Item { account: format!("{n:012}"), ..item("2026-11-25") });
    let plan = planner.plan(Ok(many.collect()), now()).await.unwrap();
    assert_eq!(plan.digests, (MOST_DIGESTS, 7));
}

#[tokio::test]
async fn logs_that_cannot_be_listed_keep_no_function_from_being_swept() {
    let planner = planner(Accounts::Own);
    let denied = PortError {
        operation: "s3:ListBucket",
        subject: "s3://trail".into(),
        kind: Kind::Denied,
        source: "no".into(),
    };
    let plan = planner.plan(Err(denied), now()).await.unwrap();
    assert_eq!((plan.digests, plan.sweeps.is_empty()), ((0, 0), false));
    assert!(plan.logs.as_ref().unwrap().contains("s3:ListBucket"), "{plan:?}");
    let kept: Night = read_json(&planner.files, "nights/2026-11-26/plan.json").await.unwrap();
    assert_eq!(kept, plan);
}

#[test]
fn the_window_ends_yesterday() {
    let window = window(now());
    assert!(window.has(&item("2026-11-25")) && window.has(&item("2026-08-28")));
    assert!(!window.has(&item("2026-11-26")) && !window.has(&item("2026-08-27")));
}

#[tokio::test]
async fn what_was_missed_is_kept_by_place_and_day() {
    let planner = planner(Accounts::Own);
    let mut plan = planner.plan(Ok(BTreeSet::new()), now()).await.unwrap();
    let (files, night) = (&planner.files, plan.night);
    assert_eq!(missed(files, &plan).await.unwrap(), []);
    let sweep = Missed {
        account: "111122223333".into(),
        region: "eu-west-1".into(),
        day: None,
        since: Some(now()),
        error: "HubOff".into(),
        cause: "Security Hub is off".into(),
    };
    let digest = Missed { day: Some("2026-11-25".parse().unwrap()), ..sweep.clone() };
    for one in [&sweep, &digest, &sweep] {
        one.keep(files, night).await.unwrap();
    }
    let mut kept = missed(files, &plan).await.unwrap();
    kept.sort_by_key(|one| one.day);
    assert_eq!(kept, [sweep, digest]);
    // Another night of the same day has missed nothing yet.
    plan.since += jiff::SignedDuration::from_hours(1);
    assert_eq!(missed(files, &plan).await.unwrap(), []);
}
