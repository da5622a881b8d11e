//! `BatchUpdateFindings`.
//!
//! Source: <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchUpdateFindings.html>

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::import::PROVIDED;
use super::store::{Finding, Hub, Place, Request, State, Stored, visible};
use super::{Options, asff, severity, time};
use crate::api_error::ApiError;

/// Findings per call.
const MOST_FINDINGS: usize = 100;
/// What a customer may set.
const SETTABLE: [&str; 9] = [
    "Confidence",
    "Criticality",
    "Note",
    "RelatedFindings",
    "Severity",
    "Types",
    "UserDefinedFields",
    "VerificationState",
    "Workflow",
];

/// Answers `BatchUpdateFindings`.
pub(super) fn batch_update(
    state: &mut State,
    options: &Options,
    request: &Request<'_>,
) -> Result<Value, ApiError> {
    let mut body = request.json()?;
    state.open_hub(options, request)?;
    let mut problems = Vec::new();
    let shape = "BatchUpdateFindingsRequest";
    asff::check(shape, &Value::Object(body.clone()), "data", &mut problems);
    if !problems.is_empty() {
        return Err(ApiError::invalid_input(problems.join(", ")));
    }
    let identifiers = match body.remove("FindingIdentifiers") {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    };
    if identifiers.is_empty() || identifiers.len() > MOST_FINDINGS {
        return Err(ApiError::invalid_input(
            "Invalid parameter 'FindingIdentifiers'. It holds 1 to 100 items",
        ));
    }
    let (mut processed, mut unprocessed, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for identifier in identifiers {
        let part = |name| identifier.get(name).and_then(Value::as_str).unwrap_or_default();
        let key = (part("ProductArn").to_owned(), part("Id").to_owned());
        let failure = if seen.insert(key.clone()) {
            let place = owner(state, options, request, &key);
            match place.and_then(|place| update(state, options, request, &place, &key, &body)) {
                Some(()) => None,
                None => Some(("FindingNotFound", "Finding Not Found")),
            }
        } else {
            Some(("DuplicatedFindingIdentifier", "The finding is named twice"))
        };
        match failure {
            None => processed.push(identifier),
            Some((code, why)) => unprocessed.push(json!({
                "FindingIdentifier": identifier, "ErrorCode": code, "ErrorMessage": why,
            })),
        }
    }
    Ok(json!({"ProcessedFindings": processed, "UnprocessedFindings": unprocessed}))
}

/// Where the finding is kept, if the caller may see it.
fn owner(
    state: &State,
    options: &Options,
    request: &Request<'_>,
    key: &(String, String),
) -> Option<Place> {
    let holds = |(place, hub): &(&Place, &Hub)| {
        visible(options, &request.caller, place) && hub.findings.contains_key(key)
    };
    state.hubs.iter().find(holds).map(|(place, _)| place.clone())
}

/// `UpdatedAt` stays: it tells when the provider last spoke.
fn update(
    state: &mut State,
    options: &Options,
    request: &Request<'_>,
    place: &Place,
    key: &(String, String),
    change: &Map<String, Value>,
) -> Option<()> {
    let Stored { finding, by_customer, .. } = state.hubs.get_mut(place)?.findings.get_mut(key)?;
    for (name, value) in change {
        let Some(name) = SETTABLE.into_iter().find(|settable| settable == name) else { continue };
        finding.insert(name.into(), value.clone());
        if PROVIDED.contains(&name) {
            by_customer.insert(name);
        }
    }
    complete(finding, change, time::written(request.now));
    let finding = finding.clone();
    state.emit(options, place, &finding, request.now);
    Some(())
}

fn complete(finding: &mut Finding, change: &Map<String, Value>, now: String) {
    if change.contains_key("Note")
        && let Some(Value::Object(note)) = finding.get_mut("Note")
    {
        note.insert("UpdatedAt".into(), json!(now));
    }
    if let Some(Value::Object(value)) = finding.get_mut("Severity") {
        severity::complete(value);
    }
}
