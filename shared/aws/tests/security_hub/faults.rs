//! What breaks on the way is sent again, or said; nothing is lost in silence.

use scan::{Finding, Findings, Kind};
use stand_ins::{
    fault_proxy::{Fault, FaultProxy, Rule, Target},
    security_hub::Options,
};

use crate::sample::{ACCOUNT, PRODUCT, REGION, finding, place, start, store};

const GET: &str = "GetFindings";
const IMPORT: &str = "BatchImportFindings";

fn call(operation: &str) -> Target {
    Target::call("securityhub", operation)
}

fn named(count: usize) -> Vec<Finding> {
    (0..count).map(|number| finding(&format!("f{number:03}"), "runtime-deprecated")).collect()
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    let all = || Target::service("securityhub");
    let cases: [(&str, Vec<Rule>); 5] = [
        ("429 before an import", vec![call(IMPORT).nth(1, Fault::Throttle)]),
        ("429 between two pages", vec![call(GET).nth(2, Fault::Throttle)]),
        (
            "503 before each",
            vec![call(IMPORT).nth(2, Fault::Status(503)), call(GET).first(2, Fault::Status(503))],
        ),
        ("answer of an import lost", vec![call(IMPORT).nth(2, Fault::CutConnection)]),
        ("page cut off", vec![call(GET).nth(2, Fault::CutConnection)]),
    ];
    for (what, rules) in cases {
        let hub = start(Options::default());
        let proxy = FaultProxy::start(&hub.url(), rules).unwrap();
        let store = store(&proxy.url());
        assert_eq!(store.import(&place(), &named(110)).await.unwrap(), [], "{what}");
        assert_eq!(store.observed(&place(), None).await.unwrap().len(), 110, "{what}");
        assert!(proxy.seen().iter().any(|seen| seen.fault.is_some()), "{what} did not happen");
        proxy.restart(vec![all().nth(1, Fault::Throttle)]);
        assert_eq!(store.observed(&place(), None).await.unwrap().len(), 110, "{what}");
    }
}

#[tokio::test]
async fn what_stays_is_an_error_and_never_a_shorter_list() {
    for (fault, kind) in [
        (Fault::Throttle, Kind::Throttled),
        (Fault::Deny, Kind::Denied),
        (Fault::Status(500), Kind::Failed),
        (Fault::TruncatePage, Kind::Failed),
    ] {
        let hub = start(Options::default());
        let proxy = FaultProxy::start(&hub.url(), vec![]).unwrap();
        let store = store(&proxy.url());
        store.import(&place(), &named(110)).await.unwrap();
        proxy.restart(vec![call(GET).mentioning("NextToken").always(fault)]);
        let error = store.observed(&place(), None).await.unwrap_err();
        assert_eq!((error.operation, error.kind), ("securityhub:GetFindings", kind), "{fault:?}");
        assert_eq!(error.subject, PRODUCT);
    }
}

#[tokio::test]
async fn a_batch_that_fails_leaves_the_earlier_ones() {
    let hub = start(Options::default());
    let proxy = FaultProxy::start(&hub.url(), vec![]).unwrap();
    let store = store(&proxy.url());
    proxy.restart(vec![call(IMPORT).mentioning("function:f200").always(Fault::Deny)]);
    let error = store.import(&place(), &named(250)).await.unwrap_err();
    assert_eq!((error.operation, error.kind), ("securityhub:BatchImportFindings", Kind::Denied));
    assert_eq!(hub.findings(ACCOUNT, REGION).len(), 200);
}

#[tokio::test]
async fn a_finding_that_fails_by_itself_is_named() {
    let hub = start(Options::default());
    let rules = vec![call(IMPORT).nth(1, Fault::FailOneFinding(41))];
    let proxy = FaultProxy::start(&hub.url(), rules).unwrap();
    let sent = named(100);
    let refused = store(&proxy.url()).import(&place(), &sent).await.unwrap();
    let codes: Vec<_> = refused.iter().map(|one| (one.id.clone(), one.code.as_str())).collect();
    assert_eq!(codes, [(sent[41].id(), "InternalFailure")]);
    assert_eq!(hub.findings(ACCOUNT, REGION).len(), 99);
}

#[tokio::test]
async fn nobody_there_is_said() {
    let url = start(Options::default()).url(); // It has ended by now.
    let error = store(&url).observed(&place(), None).await.unwrap_err();
    assert_eq!((error.operation, error.kind), ("securityhub:GetFindings", Kind::Unreachable));
}
