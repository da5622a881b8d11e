use std::sync::Mutex;

use report::Role;
use serde_json::json;

use super::*;
use crate::{Night as Plan, Sweep, night::write_json, testing::Memory};

const NIGHT: &str = "2026-06-02";
const NEAR: &str = "111122223333";
const FAR: &str = "444455556666";

fn now() -> Timestamp {
    "2026-06-02T03:00:00Z".parse().unwrap()
}

fn finding(account: &str, name: &str, status: Status, evidence: &str) -> Finding {
    Finding {
        rule: "role-admin".to_owned(),
        severity: Severity::High,
        function: format!("arn:aws:lambda:eu-west-1:{account}:function:{name}").parse().unwrap(),
        owner: None,
        status,
        first_seen: Some(now()),
        evidence: evidence.to_owned(),
        exemption: None,
    }
}

fn role(account: &str, unused: u64) -> Role {
    let role = format!("arn:aws:iam::{account}:role/pay");
    Role { role, granted: 9, used: 1, unused, unverifiable: 0 }
}

fn sweep(account: &str) -> Sweep {
    Sweep {
        partition: "aws".to_owned(),
        account: account.to_owned(),
        region: "eu-west-1".to_owned(),
        night: NIGHT.parse().unwrap(),
        since: now(),
    }
}

/// A place whose summary names what was kept of it.
async fn keep(files: &Memory, account: &str, parts: &[Part]) -> Swept {
    let mut swept = Swept { since: Some(now()), functions: 3, passed: 40, ..Swept::default() };
    for part in parts {
        swept.parts.push(crate::night::keep_part(files, &sweep(account), part).await.unwrap());
        for one in &part.findings {
            match one.status {
                Status::Failed => *swept.findings.entry("HIGH".to_owned()).or_default() += 1,
                Status::Unknown => swept.gaps += 1,
            }
        }
    }
    let name = format!("{account}.eu-west-1.json");
    write_json(files, NIGHT.parse().unwrap(), &name, &swept).await.unwrap();
    swept
}

/// A night of two places: two parts and one.
async fn night() -> (Memory, Summary) {
    let files = Memory::default();
    let failed = |name| finding(NEAR, name, Status::Failed, "seen");
    let first = Part { findings: vec![failed("pay"), failed("ship")], roles: vec![role(NEAR, 5)] };
    let second = Part {
        findings: vec![finding(NEAR, "audit", Status::Unknown, "denied")],
        roles: vec![role(NEAR, 3)],
    };
    let of_far =
        Part { findings: vec![finding(FAR, "pay", Status::Failed, "seen")], roles: vec![] };
    keep(&files, NEAR, &[first, second]).await;
    keep(&files, FAR, &[of_far]).await;
    let night: Date = NIGHT.parse().unwrap();
    let plan = Plan {
        night,
        since: now(),
        sweeps: vec![sweep(NEAR), sweep(FAR), sweep("777788889999")],
        unreachable: BTreeMap::new(),
        digests: (0, 0),
        logs: None,
    };
    write_json(&files, night, "plan.json", &plan).await.unwrap();
    let missing = [("777788889999/eu-west-1".to_owned(), "was not swept: Denied".to_owned())];
    let summary = Summary { night, missing: missing.into(), ..Summary::default() };
    (files, summary)
}

async fn report_of(files: &Memory, summary: &Summary) -> Posture {
    let seen = Seen::of(files, summary.night).await.unwrap();
    write_report(files, summary, &seen, now()).await.unwrap();
    let page = files.read(&format!("nights/{NIGHT}/report.html")).await.unwrap();
    let posture: Posture = read_json(files, &format!("nights/{NIGHT}/posture.json")).await.unwrap();
    assert_eq!(report::html(&posture), String::from_utf8(page).unwrap(), "the two tell the same");
    posture
}

/// The keys of the parts, by place.
async fn parts(files: &Memory, account: &str) -> Vec<String> {
    let key = format!("nights/{NIGHT}/{account}.eu-west-1.json");
    read_json::<Swept>(files, &key).await.unwrap().parts
}

