//! Sweeps one place as fast as the endpoint answers, and prints what it cost as a line of JSON.
//!
//! `place 2026-05-01 2` sweeps the own account and Region for two nights, with `WARDEN_BUCKET` for
//! memory. Beside the Lambda it has no runtime around it, and no regard for AWS's rates: not for AWS.

use std::{error::Error, sync::Arc, time::Instant};

use aws::{Cloud, Memory, NightFiles, Quota, Reader, SecurityHub, Settings};
use edge::Config;
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use scan::{Sweep, Warden};
use serde_json::{Value, json};

const USAGE: &str = "usage: place NIGHT NIGHTS";
/// What a Lambda has at most.
const TIME: SignedDuration = SignedDuration::from_mins(15);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let first: Date = arguments.next().ok_or(USAGE)?.parse()?;
    let nights: i64 = arguments.next().ok_or(USAGE)?.parse()?;
    let config = Config::from_env()?;
    for night in 0..nights {
        println!("{}", sweep(first.checked_add(night.days())?, &config).await?);
    }
    Ok(())
}

/// One night: as many runs as it takes.
async fn sweep(night: Date, config: &Config) -> Result<Value, Box<dyn Error>> {
    let began = Instant::now();
    let since = Timestamp::now();
    let mut runs = 0;
    loop {
        runs += 1;
        let settings = Settings { quota: Quota::Unlimited, ..Settings::default() };
        let cloud = Arc::new(Cloud::new(settings));
        let home = cloud.home().await?;
        let sweep = Sweep {
            partition: home.partition,
            account: home.account,
            region: home.region,
            night,
            since,
        };
        let memory = Memory::new(cloud.clone(), config.bucket()?);
        let warden = Warden {
            inventory: Reader::new(cloud.clone(), &config.baseline).memory(memory),
            findings: SecurityHub::new(cloud.clone()),
            calendar: rules::calendar()?,
            baseline: config.baseline.clone(),
            clock: Timestamp::now,
        };
        let files = NightFiles::new(cloud.clone(), config.bucket()?);
        let run = warden.sweep(&sweep, Timestamp::now() + TIME, &files).await?;
        if run.done {
            return Ok(json!({
                "night": night,
                "runs": runs,
                "functions": run.told.functions,
                "findings": run.told.findings.values().sum::<u64>(),
                "written": run.written,
                "calls": cloud.calls(),
                "seconds": began.elapsed().as_secs_f64(),
                "peak_kib": peak_kib(),
            }));
        }
    }
}

/// The most memory this process has had. Source: <https://docs.kernel.org/filesystems/proc.html>
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
