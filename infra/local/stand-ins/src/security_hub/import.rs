//! `BatchImportFindings`.
//!
//! Sources: <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html>,
//! <https://docs.aws.amazon.com/securityhub/latest/userguide/finding-update-batchimportfindings.html>,
//! <https://docs.aws.amazon.com/securityhub/latest/userguide/findings-workflow-status.html>

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::store::{Finding, Place, Request, State, Stored, expiry, not_subscribed, text};
use super::{Options, Refusal, asff, severity, time};
use crate::Caller;
use crate::api_error::ApiError;

/// Findings per call.
const MOST_FINDINGS: usize = 100;
/// Bytes of one call.
const MOST_BYTES: usize = 6 * 1024 * 1024;
/// Bytes of one finding.
const MOST_FINDING_BYTES: usize = 240 * 1024;
/// What only customers change, once a finding exists. `WorkflowState` is the old name of the last.
const PROTECTED: [&str; 5] =
    ["Note", "UserDefinedFields", "VerificationState", "Workflow", "WorkflowState"];
/// What providers say in `FindingProviderFields`, and customers may overrule at the top level.
pub(super) const PROVIDED: [&str; 5] =
    ["Confidence", "Criticality", "RelatedFindings", "Severity", "Types"];

/// Answers `BatchImportFindings`.
pub(super) fn batch_import(
    state: &mut State,
    options: &Options,
    request: &Request<'_>,
) -> Result<Value, ApiError> {
    let findings = batch(request)?;
    authorize(&findings, &request.caller)?;
    let place = request.place();
    let on = state.hub(&place, options, request.now).on;
    if !on && options.refusal == Refusal::WholeCall {
        return Err(not_subscribed(&request.caller.account));
    }
    let (mut failed, mut seen, mut succeeded) = (Vec::new(), BTreeSet::new(), 0);
    for finding in findings {
        let part = |name| text(&finding, name).unwrap_or_default().to_owned();
        let key = (part("ProductArn"), part("Id"));
        if !seen.insert(key.clone()) {
            succeeded += 1; // Only the first of two with the same id is processed.
            continue;
        }
        let refused = if on { refusal(&finding, &request.caller) } else { no_access(&key.0) };
        match refused {
            Some((code, why)) => {
                failed.push(json!({"Id": key.1, "ErrorCode": code, "ErrorMessage": why}));
            }
            None => {
                succeeded += 1;
                import(state, options, request, &place, key, finding);
            }
        }
    }
    Ok(json!({
        "FailedCount": failed.len(),
        "SuccessCount": succeeded,
        "FailedFindings": failed,
    }))
}

fn batch(request: &Request<'_>) -> Result<Vec<Finding>, ApiError> {
    if request.body.len() > MOST_BYTES {
        return Err(ApiError::invalid_input("Request must not be larger than 6 MB"));
    }
    let Some(Value::Array(items)) = request.json()?.remove("Findings") else {
        return Err(ApiError::invalid_input("Invalid parameter 'Findings'. It is a list"));
    };
    if items.is_empty() || items.len() > MOST_FINDINGS {
        let message = format!(
            "Invalid parameter 'Findings'. data/Findings should NOT have {} than {} items",
            if items.is_empty() { "fewer" } else { "more" },
            if items.is_empty() { 1 } else { MOST_FINDINGS },
        );
        return Err(ApiError::invalid_input(message));
    }
    let object = |item| match item {
        Value::Object(map) => Ok(map.into_iter().filter(|(_, value)| !value.is_null()).collect()),
        _ => Err(ApiError::invalid_input("Invalid parameter 'Findings'. It holds objects")),
    };
    items.into_iter().map(object).collect()
}

/// The whole call fails if one finding belongs to another account, Region or product owner.
fn authorize(findings: &[Finding], caller: &Caller) -> Result<(), ApiError> {
    for finding in findings {
        let Some(arn) = text(finding, "ProductArn") else { continue };
        let Some((region, owner)) = product(arn) else {
            return Err(ApiError::invalid_input(format!("productArn: \"{arn}\"")));
        };
        let account = text(finding, "AwsAccountId").unwrap_or(&caller.account);
        let foreign = !owner.is_empty() && owner != caller.account;
        if foreign || region != caller.region || account != caller.account {
            let message = format!(
                "User: arn:aws:iam::{}:root is not authorized to perform: \
                 securityhub:BatchImportFindings on resource: {arn}",
                caller.account
            );
            return Err(ApiError::new(403, "AccessDeniedException", message));
        }
    }
    Ok(())
}

/// Region and account of `arn:aws:securityhub:region:account:product/company/product`; the account
/// is empty for a partner's product.
fn product(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.splitn(6, ':');
    let mut part = || parts.next();
    let (scheme, _partition, service) = (part()?, part()?, part()?);
    let (region, account, rest) = (part()?, part()?, part()?);
    let named = rest.starts_with("product/") && rest.matches('/').count() == 2;
    (scheme == "arn" && service == "securityhub" && !region.is_empty() && named)
        .then_some((region, account))
}

