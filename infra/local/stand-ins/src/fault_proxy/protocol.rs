//! Errors in the words of each service.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::operation::{Operation, Protocol};

/// The request id of every made-up error.
const REQUEST: &str = "00000000-0000-4000-8000-000000000000";

/// Too many calls.
///
/// Sources: <https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html>,
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
pub(super) fn throttled(operation: &Operation) -> Response {
    let (status, code) = match (operation.protocol, operation.service.as_str()) {
        (Protocol::RestJson, "lambda" | "securityhub") => (429, "TooManyRequestsException"),
        (Protocol::RestJson, _) => (429, "ThrottlingException"),
        (Protocol::Json, "tagging") => (400, "ThrottledException"),
        (Protocol::Json, _) => (400, "ThrottlingException"),
        (Protocol::Query, _) => (400, "Throttling"),
        (Protocol::Ec2, _) => (503, "RequestLimitExceeded"),
        (Protocol::RestXml, _) => (503, "SlowDown"),
    };
    error(operation, status, code, "Rate exceeded")
}

/// No permission.
pub(super) fn denied(operation: &Operation) -> Response {
    let (status, code) = match operation.protocol {
        Protocol::RestJson => (403, "AccessDeniedException"),
        Protocol::Json => (400, "AccessDeniedException"),
        Protocol::Query | Protocol::RestXml => (403, "AccessDenied"),
        Protocol::Ec2 => (403, "UnauthorizedOperation"),
    };
    let Operation { service, name, .. } = operation;
    let who = "arn:aws:sts::000000000000:assumed-role/under-test/session";
    let message = format!("User: {who} is not authorized to perform: {service}:{name}");
    error(operation, status, code, &message)
}

/// A failure of the service itself.
pub(super) fn failed(operation: &Operation, status: u16) -> Response {
    let code = match status {
        503 => "ServiceUnavailable",
        _ => "InternalFailure",
    };
    error(operation, status, code, "the call failed on purpose")
}

fn error(operation: &Operation, status: u16, code: &str, message: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (kind, body) = match operation.protocol {
        // Lambda writes the message in small letters, Security Hub does not.
        Protocol::RestJson if operation.service == "lambda" => {
            ("application/json", json!({"message": message, "Type": "User"}).to_string())
        }
        Protocol::RestJson => {
            ("application/json", json!({"Message": message, "Code": code}).to_string())
        }
        Protocol::Json => {
            ("application/x-amz-json-1.1", json!({"__type": code, "message": message}).to_string())
        }
        Protocol::Query => (
            "text/xml",
            format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>\
                 <Message>{message}</Message></Error><RequestId>{REQUEST}</RequestId>\
                 </ErrorResponse>"
            ),
        ),
        Protocol::RestXml => (
            "application/xml",
            format!(
                "<Error><Code>{code}</Code><Message>{message}</Message>\
                 <RequestId>{REQUEST}</RequestId></Error>"
            ),
        ),
        Protocol::Ec2 => (
            "text/xml",
            format!(
                "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message>\
                 </Error></Errors><RequestID>{REQUEST}</RequestID></Response>"
            ),
        ),
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::HeaderName::from_static("x-amzn-errortype"), code),
        (header::HeaderName::from_static("x-amzn-requestid"), REQUEST),
    ];
    (status, headers, body).into_response()
}
