use std::collections::BTreeSet;

use aws::{AwsOrganization, Digests, LogFiles, NightFiles, SecurityHub};
use edge::{Task, missed, night_metrics, planned, summed_up};
use jiff::Timestamp;
use lambda_runtime::tracing;
use scan::{Item, Place, Planner, PortError, Seen, summary::summarise, undigested, write_report};
use serde_json::{Value, json};

use crate::PlanSweep;

impl PlanSweep {
    /// Does it, and answers what the state machine needs.
    pub(super) async fn perform(&self, task: Task) -> Result<Value, PortError> {
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
                let plan = planner.plan(self.undigested(now).await, now).await?;
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
                let seen = Seen::of(&files, night).await?;
                let summary = summarise(&files, &store, &home, baseline, &seen, now).await?;
                night_metrics(&summary, now).iter().for_each(|line| println!("{line}"));
                // The summary is kept by now, and stands whatever becomes of the report.
                let report = write_report(&files, &summary, &seen, now).await;
                Ok(summed_up(&summary, report))
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
