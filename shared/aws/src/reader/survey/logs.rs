//! Log groups.

use std::collections::{BTreeSet, HashMap};

use futures_util::{StreamExt, TryStreamExt, stream};
use model::LogGroup;
use scan::{Place, PortError};
use serde::Deserialize;
use serde_json::{Map, json};

use super::Asked;
use crate::{
    Cloud, Purpose,
    json_api::{DESCRIBE_LOG_GROUPS, JsonApi},
};

/// What the groups are called that Lambda makes of itself.
const OF_LAMBDA: &str = "/aws/lambda/";

/// Where there are more groups of other names than this, all groups are read.
const MOST: usize = 50;

/// Groups of other names are looked up by name, so many at a time.
const AT_ONCE: usize = 4;

/// Every group that a function of the place logs to, by name.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html>
pub(super) async fn groups(asked: &Asked<'_>) -> Result<HashMap<String, LogGroup>, PortError> {
    let logs = JsonApi::new(&asked.reader.cloud, asked.place, &DESCRIBE_LOG_GROUPS).await?;
    let named = asked.functions.values().filter_map(|one| one.configuration.facts.known());
    let named: BTreeSet<&str> = named.map(|facts| facts.log_group.as_str()).collect();
    let others = named.iter().filter(|name| !name.starts_with(OF_LAMBDA));
    let mut prefixes: Vec<String> = others.map(|name| (*name).to_owned()).collect();
    if prefixes.len() > MOST {
        prefixes = vec![String::new()];
    } else if prefixes.len() < named.len() {
        prefixes.push(OF_LAMBDA.to_owned());
    }
    let (logs, named, subject) = (&logs, &named, &asked.subject());
    let read = stream::iter(prefixes).map(|prefix| under(logs, subject, prefix, named));
    let read: Vec<_> = read.buffer_unordered(AT_ONCE).try_collect().await?;
    Ok(read.into_iter().flatten().collect())
}

/// The group by this name, if there is one.
pub(crate) async fn group(
    cloud: &Cloud,
    place: &Place,
    purpose: Purpose,
    name: &str,
) -> Result<Option<LogGroup>, PortError> {
    let logs = JsonApi::entered(cloud, place, purpose, &DESCRIBE_LOG_GROUPS).await?;
    let found = under(&logs, name, name.to_owned(), &[name].into()).await?;
    Ok(found.into_iter().next().map(|(_, group)| group))
}

/// The groups of `wanted` whose names begin with `prefix`.
async fn under(
    logs: &JsonApi,
    subject: &str,
    prefix: String,
    wanted: &BTreeSet<&str>,
) -> Result<Vec<(String, LogGroup)>, PortError> {
    let mut input = Map::from_iter([("limit".to_owned(), json!(50))]);
    if !prefix.is_empty() {
        input.insert("logGroupNamePrefix".to_owned(), json!(prefix));
    }
    let mut found = Vec::new();
    let add = |page: Page| {
        let groups = page.log_groups.into_iter();
        let groups = groups.filter(|group| wanted.contains(group.log_group_name.as_str()));
        found.extend(groups.map(|Group { log_group_name, retention_in_days: retention }| {
            (log_group_name, LogGroup { retention })
        }));
        page.next_token
    };
    logs.pages(subject, input, "nextToken", add).await?;
    Ok(found)
}

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
