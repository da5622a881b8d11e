//! Damage to real answers.

use std::io;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::{Value, json};

use super::Answer;

/// Promises the whole body, sends half of it, and breaks the connection.
pub(super) fn cut(answer: Answer) -> Response {
    let length = answer.body.len().max(2);
    let half = answer.body.slice(..answer.body.len() / 2);
    let parts = [Ok(half), Err(io::Error::other("cut on purpose"))];
    let mut response = Answer { body: Bytes::new(), ..answer }.into_response();
    response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    *response.body_mut() = Body::from_stream(stream::iter(parts));
    response
}

/// Drops the second half of the body from an otherwise sound response.
pub(super) fn truncate(answer: Answer) -> Response {
    let half = answer.body.slice(..answer.body.len() / 2);
    Answer { body: half, ..answer }.into_response()
}

/// Makes a function's configuration that of a function in mid-update. What is none stays as it is.
pub(super) fn unsettle(answer: Answer) -> Answer {
    match serde_json::from_slice(&answer.body) {
        Ok(Value::Object(mut body)) if body.contains_key("FunctionArn") => {
            body.insert("LastUpdateStatus".into(), json!("InProgress"));
            Answer { body: Bytes::from(Value::Object(body).to_string()), ..answer }
        }
        _ => answer,
    }
}

/// Takes the finding at `at` out of a batch: the rest, if any is left, and the finding's id. `None`
/// if there is none at that place.
pub(super) fn take_finding(body: &[u8], at: usize) -> Option<(Option<Bytes>, String)> {
    let mut batch: Value = serde_json::from_slice(body).ok()?;
    let findings = batch.get_mut("Findings")?.as_array_mut()?;
    if at >= findings.len() {
        return None;
    }
    let taken = findings.remove(at);
    let id = taken.get("Id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let rest = (!findings.is_empty()).then(|| Bytes::from(batch.to_string()));
    Some((rest, id))
}

/// Adds a failed finding to the answer for the others, or to an empty one.
pub(super) fn fail_finding(answer: Option<Answer>, id: &str) -> Response {
    let failure = json!({
        "Id": id,
        "ErrorCode": "InternalFailure",
        "ErrorMessage": "the finding failed on purpose",
    });
    let Some(answer) = answer else {
        let all = json!({"FailedCount": 1, "SuccessCount": 0, "FailedFindings": [failure]});
        return axum::Json(all).into_response();
    };
    let Ok(Value::Object(mut body)) = serde_json::from_slice(&answer.body) else {
        return answer.into_response();
    };
    let failed = body.get("FailedCount").and_then(Value::as_u64);
    match (failed, body.get_mut("FailedFindings")) {
        (Some(failed), Some(Value::Array(list))) => {
            list.push(failure);
            body.insert("FailedCount".into(), json!(failed + 1));
        }
        _ => return answer.into_response(), // The batch failed as a whole.
    }
    Answer { body: Bytes::from(Value::Object(body).to_string()), ..answer }.into_response()
}
