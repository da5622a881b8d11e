use std::collections::BTreeSet;

use serde_json::json;

use super::*;

fn user(needs: serde_json::Value) -> RoleUser {
    let arn = "arn:aws:lambda:eu-west-1:111122223333:function:pay";
    serde_json::from_value(json!({ "arn": arn, "needs": needs })).unwrap()
}

/// What a function with these settings besides its log group needs, as `action on pattern`.
fn told(extra: serde_json::Value) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut needs = json!({ "log_groups": [], "destinations": [], "sources": [] });
    needs.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    let user = user(needs);
    let needed = needed(&user, false);
    let certain = needed.needs.iter().map(|need| format!("{} on {}", need.action, need.on));
    (certain.collect(), needed.unclear.iter().map(|action| action.to_string()).collect())
}

#[test]
fn every_action_of_the_table_exists() {
    for row in ROWS {
        for action in row.actions {
            let found =
                ActionId::find(action).unwrap_or_else(|| panic!("{action}: {:?}", row.cause));
            assert_eq!(found.to_string(), *action, "case");
        }
        assert!(row.source.starts_with("https://"), "{:?}", row.cause);
        assert_eq!(row.on.is_empty(), !row.certain, "{:?}", row.cause);
    }
}

/// A resource pattern that no resource of the action can have would be no use.
#[test]
fn every_pattern_of_the_table_fits_its_action() {
    for row in ROWS.iter().filter(|row| row.certain && row.on != ["*"] && row.on != ["{target}"]) {
        for (action, template) in row.pairs() {
            let target = match row.cause {
                Cause::LogGroup => "/aws/lambda/pay",
                Cause::DestinationBucket => "arn:aws:s3:::failed",
                _ => "arn:aws:kinesis:eu-west-1:111122223333:stream/orders",
            };
            let on = filled(template, &user(json!({ "unknown": "" })).arn, target);
            let on = iam::Pattern::text(&on);
            let kinds: Vec<_> = action.action().unwrap().resource_types().collect();
            let mut arns = kinds.iter().flat_map(|kind| kind.arns());
            let fits = arns.any(|arn| iam::Pattern::text(arn).overlaps(&on));
            assert!(fits, "{action} on {template}");
        }
    }
}

