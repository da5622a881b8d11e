//! What is called: one record after the other.

use std::fmt::Write;

use crate::{
    dice::Dice,
    people::{Estate, Function, Role},
    what::{BY_CODE, BY_OTHERS, What},
};

/// Appends one record of an event in the five minutes from `minute`.
pub(crate) fn write(text: &mut String, estate: &Estate, minute: usize, dice: &mut Dice) {
    dice.set_hour(minute / 60);
    let function = dice.pick_early(&estate.functions);
    let record = match dice.below(100) {
        0..38 => code(estate, function, dice),
        38..42 => forwarded(estate, function, dice),
        42..45 => worker(estate, function, dice),
        45..48 if function.polled => poller(estate, function, dice),
        45..60 => assumed(estate, function, dice),
        60..66 => invoked(function, dice),
        66..76 => configured(estate, dice),
        _ => other(estate, dice),
    };
    finish(text, estate, minute, record, dice);
}

struct Written {
    identity: String,
    source: &'static str,
    agent: String,
    what: What,
    name: String,
    response: String,
    address: String,
}

fn session(estate: &Estate, role: &Role, session: &str, more: &str, dice: &mut Dice) -> String {
    let account = &estate.account;
    let Role { arn, name, id, keys } = role;
    let (key, made) = dice.pick_now(keys);
    let more = if more.is_empty() { String::new() } else { format!(",{more}") };
    format!(
        r#"{{"type":"AssumedRole","principalId":"{id}:{session}","arn":"arn:aws:sts::{account}:assumed-role/{name}/{session}","accountId":"{account}","accessKeyId":"{key}","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"{id}","arn":"{arn}","accountId":"{account}","userName":"{name}"}},"attributes":{{"creationDate":"2026-05-21T{made}","mfaAuthenticated":"false"}}}}{more}}}"#
    )
}

fn code(estate: &Estate, function: &Function, dice: &mut Dice) -> Written {
    let what = *dice.pick_early(&BY_CODE);
    let scope = function.scope.as_deref().unwrap_or_default();
    let identity = session(estate, &function.role, &function.name, scope, dice);
    let address = format!("198.51.{}.{}", dice.below(256), dice.below(256));
    written(identity, function.agent.clone(), what, &function.name, "null".into(), address)
}

