use std::collections::HashMap;

use aws_sdk_securityhub::types::{
    AwsSecurityFinding, Compliance, ComplianceStatus, FindingProviderFields,
    FindingProviderSeverity, Note, Recommendation, RecordState, Remediation, SeverityLabel,
    StatusReason, Workflow as WireWorkflow, WorkflowStatus,
};
use jiff::Timestamp;
use model::Severity;
use scan::{AUTHOR, Finding, Place, Status, Workflow};

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

/// `finding` as `BatchImportFindings` takes it in `place`.
///
/// Texts too long are cut; blank requirements, fields and tags, which the format has no room for,
/// are left out. Severity and types go into `FindingProviderFields`, for elsewhere an import could
/// not change them again.
///
/// Source: <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFinding.html>
pub(super) fn wire(finding: &Finding, place: &Place) -> AwsSecurityFinding {
    let title = line(&finding.title, TITLE).unwrap_or_else(|| finding.rule.clone());
    let description = line(&finding.description, DESCRIPTION).unwrap_or_else(|| title.clone());
    let record = if finding.archived { RecordState::Archived } else { RecordState::Active };
    let initial = finding.initial.as_ref();
    AwsSecurityFinding::builder()
        .schema_version(SCHEMA)
        .id(finding.id())
        .product_arn(product_arn(place))
        .product_name(AUTHOR)
        .company_name(AUTHOR)
        .generator_id(format!("{PREFIX}{}", finding.rule))
        .aws_account_id(&place.account)
        .created_at(moment(finding.created_at))
        .updated_at(moment(finding.updated_at))
        .first_observed_at(moment(finding.first_observed_at))
        .last_observed_at(moment(finding.last_observed_at))
        .title(title)
        .compliance(compliance(finding, &description))
        .description(description)
        .finding_provider_fields(provider_fields(finding))
        .set_remediation(remediation(finding))
        .set_product_fields(Some(product_fields(finding)))
        .resources(resource(finding))
        .record_state(record)
        .set_workflow(
            initial.map(|(status, _)| {
                WireWorkflow::builder().status(workflow_status(*status)).build()
            }),
        )
        .set_note(initial.and_then(|(_, text)| note(text, finding.updated_at)))
        .build()
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
pub(super) fn workflow_status(workflow: Workflow) -> WorkflowStatus {
    match workflow {
        Workflow::New => WorkflowStatus::New,
        Workflow::Notified => WorkflowStatus::Notified,
        Workflow::Suppressed => WorkflowStatus::Suppressed,
        Workflow::Resolved => WorkflowStatus::Resolved,
    }
}

/// `2026-11-23T01:02:03.004Z`: Security Hub keeps milliseconds.
pub(super) fn moment(time: Timestamp) -> String {
    format!("{time:.3}")
}

fn compliance(finding: &Finding, description: &str) -> Compliance {
    let status = match finding.status {
        Status::Failed => ComplianceStatus::Failed,
        Status::Passed => ComplianceStatus::Passed,
        Status::NotAvailable => ComplianceStatus::NotAvailable,
    };
    let reason = (finding.status == Status::NotAvailable).then(|| {
        vec![StatusReason::builder().reason_code(UNREADABLE).description(description).build()]
    });
    let requirements: Vec<String> =
        finding.requirements.iter().filter_map(|text| visible(text)).take(REQUIREMENTS).collect();
    Compliance::builder()
        .status(status)
        .set_status_reasons(reason)
        .set_related_requirements((!requirements.is_empty()).then_some(requirements))
        .build()
}

/// The defect's severity stays in `Original` when the finding has passed.
fn provider_fields(finding: &Finding) -> FindingProviderFields {
    let label = match finding.status {
        Status::Passed => Severity::Informational,
        Status::Failed | Status::NotAvailable => finding.severity,
    };
    let severity = FindingProviderSeverity::builder()
        .label(SeverityLabel::from(label.label()))
        .original(finding.severity.label())
        .build();
    FindingProviderFields::builder()
        .severity(severity)
        .set_types(Some(types(&finding.rule)))
        .build()
}

fn remediation(finding: &Finding) -> Option<Remediation> {
    let text = line(&finding.remedy, REMEDY);
    let url = finding.source.as_deref().and_then(visible);
    (text.is_some() || url.is_some()).then(|| {
        let recommendation = Recommendation::builder().set_text(text).set_url(url).build();
        Remediation::builder().recommendation(recommendation).build()
    })
}

fn product_fields(finding: &Finding) -> HashMap<String, String> {
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

fn note(text: &str, at: Timestamp) -> Option<Note> {
    let text = note_text(text)?;
    Some(Note::builder().text(text).updated_by(AUTHOR).updated_at(moment(at)).build())
}