#[test]
fn settings_become_needs() {
    let queue = "arn:aws:sqs:eu-west-1:111122223333:q";
    let stream = "arn:aws:kinesis:eu-west-1:111122223333:stream/orders";
    let table = "arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/2026-01-01T00:00:00.000";
    let secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:kafka-AbCdEf";
    let source = |arn: &str| json!({ "sources": [{ "arn": arn }] });
    for (extra, one, count, unclear) in [
        (json!({}), "", 0, 0),
        (
            json!({ "log_groups": ["/aws/lambda/pay"] }),
            "logs:PutLogEvents on arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/pay:*",
            4,
            0,
        ),
        (json!({ "vpc": true }), "ec2:UnassignPrivateIpAddresses on *", 6, 0),
        (json!({ "tracing": true }), "xray:PutTraceSegments on *", 2, 0),
        (
            json!({ "layers": ["arn:aws:lambda:eu-west-1:580247275435:layer:LambdaInsightsExtension-Arm64:5"] }),
            "logs:PutLogEvents on arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda-insights:*",
            3,
            0,
        ),
        (json!({ "layers": ["arn:aws:lambda:eu-west-1:111122223333:layer:common:3"] }), "", 0, 0),
        (
            json!({ "layers": ["arn:aws:lambda:eu-west-1:434848589818:layer:AWS-AppConfig-Extension:90"] }),
            "appconfig:GetLatestConfiguration on *",
            2,
            0,
        ),
        (json!({ "dead_letters": [queue] }), &format!("sqs:SendMessage on {queue}"), 1, 2),
        (json!({ "destinations": [queue] }), &format!("sqs:SendMessage on {queue}"), 1, 2),
        (
            json!({ "destinations": ["arn:aws:s3:::failed"] }),
            "s3:PutObject on arn:aws:s3:::failed/*",
            2,
            2,
        ),
        (
            json!({ "destinations": ["arn:aws:lambda:eu-west-1:111122223333:function:next:live"] }),
            "lambda:InvokeFunction on arn:aws:lambda:eu-west-1:111122223333:function:next:live",
            1,
            0,
        ),
        (source(queue), &format!("sqs:ReceiveMessage on {queue}"), 3, 0),
        (source(stream), &format!("kinesis:GetRecords on {stream}"), 7, 0),
        (
            source(&format!("{stream}/consumer/pay:1")),
            &format!("kinesis:SubscribeToShard on {stream}/consumer/*"),
            7,
            0,
        ),
        (source(table), &format!("dynamodb:GetRecords on {table}"), 4, 0),
        (
            source("arn:aws:kafka:eu-west-1:111122223333:cluster/k/1"),
            "kafka:GetBootstrapBrokers on arn:aws:kafka:eu-west-1:111122223333:cluster/k/1",
            9,
            7,
        ),
        (source("arn:aws:mq:eu-west-1:111122223333:broker:b:b-1"), "ec2:DescribeVpcs on *", 7, 0),
        (
            source("arn:aws:rds:eu-west-1:111122223333:cluster:d"),
            "rds:DescribeDBClusters on *",
            9,
            0,
        ),
        (
            json!({ "sources": [{ "arn": null, "secrets": [secret], "vpc": true }] }),
            &format!("secretsmanager:GetSecretValue on {secret}"),
            7,
            1,
        ),
        (
            json!({ "sources": [{ "arn": queue, "on_failure": "arn:aws:sns:eu-west-1:111122223333:t" }] }),
            "sns:Publish on arn:aws:sns:eu-west-1:111122223333:t",
            4,
            2,
        ),
        (
            json!({ "file_systems": ["arn:aws:elasticfilesystem:eu-west-1:111122223333:access-point/f"] }),
            "elasticfilesystem:ClientMount on arn:aws:elasticfilesystem:eu-west-1:111122223333:file-system/*",
            2,
            1,
        ),
        (
            json!({ "durable": true }),
            "lambda:CheckpointDurableExecution on arn:aws:lambda:eu-west-1:111122223333:function:pay:*",
            2,
            0,
        ),
    ] {
        let (needs, may) = told(extra.clone());
        assert!(one.is_empty() || needs.contains(one), "{extra}: {needs:?}");
        assert_eq!((needs.len(), may.len()), (count, unclear), "{extra}: {needs:?} {may:?}");
    }
}

#[test]
fn what_is_unknown_may_need_anything() {
    let sources = ROWS.iter().filter(|row| row.part == Part::Sources);
    let (needs, may) = told(json!({ "sources": { "unknown": "denied" } }));
    assert!(needs.is_empty());
    for action in sources.flat_map(|row| row.actions) {
        assert!(may.contains(*action), "{action}");
    }
    let (_, may) = told(json!({ "destinations": { "unknown": "denied" } }));
    assert!(may.contains("sqs:SendMessage") && !may.contains("sqs:ReceiveMessage"));
    let (_, may) = told(json!({ "destinations": ["arn:aws:newservice:eu-west-1:111122223333:x"] }));
    assert!(may.contains("sqs:SendMessage"), "a destination of a kind that we do not know");
    let user = user(json!({ "unknown": "denied" }));
    let needed = needed(&user, false);
    assert!(needed.needs.is_empty() && needed.unknown == ["denied"]);
    for row in ROWS {
        row.actions.iter().for_each(|a| {
            assert!(crate::actions::has(&needed.unclear, ActionId::find(a).unwrap()))
        });
    }
}

#[test]
fn a_function_at_the_edge_writes_logs_in_every_region() {
    let user = user(json!({ "log_groups": [], "destinations": [], "sources": [] }));
    let edge = needed(&user, true);
    let on = "arn:aws:logs:*:111122223333:log-group:/aws/lambda/us-east-1.pay:*";
    assert!(edge.needs.iter().any(|need| need.on == on), "{:?}", edge.needs);
    assert!(needed(&user, false).needs.is_empty());
}
