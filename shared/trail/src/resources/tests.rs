//! Numbers are those of the specification's list of cases.

use super::*;

/// An event in `region`, of a caller whose ARN tells `partition`.
fn event<'a>(region: &'a str, partition: &'a str) -> Event<'a> {
    Event {
        source: "",
        name: "",
        region,
        account: "111122223333",
        recipient: "111122223333",
        partition,
        error: "",
        parameters: None,
        resources: None,
        additional: None,
    }
}

/// What is found for `action`, with `resources` and `parameters` as a record has them.
fn found(action: &str, resources: &str, parameters: &str) -> String {
    found_with(action, resources, parameters, "null")
}

fn found_with(action: &str, resources: &str, parameters: &str, additional: &str) -> String {
    let raw = |text: &'static str| Raw::new(text.as_bytes()).filter(|raw| !raw.is_null());
    let (resources, parameters) = (resources.to_owned().leak(), parameters.to_owned().leak());
    let additional = raw(additional.to_owned().leak());
    let event = Event { resources: raw(resources), additional, ..event("eu-west-1", "aws") };
    tell(action, &event, raw(parameters))
}

fn tell<'a>(action: &str, event: &Event<'a>, parameters: Option<Raw<'a>>) -> String {
    let event = &Event { name: action.rsplit(':').next().unwrap().to_owned().leak(), ..*event };
    let mut found = Found::default();
    let action = iam::catalogue::action(action).unwrap_or_else(|| panic!("no action {action}"));
    Finder::new(action).find(event, parameters, &mut found);
    let texts = found.into_vec().into_iter().map(|arn| arn.map_or("?".into(), Cow::into_owned));
    let short = |text: String| text.replace("eu-west-1:111122223333", "-");
    texts.map(short).collect::<Vec<_>>().join(" ")
}

