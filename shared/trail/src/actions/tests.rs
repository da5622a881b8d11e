//! Numbers are those of the specification's list of cases.

use std::collections::{BTreeMap, HashSet};

use iam::catalogue;

use proptest::prelude::*;

use super::table::{ALIASES, IGNORED, IMPLIED, OVERRIDES, Term, row, tables};
use super::*;

const ACCOUNT: &str = "111122223333";

/// An event of `source` called `name`; `region` is `eu-west-1`.
fn event<'a>(source: &'a str, name: &'a str, parameters: &'a str) -> Event<'a> {
    Event {
        source,
        name,
        region: "eu-west-1",
        account: ACCOUNT,
        recipient: ACCOUNT,
        partition: "aws",
        error: "",
        parameters: Raw::new(parameters.as_bytes()).filter(|raw| !raw.is_null()),
        resources: None,
        additional: None,
    }
}

/// `s3:GetObject arn:aws:s3:::b/*`; `~` before what is inferred, `?` for an unknown resource.
fn told(mapped: &Mapped<'_>) -> Vec<String> {
    let tell = |call: &MappedCall<'_>| {
        let action = call.action.as_deref().unwrap_or("unknown");
        let resource = call.resource.as_deref().unwrap_or("?");
        format!("{}{action} {resource}", if call.inferred { "~" } else { "" })
    };
    mapped.calls.iter().map(tell).collect()
}

#[track_caller]
fn check(source: &str, name: &str, parameters: &str, expected: &[&str]) {
    let source = format!("{source}.amazonaws.com");
    let mapped = Mapper::default().map(&event(&source, name, parameters)).calls;
    let mapped = Mapped { calls: mapped, known: true, ignored: false };
    assert_eq!(told(&mapped), expected, "{source} {name} {parameters}");
}