fn forwarded(estate: &Estate, function: &Function, dice: &mut Dice) -> Written {
    let what = (
        "kms",
        "GenerateDataKey",
        false,
        false,
        r#"{"keySpec":"AES_256","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::%-files/out/~"}}"#,
        "AWS::KMS::Key arn:aws:kms:@:key/0b2e",
    );
    let identity =
        session(estate, &function.role, &function.name, r#""invokedBy":"AWS Internal""#, dice);
    written(
        identity,
        "AWS Internal".into(),
        what,
        &function.name,
        "null".into(),
        "AWS Internal".into(),
    )
}

fn worker(estate: &Estate, function: &Function, dice: &mut Dice) -> Written {
    let what = (
        "logs",
        "CreateLogStream",
        false,
        false,
        r#"{"logGroupName":"/aws/lambda/%","logStreamName":"2026/05/21/[$LATEST]~"}"#,
        "",
    );
    let scope = function.scope.as_deref().unwrap_or_default();
    let identity = session(estate, &function.role, &function.name, scope, dice);
    let agent = "awslambda-worker/1.0.0 rusoto/0.48.0 rust/1.87.0 linux".to_owned();
    written(identity, agent, what, &function.name, "null".into(), "198.51.100.7".into())
}

fn poller(estate: &Estate, function: &Function, dice: &mut Dice) -> Written {
    let what = (
        "dynamodb",
        "DescribeStream",
        true,
        false,
        r#"{"streamArn":"arn:aws:dynamodb:@:table/%/stream/2026-01-09T00:07:23.254"}"#,
        "",
    );
    let name = format!("awslambda_{}_20260521{:09}", dice.below(500), dice.below(240_000_000));
    let identity = session(estate, &function.role, &name, "", dice);
    let agent = "leb-kcl-0000,amazon-kinesis-client-library-java-lambda_1.2.1, aws-internal/3 aws-sdk-java/1.11.419";
    written(identity, agent.into(), what, &function.name, "null".into(), "198.51.100.7".into())
}

fn assumed(estate: &Estate, function: &Function, dice: &mut Dice) -> Written {
    let identity = r#"{"type":"AWSService","invokedBy":"lambda.amazonaws.com"}"#.to_owned();
    let Role { arn, name, id, .. } = &function.role;
    let what = (
        "sts",
        "AssumeRole",
        true,
        false,
        r#"{"roleArn":"^","roleSessionName":"%"}"#,
        "AWS::IAM::Role ^",
    );
    let response = format!(
        r#"{{"credentials":{{"accessKeyId":"ASIA{}","sessionToken":"{}","expiration":"May 22, 2026, 8:02:19 AM"}},"assumedRoleUser":{{"assumedRoleId":"{id}:{}","arn":"arn:aws:sts::{}:assumed-role/{name}/{}"}}}}"#,
        dice.capitals(16),
        dice.letters(360),
        function.name,
        estate.account,
        function.name
    );
    let mut written = written(
        identity,
        "lambda.amazonaws.com".into(),
        what,
        &function.name,
        response,
        "lambda.amazonaws.com".into(),
    );
    written.name = format!("{}^{arn}", written.name);
    written
}

fn invoked(function: &Function, _: &mut Dice) -> Written {
    let identity = r#"{"type":"AWSService","invokedBy":"apigateway.amazonaws.com"}"#.to_owned();
    let what = (
        "lambda",
        "Invoke",
        false,
        true,
        r#"{"functionName":"arn:aws:lambda:@:function:%","sourceArn":"arn:aws:execute-api:@:a1b2c3/prod/POST/orders"}"#,
        "AWS::Lambda::Function arn:aws:lambda:@:function:%",
    );
    written(
        identity,
        "apigateway.amazonaws.com".into(),
        what,
        &function.name,
        "null".into(),
        "apigateway.amazonaws.com".into(),
    )
}

/// The recorder of AWS Config, which asks for everything.
fn configured(estate: &Estate, dice: &mut Dice) -> Written {
    let identity = session(
        estate,
        &estate.recorder,
        "AWSConfig-Describe",
        r#""invokedBy":"config.amazonaws.com""#,
        dice,
    );
    let what = (
        "s3",
        "GetBucketTagging",
        true,
        false,
        r#"{"tagging":"","bucketName":"%","Host":"s3.amazonaws.com"}"#,
        "AWS::S3::Bucket arn:aws:s3:::%",
    );
    let name = dice.pick(&estate.functions).name.clone();
    written(
        identity,
        "config.amazonaws.com".into(),
        what,
        &name,
        "null".into(),
        "config.amazonaws.com".into(),
    )
}

fn other(estate: &Estate, dice: &mut Dice) -> Written {
    let other = dice.pick_early(&estate.others);
    let name = dice.pick(&other.sessions).clone();
    let what = *dice.pick(&BY_OTHERS);
    let identity = session(estate, &other.role, &name, "", dice);
    let response = if what.2 {
        "null".to_owned()
    } else {
        format!(r#"{{"requestId":"{}","_return":true}}"#, dice.uuid())
    };
    written(identity, other.agent.clone(), what, &name, response, "203.0.113.9".into())
}

fn written(
    identity: String,
    agent: String,
    what: What,
    name: &str,
    response: String,
    address: String,
) -> Written {
    Written { identity, source: what.0, agent, what, name: name.to_owned(), response, address }
}

fn finish(text: &mut String, estate: &Estate, minute: usize, written: Written, dice: &mut Dice) {
    let (service, event, is_read, is_data, parameters, resource) = written.what;
    let (account, region) = (&estate.account, &estate.region);
    let (name, arn) = written.name.split_once('^').unwrap_or((&written.name, ""));
    let random = dice.letters(12);
    let place = format!("{region}:{account}");
    let filled = |pattern: &str| {
        let named = pattern.replace('%', name).replace('@', &place).replace('~', &random);
        named.replace('^', arn).replace("arn:aws:kms:key", &estate.key)
    };
    let second = minute * 60 + dice.below(300);
    let time =
        format!("2026-05-21T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60);
    let error = match dice.below(1000) {
        0..15 => format!(
            r#""errorCode":"AccessDenied","errorMessage":"User: arn:aws:sts::{account}:assumed-role/r/{name} is not authorized to perform: {service}:{event} on resource: \"*\" because no identity-based policy allows the action","#
        ),
        15..22 => r#""errorCode":"ThrottlingException","errorMessage":"Rate exceeded","#.to_owned(),
        22..30 => r#""errorCode":"ResourceNotFoundException","errorMessage":"Requested resource not found","#.to_owned(),
        _ => String::new(),
    };
    let resources = resource.split_once(' ').map_or_else(String::new, |(kind, arn)| {
        format!(
            r#""resources":[{{"accountId":"{account}","type":"{kind}","ARN":"{}"}}],"#,
            filled(arn)
        )
    });
    let category = if is_data { "Data" } else { "Management" };
    let _ = write!(
        text,
        r#"{{"eventVersion":"1.11","userIdentity":{},"eventTime":"{time}","eventSource":"{}.amazonaws.com","eventName":"{event}","awsRegion":"{region}","sourceIPAddress":"{}","userAgent":"{}",{error}"requestParameters":{},"responseElements":{},"requestID":"{}","eventID":"{}","readOnly":{is_read},{resources}"eventType":"AwsApiCall","managementEvent":{},"recipientAccountId":"{account}","eventCategory":"{category}","tlsDetails":{{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"{service}.{region}.amazonaws.com"}}}}"#,
        written.identity,
        written.source,
        written.address,
        written.agent,
        filled(parameters),
        written.response,
        dice.uuid(),
        dice.uuid(),
        !is_data
    );
}
