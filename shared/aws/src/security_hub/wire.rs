use std::collections::BTreeMap;

use jiff::Timestamp;
use model::Severity;
use scan::{AUTHOR, Finding, Place, Status, Workflow};
use serde_json::{Value, json};

use super::{
    resource::resource,
    text::{line, visible},
    types::types,
};

/// What our keys of `ProductFields` begin with; AWS asks for `company/product/name`.
pub(super) const PREFIX: &str = "lambda-warden/";

/// Keys of `ProductFields` that repeat what the finding says elsewhere, for filters and rules.
pub(super) const DERIVED: [&str; 2] = ["rule", "digest"];

/// `ReasonCode` of a check that could not see.
const UNREADABLE: &str = "FACT_UNREADABLE";

const SCHEMA: &str = "2018-10-08";
const TITLE: usize = 256;
const DESCRIPTION: usize = 1024;
const REMEDY: usize = 512;
const NOTE: usize = 512;
const REQUIREMENTS: usize = 32;
const FIELDS: usize = 50;
const FIELD_KEY: usize = 128;
const FIELD_VALUE: usize = 2048;

/// `finding` as `BatchImportFindings` takes it.
///
/// Texts too long are cut; blank requirements, fields and tags, which the format has no room for,
/// are left out. Severity and types go into `FindingProviderFields`, for elsewhere an import could
/// not change them again.
///
/// Source: <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFinding.html>
pub(super) fn wire(finding: &Finding) -> Value {
    let title = line(&finding.title, TITLE).unwrap_or_else(|| finding.rule.clone());
    let description = line(&finding.description, DESCRIPTION).unwrap_or_else(|| title.clone());
    let initial = finding.initial.as_ref();
    let mut wire = json!({
        "SchemaVersion": SCHEMA,
        "Id": finding.id(),
        "ProductArn": product_arn(&Place::of(&finding.function)),
        "ProductName": AUTHOR,
        "CompanyName": AUTHOR,
        "GeneratorId": format!("{PREFIX}{}", finding.rule),
        "AwsAccountId": finding.function.account(),
        "CreatedAt": moment(finding.created_at),
        "UpdatedAt": moment(finding.updated_at),
        "FirstObservedAt": moment(finding.first_observed_at),
        "LastObservedAt": moment(finding.last_observed_at),
        "Title": title,
        "Description": description,
        "Compliance": compliance(finding, &description),
        "FindingProviderFields": provider_fields(finding),
        "Remediation": { "Recommendation": {
            "Text": line(&finding.remedy, REMEDY),
            "Url": finding.source.as_deref().and_then(visible),
        }},
        "ProductFields": product_fields(finding),
        "Resources": [resource(finding)],
        "RecordState": if finding.archived { "ARCHIVED" } else { "ACTIVE" },
        "Workflow": { "Status": initial.map(|(status, _)| workflow_status(*status)) },
        "Note": initial.and_then(|(_, text)| note(text, finding.updated_at)),
    });
    drop_empty(&mut wire);
    wire
}

/// The default product of `place`: the only one an account may import into unasked.
///
/// Source: <https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-custom-providers.html>
pub(super) fn product_arn(place: &Place) -> String {
    let Place { partition, account, region } = place;
    format!("arn:{partition}:securityhub:{region}:{account}:product/{account}/default")
}

/// A note's text as Security Hub takes it.
pub(super) fn note_text(text: &str) -> Option<String> {
    line(text, NOTE)
}

/// `Workflow.Status`
pub(super) fn workflow_status(workflow: Workflow) -> &'static str {
    match workflow {
        Workflow::New => "NEW",
        Workflow::Notified => "NOTIFIED",
        Workflow::Suppressed => "SUPPRESSED",
        Workflow::Resolved => "RESOLVED",
    }
}

/// `2026-11-23T01:02:03.004Z`: Security Hub keeps milliseconds.
pub(super) fn moment(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// Takes away what is null or empty, from the inside out: the format wants no such members.
pub(super) fn drop_empty(value: &mut Value) {
    match value {
        Value::Object(members) => members.retain(|_, member| {
            drop_empty(member);
            !is_empty(member)
        }),
        Value::Array(items) => items.retain_mut(|item| {
            drop_empty(item);
            !is_empty(item)
        }),
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(members) => members.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

fn compliance(finding: &Finding, description: &str) -> Value {
    let requirements = finding.requirements.iter().filter_map(|text| visible(text));
    let reason = (finding.status == Status::NotAvailable)
        .then(|| json!({ "ReasonCode": UNREADABLE, "Description": description }));
    json!({
        "Status": match finding.status {
            Status::Failed => "FAILED",
            Status::Passed => "PASSED",
            Status::NotAvailable => "NOT_AVAILABLE",
        },
        "StatusReasons": [reason],
        "RelatedRequirements": requirements.take(REQUIREMENTS).collect::<Vec<_>>(),
    })
}

/// The defect's severity stays in `Original` when the finding has passed.
fn provider_fields(finding: &Finding) -> Value {
    let label = match finding.status {
        Status::Passed => Severity::Informational,
        Status::Failed | Status::NotAvailable => finding.severity,
    };
    json!({
        "Severity": { "Label": label.label(), "Original": finding.severity.label() },
        "Types": types(&finding.rule),
    })
}

fn product_fields(finding: &Finding) -> BTreeMap<String, String> {
    let ours = [finding.rule.clone(), finding.digest()];
    let derived = DERIVED.into_iter().map(|key| format!("{PREFIX}{key}")).zip(ours);
    let others =
        finding.fields.iter().filter(|(key, _)| !DERIVED.contains(&key.as_str())).filter_map(
            |(key, value)| {
                let key = line(&format!("{PREFIX}{key}"), FIELD_KEY)?;
                Some((key, line(value, FIELD_VALUE)?))
            },
        );
    derived.chain(others).take(FIELDS).collect()
}

fn note(text: &str, at: Timestamp) -> Option<Value> {
    let text = note_text(text)?;
    Some(json!({ "Text": text, "UpdatedBy": AUTHOR, "UpdatedAt": moment(at) }))
}
