use std::collections::BTreeMap;

use jiff::Timestamp;
use scan::{Finding, Resource};
use serde_json::{Value, json};

use super::{text::visible, wire::moment};

/// The function that `finding` speaks of.
///
/// Source: <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Resource.html>
pub(super) fn resource(finding: &Finding) -> Value {
    let function = &finding.function;
    // The format allows no blank text, not even as the value of a tag.
    let tags: BTreeMap<String, String> = finding
        .tags
        .iter()
        .filter_map(|(key, value)| Some((visible(key)?, visible(value)?)))
        .collect();
    let details = finding.resource.as_ref().map(|resource| details(function.name(), resource));
    json!({
        "Type": "AwsLambdaFunction",
        "Id": function.as_str(),
        "Partition": partition(function.partition()),
        "Region": function.region(),
        "Tags": tags,
        "Details": { "AwsLambdaFunction": details },
    })
}

/// The partition as the format spells it; it has no word for the newer ones.
fn partition(name: &str) -> Option<&str> {
    Some(match name {
        "aws" | "aws-cn" | "aws-us-gov" => name,
        "aws-iso" => "aws-us-iso",
        "aws-iso-b" => "aws-us-iso-b",
        _ => return None,
    })
}

/// The settings of a function. `Environment` is never filled in.
///
/// Source: <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsLambdaFunctionDetails.html>
fn details(name: &str, resource: &Resource) -> Value {
    let settings = &resource.settings;
    let shown = |text: &Option<String>| text.as_deref().and_then(visible);
    let layers = visibles(&resource.layers).into_iter().map(|arn| json!({ "Arn": arn }));
    let vpc = resource.vpc.as_ref().map(|(vpc, subnets, groups)| {
        json!({
            "VpcId": visible(vpc),
            "SubnetIds": visibles(subnets),
            "SecurityGroupIds": visibles(groups),
        })
    });
    json!({
        "FunctionName": name,
        "Version": "$LATEST",
        "Role": shown(&settings.role),
        "Handler": shown(&settings.handler),
        "Timeout": settings.timeout,
        "MemorySize": settings.memory,
        "CodeSha256": shown(&settings.code_sha256),
        "LastModified": settings.last_modified.as_deref().and_then(modified),
        "RevisionId": shown(&settings.revision_id),
        "Architectures": visibles(&settings.architectures),
        "TracingConfig": { "Mode": shown(&settings.tracing) },
        "DeadLetterConfig": { "TargetArn": shown(&settings.dead_letter) },
        "Runtime": shown(&resource.runtime),
        "KmsKeyArn": shown(&resource.key),
        "Layers": layers.collect::<Vec<_>>(),
        "VpcConfig": vpc,
    })
}

/// Lambda prints an offset without colon, which Security Hub may refuse.
fn modified(text: &str) -> Option<String> {
    let time: Timestamp = text.parse().ok()?;
    Some(moment(time))
}

fn visibles(texts: &[String]) -> Vec<String> {
    texts.iter().filter_map(|text| visible(text)).collect()
}
