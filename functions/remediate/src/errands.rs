//! Each errand, and its answer.

use edge::{Click, ClickAction, Errand, RepairTask, diagnose};
use lambda_runtime::{Diagnostic, tracing};
use scan::{
    PortError,
    repair::{Order, Verified},
};
use serde_json::{Value, json};

use crate::Remediate;

impl Remediate {
    /// Runs an errand.
    ///
    /// # Errors
    /// A call failed, by the kind of its failure; `Unverified`: the rule is not content yet.
    pub(crate) async fn run(&self, errand: Errand) -> Result<Value, Diagnostic> {
        match errand {
            Errand::Nothing(why) => Ok(json!({ "outcome": "nothing", "why": why })),
            Errand::Task(task, order) => {
                let told = self.perform(task, &order).await?;
                tracing::info!(repair = order.repair, finding = order.finding, ?task, %told, "repair");
                Ok(told)
            }
            Errand::Clicked(click) => self.clicked(&click).await,
            Errand::Denied(denial) => {
                let order = self.mender.heed(&denial).await.map_err(|error| diagnose(&error))?;
                self.start(order).await
            }
            Errand::Patrol => {
                let (orders, failed) =
                    self.mender.patrol().await.map_err(|error| diagnose(&error))?;
                let started = self.start(orders).await?;
                match failed.into_iter().next() {
                    Some(error) => Err(diagnose(&error)),
                    None => Ok(started),
                }
            }
        }
    }

    async fn perform(&self, task: RepairTask, order: &Order) -> Result<Value, Diagnostic> {
        let id = order.repair.as_str();
        let failed = |error: PortError| diagnose(&error);
        Ok(match task {
            RepairTask::Plan => json!(self.mender.plan(order).await.map_err(failed)?),
            RepairTask::Apply => json!(self.mender.apply(id).await.map_err(failed)?),
            RepairTask::Verify => match self.mender.verify(id).await.map_err(failed)? {
                // An error, so that the state machine waits and asks again.
                Verified::NotYet { why } => {
                    return Err(Diagnostic {
                        error_type: "Unverified".to_owned(),
                        error_message: why,
                    });
                }
                verified => json!(verified),
            },
            RepairTask::Watch => json!(self.mender.watch(id).await.map_err(failed)?),
            RepairTask::RollBack => json!(self.mender.roll_back(order).await.map_err(failed)?),
        })
    }

    /// Every finding of the click, whatever becomes of the others.
    async fn clicked(&self, click: &Click) -> Result<Value, Diagnostic> {
        let (mut orders, mut told, mut failed) = (Vec::new(), Vec::new(), None);
        for finding in &click.findings {
            let done = match click.action {
                ClickAction::Repair => {
                    orders.push(Order::on_request(finding, &click.by, &click.request));
                    Ok(())
                }
                ClickAction::RollBack => {
                    self.mender.last_of(finding).await.map(|last| match last {
                        Some(id) => {
                            orders.push(Order::back(&id, finding, &click.by, &click.request))
                        }
                        None => told
                            .push(json!({ "finding": finding, "why": "no repair of it is known" })),
                    })
                }
                ClickAction::Allow(days) => self
                    .mender
                    .allow(finding, days, "Security-Hub-action")
                    .await
                    .map(|allowed| told.push(json!({ "finding": finding, "allowed": allowed }))),
            };
            if let Err(error) = done {
                tracing::error!(finding, error = error.advice(), "an action was not carried out");
                failed.get_or_insert(error);
            }
        }
        let started = self.start(orders).await?;
        tracing::info!(action = ?click.action, by = click.by, ?told, %started, "clicked");
        match failed {
            Some(error) => Err(diagnose(&error)),
            None => Ok(json!({ "started": started, "told": told })),
        }
    }

    /// Starts an execution for each order; one that was started before is not started again.
    async fn start(&self, orders: impl IntoIterator<Item = Order>) -> Result<Value, Diagnostic> {
        let (started, failed) = self.mender.start(&self.machine, orders).await;
        for error in &failed {
            tracing::error!(error = error.advice(), "a repair was not started");
        }
        match failed.first() {
            Some(error) => Err(diagnose(error)),
            None => Ok(json!(started)),
        }
    }
}
