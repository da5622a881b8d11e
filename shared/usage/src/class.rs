//! Which kind of event a call leaves behind.

use crate::{ActionId, actions};
use iam::catalogue::AccessLevel;

/// Stand-in until `iam::events` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Management {
        write: bool,
    },
    Data {
        resource_type: &'static str,
    },
    NeverLogged,
    #[expect(dead_code, reason = "the stand-in knows everything")]
    Unknown,
}

const DATA: [(&str, &str); 14] = [
    ("dynamodb:DeleteItem", "AWS::DynamoDB::Table"),
    ("dynamodb:GetItem", "AWS::DynamoDB::Table"),
    ("dynamodb:PutItem", "AWS::DynamoDB::Table"),
    ("dynamodb:Query", "AWS::DynamoDB::Table"),
    ("dynamodb:Scan", "AWS::DynamoDB::Table"),
    ("dynamodb:UpdateItem", "AWS::DynamoDB::Table"),
    ("lambda:InvokeFunction", "AWS::Lambda::Function"),
    ("s3:DeleteObject", "AWS::S3::Object"),
    ("s3:GetObject", "AWS::S3::Object"),
    ("s3:PutObject", "AWS::S3::Object"),
    ("sns:Publish", "AWS::SNS::Topic"),
    ("sqs:DeleteMessage", "AWS::SQS::Queue"),
    ("sqs:ReceiveMessage", "AWS::SQS::Queue"),
    ("sqs:SendMessage", "AWS::SQS::Queue"),
];

pub(crate) fn class(id: ActionId) -> Class {
    let Some(action) = id.action() else { return Class::NeverLogged };
    let name = id.to_string();
    if let Some((_, resource_type)) = DATA.iter().find(|(action, _)| *action == name) {
        return Class::Data { resource_type };
    }
    if ["iam:PassRole", "logs:PutLogEvents"].contains(&name.as_str()) || is_beside_the_api(id) {
        return Class::NeverLogged;
    }
    let reads = matches!(action.level(), AccessLevel::List | AccessLevel::Read);
    Class::Management { write: !reads }
}

/// The IAM prefix of an event source such as `s3.amazonaws.com`; `None` if the catalogue has no
/// such service.
pub(crate) fn service_of(source: &str) -> Option<&'static str> {
    let name = source.strip_suffix(".amazonaws.com").unwrap_or(source);
    let name = match name {
        "monitoring" => "cloudwatch",
        "rdsdata" => "rds-data",
        "email" => "ses",
        name => name,
    };
    actions::service(name).map(|span| span.prefix)
}

/// Whether the action is no call to an API of AWS but a right that something else asks for, which
/// the records of service access do not show either.
pub(crate) fn is_beside_the_api(id: ActionId) -> bool {
    let service = id.service();
    ["execute-api", "kafka-cluster", "neptune-db", "rds-db"].contains(&service)
        || id.action().is_some_and(|action| match service {
            "iam" => action.name() == "PassRole",
            "elasticfilesystem" | "s3files" => action.name().starts_with("Client"),
            _ => false,
        })
}
