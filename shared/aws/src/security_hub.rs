//! Security Hub CSPM as the store of findings.
//!
//! Written in [`wire`], read back in [`read`], packed into calls in [`batch`]. Everything goes
//! through the default product of the account that the function lives in, with that account's
//! credentials: Security Hub refuses anybody else's, the administrator's included.

mod batch;
mod read;
mod resource;
mod text;
mod types;
mod wire;

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    sync::Arc,
};

use aws_sdk_securityhub::{
    Client,
    types::{
        AwsSecurityFinding, AwsSecurityFindingFilters, AwsSecurityFindingIdentifier,
        BatchUpdateFindingsUnprocessedFinding, ImportFindingsError, NoteUpdate, StringFilter,
        StringFilterComparison, WorkflowUpdate as WireUpdate,
    },
};
use model::FunctionArn;
use scan::{AUTHOR, Finding, Findings, Kind, Observed, Place, PortError, Refused, WorkflowUpdate};

use crate::{
    Cloud,
    failure::{port_error, refuse},
};

const GET: &str = "securityhub:GetFindings";
const IMPORT: &str = "securityhub:BatchImportFindings";
const UPDATE: &str = "securityhub:BatchUpdateFindings";

/// Findings a page of `GetFindings` may hold.
const PAGE: i32 = 100;

/// Values one attribute of a filter may have.
///
/// Source: <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_GetFindings.html>
const FILTER_VALUES: usize = 20;

/// Findings in Security Hub CSPM, each in the account and Region of its function.
#[derive(Clone, Debug)]
pub struct SecurityHub {
    cloud: Arc<Cloud>,
}

/// `findings` in the AWS Security Finding Format, as the input of `BatchImportFindings`:
/// `{"Findings": […]}`.
///
/// # Errors
/// The SDK cannot write them.
pub fn asff(findings: &[Finding]) -> Result<serde_json::Value, Box<dyn Error + Send + Sync>> {
    let body = batch::serialised(findings.iter().map(wire::wire).collect())?;
    Ok(serde_json::from_slice(&body)?)
}

impl SecurityHub {
    /// A store reached through `cloud`.
    pub fn new(cloud: Arc<Cloud>) -> Self {
        Self { cloud }
    }

    async fn store(&self, place: &Place) -> Result<Store, PortError> {
        let client = self.cloud.security_hub(place).await?;
        Ok(Store { client, product: wire::product_arn(place), place: place.clone() })
    }
}

impl Findings for SecurityHub {
    async fn observed(
        &self,
        place: &Place,
        functions: Option<&[FunctionArn]>,
    ) -> Result<Vec<Observed>, PortError> {
        let store = self.store(place).await?;
        let Some(functions) = functions else {
            return Ok(read_back(place, store.all(&[]).await?));
        };
        let functions: Vec<&FunctionArn> =
            functions.iter().collect::<BTreeSet<_>>().into_iter().collect();
        let mut found = Vec::new();
        for some in functions.chunks(FILTER_VALUES) {
            found.extend(store.all(some).await?);
        }
        Ok(read_back(place, found))
    }

    async fn import(&self, place: &Place, findings: &[Finding]) -> Result<Vec<Refused>, PortError> {
        // Of two findings with one id Security Hub would take the first; ours is the last.
        let last: BTreeMap<String, &Finding> =
            findings.iter().map(|finding| (finding.id(), finding)).collect();
        let mut refused = Vec::new();
        let mut fitted = Vec::new();
        for finding in last.into_values() {
            match batch::fitted(wire::wire(finding)) {
                Ok(measured) => fitted.push(measured),
                Err(too_large) => refused.push(too_large),
            }
        }
        let store = self.store(place).await?;
        for batch in batch::batches(fitted) {
            refused.extend(store.import(batch).await?);
        }
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
        let mut alike: BTreeMap<_, Vec<&WorkflowUpdate>> = BTreeMap::new();
        for update in last.into_values() {
            let status = wire::workflow_status(update.workflow);
            alike.entry((status, &update.note)).or_default().push(update);
        }
        let store = self.store(place).await?;
        let mut refused = Vec::new();
        for updates in alike.values() {
            for batch in updates.chunks(batch::BATCH) {
                refused.extend(store.update(batch).await?);
            }
        }
        Ok(refused)
    }
}

/// Security Hub in one place.
struct Store {
    client: Client,
    product: String,
    place: Place,
}

