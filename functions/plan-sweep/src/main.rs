//! Lambda `plan-sweep`: what a night is to do, and what came of it.

mod tasks;

use std::{pin::Pin, sync::Arc};

use aws::{Cloud, Roles, Roots, Settings};
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
}
