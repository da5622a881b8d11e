use super::{Cause, Part};

/// What one setting makes Lambda call.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) cause: Cause,
    pub(super) part: Part,
    pub(super) actions: &'static [&'static str],
    /// Patterns; `{target}` is what the setting names, the others are of the function's ARN.
    pub(super) on: &'static [&'static str],
    /// False: only in some set-ups, which the configuration does not tell.
    pub(super) certain: bool,
    pub(super) source: &'static str,
}

const fn row(
    cause: Cause,
    part: Part,
    actions: &'static [&'static str],
    on: &'static [&'static str],
    source: &'static str,
) -> Row {
    Row { cause, part, actions, on, certain: true, source }
}

/// A row for what some set-ups need: never taken for unused, never taken for needed.
const fn maybe(
    cause: Cause,
    part: Part,
    actions: &'static [&'static str],
    source: &'static str,
) -> Row {
    Row { cause, part, actions, on: &[], certain: false, source }
}

const LOGGING: &str = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaBasicExecutionRole.html";
const EDGE: &str =
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-functions-logs.html";
const VPC: &str = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html";
const XRAY: &str =
    "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSXRayDaemonWriteAccess.html";
const INSIGHTS: &str = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/CloudWatchLambdaInsightsExecutionRolePolicy.html";
const SIGNALS: &str = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/CloudWatchLambdaApplicationSignalsExecutionRolePolicy.html";
const APP_CONFIG: &str = "https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-integration-lambda-extensions-add.html";
const DEAD_LETTERS: &str = "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-deadletterqueue.html";
const RECORDS: &str =
    "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html";
const SQS: &str = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaSQSQueueExecutionRole.html";
const KINESIS: &str = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaKinesisExecutionRole.html";
const DYNAMODB: &str = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaDynamoDBExecutionRole.html";
const MSK: &str = "https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html";
const KAFKA: &str = "https://docs.aws.amazon.com/lambda/latest/dg/with-kafka-permissions.html";
const MQ: &str = "https://docs.aws.amazon.com/lambda/latest/dg/with-mq.html";
const DOCUMENT_DB: &str = "https://docs.aws.amazon.com/lambda/latest/dg/with-documentdb.html";
const EFS: &str = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-filesystem.html";
const S3_FILES: &str = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonS3FilesClientReadWriteAccess.html";
const DIRECT_READS: &str =
    "https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_lambda.DirectS3Read.html";
const DURABLE: &str = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaBasicDurableExecutionRolePolicy.html";
/// Whoever reads or writes what a customer managed key protects needs the key as well.
const FORWARDED: &str =
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html";

