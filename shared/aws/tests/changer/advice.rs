//! Access Analyzer over HTTP: what it says of a policy, and what keeps it from saying anything.

use scan::repair::{Advice, Advisor as _};

use super::*;

const WIDE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","iam:PassRole"],"Resource":"*"}]}"#;

fn policy(statements: &[(&str, &str)]) -> String {
    let statement = |(action, resource): &(&str, &str)| {
        let resource: Value = serde_json::from_str(resource).unwrap();
        json!({ "Effect": "Allow", "Action": action, "Resource": resource })
    };
    let all: Vec<Value> = statements.iter().map(statement).collect();
    json!({ "Version": "2012-10-17", "Statement": all }).to_string()
}

async fn advise(stage: &Stage, new: &str) -> Result<Advice, Kind> {
    stage.changer.advise(&stage.place, new, WIDE).await.map_err(|error| error.kind)
}

fn asked(stage: &Stage) -> Vec<String> {
    stage.proxy.seen().into_iter().map(|seen| seen.operation).collect()
}

#[tokio::test]
async fn what_it_says_is_heard() {
    let fine = policy(&[("s3:GetObject", r#""arn:aws:s3:::b/*""#)]);
    let wider = policy(&[("s3:GetObject", r#""*""#), ("sqs:SendMessage", r#""*""#)]);
    let unsound = policy(&[("s3:GetObjekt", r#""*""#)]);
    let bold = policy(&[("iam:PassRole", r#""*""#)]);
    // A page holds two findings; what nobody minds comes first.
    let empty = ("s3:GetObject", "[]");
    let last = policy(&[empty, empty, empty, ("s3:GetObjekt", r#""*""#)]);
    let untidy = policy(&[empty, empty, empty]);
    let (validate, check) = ("ValidatePolicy", "CheckNoNewAccess");
    for (new, expected, calls) in [
        (&fine, None, vec![validate, check]),
        (
            &wider,
            Some("it may grant something new: New access in the statement with index: 1."),
            vec![validate, check],
        ),
        (&unsound, Some("INVALID_ACTION: The action s3:GetObjekt does not exist."), vec![validate]),
        (&bold, Some("PASS_ROLE_WITH_STAR_IN_RESOURCE: "), vec![validate]),
        (&last, Some("INVALID_ACTION: "), vec![validate, validate]),
        (&untidy, None, vec![validate, validate, check]),
        (&"{".to_owned(), Some("JSON_SYNTAX_ERROR: "), vec![validate]),
    ] {
        let stage = Stage::new(vec![]);
        match (advise(&stage, new).await.unwrap(), expected) {
            (Advice::Fine, None) => {}
            (Advice::Against(why), Some(expected)) => assert!(why.starts_with(expected), "{why}"),
            (advice, _) => panic!("{new}: {advice:?}"),
        }
        assert_eq!(asked(&stage), calls, "{new}");
    }
}

/// No answer is no consent.
#[tokio::test]
async fn where_it_does_not_answer_it_has_not_agreed() {
    let fine = policy(&[("s3:GetObject", r#""*""#)]);
    for operation in ["ValidatePolicy", "CheckNoNewAccess"] {
        let call = || Target::call("access-analyzer", operation);
        for (fault, expected) in [
            (call().always(Fault::Deny), Err(Kind::Denied)),
            (call().always(Fault::Throttle), Err(Kind::Throttled)),
            (call().always(Fault::Status(500)), Err(Kind::Failed)),
            (call().always(Fault::CutConnection), Err(Kind::Unreachable)),
            (call().always(Fault::TruncatePage), Err(Kind::Failed)),
            (call().first(2, Fault::Throttle), Ok(Advice::Fine)),
            (call().first(2, Fault::Status(503)), Ok(Advice::Fine)),
        ] {
            let stage = Stage::new(vec![fault.clone()]);
            assert_eq!(advise(&stage, &fine).await, expected, "{operation} {fault:?}");
        }
    }
}

/// What Access Analyzer cannot compare it does not pass.
#[tokio::test]
async fn an_old_policy_that_it_refuses_is_no_consent() {
    let stage = Stage::new(vec![]);
    let fine = policy(&[("s3:GetObject", r#""*""#)]);
    let advice = stage.changer.advise(&stage.place, &fine, "{").await;
    assert_eq!(advice.unwrap_err().kind, Kind::Failed);
}
