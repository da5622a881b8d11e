//! What is too large is trimmed, split, or refused by itself.

use std::slice::from_ref;

use scan::{Finding, Findings};
use stand_ins::security_hub::Options;

use crate::sample::{ACCOUNT, REGION, finding, place, start, store};

/// `count` entries of some 8 KB each, for one character takes four bytes.
fn bulky(count: usize) -> impl Iterator<Item = (String, String)> {
    (0..count).map(|number| (format!("key{number}"), "🦀".repeat(2048)))
}

#[tokio::test]
async fn a_finding_too_large_loses_its_tags() {
    let hub = start(Options::default());
    let store = store(&hub.url());
    let large = Finding { tags: bulky(40).collect(), ..finding("pay", "runtime-deprecated") };
    assert_eq!(store.import(&place(), from_ref(&large)).await.unwrap(), []);
    let observed = store.observed(&place(), None).await.unwrap().remove(0).finding;
    assert_eq!(observed, Finding { tags: [].into(), resource: None, ..large });
    let kept = &hub.findings(ACCOUNT, REGION)[0]["Resources"][0];
    assert_eq!(kept["Details"]["AwsLambdaFunction"]["Runtime"], "python3.8");
}

#[tokio::test]
async fn a_finding_still_too_large_loses_its_settings() {
    let hub = start(Options::default());
    let mut large = finding("pay", "runtime-deprecated");
    large.resource.as_mut().unwrap().layers = bulky(40).map(|(_, value)| value).collect();
    assert_eq!(store(&hub.url()).import(&place(), &[large]).await.unwrap(), []);
    assert!(hub.findings(ACCOUNT, REGION)[0]["Resources"][0].get("Details").is_none());
}

#[tokio::test]
async fn a_finding_that_stays_too_large_is_refused_and_the_others_are_not() {
    let hub = start(Options::default());
    let large = Finding { fields: bulky(40).collect(), ..finding("large", "runtime-deprecated") };
    let small = finding("small", "runtime-deprecated");
    let refused = store(&hub.url()).import(&place(), &[large.clone(), small]).await.unwrap();
    assert_eq!(refused.len(), 1);
    assert_eq!((&refused[0].id, refused[0].code.as_str()), (&large.id(), "FindingSizeExceeded"));
    assert_eq!(hub.findings(ACCOUNT, REGION).len(), 1);
}

#[tokio::test]
async fn a_call_stays_under_six_megabytes() {
    let hub = start(Options::default());
    let sent: Vec<Finding> = (0..30)
        .map(|number| Finding {
            fields: bulky(25).collect(),
            ..finding(&format!("f{number}"), "runtime-deprecated")
        })
        .collect();
    assert_eq!(store(&hub.url()).import(&place(), &sent).await.unwrap(), []);
    assert_eq!(hub.findings(ACCOUNT, REGION).len(), 30);
    assert_eq!(hub.calls().len(), 2, "30 times some 207 KB");
}