const ALL: &[&str] = &["*"];
const TARGET: &[&str] = &["{target}"];
const WRITE_LOGS: &[&str] = &["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];
/// What the pollers of a source in a VPC call.
const POLLER_VPC: &[&str] = &[
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
];

/// From setting to actions, each row with the page that says so.
pub(super) static ROWS: &[Row] = &[
    row(
        Cause::LogGroup,
        Part::Function,
        &["logs:CreateLogGroup"],
        &["arn:{partition}:logs:{region}:{account}:log-group:{target}"],
        LOGGING,
    ),
    row(
        Cause::LogGroup,
        Part::Function,
        WRITE_LOGS,
        &["arn:{partition}:logs:{region}:{account}:log-group:{target}:*"],
        LOGGING,
    ),
    row(
        Cause::EdgeLogGroup,
        Part::Function,
        &["logs:CreateLogGroup"],
        &["arn:{partition}:logs:*:{account}:log-group:/aws/lambda/us-east-1.{name}"],
        EDGE,
    ),
    row(
        Cause::EdgeLogGroup,
        Part::Function,
        WRITE_LOGS,
        &["arn:{partition}:logs:*:{account}:log-group:/aws/lambda/us-east-1.{name}:*"],
        EDGE,
    ),
    row(
        Cause::Vpc,
        Part::Function,
        &[
            "ec2:AssignPrivateIpAddresses",
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:UnassignPrivateIpAddresses",
        ],
        ALL,
        VPC,
    ),
    row(
        Cause::Tracing,
        Part::Function,
        &["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
        ALL,
        XRAY,
    ),
    row(Cause::Insights, Part::Function, &["logs:CreateLogGroup"], ALL, INSIGHTS),
    row(
        Cause::Insights,
        Part::Function,
        &["logs:CreateLogStream", "logs:PutLogEvents"],
        &["arn:{partition}:logs:{region}:{account}:log-group:/aws/lambda-insights:*"],
        INSIGHTS,
    ),
    row(Cause::ApplicationSignals, Part::Function, &["xray:PutTraceSegments"], ALL, SIGNALS),
    row(
        Cause::ApplicationSignals,
        Part::Function,
        WRITE_LOGS,
        &["arn:{partition}:logs:{region}:{account}:log-group:/aws/application-signals/data:*"],
        SIGNALS,
    ),
    row(
        Cause::OpenTelemetry,
        Part::Function,
        &["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
        ALL,
        XRAY,
    ),
    maybe(
        Cause::OpenTelemetry,
        Part::Function,
        &["xray:GetSamplingRules", "xray:GetSamplingStatisticSummaries", "xray:GetSamplingTargets"],
        XRAY,
    ),
    row(
        Cause::AppConfig,
        Part::Function,
        &["appconfig:GetLatestConfiguration", "appconfig:StartConfigurationSession"],
        ALL,
        APP_CONFIG,
    ),
    row(Cause::Durable, Part::Function, DURABLY, &["{function}:*"], DURABLE),
    row(
        Cause::Efs,
        Part::Function,
        &["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
        &["arn:{partition}:elasticfilesystem:{region}:{account}:file-system/*"],
        EFS,
    ),
    maybe(Cause::Efs, Part::Function, &["elasticfilesystem:ClientRootAccess"], EFS),
    row(
        Cause::S3Files,
        Part::Function,
        &["s3files:ClientMount", "s3files:ClientWrite"],
        &["arn:{partition}:s3files:{region}:{account}:file-system/*"],
        S3_FILES,
    ),
    maybe(Cause::S3Files, Part::Function, &["s3files:ClientRootAccess"], S3_FILES),
    maybe(Cause::S3Files, Part::Function, &["s3:GetObject", "s3:GetObjectVersion"], DIRECT_READS),
    // Where events go.
    row(Cause::DeadLetterQueue, Part::Function, &["sqs:SendMessage"], TARGET, DEAD_LETTERS),
    row(Cause::DeadLetterTopic, Part::Function, &["sns:Publish"], TARGET, DEAD_LETTERS),
    maybe(Cause::DeadLetterQueue, Part::Function, SEALING, FORWARDED),
    maybe(Cause::DeadLetterTopic, Part::Function, SEALING, FORWARDED),
    row(Cause::DestinationQueue, Part::Destinations, &["sqs:SendMessage"], TARGET, RECORDS),
    row(Cause::DestinationTopic, Part::Destinations, &["sns:Publish"], TARGET, RECORDS),
    row(Cause::DestinationBucket, Part::Destinations, &["s3:ListBucket"], TARGET, RECORDS),
    row(Cause::DestinationBucket, Part::Destinations, &["s3:PutObject"], &["{target}/*"], RECORDS),
    row(
        Cause::DestinationFunction,
        Part::Destinations,
        &["lambda:InvokeFunction"],
        TARGET,
        RECORDS,
    ),
    row(Cause::DestinationBus, Part::Destinations, &["events:PutEvents"], TARGET, RECORDS),
    maybe(Cause::DestinationQueue, Part::Destinations, SEALING, FORWARDED),
    maybe(Cause::DestinationTopic, Part::Destinations, SEALING, FORWARDED),
    maybe(Cause::DestinationBucket, Part::Destinations, SEALING, FORWARDED),
    maybe(
        Cause::DestinationKafka,
        Part::Destinations,
        &["kafka-cluster:Connect", "kafka-cluster:DescribeTopic", "kafka-cluster:WriteData"],
        MSK,
    ),
    // Where events come from.
    row(
        Cause::Queue,
        Part::Sources,
        &["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
        TARGET,
        SQS,
    ),
    row(
        Cause::Kinesis,
        Part::Sources,
        &[
            "kinesis:DescribeStream",
            "kinesis:DescribeStreamSummary",
            "kinesis:GetRecords",
            "kinesis:GetShardIterator",
            "kinesis:ListShards",
        ],
        TARGET,
        KINESIS,
    ),
    row(
        Cause::Kinesis,
        Part::Sources,
        &["kinesis:SubscribeToShard"],
        &["{target}/consumer/*"],
        KINESIS,
    ),
    row(Cause::Kinesis, Part::Sources, &["kinesis:ListStreams"], ALL, KINESIS),
    row(
        Cause::DynamoDb,
        Part::Sources,
        &["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
        TARGET,
        DYNAMODB,
    ),
    row(Cause::DynamoDb, Part::Sources, &["dynamodb:ListStreams"], ALL, DYNAMODB),
    row(
        Cause::Msk,
        Part::Sources,
        &["kafka:DescribeCluster", "kafka:DescribeClusterV2", "kafka:GetBootstrapBrokers"],
        TARGET,
        MSK,
    ),
    row(Cause::Msk, Part::Sources, POLLER_VPC, ALL, MSK),
    maybe(
        Cause::Msk,
        Part::Sources,
        &[
            "kafka-cluster:AlterGroup",
            "kafka-cluster:Connect",
            "kafka-cluster:DescribeGroup",
            "kafka-cluster:DescribeTopic",
            "kafka-cluster:ReadData",
            "kafka:DescribeVpcConnection",
            "kafka:ListScramSecrets",
        ],
        MSK,
    ),
    row(Cause::Mq, Part::Sources, &["mq:DescribeBroker"], TARGET, MQ),
    row(Cause::Mq, Part::Sources, POLLER_VPC, ALL, MQ),
    row(
        Cause::DocumentDb,
        Part::Sources,
        &[
            "rds:DescribeDBClusterParameters",
            "rds:DescribeDBClusters",
            "rds:DescribeDBSubnetGroups",
        ],
        ALL,
        DOCUMENT_DB,
    ),
    row(Cause::DocumentDb, Part::Sources, POLLER_VPC, ALL, DOCUMENT_DB),
    row(Cause::SourceVpc, Part::Sources, POLLER_VPC, ALL, KAFKA),
    row(Cause::SourceSecret, Part::Sources, &["secretsmanager:GetSecretValue"], TARGET, KAFKA),
    maybe(Cause::SourceSecret, Part::Sources, &["kms:Decrypt"], FORWARDED),
    row(
        Cause::SchemaRegistry,
        Part::Sources,
        &["glue:GetRegistry", "glue:GetSchemaVersion"],
        ALL,
        MSK,
    ),
];

const DURABLY: &[&str] = &["lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"];
/// On a failure that is rare.
const SEALING: &[&str] = &["kms:Decrypt", "kms:GenerateDataKey"];
