//! What bulk calls tell of functions besides what Lambda lists.

use jiff::{Timestamp, tz::TimeZone};
use model::{Alarm, Baseline, Fact, LogGroup, Memory, Schedule, Survey};
use scan::{Inventory, Turn};
use serde_json::{Value, json};

use crate::{
    aws::{ROLE, arn, configuration, place, version},
    stage::{Answer, Asked, Stage},
};

const DAY: i64 = 24 * 3600;

/// A function that runs every day, logs for a month and has an alarm.
pub(crate) fn healthy(asked: &Asked) -> Value {
    match asked.call.as_str() {
        "logs:DescribeLogGroups" => json!({
            "logGroups": [{"logGroupName": "/aws/lambda/pay", "retentionInDays": 30}],
        }),
        "cloudwatch:DescribeAlarms" => json!({
            "MetricAlarms": [alarm("pay-errors", "pay")], "CompositeAlarms": [],
        }),
        "cloudwatch:GetMetricData" => data(asked, |_, days| vec![2.0; days]),
        "cloudwatch:ListMetrics" => json!({"Metrics": []}),
        "sqs:GetQueueAttributes" => json!({"Attributes": {"VisibilityTimeout": "30"}}),
        other => panic!("unexpected call {other}"),
    }
}

fn alarm(name: &str, function: &str) -> Value {
    json!({
        "AlarmName": name, "ActionsEnabled": true, "AlarmActions": ["arn:aws:sns:x"],
        "Namespace": "AWS/Lambda", "MetricName": "Errors",
        "Dimensions": [{"Name": "FunctionName", "Value": function}],
    })
}

/// What `GetMetricData` answers, where `values` are told by `<metric> <stat> <dimension>…` and the
/// number of periods, the last first.
fn data(asked: &Asked, values: impl Fn(&str, usize) -> Vec<f64>) -> Value {
    let number = |name: &str| asked.with[name].parse::<i64>().unwrap();
    let (start, end) = (number("StartTime"), number("EndTime"));
    let queries: Vec<Value> = serde_json::from_str(&asked.with["MetricDataQueries"]).unwrap();
    assert!(queries.len() <= 500);
    let answer = |query: &Value| {
        let stat = &query["MetricStat"];
        let period = stat["Period"].as_i64().unwrap();
        let dimensions = stat["Metric"]["Dimensions"].as_array().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut words = vec![text(&stat["Metric"]["MetricName"]), text(&stat["Stat"])];
        words.extend(dimensions.iter().map(|one| text(&one["Value"])));
        let periods = usize::try_from((end - start) / period).unwrap();
        let values = values(&words.join(" "), periods);
        let at: Vec<i64> = (1..).take(values.len()).map(|back| end - back * period).collect();
        json!({"Id": query["Id"], "StatusCode": "Complete", "Timestamps": at, "Values": values})
    };
    json!({"MetricDataResults": queries.iter().map(answer).collect::<Vec<_>>()})
}

/// Every rule, or these.
fn baseline(text: &str) -> Baseline {
    rules::baseline::parse(text).unwrap()
}

const WISHES: &str = "
    rules.code-unsigned.enabled = true
    rules.concurrency-unreserved.enabled = true
    rules.provisioned-candidate.enabled = true
    rules.provisioned-idle.enabled = true
    rules.role-external-access.enabled = true
    rules.warmer-schedule.enabled = true
";

async fn survey(stage: &Stage, baseline: &Baseline) -> Survey {
    let (reader, _) = stage.reader_for(baseline);
    let estate = reader.functions(&place(), Turn::now(Timestamp::now())).await.unwrap();
    let pay = estate.functions.into_iter().find(|one| one.arn == arn("pay"));
    pay.unwrap().survey
}

