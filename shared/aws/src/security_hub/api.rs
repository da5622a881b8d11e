use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
};
use aws_smithy_types::{body::SdkBody, error::metadata::ErrorMetadata};
use scan::{Kind, Place, PortError};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    Cloud, Purpose,
    failure::{port_error, refuse},
    service::{Name, Service, ServiceError},
};

const NAME: Name = Name { id: "SecurityHub", host: "securityhub" };

/// An operation of Security Hub's REST API.
#[derive(Debug)]
pub(super) struct Call {
    name: &'static str,
    /// As IAM calls it.
    pub(super) action: &'static str,
    method: &'static str,
    path: &'static str,
}

/// <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_GetFindings.html>
pub(super) const GET: Call = Call {
    name: "GetFindings",
    action: "securityhub:GetFindings",
    method: "POST",
    path: "/findings",
};

/// <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html>
pub(super) const IMPORT: Call = Call {
    name: "BatchImportFindings",
    action: "securityhub:BatchImportFindings",
    method: "POST",
    path: "/findings/import",
};

/// <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchUpdateFindings.html>
pub(super) const UPDATE: Call = Call {
    name: "BatchUpdateFindings",
    action: "securityhub:BatchUpdateFindings",
    method: "PATCH",
    path: "/findings/batchupdate",
};

/// Security Hub in one place, with the credentials that publish.
#[derive(Debug)]
pub(super) struct Api {
    service: Service,
    /// What errors are about.
    subject: String,
}

impl Api {
    pub(super) async fn new(
        cloud: &Cloud,
        place: &Place,
        subject: String,
    ) -> Result<Self, PortError> {
        let service = Service::new(cloud, place, Purpose::Publish, NAME).await?;
        Ok(Self { service, subject })
    }

    pub(super) async fn send<T: DeserializeOwned>(
        &self,
        call: &'static Call,
        input: &Value,
    ) -> Result<T, PortError> {
        let operation =
            self.service.operation(call.name, move |body| request(call, body), response);
        let answer = operation.invoke(input.to_string()).await;
        let body = answer.map_err(|error| port_error(call.action, &self.subject, error))?;
        serde_json::from_slice(&body)
            .map_err(|error| self.refuse(call, Kind::Failed, format!("unreadable answer: {error}")))
    }

    /// A refusal that an answer holds, or that is our own.
    pub(super) fn refuse(&self, call: &Call, kind: Kind, reason: impl Into<String>) -> PortError {
        refuse(call.action, &self.subject, kind, reason)
    }
}

fn request(call: &Call, body: String) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method(call.method)?;
    request.set_uri(call.path)?;
    let headers = request.headers_mut();
    headers.try_insert("content-type", "application/json")?;
    headers.try_insert("user-agent", "lambda-warden")?;
    Ok(request)
}

fn response(response: &HttpResponse) -> Result<Vec<u8>, OrchestratorError<ServiceError>> {
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        return Ok(body.to_vec());
    }
    let said: Said = serde_json::from_slice(body).unwrap_or_default();
    let named = response.headers().get("x-amzn-errortype").map(str::to_owned).or(said.code);
    // `Code:http://…`, `namespace#Code`
    let named = named.unwrap_or_default();
    let code = named.split(':').next().and_then(|part| part.rsplit('#').next()).unwrap_or_default();
    let meta = ErrorMetadata::builder().code(code).message(said.message.unwrap_or_default());
    Err(OrchestratorError::operation(ServiceError(meta.build())))
}

/// The body of an error.
///
/// Source: <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization>
#[derive(Debug, Default, Deserialize)]
struct Said {
    #[serde(alias = "Code", alias = "__type")]
    code: Option<String>,
    #[serde(alias = "Message")]
    message: Option<String>,
}
