use serde_json::json;
use stand_ins::fault_proxy::{Fault, FaultProxy, Rule, Target};
use stand_ins::security_hub::{Options, SecurityHub};

use crate::http::{Reply, scope, send};
use crate::security_hub::{ACCOUNT, REGION, finding, import};

const NOW: &str = "2026-11-23T11:00:00Z";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// A request of each protocol: service, method, path, header, body, operation.
type Request = (
    &'static str,
    &'static str,
    &'static str,
    (&'static str, &'static str),
    &'static str,
    &'static str,
);

const LAMBDA: Request =
    ("lambda", "GET", "/2015-03-31/functions/payments/policy", ("x-a", "b"), "", "GetPolicy");
const IAM: Request = ("iam", "POST", "/", FORM, "Action=GetRole&RoleName=r", "GetRole");
const EC2: Request =
    ("ec2", "POST", "/", FORM, "Action=DescribeSubnets&Version=2016-11-15", "DescribeSubnets");
const STS: Request =
    ("sts", "GET", "/?Action=GetCallerIdentity&V=1", ("x-a", "b"), "", "GetCallerIdentity");
const KMS: Request =
    ("kms", "POST", "/", ("x-amz-target", "TrentService.DescribeKey"), "{}", "DescribeKey");
const TAGGING: Request = (
    "tagging",
    "POST",
    "/",
    ("x-amz-target", "ResourceGroupsTaggingAPI_20170126.GetResources"),
    "{}",
    "GetResources",
);

fn start(rules: Vec<Rule>) -> (SecurityHub, FaultProxy) {
    let options = Options { rate_limits: false, ..Options::default() };
    let hub = SecurityHub::start(options).unwrap();
    let proxy = FaultProxy::start(&hub.url(), rules).unwrap();
    (hub, proxy)
}

fn ask(url: &str, request: Request) -> std::io::Result<Reply> {
    let (service, method, path, (name, value), body, _) = request;
    let headers = [scope(ACCOUNT, REGION, service), (name, value.to_owned())];
    send(url, method, path, &headers, body)
}

#[test]
fn calls_are_counted_by_service_and_operation() {
    let (_hub, proxy) = start(vec![]);
    for request in [LAMBDA, IAM, EC2, STS, KMS, TAGGING, IAM] {
        ask(&proxy.url(), request).unwrap();
    }
    import(&proxy.url(), &[finding("f", NOW)]);
    send(&proxy.url(), "GET", "/somewhere", &[], "").unwrap();
    let counts: Vec<_> = proxy
        .calls()
        .into_iter()
        .map(|((service, operation), count)| format!("{service}:{operation} {count}"))
        .collect();
    assert_eq!(
        counts,
        [
            ":GET /somewhere 1",
            "ec2:DescribeSubnets 1",
            "iam:GetRole 2",
            "kms:DescribeKey 1",
            "lambda:GetPolicy 1",
            "securityhub:BatchImportFindings 1",
            "sts:GetCallerIdentity 1",
            "tagging:GetResources 1",
        ]
    );
    proxy.restart(vec![]);
    assert!(proxy.calls().is_empty());
}

#[test]
fn faults_speak_the_words_of_the_service() {
    let xml = |code: &str| format!("<Code>{code}</Code>");
    let rest = |code: &str| code.to_owned();
    for (request, fault, status, words) in [
        (LAMBDA, Fault::Throttle, 429, rest("TooManyRequestsException")),
        (LAMBDA, Fault::Deny, 403, rest("AccessDeniedException")),
        (LAMBDA, Fault::Status(500), 500, rest("InternalFailure")),
        (KMS, Fault::Throttle, 400, rest("ThrottlingException")),
        (KMS, Fault::Deny, 400, rest("AccessDeniedException")),
        (TAGGING, Fault::Throttle, 400, rest("ThrottledException")),
        (IAM, Fault::Throttle, 400, xml("Throttling")),
        (IAM, Fault::Deny, 403, xml("AccessDenied")),
        (STS, Fault::Deny, 403, xml("AccessDenied")),
        (IAM, Fault::Status(503), 503, xml("ServiceUnavailable")),
        (EC2, Fault::Throttle, 503, xml("RequestLimitExceeded")),
        (EC2, Fault::Deny, 403, xml("UnauthorizedOperation")),
    ] {
        let (service, .., operation) = request;
        let (_hub, proxy) = start(vec![Target::call(service, operation).always(fault)]);
        let reply = ask(&proxy.url(), request).unwrap();
        assert_eq!(reply.status, status, "{service} {fault:?}");
        let said = format!("{} {}", reply.header("x-amzn-errortype"), reply.body);
        assert!(said.contains(&words), "{service} {fault:?}: {said}");
        assert_eq!(proxy.seen()[0].fault, Some(fault));
        assert_eq!(proxy.seen()[0].status, status);
    }
}