#[test]
fn parameters_name_resources_in_the_way_of_their_service() {
    let cases = [
        // 51: an ARN, a partial ARN, or a name, with a version or an alias or without.
        ("lambda:GetFunction", r#"{"functionName":"f"}"#, "arn:aws:lambda:-:function:f"),
        (
            "lambda:InvokeFunction",
            r#"{"functionName":"f:live"}"#,
            "arn:aws:lambda:-:function:f:live arn:aws:lambda:-:function:f",
        ),
        (
            "lambda:InvokeFunction",
            r#"{"functionName":"f","qualifier":"7"}"#,
            "arn:aws:lambda:-:function:f:7 arn:aws:lambda:-:function:f",
        ),
        (
            "lambda:GetFunction",
            r#"{"functionName":"444455556666:function:f"}"#,
            "arn:aws:lambda:eu-west-1:444455556666:function:f",
        ),
        (
            "lambda:InvokeFunction",
            r#"{"functionName":"arn:aws:lambda:us-east-2:444455556666:function:f:$LATEST"}"#,
            "arn:aws:lambda:us-east-2:444455556666:function:f:$LATEST arn:aws:lambda:us-east-2:444455556666:function:f",
        ),
        ("lambda:InvokeFunction", r#"{"functionName":"f*"}"#, "?"),
        (
            "lambda:GetLayerVersion",
            r#"{"layerName":"l","versionNumber":3}"#,
            "arn:aws:lambda:-:layer:l:3",
        ),
        ("lambda:PublishLayerVersion", r#"{"layerName":"l"}"#, "arn:aws:lambda:-:layer:l"),
        (
            "lambda:TagResource",
            r#"{"resource":"arn:aws:lambda:eu-west-1:111122223333:function:f"}"#,
            "arn:aws:lambda:-:function:f",
        ),
        ("lambda:ListFunctions", "{}", "*"),
        // Objects are cut; names that would read as patterns are none.
        ("s3:GetObject", r#"{"bucketName":"b","key":"a/b/c"}"#, "arn:aws:s3:::b/a/*"),
        ("s3:GetObject", r#"{"bucketName":"b","key":"/a"}"#, "arn:aws:s3:::b//*"),
        ("s3:GetObject", r#"{"bucketName":"b","key":"a"}"#, "arn:aws:s3:::b/*"),
        ("s3:GetObject", r#"{"bucketName":"b","key":"*"}"#, "arn:aws:s3:::b/*"),
        ("s3:GetObject", r#"{"bucketName":"b","key":"a*b/c"}"#, "?"),
        ("s3:GetObject", r#"{"bucketName":"b","key":"${aws:username}/c"}"#, "?"),
        ("s3:GetObject", r#"{"bucketName":"*","key":"c"}"#, "?"),
        ("s3:GetObject", r#"{"bucketName":"ap-x-s3alias","key":"c"}"#, "?"),
        (
            "s3:GetObject",
            r#"{"bucketName":"arn:aws:s3:eu-west-1:111122223333:accesspoint/ap","key":"c/d"}"#,
            "arn:aws:s3:-:accesspoint/ap/object/c/*",
        ),
        ("s3:ListBucket", r#"{"bucketName":"b","prefix":"a/"}"#, "arn:aws:s3:::b"),
        ("s3:ListAllMyBuckets", "{}", "*"),
        ("dynamodb:GetItem", r#"{"tableName":"t"}"#, "arn:aws:dynamodb:-:table/t"),
        (
            "dynamodb:Query",
            r#"{"tableName":"t","indexName":"i"}"#,
            "arn:aws:dynamodb:-:table/t/index/i",
        ),
        (
            "dynamodb:Query",
            r#"{"tableName":"arn:aws:dynamodb:eu-west-1:444455556666:table/t"}"#,
            "arn:aws:dynamodb:eu-west-1:444455556666:table/t",
        ),
        ("dynamodb:GetItem", r#"{"tableName":"t?"}"#, "?"),
        (
            "dynamodb:BatchGetItem",
            r#"{"requestItems":{"a":{},"b":{}}}"#,
            "arn:aws:dynamodb:-:table/a arn:aws:dynamodb:-:table/b",
        ),
        ("dynamodb:GetRecords", r#"{"shardIterator":"x"}"#, "?"),
        ("dynamodb:ListTables", "{}", "*"),
        (
            "sqs:SendMessage",
            r#"{"queueUrl":"https://sqs.eu-west-1.amazonaws.com/444455556666/q.fifo"}"#,
            "arn:aws:sqs:eu-west-1:444455556666:q.fifo",
        ),
        ("sqs:SendMessage", r#"{"queueUrl":"https://queue.amazonaws.com/q"}"#, "?"),
        ("sqs:GetQueueUrl", r#"{"queueName":"q"}"#, "arn:aws:sqs:-:q"),
        (
            "sns:Publish",
            r#"{"topicArn":"arn:aws:sns:eu-west-1:111122223333:t"}"#,
            "arn:aws:sns:-:t",
        ),
        ("sns:Publish", r#"{"phoneNumber":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#, "?"),
        ("kms:Decrypt", r#"{"keyId":"mrk-1"}"#, "arn:aws:kms:-:key/mrk-1"),
        ("kms:Decrypt", r#"{"keyId":"alias/a"}"#, "?"),
        ("kms:Decrypt", r#"{"keyId":"arn:aws:kms:eu-west-1:111122223333:alias/a"}"#, "?"),
        ("kms:Decrypt", r#"{"encryptionContext":{"a":"b"}}"#, "?"),
        // The name of a secret is not the end of its ARN.
        (
            "secretsmanager:GetSecretValue",
            r#"{"secretId":"prod/db"}"#,
            "arn:aws:secretsmanager:-:secret:prod/db-??????",
        ),
        (
            "secretsmanager:GetSecretValue",
            r#"{"secretId":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:db"}"#,
            "arn:aws:secretsmanager:-:secret:db-??????",
        ),
        (
            "secretsmanager:GetSecretValue",
            r#"{"secretId":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-a1B2c3"}"#,
            "arn:aws:secretsmanager:-:secret:db-a1B2c3 arn:aws:secretsmanager:-:secret:db-a1B2c3-??????",
        ),
        ("secretsmanager:GetSecretValue", r#"{"secretId":"db*"}"#, "?"),
        ("secretsmanager:ListSecrets", "{}", "*"),
        ("ssm:GetParameter", r#"{"name":"/a/b:3"}"#, "arn:aws:ssm:-:parameter/a/b"),
        ("ssm:GetParameter", r#"{"name":"a"}"#, "arn:aws:ssm:-:parameter/a"),
        (
            "ssm:GetParameter",
            r#"{"name":"arn:aws:ssm:eu-west-1:444455556666:parameter/a:3"}"#,
            "arn:aws:ssm:eu-west-1:444455556666:parameter/a",
        ),
        (
            "ssm:GetParameters",
            r#"{"names":["/a","b","c*"]}"#,
            "arn:aws:ssm:-:parameter/a arn:aws:ssm:-:parameter/b ?",
        ),
        (
            "ssm:GetParametersByPath",
            r#"{"path":"/a/b/"}"#,
            "arn:aws:ssm:-:parameter/a/b arn:aws:ssm:-:parameter/a/b/*",
        ),
        ("ssm:GetParametersByPath", r#"{"path":"/"}"#, "arn:aws:ssm:-:parameter/*"),
        ("ssm:DescribeParameters", "{}", "*"),
        (
            "events:PutEvents",
            r#"{"entries":[{"source":"s"},{"eventBusName":"b"},{"eventBusName":"arn:aws:events:eu-west-1:444455556666:event-bus/c"}]}"#,
            "arn:aws:events:-:event-bus/default arn:aws:events:-:event-bus/b arn:aws:events:eu-west-1:444455556666:event-bus/c",
        ),
        ("events:PutRule", r#"{"name":"r"}"#, "arn:aws:events:-:rule/r"),
        (
            "events:PutRule",
            r#"{"name":"r","eventBusName":"arn:aws:events:eu-west-1:111122223333:event-bus/b"}"#,
            "arn:aws:events:-:rule/b/r",
        ),
        (
            "states:StartExecution",
            r#"{"stateMachineArn":"arn:aws:states:eu-west-1:111122223333:stateMachine:m:live"}"#,
            "arn:aws:states:-:stateMachine:m arn:aws:states:-:stateMachine:m:live",
        ),
        (
            "states:DescribeExecution",
            r#"{"executionArn":"arn:aws:states:eu-west-1:111122223333:execution:m:e"}"#,
            "arn:aws:states:-:execution:m:e",
        ),
        ("states:SendTaskSuccess", r#"{"taskToken":"x"}"#, "*"),
        ("kinesis:PutRecord", r#"{"streamName":"s"}"#, "arn:aws:kinesis:-:stream/s"),
        (
            "firehose:PutRecord",
            r#"{"deliveryStreamName":"d"}"#,
            "arn:aws:firehose:-:deliverystream/d",
        ),
        (
            "logs:FilterLogEvents",
            r#"{"logGroupName":"/g"}"#,
            "arn:aws:logs:-:log-group:/g:* arn:aws:logs:-:log-group:/g",
        ),
        (
            "logs:CreateLogStream",
            r#"{"logGroupName":"/g","logStreamName":"s"}"#,
            "arn:aws:logs:-:log-group:/g:log-stream:*",
        ),
        (
            "logs:StartQuery",
            r#"{"logGroupIdentifiers":["arn:aws:logs:eu-west-1:444455556666:log-group:g:*"]}"#,
            "arn:aws:logs:eu-west-1:444455556666:log-group:g:* arn:aws:logs:eu-west-1:444455556666:log-group:g",
        ),
        (
            "ec2:StopInstances",
            r#"{"instancesSet":{"items":[{"instanceId":"i-1"},{"instanceId":"i-2"}]}}"#,
            "arn:aws:ec2:-:instance/i-1 arn:aws:ec2:-:instance/i-2",
        ),
        ("ec2:DescribeInstances", r#"{"instancesSet":{"items":[{"instanceId":"i-1"}]}}"#, "*"),
        // It needs some of eighteen kinds of resources, and nobody knows which.
        ("ec2:RunInstances", r#"{"instanceId":"i-1"}"#, "?"),
        (
            "iam:GetPolicy",
            r#"{"policyArn":"arn:aws:iam::aws:policy/x"}"#,
            "arn:aws:iam::aws:policy/x",
        ),
        // Its path is not in its name.
        ("iam:GetRole", r#"{"roleName":"r"}"#, "?"),
        (
            "bedrock:InvokeModel",
            r#"{"modelId":"anthropic.claude-v2:1"}"#,
            "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-v2:1",
        ),
        ("bedrock:InvokeModel", r#"{"modelId":"global.anthropic.claude-v2:1"}"#, "?"),
        (
            "bedrock:InvokeModel",
            r#"{"modelId":"arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.x"}"#,
            "? arn:aws:bedrock:-:inference-profile/eu.x",
        ),
        (
            "bedrock:InvokeAgent",
            r#"{"agentId":"A","agentAliasId":"B"}"#,
            "arn:aws:bedrock:-:agent-alias/A/B",
        ),
        ("bedrock:Retrieve", r#"{"knowledgeBaseId":"K"}"#, "arn:aws:bedrock:-:knowledge-base/K"),
        ("athena:StartQueryExecution", r#"{"workGroup":"w"}"#, "arn:aws:athena:-:workgroup/w"),
        (
            "cognito-idp:AdminGetUser",
            r#"{"userPoolId":"eu-west-1_a"}"#,
            "arn:aws:cognito-idp:-:userpool/eu-west-1_a",
        ),
        ("ecr:BatchGetImage", r#"{"repositoryName":"a/b"}"#, "arn:aws:ecr:-:repository/a/b"),
        ("codecommit:GetFile", r#"{"repositoryName":"r"}"#, "arn:aws:codecommit:-:r"),
        ("sagemaker:InvokeEndpoint", r#"{"endpointName":"e"}"#, "arn:aws:sagemaker:-:endpoint/e"),
        ("glue:StartJobRun", r#"{"jobName":"j"}"#, "arn:aws:glue:-:job/j"),
        ("glue:GetTable", r#"{"databaseName":"d","name":"t"}"#, "?"),
        ("scheduler:CreateSchedule", r#"{"name":"s"}"#, "arn:aws:scheduler:-:schedule/default/s"),
        (
            "route53:ChangeResourceRecordSets",
            r#"{"hostedZoneId":"Z1"}"#,
            "arn:aws:route53:::hostedzone/Z1",
        ),
        (
            "cloudformation:DescribeStacks",
            r#"{"stackName":"s"}"#,
            "arn:aws:cloudformation:-:stack/s/*",
        ),
        (
            "ecs:RunTask",
            r#"{"taskDefinition":"arn:aws:ecs:eu-west-1:111122223333:task-definition/t:9"}"#,
            "arn:aws:ecs:-:task-definition/t:*",
        ),
        (
            "sts:AssumeRole",
            r#"{"roleArn":"arn:aws:iam::444455556666:role/p/r"}"#,
            "arn:aws:iam::444455556666:role/p/r",
        ),
        ("cloudwatch:GetMetricData", "{}", "?"),
        // 48: missing, hidden, of another kind, or without what is looked for.
        ("sqs:SendMessage", "null", "?"),
        ("s3:GetObject", "null", "?"),
        ("ssm:GetParameter", "null", "?"),
        ("events:PutEvents", "null", "?"),
        ("lambda:InvokeFunction", "null", "?"),
        ("kinesis:PutRecord", r#"{"streamName":7}"#, "?"),
        ("kinesis:PutRecord", r#"{"streamName":""}"#, "?"),
        ("sns:Publish", r#"{"topicArn":"arn:aws:sqs:eu-west-1:111122223333:t"}"#, "?"),
        ("secretsmanager:GetSecretValue", r#"{"secretId":{"a":1}}"#, "?"),
    ];
    for (action, parameters, expected) in cases {
        assert_eq!(found(action, "null", parameters), expected, "{action} {parameters}");
    }
}

#[test]
fn the_records_own_list_comes_first() {
    let key = r#"[{"type":"AWS::KMS::Key","ARN":"arn:aws:kms:eu-west-1:111122223333:key/k"}]"#;
    let object = r#"[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::b/a/k"},{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b"}]"#;
    let function = r#"[{"type":"AWS::Lambda::Function","ARN":"arn:aws:lambda:eu-west-1:111122223333:function:f"}]"#;
    let table = r#"[{"type":"AWS::DynamoDB::Stream","ARN":"arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/s"},{"type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:eu-west-1:111122223333:table/t"}]"#;
    let queues = r#"[{"type":"AWS::SQS::Queue","ARN":"arn:aws:sqs:eu-west-1:111122223333:*"}]"#;
    let other = r#"[{"type":"AWS::X::Y","ARN":"arn:aws:sqs:eu-west-1:111122223333:q"}]"#;
    let bare = r#"[{"ARN":"arn:aws:sqs:eu-west-1:111122223333:q"}]"#;
    let cluster =
        r#"[{"type":"AWS::RDS::DBCluster","ARN":"arn:aws:rds:eu-west-1:111122223333:cluster:c"}]"#;
    let bus = r#"[{"type":"AWS::Events::EventBus","ARN":"arn:aws:events:eu-west-1:111122223333:event-bus/b"}]"#;
    let cases = [
        ("kms:Decrypt", key, r#"{"keyId":"alias/a"}"#, "arn:aws:kms:-:key/k"),
        ("kms:Decrypt", key, "null", "arn:aws:kms:-:key/k"),
        ("s3:GetObject", object, "null", "arn:aws:s3:::b/a/*"),
        ("s3:ListBucket", object, "null", "arn:aws:s3:::b"),
        // Without parameters it may have been called by a version or an alias.
        (
            "lambda:InvokeFunction",
            function,
            "null",
            "arn:aws:lambda:-:function:f arn:aws:lambda:-:function:f:*",
        ),
        ("lambda:GetFunction", function, r#"{"functionName":"f"}"#, "arn:aws:lambda:-:function:f"),
        ("dynamodb:PutItem", table, "null", "arn:aws:dynamodb:-:table/t"),
        ("dynamodb:GetRecords", table, "null", "arn:aws:dynamodb:-:table/t/stream/s"),
        // The list names the table where the index is needed.
        (
            "dynamodb:Query",
            table,
            r#"{"tableName":"t","indexName":"i"}"#,
            "arn:aws:dynamodb:-:table/t/index/i",
        ),
        ("dynamodb:Query", table, r#"{"tableName":"t"}"#, "arn:aws:dynamodb:-:table/t"),
        ("dynamodb:Query", table, "null", "?"),
        ("events:PutEvents", bus, "null", "arn:aws:events:-:event-bus/b"),
        // CloudTrail's name of the kind, ours, and none at all.
        ("rds-data:ExecuteStatement", cluster, "null", "arn:aws:rds:-:cluster:c"),
        ("sqs:SendMessage", other, "null", "?"),
        ("sqs:SendMessage", bare, "null", "arn:aws:sqs:-:q"),
        // A wildcard in it is no resource; an action on `*` only has none.
        ("sqs:SendMessage", queues, "null", "?"),
        ("sqs:ListQueues", queues, "null", "*"),
        ("sns:Publish", key, "null", "?"),
        ("sns:Publish", "{}", "null", "?"),
        ("sns:Publish", "[1,{}]", "null", "?"),
    ];
    for (action, resources, parameters, expected) in cases {
        assert_eq!(found(action, resources, parameters), expected, "{action} {resources}");
    }
}

#[test]
fn arns_match_as_patterns_do() {
    let texts = [
        "arn:aws:sqs:r:1:q",
        "arn:aws:sqs:r:1:",
        "arn:aws:sqs:r:1",
        "arn:aws:s3:::b",
        "arn:aws:s3:::b/k",
        "arn:aws:lambda:r:1:function:f",
        "arn:aws:lambda:r:1:function:f:v",
        "arn:aws:lambda:r:1:layer:l",
        "arn:aws:events:r:1:rule/a",
        "arn:aws:events:r:1:rule/a/b",
        "arn:aws:iam::1:role/p/r",
        "",
        "arn:",
    ];
    for action in [
        "sqs:SendMessage",
        "s3:GetObject",
        "s3:ListBucket",
        "lambda:TagResource",
        "events:PutRule",
        "iam:GetRole",
    ] {
        for kind in iam::catalogue::action(action).unwrap().resource_types() {
            for pattern in kind.arns() {
                for text in texts {
                    let expected = iam::Pattern::text(pattern).matches(text);
                    assert_eq!(matches(&parts(pattern), text), expected, "{pattern} {text}");
                }
            }
        }
    }
    assert!(matches(&parts("arn:*:a:default"), "arn:aws:a:default"));
    assert!(matches(&["whole"], "whole") && !matches(&["whole"], "wholes"));
    // Nothing is taken twice.
    assert!(!matches(&parts("a*ab"), "ab"));
}

/// It is recorded with the version that ran, and not with the alias that was asked for.
#[test]
fn an_invocation_may_have_been_by_an_alias() {
    let function = r#"[{"type":"AWS::Lambda::Function","ARN":"arn:aws:lambda:eu-west-1:111122223333:function:f"}]"#;
    let latest =
        r#"{"functionVersion":"arn:aws:lambda:eu-west-1:111122223333:function:f:$LATEST"}"#;
    let seven = r#"{"functionVersion":"arn:aws:lambda:eu-west-1:111122223333:function:f:7"}"#;
    let both = "arn:aws:lambda:-:function:f arn:aws:lambda:-:function:f:*";
    for (additional, expected) in
        [(latest, "arn:aws:lambda:-:function:f"), (seven, both), ("null", both)]
    {
        let found = found_with("lambda:InvokeFunction", function, "null", additional);
        assert_eq!(found, expected, "{additional}");
    }
}

/// 18
#[test]
fn arns_are_of_the_callers_partition() {
    let parameters = Raw::new(br#"{"streamName":"s","bucketName":"b","key":"k"}"#);
    let cases = [
        ("eu-west-1", "aws", "aws"),
        ("cn-north-1", "aws-cn", "aws-cn"),
        ("cn-north-1", "", "aws-cn"),
        ("us-gov-west-1", "", "aws-us-gov"),
        ("eusc-de-east-1", "", "aws-eusc"),
        ("eu-west-1", "", "aws"),
    ];
    for (region, partition, expected) in cases {
        let event = event(region, partition);
        let stream = tell("kinesis:PutRecord", &event, parameters);
        assert_eq!(
            stream.replace("eu-west-1:111122223333", "-"),
            format!("arn:{expected}:kinesis:{region}:111122223333:stream/s")
                .replace("eu-west-1:111122223333", "-")
        );
        assert_eq!(tell("s3:GetObject", &event, parameters), format!("arn:{expected}:s3:::b/*"));
    }
}

#[test]
fn the_table_holds_together() {
    for line in crate::actions::lines(RESOURCES) {
        if let Some(actions) = line.strip_prefix("either ") {
            for name in actions.split(' ') {
                let action = iam::catalogue::action(name).unwrap_or_else(|| panic!("{name}"));
                assert_eq!(action.to_string(), name);
                assert!(action.resource_types().count() > 1, "{name} has one kind of resource");
            }
            continue;
        }
        let row = table::row(line).unwrap();
        match row.of.split_once(':') {
            Some(_) => assert_eq!(iam::catalogue::action(row.of).unwrap().to_string(), row.of),
            None => assert!(iam::catalogue::services().any(|known| known == row.of), "{line}"),
        }
        // Made of a name, it is an ARN of some action's.
        if let Some(arn) =
            row.arn(&event("eu-west-1", "aws"), row.of.split(':').next().unwrap(), "n")
        {
            let fits = |action| Finder::new(action).fits(&arn);
            assert!(
                iam::catalogue::expand(&format!("{}:*", row.of.split(':').next().unwrap()))
                    .any(fits),
                "{arn}"
            );
        }
    }
}
