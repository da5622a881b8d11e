//! Security Hub CSPM as the store of findings.
//!
//! Written in [`wire`], packed into calls in [`batch`]; found again in [`find`], read in [`read`].
//! Everything goes through the default product of the account that the function lives in, with
//! that account's credentials: Security Hub refuses anybody else's, the administrator's included.
//!
//! Writing goes through `aws-sdk-securityhub`. Finding does not; [`find`] says why.

mod answer;
mod batch;
mod find;
mod read;
mod resource;
mod text;
mod types;
mod wire;

use std::{collections::BTreeMap, error::Error, sync::Arc};

use aws_sdk_securityhub::{
    Client,
    types::{
        AwsSecurityFinding, AwsSecurityFindingIdentifier, BatchUpdateFindingsUnprocessedFinding,
        ImportFindingsError, NoteUpdate, WorkflowStatus, WorkflowUpdate as WireUpdate,
    },
};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use model::FunctionArn;
use scan::{AUTHOR, Finding, Findings, Kind, Observed, Place, PortError, Refused, WorkflowUpdate};
use serde_json::{Value, json};

use crate::{
    Cloud,
    failure::{port_error, refuse},
};
use answer::Names;
use batch::{BATCH, Batch};
use find::Finder;

const IMPORT: &str = "securityhub:BatchImportFindings";
const UPDATE: &str = "securityhub:BatchUpdateFindings";

/// Findings in Security Hub CSPM, each in the account and Region of its function.
#[derive(Clone, Debug)]
pub struct SecurityHub {
    cloud: Arc<Cloud>,
}

/// `findings` in the AWS Security Finding Format, as the input of `BatchImportFindings`:
/// `{"Findings": […]}`. It is what we would import, but for what is too large.
///
/// It comes from the SDK's own serialiser. What that cannot write is left out, and logged.
pub fn asff(findings: &[Finding]) -> Value {
    let written =
        |finding: &Finding| match batch::written(wire::wire(finding, &finding.about.place())) {
            Ok(written) => Some(written),
            Err(error) => {
                tracing::error!(id = finding.id(), error, "a finding cannot be written");
                None
            }
        };
    json!({ "Findings": findings.iter().filter_map(written).collect::<Vec<_>>() })
}

impl SecurityHub {
    /// A store reached through `cloud`.
    pub fn new(cloud: Arc<Cloud>) -> Self {
        Self { cloud }
    }

    async fn store(&self, place: &Place) -> Result<Store, PortError> {
        let client = self.cloud.security_hub(place).await?;
        Ok(Store { client, product: wire::product_arn(place) })
    }
}

impl Findings for SecurityHub {
    async fn observed(
        &self,
        place: &Place,
        functions: Option<&[FunctionArn]>,
    ) -> Result<Vec<Observed>, PortError> {
        Finder::new(&self.cloud, place).await?.observed(functions).await
    }

    async fn about_accounts(&self, place: &Place) -> Result<Vec<Observed>, PortError> {
        Finder::new(&self.cloud, place).await?.about_accounts().await
    }

    async fn import(&self, place: &Place, findings: &[Finding]) -> Result<Vec<Refused>, PortError> {
        // Of two findings with one id Security Hub would take the first; ours is the last.
        let last: BTreeMap<String, &Finding> =
            findings.iter().map(|finding| (finding.id(), finding)).collect();
        let store = self.store(place).await?;
        let mut refused = Vec::new();
        let mut batch = Batch::default();
        for finding in last.into_values() {
            match batch::fitted(finding, place) {
                Ok((finding, bytes)) => {
                    if let Some(full) = batch.push(finding, bytes) {
                        refused.extend(store.import(full).await?);
                    }
                }
                Err(too_large) => refused.push(too_large),
            }
        }
        refused.extend(store.import(batch.rest()).await?);
        Ok(refused)
    }

