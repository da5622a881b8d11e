use std::{collections::BTreeSet, sync::Mutex};

use model::{Fact, Snapshot};

use super::*;
use crate::{
    Estate, Finding, Kind, Part, Place, Progress, Used, Workflow, WorkflowUpdate, night::read_json,
    testing,
};

/// A place whose list is told, and a store that keeps what is imported, and of times milliseconds.
#[derive(Default)]
struct Fake {
    names: Vec<String>,
    cut_short: Option<String>,
    out_of_time: Option<Progress>,
    /// Imports are refused, for good, one by one.
    refuses: bool,
    /// No function's runtime can be read.
    is_blind: bool,
    held: Mutex<BTreeMap<String, Finding>>,
    /// Imports before the store is out of reach.
    breaks_after: Option<usize>,
}

fn now() -> Timestamp {
    "2026-06-01T00:05:00Z".parse().unwrap()
}

impl Inventory for &Fake {
    async fn function(&self, _: &FunctionArn, _: Timestamp) -> Result<Snapshot, PortError> {
        unreachable!("a sweep asks for no single function")
    }

    async fn functions(&self, _: &Place, _: Turn) -> Result<Estate, PortError> {
        let one = |name: &String| Snapshot {
            read_at: "2026-06-01T00:00:00.123456789Z".parse().unwrap(),
            arn: format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}").parse().unwrap(),
            runtime: match self.is_blind {
                true => Fact::unknown("throttled"),
                false => Fact::Known(model::Runtime::Managed("python2.7".into())),
            },
            ..testing::snapshot()
        };
        Ok(Estate {
            functions: self.names.iter().map(one).collect(),
            cut_short: self.cut_short.clone(),
            out_of_time: self.out_of_time,
        })
    }

    async fn changed(&self, _: &FunctionArn, _: Timestamp) -> Result<(), PortError> {
        Ok(())
    }

    async fn users(
        &self,
        _: &Place,
        _: &Used,
        _: Timestamp,
    ) -> Result<Vec<FunctionArn>, PortError> {
        Ok(Vec::new())
    }

    async fn roles_of_policy(&self, _: &Place, _: &str) -> Result<Vec<String>, PortError> {
        Ok(Vec::new())
    }
}

impl Findings for &Fake {
    async fn observed(
        &self,
        _: &Place,
        _: Option<&[FunctionArn]>,
    ) -> Result<Vec<Observed>, PortError> {
        let held = self.held.lock().unwrap();
        let observed = |finding: &Finding| Observed {
            finding: finding.clone(),
            workflow: Workflow::New,
            note: None,
        };
        Ok(held.values().map(observed).collect())
    }

    async fn import(&self, _: &Place, findings: &[Finding]) -> Result<Vec<Refused>, PortError> {
        if self.refuses {
            let (code, message) = ("InvalidInput".to_owned(), String::new());
            let refused = |one: &Finding| Refused {
                id: one.id(),
                code: code.clone(),
                message: message.clone(),
            };
            return Ok(findings.iter().map(refused).collect());
        }
        let mut held = self.held.lock().unwrap();
        if self.breaks_after.is_some_and(|most| held.len() >= most) {
            let kind = Kind::Unreachable;
            let source = "gone".into();
            return Err(PortError { operation: "import", subject: String::new(), kind, source });
        }
        held.extend(findings.iter().map(|finding| {
            let born = finding.first_observed_at.as_millisecond();
            let first_observed_at = Timestamp::from_millisecond(born).unwrap();
            (finding.id(), Finding { first_observed_at, ..finding.clone() })
        }));
        Ok(Vec::new())
    }

    async fn update(&self, _: &Place, _: &[WorkflowUpdate]) -> Result<Vec<Refused>, PortError> {
        Ok(Vec::new())
    }
}

async fn run(fake: &Fake, seconds: i64) -> Run {
    swept(fake, seconds, &testing::Memory::default()).await.unwrap()
}

async fn swept(fake: &Fake, seconds: i64, files: &impl Files) -> Result<Run, PortError> {
    let warden = Warden {
        inventory: fake,
        findings: fake,
        calendar: rules::calendar().unwrap(),
        baseline: rules::baseline::parse("").unwrap(),
        clock: now,
    };
    let by = now() + jiff::SignedDuration::from_secs(seconds);
    warden.sweep(&sweep(), by, files).await
}

fn sweep() -> Sweep {
    Sweep {
        partition: "aws".into(),
        account: "111122223333".into(),
        region: "eu-west-1".into(),
        night: "2026-06-01".parse().unwrap(),
        since: now(),
    }
}

#[tokio::test]
async fn only_a_whole_run_clears_and_the_same_again_writes_nothing() {
    let mut fake = Fake { names: vec!["pay".to_owned(), "ship".to_owned()], ..Fake::default() };
    let first = run(&fake, 900).await;
    assert!(first.done && first.written > 0 && first.archived == 0, "{first:?}");
    assert_eq!(first.told.functions, 2);
    assert_eq!(first.told.rules["runtime-deprecated"], 2);
    let again = run(&fake, 900).await;
    assert_eq!((again.done, again.written), (true, 0));

    let of_ship = fake.held.lock().unwrap().keys().filter(|id| id.contains(":ship/")).count();
    fake.names.pop();
    let progress = Some(Progress { read: 1, left: 1 });
    for (cut_short, out_of_time, seconds, done, archived) in [
        (None, progress, 900, false, 0),
        (None, None, 0, false, 0),
        (Some("lambda:ListFunctions throttled".to_owned()), None, 900, true, 0),
        (None, None, 900, true, of_ship),
        (None, None, 900, true, 0),
    ] {
        (fake.cut_short, fake.out_of_time) = (cut_short, out_of_time);
        let run = run(&fake, seconds).await;
        assert_eq!(
            (run.done, run.archived, run.written),
            (done, archived, archived),
            "{fake:?}",
            fake = fake.cut_short
        );
    }
}

