use std::collections::BTreeMap;

use model::Severity;
use serde_json::{Value, json};

use crate::{Finding, PRODUCT, Posture, Status, json::written, printable::brief};

/// SARIF 2.1.0: a result a finding, exempt ones suppressed, and a notification a gap.
///
/// Source: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>
pub fn sarif(posture: &Posture) -> String {
    let mut ids: Vec<&str> = posture.findings.iter().map(|one| one.rule.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let places: BTreeMap<&str, usize> =
        ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
    let rules: Vec<Value> = ids.iter().map(|id| rule(posture, id)).collect();
    let results: Vec<Value> = posture
        .findings
        .iter()
        .map(|one| result(one, places.get(one.rule.as_str()).copied().unwrap_or_default()))
        .collect();
    let notifications: Vec<Value> = posture
        .gaps
        .iter()
        .map(|gap| {
            let text = brief(&format!("{}: {}", gap.of, gap.why));
            json!({"level": "error", "message": {"text": text}})
        })
        .collect();
    written(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": PRODUCT, "rules": rules}},
            "invocations": [{
                "executionSuccessful": posture.gaps.is_empty(),
                "endTimeUtc": posture.at.strftime("%FT%TZ").to_string(),
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }],
    }))
}

fn rule(posture: &Posture, id: &str) -> Value {
    let rule = posture.rule(id);
    let mut value = json!({
        "id": brief(id),
        "shortDescription": {"text": brief(&rule.title)},
        "fullDescription": {"text": brief(&rule.why)},
        "help": {"text": brief(&rule.fix)},
    });
    // Nothing but a plain address may be a link.
    if let (Some(source), Some(rule)) = (link(rule.source.as_deref()), value.as_object_mut()) {
        rule.insert("helpUri".to_owned(), source.into());
    }
    value
}

/// `address`, if it is one that may be followed.
pub(crate) fn link(address: Option<&str>) -> Option<&str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#&=%+,;".contains(c);
    address.filter(|text| {
        text.starts_with("https://") && text.len() < 2_000 && text.chars().all(plain)
    })
}

fn result(one: &Finding, index: usize) -> Value {
    let mut value = json!({
        "ruleId": brief(&one.rule),
        "ruleIndex": index,
        // What could not be told is for a person to look at.
        "kind": if one.status == Status::Unknown { "review" } else { "fail" },
        "level": match one.status {
            Status::Unknown => "none",
            Status::Failed => level(one.severity),
        },
        "message": {"text": format!("{}: {}", one.function.name(), brief(&one.evidence))},
        "locations": [{
            // Code scanning shows no result without a file; a function has none.
            "physicalLocation": {"artifactLocation": {"uri": file(one)}},
            "logicalLocations": [{
                "name": one.function.name(),
                "fullyQualifiedName": one.function.to_string(),
                "kind": "resource",
            }],
        }],
        "partialFingerprints": {"findingId/v1": brief(&one.id())},
        "properties": {
            "severity": one.severity.label().to_lowercase(),
            "account": one.function.account(),
            "region": one.function.region(),
            "owner": one.owner.as_deref().map(brief),
            "firstSeen": one.first_seen,
        },
    });
    if let (Some(exemption), Some(result)) = (&one.exemption, value.as_object_mut()) {
        let by = exemption.by.as_deref().unwrap_or("nobody named");
        let text = brief(&format!("exempt until {} by {by}", exemption.until));
        let suppressions =
            json!([{"kind": "external", "status": "accepted", "justification": text}]);
        result.insert("suppressions".to_owned(), suppressions);
    }
    value
}

/// A path that stands for the function; every part of it is plain by the form of an ARN.
fn file(one: &Finding) -> String {
    format!("{}/{}/{}", one.function.account(), one.function.region(), one.function.name())
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Informational => "note",
    }
}
