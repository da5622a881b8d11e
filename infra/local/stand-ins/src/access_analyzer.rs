//! IAM Access Analyzer's checks of identity policies, imitated from their documentation.
//!
//! `CheckNoNewAccess` is answered by our own proof ([`iam::subset`]), statement by statement.
//! `ValidatePolicy` makes the few of AWS's hundred checks that are listed in [`CHECKS`]. Both know
//! nothing of callers: `README.md` lists what differs from AWS.
//!
//! Sources: <https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckNoNewAccess.html>,
//! <https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ValidatePolicy.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html>

use axum::body::Bytes;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use iam::{Actions, Effect, Policy, Resources, Statement, catalogue};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api_error::ApiError;

/// Findings of a page where the caller asks for no number. AWS documents none; this one makes
/// callers turn pages.
const PAGE: usize = 2;

/// What is looked for in each statement: the code, its type, how AWS names it in links, and
/// what to say.
const CHECKS: [(&str, &str, &str, Check); 4] = [
    ("INVALID_SERVICE_IN_ACTION", "ERROR", "error-invalid-service-in-action", unknown_service),
    ("INVALID_ACTION", "ERROR", "error-invalid-action", unknown_action),
    (
        "PASS_ROLE_WITH_STAR_IN_RESOURCE",
        "SECURITY_WARNING",
        "security-warning-pass-role-with-star-in-resource",
        passes_any_role,
    ),
    ("EMPTY_ARRAY_RESOURCE", "SUGGESTION", "suggestion-empty-array-resource", no_resource),
];

type Check = fn(&Statement) -> Vec<String>;