/// Why a finding fails by itself: code and message.
fn refusal(finding: &Finding, caller: &Caller) -> Option<(&'static str, String)> {
    let arn = text(finding, "ProductArn").unwrap_or_default();
    if !arn.is_empty() && !arn.ends_with(&format!(":product/{}/default", caller.account)) {
        return no_access(arn);
    }
    let size = serde_json::to_vec(finding).map_or(0, |bytes| bytes.len());
    if size > MOST_FINDING_BYTES {
        return Some(("InvalidInput", "Finding size must not exceed 240 KB.".into()));
    }
    let mut problems = Vec::new();
    asff::check("AwsSecurityFinding", &Value::Object(finding.clone()), "data", &mut problems);
    if text(finding, "SchemaVersion").is_some_and(|version| version != "2018-10-08") {
        problems.push("data.SchemaVersion should be equal to constant".into());
    }
    let provided = finding.get("FindingProviderFields").and_then(Value::as_object);
    for name in ["Severity", "Types"] {
        if !finding.contains_key(name) && !provided.is_some_and(|fields| fields.contains_key(name))
        {
            problems.push(format!(
                "data should have required property 'FindingProviderFields.{name}', \
                 data should match some schema in anyOf"
            ));
        }
    }
    for key in fields(finding).into_iter().flat_map(Map::keys) {
        if key.starts_with("aws/") {
            problems.push(format!("data.ProductFields['{key}'] has the reserved prefix aws/"));
        }
    }
    let why = format!("Finding does not adhere to Amazon Finding Format. {}.", problems.join(", "));
    (!problems.is_empty()).then_some(("InvalidInput", why))
}

fn no_access(product: &str) -> Option<(&'static str, String)> {
    Some(("InvalidAccess", format!("Importing findings for the product {product} is not enabled.")))
}

fn fields(finding: &Finding) -> Option<&Map<String, Value>> {
    finding.get("ProductFields").and_then(Value::as_object)
}

/// Stores one good finding, unless a version of the same age or newer is there already.
fn import(
    state: &mut State,
    options: &Options,
    request: &Request<'_>,
    place: &Place,
    key: (String, String),
    mut finding: Finding,
) {
    let old = state.hub(place, options, request.now).findings.get(&key).cloned();
    let age = |finding: &Finding| text(finding, "UpdatedAt").and_then(time::millis);
    if old.as_ref().is_some_and(|old| age(&finding) <= age(&old.finding)) {
        return;
    }
    service_fields(&mut finding, &place.1, time::written(request.now));
    provider_fields(&mut finding, old.as_ref());
    match &old {
        Some(old) => keep_investigation(&mut finding, &old.finding),
        None => {
            finding.entry("Workflow").or_insert_with(|| json!({"Status": "NEW"}));
            finding.entry("WorkflowState").or_insert_with(|| json!("NEW"));
        }
    }
    state.emit(options, place, &finding, request.now);
    let (number, by_customer) = match old {
        Some(old) => (old.number, old.by_customer),
        None => (state.number(), BTreeSet::new()),
    };
    let expires = expiry(&finding);
    let stored = Stored { finding, number, expires, by_customer };
    state.hub(place, options, request.now).findings.insert(key, stored);
}

/// What Security Hub writes itself.
fn service_fields(finding: &mut Finding, region: &str, now: String) {
    finding.insert("ProcessedAt".into(), json!(now));
    finding.insert("Region".into(), json!(region));
    finding.entry("RecordState").or_insert_with(|| json!("ACTIVE"));
    finding.entry("ProductName").or_insert_with(|| json!("Default"));
    finding.entry("CompanyName").or_insert_with(|| json!("Personal"));
    let part = |name| text(finding, name).unwrap_or_default();
    let id = format!("{}/{}", part("ProductArn"), part("Id"));
    if let Value::Object(fields) = finding.entry("ProductFields").or_insert_with(|| json!({})) {
        fields.insert("aws/securityhub/FindingId".into(), json!(id));
        fields.insert("aws/securityhub/ProductName".into(), json!("Default"));
        fields.insert("aws/securityhub/CompanyName".into(), json!("Personal"));
    }
}

/// Spreads what the provider says over `FindingProviderFields` and the top level. The former wins
/// for a new finding; what a customer has set at the top level stays for good.
fn provider_fields(finding: &mut Finding, old: Option<&Stored>) {
    let mut provided = match finding.remove("FindingProviderFields") {
        Some(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    for name in PROVIDED {
        let top = finding.remove(name);
        let below = provided.get(name).cloned();
        if let Some(value) = below.clone().or_else(|| top.clone()) {
            provided.insert(name.into(), value);
        }
        let shown = match old {
            Some(old) if old.by_customer.contains(name) => old.finding.get(name).cloned(),
            Some(_) => top.or(below),
            None => below.or(top),
        };
        if let Some(value) = shown {
            finding.insert(name.into(), value);
        }
    }
    finding.insert("FindingProviderFields".into(), Value::Object(provided));
    if let Some(Value::Object(value)) = finding.get_mut("Severity") {
        severity::complete(value);
    }
}

/// Keeps what customers said, and reopens the workflow of a finding that came back.
fn keep_investigation(finding: &mut Finding, old: &Finding) {
    for name in PROTECTED {
        finding.remove(name);
        if let Some(value) = old.get(name) {
            finding.insert(name.into(), value.clone());
        }
    }
    let compliance = |finding: &Finding| -> Option<String> {
        Some(finding.get("Compliance")?.get("Status")?.as_str()?.to_owned())
    };
    let unarchived = text(old, "RecordState") == Some("ARCHIVED")
        && text(finding, "RecordState") == Some("ACTIVE");
    let broken = compliance(old).as_deref() == Some("PASSED")
        && compliance(finding).is_some_and(|status| status != "PASSED");
    if let Some(Value::Object(workflow)) = finding.get_mut("Workflow")
        && matches!(workflow.get("Status").and_then(Value::as_str), Some("RESOLVED" | "NOTIFIED"))
        && (unarchived || broken)
    {
        workflow.insert("Status".into(), json!("NEW"));
    }
}
