//! CloudFormation and CloudWatch in the Query protocol, and the scheduler over plain HTTP: one call
//! of each.

use std::collections::BTreeMap;

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
};
use aws_smithy_types::{body::SdkBody, error::metadata::ErrorMetadata};
use scan::{Kind, Place, PortError, doctor::Stack};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    Cloud, Purpose,
    ec2::{encode, read_xml, request},
    failure::{port_error, refuse},
    service::{Name, Service, ServiceError, json},
};

/// An operation of a service that answers forms with XML.
pub(super) struct Query {
    service: Name,
    name: &'static str,
    /// As IAM calls it.
    action: &'static str,
    version: &'static str,
}

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html>
pub(super) const DESCRIBE_STACKS: Query = Query {
    service: Name { id: "CloudFormation", host: "cloudformation" },
    name: "DescribeStacks",
    action: "cloudformation:DescribeStacks",
    version: "2010-05-15",
};

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html>
pub(super) const GET_METRIC_STATISTICS: Query = Query {
    service: Name { id: "CloudWatch", host: "monitoring" },
    name: "GetMetricStatistics",
    action: "cloudwatch:GetMetricStatistics",
    version: "2010-08-01",
};

impl Query {
    /// Sends `fields`; errors are about `subject`.
    pub(super) async fn send<T: DeserializeOwned>(
        &self,
        cloud: &Cloud,
        place: &Place,
        subject: &str,
        fields: &[(&str, &str)],
    ) -> Result<T, PortError> {
        let mut body = format!("Action={}&Version={}", self.name, self.version);
        for (name, value) in fields {
            body.push_str(&format!("&{name}={}", encode(value)));
        }
        let service = Service::new(cloud, place, Purpose::Read, self.service).await?;
        let answer = service.operation(self.name, request, text).invoke(body).await;
        let xml = answer.map_err(|error| port_error(self.action, subject, error))?;
        read_xml(&xml).map_err(|error| {
            refuse(self.action, subject, Kind::Failed, format!("unreadable answer: {error}"))
        })
    }
}

fn text(response: &HttpResponse) -> Result<String, OrchestratorError<ServiceError>> {
    let body = response.body().bytes().unwrap_or_default();
    let text = std::str::from_utf8(body).map_err(OrchestratorError::other)?;
    if response.status().is_success() {
        return Ok(text.to_owned());
    }
    let Refusal { error } = read_xml(text).unwrap_or_default();
    let meta = ErrorMetadata::builder().code(error.code).message(error.message).build();
    Err(OrchestratorError::operation(ServiceError(meta)))
}

/// Whether a schedule of the default group is on.
///
/// Source: <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetSchedule.html>
pub(super) async fn schedule(cloud: &Cloud, place: &Place, name: &str) -> Result<bool, PortError> {
    const ACTION: &str = "scheduler:GetSchedule";
    const NAME: Name = Name { id: "Scheduler", host: "scheduler" };
    let service = Service::new(cloud, place, Purpose::Read, NAME).await?;
    let answer = service.operation("GetSchedule", get, json).invoke(name.to_owned()).await;
    let body = answer.map_err(|error| port_error(ACTION, name, error))?;
    let answer: ScheduleAnswer = serde_json::from_slice(&body).map_err(|error| {
        refuse(ACTION, name, Kind::Failed, format!("unreadable answer: {error}"))
    })?;
    Ok(answer.state == "ENABLED")
}

fn get(name: String) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::empty());
    request.set_method("GET")?;
    request.set_uri(format!("/schedules/{}", encode(&name)))?;
    request.headers_mut().try_insert("user-agent", "lambda-warden")?;
    Ok(request)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ScheduleAnswer {
    state: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Refusal {
    error: Said,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Said {
    code: String,
    message: String,
}

/// `DescribeStacksResponse`
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Stacks {
    describe_stacks_result: StacksResult,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StacksResult {
    #[serde(default)]
    stacks: Members<StackAnswer>,
}

#[derive(Deserialize)]
struct Members<T> {
    #[serde(default = "Vec::new")]
    member: Vec<T>,
}

impl<T> Default for Members<T> {
    fn default() -> Self {
        Self { member: Vec::new() }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StackAnswer {
    stack_status: String,
    #[serde(default)]
    parameters: Members<Parameter>,
    #[serde(default)]
    outputs: Members<Output>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct Parameter {
    parameter_key: String,
    parameter_value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct Output {
    output_key: String,
    output_value: String,
}

impl Stacks {
    /// The one that was asked for.
    pub(super) fn first(self) -> Option<Stack> {
        let found = self.describe_stacks_result.stacks.member.into_iter().next()?;
        let parameters = found.parameters.member.into_iter();
        let outputs = found.outputs.member.into_iter();
        Some(Stack {
            status: found.stack_status,
            parameters: parameters.map(|one| (one.parameter_key, one.parameter_value)).collect(),
            outputs: outputs
                .map(|one| (one.output_key, one.output_value))
                .collect::<BTreeMap<_, _>>(),
        })
    }
}

/// `GetMetricStatisticsResponse`
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Statistics {
    get_metric_statistics_result: StatisticsResult,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StatisticsResult {
    #[serde(default)]
    datapoints: Members<Datapoint>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Datapoint {
    timestamp: String,
    #[serde(default)]
    sum: f64,
}

impl Statistics {
    /// The times of which something was counted.
    pub(super) fn counted(self) -> impl Iterator<Item = String> {
        let points = self.get_metric_statistics_result.datapoints.member.into_iter();
        points.filter(|point| point.sum > 0.0).map(|point| point.timestamp)
    }
}
