//! The event that follows each import and update.
//!
//! Source: <https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-event-formats.html>

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, header};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::store::{Finding, text};
use super::{EventSink, time};

/// One `Security Hub Findings - Imported` event, as a rule on the default bus gets it.
pub(super) fn imported(
    number: usize,
    account: &str,
    region: &str,
    finding: &Finding,
    now: Timestamp,
) -> Value {
    let part = |name| text(finding, name).unwrap_or_default();
    json!({
        "version": "0",
        "id": format!("00000000-0000-4000-8000-{number:012x}"),
        "detail-type": "Security Hub Findings - Imported",
        "source": "aws.securityhub",
        "account": account,
        "time": time::written(now),
        "region": region,
        "resources": [format!("{}/{}", part("ProductArn"), part("Id"))],
        "detail": {"findings": [finding]},
    })
}

/// The `Security Hub Findings - Custom Action` event of one finding that somebody selected.
pub(super) fn custom_action(
    number: usize,
    (account, region): (&str, &str),
    (action, name): (&str, &Value),
    finding: &Finding,
    now: Timestamp,
) -> Value {
    json!({
        "version": "0",
        "id": format!("00000000-0000-4000-8000-{number:012x}"),
        "detail-type": "Security Hub Findings - Custom Action",
        "source": "aws.securityhub",
        "account": account,
        "time": time::written(now),
        "region": region,
        "resources": [action],
        "detail": {
            "actionName": name.get("Name"),
            "actionDescription": name.get("Description"),
            "findings": [finding],
        },
    })
}

/// A sink that hands each event to the `PutEvents` of `endpoint`, in the account and Region of the
/// event, one after the other. An endpoint that does not answer is noted at debug level, no more.
///
/// # Errors
/// The thread that sends could not be started.
pub fn forward_to(endpoint: &str) -> io::Result<EventSink> {
    let (queue, mut waiting) = mpsc::unbounded_channel::<Value>();
    let endpoint = endpoint.to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("events".into()).spawn(move || {
        runtime.block_on(async {
            let client = Client::builder(TokioExecutor::new()).build_http();
            while let Some(event) = waiting.recv().await {
                let sent = match put_events(&endpoint, &event) {
                    Ok(request) => client.request(request).await.map_err(|error| error.to_string()),
                    Err(error) => Err(error.to_string()),
                };
                match sent {
                    Ok(answer) => tracing::debug!("event sent: {}", answer.status()),
                    Err(error) => tracing::debug!("event not sent to {endpoint}: {error}"),
                }
            }
        });
    })?;
    Ok(Arc::new(move |event| {
        let _receiver_gone = queue.send(event.clone());
    }))
}

/// Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>
fn put_events(endpoint: &str, event: &Value) -> Result<Request<Body>, axum::http::Error> {
    let part = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
    let entry = json!({
        "Source": part("source"),
        "DetailType": part("detail-type"),
        "Resources": event.get("resources"),
        "Detail": event.get("detail").map(Value::to_string),
    });
    // Only the scope counts: it says in whose account and Region the event happens.
    let scope = format!("{}/20260101/{}/events/aws4_request", part("account"), part("region"));
    Request::post(endpoint)
        .header(header::CONTENT_TYPE, "application/x-amz-json-1.1")
        .header("x-amz-target", "AWSEvents.PutEvents")
        .header(
            header::AUTHORIZATION,
            format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"),
        )
        .body(Body::from(json!({"Entries": [entry]}).to_string()))
}
