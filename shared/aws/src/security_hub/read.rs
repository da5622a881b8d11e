use std::collections::BTreeMap;

use aws_sdk_securityhub::types::{
    AwsSecurityFinding, ComplianceStatus, RecordState, Resource, SeverityLabel, WorkflowStatus,
};
use jiff::Timestamp;
use model::{FunctionArn, Severity};
use scan::{Finding, Note, Observed, Place, Status, Workflow, finding_id};

use super::wire::{DERIVED, PREFIX};

/// A finding of our product that we cannot have written, and what is amiss.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("finding `{id}` is not ours: {why}")]
pub(super) struct Foreign {
    pub(super) id: String,
    why: &'static str,
}

/// What [`wire`](super::wire::wire) wrote, read back from `place`.
///
/// A time that is missing is taken from its nearest kin, so that no defect looks older or younger
/// than the store can say.
pub(super) fn observed(place: &Place, found: &AwsSecurityFinding) -> Result<Observed, Foreign> {
    let foreign = |why| Foreign { id: found.id().unwrap_or("without id").to_owned(), why };
    let (function, rule) = subject(place, found)
        .ok_or_else(|| foreign("its id names no function and rule of this place"))?;
    let severity = severity(found).ok_or_else(|| foreign("it has no severity we know"))?;
    let title = found.title().ok_or_else(|| foreign("it has no title"))?;
    let description = found.description().ok_or_else(|| foreign("it has no description"))?;
    let updated_at = time(found.updated_at())
        .or_else(|| time(found.processed_at()))
        .ok_or_else(|| foreign("it has no time of update"))?;
    let created_at =
        time(found.created_at()).or_else(|| time(found.first_observed_at())).unwrap_or(updated_at);
    let recommendation = found.remediation().and_then(|remediation| remediation.recommendation());
    let compliance = found.compliance();
    let finding = Finding {
        function,
        rule,
        title: title.to_owned(),
        description: description.to_owned(),
        severity,
        status: status(compliance.and_then(|compliance| compliance.status())),
        archived: found.record_state() == Some(&RecordState::Archived),
        remedy: recommendation.and_then(|given| given.text()).unwrap_or_default().to_owned(),
        source: recommendation.and_then(|given| given.url()).map(str::to_owned),
        requirements: compliance
            .map(|given| given.related_requirements().to_vec())
            .unwrap_or_default(),
        created_at,
        updated_at,
        first_observed_at: time(found.first_observed_at()).unwrap_or(created_at),
        last_observed_at: time(found.last_observed_at()).unwrap_or(updated_at),
        initial: None,
        fields: fields(found),
        tags: found
            .resources()
            .first()
            .and_then(Resource::tags)
            .into_iter()
            .flatten()
            .map(pair)
            .collect(),
        resource: None,
    };
    Ok(Observed { finding, workflow: workflow(found), note: note(found) })
}

fn subject(place: &Place, found: &AwsSecurityFinding) -> Option<(FunctionArn, String)> {
    let id = found.id()?;
    let (arn, rule) = id.split_once('/')?;
    let function: FunctionArn = arn.parse().ok()?;
    let same = finding_id(&function, rule) == id && Place::of(&function) == *place;
    (same && !rule.is_empty()).then(|| (function, rule.to_owned()))
}

/// The defect's own severity: a finding that passed carries it in `Original` alone.
fn severity(found: &AwsSecurityFinding) -> Option<Severity> {
    let given = found.finding_provider_fields().and_then(|fields| fields.severity());
    let label = given
        .and_then(|severity| severity.label())
        .or_else(|| found.severity().and_then(|severity| severity.label()));
    let known = |text: &str| {
        [
            Severity::Informational,
            Severity::Low,
            Severity::Medium,
            Severity::High,
            Severity::Critical,
        ]
        .into_iter()
        .find(|severity| severity.label() == text)
    };
    given
        .and_then(|severity| severity.original())
        .and_then(known)
        .or_else(|| label.map(SeverityLabel::as_str).and_then(known))
}

/// What is neither passed nor failed was not seen.
fn status(status: Option<&ComplianceStatus>) -> Status {
    match status {
        Some(ComplianceStatus::Failed) => Status::Failed,
        Some(ComplianceStatus::Passed) => Status::Passed,
        _ => Status::NotAvailable,
    }
}

fn workflow(found: &AwsSecurityFinding) -> Workflow {
    match found.workflow().and_then(|workflow| workflow.status()) {
        Some(WorkflowStatus::Notified) => Workflow::Notified,
        Some(WorkflowStatus::Suppressed) => Workflow::Suppressed,
        Some(WorkflowStatus::Resolved) => Workflow::Resolved,
        _ => Workflow::New,
    }
}

fn note(found: &AwsSecurityFinding) -> Option<Note> {
    let note = found.note()?;
    Some(Note {
        text: note.text()?.to_owned(),
        by: note.updated_by().unwrap_or_default().to_owned(),
    })
}

fn fields(found: &AwsSecurityFinding) -> BTreeMap<String, String> {
    let all = found.product_fields().into_iter().flatten();
    all.filter_map(|(key, value)| Some((key.strip_prefix(PREFIX)?, value)))
        .filter(|(key, _)| !DERIVED.contains(key))
        .map(|(key, value)| (key.to_owned(), value.clone()))
        .collect()
}

fn pair((key, value): (&String, &String)) -> (String, String) {
    (key.clone(), value.clone())
}

fn time(text: Option<&str>) -> Option<Timestamp> {
    text?.parse().ok()
}
