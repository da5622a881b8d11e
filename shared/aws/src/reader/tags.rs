//! Function tags.

use std::collections::BTreeMap;

use aws_sdk_lambda::Client;
use model::FunctionArn;
use scan::{Kind, PortError};
use serde::Deserialize;
use serde_json::json;

use crate::{
    failure::{port_error, refuse},
    json_api::{GET_RESOURCES, JsonApi},
};

/// Tags by name.
pub(crate) type Tags = BTreeMap<String, String>;

/// The tags of one function.
pub(crate) async fn of_function(lambda: &Client, arn: &FunctionArn) -> Result<Tags, PortError> {
    let answer = lambda.list_tags().resource(arn.as_str()).send().await;
    let answer = answer.map_err(|error| port_error("lambda:ListTags", arn.as_str(), error))?;
    Ok(answer.tags.unwrap_or_default().into_iter().collect())
}

/// The tags of every function of the place. A function without tags is not in it.
pub(crate) async fn of_all(
    tagging: &JsonApi,
    place: &str,
) -> Result<BTreeMap<FunctionArn, Tags>, PortError> {
    let mut input = json!({"ResourceTypeFilters": ["lambda:function"], "ResourcesPerPage": 100});
    let mut tagged = BTreeMap::new();
    loop {
        let page: Page = tagging.send(place, &input).await?;
        for resource in page.resource_tag_mapping_list {
            let tags = resource.tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
            if let Ok(arn) = resource.resource_arn.parse() {
                tagged.insert(arn, tags);
            }
        }
        // The last page has an empty token.
        let next = page.pagination_token.unwrap_or_default();
        if next.is_empty() {
            return Ok(tagged);
        }
        if input.get("PaginationToken").is_some_and(|token| *token == next) {
            let reason = "the same page was offered twice";
            return Err(refuse(GET_RESOURCES.action, place, Kind::Failed, reason));
        }
        if let Some(members) = input.as_object_mut() {
            members.insert("PaginationToken".to_owned(), next.into());
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    pagination_token: Option<String>,
    resource_tag_mapping_list: Vec<Tagged>,
}

#[derive(Deserialize)]
struct Tagged {
    #[serde(rename = "ResourceARN")]
    resource_arn: String,
    #[serde(rename = "Tags", default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}
