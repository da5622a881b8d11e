//! The same files give the same digest, however they are read; days add up in the ledger.

use std::collections::BTreeSet;

use model::{Attribution, CallKind, FunctionArn, Seen};
use proptest::prelude::*;
use serde_json::{Value, json};
use trail::{Digest, Digester, Ledger, Management, TrailSettings};

use crate::records::{digester, gzip, log, shape, with};

/// A call of one of a few functions, roles and moments.
fn record() -> impl Strategy<Value = Value> {
    (1_usize..=15, 0_u32..40, 0_u32..60, any::<bool>()).prop_map(|(number, id, second, fails)| {
        let mut changes = vec![
            ("eventID", json!(format!("event {id}-{number}"))),
            ("eventTime", json!(format!("2026-05-21T23:02:{second:02}Z"))),
        ];
        if fails {
            changes.push(("errorCode", json!("AccessDenied")));
        }
        // Copies of an event are alike in all.
        let same = (id + second) % 2 == 0;
        changes.truncate(if same { 3 } else { 2 });
        with(shape(number), &changes[..if same { changes.len() } else { 2 }])
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn order_and_threads_make_no_difference(
        records in proptest::collection::vec(record(), 1..40),
        cuts in proptest::collection::vec(1_usize..10, 1..8),
        threads in proptest::collection::vec(0_usize..3, 8),
    ) {
        // Of one id there is one event.
        let mut ids = BTreeSet::new();
        let records: Vec<Value> =
            records.into_iter().filter(|r| ids.insert(r["eventID"].to_string())).collect();
        let mut files = Vec::new();
        let mut rest = records.as_slice();
        for cut in cuts {
            let (file, after) = rest.split_at(cut.min(rest.len()));
            files.push(gzip(&log(file)));
            rest = after;
        }
        files.push(gzip(&log(rest)));

        let mut one = digester();
        files.iter().enumerate().for_each(|(at, file)| one.add(&at.to_string(), file));
        let one = one.finish();

        let mut main = digester();
        let mut forks: Vec<Digester> = (0..3).map(|_| main.fork()).collect();
        for (at, file) in files.iter().enumerate().rev() {
            forks[threads[at % threads.len()]].add(&at.to_string(), file);
        }
        forks.into_iter().for_each(|fork| main.absorb(fork));
        let other = main.finish();
        prop_assert_eq!(&one, &other);
        prop_assert_eq!(one.to_bytes().unwrap(), other.to_bytes().unwrap());
    }
}

fn digest(region: &str, day: &str, records: &[Value], trail: Option<TrailSettings>) -> Digest {
    let mut digester = Digester::new("111122223333", region, day.parse().unwrap());
    digester.add("a", &log(records));
    trail.into_iter().for_each(|trail| digester.set_trail(trail));
    digester.finish()
}

fn ledger(digests: &[Digest]) -> Ledger {
    let mut ledger = Ledger::new("2026-05-01".parse().unwrap(), "2026-05-31".parse().unwrap());
    digests.iter().for_each(|digest| ledger.add(digest));
    ledger
}

const ROLE: &str = "arn:aws:iam::111122223333:role/shared-controller";
const MONITOR: &str = "arn:aws:lambda:us-east-1:111122223333:function:async-monitor";

/// Case 22 and 49: days add up, the same day twice does not.
#[test]
fn days_add_up() {
    let days = ["2026-05-02", "2026-05-03", "2026-05-03", "2026-06-01"];
    let digests = days.map(|day| digest("us-east-1", day, &[shape(3), shape(5)], None));
    let usage = ledger(&digests).usage(ROLE, None, None);
    assert_eq!(usage.calls.len(), 2);
    assert!(usage.calls.iter().all(|call| call.count == 2));
    assert_eq!(usage.coverage["us-east-1"].days, 2);
    let roles: Vec<_> = ledger(&digests).roles().map(|(arn, _)| arn.to_owned()).collect();
    assert_eq!(roles, [ROLE]);
}

/// Case 20: the one that was deleted had another id.
#[test]
fn a_role_made_again_starts_anew() {
    let id = "userIdentity/sessionContext/sessionIssuer/principalId";
    let before = with(shape(3), &[(id, json!("AROABEFORE"))]);
    let digests = [digest("us-east-1", "2026-05-02", &[before, shape(3)], None)];
    let count = |id| {
        ledger(&digests).usage(ROLE, id, None).calls.iter().map(|call| call.count).sum::<u64>()
    };
    assert_eq!(count(None), 2);
    assert_eq!(count(Some("AROAEXAMPLEROLEID0001")), 1);
    assert_eq!(count(Some("AROASOMEOTHER")), 0);
}

/// Case 50: the copy in the bucket owner's account is the same call.
#[test]
fn copies_in_other_accounts_count_once() {
    let there = with(shape(3), &[("recipientAccountId", json!("444455556666"))]);
    let mut other = Digester::new("444455556666", "us-east-1", "2026-05-02".parse().unwrap());
    other.add("a", &log(&[there]));
    let digests = [digest("us-east-1", "2026-05-02", &[shape(3)], None), other.finish()];
    let usage = ledger(&digests).usage(ROLE, None, None);
    assert_eq!(usage.calls.iter().map(|call| call.count).collect::<Vec<_>>(), [1]);
    // Its account is not the role's, and says nothing of what that one's trail sees.
    assert_eq!(usage.coverage["us-east-1"].days, 1);
}

/// Case 23 and 58: a name is a function's only if the role has a function of that name.
#[test]
fn names_are_held_against_the_functions_of_the_role() {
    let plain = ("userAgent", json!("aws-sdk-go-v2/1.36.3"));
    let by_name = with(shape(3), std::slice::from_ref(&plain));
    let elsewhere = with(shape(3), &[plain, ("awsRegion", json!("eu-west-1"))]);
    let function = |region: &str, name: &str| -> FunctionArn {
        format!("arn:aws:lambda:{region}:111122223333:function:{name}").parse().unwrap()
    };
    let (here, there) =
        (function("us-east-1", "async-monitor"), function("eu-central-1", "async-monitor"));
    let stranger = function("us-east-1", "stranger");
    use Attribution::{Nothing, Session, UserAgent};
    use CallKind::{Code, Foreign};
    let cases = [
        (&by_name, vec![here.clone(), stranger.clone()], Some(&here), Session, Code),
        (&by_name, vec![stranger.clone()], None, Nothing, Foreign),
        (&by_name, vec![], None, Nothing, Foreign),
        (&shape(3), vec![stranger], None, Nothing, Code),
        (&shape(3), vec![here.clone()], Some(&here), UserAgent, Code),
        // A global service, or another Region's: the only function of that name is it.
        (&elsewhere, vec![here.clone()], Some(&here), Session, Code),
        (&elsewhere, vec![here.clone(), there], None, Nothing, Code),
    ];
    for (record, functions, expected, attribution, kind) in cases {
        let digests = [digest("us-east-1", "2026-05-02", std::slice::from_ref(record), None)];
        let functions: BTreeSet<FunctionArn> = functions.into_iter().collect();
        let usage = ledger(&digests).usage(ROLE, None, Some(&functions));
        let call = &usage.calls[0];
        let found = (call.function.as_ref(), call.attribution, call.kind);
        assert_eq!(found, (expected, attribution, kind), "{functions:?}");
    }
    let believed = ledger(&[digest("us-east-1", "2026-05-02", &[by_name], None)]);
    let call = &believed.usage(ROLE, None, None).calls[0];
    assert_eq!(call.function.as_ref().unwrap().as_str(), MONITOR);
}

/// Case 44 and 47.
#[test]
fn coverage_says_what_could_be_seen() {
    let settings = |management| TrailSettings {
        multi_region: true,
        organization: true,
        management,
        excluded: BTreeSet::from(["kms.amazonaws.com".to_owned()]),
        data: BTreeSet::from(["AWS::S3::Object".to_owned()]),
    };
    let (all, writes) = (Some(settings(Management::All)), Some(settings(Management::WriteOnly)));
    let read = [shape(3)];
    let cases = [
        (vec![(all.clone(), &read[..]), (all.clone(), &[])], Seen::Yes, Seen::Yes, Some(true), 1),
        (vec![(all.clone(), &read), (writes, &[])], Seen::No, Seen::Yes, Some(true), 1),
        (vec![(None, &read), (all, &[])], Seen::Yes, Seen::Unclear, None, 0),
        (vec![(None, &[])], Seen::Unclear, Seen::Unclear, None, 0),
    ];
    for (days, reads, writes, all_regions, data) in cases {
        let day = |(at, (trail, records)): (usize, (Option<TrailSettings>, &[Value]))| {
            digest("us-east-1", &format!("2026-05-{:02}", at + 1), records, trail)
        };
        let digests: Vec<Digest> = days.into_iter().enumerate().map(day).collect();
        let usage = ledger(&digests).usage(ROLE, None, None);
        let coverage = &usage.coverage["us-east-1"];
        assert_eq!((coverage.reads, coverage.writes), (reads, writes));
        assert_eq!(usage.all_regions, all_regions);
        assert_eq!(coverage.data.len(), data);
        assert_eq!(coverage.damaged_days, 0);
    }
    let unknown = with(shape(3), &[("eventName", json!("BrandNewThing"))]);
    let digest = digest("us-east-1", "2026-05-02", &[unknown], None);
    assert_eq!(digest.coverage().unmapped["ec2.amazonaws.com:BrandNewThing"], 1);
    let usage = ledger(&[digest]).usage(ROLE, None, None);
    assert_eq!(usage.calls[0].action, None);
    assert_eq!(usage.calls[0].event, "ec2.amazonaws.com:BrandNewThing");
}