/// Which of ten equal calls break.
fn broken(rule: Rule, request: Request) -> Vec<usize> {
    let (_hub, proxy) = start(vec![rule]);
    let refused = |_: &usize| ask(&proxy.url(), request).unwrap().status == 503;
    (1..=10).filter(refused).collect()
}

#[test]
fn rules_fire_when_they_should() {
    let fault = Fault::Status(503);
    let policy = || Target::call("lambda", "GetPolicy");
    for (rule, expected) in [
        (policy().always(fault), vec![1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        (policy().nth(3, fault), vec![3]),
        (policy().first(2, fault), vec![1, 2]),
        (policy().sometimes(0.0, 7, fault), vec![]),
        (policy().sometimes(1.0, 7, fault), vec![1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        (Target::service("lambda").nth(1, fault), vec![1]),
        (Target::any().nth(10, fault), vec![10]),
        (Target::service("iam").always(fault), vec![]),
        (Target::call("lambda", "GetFunction").always(fault), vec![]),
        (policy().mentioning("payments").nth(1, fault), vec![1]),
        (policy().mentioning("orders").always(fault), vec![]),
    ] {
        assert_eq!(broken(rule.clone(), LAMBDA), expected, "{rule:?}");
    }
    let mentions = Target::any().mentioning("RoleName=r").nth(1, fault);
    assert_eq!(broken(mentions, IAM), [1]);
}

#[test]
fn chance_depends_on_the_seed_alone() {
    let draw = |seed| broken(Target::any().sometimes(0.5, seed, Fault::Status(503)), LAMBDA);
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
    assert!((1..10).contains(&draw(1).len()), "{:?}", draw(1));
}

#[test]
fn the_first_rule_that_fires_decides() {
    let rules = vec![Target::any().nth(2, Fault::Deny), Target::any().always(Fault::Throttle)];
    let (_hub, proxy) = start(rules);
    let statuses: Vec<_> = (0..3).map(|_| ask(&proxy.url(), LAMBDA).unwrap().status).collect();
    assert_eq!(statuses, [429, 403, 429]);
}

#[test]
fn refused_calls_do_not_reach_the_endpoint_and_damaged_ones_do() {
    let body = json!({"Findings": [finding("f", NOW)]}).to_string();
    for (fault, reached) in [
        (Fault::Throttle, 0),
        (Fault::Deny, 0),
        (Fault::Status(500), 0),
        (Fault::CutConnection, 1),
        (Fault::TruncatePage, 1),
    ] {
        let (hub, proxy) = start(vec![Target::any().always(fault)]);
        let headers = [scope(ACCOUNT, REGION, "securityhub")];
        let reply = send(&proxy.url(), "POST", "/findings/import", &headers, &body);
        assert_eq!(hub.calls().len(), reached, "{fault:?}");
        match (fault, reply) {
            (Fault::CutConnection, reply) => assert!(reply.is_err(), "{reply:?}"),
            (Fault::TruncatePage, Ok(reply)) => {
                assert_eq!(reply.status, 200);
                assert!(reply.body.starts_with("{\"Fail"), "{reply:?}");
                assert!(serde_json::from_str::<serde_json::Value>(&reply.body).is_err());
            }
            (_, reply) => assert!(reply.unwrap().status >= 400),
        }
    }
}

#[test]
fn one_finding_of_a_batch_fails() {
    for (size, at, failed, kept) in [
        (3, 0, vec!["0"], vec!["1", "2"]),
        (3, 1, vec!["1"], vec!["0", "2"]),
        (3, 2, vec!["2"], vec!["0", "1"]),
        (3, 3, vec![], vec!["0", "1", "2"]),
        (1, 0, vec!["0"], vec![]),
    ] {
        let (hub, proxy) = start(vec![Target::any().always(Fault::FailOneFinding(at))]);
        let batch: Vec<_> = (0..size).map(|id| finding(&id.to_string(), NOW)).collect();
        let answer = import(&proxy.url(), &batch);
        assert_eq!(answer["FailedCount"], failed.len(), "{answer}");
        assert_eq!(answer["SuccessCount"], kept.len(), "{answer}");
        let ids = |list: &serde_json::Value| -> Vec<String> {
            let list = list.as_array().unwrap();
            list.iter().map(|one| one["Id"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(ids(&answer["FailedFindings"]), failed);
        assert_eq!(ids(&hub.findings(ACCOUNT, REGION).into()), kept);
    }
}

#[test]
fn an_endpoint_that_is_gone_gives_502() {
    let proxy = FaultProxy::start("http://127.0.0.1:1", vec![]).unwrap();
    let reply = ask(&proxy.url(), LAMBDA).unwrap();
    assert_eq!(reply.status, 502);
    assert!(reply.body.starts_with("cannot reach `http://127.0.0.1:1`"), "{}", reply.body);
}
