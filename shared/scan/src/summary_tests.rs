use std::sync::Mutex;

use serde_json::{Value, json};

use super::*;
use crate::{
    Observed, Refused, Status, Workflow, WorkflowUpdate, finding::Finding, testing::Memory,
};

/// Security Hub, as far as one night meets it.
#[derive(Default)]
struct Hub(Mutex<BTreeMap<String, Observed>>);

impl Findings for Hub {
    async fn observed(
        &self,
        _: &Place,
        _: Option<&[model::FunctionArn]>,
    ) -> Result<Vec<Observed>, PortError> {
        Ok(self.0.lock().unwrap().values().cloned().collect())
    }

    async fn import(&self, _: &Place, findings: &[Finding]) -> Result<Vec<Refused>, PortError> {
        let mut held = self.0.lock().unwrap();
        for finding in findings {
            let workflow = held.get(&finding.id()).map_or(Workflow::New, |held| held.workflow);
            let new = Observed { finding: finding.clone(), workflow, note: None };
            held.insert(finding.id(), new);
        }
        Ok(Vec::new())
    }

    async fn update(
        &self,
        _: &Place,
        updates: &[WorkflowUpdate],
    ) -> Result<Vec<Refused>, PortError> {
        let mut held = self.0.lock().unwrap();
        for update in updates {
            held.get_mut(&update.id).unwrap().workflow = update.workflow;
        }
        Ok(Vec::new())
    }
}

impl Hub {
    /// `account/Region` of the gaps that are open, with what they say.
    fn open(&self) -> BTreeMap<String, String> {
        let held = self.0.lock().unwrap();
        let open = held
            .values()
            .filter(|held| held.finding.status == Status::Failed && held.workflow == Workflow::New);
        open.map(|held| (held.finding.about.place().to_string(), held.finding.description.clone()))
            .collect()
    }
}

fn home() -> Place {
    let part = |text: &str| text.to_owned();
    Place { partition: part("aws"), account: part("111122223333"), region: part("eu-west-1") }
}

fn plan(night: &str, accounts: &[&str], unreachable: &[&str]) -> Value {
    let sweep = |account: &&str| {
        json!({
            "partition": "aws", "account": account, "region": "us-east-1", "night": night,
            "since": format!("{night}T01:30:00Z"),
        })
    };
    json!({
        "night": night, "since": format!("{night}T01:30:00Z"),
        "sweeps": accounts.iter().map(sweep).collect::<Vec<_>>(),
        "unreachable": unreachable.iter().map(|a| (*a, "denied")).collect::<BTreeMap<_, _>>(),
        "digests": [2, 0],
    })
}

fn swept(night: &str, high: u64, cut_short: Option<&str>) -> Value {
    json!({
        "since": format!("{night}T01:30:00Z"), "functions": 10, "findings": {"HIGH": high}, "gaps": 1, "throttles": 3, "refused": 2,
        "calls": {"iam:GetRole": 2}, "cut_short": cut_short, "more": "that we need not know",
    })
}

async fn night(files: &Memory, hub: &Hub, night: &str, kept: &[(&str, Value)]) -> Summary {
    for (name, value) in kept {
        write_json(files, night.parse().unwrap(), name, value).await.unwrap();
    }
    let now: Timestamp = format!("{night}T03:30:00Z").parse().unwrap();
    let seen = Seen::of(files, night.parse().unwrap()).await.unwrap();
    summarise(files, hub, &home(), &Baseline::default(), &seen, now).await.unwrap()
}

