//! The four paths of the Runtime API.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::queue::Queue;
use super::{Answer, FUNCTION};

pub(super) fn router(queue: Arc<Queue>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .layer(DefaultBodyLimit::disable())
        .with_state(queue)
}

async fn next(State(queue): State<Arc<Queue>>) -> Response {
    let event = queue.next().await;
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", event.id),
        ("lambda-runtime-deadline-ms", event.deadline.to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            format!("arn:aws:lambda:us-east-1:000000000000:function:{FUNCTION}"),
        ),
        ("lambda-runtime-trace-id", "Root=1-00000000-000000000000000000000000;Sampled=0".into()),
    ];
    (headers, event.body).into_response()
}

async fn response(
    State(queue): State<Arc<Queue>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    accept(&queue, &id, Answer::Response(parsed(&body)))
}

async fn error(State(queue): State<Arc<Queue>>, Path(id): Path<String>, body: Bytes) -> Response {
    let body = parsed(&body);
    let part = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (kind, message) = (part("errorType"), part("errorMessage"));
    accept(&queue, &id, Answer::Error { kind, message, body })
}

async fn init_error(State(queue): State<Arc<Queue>>, body: Bytes) -> Response {
    queue.init_failed(parsed(&body));
    ok()
}

fn accept(queue: &Queue, id: &str, answer: Answer) -> Response {
    if queue.settle(id, answer) {
        return ok();
    }
    let body = json!({"errorType": "InvalidRequestID", "errorMessage": "Invalid request ID"});
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}

fn ok() -> Response {
    (StatusCode::ACCEPTED, Json(json!({"status": "OK"}))).into_response()
}

fn parsed(body: &[u8]) -> Value {
    serde_json::from_slice(body)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(body).into_owned()))
}
