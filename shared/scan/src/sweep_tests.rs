use std::sync::Mutex;

use model::{Fact, Snapshot};

use super::*;
use crate::{Estate, Finding, Place, Progress, Used, Workflow, WorkflowUpdate, testing};

/// A place whose list is told, and a store that keeps what is imported.
#[derive(Default)]
struct Fake {
    names: Vec<&'static str>,
    cut_short: Option<String>,
    out_of_time: Option<Progress>,
    held: Mutex<BTreeMap<String, Finding>>,
}

fn now() -> Timestamp {
    "2026-06-01T00:05:00Z".parse().unwrap()
}

impl Inventory for &Fake {
    async fn function(&self, _: &FunctionArn, _: Timestamp) -> Result<Snapshot, PortError> {
        unreachable!("a sweep asks for no single function")
    }

    async fn functions(&self, _: &Place, _: Turn) -> Result<Estate, PortError> {
        let one = |name: &&str| Snapshot {
            arn: format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}").parse().unwrap(),
            runtime: Fact::Known(model::Runtime::Managed("python2.7".into())),
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
        let mut held = self.held.lock().unwrap();
        held.extend(findings.iter().map(|finding| (finding.id(), finding.clone())));
        Ok(Vec::new())
    }

    async fn update(&self, _: &Place, _: &[WorkflowUpdate]) -> Result<Vec<Refused>, PortError> {
        Ok(Vec::new())
    }
}

async fn run(fake: &Fake, seconds: i64) -> Run {
    let warden = Warden {
        inventory: fake,
        findings: fake,
        calendar: rules::calendar().unwrap(),
        baseline: rules::baseline::parse("").unwrap(),
        clock: now,
    };
    let sweep = Sweep {
        partition: "aws".into(),
        account: "111122223333".into(),
        region: "eu-west-1".into(),
        night: "2026-06-01".parse().unwrap(),
        since: now(),
    };
    let by = now() + jiff::SignedDuration::from_secs(seconds);
    warden.sweep(&sweep, by, &testing::Memory::default()).await.unwrap()
}

#[tokio::test]
async fn only_a_whole_run_clears_and_the_same_again_writes_nothing() {
    let mut fake = Fake { names: vec!["pay", "ship"], ..Fake::default() };
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
