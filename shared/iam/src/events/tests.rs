use std::collections::HashSet;

use super::*;

#[test]
fn an_action_is_recorded_as_its_source_says() {
    let reads = Class::Management { write: false };
    let writes = Class::Management { write: true };
    let data = |resource_type| Class::Data { resource_type };
    let cases = [
        ("s3:GetObject", data("AWS::S3::Object")),
        ("S3:getobject", data("AWS::S3::Object")),
        ("s3:ListBucket", data("AWS::S3::Object")),
        ("s3:GetBucketPolicy", reads),
        ("s3:PutLifecycleConfiguration", writes),
        ("s3:ObjectOwnerOverrideToBucketOwner", Class::NeverLogged),
        ("dynamodb:PutItem", data("AWS::DynamoDB::Table")),
        ("dynamodb:DescribeStream", reads),
        ("dynamodb:GetRecords", data("AWS::DynamoDB::Stream")),
        ("lambda:InvokeFunction", data("AWS::Lambda::Function")),
        ("lambda:UpdateFunctionCode", writes),
        ("sqs:ReceiveMessage", data("AWS::SQS::Queue")),
        ("sqs:PurgeQueue", writes),
        ("events:PutEvents", data("AWS::Events::EventBus")),
        ("events:PutRule", writes),
        ("states:StartExecution", writes),
        ("states:StartSyncExecution", data("AWS::StepFunctions::StateMachine")),
        ("cloudwatch:PutMetricData", data("AWS::CloudWatch::Metric")),
        ("cloudwatch:PutMetricAlarm", writes),
        ("xray:PutTraceSegments", data("AWS::XRay::Trace")),
        ("logs:PutLogEvents", Class::NeverLogged),
        ("logs:CreateLogStream", writes),
        ("logs:FilterLogEvents", reads),
        // An access level of write, and yet a read to CloudTrail.
        ("kms:Decrypt", reads),
        ("kms:CreateGrant", writes),
        ("sts:AssumeRole", reads),
        ("sts:TagSession", Class::NeverLogged),
        ("iam:PassRole", Class::NeverLogged),
        ("iam:CreateRole", writes),
        ("bedrock:InvokeModel", reads),
        ("bedrock:InvokeAgent", data("AWS::Bedrock::AgentAlias")),
        ("apigateway:GET", reads),
        ("apigateway:POST", writes),
        ("execute-api:Invoke", Class::NeverLogged),
        ("kafka-cluster:ReadData", Class::NeverLogged),
        ("rds-db:connect", Class::NeverLogged),
        ("elasticfilesystem:ClientMount", Class::NeverLogged),
        ("es:ESHttpPost", Class::NeverLogged),
        ("rds-data:ExecuteStatement", data("AWS::RDS::DBCluster")),
        ("secretsmanager:GetSecretValue", reads),
        ("ssm:GetParametersByPath", reads),
        ("ec2:CreateNetworkInterface", writes),
        // No line: the service, the action, or both are not known to us.
        ("quicksight:DescribeUser", Class::Unknown),
        ("s3:Nonsense", Class::Unknown),
        ("nonsense", Class::Unknown),
    ];
    for (action, expected) in cases {
        assert_eq!(class(action), expected, "{action}");
    }
}

#[test]
fn every_line_has_a_source_and_speaks_of_actions_there_are() {
    let mut source = None;
    let mut seen = HashSet::new();
    for line in DATA.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(url) = line.strip_prefix("= ") {
            assert!(url.starts_with("https://docs.aws.amazon.com/"), "{url}");
            source = Some(url);
            continue;
        }
        assert!(source.is_some(), "no source: {line}");
        let (row, actions) = row(line).unwrap_or_else(|| panic!("unreadable: {line}"));
        if let Row::Class(Class::Data { resource_type }) = row {
            assert!(resource_type.starts_with("AWS::"), "{line}");
        }
        let actions: Vec<_> = actions.collect();
        assert_eq!(actions.len(), line.split(' ').filter(|word| is_action(word)).count(), "{line}");
        for (service, name) in actions {
            let known = match name {
                "*" => catalogue::services().any(|known| known == service),
                name => catalogue::action(&format!("{service}:{name}"))
                    .is_some_and(|action| action.name() == name && action.service() == service),
            };
            assert!(known, "{service}:{name} is not in the catalogue");
            assert!(seen.insert((service, name)), "{service}:{name} stands on two lines");
        }
    }
}

fn is_action(word: &str) -> bool {
    word.contains(':') && !word.contains("::")
}