fn whole(asked: &Asked) -> Option<Answer> {
    let config = "arn:aws:lambda:eu-west-1:111122223333:code-signing-config:csc-1";
    Some(Answer::json(match asked.call.as_str() {
        "lambda:GetAccountSettings" => json!({"AccountLimit": {
            "ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 990,
        }}),
        "lambda:GetFunctionConcurrency" => json!({"ReservedConcurrentExecutions": 10}),
        "lambda:ListProvisionedConcurrencyConfigs" => json!({"ProvisionedConcurrencyConfigs": [{
            "FunctionArn": format!("{}:live", arn("pay")), "LastModified": "2026-01-02T03:04:05+0000",
            "AllocatedProvisionedConcurrentExecutions": 5, "Status": "READY",
        }]}),
        "lambda:ListCodeSigningConfigs" => json!({"CodeSigningConfigs": [{
            "CodeSigningConfigId": "csc-1", "CodeSigningConfigArn": config,
            "AllowedPublishers": {"SigningProfileVersionArns": []},
            "CodeSigningPolicies": {}, "LastModified": "2026-01-02T03:04:05.000+0000",
        }]}),
        "lambda:ListFunctionsByCodeSigningConfig" => {
            assert_eq!(asked.subject, config);
            json!({"FunctionArns": [arn("pay").as_str()]})
        }
        "lambda:ListEventSourceMappings" => json!({"EventSourceMappings": [
            {"FunctionArn": arn("pay").as_str(), "State": "Enabled",
             "EventSourceArn": "arn:aws:sqs:eu-west-1:111122223333:orders",
             "MaximumBatchingWindowInSeconds": 5},
            {"FunctionArn": arn("pay").as_str(), "State": "Enabled",
             "EventSourceArn": "arn:aws:sqs:eu-west-1:999988887777:theirs"},
        ]}),
        "events:ListRules" => json!({"Rules": [
            {"Name": "pay-often", "State": "ENABLED", "ScheduleExpression": "rate(5 minutes)"},
            {"Name": "pay-rarely", "State": "ENABLED", "ScheduleExpression": "rate(1 day)"},
            {"Name": "pay-off", "State": "DISABLED", "ScheduleExpression": "rate(1 minute)"},
            {"Name": "orders", "State": "ENABLED", "EventPattern": "{}"},
        ]}),
        "events:ListTargetsByRule" => {
            assert_eq!(asked.with["Rule"], "pay-often");
            let live = format!("{}:live", arn("pay"));
            json!({"Targets": [{"Id": "1", "Arn": live, "Input": "{\"Warmer\": true}"}]})
        }
        "access-analyzer:ListAnalyzers" if asked.with.is_empty() => json!({
            "analyzers": [{"arn": "unused", "type": "ACCOUNT_UNUSED_ACCESS", "status": "ACTIVE"}],
            "nextToken": "a/b",
        }),
        "access-analyzer:ListAnalyzers" => {
            assert_eq!(asked.with["nextToken"], "a/b");
            json!({"analyzers": [{"arn": "outside", "type": "ACCOUNT", "status": "ACTIVE"}]})
        }
        "access-analyzer:ListFindingsV2" => {
            assert_eq!(asked.with["analyzerArn"], "outside");
            assert!(asked.with["filter"].contains("ExternalAccess"));
            let finding = |role: &str| json!({"resource": role});
            json!({"findings": [finding(ROLE), finding("other"), finding(ROLE)]})
        }
        "cloudwatch:ListMetrics" => {
            assert_eq!(asked.with["Dimensions"], "[{\"Name\":\"function_name\"}]");
            let dimension = json!({"Name": "function_name", "Value": "pay"});
            let version = json!({"Name": "version", "Value": "7"});
            json!({"Metrics": [
                {"Dimensions": [dimension.clone()]}, {"Dimensions": [dimension, version]},
            ]})
        }
        "cloudwatch:GetMetricData" => data(asked, |what, periods| match what {
            "Invocations Sum pay" => vec![3.0; periods],
            "Duration p99 pay" => vec![100.0, 250.5, 90.0],
            // Two copies all day, one and a half in the quietest hour.
            "Duration Sum pay" if periods == 14 => vec![2.0 * DAY as f64 * 1000.0; periods],
            "Duration Sum pay" => {
                let mut hours = vec![2.0 * 3_600_000.0; periods];
                hours[100] = 1.5 * 3_600_000.0;
                hours
            }
            "memory_utilization p95 pay" => vec![30.0, 41.0],
            "memory_utilization Maximum pay" => vec![95.0, 60.0],
            "ProvisionedConcurrencyUtilization Maximum pay pay:live" => vec![0.25, 0.5],
            other => panic!("unexpected metric {other}"),
        }),
        _ => return None,
    }))
}

