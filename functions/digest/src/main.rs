//! Lambda `digest`: a day of CloudTrail's log files in, a digest of who called what out.

use std::{pin::Pin, sync::Arc, thread};

use aws::{Cloud, Digests, LogFiles, Roots, Settings};
use edge::{Order, Places, diagnose, summary};
use jiff::{Timestamp, tz::TimeZone};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, run, service_fn, tracing};
use scan::Digesting;
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let places = Places::from_env()?;
    let cloud = Arc::new(Cloud::new(Settings { roots: Roots::Amazon, ..Settings::default() }));
    let digesting = &Digesting {
        logs: LogFiles::new(cloud.clone(), places.logs),
        ledger: Digests::new(cloud, places.ledger),
        cores: thread::available_parallelism().map_or(1, usize::from),
    };
    run(service_fn(|event: LambdaEvent<Value>| answer(digesting, event.payload))).await
}

/// Erased: the whole use case in one type is deeper than the compiler looks.
type Answer<'a> = Pin<Box<dyn Future<Output = Result<Value, Diagnostic>> + Send + 'a>>;

fn answer(digesting: &Digesting<LogFiles, Digests>, event: Value) -> Answer<'_> {
    Box::pin(async move {
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        let done = match Order::read(event, today)? {
            Order::Items(items) => digesting.digest_each(items).await,
            Order::Missing(wanted) => {
                digesting.digest_all(&wanted, false, |_| {}).await.map_err(|e| diagnose(&e))?
            }
        };
        summary(&done)
    })
}
