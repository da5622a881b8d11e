//! Bad days of S3: what is digested all the same, what waits, and what is said.

use std::collections::BTreeMap;

use scan::{Digests, Kind};
use stand_ins::fault_proxy::{Fault, Rule, Target};

use crate::stage::{ACCOUNT, REGION, Stage, item, key, log, may};

fn get() -> Target {
    Target::call("s3", "GetObject")
}

fn list() -> Target {
    Target::call("s3", "ListObjectsV2")
}

/// Two days: three files on the 20th, one on the 21st.
fn fill(stage: &Stage) {
    for (day, n) in [("2026-05-20", 1), ("2026-05-20", 2), ("2026-05-20", 3), ("2026-05-21", 4)] {
        stage.put(&key("", ACCOUNT, REGION, day, n), &log(&n.to_string()));
    }
}

struct Case {
    name: &'static str,
    breaks: fn() -> Vec<Rule>,
    /// Records and skipped files of the 20th, or how it failed.
    the_20th: Result<(u64, u64), Kind>,
}

const CASES: &[Case] = &[
    Case { name: "nothing", breaks: Vec::new, the_20th: Ok((3, 0)) },
    Case {
        name: "one file is denied",
        breaks: || vec![get().mentioning("0000000000000002.json.gz").always(Fault::Deny)],
        the_20th: Ok((2, 1)),
    },
    Case {
        name: "throttled at first",
        breaks: || vec![Target::service("s3").first(2, Fault::Throttle)],
        the_20th: Ok((3, 0)),
    },
    Case {
        name: "one file is throttled for ever",
        breaks: || vec![get().mentioning("0000000000000002.json.gz").always(Fault::Throttle)],
        the_20th: Err(Kind::Throttled),
    },
    Case {
        name: "a server that fails once",
        breaks: || vec![get().nth(1, Fault::Status(500)), list().nth(1, Fault::Status(503))],
        the_20th: Ok((3, 0)),
    },
    Case {
        name: "a connection that is cut once",
        breaks: || vec![get().nth(1, Fault::CutConnection)],
        the_20th: Ok((3, 0)),
    },
    Case {
        name: "connections that are cut for ever",
        breaks: || vec![get().mentioning("0000000000000002.json.gz").always(Fault::CutConnection)],
        the_20th: Err(Kind::Unreachable),
    },
    Case {
        name: "a day whose list is denied",
        breaks: || vec![list().mentioning("2026%2F05%2F20").always(Fault::Deny)],
        the_20th: Err(Kind::Denied),
    },
    Case {
        name: "a day whose list is cut short",
        breaks: || vec![list().mentioning("2026%2F05%2F20").always(Fault::TruncatePage)],
        the_20th: Err(Kind::Failed),
    },
];

#[tokio::test]
async fn a_bad_day_is_named_and_the_rest_is_digested() {
    for case in CASES {
        let stage = Stage::new((case.breaks)());
        fill(&stage);
        let digests = stage.digesting(&stage.s3("")).digest_all(&may(), false, |_| {}).await;
        let digests = digests.unwrap_or_else(|error| panic!("{}: {error:?}", case.name));
        let (broken, sound) = (day("2026-05-20"), day("2026-05-21"));
        assert_eq!(digests.done[&sound].records, 1, "{}: {digests:?}", case.name);
        let got = match digests.failed.get(&broken) {
            Some(error) => Err(error.kind),
            None => Ok((digests.done[&broken].records, digests.done[&broken].skipped)),
        };
        assert_eq!(got, case.the_20th, "{}: {digests:?}", case.name);
        check_names(&digests, case);
        if case.the_20th.is_ok() {
            check_count(&stage, case.name); // A day that fails drops requests on their way.
        }
    }
}

fn day(day: &str) -> scan::Item {
    item(ACCOUNT, REGION, day)
}

fn check_names(digests: &Digests, case: &Case) {
    let Some(done) = digests.done.get(&day("2026-05-20")) else { return };
    assert_eq!(done.named.len() as u64, done.skipped, "{}", case.name);
    for (file, why) in &done.named {
        assert!(file.ends_with("0000000000000002.json.gz"), "{}: {file}", case.name);
        assert_eq!(why, "s3:GetObject denied", "{}", case.name);
    }
}

/// The bill agrees with what went over the wire.
fn check_count(stage: &Stage, name: &str) {
    let wire: BTreeMap<String, u64> = stage
        .proxy
        .calls()
        .into_iter()
        .map(|((service, operation), count)| {
            let action = match operation.as_str() {
                "ListObjectsV2" => "ListBucket",
                other => other,
            };
            (format!("{service}:{action}"), count as u64)
        })
        .collect();
    assert_eq!(stage.cloud.calls(), wire, "{name}");
}

#[tokio::test]
async fn a_refusal_is_told_in_the_words_of_s3_and_shows_no_more() {
    let stage = Stage::new(vec![list().always(Fault::Deny)]);
    fill(&stage);
    let error = stage.digesting(&stage.s3("")).digest_all(&may(), false, |_| {}).await.unwrap_err();
    assert_eq!((error.operation, error.kind), ("s3:ListBucket", Kind::Denied));
    let said = error.chain();
    assert!(said.contains("AccessDenied"), "{said}");
    for hidden in ["Signature", "Credential", "http://"] {
        assert!(!said.contains(hidden), "{said}");
    }
}
