//! How long a log group keeps events.

use scan::{
    Kind, Place, PortError,
    repair::{Held, State},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Cloud, Purpose,
    failure::refuse,
    json_api::{DELETE_RETENTION_POLICY, DESCRIBE_LOG_GROUPS, JsonApi, PUT_RETENTION_POLICY},
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    log_groups: Vec<Group>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    log_group_name: String,
    retention_in_days: Option<u32>,
}

pub(super) async fn look(cloud: &Cloud, place: &Place, group: &str) -> Result<Held, PortError> {
    let logs = JsonApi::entered(cloud, place, Purpose::Repair, &DESCRIBE_LOG_GROUPS).await?;
    let input = json!({ "logGroupNamePrefix": group });
    let input = input.as_object().cloned().unwrap_or_default();
    let mut found = None;
    let take = |page: Page| {
        let is_it = |one: &Group| one.log_group_name == group;
        found = found.take().or_else(|| page.log_groups.into_iter().find(is_it));
        page.next_token.filter(|_| found.is_none())
    };
    logs.pages(group, input, "nextToken", take).await?;
    match found {
        Some(Group { retention_in_days, .. }) => {
            let state = State(retention_in_days.map(|days| days.to_string()));
            Ok(Held { state, ..Held::default() })
        }
        None => {
            let reason = "there is no such log group";
            Err(refuse(DESCRIBE_LOG_GROUPS.action, group, Kind::Gone, reason))
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