/// What the parts that a run names say, and of how many they are.
async fn told(files: &testing::Memory, run: &Run) -> (usize, Vec<report::Finding>) {
    let mut all = Vec::new();
    for key in &run.told.parts {
        assert!(key.starts_with("nights/2026-06-01/parts/111122223333.eu-west-1."), "{key}");
        all.extend(read_json::<Part>(files, key).await.unwrap().findings);
    }
    (run.told.parts.len(), all)
}

/// Killed and repeated as often as may be, a place is told once and whole.
#[tokio::test]
async fn parts_are_neither_lost_nor_doubled() {
    let names: Vec<String> = (0..450).map(|n| format!("f{n}")).collect();
    let mut fake = Fake { names, ..Fake::default() };
    let files = testing::Memory::default();
    let whole = swept(&fake, 900, &files).await.unwrap();
    let (count, expected) = told(&files, &whole).await;
    assert!(count >= 3, "{count} parts: the place is too small for this test");
    let open = expected.iter().filter(|one| one.is_open()).count() as u64;
    assert_eq!(open, whole.told.findings.values().sum::<u64>());
    assert_eq!(expected.len() as u64, open + whole.told.gaps);
    let functions: BTreeSet<_> = expected.iter().map(|one| (&one.function, &one.rule)).collect();
    assert_eq!(functions.len(), expected.len(), "one is there twice");

    // A run that dies when some is published and some parts are written, of other names, leaves
    // what the first told as it is.
    fake.names.iter_mut().for_each(|name| name.insert(0, 'x'));
    fake.held.lock().unwrap().clear();
    for breaks_after in [0, 1, expected.len() / 4, expected.len() * 3 / 4] {
        fake.breaks_after = Some(breaks_after);
        fake.held.lock().unwrap().clear();
        assert!(swept(&fake, 900, &files).await.is_err(), "{breaks_after}");
        assert_eq!(told(&files, &whole).await.1, expected, "{breaks_after}");
    }
    fake.breaks_after = None;
    let other = swept(&fake, 900, &files).await.unwrap();
    assert_eq!(told(&files, &other).await.1.len(), expected.len());
    assert_eq!(told(&files, &whole).await.1, expected);
    let again = swept(&fake, 900, &files).await.unwrap();
    assert_eq!(again.told.parts, other.told.parts, "the same parts are the same files");
}

#[tokio::test]
async fn first_seen_is_what_the_store_holds_and_else_now() {
    let fake = Fake { names: vec!["pay".to_owned(), "ship".to_owned()], ..Fake::default() };
    let files = testing::Memory::default();
    let born = |told: &[report::Finding], name: &str| {
        let of = |one: &&report::Finding| one.function.name() == name;
        let all: BTreeSet<_> = told.iter().filter(of).map(|one| one.first_seen).collect();
        all.into_iter().collect::<Vec<_>>()
    };
    // As the store keeps it.
    let read_at: Timestamp = "2026-06-01T00:00:00.123Z".parse().unwrap();
    let (_, first) = told(&files, &swept(&fake, 900, &files).await.unwrap()).await;
    assert_eq!(born(&first, "pay"), [Some(read_at)]);
    let long_ago: Timestamp = "2025-01-01T00:00:00Z".parse().unwrap();
    for finding in fake.held.lock().unwrap().values_mut() {
        if finding.about.function().unwrap().name() == "pay" {
            finding.first_observed_at = long_ago;
        }
    }
    let (_, second) = told(&files, &swept(&fake, 900, &files).await.unwrap()).await;
    assert_eq!(
        (born(&second, "pay"), born(&second, "ship")),
        (vec![Some(long_ago)], vec![Some(read_at)])
    );
}

#[tokio::test]
async fn a_failure_that_cannot_be_looked_at_again_stays_counted_and_told() {
    let mut fake = Fake { names: vec!["pay".to_owned(), "ship".to_owned()], ..Fake::default() };
    let files = testing::Memory::default();
    let first = swept(&fake, 900, &files).await.unwrap();
    fake.is_blind = true;
    let blind = swept(&fake, 900, &files).await.unwrap();
    assert_eq!(blind.told.rules, first.told.rules);
    assert_eq!(
        (&blind.told.findings, blind.told.oldest),
        (&first.told.findings, first.told.oldest)
    );
    let (_, told) = told(&files, &blind).await;
    let of_rule = told.iter().filter(|one| one.rule == "runtime-deprecated");
    let said: Vec<_> = of_rule.map(|one| (one.is_open(), one.evidence.as_str())).collect();
    let unverified = "unverified: could not tell: runtime unknown: throttled";
    assert_eq!(said, [(true, unverified); 2]);

    // What was no failure before is a gap.
    fake.held.lock().unwrap().clear();
    let new = swept(&fake, 900, &files).await.unwrap();
    let open = blind.told.rules.values().sum::<u64>();
    assert!(new.told.rules.is_empty());
    assert_eq!(new.told.gaps, blind.told.gaps + open);
}

#[tokio::test]
async fn what_the_store_would_not_take_is_counted() {
    let mut fake = Fake { names: vec!["pay".to_owned()], refuses: true, ..Fake::default() };
    let refused = run(&fake, 900).await;
    let told = refused.told;
    let all = told.findings.values().sum::<u64>() + told.gaps;
    assert!(refused.done && all > 0);
    assert_eq!((told.refused, told.written), (all, 0));
    fake.refuses = false;
    let taken = run(&fake, 900).await.told;
    assert_eq!((taken.refused, taken.written), (0, all));
}
