//! Lambda `on-change`: changes to functions and roles in, findings of the functions they touch out.

use std::{pin::Pin, sync::Arc};

use aws::{Cloud, Digests, Memory, Reader, Roles, SecurityHub, Settings, StateMachine};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use edge::{Config, Metrics};
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use scan::{Done, WINDOW_DAYS, Warden};

/// What one execution environment keeps between batches.
struct OnChange {
    warden: Warden<Reader, SecurityHub>,
    cloud: Arc<Cloud>,
    regions: Vec<String>,
    metrics: Metrics,
    done: Done,
    repairs: Option<StateMachine>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let on_change = &OnChange::new(Config::from_env()?)?;
    run(service_fn(|event: LambdaEvent<SqsEvent>| on_change.handle(event))).await
}

/// Erased: the whole use case in one type is deeper than the compiler looks.
type Answer<'a> = Pin<Box<dyn Future<Output = Result<SqsBatchResponse, Error>> + Send + 'a>>;

impl OnChange {
    fn new(config: Config) -> Result<Self, Error> {
        let roles = Roles::new(config.read_role, config.publish_role, config.external_id);
        let cloud = Arc::new(Cloud::new(Settings::lambda(roles)));
        let reader = Reader::new(cloud.clone(), &config.baseline);
        let reader = match config.bucket {
            Some(bucket) => reader.memory(Memory::new(cloud.clone(), bucket)),
            None => reader,
        };
        let warden = Warden {
            inventory: match config.ledger {
                Some(ledger) => reader.ledger(Digests::new(cloud.clone(), ledger), WINDOW_DAYS),
                None => reader,
            },
            findings: SecurityHub::new(cloud.clone()),
            calendar: rules::calendar()?,
            baseline: config.baseline,
            clock: Timestamp::now,
        };
        let (metrics, done) = (Metrics::default(), Done::default());
        let repairs = config.repairs.map(|arn| StateMachine::new(cloud.clone(), arn));
        Ok(Self { warden, cloud, regions: config.regions, metrics, done, repairs })
    }

    fn handle(&self, event: LambdaEvent<SqsEvent>) -> Answer<'_> {
        Box::pin(async move {
            let by = Timestamp::try_from(event.context.deadline())?;
            Ok(self.judge(event.payload, by).await)
        })
    }

    async fn judge(&self, event: SqsEvent, by: Timestamp) -> SqsBatchResponse {
        self.warden.inventory.hurry(by);
        let messages = edge::messages(event);
        let batch = self.warden.on_change(&messages, &self.regions, by, &self.done).await;
        if let Some(machine) = &self.repairs {
            edge::order_repairs(machine, &batch, &self.warden.baseline).await;
        }
        let (calls, throttles) = (self.cloud.calls(), self.cloud.throttles());
        for line in self.metrics.lines(Timestamp::now(), &batch, &calls, &throttles) {
            println!("{line}");
        }
        edge::answer(&batch)
    }
}