#[test]
fn events_need_the_actions_that_their_services_ask_for() {
    let cases: &[(&str, &str, &str, &[&str])] = &[
        // 32: the name of the action is another, or has a version.
        (
            "lambda",
            "Invoke",
            r#"{"functionName":"f"}"#,
            &[
                "lambda:InvokeFunction arn:aws:lambda:eu-west-1:111122223333:function:f:*",
                "lambda:InvokeFunction arn:aws:lambda:eu-west-1:111122223333:function:f",
            ],
        ),
        (
            "lambda",
            "GetFunction20150331v2",
            r#"{"functionName":"f"}"#,
            &[
                "lambda:GetFunction arn:aws:lambda:eu-west-1:111122223333:function:f",
                "~lambda:ListTags ?",
            ],
        ),
        ("lambda", "ListFunctions20150331", "{}", &["lambda:ListFunctions *"]),
        ("cloudfront", "ListDistributions2020_05_31", "{}", &["cloudfront:ListDistributions *"]),
        // 33
        ("s3", "ListObjectsV2", r#"{"bucketName":"b"}"#, &["s3:ListBucket arn:aws:s3:::b"]),
        (
            "s3",
            "ListObjects",
            r#"{"bucketName":"b","prefix":"x/"}"#,
            &["s3:ListBucket arn:aws:s3:::b"],
        ),
        ("s3", "HeadBucket", r#"{"bucketName":"b"}"#, &["s3:ListBucket arn:aws:s3:::b"]),
        (
            "s3",
            "HeadObject",
            r#"{"bucketName":"b","key":"x/y"}"#,
            &["s3:GetObject arn:aws:s3:::b/x/*"],
        ),
        (
            "s3",
            "GetObject",
            r#"{"bucketName":"b","key":"x/y","versionId":"v"}"#,
            &["s3:GetObjectVersion arn:aws:s3:::b/x/*"],
        ),
        (
            "s3",
            "DeleteObject",
            r#"{"bucketName":"b","key":"k","versionId":"v"}"#,
            &["s3:DeleteObjectVersion arn:aws:s3:::b/*"],
        ),
        (
            "s3",
            "DeleteObjects",
            r#"{"bucketName":"b","delete":""}"#,
            &["s3:DeleteObject arn:aws:s3:::b/*", "~s3:DeleteObjectVersion arn:aws:s3:::b/*"],
        ),
        (
            "s3",
            "PutObject",
            r#"{"bucketName":"b","key":"k","x-amz-acl":"private"}"#,
            &["s3:PutObject arn:aws:s3:::b/*", "s3:PutObjectAcl arn:aws:s3:::b/*"],
        ),
        ("s3", "PutObject", r#"{"bucketName":"b","key":"k"}"#, &["s3:PutObject arn:aws:s3:::b/*"]),
        (
            "s3",
            "UploadPart",
            r#"{"bucketName":"b","key":"in/k"}"#,
            &["s3:PutObject arn:aws:s3:::b/in/*"],
        ),
        ("s3", "ListBuckets", r#"{"Host":"s3.amazonaws.com"}"#, &["s3:ListAllMyBuckets *"]),
        (
            "s3",
            "DeleteBucketReplication",
            r#"{"bucketName":"b"}"#,
            &["s3:PutReplicationConfiguration arn:aws:s3:::b"],
        ),
        // 34: the source of a copy is in a header, the destination where all objects are.
        (
            "s3",
            "CopyObject",
            r#"{"bucketName":"to","key":"out/k","x-amz-copy-source":"from/in%20box/k"}"#,
            &[
                "s3:GetObject arn:aws:s3:::from/in box/*",
                "~s3:GetObjectTagging arn:aws:s3:::from/in box/*",
                "s3:PutObject arn:aws:s3:::to/out/*",
                "~s3:PutObjectTagging arn:aws:s3:::to/out/*",
            ],
        ),
        (
            "s3",
            "CopyObject",
            r#"{"bucketName":"to","key":"k","x-amz-copy-source":"/from/k?versionId=1","x-amz-acl":"private"}"#,
            &[
                "s3:GetObjectVersion arn:aws:s3:::from/*",
                "~s3:GetObjectTagging arn:aws:s3:::from/*",
                "s3:PutObject arn:aws:s3:::to/*",
                "s3:PutObjectAcl arn:aws:s3:::to/*",
                "~s3:PutObjectTagging arn:aws:s3:::to/*",
            ],
        ),
        (
            "s3",
            "UploadPartCopy",
            r#"{"bucketName":"to","key":"k","x-amz-copy-source":"arn:aws:s3:eu-west-1:111122223333:accesspoint/ap/object/in/k"}"#,
            &[
                "s3:GetObject arn:aws:s3:eu-west-1:111122223333:accesspoint/ap/object/in/*",
                "~s3:GetObjectTagging arn:aws:s3:eu-west-1:111122223333:accesspoint/ap/object/in/*",
                "s3:PutObject arn:aws:s3:::to/*",
            ],
        ),
        // 35
        (
            "sqs",
            "SendMessageBatch",
            r#"{"queueUrl":"https://sqs.eu-west-1.amazonaws.com/444455556666/q"}"#,
            &["sqs:SendMessage arn:aws:sqs:eu-west-1:444455556666:q"],
        ),
        (
            "sns",
            "PublishBatch",
            r#"{"topicArn":"arn:aws:sns:eu-west-1:111122223333:t"}"#,
            &["sns:Publish arn:aws:sns:eu-west-1:111122223333:t"],
        ),
        // 36: those of the four that the request has.
        (
            "dynamodb",
            "TransactWriteItems",
            r#"{"transactItems":[{"put":{"tableName":"a"}},{"put":{"tableName":"a"}},{"conditionCheck":{"tableName":"b"}}]}"#,
            &[
                "dynamodb:ConditionCheckItem arn:aws:dynamodb:eu-west-1:111122223333:table/b",
                "dynamodb:PutItem arn:aws:dynamodb:eu-west-1:111122223333:table/a",
            ],
        ),
        (
            "dynamodb",
            "TransactWriteItems",
            r#"{"transactItems":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#,
            &[
                "~dynamodb:ConditionCheckItem ?",
                "~dynamodb:DeleteItem ?",
                "~dynamodb:PutItem ?",
                "~dynamodb:UpdateItem ?",
            ],
        ),
        (
            "dynamodb",
            "TransactGetItems",
            r#"{"transactItems":[{"get":{"tableName":"a"}}]}"#,
            &["dynamodb:GetItem arn:aws:dynamodb:eu-west-1:111122223333:table/a"],
        ),
        (
            "dynamodb",
            "ExecuteStatement",
            r#"{"statement":"DELETE FROM \"t\" WHERE a=?"}"#,
            &["dynamodb:PartiQLDelete arn:aws:dynamodb:eu-west-1:111122223333:table/t"],
        ),
        (
            "dynamodb",
            "BatchExecuteStatement",
            r#"{"statements":[{"statement":"SELECT a FROM t.i"},{"statement":"UPDATE t SET a=1"}]}"#,
            &[
                "dynamodb:PartiQLSelect arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/i",
                "dynamodb:PartiQLUpdate arn:aws:dynamodb:eu-west-1:111122223333:table/t",
            ],
        ),
        (
            "dynamodb",
            "ExecuteTransaction",
            r#"{"transactStatements":[{"statement":"**********"}]}"#,
            &[
                "~dynamodb:PartiQLSelect ?",
                "~dynamodb:PartiQLInsert ?",
                "~dynamodb:PartiQLUpdate ?",
                "~dynamodb:PartiQLDelete ?",
            ],
        ),
        // 37
        (
            "bedrock",
            "Converse",
            r#"{"modelId":"amazon.nova-lite-v1:0"}"#,
            &[
                "bedrock:InvokeModel arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0",
            ],
        ),
        (
            "bedrock",
            "ConverseStream",
            r#"{"modelId":"eu.amazon.nova-lite-v1:0"}"#,
            &["bedrock:InvokeModelWithResponseStream ?"],
        ),
        // 38
        ("apigateway", "GetRestApis", "{}", &["apigateway:GET ?"]),
        (
            "apigateway",
            "CreateDeployment",
            r#"{"restApiId":"a1"}"#,
            &[
                "apigateway:POST arn:aws:apigateway:eu-west-1::/restapis/a1/*",
                "apigateway:POST arn:aws:apigateway:eu-west-1::/restapis/a1",
            ],
        ),
        (
            "apigateway",
            "UpdateStage",
            r#"{"apiId":"a2"}"#,
            &[
                "apigateway:PATCH arn:aws:apigateway:eu-west-1::/apis/a2/*",
                "apigateway:PATCH arn:aws:apigateway:eu-west-1::/apis/a2",
            ],
        ),
        (
            "apigateway",
            "DeleteRestApi",
            r#"{"restApiId":"a1"}"#,
            &[
                "apigateway:DELETE arn:aws:apigateway:eu-west-1::/restapis/a1/*",
                "apigateway:DELETE arn:aws:apigateway:eu-west-1::/restapis/a1",
            ],
        ),
        ("apigateway", "CreatePortal", "{}", &["apigateway:CreatePortal ?"]),
        // 39: no permission is needed.
        ("sts", "GetCallerIdentity", "null", &[]),
        ("sts", "GetSessionToken", "null", &[]),
        ("signin", "ConsoleLogin", "null", &[]),
        // 40: a role that is passed is recorded nowhere.
        (
            "lambda",
            "CreateFunction20150331",
            r#"{"functionName":"f","role":"arn:aws:iam::111122223333:role/x/r","layers":["arn:aws:lambda:eu-west-1:444455556666:layer:l:3"],"tags":{"a":"b"}}"#,
            &[
                "lambda:CreateFunction arn:aws:lambda:eu-west-1:111122223333:function:f",
                "~iam:PassRole arn:aws:iam::111122223333:role/x/r",
                "~lambda:GetLayerVersion arn:aws:lambda:eu-west-1:444455556666:layer:l:3",
                "~lambda:TagResource arn:aws:lambda:eu-west-1:111122223333:function:f",
            ],
        ),
        (
            "events",
            "PutTargets",
            r#"{"rule":"r","targets":[{"roleArn":"arn:aws:iam::111122223333:role/a"},{"arn":"arn:aws:sqs:x"},{"roleArn":"arn:aws:iam::111122223333:role/b"}]}"#,
            &[
                "events:PutTargets arn:aws:events:eu-west-1:111122223333:rule/r",
                "~iam:PassRole arn:aws:iam::111122223333:role/a",
                "~iam:PassRole arn:aws:iam::111122223333:role/b",
            ],
        ),
        // A call without a line: any role among its parameters counts, if it is of the account.
        (
            "datasync",
            "CreateLocationS3",
            r#"{"s3Config":{"bucketAccessRoleArn":"arn:aws:iam::111122223333:role/r"},"otherRole":"arn:aws:iam::444455556666:role/r"}"#,
            &["datasync:CreateLocationS3 *", "~iam:PassRole arn:aws:iam::111122223333:role/r"],
        ),
        (
            "firehose",
            "CreateDeliveryStream",
            r#"{"deliveryStreamName":"d","a":{"roleARN":"arn:aws:iam::111122223333:role/r"}}"#,
            &[
                "firehose:CreateDeliveryStream arn:aws:firehose:eu-west-1:111122223333:deliverystream/d",
                "~iam:PassRole arn:aws:iam::111122223333:role/r",
            ],
        ),
        (
            "ecs",
            "RunTask",
            r#"{"taskDefinition":"web:7"}"#,
            &[
                "ecs:RunTask arn:aws:ecs:eu-west-1:111122223333:task-definition/web:*",
                "~iam:PassRole ?",
            ],
        ),
        (
            "lambda",
            "UpdateFunctionConfiguration20150331v2",
            r#"{"functionName":"f","timeout":3}"#,
            &[
                "lambda:UpdateFunctionConfiguration arn:aws:lambda:eu-west-1:111122223333:function:f",
            ],
        ),
        ("glue", "CreateJob", r#"{"role":"by-name"}"#, &["glue:CreateJob ?", "~iam:PassRole ?"]),
        // Tags need the service's own action for tags, wherever they are set.
        (
            "sqs",
            "CreateQueue",
            r#"{"queueName":"q","tags":{"a":"b"}}"#,
            &[
                "sqs:CreateQueue arn:aws:sqs:eu-west-1:111122223333:q",
                "~sqs:TagQueue arn:aws:sqs:eu-west-1:111122223333:q",
            ],
        ),
        (
            "sqs",
            "CreateQueue",
            r#"{"queueName":"q","tags":{}}"#,
            &["sqs:CreateQueue arn:aws:sqs:eu-west-1:111122223333:q"],
        ),
        (
            "ec2",
            "CreateLaunchTemplate",
            r#"{"CreateLaunchTemplateRequest":{"TagSpecification":{"Tag":1}}}"#,
            &["ec2:CreateLaunchTemplate ?", "~ec2:CreateTags ?"],
        ),
        ("kinesis", "PutRecord", "null", &["kinesis:PutRecord ?"]),
        // Roles stand in other calls for other reasons.
        (
            "sts",
            "AssumeRole",
            r#"{"roleArn":"arn:aws:iam::444455556666:role/r","roleSessionName":"s"}"#,
            &["sts:AssumeRole arn:aws:iam::444455556666:role/r"],
        ),
        (
            "iam",
            "UpdateRole",
            r#"{"roleName":"r","x":{"role":"arn:aws:iam::111122223333:role/r"}}"#,
            &["iam:UpdateRole ?"],
        ),
        // 47, 57: what never was is unknown, and harmless.
        ("s3", "BatchDeleteReplication", "{}", &["unknown ?"]),
        ("iam", "DescribePolicy", r#"{"policyArn":"x"}"#, &["unknown ?"]),
        ("no-such-service", "GetThing", "null", &["unknown ?"]),
        ("", "", "null", &["unknown ?"]),
        ("lambda", "20150331", "null", &["unknown ?"]),
        // 48: nothing seen is everything possible, on an unknown resource.
        (
            "dynamodb",
            "TransactWriteItems",
            "null",
            &[
                "~dynamodb:ConditionCheckItem ?",
                "~dynamodb:DeleteItem ?",
                "~dynamodb:PutItem ?",
                "~dynamodb:UpdateItem ?",
            ],
        ),
        (
            "s3",
            "PutObject",
            "null",
            &[
                "s3:PutObject ?",
                "~s3:PutObjectAcl ?",
                "~s3:PutObjectTagging ?",
                "~s3:PutObjectRetention ?",
                "~s3:PutObjectLegalHold ?",
            ],
        ),
        ("s3", "GetObject", "null", &["s3:GetObject ?", "~s3:GetObjectVersion ?"]),
        (
            "s3",
            "CopyObject",
            "null",
            &[
                "s3:GetObject ?",
                "~s3:GetObjectVersion ?",
                "~s3:GetObjectTagging ?",
                "s3:PutObject ?",
                "~s3:PutObjectAcl ?",
                "~s3:PutObjectTagging ?",
                "~s3:PutObjectRetention ?",
                "~s3:PutObjectLegalHold ?",
            ],
        ),
        (
            "states",
            "CreateStateMachine",
            r#""HIDDEN_DUE_TO_SECURITY_REASONS""#,
            &[
                "states:CreateStateMachine ?",
                "~iam:PassRole ?",
                "~states:PublishStateMachineVersion ?",
            ],
        ),
        (
            "secretsmanager",
            "GetSecretValue",
            r#"{"secretId":"HIDDEN*"}"#,
            &["secretsmanager:GetSecretValue ?"],
        ),
        // Aliases of sources.
        ("monitoring", "PutDashboard", "{}", &["cloudwatch:PutDashboard ?"]),
        ("streams.dynamodb", "ListStreams", "{}", &["dynamodb:ListStreams *"]),
        (
            "rdsdataapi",
            "ExecuteStatement",
            r#"{"resourceArn":"arn:aws:rds:eu-west-1:111122223333:cluster:c"}"#,
            &["rds-data:ExecuteStatement arn:aws:rds:eu-west-1:111122223333:cluster:c"],
        ),
        (
            "kms",
            "ReEncrypt",
            r#"{"sourceKeyId":"11111111-2222-3333-4444-555555555555","destinationKeyId":"alias/x"}"#,
            &[
                "kms:ReEncryptFrom arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555",
                "kms:ReEncryptTo ?",
            ],
        ),
    ];
    for (source, name, parameters, expected) in cases {
        check(source, name, parameters, expected);
    }
}

#[test]
fn what_is_known_and_what_is_ignored_is_told_apart() {
    let mut mapper = Mapper::default();
    let cases = [
        ("sts.amazonaws.com", "GetCallerIdentity", true, true),
        ("lambda.amazonaws.com", "LambdaESMDisabled", true, true),
        ("sqs.amazonaws.com", "SendMessage", true, false),
        ("bedrock.amazonaws.com", "Nonsense", false, false),
    ];
    for _ in 0..2 {
        for (source, name, known, ignored) in cases {
            let mapped = mapper.map(&event(source, name, "null"));
            assert_eq!((mapped.known, mapped.ignored), (known, ignored), "{source} {name}");
        }
    }
}

#[test]
fn every_rule_is_told() {
    let cases = [
        ("sqs", "SendMessage", Rule::Identity),
        ("lambda", "GetFunction20150331v2", Rule::Version),
        ("lambda", "Invoke", Rule::Table),
        ("apigateway", "GetStage", Rule::Table),
        ("lambda", "Nonsense", Rule::Unknown),
    ];
    for (source, name, rule) in cases {
        let mapped = Mapper::default().map(&event(source, name, "null"));
        assert_eq!(mapped.calls[0].rule, rule, "{source} {name}");
    }
    let mapped = Mapper::default().map(&event("lambda", "CreateFunction20150331", "null"));
    assert_eq!(mapped.calls[1].rule, Rule::Implied);
}

#[test]
fn a_version_is_a_day_and_perhaps_a_number() {
    let cases = [
        ("CreateFunction20150331", Some("CreateFunction")),
        ("UpdateFunctionCode20150331v2", Some("UpdateFunctionCode")),
        ("CreateDistribution2020_05_31", Some("CreateDistribution")),
        ("CreateDistribution_2020_05_31", Some("CreateDistribution")),
        ("Resolv20150331", Some("Resolv")),
        ("ListObjectsV2", None),
        ("Publish2", None),
        ("Get19990101", None),
        ("20150331", None),
        ("é0150331", None),
        ("v2", None),
        ("", None),
    ];
    for (name, expected) in cases {
        assert_eq!(super::plan::without_version(name), expected, "{name}");
    }
}

#[test]
fn many_names_are_not_all_kept() {
    let mut mapper = Mapper::default();
    let names: Vec<String> = (0..REMEMBERED + 10).map(|number| format!("Name{number}")).collect();
    for name in &names {
        mapper.map(&event("s3.amazonaws.com", name, "null"));
    }
    assert!(mapper.plans.values().map(HashMap::len).sum::<usize>() <= REMEMBERED);
}

/// S3 says that there is no such object only to those who may list the bucket.
#[test]
fn a_missing_object_was_found_missing_by_who_may_list_the_bucket() {
    let list = "~s3:ListBucket arn:aws:s3:::b".to_owned();
    let told_of = |name: &str, error: &str, parameters: &str| {
        let event = Event { error, ..event("s3.amazonaws.com", name, parameters) };
        told(&Mapper::default().map(&event))
    };
    let object = r#"{"bucketName":"b","key":"k"}"#;
    for name in ["GetObject", "HeadObject", "GetObjectAttributes"] {
        assert!(told_of(name, "NoSuchKey", object).contains(&list), "{name}");
        assert!(!told_of(name, "", object).contains(&list), "{name}");
        assert!(!told_of(name, "InvalidRange", object).contains(&list), "{name}");
    }
    let unknown = told_of("GetObject", "NoSuchKey", "null");
    assert!(unknown.contains(&"~s3:ListBucket ?".to_owned()), "{unknown:?}");

    let copied = r#"{"bucketName":"other","key":"k","x-amz-copy-source":"b/old/k"}"#;
    assert!(told_of("CopyObject", "NoSuchKey", copied).contains(&list));
    assert!(!told_of("CopyObject", "", copied).contains(&list));
    let by_access_point =
        copied.replace("b/old/k", "arn:aws:s3:eu-west-1:1:accesspoint/a/object/k");
    let told = told_of("CopyObject", "NoSuchKey", &by_access_point);
    assert!(told.contains(&"~s3:ListBucket ?".to_owned()), "{told:?}");
}

/// Events of real roles, made unrecognisable.
#[test]
fn the_events_of_real_roles_are_all_known() {
    let text = include_str!("../../tests/trail/lambda-role-events.json");
    let file = Raw::new(text.as_bytes()).unwrap();
    let mut mapper = Mapper::default();
    let mut told_by_case = Vec::new();
    for record in file.get("Records").unwrap().items() {
        let text = |key: &str| record.get(key).and_then(Raw::plain).unwrap();
        let event = Event {
            parameters: record.get("requestParameters").filter(|raw| !raw.is_null()),
            resources: record.get("resources").filter(|raw| !raw.is_null()),
            region: text("awsRegion"),
            ..event(text("eventSource"), text("eventName"), "null")
        };
        let mapped = mapper.map(&event);
        assert!(mapped.known && !mapped.ignored, "{}", text("_case"));
        let case = text("_case").split(' ').next().unwrap();
        told_by_case.push(format!("{case} {}", told(&mapped).join(", ")));
    }
    let key = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555";
    assert_eq!(
        told_by_case,
        [
            "S1 ec2:StopInstances arn:aws:ec2:us-east-1:111122223333:instance/i-0123456789abcdef0",
            "S2 sso-oauth:CreateTokenWithIAM ?",
            "S3 ec2:DescribeInstances *",
            "S4 logs:CreateLogStream ?",
            "S5 logs:CreateLogStream arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/async-monitor:log-stream:*",
            &format!("S6 kms:Decrypt {key}"),
            &format!("S7 kms:GenerateDataKey {key}"),
            "S8 sts:AssumeRole arn:aws:iam::111122223333:role/shared-controller",
            "S9 sts:AssumeRole arn:aws:iam::111122223333:role/stream-fn-role",
            "S10 dynamodb:DescribeStream arn:aws:dynamodb:us-east-1:111122223333:table/pictures/stream/2019-10-09T00:07:23.254",
            "S11 kms:CreateGrant ?",
            "S12 kms:GenerateDataKey ?",
            "S13 ecr:ListImages ?",
            "S14 lambda:UpdateFunctionCode ?",
            "S15 lambda:InvokeFunction arn:aws:lambda:us-east-1:111122223333:function:level1, lambda:InvokeFunction arn:aws:lambda:us-east-1:111122223333:function:level1:*",
        ]
    );
}

/// Every line under a source, every name one there is, and no line that changes nothing.
#[test]
fn the_tables_hold_together() {
    for (file, text) in [
        ("aliases", ALIASES),
        ("ignored", IGNORED),
        ("overrides", OVERRIDES),
        ("implied", IMPLIED),
        ("resources", crate::resources::RESOURCES),
    ] {
        let mut source = None;
        let mut seen = HashSet::new();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match line.strip_prefix("= ") {
                Some(text) => source = Some(text),
                None => {
                    assert!(source.is_some_and(|source| source.len() > 20), "{file}: {line}");
                    assert!(seen.insert(line), "{file}: twice: {line}");
                }
            }
        }
    }
    let is_service = |prefix: &str| catalogue::services().any(|service| service == prefix);
    for (alias, prefix) in lines(ALIASES).map(|line| line.split_once(' ').unwrap()) {
        assert!(is_service(prefix), "{alias}: no actions begin with `{prefix}:`");
        assert!(!is_service(alias), "{alias}: is itself the prefix of actions");
    }
    let mut events: BTreeMap<_, Vec<Term>> = BTreeMap::new();
    for line in lines(OVERRIDES) {
        let (event, terms) = row(line).unwrap();
        let (prefix, name) = event;
        for term in &terms {
            assert!(term.action == "partiql" || term.action == "copied" || exists(term), "{line}");
        }
        let own = format!("{prefix}:{name}");
        let is_own = matches!(terms.as_slice(), [only] if only.action == own && !only.perhaps);
        assert!(!is_own, "{line}: says what the name says");
        assert!(events.insert(event, terms).is_none(), "{line}: twice");
    }
    let mut events = HashSet::new();
    for line in lines(IMPLIED) {
        let ((prefix, name), terms) = row(line).unwrap();
        let event = format!("{prefix}.amazonaws.com");
        assert!(!terms.is_empty() && terms.iter().all(exists), "{line}");
        assert!(Mapper::default().map(&super::tests::event(&event, name, "null")).known, "{line}");
        assert!(events.insert((prefix, name)), "{line}: twice");
    }
    assert!(tables().ignores("signin", "ConsoleLogin"));
}

fn exists(term: &Term) -> bool {
    catalogue::action(term.action).is_some_and(|action| action.to_string() == term.action)
}

/// Of the operations of the services that functions use. What is missing is newer than the
/// catalogue of actions; `operations.py` writes the list.
#[test]
fn operations_are_mapped() {
    let (mut all, mut unmapped) = (0, 0);
    for line in lines(include_str!("../../tests/operations.txt")) {
        let words: Vec<&str> = line.split(' ').collect();
        let [client, source, operations, misses @ ..] = words.as_slice() else { panic!("{line}") };
        let operations: usize = operations.parse().unwrap();
        let source = format!("{source}.amazonaws.com");
        let is_unmapped =
            |name: &&&str| !Mapper::default().map(&event(&source, name, "null")).known;
        let missing: Vec<_> = misses.iter().filter(is_unmapped).collect();
        println!("{client}: {} of {operations}; not {missing:?}", operations - missing.len());
        assert!(missing.len() * 5 <= operations * 2, "{client}: {missing:?}");
        all += operations;
        unmapped += missing.len();
    }
    println!("{} of {all}", all - unmapped);
    assert!(all > 5_000 && unmapped * 20 <= all, "{unmapped} of {all} are not mapped");
}

/// Parameters of any shape, with the names the tables look for and values that mean mischief.
fn parameters() -> impl Strategy<Value = serde_json::Value> {
    let keys: Vec<&str> = vec![
        "bucketName",
        "key",
        "x-amz-copy-source",
        "functionName",
        "qualifier",
        "tableName",
        "indexName",
        "requestItems",
        "transactItems",
        "put",
        "statement",
        "queueUrl",
        "queueName",
        "topicArn",
        "keyId",
        "secretId",
        "name",
        "names",
        "path",
        "logGroupName",
        "logGroupIdentifiers",
        "stateMachineArn",
        "entries",
        "eventBusName",
        "rule",
        "targets",
        "roleArn",
        "role",
        "tags",
        "modelId",
        "agentId",
        "agentAliasId",
        "instancesSet",
        "items",
        "instanceId",
        "restApiId",
        "taskDefinition",
        "layers",
        "streamName",
        "userPoolId",
        "groupName",
        "versionId",
        "*",
        "a",
    ];
    let values = vec![
        "*",
        "a*b",
        "a?",
        "${aws:username}",
        "",
        "x",
        "a/b",
        "/a/*",
        "a/b/c",
        "$LATEST",
        "arn:",
        ":::::",
        "arn:aws:s3:::b/*",
        "arn:aws:lambda:r:1:function:*",
        "arn:aws:iam::111122223333:role/r*",
        "https://sqs.x/111122223333/q*",
        "%2a%",
        "b/%2A/c",
        "SELECT * FROM \"t*\"",
        "é",
        "a\nb",
    ];
    let leaf = prop_oneof![
        4 => proptest::sample::select(values).prop_map(serde_json::Value::from),
        1 => Just(serde_json::Value::Null),
        1 => Just(serde_json::Value::from(7)),
        1 => Just(serde_json::Value::from(true)),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        let key = proptest::sample::select(keys.clone()).prop_map(str::to_owned);
        prop_oneof![
            1 => proptest::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            3 => proptest::collection::hash_map(key, inner, 0..8)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    /// Whatever a caller names, no policy made of it grants more than it says.
    #[test]
    fn names_never_become_patterns(parameters in parameters(), resources in parameters()) {
        let events = [
            "s3 GetObject", "s3 CopyObject", "s3 ListObjectsV2", "lambda Invoke",
            "lambda CreateFunction20150331", "dynamodb Query", "dynamodb BatchGetItem",
            "dynamodb TransactWriteItems", "dynamodb ExecuteStatement", "sqs SendMessage",
            "sqs GetQueueUrl", "sns Publish", "kms Decrypt", "secretsmanager GetSecretValue",
            "ssm GetParameters", "ssm GetParametersByPath", "logs CreateLogStream", "logs StartQuery",
            "states StartExecution", "events PutEvents", "events PutRule", "events PutTargets",
            "bedrock InvokeModel", "bedrock InvokeAgent", "ec2 StopInstances", "apigateway GetRestApi",
            "ecs RunTask", "kinesis PutRecord", "cognito-idp AdminGetUser", "scheduler CreateSchedule",
            "datasync CreateLocationS3", "autoscaling SetDesiredCapacity", "cloudformation CreateStack",
        ];
        let (parameters, resources) = (parameters.to_string(), resources.to_string());
        let mut mapper = Mapper::default();
        for line in events {
            let (source, name) = line.split_once(' ').unwrap();
            let source = format!("{source}.amazonaws.com");
            let event = Event {
                resources: Raw::new(resources.as_bytes()),
                ..event(&source, name, &parameters)
            };
            let mapped = mapper.map(&event);
            prop_assert!(mapped.known && !mapped.calls.is_empty());
            for call in &mapped.calls {
                prop_assert!(catalogue::action(call.action.as_deref().unwrap()).is_some());
                let Some(resource) = call.resource.as_deref().filter(|text| *text != "*") else {
                    continue;
                };
                let is_arn = resource.starts_with("arn:") && !resource.contains("${");
                prop_assert!(is_arn, "{line} {parameters}: {resource}");
                let plain = resource.replace("autoScalingGroup:*:", "");
                let plain = plain.trim_end_matches("-??????");
                let ours = ["/*", ":*", ":log-stream:*"].into_iter();
                let plain = ours.fold(plain, |text, end| text.strip_suffix(end).unwrap_or(text));
                prop_assert!(!plain.contains(['*', '?']), "{line} {parameters}: {resource}");
            }
        }
    }
}