#[tokio::test]
async fn a_survey_tells_what_single_calls_do_not() {
    let stage = Stage::start(whole);
    let survey = survey(&stage, &baseline(WISHES)).await;
    assert_eq!(survey.log_group, Fact::Known(Some(LogGroup { retention: Some(30) })));
    let alarm = Alarm { name: "pay-errors".into(), metric: "Errors".into(), acts: true };
    assert_eq!(survey.alarms, Fact::Known(vec![alarm]));
    let queues: Vec<_> = survey.queues.values().cloned().collect();
    assert_eq!(queues, [Fact::Known(30), Fact::unknown("the queue is in another account")]);
    assert_eq!(survey.reserved, Fact::Known(Some(10)));
    assert!(survey.signing.known().unwrap().as_ref().unwrap().ends_with("csc-1"));
    let [provisioned] = survey.provisioned.known().unwrap().as_slice() else { panic!() };
    assert_eq!((provisioned.qualifier.as_str(), &provisioned.most), ("live", &Fact::Known(0.5)));
    assert_eq!(provisioned.changed, "2026-01-02T03:04:05Z".parse().unwrap());
    let schedule = Schedule { rule: "pay-often".into(), minutes: 5, warms: true };
    assert_eq!(survey.schedules, Fact::Known(vec![schedule]));
    assert_eq!(survey.external, Fact::Known(Some(2)));
    assert_eq!(survey.metrics.invocations, Fact::Known(270));
    assert_eq!(survey.metrics.duration, Fact::Known(Some(250.5)));
    assert_eq!(survey.metrics.busy, Fact::Known(1.5));
    assert_eq!(survey.metrics.memory, Fact::Known(Some(Memory { p95: 41.0, most: 95.0 })));
    let asked = &stage.asked("sqs:GetQueueAttributes")[0].with["QueueUrl"];
    assert_eq!(asked, "https://sqs.eu-west-1.amazonaws.com/111122223333/orders");
    let midnight = Timestamp::now().to_zoned(TimeZone::UTC).start_of_day().unwrap();
    let asked = stage.asked("cloudwatch:GetMetricData");
    let end = midnight.timestamp().as_second().to_string();
    assert!(asked.iter().all(|one| one.with["EndTime"] == end), "whole days only");
}

#[tokio::test]
async fn what_did_not_run_is_not_asked_further_and_what_is_not_there_is_none() {
    let stage = Stage::start(|asked| {
        Some(Answer::json(match asked.call.as_str() {
            "logs:DescribeLogGroups" => {
                json!({"logGroups": [{"logGroupName": "/aws/lambda/pay2"}]})
            }
            "cloudwatch:DescribeAlarms" => json!({"MetricAlarms": [alarm("other", "ship")]}),
            "cloudwatch:GetMetricData" => data(asked, |_, _| vec![]),
            "lambda:GetAccountSettings" => json!({"AccountLimit": {
                "ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000,
            }}),
            "lambda:ListCodeSigningConfigs" => json!({"CodeSigningConfigs": []}),
            "lambda:ListProvisionedConcurrencyConfigs" => {
                json!({"ProvisionedConcurrencyConfigs": []})
            }
            "events:ListRules" => json!({"Rules": []}),
            "access-analyzer:ListAnalyzers" => json!({"analyzers": []}),
            _ => return None,
        }))
    });
    let survey = survey(&stage, &baseline(WISHES)).await;
    assert_eq!((survey.log_group, survey.alarms), (Fact::Known(None), Fact::Known(vec![])));
    assert_eq!((survey.reserved, survey.signing), (Fact::Known(None), Fact::Known(None)));
    assert_eq!(survey.provisioned, Fact::Known(vec![]));
    assert_eq!((survey.schedules, survey.external), (Fact::Known(vec![]), Fact::Known(None)));
    let metrics = survey.metrics;
    assert_eq!((metrics.invocations, metrics.duration), (Fact::Known(0), Fact::Known(None)));
    assert_eq!((metrics.busy, metrics.memory), (Fact::Known(0.0), Fact::Known(None)));
    assert_eq!(stage.asked("cloudwatch:GetMetricData").len(), 1);
    assert_eq!(stage.asked("lambda:GetFunctionConcurrency").len(), 0, "nobody has reserved any");
}

