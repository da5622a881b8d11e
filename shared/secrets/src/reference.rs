//! Values that say where something is.

use crate::{Reference, name};

/// Where `value` points to; nothing if it does not.
pub(crate) fn of(name: &str, value: &str) -> Option<Reference> {
    if value.contains('{') && value.contains("{{resolve:") {
        return Some(Reference::Dynamic);
    }
    if let Some(prefix) = arn(value) {
        return Some(Reference::Arn { service: service(prefix).unwrap_or(OTHER).to_owned() });
    }
    if PARAMETERS.iter().any(|prefix| value.starts_with(prefix)) || parameter(name, value) {
        return Some(Reference::ParameterName);
    }
    if STORES.iter().any(|prefix| value.starts_with(prefix)) || google_secret(value) {
        return Some(Reference::Store);
    }
    endpoint(value).map(|service| Reference::Endpoint { service: service.to_owned() })
}

/// The third part of an ARN, or of the first in a list.
fn arn(value: &str) -> Option<&str> {
    let mut parts = value.splitn(6, ':');
    let partition = (parts.next()? == "arn").then(|| parts.next())??;
    let service = parts.next()?;
    let whole = partition.starts_with("aws") && parts.count() == 3;
    (whole && !value.bytes().any(|b| b.is_ascii_whitespace())).then_some(service)
}

/// A path of at least two words, under a name that speaks of parameters or credentials. Under any
/// other name it may as well be a route or a file.
fn parameter(name: &str, value: &str) -> bool {
    let letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let shaped = value.strip_prefix('/').is_some_and(|path| {
        let path = path.strip_suffix('/').unwrap_or(path);
        let mut words = path.split('/');
        words.clone().all(|word| !word.is_empty() && word.len() <= 64 && word.bytes().all(letter))
            && (path.contains('/') || name::of_parameter(name))
            && words.next().is_some_and(|first| !ROOTS.contains(&first))
    });
    shaped
        && (name::of_parameter(name) || name::claim(name).is_some())
        && !crate::shape::random(value, 32)
}

/// The service that a URL, a bare host or an `s3://` address belongs to. Hosts of databases,
/// caches and load balancers are machines in a network, not the service.
fn endpoint(value: &str) -> Option<&'static str> {
    if let Some(prefix) = ["s3://", "s3a://"].iter().find(|prefix| value.starts_with(**prefix)) {
        return (value.len() > prefix.len()).then_some("s3");
    }
    let address = ["https://", "http://", "wss://"]
        .iter()
        .find_map(|scheme| value.strip_prefix(scheme))
        .unwrap_or(value);
    let host = address.split(['/', '?', '#', ':']).next()?;
    let host = host.rsplit('@').next()?;
    let labels = SUFFIXES.iter().find_map(|suffix| host.strip_suffix(suffix))?;
    if labels.bytes().any(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))) {
        return None;
    }
    if labels.starts_with("vpc-") || labels.split('.').any(|label| IN_NETWORK.contains(&label)) {
        return None;
    }
    Some(labels.rsplit('.').find_map(service_of_label).unwrap_or(OTHER))
}

/// The IAM service prefix that a label of a host name stands for.
fn service_of_label(label: &str) -> Option<&'static str> {
    let label = label.strip_suffix("-fips").unwrap_or(label);
    let label = if label.starts_with("s3-") { "s3" } else { label };
    let renamed = RENAMED.iter().find(|(from, _)| *from == label).map(|(_, to)| *to);
    renamed.or_else(|| service(label))
}

fn service(prefix: &str) -> Option<&'static str> {
    SERVICES.binary_search(&prefix).ok().and_then(|at| SERVICES.get(at)).copied()
}

/// `projects/<project>/secrets/<name>` of Google's Secret Manager.
fn google_secret(value: &str) -> bool {
    value.starts_with("projects/") && value.contains("/secrets/")
}

const OTHER: &str = "other";

const PARAMETERS: [&str; 6] =
    ["ssm:", "ssm://", "aws-ssm:", "awsssm://", "arn:aws:ssm:::parameter", "aws-parameterstore://"];

/// How other stores, and the libraries that read them, write a reference.
#[rustfmt::skip]
const STORES: [&str; 15] = [
    "op://", "vault:secret/", "vault:kv/", "vault://", "doppler://", "sm://", "gcpsm://", "akv://",
    "keyvault://", "@Microsoft.KeyVault(", "bws://", "secretsmanager:", "secretsmanager://",
    "aws-secretsmanager:", "awssm://",
];

/// First words of paths that are files or routes.
#[rustfmt::skip]
const ROOTS: [&str; 19] = [
    "var", "opt", "tmp", "etc", "mnt", "usr", "home", "proc", "dev", "bin", "lib", "root", "run",
    "api", "v1", "v2", "health", "auth", "oauth",
];

const SUFFIXES: [&str; 4] =
    [".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".api.amazonwebservices.com.cn"];

/// Labels of hosts that stand in the customer's own network.
const IN_NETWORK: [&str; 12] = [
    "rds",
    "cache",
    "redshift",
    "elb",
    "neptune",
    "docdb",
    "compute",
    "compute-1",
    "dax",
    "memorydb",
    "mq",
    "kafka",
];

/// Labels of host names that differ from the IAM service prefix.
/// Source: <https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html>
const RENAMED: [(&str, &str); 19] = [
    ("api-dynamodb", "dynamodb"),
    ("appconfigdata", "appconfig"),
    ("appsync-api", "appsync"),
    ("appsync-realtime-api", "appsync"),
    ("aps-workspaces", "aps"),
    ("bedrock-agent-runtime", "bedrock"),
    ("bedrock-runtime", "bedrock"),
    ("email", "ses"),
    ("email-smtp", "ses"),
    ("iotdata", "iot"),
    ("monitoring", "cloudwatch"),
    ("opensearch", "es"),
    ("pinpoint", "mobiletargeting"),
    ("queue", "sqs"),
    ("runtime-sagemaker", "sagemaker"),
    ("s3-accelerate", "s3"),
    ("s3-control", "s3"),
    ("ssmmessages", "ssm"),
    ("streams-dynamodb", "dynamodb"),
];

/// IAM service prefixes that a Lambda function is likely to name, sorted for the search.
/// Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
#[rustfmt::skip]
pub(crate) const SERVICES: [&str; 87] = [
    "access-analyzer", "acm", "acm-pca", "airflow", "aoss", "apigateway", "appconfig", "appsync",
    "aps", "athena", "autoscaling", "backup", "batch", "bedrock", "cloudformation", "cloudfront",
    "cloudtrail", "cloudwatch", "codeartifact", "codebuild", "codecommit", "codedeploy",
    "codepipeline", "cognito-identity", "cognito-idp", "comprehend", "config", "connect", "dms",
    "dynamodb", "ec2", "ecr", "ecs", "eks", "elasticache", "elasticfilesystem",
    "elasticloadbalancing", "elasticmapreduce", "es", "events", "execute-api", "firehose", "geo",
    "glue", "guardduty", "iam", "iot", "kafka", "kinesis", "kinesisanalytics", "kinesisvideo",
    "kms", "lambda", "lex", "logs", "mobiletargeting", "mq", "organizations", "pipes", "polly",
    "quicksight", "ram", "rds", "rds-data", "rds-db", "redshift", "redshift-data", "rekognition",
    "route53", "s3", "s3vectors", "sagemaker", "scheduler", "secretsmanager", "securityhub",
    "servicediscovery", "ses", "sns", "sqs", "ssm", "states", "sts", "textract", "timestream",
    "transcribe", "translate", "xray",
];