#[tokio::test]
async fn what_was_planned_and_not_seen_is_missing_until_it_is_seen() {
    let (files, hub) = (Memory::default(), Hub::default());
    let (near, far, shut) = ("111122223333", "444455556666", "777788889999");
    let missed = json!({
        "account": far, "region": "us-east-1", "error": "HubOff", "cause": "Security Hub is off",
        "since": "2026-11-26T01:30:00Z",
    });
    let day = json!({
        "account": far, "region": "us-east-1", "day": "2026-11-25", "error": "Denied", "cause": "",
        "since": "2026-11-26T01:30:00Z",
    });
    let first = night(
        &files,
        &hub,
        "2026-11-26",
        &[
            ("plan.json", plan("2026-11-26", &[near, far], &[shut])),
            ("111122223333.us-east-1.json", swept("2026-11-26", 5, None)),
            ("missed/444455556666.us-east-1.json", missed),
            ("missed/444455556666.us-east-1.2026-11-25.json", day),
        ],
    )
    .await;
    assert_eq!((first.planned, first.swept, first.digests), (2, 1, (2, 1, 0)));
    assert_eq!((first.rise, first.open(), first.seconds), (None, 5, 7200));
    let open = hub.open();
    assert!(open.keys().eq(["444455556666/us-east-1", "777788889999/eu-west-1"]), "{open:?}");
    assert!(open["444455556666/us-east-1"].contains("HubOff: Security Hub is off"), "{open:?}");
    assert!(open["777788889999/eu-west-1"].contains("cannot be entered: denied"), "{open:?}");

    let second = night(
        &files,
        &hub,
        "2026-11-27",
        &[
            ("plan.json", plan("2026-11-27", &[near, far, shut], &[])),
            ("111122223333.us-east-1.json", swept("2026-11-27", 4, None)),
            ("444455556666.us-east-1.json", swept("2026-11-27", 7, None)),
            ("777788889999.us-east-1.json", swept("2026-11-27", 0, Some("the list broke off"))),
        ],
    )
    .await;
    assert_eq!((second.swept, second.rise, second.all.throttles), (3, Some(6), 9));
    assert_eq!((second.missing.len(), second.partial.len()), (0, 1));
    assert_eq!((second.all.refused, second.refused.len(), second.all_refused()), (6, 0, 6));
    let open = hub.open();
    assert!(open.keys().eq(["777788889999/us-east-1"]), "{open:?}");
    assert!(open["777788889999/us-east-1"].contains("in part: the list broke off"), "{open:?}");

    // Who is meant no more leaves no gap behind.
    let third = night(
        &files,
        &hub,
        "2026-11-28",
        &[
            ("plan.json", plan("2026-11-28", &[near], &[])),
            ("111122223333.us-east-1.json", swept("2026-11-28", 4, None)),
        ],
    )
    .await;
    assert_eq!((third.missing.len(), third.rise), (0, Some(-7)));
    assert_eq!(hub.open(), BTreeMap::new());
    let kept: Summary = read_json(&files, "nights/2026-11-28/summary.json").await.unwrap();
    assert_eq!(kept, third);
}

#[tokio::test]
async fn a_summary_says_why_the_logs_could_not_be_listed() {
    let (files, mut plan) = (Memory::default(), plan("2026-11-26", &["111122223333"], &[]));
    plan["logs"] = json!("s3:ListBucket denied");
    let kept = [("plan.json", plan), ("111122223333.us-east-1.json", swept("2026-11-26", 0, None))];
    let summary = night(&files, &Hub::default(), "2026-11-26", &kept).await;
    let kept: Summary = read_json(&files, "nights/2026-11-26/summary.json").await.unwrap();
    assert_eq!(kept.logs.as_deref(), Some("s3:ListBucket denied"));
    assert_eq!(summary.trouble(), ["the days of logs could not be listed: s3:ListBucket denied"]);
}

#[tokio::test]
async fn a_place_that_said_nothing_at_all_is_missing_too() {
    let (files, hub) = (Memory::default(), Hub::default());
    let plan = plan("2026-11-26", &["111122223333"], &[]);
    let summary = night(&files, &hub, "2026-11-26", &[("plan.json", plan)]).await;
    assert!(summary.missing["111122223333/us-east-1"].contains("nothing said why"));
    assert_eq!(hub.open().len(), 1);
}

