//! Switching Security Hub on, asking whether it is, and custom actions.

use serde_json::{Value, json};

use super::Options;
use super::store::{Request, State, visible};
use crate::api_error::ApiError;

/// Custom actions per account and Region.
///
/// Source: <https://docs.aws.amazon.com/general/latest/gr/sechub.html>
const MOST_ACTIONS: usize = 50;
/// Findings per choice of an action.
const MOST_SELECTED: usize = 20;

/// Answers `DescribeHub`.
///
/// Source: <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_DescribeHub.html>
pub(super) fn describe(
    state: &mut State,
    options: &Options,
    request: &Request<'_>,
) -> Result<Value, ApiError> {
    let hub = state.open_hub(options, request)?;
    Ok(json!({
        "HubArn": arn(request, "hub/default"),
        "SubscribedAt": hub.since,
        "AutoEnableControls": true,
        "ControlFindingGenerator": "SECURITY_CONTROL",
    }))
}

/// Answers `EnableSecurityHub`.
///
/// Source: <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_EnableSecurityHub.html>
pub(super) fn enable(
    state: &mut State,
    options: &Options,
    request: &Request<'_>,
) -> Result<Value, ApiError> {
    let hub = state.hub(&request.place(), options, request.now);
    if hub.on {
        let message = "Account is already subscribed to Security Hub";
        return Err(ApiError::new(409, "ResourceConflictException", message));
    }
    hub.on = true;
    hub.since = super::time::written(request.now);
    Ok(json!({}))
}

/// Answers `CreateActionTarget`.
///
/// Source: <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_CreateActionTarget.html>
pub(super) fn create_action(
    state: &mut State,
    options: &Options,
    request: &Request<'_>,
) -> Result<Value, ApiError> {
    let body = request.json()?;
    let part = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (name, description, id) = (part("Name"), part("Description"), part("Id"));
    let short = |text: &str| (1..=20).contains(&text.chars().count());
    if !short(&name) || description.trim().is_empty() {
        return Err(ApiError::invalid_input("Name has 1 to 20 characters, Description at least 1"));
    }
    if !short(&id) || !id.chars().all(|letter| letter.is_ascii_alphanumeric()) {
        return Err(ApiError::invalid_input("Id has 1 to 20 letters and digits"));
    }
    let target = arn(request, &format!("action/custom/{id}"));
    let hub = state.open_hub(options, request)?;
    if hub.actions.contains_key(&target) {
        return Err(ApiError::new(409, "ResourceConflictException", "The action exists"));
    }
    if hub.actions.len() >= MOST_ACTIONS {
        return Err(ApiError::new(429, "LimitExceededException", "50 custom actions exist"));
    }
    hub.actions.insert(
        target.clone(),
        json!({"ActionTargetArn": target, "Name": name, "Description": description}),
    );
    Ok(json!({"ActionTargetArn": target}))
}

/// Answers `DescribeActionTargets`, in one page.
///
/// Source: <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_DescribeActionTargets.html>
pub(super) fn describe_actions(
    state: &mut State,
    options: &Options,
    request: &Request<'_>,
) -> Result<Value, ApiError> {
    let hub = state.open_hub(options, request)?;
    Ok(json!({"ActionTargets": hub.actions.values().collect::<Vec<_>>()}))
}

/// What the console does when somebody selects findings and picks a custom action:
/// `{"ActionTargetArn", "FindingIds": [at most 20]}`. One event follows for each finding.
///
/// Source: <https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-custom-actions.html>
pub(super) fn act(
    state: &mut State,
    options: &Options,
    request: &Request<'_>,
) -> Result<Value, ApiError> {
    let body = request.json()?;
    let action = body.get("ActionTargetArn").and_then(Value::as_str).unwrap_or_default();
    let ids: Vec<&str> = body
        .get("FindingIds")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if ids.is_empty() || ids.len() > MOST_SELECTED {
        return Err(ApiError::invalid_input("FindingIds has 1 to 20 items"));
    }
    let hub = state.open_hub(options, request)?;
    let Some(name) = hub.actions.get(action).cloned() else {
        return Err(ApiError::new(404, "ResourceNotFoundException", "no such custom action"));
    };
    let places: Vec<_> = state
        .hubs
        .keys()
        .filter(|place| visible(options, &request.caller, place))
        .cloned()
        .collect();
    let mut selected = Vec::new();
    for id in ids {
        let hubs = places.iter().filter_map(|place| state.hubs.get(place));
        let stored = hubs.flat_map(|hub| &hub.findings).find(|((_, known), _)| known == id);
        let Some((_, stored)) = stored else {
            return Err(ApiError::new(404, "ResourceNotFoundException", "no such finding"));
        };
        selected.push(stored.finding.clone());
    }
    for finding in selected {
        state.act(&request.place(), (action, &name), &finding, request.now);
    }
    Ok(json!({}))
}

fn arn(request: &Request<'_>, resource: &str) -> String {
    format!("arn:aws:securityhub:{}:{}:{resource}", request.caller.region, request.caller.account)
}