#[tokio::test]
async fn an_analyzer_that_does_not_look_is_no_all_clear() {
    let stage = Stage::start(|asked| {
        let asleep = json!({"arn": "outside", "type": "ACCOUNT", "status": "DISABLED"});
        match asked.call.as_str() {
            "access-analyzer:ListAnalyzers" => Some(Answer::json(json!({"analyzers": [asleep]}))),
            _ => whole(asked),
        }
    });
    let external = survey(&stage, &baseline(WISHES)).await.external;
    assert_eq!(external, Fact::unknown("access-analyzer:ListAnalyzers failed"));
}

#[tokio::test]
async fn a_function_by_itself_tells_its_log_group_and_what_is_reserved() {
    let stage = Stage::start(whole);
    let (reader, _) = stage.reader_for(&baseline(WISHES));
    let alone = reader.function(&arn("pay"), Timestamp::MIN).await.unwrap().survey;
    let log_group = Fact::Known(Some(LogGroup { retention: Some(30) }));
    let reserved = Fact::Known(Some(10));
    assert_eq!(alone, Survey { log_group, reserved, ..Survey::unknown("not read") });
    assert_eq!(
        stage.asked("logs:DescribeLogGroups")[0].with["logGroupNamePrefix"],
        "/aws/lambda/pay"
    );
}

#[tokio::test]
async fn what_no_rule_asks_is_not_read() {
    let stage = Stage::start(|_| None);
    let off: String = rules::BY_SURVEY
        .iter()
        .chain(&["log-retention-unset"])
        .map(|id| format!("rules.{id}.enabled = false\n"))
        .collect();
    assert_eq!(survey(&stage, &baseline(&off)).await, Survey::unknown("not read"));
    for call in ["logs:DescribeLogGroups", "cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"]
    {
        assert_eq!(stage.asked(call).len(), 0, "{call}");
    }
    let stage = Stage::start(|_| None);
    let usual = survey(&stage, &Baseline::default()).await;
    assert_eq!(usual.reserved, Fact::unknown("not read"));
    assert_eq!(usual.metrics.busy, Fact::unknown("not read"));
}

