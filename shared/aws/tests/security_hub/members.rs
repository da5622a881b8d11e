//! Findings of a member account go in with the role that publishes there.

use std::{net::TcpListener, slice::from_ref, sync::Arc};

use aws::{Cloud, Roles, SecurityHub, Settings};
use axum::{http::StatusCode, response::IntoResponse, routing::post};
use model::FunctionArn;
use scan::{About, Finding, Findings, Kind, Place};
use stand_ins::security_hub::{Options, router};

use crate::sample::{ACCOUNT, REGION, finding, settings};

const MEMBER: &str = "444455556666";

/// Answers `AssumeRole` with credentials of the account, for the role that publishes alone.
async fn assume_role(form: String) -> impl IntoResponse {
    if !form.contains("%3Arole%2Fwarden-publish") {
        let error = "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>";
        return (StatusCode::FORBIDDEN, error.to_owned());
    }
    let credentials = format!(
        "<AccessKeyId>{MEMBER}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
         <SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>"
    );
    let user = format!(
        "<AssumedRoleId>AROA:s</AssumedRoleId>\
         <Arn>arn:aws:sts::{MEMBER}:assumed-role/warden-publish/s</Arn>"
    );
    let answer = format!(
        "<AssumeRoleResponse><AssumeRoleResult><Credentials>{credentials}</Credentials>\
         <AssumedRoleUser>{user}</AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>"
    );
    (StatusCode::OK, answer)
}

/// An AWS of two accounts, seen from [`ACCOUNT`], in which we enter others by the role `publish`.
fn store(publish: &str) -> SecurityHub {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let options = Options { rate_limits: false, ..Options::default() };
    tokio::spawn(stand_ins::serve(listener, router(options).route("/", post(assume_role))));
    let roles = Roles {
        read: "warden-read".to_owned(),
        publish: publish.to_owned(),
        repair: None,
        external_id: None,
        session: "lambda-warden".to_owned(),
    };
    SecurityHub::new(Arc::new(Cloud::new(Settings { roles: Some(roles), ..settings(&url) })))
}

fn of(account: &str) -> (Place, Finding) {
    let function = FunctionArn::new("aws", REGION, account, "pay").unwrap();
    let place = Place::of(&function);
    (place, Finding { about: About::Function(function), ..finding("pay", "runtime-deprecated") })
}

#[tokio::test]
async fn a_member_is_written_to_as_itself() {
    let store = store("warden-publish");
    for account in [ACCOUNT, MEMBER] {
        let (place, sent) = of(account);
        assert_eq!(store.import(&place, from_ref(&sent)).await.unwrap(), []);
        let observed = store.observed(&place, None).await.unwrap();
        let about: Vec<_> = observed.iter().map(|one| &one.finding.about).collect();
        assert_eq!(about, [&sent.about]);
    }
}

#[tokio::test]
async fn a_role_that_may_not_be_assumed_is_named_as_the_cause() {
    let store = store("another");
    let (place, sent) = of(MEMBER);
    let error = store.import(&place, &[sent]).await.unwrap_err();
    assert_eq!((error.operation, error.kind), ("sts:AssumeRole", Kind::Denied));
}
