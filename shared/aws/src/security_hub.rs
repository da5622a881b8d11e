//! Security Hub CSPM as the store of findings.
//!
//! Written in [`wire`], read back in [`read`], packed into calls in [`batch`]. Everything goes
//! through the default product of the account that the function lives in, with that account's
//! credentials: Security Hub refuses anybody else's, the administrator's included.
//!
//! We speak to its REST API without aws-sdk-securityhub. That crate holds a type for every kind of
//! resource AWS has: a finding takes 34 KB of memory before a word is in it, and reading one takes
//! 6.6 MB of stack in a debug build, three times what a thread has.

mod api;
mod batch;
mod read;
mod resource;
mod text;
mod types;
mod wire;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use model::FunctionArn;
use scan::{AUTHOR, Finding, Findings, Kind, Observed, Place, PortError, Refused, WorkflowUpdate};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Cloud;
use api::{Api, GET, IMPORT, UPDATE};
use batch::{BATCH, Batch};

/// Values one attribute of a filter may have.
///
/// Source: <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_GetFindings.html>
const FILTER_VALUES: usize = 20;

/// Findings a page may hold.
const PAGE: usize = 100;

/// Findings in Security Hub CSPM, each in the account and Region of its function.
#[derive(Clone, Debug)]
pub struct SecurityHub {
    cloud: Arc<Cloud>,
}

/// `findings` in the AWS Security Finding Format, as the input of `BatchImportFindings`:
/// `{"Findings": […]}`. It is what we would import, but for what is too large.
pub fn asff(findings: &[Finding]) -> Value {
    json!({ "Findings": findings.iter().map(wire::wire).collect::<Vec<_>>() })
}

impl SecurityHub {
    /// A store reached through `cloud`.
    pub fn new(cloud: Arc<Cloud>) -> Self {
        Self { cloud }
    }

    async fn store(&self, place: &Place) -> Result<Store, PortError> {
        let product = wire::product_arn(place);
        let api = Api::new(&self.cloud, place, product.clone()).await?;
        Ok(Store { api, product, place: place.clone() })
    }
}

impl Findings for SecurityHub {
    async fn observed(
        &self,
        place: &Place,
        functions: Option<&[FunctionArn]>,
    ) -> Result<Vec<Observed>, PortError> {
        let store = self.store(place).await?;
        let mut found = BTreeMap::new();
        match functions {
            None => store.read(&[], &mut found).await?,
            Some(functions) => {
                let each: BTreeSet<&str> = functions.iter().map(FunctionArn::as_str).collect();
                let each: Vec<&str> = each.into_iter().collect();
                for some in each.chunks(FILTER_VALUES) {
                    store.read(some, &mut found).await?;
                }
            }
        }
        Ok(found.into_values().collect())
    }

