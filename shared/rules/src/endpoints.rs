use model::{Endpoint, Gap, Network};

/// Services that can be reached through a VPC endpoint: IAM prefix, then the endpoint services of
/// which one suffices. A service that is not here is reached over the internet or not at all, or
/// its endpoint would take over public addresses of others (`execute-api`).
///
/// Source: <https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html>
/// and, for `s3` and `dynamodb`, <https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html>
const ENDPOINTS: &[(&str, &[&str])] = &[
    ("appconfig", &["appconfigdata", "appconfig"]),
    ("athena", &["athena"]),
    ("batch", &["batch"]),
    ("bedrock", &["bedrock-runtime", "bedrock"]),
    ("cloudwatch", &["monitoring"]),
    ("codebuild", &["codebuild"]),
    ("cognito-idp", &["cognito-idp"]),
    ("comprehend", &["comprehend"]),
    ("dynamodb", &["dynamodb"]),
    ("ec2", &["ec2"]),
    ("ecr", &["ecr.api"]),
    ("ecs", &["ecs"]),
    ("events", &["events"]),
    ("firehose", &["kinesis-firehose"]),
    ("glue", &["glue"]),
    ("kinesis", &["kinesis-streams"]),
    ("kms", &["kms"]),
    ("lambda", &["lambda"]),
    ("logs", &["logs"]),
    ("rds-data", &["rds-data"]),
    ("rekognition", &["rekognition"]),
    ("s3", &["s3"]),
    ("sagemaker", &["sagemaker.runtime", "sagemaker.api"]),
    ("scheduler", &["scheduler"]),
    ("secretsmanager", &["secretsmanager"]),
    ("sns", &["sns"]),
    ("sqs", &["sqs"]),
    ("ssm", &["ssm"]),
    ("states", &["states"]),
    ("sts", &["sts"]),
    ("textract", &["textract"]),
    ("translate", &["translate"]),
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
