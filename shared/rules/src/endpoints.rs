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

/// The endpoint services that reach the service with this IAM prefix; `None` if none is known.
pub(crate) fn endpoint_services(prefix: &str) -> Option<&'static [&'static str]> {
    ENDPOINTS.iter().find(|(service, _)| *service == prefix).map(|(_, names)| *names)
}
