//! The Lambda routes that the local emulator lacks: runtime management configuration.
//!
//! Functions are not looked up: every name exists, and starts with automatic updates.
//!
//! Sources: <https://docs.aws.amazon.com/lambda/latest/api/API_GetRuntimeManagementConfig.html>,
//! <https://docs.aws.amazon.com/lambda/latest/api/API_PutRuntimeManagementConfig.html>

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::Caller;
use crate::api_error::ApiError;
use crate::clock::locked;

/// Settings by ARN of the function or of its version.
type Settings = Arc<Mutex<BTreeMap<String, Value>>>;

/// The routes, with nothing set.
pub fn router() -> Router {
    let path = "/2021-07-20/functions/{name}/runtime-management-config";
    Router::new().route(path, get(read).put(write)).with_state(Settings::default())
}

#[derive(Debug, Deserialize)]
struct Version {
    #[serde(rename = "Qualifier")]
    qualifier: Option<String>,
}

async fn read(
    State(settings): State<Settings>,
    Path(name): Path<String>,
    Query(version): Query<Version>,
    headers: HeaderMap,
) -> Response {
    let arn = arn(&headers, &name, version);
    let set = locked(&settings).get(&arn).cloned();
    let default = || json!({"UpdateRuntimeOn": "Auto", "FunctionArn": arn});
    Json(set.unwrap_or_else(default)).into_response()
}

async fn write(
    State(settings): State<Settings>,
    Path(name): Path<String>,
    Query(version): Query<Version>,
    headers: HeaderMap,
    Json(body): Json<Map<String, Value>>,
) -> Response {
    let arn = arn(&headers, &name, version);
    let mode = body.get("UpdateRuntimeOn").and_then(Value::as_str).unwrap_or_default();
    let runtime = body.get("RuntimeVersionArn").filter(|arn| arn.is_string());
    let setting = match (mode, runtime) {
        ("Auto" | "FunctionUpdate", None) => json!({"UpdateRuntimeOn": mode, "FunctionArn": arn}),
        ("Manual", Some(runtime)) => {
            json!({"UpdateRuntimeOn": mode, "RuntimeVersionArn": runtime, "FunctionArn": arn})
        }
        _ => {
            let message =
                "UpdateRuntimeOn is Auto, FunctionUpdate, or Manual with a runtime version";
            return ApiError::new(400, "InvalidParameterValueException", message).into_response();
        }
    };
    locked(&settings).insert(arn, setting.clone());
    Json(setting).into_response()
}

/// The ARN that `name` means: a name, or an ARN of any form.
fn arn(headers: &HeaderMap, name: &str, version: Version) -> String {
    let plain = match name.split_once(":function:") {
        Some((_, rest)) => rest,
        None => name,
    };
    let (plain, inline) = match plain.split_once(':') {
        Some((plain, version)) => (plain, Some(version.to_owned())),
        None => (plain, None),
    };
    let (account, region) = match Caller::of(headers) {
        Some(caller) => (caller.account, caller.region),
        None => ("000000000000".into(), "us-east-1".into()),
    };
    let suffix = match version.qualifier.or(inline).filter(|version| version != "$LATEST") {
        Some(version) => format!(":{version}"),
        None => String::new(),
    };
    format!("arn:aws:lambda:{region}:{account}:function:{plain}{suffix}")
}
