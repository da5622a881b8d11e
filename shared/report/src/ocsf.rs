use jiff::Timestamp;
use model::Severity;
use serde_json::{Value, json};

use crate::{
    Finding, PRODUCT, Posture, Rule, Status, json::written, printable::brief, sarif::link,
};

/// A list of OCSF 1.3.0 Compliance Findings. OCSF has no word for what was not read: gaps are not
/// in it.
///
/// Source: <https://schema.ocsf.io/1.3.0/classes/compliance_finding>
pub fn ocsf(posture: &Posture) -> String {
    let event = |one: &Finding| event(one, &posture.rule(&one.rule), posture.at);
    let events: Vec<Value> = posture.findings.iter().map(event).collect();
    written(&json!(events))
}

fn event(one: &Finding, rule: &Rule, at: Timestamp) -> Value {
    let function = &one.function;
    let (status_id, status) = match one.exemption {
        Some(_) => (3, "Suppressed"),
        None => (1, "New"),
    };
    let (verdict_id, verdict) = match one.status {
        Status::Failed => (3, "Fail"),
        Status::Unknown => (0, "Unknown"),
    };
    let owner = one.owner.as_deref().map(|owner| format!("owner={}", brief(owner)));
    json!({
        "activity_id": 1,
        "activity_name": "Create",
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": 2003,
        "class_name": "Compliance Finding",
        "type_uid": 200_301,
        "type_name": "Compliance Finding: Create",
        "time": at.as_millisecond(),
        "severity_id": severity(one.severity),
        "severity": word(one.severity),
        "status_id": status_id,
        "status": status,
        "message": brief(&one.evidence),
        "metadata": {
            "version": "1.3.0",
            "product": {"name": PRODUCT, "vendor_name": PRODUCT},
            "profiles": ["cloud"],
        },
        "finding_info": {
            "uid": brief(&one.id()),
            "title": brief(&rule.title),
            "desc": brief(&rule.why),
            "first_seen_time": one.first_seen.unwrap_or(at).as_millisecond(),
        },
        "compliance": {
            "control": brief(&one.rule),
            "requirements": rule.requirements.iter().map(|one| brief(one)).collect::<Vec<_>>(),
            "standards": standards(rule),
            "status_id": verdict_id,
            "status": verdict,
        },
        "cloud": {
            "provider": "AWS",
            "region": function.region(),
            "account": {"uid": function.account(), "type_id": 10, "type": "AWS Account"},
        },
        "resources": [{
            "uid": function.to_string(),
            "name": function.name(),
            "type": "AwsLambdaFunction",
            "region": function.region(),
            "cloud_partition": function.partition(),
            // An owner in OCSF is a user of an account; a tag names a team as well.
            "labels": owner.into_iter().collect::<Vec<_>>(),
        }],
        "remediation": {
            "desc": brief(&rule.fix),
            "references": link(rule.source.as_deref()).into_iter().collect::<Vec<_>>(),
        },
    })
}

/// The frameworks among the requirements: `NIST.800-53.r5` of `NIST.800-53.r5 AC-6`, and
/// `PCI DSS v4.0.1` of `PCI DSS v4.0.1/7.2.1`.
fn standards(rule: &Rule) -> Vec<String> {
    let framework = |one: &String| Some(brief(one.rsplit_once(['/', ' '])?.0));
    let mut all: Vec<String> = rule.requirements.iter().filter_map(framework).collect();
    all.dedup();
    all
}

fn severity(severity: Severity) -> u8 {
    match severity {
        Severity::Informational => 1,
        Severity::Low => 2,
        Severity::Medium => 3,
        Severity::High => 4,
        Severity::Critical => 5,
    }
}

pub(crate) fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Informational => "Informational",
        Severity::Low => "Low",
        Severity::Medium => "Medium",
        Severity::High => "High",
        Severity::Critical => "Critical",
    }
}
