//! Function tags.

use std::collections::BTreeMap;

use aws_sdk_lambda::Client as Lambda;
use aws_sdk_resourcegroupstagging::Client as Tagging;
use model::FunctionArn;
use scan::PortError;

use crate::failure::port_error;

/// Tags by name.
pub(crate) type Tags = BTreeMap<String, String>;

/// The tags of one function.
pub(crate) async fn of_function(lambda: &Lambda, arn: &FunctionArn) -> Result<Tags, PortError> {
    let answer = lambda.list_tags().resource(arn.as_str()).send().await;
    let answer = answer.map_err(|error| port_error("lambda:ListTags", arn.as_str(), error))?;
    Ok(answer.tags.unwrap_or_default().into_iter().collect())
}

/// The tags of every function of the place. A function without tags is not in it.
pub(crate) async fn of_all(
    tagging: &Tagging,
    place: &str,
) -> Result<BTreeMap<FunctionArn, Tags>, PortError> {
    let list = tagging.get_resources().resource_type_filters("lambda:function");
    let pages = list.resources_per_page(100).into_paginator().items().send();
    let found: Result<Vec<_>, _> = pages.try_collect().await;
    let found = found.map_err(|error| port_error("tag:GetResources", place, error))?;
    let tagged = found.into_iter().filter_map(|resource| {
        let tags = resource.tags.unwrap_or_default();
        let tags = tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
        Some((resource.resource_arn?.parse().ok()?, tags))
    });
    Ok(tagged.collect())
}
