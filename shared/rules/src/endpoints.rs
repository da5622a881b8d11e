use model::{Endpoint, Gap, Network};

/// Services that can be reached through a VPC endpoint, sorted: IAM prefix, then the endpoint
/// services of which one suffices. A service that is not here is reached over the internet or not
/// at all, or its endpoints serve the customer's own APIs (`execute-api`, `appsync`) and stores
/// (`aoss`) and take over public addresses of others.
///
/// Read on 2026-11-26.
///
/// Source: <https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html>;
/// for `s3` and `dynamodb`, <https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html>;
/// names compared with `InterfaceVpcEndpointAwsService` of
/// <https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/aws-ec2/lib/vpc-endpoint.ts>.
const ENDPOINTS: &[(&str, &[&str])] = &[
    ("access-analyzer", &["access-analyzer"]),
    ("acm", &["acm"]),
    ("acm-pca", &["acm-pca"]),
    ("airflow", &["airflow.api"]),
    ("apigateway", &["apigateway"]),
    ("appconfig", &["appconfigdata", "appconfig"]),
    ("aps", &["aps-workspaces", "aps"]),
    ("athena", &["athena"]),
    ("autoscaling", &["autoscaling"]),
    ("backup", &["backup"]),
    ("batch", &["batch"]),
    ("bedrock", &["bedrock-runtime", "bedrock", "bedrock-agent-runtime", "bedrock-agent"]),
    ("cloudformation", &["cloudformation"]),
    ("cloudtrail", &["cloudtrail"]),
    ("cloudwatch", &["monitoring"]),
    ("codeartifact", &["codeartifact.api"]),
    ("codebuild", &["codebuild"]),
    ("codecommit", &["codecommit"]),
    ("codedeploy", &["codedeploy"]),
    ("codepipeline", &["codepipeline"]),
    ("cognito-identity", &["cognito-identity"]),
    ("cognito-idp", &["cognito-idp"]),
    ("comprehend", &["comprehend"]),
    ("config", &["config"]),
    ("dms", &["dms"]),
    ("dynamodb", &["dynamodb"]),
    ("ec2", &["ec2"]),
    ("ecr", &["ecr.api"]),
    ("ecs", &["ecs"]),
    ("eks", &["eks"]),
    ("elasticache", &["elasticache"]),
    ("elasticfilesystem", &["elasticfilesystem"]),
    ("elasticloadbalancing", &["elasticloadbalancing"]),
    ("elasticmapreduce", &["elasticmapreduce"]),
    ("events", &["events"]),
    ("firehose", &["kinesis-firehose"]),
    ("glue", &["glue"]),
    ("guardduty", &["guardduty"]),
    ("iot", &["iot.data"]),
    ("kafka", &["kafka"]),
    ("kinesis", &["kinesis-streams"]),
    ("kms", &["kms"]),
    ("lambda", &["lambda"]),
    ("lex", &["runtime-v2-lex", "models-v2-lex"]),
    ("logs", &["logs"]),
    ("mobiletargeting", &["pinpoint"]),
    ("mq", &["mq"]),
    ("organizations", &["organizations"]),
    ("pipes", &["pipes"]),
    ("polly", &["polly"]),
    ("ram", &["ram"]),
    ("rds", &["rds"]),
    ("rds-data", &["rds-data"]),
    ("redshift", &["redshift"]),
    ("redshift-data", &["redshift-data"]),
    ("rekognition", &["rekognition"]),
    ("s3", &["s3"]),
    ("s3vectors", &["s3vectors"]),
    ("sagemaker", &["sagemaker.runtime", "sagemaker.api"]),
    ("scheduler", &["scheduler"]),
    ("secretsmanager", &["secretsmanager"]),
    ("securityhub", &["securityhub"]),
    ("servicediscovery", &["servicediscovery", "data-servicediscovery"]),
    ("ses", &["email", "email-smtp"]),
    ("sns", &["sns"]),
    ("sqs", &["sqs"]),
    ("ssm", &["ssm"]),
    ("states", &["states", "sync-states"]),
    ("sts", &["sts"]),
    ("textract", &["textract"]),
    ("transcribe", &["transcribe", "transcribestreaming"]),
    ("translate", &["translate"]),
    ("xray", &["xray"]),
];

/// What keeps the subnets of `network` from calling the service with the IAM prefix `service`
/// through an endpoint. `None` where nothing does, or where the service has no endpoints.
///
/// # Errors
/// There is a gateway endpoint, and the route table of a subnet could not be read.
pub(crate) fn obstacle(
    service: &str,
    all: &[Endpoint],
    network: &Network,
) -> Result<Option<String>, Gap> {
    let Some((_, names)) = ENDPOINTS.iter().find(|(prefix, _)| *prefix == service) else {
        return Ok(None);
    };
    // The API's own model spells the state with a capital, its answers without.
    let available = |e: &Endpoint| e.state.eq_ignore_ascii_case("available");
    let fits = |e: &&Endpoint| available(e) && names.contains(&e.service.as_str());
    let (gateways, interfaces): (Vec<_>, Vec<_>) = all.iter().filter(fits).partition(|e| e.gateway);
    if !interfaces.is_empty() {
        return Ok(None);
    }
    if gateways.is_empty() {
        return Ok(Some("no endpoint".to_owned()));
    }
    let mut gap = None;
    for subnet in network.subnets.get("subnets")? {
        match subnet.route_table.get("route table") {
            Ok(table) if gateways.iter().any(|e| e.route_tables.contains(table)) => {}
            Ok(table) => {
                return Ok(Some(format!(
                    "no route from `{}` (`{table}`) to the endpoint",
                    subnet.id
                )));
            }
            Err(unknown) => gap = gap.or(Some(unknown)),
        }
    }
    gap.map_or(Ok(None), Err)
}

#[cfg(test)]
mod tests {
    use secrets::{Reference, Value, classify};

    use super::ENDPOINTS;

    /// A prefix that no variable is ever read as would never be asked for.
    #[test]
    fn the_table_is_sorted_and_knows_services_by_their_names_in_arns() {
        assert!(ENDPOINTS.is_sorted_by_key(|(prefix, _)| *prefix));
        for (prefix, _) in ENDPOINTS {
            let said = classify("THING", &format!("arn:aws:{prefix}:eu-west-1:111122223333:x"));
            let service = (*prefix).to_owned();
            assert_eq!(said, Value::Reference(Reference::Arn { service }));
        }
    }
}