#[tokio::test]
async fn a_report_holds_what_every_place_told_and_names_who_told_nothing() {
    let (files, summary) = night().await;
    let posture = report_of(&files, &summary).await;
    assert_eq!((posture.at, posture.findings.len()), (now(), 4));
    assert!(posture.rules["role-admin"].title.contains("everything"), "{:?}", posture.rules);
    let places: Vec<_> =
        posture.places.iter().map(|one| (&*one.account, one.functions, one.passed)).collect();
    assert_eq!(places, [(NEAR, 3, 40), (FAR, 3, 40)]);
    assert_eq!(posture.roles, [role(NEAR, 3)], "one line a role, which takes the least");
    assert_eq!(posture.gaps, [gap("777788889999/eu-west-1", "was not swept: Denied".to_owned())]);
    // Once more is the same once more.
    assert_eq!(report_of(&files, &summary).await, posture);
}

#[tokio::test]
async fn what_is_not_in_a_report_is_named_in_it() {
    let near = "111122223333/eu-west-1";
    type Change = fn(&Memory, &[String]);
    let cases: [(&str, Change, usize, &[&str]); 4] = [
        ("gone", |files, parts| files.set(&parts[0], None), 2, &["1 of 3", "no such file"]),
        (
            "half",
            |files, parts| files.set(&parts[1], Some("{\"findings\": [")),
            3,
            &["2 of 3", "EOF"],
        ),
        (
            "another's",
            |files, parts| files.set(&parts[0], Some("{\"findings\": [], \"roles\": []}")),
            2,
            &["1 of 3", "not kept"],
        ),
        (
            "of a version that kept none",
            |files, parts| {
                let key = format!("nights/{NIGHT}/{NEAR}.eu-west-1.json");
                files.set(&key, Some(&json!({"since": now(), "functions": 3, "findings": {"HIGH": 2}, "gaps": 1}).to_string()));
                assert!(!parts.is_empty());
            },
            1,
            &["0 of 3", "not kept"],
        ),
    ];
    for (why, change, findings, words) in cases {
        let (files, summary) = night().await;
        change(&files, &parts(&files, NEAR).await);
        let posture = report_of(&files, &summary).await;
        assert_eq!(posture.findings.len(), findings, "{why}");
        let said: Vec<_> = posture.gaps.iter().filter(|gap| gap.of == near).collect();
        assert_eq!(said.len(), 1, "{why}: {:?}", posture.gaps);
        for word in words {
            assert!(said[0].why.contains(word), "{why}: `{word}` is not in {said:?}");
        }
    }
}

#[tokio::test]
async fn days_that_were_not_digested_and_nights_that_cannot_be_read_are_named() {
    let (files, summary) = night().await;
    let night: Date = NIGHT.parse().unwrap();
    for (day, error) in
        [("2026-05-30", "Denied"), ("2026-06-01", "Throttled"), ("2026-05-31", "Gone")]
    {
        let missed = Missed {
            account: NEAR.to_owned(),
            region: "eu-west-1".to_owned(),
            day: Some(day.parse().unwrap()),
            since: Some(now()),
            error: error.to_owned(),
            cause: "because".to_owned(),
        };
        missed.keep(&files, night).await.unwrap();
    }
    let before = |high: u64| json!({"all": {"functions": 1, "findings": {"HIGH": high, "LOW": 1}}});
    for (back, high) in [(1, 9), (2, 8), (90, 7), (91, 6)] {
        let night = night.saturating_sub(back.days());
        let all = before(high)["all"].clone();
        let summary =
            Summary { night, all: serde_json::from_value(all).unwrap(), ..Summary::default() };
        write_json(&files, night, "summary.json", &summary).await.unwrap();
    }
    files.set("nights/2026-05-29/summary.json", Some("half"));
    let posture = report_of(&files, &summary).await;
    let history: Vec<_> =
        posture.history.iter().map(|one| (one.night.to_string(), one.violations.clone())).collect();
    let told = |high| BTreeMap::from([(Severity::High, high), (Severity::Low, 1)]);
    let expected = [("2026-03-04", 7), ("2026-05-31", 8), ("2026-06-01", 9)];
    assert_eq!(history, expected.map(|(night, high)| (night.to_owned(), told(high))));
    let said: Vec<_> = posture.gaps.iter().map(|gap| format!("{}: {}", gap.of, gap.why)).collect();
    assert_eq!(said.len(), 3, "{said:?}");
    let digests =
        "111122223333/eu-west-1: 3 days of logs were not digested, the last 2026-06-01: Throttled";
    assert!(said[0].starts_with(digests), "{said:?}");
    assert!(said[2].starts_with("the night of 2026-05-29: "), "{said:?}");
}