/// The routes.
pub fn router() -> Router {
    Router::new()
        .route("/policy/check-no-new-access", post(check_no_new_access))
        .route("/policy/validation", post(validate_policy))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Comparison {
    new_policy_document: String,
    existing_policy_document: String,
    policy_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Validation {
    policy_document: String,
    policy_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    max_results: Option<usize>,
    next_token: Option<String>,
}

async fn check_no_new_access(body: Bytes) -> Response {
    compared(&body).map_or_else(IntoResponse::into_response, |told| Json(told).into_response())
}

async fn validate_policy(Query(page): Query<Page>, body: Bytes) -> Response {
    validated(&page, &body)
        .map_or_else(IntoResponse::into_response, |told| Json(told).into_response())
}

fn compared(body: &[u8]) -> Result<Value, ApiError> {
    let asked: Comparison = read(body)?;
    is_identity(&asked.policy_type)?;
    let parse = |text: &str| {
        Policy::parse(text).map_err(|bad| {
            ApiError::new(400, "InvalidParameterException", format!("the policy is unsound: {bad}"))
        })
    };
    let (new, old) = (parse(&asked.new_policy_document)?, parse(&asked.existing_policy_document)?);
    let reasons: Vec<Value> =
        (0..new.statements.len()).filter_map(|n| widens(&new, n, &old)).collect();
    Ok(match reasons.is_empty() {
        true => json!({
            "result": "PASS",
            "message": "The modified permissions do not grant new access compared to your existing policy.",
        }),
        false => json!({
            "result": "FAIL",
            "message": "The modified permissions grant new access compared to your existing policy.",
            "reasons": reasons,
        }),
    })
}

/// What the `n`th statement, with the denials beside it, grants that `old` does not.
fn widens(new: &Policy, n: usize, old: &Policy) -> Option<Value> {
    let statement = new.statements.get(n)?;
    let kept = new.statements.iter().enumerate();
    let kept = kept.filter(|(at, one)| *at == n || one.effect == Effect::Deny);
    let alone = Policy { statements: kept.map(|(_, one)| one.clone()).collect(), ..new.clone() };
    iam::subset(&[("new", &alone)], &[("existing", old)]).err()?;
    Some(match &statement.sid {
        Some(sid) => json!({
            "description": format!("New access in the statement with sid: {sid}."),
            "statementIndex": n, "statementId": sid,
        }),
        None => json!({
            "description": format!("New access in the statement with index: {n}."),
            "statementIndex": n,
        }),
    })
}

fn validated(page: &Page, body: &[u8]) -> Result<Value, ApiError> {
    let asked: Validation = read(body)?;
    is_identity(&asked.policy_type)?;
    let findings = match Policy::parse(&asked.policy_document) {
        Ok(policy) => findings(&policy),
        Err(bad) => {
            vec![finding(
                "JSON_SYNTAX_ERROR",
                "ERROR",
                "error-json-syntax-error",
                &bad.to_string(),
                None,
            )]
        }
    };
    let from = match &page.next_token {
        // A sign that a URL must escape, as AWS's tokens have.
        Some(token) => token
            .strip_suffix("/==")
            .and_then(|n| n.parse().ok())
            .ok_or_else(|| invalid("the token is none of ours"))?,
        None => 0,
    };
    let size = page.max_results.unwrap_or(PAGE).max(1);
    let shown: Vec<&Value> = findings.iter().skip(from).take(size).collect();
    let mut told = json!({ "findings": shown });
    if let Some(all) = told.as_object_mut().filter(|_| findings.len() > from + size) {
        all.insert("nextToken".to_owned(), format!("{}/==", from + size).into());
    }
    Ok(told)
}

fn findings(policy: &Policy) -> Vec<Value> {
    let of_statement = |(n, statement): (usize, &Statement)| {
        CHECKS
            .into_iter()
            .flat_map(move |(code, kind, link, check)| {
                let told = check(statement).into_iter();
                told.map(move |details| finding(code, kind, link, &details, Some(n)))
                    .collect::<Vec<_>>()
            })
            .collect::<Vec<_>>()
    };
    policy.statements.iter().enumerate().flat_map(of_statement).collect()
}

fn finding(code: &str, kind: &str, link: &str, details: &str, statement: Option<usize>) -> Value {
    let guide = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html";
    // Where in the text it is, nobody here has looked.
    let start = json!({ "line": 1, "column": 0, "offset": 0 });
    let path: Vec<Value> = match statement {
        Some(n) => vec![json!({ "value": "Statement" }), json!({ "index": n })],
        None => vec![],
    };
    json!({
        "findingType": kind, "issueCode": code, "findingDetails": details,
        "learnMoreLink": format!("{guide}#access-analyzer-reference-policy-checks-{link}"),
        "locations": [{ "path": path, "span": { "start": start, "end": start } }],
    })
}

fn named(statement: &Statement) -> &[String] {
    match &statement.actions {
        Actions::Only(patterns) | Actions::Except(patterns) => patterns,
    }
}

fn unknown_service(statement: &Statement) -> Vec<String> {
    let services =
        named(statement).iter().filter_map(|action| action.split_once(':')).map(|(one, _)| one);
    let is_known = |prefix: &&str| {
        prefix.contains(['*', '?'])
            || catalogue::services().any(|one| one.eq_ignore_ascii_case(prefix))
    };
    services
        .filter(|one| !is_known(one))
        .map(|one| format!("The service {one} specified in the action does not exist."))
        .collect()
}

fn unknown_action(statement: &Statement) -> Vec<String> {
    let is_none = |action: &&String| {
        let prefix = action.split_once(':').map_or("", |(prefix, _)| prefix);
        let is_of_service = catalogue::services().any(|one| one.eq_ignore_ascii_case(prefix));
        is_of_service && catalogue::expand(action).next().is_none()
    };
    named(statement)
        .iter()
        .filter(is_none)
        .map(|one| format!("The action {one} does not exist."))
        .collect()
}

fn passes_any_role(statement: &Statement) -> Vec<String> {
    let passes = statement.effect == Effect::Allow
        && matches!(&statement.actions, Actions::Only(all) if all.iter().any(|one| one.eq_ignore_ascii_case("iam:PassRole")));
    let everywhere = matches!(&statement.resources, Some(Resources::Only(all)) if all.iter().any(|one| one == "*"));
    let is_bound =
        statement.conditions.iter().any(|one| one.key.eq_ignore_ascii_case("iam:PassedToService"));
    match passes && everywhere && !is_bound {
        true => vec!["Using the iam:PassRole action with wildcards (*) in the resource can be overly permissive.".to_owned()],
        false => Vec::new(),
    }
}

fn no_resource(statement: &Statement) -> Vec<String> {
    match &statement.resources {
        Some(Resources::Only(all)) if all.is_empty() => {
            vec!["This statement includes no resources and does not affect the policy.".to_owned()]
        }
        _ => Vec::new(),
    }
}

fn read<T: for<'a> Deserialize<'a>>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|bad| invalid(&bad.to_string()))
}

fn is_identity(kind: &str) -> Result<(), ApiError> {
    match kind {
        "IDENTITY_POLICY" => Ok(()),
        _ => Err(invalid("this stand-in knows policies of the type IDENTITY_POLICY only")),
    }
}

fn invalid(message: &str) -> ApiError {
    ApiError::new(400, "ValidationException", message)
}
