//! The ways Security Hub says no, and what we make of each.

use std::slice::from_ref;
use std::sync::Arc;

use aws::{Cloud, SecurityHub};
use scan::{Finding, Findings, Kind, PortError, Workflow, WorkflowUpdate};
use stand_ins::security_hub::{Options, Refusal};

use crate::sample::{ACCOUNT, PRODUCT, REGION, finding, place, settings, start, store};

#[tokio::test]
async fn one_bad_finding_of_a_hundred_is_refused_by_itself() {
    let hub = start(Options::default());
    let mut sent: Vec<Finding> =
        (0..100).map(|number| finding(&format!("f{number}"), "runtime-deprecated")).collect();
    sent[41].rule = "r".repeat(500); // An id may have 512 characters.
    let refused = store(&hub.url()).import(&place(), &sent).await.unwrap();
    let codes: Vec<_> = refused.iter().map(|one| (one.id.clone(), one.code.as_str())).collect();
    assert_eq!(codes, [(sent[41].id(), "InvalidInput")]);
    assert!(refused[0].message.contains("Finding Format"), "{}", refused[0].message);
    assert_eq!(hub.findings(ACCOUNT, REGION).len(), 99);
}

#[tokio::test]
async fn an_unknown_finding_is_not_updated_and_the_others_are() {
    let hub = start(Options::default());
    let store = store(&hub.url());
    let known = finding("known", "runtime-deprecated");
    store.import(&place(), from_ref(&known)).await.unwrap();
    let unknown = finding("unknown", "runtime-deprecated");
    let updates = [&unknown, &known].map(|finding| WorkflowUpdate {
        id: finding.id(),
        workflow: Workflow::Resolved,
        note: "Complies.".to_owned(),
    });
    let refused = store.update(&place(), &updates).await.unwrap();
    let codes: Vec<_> = refused.iter().map(|one| (one.id.clone(), one.code.as_str())).collect();
    assert_eq!(codes, [(unknown.id(), "FindingNotFound")]);
    assert_eq!(store.observed(&place(), None).await.unwrap()[0].workflow, Workflow::Resolved);
}

/// What each operation of the store says.
async fn answers(store: &SecurityHub) -> [(&'static str, PortError); 3] {
    let finding = finding("pay", "runtime-deprecated");
    let update = WorkflowUpdate {
        id: finding.id(),
        workflow: Workflow::Resolved,
        note: "Complies.".to_owned(),
    };
    [
        ("securityhub:GetFindings", store.observed(&place(), None).await.unwrap_err()),
        ("securityhub:BatchImportFindings", store.import(&place(), &[finding]).await.unwrap_err()),
        ("securityhub:BatchUpdateFindings", store.update(&place(), &[update]).await.unwrap_err()),
    ]
}

#[tokio::test]
async fn a_hub_that_is_off_says_so_in_either_shape() {
    for refusal in [Refusal::WholeCall, Refusal::EachFinding] {
        let hubs_off = vec![(ACCOUNT.to_owned(), REGION.to_owned())];
        let hub = start(Options { hubs_off, refusal, ..Options::default() });
        for (operation, error) in answers(&store(&hub.url())).await {
            assert_eq!((error.operation, error.kind), (operation, Kind::HubOff), "{refusal:?}");
            assert_eq!(error.subject, PRODUCT);
        }
    }
}

#[tokio::test]
async fn the_wrong_account_is_denied_by_the_name_of_the_product() {
    let hub = start(Options::default());
    let mut settings = settings(&hub.url());
    let stranger = crate::sample::credentials("444455556666");
    settings.credentials =
        Some(aws_credential_types::provider::SharedCredentialsProvider::new(stranger));
    let store = SecurityHub::new(Arc::new(Cloud::new(settings)));
    let finding = finding("pay", "runtime-deprecated");
    let error = store.import(&place(), &[finding]).await.unwrap_err();
    assert_eq!(error.kind, Kind::Denied);
    let first = error.to_string();
    assert!(first.contains(PRODUCT), "{first}");
    assert_eq!(hub.calls().len(), 1, "a denial is not tried again");
}