#[tokio::test]
async fn nobodys_words_leave_their_place() {
    let (files, summary) = night().await;
    let hostile = "</script><script>alert(1)</script>\u{202e}\u{1b}[2J";
    let of_far = finding(FAR, "pay", Status::Failed, hostile);
    keep(&files, FAR, &[Part { findings: vec![of_far], roles: vec![] }]).await;
    let posture = report_of(&files, &summary).await;
    let told = posture.findings.iter().any(|one| one.evidence == hostile);
    assert!(told, "it is kept as it is");
    for name in ["posture.json", "report.html"] {
        let text = files.read(&format!("nights/{NIGHT}/{name}")).await.unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(!text.contains(['\u{202e}', '\u{1b}']), "{name}");
        assert!(name == "posture.json" || !text.contains("<script"), "{name}");
    }
}

#[tokio::test]
async fn what_does_not_fit_is_left_out_and_named() {
    let (files, _) = night().await;
    let mut sizes = Vec::new();
    for key in parts(&files, NEAR).await {
        sizes.push(files.read(&key).await.unwrap().len());
    }
    let Seen { told, .. } = Seen::of(&files, NIGHT.parse().unwrap()).await.unwrap();
    for (left, findings, held) in [
        (0, 0, vec!["0 of 3", "0 of 1"]),
        (sizes[0], 2, vec!["2 of 3", "0 of 1"]),
        (sizes[0] + sizes[1], 3, vec!["0 of 1"]),
        (usize::MAX, 4, vec![]),
    ] {
        let mut posture = Posture::default();
        found(&files, &told, left, &mut posture).await;
        assert_eq!((posture.findings.len(), posture.gaps.len()), (findings, held.len()), "{left}");
        for (gap, held) in posture.gaps.iter().zip(held) {
            assert!(gap.why.starts_with(held) && gap.why.ends_with(FULL), "{left}: {gap:?}");
        }
    }
}

/// Files of which some cannot be written.
struct Shut<'a>(&'a Memory, &'static str, Mutex<Vec<String>>);

impl Files for Shut<'_> {
    async fn read(&self, key: &str) -> Result<Vec<u8>, PortError> {
        self.0.read(key).await
    }

    async fn write(&self, key: &str, bytes: Vec<u8>) -> Result<(), PortError> {
        if key.ends_with(self.1) {
            let (kind, source) = (Kind::Denied, "no".into());
            return Err(PortError {
                operation: "s3:PutObject",
                subject: key.to_owned(),
                kind,
                source,
            });
        }
        self.2.lock().unwrap().push(key.to_owned());
        self.0.write(key, bytes).await
    }

    async fn list(&self, folder: &str) -> Result<Vec<String>, PortError> {
        self.0.list(folder).await
    }
}

#[tokio::test]
async fn what_cannot_be_written_is_said() {
    let (files, summary) = night().await;
    let seen = Seen::of(&files, summary.night).await.unwrap();
    for (shut, written) in [("posture.json", 0), ("report.html", 1)] {
        let files = Shut(&files, shut, Mutex::default());
        let error = write_report(&files, &summary, &seen, now()).await.unwrap_err();
        assert!(error.advice().contains(shut), "{}", error.advice());
        assert_eq!(files.2.lock().unwrap().len(), written);
    }
}

#[tokio::test]
async fn a_place_whose_findings_were_refused_is_named() {
    let (files, summary) = night().await;
    let key = format!("nights/{NIGHT}/{NEAR}.eu-west-1.json");
    let swept = Swept { refused: 2, ..read_json(&files, &key).await.unwrap() };
    files.set(&key, Some(&json!(swept).to_string()));
    let gaps = report_of(&files, &summary).await.gaps;
    let said: Vec<_> = gaps.iter().filter(|gap| gap.of.starts_with(NEAR)).collect();
    assert!(said.len() == 1 && said[0].why.contains("would not take 2 findings"), "{gaps:?}");
}

#[tokio::test]
async fn logs_that_could_not_be_listed_are_named() {
    let (files, summary) = night().await;
    let summary = Summary { logs: Some("s3:ListBucket denied".to_owned()), ..summary };
    let gaps = report_of(&files, &summary).await.gaps;
    let said = gap(LOGS, "not digested: s3:ListBucket denied".to_owned());
    assert!(gaps.contains(&said), "{gaps:?}");
}
