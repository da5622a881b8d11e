//! The REST paths, as in botocore's model of the service.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State as Shared};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use axum::{Json, Router};
use serde_json::Value;

use super::store::{Request, State, Store};
use super::{Options, find, hub, import, update};
use crate::Caller;
use crate::api_error::ApiError;

type Act = fn(&mut State, &Options, &Request<'_>) -> Result<Value, ApiError>;

/// All routes over one store.
pub(super) fn router(store: Arc<Store>) -> Router {
    let on = |operation: &'static str, act: Act| {
        move |Shared(store): Shared<Arc<Store>>, headers: HeaderMap, body: Bytes| async move {
            answer(&store, operation, act, &headers, &body)
        }
    };
    Router::new()
        .route("/findings/import", post(on("BatchImportFindings", import::batch_import)))
        .route("/findings/batchupdate", patch(on("BatchUpdateFindings", update::batch_update)))
        .route("/findings", post(on("GetFindings", find::get_findings)))
        .route(
            "/accounts",
            get(on("DescribeHub", hub::describe)).post(on("EnableSecurityHub", hub::enable)),
        )
        .route("/actionTargets", post(on("CreateActionTarget", hub::create_action)))
        .route("/actionTargets/get", post(on("DescribeActionTargets", hub::describe_actions)))
        // No API of AWS's: what the console does when somebody picks an action for findings.
        .route("/console/act", post(on("console", hub::act)))
        .layer(DefaultBodyLimit::disable())
        .with_state(store)
}

fn answer(
    store: &Store,
    operation: &'static str,
    act: Act,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let Some(caller) = Caller::of(headers) else {
        let code = "MissingAuthenticationTokenException";
        return ApiError::new(403, code, "Missing Authentication Token").into_response();
    };
    let now = store.options.clock.now();
    match store.answer(&Request { operation, caller, body, now }, act) {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => error.into_response(),
    }
}
