//! Function tags.

use std::collections::BTreeMap;

use aws_sdk_lambda::Client;
use model::FunctionArn;
use scan::PortError;
use serde::Deserialize;
use serde_json::{Map, json};

use crate::{failure::port_error, json_api::JsonApi};

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
    let input = Map::from_iter([
        ("ResourceTypeFilters".to_owned(), json!(["lambda:function"])),
        ("ResourcesPerPage".to_owned(), json!(100)),
    ]);
    let mut tagged = BTreeMap::new();
    let add = |page: Page| {
        for resource in page.resource_tag_mapping_list {
            let tags = resource.tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
            if let Ok(arn) = resource.resource_arn.parse() {
                tagged.insert(arn, tags);
            }
        }
        page.pagination_token
    };
    tagging.pages(place, input, "PaginationToken", add).await?;
    Ok(tagged)
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