    async fn update(
        &self,
        place: &Place,
        updates: &[WorkflowUpdate],
    ) -> Result<Vec<Refused>, PortError> {
        let last: BTreeMap<&str, &WorkflowUpdate> =
            updates.iter().map(|update| (update.id.as_str(), update)).collect();
        // One call sets one status and one note.
        let mut alike: BTreeMap<(WorkflowStatus, &str), Vec<&str>> = BTreeMap::new();
        for (id, update) in last {
            let change = (wire::workflow_status(update.workflow), update.note.as_str());
            alike.entry(change).or_default().push(id);
        }
        let store = self.store(place).await?;
        let mut refused = Vec::new();
        for ((status, note), ids) in alike {
            for some in ids.chunks(BATCH) {
                refused.extend(store.update(&status, note, some).await?);
            }
        }
        Ok(refused)
    }
}

/// Security Hub in one place, to write to.
struct Store {
    client: Client,
    product: String,
}

impl Store {
    /// At most [`BATCH`] findings; none needs no call.
    async fn import(&self, batch: Vec<AwsSecurityFinding>) -> Result<Vec<Refused>, PortError> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let call = self.client.batch_import_findings().set_findings(Some(batch));
        let answer = call.customize().interceptor(Names("FailedCount")).send().await;
        let answer = answer.map_err(|error| self.error(IMPORT, error))?;
        let failed: Vec<Refused> = answer.failed_findings().iter().map(not_imported).collect();
        // So says Security Hub where it is off, or the product is not enabled.
        if let Some(off) = failed.iter().find(|refused| refused.code == "InvalidAccess") {
            return Err(self.refuse(IMPORT, Kind::HubOff, &off.message));
        }
        let counted = answer.failed_count().unwrap_or_default();
        if usize::try_from(counted) != Ok(failed.len()) {
            let why = format!("{counted} findings were refused, {} of them by name", failed.len());
            return Err(self.refuse(IMPORT, Kind::Failed, why));
        }
        Ok(failed)
    }

    /// At most [`BATCH`] findings.
    async fn update(
        &self,
        status: &WorkflowStatus,
        note: &str,
        ids: &[&str],
    ) -> Result<Vec<Refused>, PortError> {
        let identifier = |id: &&str| {
            AwsSecurityFindingIdentifier::builder().id(*id).product_arn(&self.product).build()
        };
        let note = wire::note_text(note)
            .map(|text| NoteUpdate::builder().text(text).updated_by(AUTHOR).build());
        let call = self
            .client
            .batch_update_findings()
            .set_finding_identifiers(Some(ids.iter().map(identifier).collect()))
            .workflow(WireUpdate::builder().status(status.clone()).build())
            .set_note(note);
        let answer = call.customize().interceptor(Names("UnprocessedFindings")).send().await;
        let answer = answer.map_err(|error| self.error(UPDATE, error))?;
        Ok(answer.unprocessed_findings().iter().map(not_updated).collect())
    }

    fn error<E>(&self, operation: &'static str, error: SdkError<E, HttpResponse>) -> PortError
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        port_error(operation, &self.product, error)
    }

    /// A refusal that an answer holds, or that is our own.
    fn refuse(&self, operation: &'static str, kind: Kind, reason: impl Into<String>) -> PortError {
        refuse(operation, &self.product, kind, reason)
    }
}

fn not_imported(error: &ImportFindingsError) -> Refused {
    refused(error.id(), error.error_code(), error.error_message())
}

fn not_updated(error: &BatchUpdateFindingsUnprocessedFinding) -> Refused {
    let id = error.finding_identifier().and_then(|identifier| identifier.id());
    refused(id, error.error_code(), error.error_message())
}

fn refused(id: Option<&str>, code: Option<&str>, message: Option<&str>) -> Refused {
    let text = |part: Option<&str>| part.unwrap_or_default().to_owned();
    Refused { id: text(id), code: text(code), message: text(message) }
}
