//! Lambda `sweep`: one account and Region read, judged and brought in line with Security Hub.

use std::{pin::Pin, sync::Arc};

use aws::{Cloud, Digests, Memory, NightFiles, Reader, Roles, SecurityHub, Settings, StateMachine};
use edge::{Config, diagnose, swept};
use jiff::Timestamp;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, run, service_fn, tracing};
use scan::{WINDOW_DAYS, Warden};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let config = &Config::from_env()?;
    let bucket = &config.bucket()?;
    run(service_fn(|event: LambdaEvent<Value>| answer(config, bucket, event))).await
}

/// Erased: the whole use case in one type is deeper than the compiler looks.
type Answer<'a> = Pin<Box<dyn Future<Output = Result<Value, Diagnostic>> + Send + 'a>>;

fn answer<'a>(config: &'a Config, bucket: &'a str, event: LambdaEvent<Value>) -> Answer<'a> {
    Box::pin(async move {
        let sweep = edge::sweep(event.payload)?;
        let by = event.context.deadline();
        let by = Timestamp::try_from(by).unwrap_or_else(|_| Timestamp::now());
        // One a run, so that the calls counted are the run's.
        let cloud = Arc::new(Cloud::new(settings(config)));
        let warden = warden(config, bucket, &cloud)?;
        let files = NightFiles::new(cloud.clone(), bucket);
        let run = warden.sweep(&sweep, by, &files).await;
        let mut run = run.map_err(|error| diagnose(&error))?;
        run.told.calls = cloud.calls();
        run.told.throttles = cloud.throttles().values().sum();
        if let Some(machine) = &config.repairs {
            let machine = StateMachine::new(cloud, machine);
            edge::start_repairs(&machine, std::mem::take(&mut run.due)).await;
        }
        if run.done {
            run.keep(&files, &sweep).await.map_err(|error| diagnose(&error))?;
        }
        Ok(swept(&sweep, &run))
    })
}

fn settings(config: &Config) -> Settings {
    let (read, publish) = (config.read_role.clone(), config.publish_role.clone());
    Settings::lambda(Roles::new(read, publish, config.external_id.clone()))
}

fn warden(
    config: &Config,
    bucket: &str,
    cloud: &Arc<Cloud>,
) -> Result<Warden<Reader, SecurityHub>, Diagnostic> {
    let memory = Memory::new(cloud.clone(), bucket);
    let reader = Reader::new(cloud.clone(), &config.baseline).memory(memory);
    Ok(Warden {
        inventory: match &config.ledger {
            Some(ledger) => reader.ledger(Digests::new(cloud.clone(), ledger), WINDOW_DAYS),
            None => reader,
        },
        findings: SecurityHub::new(cloud.clone()),
        calendar: rules::calendar().map_err(|error| edge::broken(&error))?,
        baseline: config.baseline.clone(),
        clock: Timestamp::now,
    })
}
