//! A healthy account. Shapes are those of botocore's models, cut to what is read.

use model::FunctionArn;
use scan::Place;
use serde_json::{Value, json};

use crate::{
    identity,
    stage::{ACCOUNT, Answer, Asked, REGION},
    survey,
};

pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/service-role/pay";
pub(crate) const KEY: &str =
    "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555";

pub(crate) fn place() -> Place {
    Place { partition: "aws".into(), account: ACCOUNT.into(), region: REGION.into() }
}

pub(crate) fn arn(name: &str) -> FunctionArn {
    FunctionArn::new("aws", REGION, ACCOUNT, name).unwrap()
}

/// `FunctionConfiguration`
pub(crate) fn configuration(name: &str) -> Value {
    json!({
        "FunctionName": name,
        "FunctionArn": arn(name).as_str(),
        "Version": "$LATEST",
        "Runtime": "python3.13",
        "PackageType": "Zip",
        "Role": ROLE,
        "Handler": "app.handler",
        "Timeout": 30,
        "MemorySize": 512,
        "EphemeralStorage": {"Size": 1024},
        "CodeSize": 4200,
        "RevisionId": "r1",
        "LastModified": "2026-08-22T10:00:00.000+0000",
        "CodeSha256": "sha",
        "Architectures": ["arm64"],
        "TracingConfig": {"Mode": "Active"},
        "KMSKeyArn": KEY,
        "Environment": {"Variables": {"STAGE": "prod"}},
        "VpcConfig": {
            "VpcId": "vpc-1",
            "SubnetIds": ["subnet-a", "subnet-b"],
            "SecurityGroupIds": ["sg-1"],
        },
        "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:eu-west-1:111122223333:dead"},
        "Layers": [{"Arn": "arn:aws:lambda:eu-west-1:111122223333:layer:tools:3", "CodeSize": 1}],
        "State": "Active",
        "LastUpdateStatus": "Successful",
    })
}

/// The same of a published version.
pub(crate) fn version(name: &str, number: &str, runtime: &str) -> Value {
    let mut version = configuration(name);
    version["FunctionArn"] = format!("{}:{number}", arn(name)).into();
    version["Version"] = number.into();
    version["Runtime"] = runtime.into();
    version
}

/// What an account with one function, `pay`, answers.
pub(crate) fn healthy(asked: &Asked) -> Answer {
    let service = asked.call.split(':').next().unwrap();
    match service {
        "lambda" => Answer::json(lambda(asked)),
        "tag" => Answer::json(json!({
            "PaginationToken": "",
            "ResourceTagMappingList": [{
                "ResourceARN": arn("pay").as_str(),
                "Tags": [{"Key": "team", "Value": "payments"}],
            }],
        })),
        "kms" => Answer::json(json!({
            "KeyMetadata": {
                "KeyId": "k", "Arn": KEY, "KeyManager": "CUSTOMER", "KeyState": "Enabled",
            },
        })),
        "ec2" => Answer::xml(ec2(&asked.call)),
        "logs" | "cloudwatch" | "sqs" => Answer::json(survey::healthy(asked)),
        _ => Answer::xml(identity::healthy(asked)),
    }
}

fn lambda(asked: &Asked) -> Value {
    match asked.call.as_str() {
        "lambda:ListFunctions" => {
            json!({"Functions": [configuration("pay"), version("pay", "7", "python3.9")]})
        }
        "lambda:GetFunctionConfiguration" => configuration("pay"),
        "lambda:ListVersionsByFunction" => {
            json!({"Versions": [configuration("pay"), version("pay", "7", "python3.9")]})
        }
        "lambda:ListAliases" => json!({"Aliases": [{"Name": "live", "FunctionVersion": "7"}]}),
        "lambda:GetPolicy" => json!({"Policy": public_url_policy(), "RevisionId": "r"}),
        "lambda:ListFunctionUrlConfigs" => json!({"FunctionUrlConfigs": [{
            "FunctionUrl": "https://x.lambda-url.eu-west-1.on.aws/",
            "FunctionArn": format!("{}:live", arn("pay")),
            "CreationTime": "t", "LastModifiedTime": "t",
            "AuthType": "NONE",
            "Cors": {"AllowOrigins": ["*"], "AllowCredentials": true},
        }]}),
        "lambda:GetRuntimeManagementConfig" => json!({"UpdateRuntimeOn": "Manual"}),
        "lambda:ListFunctionEventInvokeConfigs" => json!({"FunctionEventInvokeConfigs": [{
            "FunctionArn": format!("{}:$LATEST", arn("pay")),
            "DestinationConfig": {
                "OnSuccess": {},
                "OnFailure": {"Destination": "arn:aws:sns:eu-west-1:111122223333:errors"},
            },
        }]}),
        "lambda:ListEventSourceMappings" => json!({"EventSourceMappings": [{
            "FunctionArn": format!("{}:live", arn("pay")),
            "DestinationConfig": {
                "OnFailure": {"Destination": "arn:aws:sqs:eu-west-1:111122223333:batches"},
            },
        }]}),
        "lambda:ListTags" => json!({"Tags": {"team": "payments"}}),
        other => panic!("unexpected call {other}"),
    }
}

/// Lets anyone call by URL, so that URLs matter.
pub(crate) fn public_url_policy() -> String {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunctionUrl",
        "Resource": arn("pay").as_str(),
        "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
    }]})
    .to_string()
}

/// A VPC with two private subnets, one routed through a NAT gateway in a public one.
fn ec2(call: &str) -> &'static str {
    match call {
        "ec2:DescribeFlowLogs" => include_str!("ec2/DescribeFlowLogs.xml"),
        "ec2:DescribeNatGateways" => include_str!("ec2/DescribeNatGateways.xml"),
        "ec2:DescribeRouteTables" => include_str!("ec2/DescribeRouteTables.xml"),
        "ec2:DescribeSecurityGroups" => include_str!("ec2/DescribeSecurityGroups.xml"),
        "ec2:DescribeSubnets" => include_str!("ec2/DescribeSubnets.xml"),
        "ec2:DescribeVpcEndpoints" => include_str!("ec2/DescribeVpcEndpoints.xml"),
        other => panic!("unexpected call {other}"),
    }
}

/// An answer of EC2.
pub(crate) fn described(call: &str, body: &str, token: Option<&str>) -> String {
    let action = call.split(':').nth(1).unwrap();
    let token = token.map(|token| format!("<nextToken>{token}</nextToken>")).unwrap_or_default();
    format!(
        "<{action}Response xmlns='http://ec2.amazonaws.com/doc/2016-11-15/'>\
         <requestId>r</requestId>{body}{token}</{action}Response>"
    )
}
