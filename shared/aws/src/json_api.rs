//! KMS, tagging, CloudTrail, Organizations, CloudWatch and its logs, queues, rules, executions, Access
//! Analyzer: a few calls are needed, in JSON.
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

/// An operation that takes an object and answers one.
#[derive(Debug)]
pub(crate) struct Call {
    service: Name,
    name: &'static str,
    /// As IAM calls it.
    pub(crate) action: &'static str,
    form: Form,
}

/// How an operation is asked for.
#[derive(Debug)]
enum Form {
    /// AWS JSON: `X-Amz-Target`, and the version of the protocol.
    Target(&'static str, &'static str),
    /// REST with JSON in the body: the path.
    Post(&'static str),
    /// REST with the members in the query, all of them text: the path.
    Get(&'static str),
}

const EVENTS: Name = Name { id: "EventBridge", host: "events" };

/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeEventBus.html>
pub(crate) const DESCRIBE_EVENT_BUS: Call = Call {
    service: EVENTS,
    name: "DescribeEventBus",
    action: "events:DescribeEventBus",
    form: Form::Target("AWSEvents.DescribeEventBus", "1.1"),
};

/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeRule.html>
pub(crate) const DESCRIBE_RULE: Call = Call {
    service: EVENTS,
    name: "DescribeRule",
    action: "events:DescribeRule",
    form: Form::Target("AWSEvents.DescribeRule", "1.1"),
};

/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRuleNamesByTarget.html>
pub(crate) const LIST_RULE_NAMES_BY_TARGET: Call = Call {
    service: EVENTS,
    name: "ListRuleNamesByTarget",
    action: "events:ListRuleNamesByTarget",
    form: Form::Target("AWSEvents.ListRuleNamesByTarget", "1.1"),
};

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html>
pub(crate) const GET_QUEUE_ATTRIBUTES: Call = Call {
    service: Name { id: "SQS", host: "sqs" },
    name: "GetQueueAttributes",
    action: "sqs:GetQueueAttributes",
    form: Form::Target("AmazonSQS.GetQueueAttributes", "1.0"),
};

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html>
pub(crate) const LIST_EXECUTIONS: Call = Call {
    service: Name { id: "SFN", host: "states" },
    name: "ListExecutions",
    action: "states:ListExecutions",
    form: Form::Target("AWSStepFunctions.ListExecutions", "1.0"),
};

/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html>
pub(crate) const DESCRIBE_KEY: Call = Call {
    service: Name { id: "KMS", host: "kms" },
    name: "DescribeKey",
    action: "kms:DescribeKey",
    form: Form::Target("TrentService.DescribeKey", "1.1"),
};

/// <https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html>
pub(crate) const GET_RESOURCES: Call = Call {
    service: Name { id: "Resource Groups Tagging API", host: "tagging" },
    name: "GetResources",
    action: "tag:GetResources",
    form: Form::Target("ResourceGroupsTaggingAPI_20170126.GetResources", "1.1"),
};

const CLOUDTRAIL: Name = Name { id: "CloudTrail", host: "cloudtrail" };

/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html>
pub(crate) const DESCRIBE_TRAILS: Call = Call {
    service: CLOUDTRAIL,
    name: "DescribeTrails",
    action: "cloudtrail:DescribeTrails",
    form: Form::Target("CloudTrail_20131101.DescribeTrails", "1.1"),
};

/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html>
pub(crate) const GET_TRAIL_STATUS: Call = Call {
    service: CLOUDTRAIL,
    name: "GetTrailStatus",
    action: "cloudtrail:GetTrailStatus",
    form: Form::Target("CloudTrail_20131101.GetTrailStatus", "1.1"),
};

/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventSelectors.html>
pub(crate) const GET_EVENT_SELECTORS: Call = Call {
    service: CLOUDTRAIL,
    name: "GetEventSelectors",
    action: "cloudtrail:GetEventSelectors",
    form: Form::Target("CloudTrail_20131101.GetEventSelectors", "1.1"),
};

/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html>
pub(crate) const LIST_ACCOUNTS: Call = Call {
    service: Name { id: "Organizations", host: "organizations" },
    name: "ListAccounts",
    action: "organizations:ListAccounts",
    form: Form::Target("AWSOrganizationsV20161128.ListAccounts", "1.1"),
};

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html>
pub(crate) const DESCRIBE_LOG_GROUPS: Call = Call {
    service: Name { id: "CloudWatch Logs", host: "logs" },
    name: "DescribeLogGroups",
    action: "logs:DescribeLogGroups",
    form: Form::Target("Logs_20140328.DescribeLogGroups", "1.1"),
};

const CLOUDWATCH: Name = Name { id: "CloudWatch", host: "monitoring" };

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html>
pub(crate) const DESCRIBE_ALARMS: Call = Call {
    service: CLOUDWATCH,
    name: "DescribeAlarms",
    action: "cloudwatch:DescribeAlarms",
    form: Form::Target("GraniteServiceVersion20100801.DescribeAlarms", "1.0"),
};

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html>
pub(crate) const GET_METRIC_DATA: Call = Call {
    service: CLOUDWATCH,
    name: "GetMetricData",
    action: "cloudwatch:GetMetricData",
    form: Form::Target("GraniteServiceVersion20100801.GetMetricData", "1.0"),
};

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html>
pub(crate) const LIST_METRICS: Call = Call {
    service: CLOUDWATCH,
    name: "ListMetrics",
    action: "cloudwatch:ListMetrics",
    form: Form::Target("GraniteServiceVersion20100801.ListMetrics", "1.0"),
};

/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRules.html>
pub(crate) const LIST_RULES: Call = Call {
    service: EVENTS,
    name: "ListRules",
    action: "events:ListRules",
    form: Form::Target("AWSEvents.ListRules", "1.1"),
};

/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTargetsByRule.html>
pub(crate) const LIST_TARGETS_BY_RULE: Call = Call {
    service: EVENTS,
    name: "ListTargetsByRule",
    action: "events:ListTargetsByRule",
    form: Form::Target("AWSEvents.ListTargetsByRule", "1.1"),
};

const ANALYZER: Name = Name { id: "AccessAnalyzer", host: "access-analyzer" };

/// <https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ListAnalyzers.html>
pub(crate) const LIST_ANALYZERS: Call = Call {
    service: ANALYZER,
    name: "ListAnalyzers",
    action: "access-analyzer:ListAnalyzers",
    form: Form::Get("/analyzer"),
};

/// <https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ListFindingsV2.html>
// IAM has one action for both versions.
pub(crate) const LIST_FINDINGS_V2: Call = Call {
    service: ANALYZER,
    name: "ListFindingsV2",
    action: "access-analyzer:ListFindings",
    form: Form::Post("/findingv2"),
};

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>
pub(crate) const PUT_RETENTION_POLICY: Call = Call {
    service: Name { id: "CloudWatch Logs", host: "logs" },
    name: "PutRetentionPolicy",
    action: "logs:PutRetentionPolicy",
    form: Form::Target("Logs_20140328.PutRetentionPolicy", "1.1"),
};

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteRetentionPolicy.html>
pub(crate) const DELETE_RETENTION_POLICY: Call = Call {
    service: Name { id: "CloudWatch Logs", host: "logs" },
    name: "DeleteRetentionPolicy",
    action: "logs:DeleteRetentionPolicy",
    form: Form::Target("Logs_20140328.DeleteRetentionPolicy", "1.1"),
};

/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html>
pub(crate) const GET_KEY_POLICY: Call = Call {
    service: Name { id: "KMS", host: "kms" },
    name: "GetKeyPolicy",
    action: "kms:GetKeyPolicy",
    form: Form::Target("TrentService.GetKeyPolicy", "1.1"),
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
        Self::entered(cloud, place, Purpose::Read, call).await
    }

    /// As [`JsonApi::new`], with the credentials for `purpose`.
    ///
    /// # Errors
    /// The account cannot be entered.
    pub(crate) async fn entered(
        cloud: &Cloud,
        place: &Place,
        purpose: Purpose,
        call: &'static Call,
    ) -> Result<Self, PortError> {
        let service = Service::new(cloud, place, purpose, call.service).await?;
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
        // On the heap: it is large, and many are under way side by side.
        let answer = Box::pin(operation.invoke(input.to_string())).await;
        let body = answer.map_err(|error| port_error(call.action, subject, error))?;
        serde_json::from_slice(&body).map_err(|error| {
            refuse(call.action, subject, Kind::Failed, format!("unreadable answer: {error}"))
        })
    }
}

fn request(call: &Call, body: String) -> Result<HttpRequest, BoxError> {
    let (method, uri, kind, body) = match call.form {
        Form::Target(_, version) => {
            ("POST", "/".to_owned(), format!("application/x-amz-json-{version}"), body)
        }
        Form::Post(path) => ("POST", path.to_owned(), "application/json".to_owned(), body),
        Form::Get(path) => {
            let uri = format!("{path}{}", query(&serde_json::from_str(&body)?));
            ("GET", uri, "application/json".to_owned(), String::new())
        }
    };
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method(method)?;
    request.set_uri(uri)?;
    let headers = request.headers_mut();
    headers.try_insert("content-type", kind)?;
    if let Form::Target(target, _) = call.form {
        headers.try_insert("x-amz-target", target)?;
    }
    headers.try_insert("user-agent", "lambda-warden")?;
    Ok(request)
}

/// `?nextToken=a%2Fb`; nothing where there are no members.
fn query(members: &Map<String, Value>) -> String {
    let escaped = |text: &str| -> String {
        let escape = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        };
        text.bytes().map(escape).collect()
    };
    let pairs = members.iter().filter_map(|(name, value)| Some((name, value.as_str()?)));
    let pairs: Vec<String> =
        pairs.map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}
