//! Who belongs to the organisation, and who lets us in.

use std::sync::Arc;

use aws::{AwsOrganization, Cloud};
use scan::{Kind, Organization, Place};
use serde_json::{Value, json};

use crate::{
    accounts::with_roles,
    stage::{ACCOUNT, Answer, Stage},
};

fn account(id: &str, status: &str) -> Value {
    json!({ "Id": id, "Status": status, "Name": "<b>", "Email": "a@example.com" })
}

fn organization(stage: &Stage) -> AwsOrganization {
    AwsOrganization::new(Arc::new(Cloud::new(with_roles(stage.settings()))))
}

#[tokio::test]
async fn every_page_is_read_and_closed_accounts_are_left_out() {
    // Organizations may answer an empty page with more to come.
    let stage = Stage::start(|asked| {
        let token = asked.with.get("NextToken").map(String::as_str);
        (asked.call == "organizations:ListAccounts").then(|| {
            Answer::json(match token {
                None => json!({ "Accounts": [account("1", "ACTIVE")], "NextToken": "a" }),
                Some("a") => json!({ "Accounts": [], "NextToken": "b" }),
                _ => json!({ "Accounts": [account("2", "SUSPENDED"), account("3", "ACTIVE")] }),
            })
        })
    });
    let accounts = organization(&stage).accounts().await.unwrap();
    assert!(accounts.iter().eq(["1", "3"]), "{accounts:?}");
    let asked = stage.asked("organizations:ListAccounts");
    assert!(asked.iter().all(|one| one.region == "us-east-1" && one.access_key == "AKOWN"));
}

#[tokio::test]
async fn a_list_that_is_not_whole_is_no_list() {
    for (answer, expected) in [
        (Answer::error(400, "AccessDeniedException"), Kind::Denied),
        (Answer::error(400, "AWSOrganizationsNotInUseException"), Kind::Failed),
        (Answer::json(json!({})), Kind::Failed),
        (Answer::json(json!({ "Accounts": [], "NextToken": "again" })), Kind::Failed),
    ] {
        let stage = Stage::start(move |asked| {
            (asked.call == "organizations:ListAccounts").then(|| answer.clone())
        });
        let error = organization(&stage).accounts().await.unwrap_err();
        assert_eq!(error.kind, expected, "{error}");
        assert_eq!(error.operation, "organizations:ListAccounts");
    }
}

#[tokio::test]
async fn entering_takes_the_role_and_does_nothing_with_it() {
    let place = |account: &str| Place {
        partition: "aws".into(),
        account: account.into(),
        region: "eu-west-1".into(),
    };
    let stage = Stage::start(|_| None);
    organization(&stage).enter(&place("999988887777")).await.unwrap();
    assert_eq!(stage.asked("sts:AssumeRole").len(), 1);
    organization(&stage).enter(&place(ACCOUNT)).await.unwrap();
    assert_eq!(stage.asked("sts:AssumeRole").len(), 1, "at home we are already");

    let shut = Stage::start(|asked| {
        (asked.call == "sts:AssumeRole").then(|| Answer::error(403, "AccessDenied"))
    });
    let error = organization(&shut).enter(&place("999988887777")).await.unwrap_err();
    assert_eq!((error.kind, error.operation), (Kind::Denied, "sts:AssumeRole"));
    assert!(error.advice().contains("999988887777"), "{}", error.advice());
    assert!(error.advice().contains("AccessDenied"), "{}", error.advice());
}
