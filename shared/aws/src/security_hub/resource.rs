use std::collections::HashMap;

use aws_sdk_securityhub::types::{
    AwsLambdaFunctionDeadLetterConfig, AwsLambdaFunctionDetails, AwsLambdaFunctionLayer,
    AwsLambdaFunctionTracingConfig, AwsLambdaFunctionVpcConfig, Partition,
    Resource as WireResource, ResourceDetails,
};
use jiff::Timestamp;
use scan::{About, Finding, Resource};

use super::{text::visible, wire::moment};

/// The function or account that `finding` speaks of.
///
/// Source: <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Resource.html>
pub(super) fn resource(finding: &Finding) -> WireResource {
    let about = &finding.about;
    let place = about.place();
    // The format allows no blank text, not even as the value of a tag.
    let tags: HashMap<String, String> = finding
        .tags
        .iter()
        .filter_map(|(key, value)| Some((visible(key)?, visible(value)?)))
        .collect();
    let details = about.function().zip(finding.resource.as_ref()).map(|(function, resource)| {
        let function = details(function.name(), resource);
        ResourceDetails::builder().aws_lambda_function(function).build()
    });
    let kind = match about {
        About::Function(_) => "AwsLambdaFunction",
        About::Account(_) => "AwsAccount",
    };
    WireResource::builder()
        .r#type(kind)
        .id(about.resource_id())
        .set_partition(partition(&place.partition))
        .region(place.region)
        .set_tags((!tags.is_empty()).then_some(tags))
        .set_details(details)
        .build()
}

/// The partition as the format spells it; it has no word for the newer ones.
fn partition(name: &str) -> Option<Partition> {
    Some(match name {
        "aws" => Partition::Aws,
        "aws-cn" => Partition::AwsCn,
        "aws-us-gov" => Partition::AwsUsGov,
        "aws-iso" => Partition::AwsUsIso,
        "aws-iso-b" => Partition::AwsUsIsoB,
        _ => return None,
    })
}

/// The settings of a function. `Environment` is never filled in.
///
/// Source: <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsLambdaFunctionDetails.html>
fn details(name: &str, resource: &Resource) -> AwsLambdaFunctionDetails {
    let settings = &resource.settings;
    let shown = |text: &Option<String>| text.as_deref().and_then(visible);
    let dead_letter = shown(&settings.dead_letter)
        .map(|arn| AwsLambdaFunctionDeadLetterConfig::builder().target_arn(arn).build());
    let tracing = shown(&settings.tracing)
        .map(|mode| AwsLambdaFunctionTracingConfig::builder().mode(mode).build());
    let layers: Vec<_> = visibles(&resource.layers)
        .into_iter()
        .map(|arn| AwsLambdaFunctionLayer::builder().arn(arn).build())
        .collect();
    let vpc = resource.vpc.as_ref().map(|(vpc, subnets, groups)| {
        AwsLambdaFunctionVpcConfig::builder()
            .set_vpc_id(visible(vpc))
            .set_subnet_ids(some(visibles(subnets)))
            .set_security_group_ids(some(visibles(groups)))
            .build()
    });
    AwsLambdaFunctionDetails::builder()
        .function_name(name)
        .version("$LATEST")
        .set_role(shown(&settings.role))
        .set_handler(shown(&settings.handler))
        .set_timeout(settings.timeout)
        .set_memory_size(settings.memory)
        .set_code_sha256(shown(&settings.code_sha256))
        .set_last_modified(settings.last_modified.as_deref().and_then(modified))
        .set_revision_id(shown(&settings.revision_id))
        .set_architectures(some(visibles(&settings.architectures)))
        .set_tracing_config(tracing)
        .set_dead_letter_config(dead_letter)
        .set_runtime(shown(&resource.runtime))
        .set_kms_key_arn(shown(&resource.key))
        .set_layers(some(layers))
        .set_vpc_config(vpc)
        .build()
}

/// Lambda prints an offset without colon, which Security Hub may refuse.
fn modified(text: &str) -> Option<String> {
    let time: Timestamp = text.parse().ok()?;
    Some(moment(time))
}

fn visibles(texts: &[String]) -> Vec<String> {
    texts.iter().filter_map(|text| visible(text)).collect()
}

/// The format wants no empty lists.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}
