//! A success that says too little is an error, and never an empty store or a batch that went in.

use std::net::TcpListener;

use axum::{
    Router,
    routing::{patch, post},
};
use scan::{Findings, Kind, PortError, Workflow, WorkflowUpdate};

use crate::sample::{finding, place, store};

/// The URL of a Security Hub that answers every call with `body`.
fn answering(body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new()
        .route("/findings", post(body))
        .route("/findings/import", post(body))
        .route("/findings/batchupdate", patch(body));
    tokio::spawn(stand_ins::serve(listener, router));
    url
}

/// The operation that failed, and why.
fn failed<T: std::fmt::Debug>(answer: Result<T, PortError>) -> (&'static str, String) {
    let error = answer.unwrap_err();
    assert_eq!(error.kind, Kind::Failed, "{error}");
    let mut why = error.source.to_string();
    let mut cause = error.source.source();
    while let Some(deeper) = cause {
        why = format!("{why}: {deeper}");
        cause = deeper.source();
    }
    (error.operation, why)
}

#[tokio::test]
async fn an_answer_that_leaves_out_what_was_asked_for_is_an_error() {
    let finding = finding("pay", "runtime-deprecated");
    let update = WorkflowUpdate {
        id: finding.id(),
        workflow: Workflow::Resolved,
        note: "Complies.".to_owned(),
    };
    for body in ["", "{}", r#"{ "Message": "\"FailedCount\", \"UnprocessedFindings\"" }"#] {
        let store = store(&answering(body));
        let read = store.observed(&place(), None).await;
        let imported = store.import(&place(), std::slice::from_ref(&finding)).await;
        let updated = store.update(&place(), std::slice::from_ref(&update)).await;
        for (answer, operation, why) in [
            (failed(read), "securityhub:GetFindings", "unreadable answer"),
            (failed(imported), "securityhub:BatchImportFindings", "`FailedCount`"),
            (failed(updated), "securityhub:BatchUpdateFindings", "`UnprocessedFindings`"),
        ] {
            assert_eq!(answer.0, operation);
            assert!(answer.1.contains(why), "{}, of {body:?}", answer.1);
        }
    }
}

#[tokio::test]
async fn failures_that_are_not_named_are_an_error() {
    for (body, why) in [
        (r#"{ "FailedCount": 2, "SuccessCount": 0 }"#, "2 findings were refused, 0 of them"),
        (r#"{ "FailedCount": -1, "SuccessCount": 0 }"#, "-1 findings were refused, 0 of them"),
    ] {
        let sent = [finding("pay", "runtime-deprecated")];
        let (_, said) = failed(store(&answering(body)).import(&place(), &sent).await);
        assert!(said.contains(why), "{said}");
    }
}

#[tokio::test]
async fn a_page_that_is_offered_twice_is_an_error() {
    let store = store(&answering(r#"{ "Findings": [], "NextToken": "same" }"#));
    let (operation, said) = failed(store.observed(&place(), None).await);
    assert_eq!(operation, "securityhub:GetFindings");
    assert!(said.contains("the same page"), "{said}");
}
