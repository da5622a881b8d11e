//! How long a log group keeps events.

use model::LogGroup;
use scan::{
    Kind, Place, PortError,
    repair::{Held, State},
};
use serde_json::{Value, json};

use crate::{
    Cloud, Purpose,
    failure::refuse,
    json_api::{DELETE_RETENTION_POLICY, DESCRIBE_LOG_GROUPS, JsonApi, PUT_RETENTION_POLICY},
    reader::group,
};

pub(super) async fn look(cloud: &Cloud, place: &Place, name: &str) -> Result<Held, PortError> {
    match group(cloud, place, Purpose::Repair, name).await? {
        Some(LogGroup { retention }) => {
            let state = State(retention.map(|days| days.to_string()));
            Ok(Held { state, ..Held::default() })
        }
        None => {
            let reason = "there is no such log group";
            Err(refuse(DESCRIBE_LOG_GROUPS.action, name, Kind::Gone, reason))
        }
    }
}

pub(super) async fn put(
    cloud: &Cloud,
    place: &Place,
    group: &str,
    to: &State,
) -> Result<(), PortError> {
    let (call, input) = match to.text().map(str::parse::<u32>) {
        Some(Ok(days)) => {
            (&PUT_RETENTION_POLICY, json!({ "logGroupName": group, "retentionInDays": days }))
        }
        None => (&DELETE_RETENTION_POLICY, json!({ "logGroupName": group })),
        Some(Err(_)) => {
            let reason = "it is no number of days";
            return Err(refuse(PUT_RETENTION_POLICY.action, group, Kind::Failed, reason));
        }
    };
    let logs = JsonApi::entered(cloud, place, Purpose::Repair, call).await?;
    // The answer of either is empty, with or without braces.
    logs.send::<Option<Value>>(group, &input).await.map(drop)
}