/// A night of the same name left its files, for nobody deletes them.
#[tokio::test]
async fn files_of_another_night_of_the_same_day_count_for_nothing() {
    let (near, far) = ("111122223333", "444455556666");
    let missed = |account: &str, since: &str, error: &str| {
        json!({
            "account": account, "region": "us-east-1", "since": since, "error": error, "cause": "",
        })
    };
    let day = json!({
        "account": far, "region": "us-east-1", "day": "2026-11-25", "error": "Denied", "cause": "",
        "since": "2026-11-26T00:30:00Z",
    });
    let mut old = swept("2026-11-26", 5, None);
    for since in [json!("2026-11-26T00:30:00Z"), Value::Null] {
        old["since"] = since;
        let kept = [
            ("plan.json", plan("2026-11-26", &[near, far], &[])),
            ("111122223333.us-east-1.json", old.clone()),
            ("444455556666.us-east-1.json", old.clone()),
            ("missed/111122223333.us-east-1.json", missed(near, "2026-11-26T01:30:00Z", "HubOff")),
            ("missed/444455556666.us-east-1.json", missed(far, "2026-11-26T00:30:00Z", "Gone")),
            ("missed/444455556666.us-east-1.2026-11-25.json", day.clone()),
        ];
        let summary = night(&Memory::default(), &Hub::default(), "2026-11-26", &kept).await;
        assert_eq!((summary.swept, summary.open(), summary.digests), (0, 0, (2, 0, 0)));
        assert!(summary.missing["111122223333/us-east-1"].contains("HubOff"), "{summary:?}");
        let nothing = "nothing said why";
        assert!(summary.missing["444455556666/us-east-1"].contains(nothing), "{summary:?}");
    }
}

#[tokio::test]
async fn a_day_of_logs_that_nobody_can_digest_fails_one_night() {
    let (files, hub, near) = (Memory::default(), Hub::default(), "111122223333");
    let mut told = Vec::new();
    for (name, days) in [
        ("2026-11-26", &["2026-11-24"][..]),
        ("2026-11-27", &["2026-11-24"]),
        ("2026-11-28", &["2026-11-24", "2026-11-27"]),
        ("2026-11-29", &["2026-11-24", "2026-11-27"]),
        ("2026-11-30", &[]),
        ("2026-12-01", &["2026-11-24"]),
    ] {
        for day in days {
            let missed = Missed {
                account: near.to_owned(),
                region: "us-east-1".to_owned(),
                day: Some(day.parse().unwrap()),
                since: format!("{name}T01:30:00Z").parse().ok(),
                error: "Denied".to_owned(),
                cause: String::new(),
            };
            missed.keep(&files, name.parse().unwrap()).await.unwrap();
        }
        let place = swept(name, 0, None);
        let kept =
            [("plan.json", plan(name, &[near], &[])), ("111122223333.us-east-1.json", place)];
        let summary = night(&files, &hub, name, &kept).await;
        told.push((summary.digests.1, summary.again, summary.trouble().join("")));
    }
    let failed = |what: &str| format!("{what} new days of logs were not digested");
    assert_eq!(
        told,
        [
            (1, 0, failed("1 of 2")),
            (1, 1, String::new()),
            (2, 1, failed("1 of 1")),
            (2, 2, String::new()),
            (0, 0, String::new()),
            (1, 0, failed("1 of 2")),
        ]
    );
}

#[test]
fn a_night_fails_where_of_too_much_nothing_was_seen() {
    let one = |place: &str| BTreeMap::from([(place.to_owned(), "why".to_owned())]);
    let of = |planned, swept, digests, again| Summary {
        planned,
        swept,
        digests,
        again,
        ..Summary::default()
    };
    for (summary, expected) in [
        (of(0, 0, (0, 0, 0), 0), &[][..]),
        (of(4, 4, (4, 0, 0), 0), &[]),
        (of(4, 3, (4, 1, 0), 0), &[]),
        (of(4, 2, (4, 1, 0), 0), &["2 of 4 places were not swept"]),
        (of(1, 0, (0, 0, 9), 0), &["1 of 1 places were not swept"]),
        (of(4, 4, (4, 2, 0), 0), &["2 of 4 new days of logs were not digested"]),
        (of(4, 4, (4, 2, 0), 1), &["1 of 3 new days of logs were not digested"]),
        (of(4, 4, (5, 2, 0), 1), &[]),
        (of(4, 4, (2, 2, 0), 2), &[]),
        (
            Summary { logs: Some("denied".to_owned()), ..of(1, 1, (0, 0, 0), 0) },
            &["the days of logs could not be listed: denied"],
        ),
        // In part is swept, and an account out of reach is no place.
        (Summary { partial: one("111122223333/eu-west-1"), ..of(1, 1, (0, 0, 0), 0) }, &[]),
        (Summary { missing: one("111122223333/eu-west-1"), ..of(1, 1, (0, 0, 0), 0) }, &[]),
        (
            Summary { missing: one("111122223333/eu-west-1"), ..of(0, 0, (0, 0, 0), 0) },
            &["no account could be entered"],
        ),
    ] {
        assert_eq!(summary.trouble(), expected, "{summary:?}");
    }
}
