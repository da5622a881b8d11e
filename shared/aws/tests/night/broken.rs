//! Ports that break as a schedule says.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use jiff::Timestamp;
use model::{Fact, FunctionArn, Snapshot};
use scan::{
    Estate, Files, Finding, Findings, Inventory, Kind, Observed, Place, PortError, Progress,
    Refused, Turn, Used, WorkflowUpdate,
};

use crate::{
    chaos::{Chaos, refused},
    world::{STAGES, stage},
};

/// Findings sent together, so that a cut falls between those that are in and those that are not.
const TOGETHER: usize = 7;

/// A port before which things break.
#[derive(Clone, Debug)]
pub(crate) struct Broken<P> {
    pub(crate) port: P,
    pub(crate) chaos: Arc<Chaos>,
    /// Functions of which once something could not be read.
    pub(crate) blind: Arc<Mutex<BTreeSet<String>>>,
}

impl<P> Broken<P> {
    /// Takes a fact away now and then, but in the last night: what is not read again afterwards
    /// stays unknown.
    fn dim(&self, mut function: Snapshot) -> Snapshot {
        let is_last = stage() + 1 == STAGES.len();
        let arn = function.arn.as_str().to_owned();
        if !is_last && self.chaos.strikes("fact unknown", 0.03, &arn) {
            self.blind.lock().unwrap().insert(arn);
            function.runtime = Fact::unknown("throttled");
            function.exposure.policy = Fact::unknown("throttled");
            function.environment = Fact::unknown("throttled");
        }
        function
    }
}

impl<P: Inventory> Inventory for Broken<P> {
    async fn function(&self, arn: &FunctionArn, as_of: Timestamp) -> Result<Snapshot, PortError> {
        let operation = "lambda:GetFunctionConfiguration";
        let work = self.port.function(arn, as_of);
        Ok(self.dim(self.chaos.call(operation, arn.as_str(), work).await?))
    }

    async fn functions(&self, place: &Place, turn: Turn) -> Result<Estate, PortError> {
        let what = place.to_string();
        let work = self.port.functions(place, turn);
        let mut estate = self.chaos.call("lambda:ListFunctions", &what, work).await?;
        if self.chaos.strikes("out of time", 0.05, &what) {
            let progress = Progress { read: 1, left: estate.functions.len() };
            return Ok(Estate { out_of_time: Some(progress), ..Estate::default() });
        }
        if self.chaos.strikes("list cut short", 0.05, &what) {
            estate.functions.truncate(estate.functions.len() / 2);
            estate.cut_short = Some("lambda:ListFunctions: throttled".to_owned());
        }
        let functions = std::mem::take(&mut estate.functions);
        estate.functions = functions.into_iter().map(|one| self.dim(one)).collect();
        Ok(estate)
    }

    async fn changed(&self, arn: &FunctionArn, at: Timestamp) -> Result<(), PortError> {
        let work = self.port.changed(arn, at);
        self.chaos.call("s3:PutObject", arn.as_str(), work).await
    }

    async fn users(
        &self,
        place: &Place,
        what: &Used,
        as_of: Timestamp,
    ) -> Result<Vec<FunctionArn>, PortError> {
        self.port.users(place, what, as_of).await
    }

    async fn roles_of_policy(&self, place: &Place, arn: &str) -> Result<Vec<String>, PortError> {
        self.port.roles_of_policy(place, arn).await
    }
}

impl<P: Findings> Findings for Broken<P> {
    async fn observed(
        &self,
        place: &Place,
        functions: Option<&[FunctionArn]>,
    ) -> Result<Vec<Observed>, PortError> {
        let work = self.port.observed(place, functions);
        self.chaos.call("securityhub:GetFindings", &place.to_string(), work).await
    }

    async fn about_accounts(&self, place: &Place) -> Result<Vec<Observed>, PortError> {
        let work = self.port.about_accounts(place);
        self.chaos.call("securityhub:GetFindings", &place.to_string(), work).await
    }

    async fn import(&self, place: &Place, findings: &[Finding]) -> Result<Vec<Refused>, PortError> {
        let mut failed = Vec::new();
        for some in findings.chunks(TOGETHER) {
            let fails =
                |one: &&Finding| self.chaos.strikes("import of one failed", 0.01, &one.id());
            let (bad, good): (Vec<&Finding>, Vec<&Finding>) = some.iter().partition(fails);
            let good: Vec<Finding> = good.into_iter().cloned().collect();
            let work = self.port.import(place, &good);
            let operation = "securityhub:BatchImportFindings";
            failed.extend(self.chaos.call(operation, &place.to_string(), work).await?);
            failed.extend(bad.into_iter().map(|one| Refused {
                id: one.id(),
                code: "InternalFailure".to_owned(),
                message: "on purpose".to_owned(),
            }));
        }
        Ok(failed)
    }

    async fn update(
        &self,
        place: &Place,
        updates: &[WorkflowUpdate],
    ) -> Result<Vec<Refused>, PortError> {
        let mut failed = Vec::new();
        for some in updates.chunks(TOGETHER) {
            let work = self.port.update(place, some);
            let operation = "securityhub:BatchUpdateFindings";
            failed.extend(self.chaos.call(operation, &place.to_string(), work).await?);
        }
        Ok(failed)
    }
}

/// Files in memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl Files for Broken<Memory> {
    async fn read(&self, key: &str) -> Result<Vec<u8>, PortError> {
        let found = self.port.0.lock().unwrap().get(key).cloned();
        let found = found.ok_or_else(|| refused("s3:GetObject", key, Kind::Gone));
        self.chaos.call("s3:GetObject", key, async { found }).await
    }

    async fn write(&self, key: &str, bytes: Vec<u8>) -> Result<(), PortError> {
        let write = async {
            self.port.0.lock().unwrap().insert(key.to_owned(), bytes);
            Ok(())
        };
        self.chaos.call("s3:PutObject", key, write).await
    }

    async fn list(&self, folder: &str) -> Result<Vec<String>, PortError> {
        let keys: Vec<String> = self.port.0.lock().unwrap().keys().cloned().collect();
        let keys = keys.into_iter().filter(|key| key.starts_with(&format!("{folder}/"))).collect();
        self.chaos.call("s3:ListBucket", folder, async { Ok(keys) }).await
    }
}
