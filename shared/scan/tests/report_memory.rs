//! A night of 20,000 functions becomes a report in the memory that `plan-sweep` has.

#![expect(clippy::unwrap_used, reason = "a test that cannot start fails")]

use std::{fs, path::Path};

use jiff::Timestamp;
use report::{Finding, Posture, Status};
use scan::{Files, Kind, Night, Part, PortError, Seen, Summary, Sweep, write_report};
use serde_json::json;

/// Findings of a part.
const EACH: usize = 5_000;
const NIGHT: &str = "2026-06-02";
const ACCOUNT: &str = "111122223333";

/// A night of so many findings, made while it is read.
struct Estate {
    findings: usize,
    written: std::sync::Mutex<Vec<(String, Vec<u8>)>>,
}

impl Estate {
    fn part(&self, from: usize) -> Part {
        let one = |number: usize| Finding {
            rule: "role-permission-unused".to_owned(),
            severity: model::Severity::Medium,
            function: format!(
                "arn:aws:lambda:eu-west-1:{ACCOUNT}:function:payments-service-prod-{}",
                number / 10
            )
            .parse()
            .unwrap(),
            owner: Some("payments".to_owned()),
            status: if number.is_multiple_of(3) { Status::Unknown } else { Status::Failed },
            first_seen: Some("2026-01-02T03:04:05Z".parse().unwrap()),
            evidence: format!("Role: {number} {}", "of what was granted and never used ".repeat(4)),
            exemption: None,
        };
        let to = (from + EACH).min(self.findings);
        Part { findings: (from..to).map(one).collect(), roles: Vec::new() }
    }

    fn plan(&self) -> Night {
        let (night, since) = (NIGHT.parse().unwrap(), Timestamp::UNIX_EPOCH);
        let sweep = Sweep {
            partition: "aws".to_owned(),
            account: ACCOUNT.to_owned(),
            region: "eu-west-1".to_owned(),
            night,
            since,
        };
        Night {
            night,
            since,
            sweeps: vec![sweep],
            unreachable: Default::default(),
            digests: (0, 0),
            logs: None,
        }
    }
}

impl Files for Estate {
    async fn read(&self, key: &str) -> Result<Vec<u8>, PortError> {
        let all = self.findings;
        let name = key.rsplit('/').next().unwrap();
        if let Some(from) = name.strip_prefix("part.") {
            return Ok(serde_json::to_vec(&self.part(from.parse().unwrap())).unwrap());
        }
        let text = match name {
            "plan.json" => json!(self.plan()),
            "111122223333.eu-west-1.json" => json!({
                "since": self.plan().since, "functions": all / 10,
                "findings": {"MEDIUM": all - all.div_ceil(3)}, "gaps": all.div_ceil(3),
                "parts": (0..all).step_by(EACH).map(|from| format!("part.{from}")).collect::<Vec<_>>(),
            }),
            _ => {
                let (kind, source) = (Kind::Gone, "none".into());
                return Err(PortError { operation: "read", subject: key.to_owned(), kind, source });
            }
        };
        Ok(text.to_string().into_bytes())
    }

    async fn write(&self, key: &str, bytes: Vec<u8>) -> Result<(), PortError> {
        self.written.lock().unwrap().push((key.to_owned(), bytes));
        Ok(())
    }

    async fn list(&self, folder: &str) -> Result<Vec<String>, PortError> {
        let place = format!("{folder}/{ACCOUNT}.eu-west-1.json");
        Ok(if folder.ends_with("/missed") { Vec::new() } else { vec![place] })
    }
}

/// Megabytes that this process ever had at once.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() / 1_000
}

/// Megabytes that the template gives `plan-sweep`.
fn given() -> u64 {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    let template = fs::read_to_string(template).unwrap();
    let (_, of_plan_sweep) = template.split_once("${AWS::StackName}-plan-sweep\n").unwrap();
    let (_, size) = of_plan_sweep.split_once("MemorySize: ").unwrap();
    size.split_whitespace().next().unwrap().parse().unwrap()
}

/// A quarter of 20,000 functions with ten findings each, in a quarter of the memory: the whole of
/// them takes an unoptimised build half a minute.
#[tokio::test]
async fn a_large_night_fits() {
    let estate = Estate { findings: 50_000, written: Default::default() };
    let summary = Summary { night: NIGHT.parse().unwrap(), ..Summary::default() };
    let before = peak();
    let seen = Seen::of(&estate, summary.night).await.unwrap();
    write_report(&estate, &summary, &seen, Timestamp::UNIX_EPOCH).await.unwrap();
    let needed = 4 * (peak() - before) + 200; // The program, its connections and what is sent.
    assert!(needed < given(), "20,000 functions need {needed} of {} MB", given());
    let written = estate.written.into_inner().unwrap();
    let posture: Posture = serde_json::from_slice(&written[0].1).unwrap();
    assert_eq!((posture.gaps.as_slice(), posture.findings.len()), (&[][..], 50_000));
}
