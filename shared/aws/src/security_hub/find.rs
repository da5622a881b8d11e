//! `GetFindings`, in our own words over the SDK's runtime.
//!
//! The SDK's reader of a finding knows every kind of resource that AWS has. We read 17 members of a
//! finding, and no details of a resource. Measured with aws-sdk-securityhub 1.137 on x86_64:
//!
//! | what the SDK does | `on-change` | debug build: stack | CPU to compile the crate |
//! |---|---|---|---|
//! | nothing | 8.0 MB | | |
//! | writes | 8.9 MB | < 0.75 MB | 37 s |
//! | writes and reads | 11.4 MB | 6.6 MB, of the 2 MB that a thread has | 37 s |
//! | the same, at opt-level 1 | 11.4 MB | < 1 MB | 130 s |

use std::collections::{BTreeMap, BTreeSet};

use aws_smithy_runtime_api::{box_error::BoxError, client::orchestrator::HttpRequest};
use aws_smithy_types::body::SdkBody;
use model::FunctionArn;
use scan::{Kind, Observed, Place, PortError};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    read,
    wire::{PREFIX, product_arn},
};
use crate::{
    Cloud, Purpose,
    failure::{port_error, refuse},
    service::{Name, Service, json},
};

const GET: &str = "securityhub:GetFindings";

/// Values one attribute of a filter may have.
///
/// Source: <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_GetFindings.html>
const FILTER_VALUES: usize = 20;

/// Findings a page may hold.
const PAGE: usize = 100;

/// The findings of one place.
pub(super) struct Finder {
    service: Service,
    product: String,
    place: Place,
}

impl Finder {
    /// Sends nothing.
    ///
    /// # Errors
    /// The account cannot be entered.
    pub(super) async fn new(cloud: &Cloud, place: &Place) -> Result<Self, PortError> {
        let name = Name { id: "SecurityHub", host: "securityhub" };
        let service = Service::new(cloud, place, Purpose::Publish, name).await?;
        Ok(Self { service, product: product_arn(place), place: place.clone() })
    }

    /// What [`scan::Findings::about_accounts`] asks for.
    pub(super) async fn about_accounts(&self) -> Result<Vec<Observed>, PortError> {
        let mut found = BTreeMap::new();
        self.find(("ResourceType", &["AwsAccount"]), &mut found).await?;
        found.retain(|_, held: &mut Observed| held.finding.about.function().is_none());
        Ok(found.into_values().collect())
    }

    /// What [`scan::Findings::observed`] asks for.
    pub(super) async fn observed(
        &self,
        functions: Option<&[FunctionArn]>,
    ) -> Result<Vec<Observed>, PortError> {
        let mut found = BTreeMap::new();
        match functions {
            None => self.find(("ResourceId", &[]), &mut found).await?,
            Some(functions) => {
                let each: BTreeSet<&str> = functions.iter().map(FunctionArn::as_str).collect();
                let each: Vec<&str> = each.into_iter().collect();
                for some in each.chunks(FILTER_VALUES) {
                    self.find(("ResourceId", some), &mut found).await?;
                }
            }
        }
        Ok(found.into_values().collect())
    }

    /// Adds every finding of ours of which an attribute has one of the values to `found`, by id;
    /// every one if there are none.
    /// Archived ones too, for no record state is asked for.
    ///
    /// A finding that we cannot have written is left alone.
    async fn find(
        &self,
        wanted: (&str, &[&str]),
        found: &mut BTreeMap<String, Observed>,
    ) -> Result<(), PortError> {
        let mut input = self.query(wanted);
        let mut token: Option<String> = None;
        loop {
            let page = self.page(&Value::Object(input.clone())).await?;
            for finding in page.findings {
                match read::observed(&self.place, finding) {
                    Ok(observed) => _ = found.insert(observed.finding.id(), observed),
                    Err(foreign) => tracing::warn!(id = foreign.id, "{foreign}; it stays as it is"),
                }
            }
            let Some(next) = page.next_token.filter(|next| !next.is_empty()) else {
                return Ok(());
            };
            // A token that stays the same would be asked for ever.
            if token.as_ref() == Some(&next) {
                return Err(self.refuse("the same page was offered twice"));
            }
            input.insert("NextToken".to_owned(), json!(next));
            token = Some(next);
        }
    }

    /// The input of the first page.
    fn query(&self, (attribute, values): (&str, &[&str])) -> Map<String, Value> {
        let any_of = |values: &[&str], comparison: &str| -> Value {
            values.iter().map(|value| json!({ "Value": value, "Comparison": comparison })).collect()
        };
        let mut filters = Map::from_iter([
            ("ProductArn".to_owned(), any_of(&[&self.product], "EQUALS")),
            ("AwsAccountId".to_owned(), any_of(&[&self.place.account], "EQUALS")),
            ("GeneratorId".to_owned(), any_of(&[PREFIX], "PREFIX")),
        ]);
        if !values.is_empty() {
            filters.insert(attribute.to_owned(), any_of(values, "EQUALS"));
        }
        let (filters, most) = (Value::Object(filters), json!(PAGE));
        Map::from_iter([("Filters".to_owned(), filters), ("MaxResults".to_owned(), most)])
    }

    async fn page(&self, input: &Value) -> Result<Page, PortError> {
        let operation = self.service.operation("GetFindings", request, json);
        let answer = operation.invoke(input.to_string()).await;
        let body = answer.map_err(|error| port_error(GET, &self.product, error))?;
        serde_json::from_slice(&body)
            .map_err(|error| self.refuse(format!("unreadable answer: {error}")))
    }

    fn refuse(&self, reason: impl Into<String>) -> PortError {
        refuse(GET, &self.product, Kind::Failed, reason)
    }
}

/// <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_GetFindings.html>
fn request(body: String) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST")?;
    request.set_uri("/findings")?;
    let headers = request.headers_mut();
    headers.try_insert("content-type", "application/json")?;
    headers.try_insert("user-agent", "lambda-warden")?;
    Ok(request)
}

/// An answer. Without `Findings` it is none: an empty store must say so itself.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    findings: Vec<Value>,
    next_token: Option<String>,
}