#[tokio::test]
async fn what_is_denied_is_unknown_and_the_rest_is_told() {
    type Told = fn(&Survey) -> Option<&str>;
    fn why<T>(fact: &Fact<T>) -> Option<&str> {
        match fact {
            Fact::Known(_) => None,
            Fact::Unknown { unknown } => Some(unknown),
        }
    }
    let cases: [(&'static str, Told); 14] = [
        ("logs:DescribeLogGroups", |one| why(&one.log_group)),
        ("cloudwatch:DescribeAlarms", |one| why(&one.alarms)),
        ("sqs:GetQueueAttributes", |one| why(one.queues.values().next().unwrap())),
        ("lambda:GetFunctionConcurrency", |one| why(&one.reserved)),
        ("lambda:ListCodeSigningConfigs", |one| why(&one.signing)),
        ("lambda:ListFunctionsByCodeSigningConfig", |one| why(&one.signing)),
        ("lambda:ListProvisionedConcurrencyConfigs", |one| why(&one.provisioned)),
        ("events:ListRules", |one| why(&one.schedules)),
        ("events:ListTargetsByRule", |one| why(&one.schedules)),
        ("access-analyzer:ListAnalyzers", |one| why(&one.external)),
        ("access-analyzer:ListFindingsV2", |one| why(&one.external)),
        ("cloudwatch:GetMetricData", |one| why(&one.metrics.invocations)),
        ("cloudwatch:GetMetricData", |one| why(&one.metrics.duration)),
        ("cloudwatch:ListMetrics", |one| why(&one.metrics.memory)),
    ];
    for (call, told) in cases {
        let stage = Stage::start(move |asked| match asked.call == call {
            true => Some(Answer::error(400, "AccessDeniedException")),
            false => whole(asked),
        });
        let survey = survey(&stage, &baseline(WISHES)).await;
        // Findings of both versions are listed by one action.
        let action = call.trim_end_matches("V2");
        assert_eq!(told(&survey), Some(format!("{action} denied").as_str()), "{call}");
        let unknown = serde_json::to_string(&survey).unwrap().matches("unknown").count();
        // The queue of another account is never told; of one call several facts may hang.
        let hang = if call == "cloudwatch:GetMetricData" { 5 } else { 1 };
        assert_eq!(unknown, 1 + hang, "{call}: {survey:?}");
    }
}

#[tokio::test]
async fn every_list_of_a_survey_is_read_to_its_end() {
    let stage = Stage::start(|asked| {
        let token = asked.with.get("NextToken").or(asked.with.get("nextToken"));
        let page = token.map_or(0, |token| token.parse::<usize>().unwrap());
        let next = (page < 2).then(|| (page + 1).to_string());
        let last = |value: Value| if page == 2 { json!([value]) } else { json!([]) };
        Some(Answer::json(match asked.call.as_str() {
            "logs:DescribeLogGroups" => json!({
                "nextToken": next, "logGroups": last(json!({"logGroupName": "/aws/lambda/pay"})),
            }),
            "cloudwatch:DescribeAlarms" => {
                json!({"NextToken": next, "MetricAlarms": last(alarm("late", "pay"))})
            }
            "cloudwatch:ListMetrics" => json!({"NextToken": next, "Metrics": []}),
            "cloudwatch:GetMetricData" => {
                let mut whole = data(asked, |_, _| vec![1.0]);
                let result = &mut whole["MetricDataResults"][0];
                let at = result["Timestamps"][0].as_i64().unwrap() - page as i64 * DAY;
                result["Timestamps"] = json!([at]);
                result["StatusCode"] =
                    if page == 2 { "Complete".into() } else { "PartialData".into() };
                whole["NextToken"] = json!(next);
                whole
            }
            _ => return None,
        }))
    });
    let survey = survey(&stage, &Baseline::default()).await;
    assert_eq!(survey.log_group, Fact::Known(Some(LogGroup { retention: None })));
    assert_eq!(survey.alarms.known().unwrap().len(), 1);
    assert_eq!(survey.metrics.invocations, Fact::Known(3));
}

#[tokio::test]
async fn data_that_is_not_whole_is_unknown() {
    let stage = Stage::start(|asked| {
        let mut answer = match asked.call.as_str() {
            "cloudwatch:GetMetricData" => data(asked, |_, _| vec![1.0]),
            _ => return None,
        };
        answer["MetricDataResults"][0]["StatusCode"] = "InternalError".into();
        Some(Answer::json(answer))
    });
    let survey = survey(&stage, &Baseline::default()).await;
    let why = "cloudwatch:GetMetricData failed";
    assert_eq!(survey.metrics.invocations, Fact::unknown(why));
}

#[tokio::test]
async fn groups_of_other_names_are_looked_up_by_name_or_all_together() {
    for (others, asked_for) in [(2, 3), (60, 1)] {
        let names: Vec<String> = (0..others).map(|number| format!("f{number:02}")).collect();
        let stage = Stage::start(move |asked| {
            let mut found = vec![configuration("pay"), version("pay", "1", "python3.13")];
            for name in &names {
                let mut one = configuration(name);
                one["LoggingConfig"] = json!({"LogGroup": format!("/mine/{name}")});
                found.push(one);
            }
            Some(Answer::json(match asked.call.as_str() {
                "lambda:ListFunctions" => json!({"Functions": found}),
                "logs:DescribeLogGroups" => {
                    let prefix = asked.with.get("logGroupNamePrefix").cloned().unwrap_or_default();
                    let all = ["/aws/lambda/pay", "/mine/f01", "/mine/f01-not"];
                    let found = all.iter().filter(|name| name.starts_with(&prefix));
                    let found = found.map(|name| json!({"logGroupName": name}));
                    json!({"logGroups": found.collect::<Vec<_>>()})
                }
                _ => return None,
            }))
        });
        let (reader, _) = stage.reader();
        let estate = reader.functions(&place(), Turn::now(Timestamp::now())).await.unwrap();
        let there = |one: &&model::Snapshot| one.survey.log_group.known().unwrap().is_some();
        let there: Vec<_> =
            estate.functions.iter().filter(there).map(|one| one.arn.name()).collect();
        assert_eq!(there, ["f01", "pay"]);
        assert_eq!(stage.asked("logs:DescribeLogGroups").len(), asked_for);
    }
}
