//! Lambda `plan-sweep`: what a night is to do, and what came of it.

use std::{collections::BTreeSet, pin::Pin, sync::Arc};

use aws::{
    AwsOrganization, Cloud, Digests, LogFiles, NightFiles, Roles, Roots, SecurityHub, Settings,
};
use edge::{Config, NightConfig, Task, diagnose, missed, night_metrics, planned};
use jiff::Timestamp;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, run, service_fn, tracing};
use scan::{Item, Place, Planner, PortError, summary::summarise, undigested};
use serde_json::{Value, json};

/// What one execution environment keeps.
struct PlanSweep {
    config: Config,
    night: NightConfig,
    cloud: Arc<Cloud>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let config = Config::from_env()?;
    let night = NightConfig::from_env(&config)?;
    let roles = Roles {
        read: config.read_role.clone(),
        publish: config.publish_role.clone(),
        external_id: config.external_id.clone(),
        session: "lambda-warden".to_owned(),
    };
    let settings = Settings { roots: Roots::Amazon, roles: Some(roles), ..Settings::default() };
    let plan_sweep = &PlanSweep { config, night, cloud: Arc::new(Cloud::new(settings)) };
    run(service_fn(|event: LambdaEvent<Value>| plan_sweep.answer(event.payload))).await
}

/// Erased: the whole use case in one type is deeper than the compiler looks.
type Answer<'a> = Pin<Box<dyn Future<Output = Result<Value, Diagnostic>> + Send + 'a>>;

impl PlanSweep {
    fn answer(&self, event: Value) -> Answer<'_> {
        Box::pin(async move {
            let task = Task::read(event)?;
            self.perform(task).await.map_err(|error| diagnose(&error))
        })
    }

    async fn perform(&self, task: Task) -> Result<Value, PortError> {
        let (bucket, now) = (&self.night.bucket, Timestamp::now());
        let files = NightFiles::new(self.cloud.clone(), bucket);
        match task {
            Task::Plan {} => {
                let planner = Planner {
                    organization: AwsOrganization::new(self.cloud.clone()),
                    files,
                    home: self.cloud.home().await?,
                    accounts: self.night.accounts.clone(),
                    regions: self.config.regions.clone(),
                    baseline: self.config.baseline.clone(),
                };
                let plan = planner.plan(self.undigested(now).await?, now).await?;
                Ok(planned(&plan, bucket.trim_start_matches("s3://")))
            }
            Task::Missed { night, item, error } => {
                let missed = missed(item, error);
                tracing::error!(?missed, "not done");
                missed.keep(&files, night).await.map(|()| json!({}))
            }
            Task::Summarise { night } => {
                let home: Place = self.cloud.home().await?;
                let store = SecurityHub::new(self.cloud.clone());
                let baseline = &self.config.baseline;
                let summary = summarise(&files, &store, &home, baseline, night, now).await?;
                night_metrics(&summary, now).iter().for_each(|line| println!("{line}"));
                Ok(json!(summary))
            }
        }
    }

    async fn undigested(&self, now: Timestamp) -> Result<BTreeSet<Item>, PortError> {
        let Some(logs) = &self.night.logs else {
            return Ok(BTreeSet::new());
        };
        let logs = LogFiles::new(self.cloud.clone(), logs);
        let ledger = Digests::new(self.cloud.clone(), &self.night.bucket);
        undigested(&logs, &ledger, &scan::night::window(now)).await
    }
}
