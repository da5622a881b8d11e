use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::{Attribution, CallKind, CallOutcome, RoleUsage};
use proptest::{collection::btree_set, option, prelude::*, sample::select};

use super::*;
use crate::{Ledger, Management, Skipped, SourceCounts, TrailSettings};

const DAY: &str = "2026-05-21";

/// Resources that have more and less in common; often more of them than a row keeps.
fn arns() -> impl Strategy<Value = (BTreeSet<String>, bool)> {
    let arn = |number: usize| match number {
        0..6 => format!("arn:aws:s3:::bucket-{number}/in/*"),
        _ => format!("arn:aws:sqs:eu-west-1:111122223333:queue-{number}"),
    };
    let few = btree_set(0_usize..12, 0..4).prop_map(move |set| (set, false));
    let most = (0_usize..30).prop_map(|first| ((first..first + 64).collect(), false));
    let many = select(vec!["", "arn:aws:", "arn:aws:s3:::", "arn:aws:sqs:eu-west-1:111122223333:"]);
    let many = many.prop_map(|prefix| (BTreeSet::from([format!("{prefix}*")]), true));
    let named = move |(set, many): (BTreeSet<usize>, bool)| {
        (set.into_iter().map(arn).collect::<BTreeSet<_>>(), many)
    };
    prop_oneof![6 => few.prop_map(named), 1 => most.prop_map(named), 1 => many]
}

fn row() -> impl Strategy<Value = Row> {
    let functions = ["a", "b"].map(|name| {
        format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}").parse().unwrap()
    });
    let key = (
        select(vec!["r1", "r2"]),
        option::of(select(vec!["AROA1", "AROA2"])),
        option::of(select(functions.to_vec())),
        select(vec![CallOutcome::Ok, CallOutcome::Denied]),
        option::of(select(vec!["s3:GetObject", "sqs:SendMessage"])),
    );
    (key, arns(), any::<bool>(), 0_i64..50, 0_i64..50, 1_u64..9).prop_map(
        |(
            (role, role_id, function, outcome, action),
            (arns, many),
            unknown,
            first,
            more,
            count,
        )| {
            let at = |second| Timestamp::from_second(1_780_000_000 + second).unwrap();
            Row {
                role: format!("arn:aws:iam::111122223333:role/{role}"),
                role_id: role_id.map(str::to_owned),
                attribution: Attribution::InScopeOf,
                function,
                qualifier: None,
                kind: CallKind::Code,
                action: action.map(str::to_owned),
                event: "s3.amazonaws.com:GetObject".into(),
                outcome,
                aws_region: "eu-west-1".into(),
                arns,
                many,
                unknown,
                first: at(first),
                last: at(first + more),
                count,
            }
        },
    )
}

fn trail() -> impl Strategy<Value = TrailSettings> {
    let management =
        [Management::All, Management::ReadOnly, Management::WriteOnly, Management::None];
    let texts = |all: &[&str]| {
        btree_set(select(all.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>()), 0..2)
    };
    let excluded = texts(&["kms.amazonaws.com", "rdsdata.amazonaws.com"]);
    let data = texts(&["AWS::S3::Object", "AWS::Lambda::Function"]);
    (any::<bool>(), any::<bool>(), select(management.to_vec()), excluded, data).prop_map(
        |(multi_region, organization, management, excluded, data)| TrailSettings {
            multi_region,
            organization,
            management,
            excluded,
            data,
        },
    )
}

fn coverage() -> impl Strategy<Value = CoverageRecord> {
    let counts = (0_u64..5, 0_u64..5).prop_map(|(reads, data)| SourceCounts {
        reads,
        data,
        ..SourceCounts::default()
    });
    let sources = proptest::collection::btree_map(select(vec!["s3", "kms", "sts"]), counts, 0..3);
    let named = proptest::collection::btree_map(0_u32..40, select(vec!["cut", "bad"]), 0..25);
    (sources, named, 0_u64..9, option::of(trail()), option::of(0_i64..99)).prop_map(
        |(sources, named, files, trail, first)| {
            let mut coverage =
                CoverageRecord::new("111122223333", "eu-west-1", DAY.parse().unwrap());
            let first = first.and_then(|second| Timestamp::from_second(second).ok());
            coverage.widen(first, first);
            coverage.files = files;
            let text = |(name, reason): (u32, &str)| (format!("{name:02}"), reason.to_owned());
            let named: BTreeMap<_, _> = named.into_iter().map(text).take(20).collect();
            coverage.skipped = Skipped { count: named.len() as u64 + files, named };
            coverage.sources =
                sources.into_iter().map(|(name, counts)| (name.to_owned(), counts)).collect();
            coverage.unmapped = BTreeMap::from([("s3:New".to_owned(), files)]);
            coverage.trail = trail;
            coverage
        },
    )
}

fn digest() -> impl Strategy<Value = Digest> {
    let rows = proptest::collection::vec(row(), 0..5);
    (coverage(), rows).prop_map(|(coverage, mut rows)| {
        rows.sort_by(|a, b| a.key().cmp(&b.key()));
        rows.dedup_by(|a, b| a.key() == b.key());
        Digest { coverage, rows }
    })
}

fn merged(one: &Digest, other: &Digest) -> Digest {
    one.clone().merge(other).unwrap()
}

fn usage(digests: &[&Digest]) -> RoleUsage {
    let day = DAY.parse().unwrap();
    let mut ledger = Ledger::new(day, day);
    digests.iter().for_each(|digest| ledger.add(digest));
    ledger.usage("arn:aws:iam::111122223333:role/r1", None, None)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn digests_are_a_semilattice(a in digest(), b in digest(), c in digest()) {
        prop_assert_eq!(merged(&a, &b), merged(&b, &a));
        prop_assert_eq!(merged(&merged(&a, &b), &c), merged(&a, &merged(&b, &c)));
        let ab = merged(&a, &b);
        prop_assert_eq!(&merged(&ab, &b), &ab);
        prop_assert_eq!(&merged(&a, &a), &a);
        prop_assert_eq!(usage(&[&a, &b, &a]), usage(&[&b, &a]));
        prop_assert_eq!(usage(&[&ab]).calls, usage(&[&a, &b]).calls);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn bytes_tell_the_whole_digest(digest in digest()) {
        let bytes = digest.to_bytes().unwrap();
        let again = Digest::from_bytes(&bytes).unwrap();
        prop_assert_eq!(&again, &digest);
        prop_assert_eq!(again.to_bytes().unwrap(), bytes);
    }
}

#[test]
fn what_is_no_digest_is_refused() {
    let day = DAY.parse().unwrap();
    let digest = |region| Digest {
        coverage: CoverageRecord::new("111122223333", region, day),
        rows: Vec::new(),
    };
    let whole = digest("eu-west-1").to_bytes().unwrap();
    assert!(Digest::from_bytes(&whole).is_ok());
    assert!(matches!(Digest::from_bytes(&whole[..whole.len() - 3]), Err(BadDigest::Gzip)));
    assert!(matches!(Digest::from_bytes(b""), Err(BadDigest::Coverage)));
    let call = b"{\"record\":\"call\"}\n";
    assert!(matches!(Digest::from_bytes(call), Err(BadDigest::Line { line: 1, .. })));
    let merged = digest("eu-west-1").merge(&digest("us-east-1"));
    assert!(matches!(merged, Err(BadDigest::Different)));
}
