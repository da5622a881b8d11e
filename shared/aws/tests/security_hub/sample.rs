//! What the tests have in common: an account, a store in it, and a finding.

use std::{sync::Arc, time::Duration};

use aws::{Cloud, Quota, SecurityHub, Settings};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use jiff::Timestamp;
use model::{FunctionArn, Severity};
use scan::{About, Finding, Place, Resource, Status};
use stand_ins::security_hub::Options;

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const REGION: &str = "eu-west-1";
pub(crate) const PRODUCT: &str =
    "arn:aws:securityhub:eu-west-1:111122223333:product/111122223333/default";

pub(crate) fn place() -> Place {
    Place { partition: "aws".to_owned(), account: ACCOUNT.to_owned(), region: REGION.to_owned() }
}

/// A hub without rates, for they would make tests wait.
pub(crate) fn start(options: Options) -> stand_ins::security_hub::SecurityHub {
    let options = Options { rate_limits: false, ..options };
    stand_ins::security_hub::SecurityHub::start(options).unwrap()
}

/// A store at `url`, reached as [`ACCOUNT`].
pub(crate) fn store(url: &str) -> SecurityHub {
    SecurityHub::new(Arc::new(Cloud::new(settings(url))))
}

pub(crate) fn settings(url: &str) -> Settings {
    Settings {
        endpoint_url: Some(url.to_owned()),
        credentials: Some(SharedCredentialsProvider::new(credentials(ACCOUNT))),
        region: Some(REGION.to_owned()),
        own_account: Some(ACCOUNT.to_owned()),
        quota: Quota::Unlimited,
        attempts: 3,
        backoff: Duration::from_millis(1),
        ..Settings::default()
    }
}

/// The stand-in takes an access key of twelve digits for the account.
pub(crate) fn credentials(account: &str) -> Credentials {
    Credentials::new(account, "secret", None, None, "test")
}

pub(crate) fn function(name: &str) -> FunctionArn {
    FunctionArn::new("aws", REGION, ACCOUNT, name).unwrap()
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A failure of `rule` with everything a finding can have, but for `initial`.
pub(crate) fn finding(name: &str, rule: &str) -> Finding {
    Finding {
        about: About::Function(function(name)),
        rule: rule.to_owned(),
        title: "The runtime no longer gets security patches".to_owned(),
        description: "Runtime: `python3.8`, deprecated on 2024-10-14".to_owned(),
        severity: Severity::High,
        status: Status::Failed,
        archived: false,
        remedy: "Move to the successor runtime, test, and deploy.".to_owned(),
        source: Some(
            "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html".to_owned(),
        ),
        requirements: vec!["NIST.800-53.r5 SI-2".to_owned(), "PCI DSS v4.0.1/12.3.4".to_owned()],
        created_at: time("2026-11-20T08:00:00.001Z"),
        updated_at: time("2026-11-23T08:00:00.004Z"),
        first_observed_at: time("2026-11-20T07:59:59Z"),
        last_observed_at: time("2026-11-23T08:00:00.003Z"),
        initial: None,
        fields: [("at".to_owned(), "Runtime".to_owned())].into(),
        tags: [("team".to_owned(), "payments".to_owned())].into(),
        resource: Some(resource()),
    }
}

fn resource() -> Resource {
    Resource {
        settings: model::Settings {
            role: Some("arn:aws:iam::111122223333:role/pay".to_owned()),
            handler: Some("app.handler".to_owned()),
            timeout: Some(3),
            memory: Some(128),
            code_sha256: Some("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".to_owned()),
            last_modified: Some("2026-08-22T10:00:00.000+0000".to_owned()),
            revision_id: Some("2f1b6e9a-0000-4000-8000-000000000000".to_owned()),
            architectures: vec!["arm64".to_owned()],
            tracing: Some("PassThrough".to_owned()),
            dead_letter: Some("arn:aws:sqs:eu-west-1:111122223333:dead".to_owned()),
        },
        runtime: Some("python3.8".to_owned()),
        key: Some("arn:aws:kms:eu-west-1:111122223333:key/1".to_owned()),
        layers: vec!["arn:aws:lambda:eu-west-1:111122223333:layer:tools:7".to_owned()],
        vpc: Some(("vpc-1".to_owned(), vec!["subnet-1".to_owned()], vec!["sg-1".to_owned()])),
    }
}
