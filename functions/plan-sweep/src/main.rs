//! Lambda `plan-sweep`: what a night is to do, and what came of it.

mod tasks;

use std::{pin::Pin, sync::Arc};

use aws::{Cloud, Roles, Settings};
use edge::{Config, NightConfig, Task, diagnose};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, run, service_fn, tracing};
use serde_json::Value;

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
    let (read, publish) = (config.read_role.clone(), config.publish_role.clone());
    let roles = Roles::new(read, publish, config.external_id.clone());
    let cloud = Arc::new(Cloud::new(Settings::lambda(roles)));
    let plan_sweep = &PlanSweep { config, night, cloud };
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
}