impl Store {
    /// Every finding of ours about `functions`, at most [`FILTER_VALUES`]; about any if there are
    /// none. Archived ones too, for no record state is asked for.
    async fn all(&self, functions: &[&FunctionArn]) -> Result<Vec<AwsSecurityFinding>, PortError> {
        let equals = StringFilterComparison::Equals;
        let filters = AwsSecurityFindingFilters::builder()
            .product_arn(filter(equals.clone(), &self.product))
            .aws_account_id(filter(equals.clone(), &self.place.account))
            .generator_id(filter(StringFilterComparison::Prefix, wire::PREFIX));
        let filters = functions.iter().fold(filters, |filters, function| {
            filters.resource_id(filter(equals.clone(), function.as_str()))
        });
        let pages = self.client.get_findings().filters(filters.build()).max_results(PAGE);
        let mut items = pages.into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(finding) = items.next().await {
            found.push(finding.map_err(|error| port_error(GET, &self.product, error))?);
        }
        Ok(found)
    }

    async fn import(&self, batch: Vec<AwsSecurityFinding>) -> Result<Vec<Refused>, PortError> {
        let call = self.client.batch_import_findings().set_findings(Some(batch));
        let answer = call.send().await.map_err(|error| port_error(IMPORT, &self.product, error))?;
        let failed: Vec<Refused> = answer.failed_findings().iter().map(refused_import).collect();
        // So says Security Hub where it is off, or the product is not enabled.
        if let Some(off) = failed.iter().find(|refused| refused.code == "InvalidAccess") {
            return Err(refuse(IMPORT, &self.product, Kind::HubOff, &off.message));
        }
        let counted = answer.failed_count().unwrap_or_default();
        if usize::try_from(counted) != Ok(failed.len()) {
            let why = format!("{counted} findings were refused, {} of them by name", failed.len());
            return Err(refuse(IMPORT, &self.product, Kind::Failed, why));
        }
        Ok(failed)
    }

    /// Of one status and one note, at most [`batch::BATCH`].
    async fn update(&self, updates: &[&WorkflowUpdate]) -> Result<Vec<Refused>, PortError> {
        let Some(first) = updates.first() else { return Ok(Vec::new()) };
        let note = wire::note_text(&first.note)
            .map(|text| NoteUpdate::builder().text(text).updated_by(AUTHOR).build());
        let ids = updates.iter().map(|update| {
            AwsSecurityFindingIdentifier::builder()
                .id(&update.id)
                .product_arn(&self.product)
                .build()
        });
        let workflow = WireUpdate::builder().status(wire::workflow_status(first.workflow)).build();
        let call = self
            .client
            .batch_update_findings()
            .set_finding_identifiers(Some(ids.collect()))
            .workflow(workflow)
            .set_note(note);
        let answer = call.send().await.map_err(|error| port_error(UPDATE, &self.product, error))?;
        Ok(answer.unprocessed_findings().iter().map(refused_update).collect())
    }
}

/// One of each id, the latest; a finding that we cannot have written is left alone.
fn read_back(place: &Place, found: Vec<AwsSecurityFinding>) -> Vec<Observed> {
    let mut kept: BTreeMap<String, Observed> = BTreeMap::new();
    for finding in &found {
        match read::observed(place, finding) {
            Ok(observed) => {
                let id = observed.finding.id();
                let is_older =
                    |held: &Observed| held.finding.updated_at >= observed.finding.updated_at;
                if !kept.get(&id).is_some_and(is_older) {
                    kept.insert(id, observed);
                }
            }
            Err(foreign) => tracing::warn!(id = foreign.id, "{foreign}; it is left as it is"),
        }
    }
    kept.into_values().collect()
}

fn filter(comparison: StringFilterComparison, value: &str) -> StringFilter {
    StringFilter::builder().comparison(comparison).value(value).build()
}

fn refused_import(error: &ImportFindingsError) -> Refused {
    refused(error.id(), error.error_code(), error.error_message())
}

fn refused_update(error: &BatchUpdateFindingsUnprocessedFinding) -> Refused {
    let id = error.finding_identifier().and_then(|identifier| identifier.id());
    refused(id, error.error_code(), error.error_message())
}

fn refused(id: Option<&str>, code: Option<&str>, message: Option<&str>) -> Refused {
    let text = |part: Option<&str>| part.unwrap_or_default().to_owned();
    Refused { id: text(id), code: text(code), message: text(message) }
}
