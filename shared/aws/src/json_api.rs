//! KMS, tagging, CloudTrail, Organizations, queues, rules and executions: a few calls are needed, in
//! AWS JSON.
//!
//! Their SDK crates would do, but cost more to compile and to carry than these lines.

use aws_smithy_runtime_api::{box_error::BoxError, client::orchestrator::HttpRequest};
use aws_smithy_types::body::SdkBody;
use scan::{Kind, Place, PortError};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{
    Cloud, Purpose,
    failure::{port_error, refuse},
    service::{Name, Service, json},
};

/// An operation: a POST of an object to `/`.
#[derive(Debug)]
pub(crate) struct Call {
    service: Name,
    name: &'static str,
    /// As IAM calls it.
    pub(crate) action: &'static str,
    /// `X-Amz-Target`
    target: &'static str,
}

const EVENTS: Name = Name { id: "EventBridge", host: "events" };

/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeEventBus.html>
pub(crate) const DESCRIBE_EVENT_BUS: Call = Call {
    service: EVENTS,
    name: "DescribeEventBus",
    action: "events:DescribeEventBus",
    target: "AWSEvents.DescribeEventBus",
};

/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeRule.html>
pub(crate) const DESCRIBE_RULE: Call = Call {
    service: EVENTS,
    name: "DescribeRule",
    action: "events:DescribeRule",
    target: "AWSEvents.DescribeRule",
};

/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRuleNamesByTarget.html>
pub(crate) const LIST_RULE_NAMES_BY_TARGET: Call = Call {
    service: EVENTS,
    name: "ListRuleNamesByTarget",
    action: "events:ListRuleNamesByTarget",
    target: "AWSEvents.ListRuleNamesByTarget",
};

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html>
pub(crate) const GET_QUEUE_ATTRIBUTES: Call = Call {
    service: Name { id: "SQS", host: "sqs" },
    name: "GetQueueAttributes",
    action: "sqs:GetQueueAttributes",
    target: "AmazonSQS.GetQueueAttributes",
};

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html>
pub(crate) const LIST_EXECUTIONS: Call = Call {
    service: Name { id: "SFN", host: "states" },
    name: "ListExecutions",
    action: "states:ListExecutions",
    target: "AWSStepFunctions.ListExecutions",
};

/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html>
pub(crate) const DESCRIBE_KEY: Call = Call {
    service: Name { id: "KMS", host: "kms" },
    name: "DescribeKey",
    action: "kms:DescribeKey",
    target: "TrentService.DescribeKey",
};

/// <https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html>
pub(crate) const GET_RESOURCES: Call = Call {
    service: Name { id: "Resource Groups Tagging API", host: "tagging" },
    name: "GetResources",
    action: "tag:GetResources",
    target: "ResourceGroupsTaggingAPI_20170126.GetResources",
};

const CLOUDTRAIL: Name = Name { id: "CloudTrail", host: "cloudtrail" };

/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html>
pub(crate) const DESCRIBE_TRAILS: Call = Call {
    service: CLOUDTRAIL,
    name: "DescribeTrails",
    action: "cloudtrail:DescribeTrails",
    target: "CloudTrail_20131101.DescribeTrails",
};

/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html>
pub(crate) const GET_TRAIL_STATUS: Call = Call {
    service: CLOUDTRAIL,
    name: "GetTrailStatus",
    action: "cloudtrail:GetTrailStatus",
    target: "CloudTrail_20131101.GetTrailStatus",
};

/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventSelectors.html>
pub(crate) const GET_EVENT_SELECTORS: Call = Call {
    service: CLOUDTRAIL,
    name: "GetEventSelectors",
    action: "cloudtrail:GetEventSelectors",
    target: "CloudTrail_20131101.GetEventSelectors",
};

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html>
pub(crate) const LIST_ACCOUNTS: Call = Call {
    service: Name { id: "Organizations", host: "organizations" },
    name: "ListAccounts",
    action: "organizations:ListAccounts",
    target: "AWSOrganizationsV20161128.ListAccounts",
};

/// An operation in one place.
#[derive(Debug)]
pub(crate) struct JsonApi {
    call: &'static Call,
    service: Service,
}

impl JsonApi {
    /// Sends nothing.
    ///
    /// # Errors
    /// The account cannot be entered.
    pub(crate) async fn new(
        cloud: &Cloud,
        place: &Place,
        call: &'static Call,
    ) -> Result<Self, PortError> {
        let service = Service::new(cloud, place, Purpose::Read, call.service).await?;
        Ok(Self { call, service })
    }

    /// Sends `input` and again for each further page, with the token that `next` takes from the page
    /// before in `member`. Errors are about `subject`.
    pub(crate) async fn pages<T: DeserializeOwned>(
        &self,
        subject: &str,
        mut input: Map<String, Value>,
        member: &str,
        mut next: impl FnMut(T) -> Option<String>,
    ) -> Result<(), PortError> {
        loop {
            let page: T = self.send(subject, &Value::Object(input.clone())).await?;
            // The last page of some services has an empty token.
            let Some(token) = next(page).filter(|token| !token.is_empty()) else { return Ok(()) };
            if input.get(member).is_some_and(|before| *before == token) {
                let reason = "the same page was offered twice";
                return Err(refuse(self.call.action, subject, Kind::Failed, reason));
            }
            input.insert(member.to_owned(), token.into());
        }
    }

    /// Sends `input`; errors are about `subject`.
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        subject: &str,
        input: &Value,
    ) -> Result<T, PortError> {
        let call = self.call;
        let operation = self.service.operation(call.name, |body| request(call, body), json);
        let answer = operation.invoke(input.to_string()).await;
        let body = answer.map_err(|error| port_error(call.action, subject, error))?;
        serde_json::from_slice(&body).map_err(|error| {
            refuse(call.action, subject, Kind::Failed, format!("unreadable answer: {error}"))
        })
    }
}

/// Two of the services speak the older version of the protocol; what differs is this word.
fn content_type(call: &Call) -> &'static str {
    match call.service.host {
        "sqs" | "states" => "application/x-amz-json-1.0",
        _ => "application/x-amz-json-1.1",
    }
}

fn request(call: &Call, body: String) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST")?;
    request.set_uri("/")?;
    let headers = request.headers_mut();
    headers.try_insert("content-type", content_type(call))?;
    headers.try_insert("x-amz-target", call.target)?;
    headers.try_insert("user-agent", "lambda-warden")?;
    Ok(request)
}
