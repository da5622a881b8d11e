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

#[cfg(test)]
mod tests {
    use aws_sdk_securityhub::types::{
        Compliance, FindingProviderFields, FindingProviderSeverity, Severity as WireSeverity,
        Workflow as WireWorkflow, builders::AwsSecurityFindingBuilder,
    };

    use super::*;

    const ID: &str = "arn:aws:lambda:eu-west-1:111122223333:function:pay/runtime-deprecated";

    fn place() -> Place {
        Place {
            partition: "aws".to_owned(),
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
        }
    }

    /// The least that can be read.
    fn least() -> AwsSecurityFindingBuilder {
        AwsSecurityFinding::builder()
            .id(ID)
            .title("The runtime no longer gets security patches")
            .description("Runtime: `python3.8`")
            .updated_at("2026-11-04T00:00:00Z")
            .severity(WireSeverity::builder().label(SeverityLabel::High).build())
    }

    fn read(finding: AwsSecurityFindingBuilder) -> Result<Finding, String> {
        let read = observed(&place(), &finding.build());
        read.map(|observed| observed.finding).map_err(|foreign| foreign.to_string())
    }

    #[test]
    fn what_we_cannot_have_written_is_foreign() {
        let fields = |label: &str| {
            let severity = FindingProviderSeverity::builder().original(label).build();
            FindingProviderFields::builder().severity(severity).build()
        };
        for (finding, why) in [
            (least().set_id(None), "names no function and rule"),
            (least().id("runtime-deprecated"), "names no function and rule"),
            (least().id(ID.replace("function", "layer")), "names no function and rule"),
            (least().id(ID.replace(":pay", ":pay:7")), "names no function and rule"),
            (least().id(ID.replace("111122223333", "444455556666")), "names no function and rule"),
            (least().id(ID.replace("eu-west-1", "us-east-1")), "names no function and rule"),
            (least().id(ID.replace("runtime-deprecated", "")), "names no function and rule"),
            (least().set_title(None), "no title"),
            (least().set_description(None), "no description"),
            (least().set_severity(None), "no severity"),
            (least().set_severity(None).finding_provider_fields(fields("dreadful")), "no severity"),
            (least().updated_at("yesterday"), "no time of update"),
        ] {
            let refused = read(finding.clone()).expect_err(why);
            assert!(refused.contains(why), "{refused}, of {finding:?}");
        }
    }

    #[test]
    fn missing_times_are_taken_from_their_kin() {
        let day = |day: &str| format!("2026-11-{day}T00:00:00Z");
        let (first, created, updated, last) = (day("01"), day("02"), day("04"), day("03"));
        for (finding, expected) in [
            (
                least().first_observed_at(&first).created_at(&created).last_observed_at(&last),
                [&first, &created, &updated, &last],
            ),
            (least().created_at(&created), [&created, &created, &updated, &updated]),
            (least().first_observed_at(&first), [&first, &first, &updated, &updated]),
            (least(), [&updated, &updated, &updated, &updated]),
            (least().created_at("long ago"), [&updated, &updated, &updated, &updated]),
            (least().set_updated_at(None).processed_at(&last), [&last, &last, &last, &last]),
        ] {
            let shown = format!("{finding:?}");
            let read = read(finding).unwrap();
            let times =
                [read.first_observed_at, read.created_at, read.updated_at, read.last_observed_at];
            assert_eq!(times.map(|time| time.to_string()), expected.map(String::clone), "{shown}");
        }
    }

    #[test]
    fn what_was_not_seen_is_no_pass() {
        for (status, expected) in [
            (Some("FAILED"), Status::Failed),
            (Some("PASSED"), Status::Passed),
            (Some("NOT_AVAILABLE"), Status::NotAvailable),
            (Some("WARNING"), Status::NotAvailable),
            (Some("EXCELLENT"), Status::NotAvailable),
            (None, Status::NotAvailable),
        ] {
            let status = status.map(ComplianceStatus::from);
            let compliance = Compliance::builder().set_status(status.clone()).build();
            assert_eq!(
                read(least().compliance(compliance)).unwrap().status,
                expected,
                "{status:?}"
            );
        }
        assert_eq!(read(least()).unwrap().status, Status::NotAvailable);
    }

    #[test]
    fn every_workflow_status_is_read() {
        for (status, expected) in [
            ("NEW", Workflow::New),
            ("NOTIFIED", Workflow::Notified),
            ("SUPPRESSED", Workflow::Suppressed),
            ("RESOLVED", Workflow::Resolved),
        ] {
            let workflow = WireWorkflow::builder().status(WorkflowStatus::from(status)).build();
            let read = observed(&place(), &least().workflow(workflow).build()).unwrap();
            assert_eq!(read.workflow, expected);
        }
    }
}
