//! However the log files lie, they are found.

use scan::{Ledger, Logs, Wanted};

use crate::stage::{ACCOUNT, REGION, Stage, item, key, log, may};

const OTHER: &str = "444455556666";

/// Two accounts, one of them of the time before the organisation too, and what lies beside.
fn fill(stage: &Stage, prefix: &str) {
    for (organization, account, region, day, n) in [
        ("o-abcdefghij/", ACCOUNT, REGION, "2026-05-20", 1),
        ("o-abcdefghij/", ACCOUNT, REGION, "2026-05-20", 2),
        ("", ACCOUNT, REGION, "2026-05-20", 3),
        ("", ACCOUNT, REGION, "2026-04-30", 4),
        ("o-abcdefghij/", ACCOUNT, "us-east-1", "2026-05-21", 5),
        ("o-abcdefghij/", OTHER, REGION, "2026-05-21", 6),
    ] {
        let key = key(organization, account, region, day, n);
        stage.put(&format!("{prefix}{key}"), &log(&n.to_string()));
    }
    let digest = "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/05/20/d.json.gz";
    stage.put(&format!("{prefix}{digest}"), "{}");
    stage.put(&format!("{prefix}AWSLogs/o-abcdefghij/{ACCOUNT}/Config/x.json.gz"), "{}");
}

/// What is found below each place, as `account/Region/day`.
const PLACES: &[(&str, &[&str])] = &[
    (
        "org",
        &[
            "111122223333/eu-west-1/2026-05-20",
            "111122223333/us-east-1/2026-05-21",
            "444455556666/eu-west-1/2026-05-21",
        ],
    ),
    (
        "org/AWSLogs",
        &[
            "111122223333/eu-west-1/2026-05-20",
            "111122223333/us-east-1/2026-05-21",
            "444455556666/eu-west-1/2026-05-21",
        ],
    ),
    ("org/AWSLogs/o-abcdefghij/444455556666/", &["444455556666/eu-west-1/2026-05-21"]),
    ("org/AWSLogs/o-abcdefghij/444455556666/CloudTrail", &["444455556666/eu-west-1/2026-05-21"]),
    (
        "org/AWSLogs/o-abcdefghij/111122223333/CloudTrail/eu-west-1",
        &["111122223333/eu-west-1/2026-05-20"],
    ),
    (
        "org/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/05/20",
        &["111122223333/eu-west-1/2026-05-20"],
    ),
];

#[tokio::test]
async fn every_way_in_finds_what_lies_below() {
    let stage = Stage::new(Vec::new());
    fill(&stage, "org/");
    for (place, expected) in PLACES {
        for named in [stage.s3(place), stage.local(place)] {
            let found = stage.logs(&named).items(&may()).await.unwrap();
            let items: Vec<_> = found.items.iter().map(ToString::to_string).collect();
            assert_eq!(items, *expected, "{named}");
            assert_eq!(found.strays, Vec::<String>::new(), "{named}");
        }
    }
}

#[tokio::test]
async fn only_what_is_wanted_is_listed() {
    let stage = Stage::new(Vec::new());
    fill(&stage, "");
    let wanted = Wanted {
        accounts: [ACCOUNT.to_owned()].into(),
        regions: [REGION.to_owned()].into(),
        from: "2026-04-01".parse().unwrap(),
        ..may()
    };
    for named in [stage.s3(""), stage.local("")] {
        let found = stage.logs(&named).items(&wanted).await.unwrap().items;
        let items: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(
            items,
            ["111122223333/eu-west-1/2026-04-30", "111122223333/eu-west-1/2026-05-20"]
        );
    }
}

#[tokio::test]
async fn a_day_is_digested_from_both_folders_of_its_account() {
    let stage = Stage::new(Vec::new());
    fill(&stage, "");
    let day = item(ACCOUNT, REGION, "2026-05-20");
    let mut seen = Vec::new();
    for named in [stage.s3(""), stage.local("")] {
        let done = stage.digesting(&named).digest(&day).await.unwrap();
        assert_eq!((done.files, done.records, done.skipped), (3, 3, 0), "{named}");
        seen.push(Ledger::read(&stage.digests(), &day).await.unwrap());
    }
    assert_eq!(seen[0], seen[1], "the same files, the same bytes");
}

#[tokio::test]
async fn loose_files_are_told_apart_by_name() {
    let stage = Stage::new(Vec::new());
    let name =
        |day: &str, n| key("", ACCOUNT, REGION, day, n).rsplit('/').next().unwrap().to_owned();
    stage.put(&format!("some/{}", name("2026-05-20", 1)), &log("1"));
    stage.put(&format!("some/deeper/{}", name("2026-05-20", 2)), &log("2"));
    stage.put(&format!("some/{}", name("2026-05-21", 3)), &log("3"));
    stage.put("some/events.json.gz", &log("4"));
    for named in [stage.s3("some"), stage.local("some")] {
        let logs = stage.logs(&named);
        let found = logs.items(&may()).await.unwrap();
        assert_eq!(found.strays, ["events.json.gz"], "{named}");
        let days = ["2026-05-20", "2026-05-21"].map(|day| item(ACCOUNT, REGION, day));
        assert_eq!(found.items, days.clone().into(), "{named}");
        assert_eq!(logs.files(&days[0]).await.unwrap().len(), 2, "{named}");
    }
}
