use aws_smithy_runtime_api::{box_error::BoxError, client::orchestrator::HttpRequest};
use aws_smithy_types::body::SdkBody;
use scan::{Kind, Place, PortError};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    Cloud, Purpose,
    failure::{port_error, refuse},
    service::{Name, Service, json},
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
        let operation = self.service.operation(call.name, move |body| request(call, body), json);
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
