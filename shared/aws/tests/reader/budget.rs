//! What reading a large place costs. Calls are counted, never time.

use jiff::Timestamp;
use scan::{Inventory, Turn};
use serde_json::{Value, json};

use crate::{
    aws::{arn, configuration, place, version},
    identity::{element, inline_policy, swept, wrapped},
    stage::{Answer, Asked, Stage},
};

pub(crate) const FUNCTIONS: usize = 1000;
const ROLES: usize = 200;

/// The function of an index. One in ten has an alias and a version, one in five a policy, one in
/// twenty a public URL, one in four stands in a VPC, one in ten is an image, one role in ten may
/// deliver to destinations.
fn one(index: usize) -> Value {
    let mut answer = configuration(&name(index));
    answer["Role"] = format!("arn:aws:iam::111122223333:role/r{}", index % ROLES).into();
    answer["KMSKeyArn"] = format!("arn:aws:kms:eu-west-1:111122223333:key/{}", index % 5).into();
    if !index.is_multiple_of(4) {
        answer["VpcConfig"] = json!({"VpcId": "", "SubnetIds": [], "SecurityGroupIds": []});
    }
    if index % 10 == 3 {
        answer["PackageType"] = "Image".into();
        answer["Runtime"] = "".into();
    }
    if index % 10 == 4 {
        answer["Runtime"] = "python3.8".into();
    }
    answer
}

pub(crate) fn name(index: usize) -> String {
    format!("f{index:04}")
}

/// The index in a function's ARN.
fn index(subject: &str) -> usize {
    let start = subject.rfind(":f").unwrap() + 2;
    subject[start..].parse().unwrap()
}

pub(crate) fn large(asked: &Asked) -> Option<Answer> {
    Some(match asked.call.as_str() {
        "lambda:ListFunctions" => {
            let page: usize = asked.with.get("Marker").map_or(0, |marker| marker.parse().unwrap());
            let all = (0..FUNCTIONS).flat_map(|index| {
                let published =
                    index.is_multiple_of(10).then(|| version(&name(index), "1", "python3.13"));
                [one(index)].into_iter().chain(published)
            });
            let found: Vec<_> = all.skip(page * 50).take(50).collect();
            let next = (found.len() == 50).then(|| (page + 1).to_string());
            Answer::json(json!({"Functions": found, "NextMarker": next}))
        }
        "lambda:ListAliases" if index(&asked.subject).is_multiple_of(10) => {
            Answer::json(json!({"Aliases": [{"Name": "live", "FunctionVersion": "1"}]}))
        }
        "lambda:ListAliases" => Answer::json(json!({"Aliases": []})),
        "lambda:GetPolicy" => match index(&asked.subject) {
            public if public % 20 == 1 => return None,
            service if service.is_multiple_of(5) => {
                Answer::json(json!({"Policy": json!({"Statement": [{
                "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"},
                "Action": "lambda:InvokeFunction", "Resource": arn(&name(service)).as_str(),
                "Condition": {"StringEquals": {"AWS:SourceAccount": "111122223333"}},
            }]}).to_string()}))
            }
            _ => Answer::error(404, "ResourceNotFoundException"),
        },
        "lambda:ListFunctionUrlConfigs" => Answer::json(json!({"FunctionUrlConfigs": []})),
        "lambda:ListFunctionEventInvokeConfigs" => {
            Answer::json(json!({"FunctionEventInvokeConfigs": []}))
        }
        "lambda:ListEventSourceMappings" => Answer::json(json!({"EventSourceMappings": []})),
        "tag:GetResources" => {
            let token = asked.with.get("PaginationToken").filter(|token| !token.is_empty());
            let page: usize = token.map_or(0, |token| token.parse().unwrap());
            let found: Vec<_> = (0..FUNCTIONS)
                .skip(page * 100)
                .take(100)
                .map(|index| {
                    let tags = json!([{"Key": "team", "Value": "t"}]);
                    json!({"ResourceARN": arn(&name(index)).as_str(), "Tags": tags})
                })
                .collect();
            let next = if page < 9 { (page + 1).to_string() } else { String::new() };
            Answer::json(json!({"PaginationToken": next, "ResourceTagMappingList": found}))
        }
        "logs:DescribeLogGroups" => {
            let page: usize = asked.with.get("nextToken").map_or(0, |token| token.parse().unwrap());
            let group =
                |index: usize| json!({"logGroupName": format!("/aws/lambda/{}", name(index))});
            let found: Vec<_> = (0..FUNCTIONS).skip(page * 50).take(50).map(group).collect();
            let next = (page < FUNCTIONS / 50 - 1).then(|| (page + 1).to_string());
            Answer::json(json!({"logGroups": found, "nextToken": next}))
        }
        "iam:GetAccountAuthorizationDetails" => Answer::xml(sweep()),
        _ => return None,
    })
}

fn sweep() -> String {
    let role = |role: usize| {
        let action = if role.is_multiple_of(10) { "sqs:SendMessage" } else { "logs:PutLogEvents" };
        let policies = element("RolePolicyList", &element("member", &inline_policy(action)));
        swept(&format!("arn:aws:iam::111122223333:role/r{role}"), &policies)
    };
    let roles: String = (0..ROLES).map(role).collect();
    let result = element("RoleDetailList", &roles) + &element("IsTruncated", "false");
    wrapped("iam:GetAccountAuthorizationDetails", &result)
}

#[tokio::test]
async fn a_thousand_functions_cost_at_most_3_3_calls_each() {
    let stage = Stage::start(large);
    let (reader, cloud) = stage.reader();
    let estate = reader.functions(&place(), Turn::now(Timestamp::now())).await.unwrap();
    assert_eq!((estate.functions.len(), estate.cut_short), (FUNCTIONS, None));
    let calls = cloud.calls();
    let total: u64 = calls.values().sum();
    println!("{} calls, {:.2} a function: {calls:#?}", total, total as f64 / FUNCTIONS as f64);
    assert!(total <= 3300, "{calls:#?}");
    // Bulk calls do not grow with functions beyond their pages.
    for (call, most) in [
        ("lambda:ListFunctions", 23),
        ("tag:GetResources", 10),
        ("iam:GetAccountAuthorizationDetails", 1),
        ("kms:DescribeKey", 5),
        ("ec2:DescribeSubnets", 1),
        ("lambda:ListEventSourceMappings", 1),
        ("logs:DescribeLogGroups", 20),
        ("cloudwatch:DescribeAlarms", 1),
        ("cloudwatch:GetMetricData", 4),
        ("cloudwatch:ListMetrics", 1),
    ] {
        assert!(calls[call] <= most, "{call}: {}", calls[call]);
    }
}