    async fn import(&self, place: &Place, findings: &[Finding]) -> Result<Vec<Refused>, PortError> {
        // Of two findings with one id Security Hub would take the first; ours is the last.
        let last: BTreeMap<String, &Finding> =
            findings.iter().map(|finding| (finding.id(), finding)).collect();
        let store = self.store(place).await?;
        let mut refused = Vec::new();
        let mut batch = Batch::default();
        for finding in last.into_values() {
            match batch::fitted(wire::wire(finding)) {
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
        let mut alike: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
        for (id, update) in last {
            let change = (wire::workflow_status(update.workflow), update.note.as_str());
            alike.entry(change).or_default().push(id);
        }
        let store = self.store(place).await?;
        let mut refused = Vec::new();
        for ((status, note), ids) in alike {
            for some in ids.chunks(BATCH) {
                refused.extend(store.update(status, note, some).await?);
            }
        }
        Ok(refused)
    }
}

/// Security Hub in one place.
struct Store {
    api: Api,
    product: String,
    place: Place,
}

impl Store {
    /// Adds every finding of ours about `functions` to `found`, by id; about any if there are none.
    /// Archived ones too, for no record state is asked for.
    ///
    /// A finding that we cannot have written is left alone.
    async fn read(
        &self,
        functions: &[&str],
        found: &mut BTreeMap<String, Observed>,
    ) -> Result<(), PortError> {
        let mut token: Option<String> = None;
        loop {
            let input = self.query(functions, token.as_deref());
            let page: Page = self.api.send(&GET, &input).await?;
            for finding in page.findings {
                match read::observed(&self.place, finding) {
                    Ok(observed) => _ = found.insert(observed.finding.id(), observed),
                    Err(foreign) => tracing::warn!(id = foreign.id, "{foreign}; it stays as it is"),
                }
            }
            match page.next_token.filter(|next| !next.is_empty()) {
                None => return Ok(()),
                // A token that stays the same would be asked for ever.
                Some(next) if token.as_ref() == Some(&next) => {
                    let why = "the same page was offered twice";
                    return Err(self.api.refuse(&GET, Kind::Failed, why));
                }
                next => token = next,
            }
        }
    }

    /// The input of `GetFindings` for one page.
    fn query(&self, functions: &[&str], token: Option<&str>) -> Value {
        let any_of = |values: &[&str], comparison: &str| -> Vec<Value> {
            values.iter().map(|value| json!({ "Value": value, "Comparison": comparison })).collect()
        };
        let mut input = json!({
            "Filters": {
                "ProductArn": any_of(&[&self.product], "EQUALS"),
                "AwsAccountId": any_of(&[&self.place.account], "EQUALS"),
                "GeneratorId": any_of(&[wire::PREFIX], "PREFIX"),
                "ResourceId": any_of(functions, "EQUALS"),
            },
            "MaxResults": PAGE,
            "NextToken": token,
        });
        wire::drop_empty(&mut input);
        input
    }

    /// At most [`BATCH`] findings; none needs no call.
    async fn import(&self, batch: Vec<Value>) -> Result<Vec<Refused>, PortError> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let answer: Imported = self.api.send(&IMPORT, &json!({ "Findings": batch })).await?;
        let failed = answer.failed_findings;
        // So says Security Hub where it is off, or the product is not enabled.
        if let Some(off) = failed.iter().find(|failure| failure.error_code == "InvalidAccess") {
            return Err(self.api.refuse(&IMPORT, Kind::HubOff, &off.error_message));
        }
        if answer.failed_count != failed.len() {
            let (all, named) = (answer.failed_count, failed.len());
            let why = format!("{all} findings were refused, {named} of them by name");
            return Err(self.api.refuse(&IMPORT, Kind::Failed, why));
        }
        Ok(failed.into_iter().map(Failure::refused).collect())
    }

    /// At most [`BATCH`] findings.
    async fn update(
        &self,
        status: &str,
        note: &str,
        ids: &[&str],
    ) -> Result<Vec<Refused>, PortError> {
        let identifier = |id: &&str| json!({ "Id": id, "ProductArn": self.product });
        let note = wire::note_text(note).map(|text| json!({ "Text": text, "UpdatedBy": AUTHOR }));
        let mut input = json!({
            "FindingIdentifiers": ids.iter().map(identifier).collect::<Vec<_>>(),
            "Workflow": { "Status": status },
            "Note": note,
        });
        wire::drop_empty(&mut input);
        let answer: Updated = self.api.send(&UPDATE, &input).await?;
        Ok(answer.unprocessed_findings.into_iter().map(Failure::refused).collect())
    }
}

/// Of `GetFindings`. Without `Findings` it is no answer: an empty store must say so itself.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    findings: Vec<Value>,
    next_token: Option<String>,
}

/// Of `BatchImportFindings`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Imported {
    failed_count: usize,
    #[serde(default)]
    failed_findings: Vec<Failure>,
}

/// Of `BatchUpdateFindings`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Updated {
    unprocessed_findings: Vec<Failure>,
}

/// A finding that failed by itself. An import names its id, an update the identifier.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Failure {
    id: String,
    finding_identifier: Identifier,
    error_code: String,
    error_message: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Identifier {
    id: String,
}

impl Failure {
    fn refused(self) -> Refused {
        let id = if self.id.is_empty() { self.finding_identifier.id } else { self.id };
        Refused { id, code: self.error_code, message: self.error_message }
    }
}
