//! Lambda `remediate`: the tasks of a repair, and what starts one.

mod errands;

use std::{pin::Pin, sync::Arc};

use aws::{
    Changer, Cloud, Digests, NightFiles, Reader, Roles, SecurityHub, Settings, StateMachine,
};
use edge::{Config, Errand, RepairConfig};
use jiff::Timestamp;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, run, service_fn, tracing};
use scan::{WINDOW_DAYS, Warden, repair::Mender};
use serde_json::Value;

/// What one execution environment keeps.
struct Remediate {
    mender: Mender<Reader, SecurityHub, Changer, NightFiles>,
    machine: StateMachine,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let config = Config::from_env()?;
    let repair = RepairConfig::from_env(&config)?;
    let remediate = &Remediate::new(config, repair)?;
    run(service_fn(|event: LambdaEvent<Value>| remediate.answer(event))).await
}

/// Erased: the whole use case in one type is deeper than the compiler looks.
type Answer<'a> = Pin<Box<dyn Future<Output = Result<Value, Diagnostic>> + Send + 'a>>;

impl Remediate {
    fn new(config: Config, repair: RepairConfig) -> Result<Self, Error> {
        let roles = Roles::new(config.read_role, config.publish_role, config.external_id);
        let cloud = Arc::new(Cloud::new(Settings::lambda(roles.repair(repair.role))));
        let reader = Reader::new(cloud.clone(), &config.baseline);
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
        let mender = Mender {
            warden,
            changer: Changer::new(cloud.clone()),
            vault: NightFiles::new(cloud.clone(), repair.bucket),
            regions: config.regions,
            ours: repair.ours,
        };
        Ok(Self { mender, machine: StateMachine::new(cloud, repair.machine) })
    }

    fn answer(&self, event: LambdaEvent<Value>) -> Answer<'_> {
        Box::pin(async move {
            if let Ok(by) = Timestamp::try_from(event.context.deadline()) {
                self.mender.warden.inventory.hurry(by);
            }
            let errand = Errand::read(&event.payload)?;
            self.run(errand).await
        })
    }
}
