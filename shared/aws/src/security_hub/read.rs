use std::collections::BTreeMap;

use jiff::Timestamp;
use model::Severity;
use scan::{About, Finding, Note, Observed, Place, Status, Workflow};
use serde::Deserialize;
use serde_json::Value;

use super::wire::{DERIVED, PREFIX};

/// A finding of our product that we cannot have written, and what is amiss.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("finding `{id}` is not ours: {why}")]
pub(super) struct Foreign {
    pub(super) id: String,
    why: String,
}

/// What [`wire`](super::wire::wire) wrote, read back from `place`.
///
/// A time that is missing is taken from its nearest kin, so that no defect looks older or younger
/// than the store can say.
pub(super) fn observed(place: &Place, found: Value) -> Result<Observed, Foreign> {
    let id = found.get("Id").and_then(Value::as_str).unwrap_or("without id").to_owned();
    let foreign = |why: &str| Foreign { id: id.clone(), why: why.to_owned() };
    let found: Wire = serde_json::from_value(found).map_err(|error| foreign(&error.to_string()))?;
    let (about, rule) = About::of_finding(&id, place)
        .ok_or_else(|| foreign("its id names no function and rule of this place"))?;
    let severity = severity(&found).ok_or_else(|| foreign("it has no severity we know"))?;
    let updated_at = time(&found.updated_at)
        .or_else(|| time(&found.processed_at))
        .ok_or_else(|| foreign("it has no time of update"))?;
    let first_observed_at = time(&found.first_observed_at);
    let created_at = time(&found.created_at).or(first_observed_at).unwrap_or(updated_at);
    let recommendation = found.remediation.recommendation;
    let finding = Finding {
        about,
        rule,
        title: found.title.ok_or_else(|| foreign("it has no title"))?,
        description: found.description.ok_or_else(|| foreign("it has no description"))?,
        severity,
        status: status(found.compliance.status.as_deref()),
        archived: found.record_state.as_deref() == Some("ARCHIVED"),
        remedy: recommendation.text.unwrap_or_default(),
        source: recommendation.url,
        requirements: found.compliance.related_requirements,
        created_at,
        updated_at,
        first_observed_at: first_observed_at.unwrap_or(created_at),
        last_observed_at: time(&found.last_observed_at).unwrap_or(updated_at),
        initial: None,
        fields: fields(found.product_fields),
        tags: found.resources.into_iter().next().unwrap_or_default().tags,
        resource: None,
    };
    let note = found.note.map(|note| Note { text: note.text, by: note.updated_by });
    Ok(Observed { finding, workflow: workflow(found.workflow.status.as_deref()), note })
}

/// The members of a finding that we read; the others, details of the resource among them, are
/// skipped.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Wire {
    title: Option<String>,
    description: Option<String>,
    created_at: Option<String>,
    updated_at: Option<String>,
    processed_at: Option<String>,
    first_observed_at: Option<String>,
    last_observed_at: Option<String>,
    severity: WireSeverity,
    finding_provider_fields: ProviderFields,
    compliance: Compliance,
    remediation: Remediation,
    product_fields: BTreeMap<String, String>,
    resources: Vec<Resource>,
    record_state: Option<String>,
    workflow: WireWorkflow,
    note: Option<WireNote>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct WireSeverity {
    label: Option<String>,
    original: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ProviderFields {
    severity: WireSeverity,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Compliance {
    status: Option<String>,
    related_requirements: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Remediation {
    recommendation: Recommendation,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Recommendation {
    text: Option<String>,
    url: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Resource {
    tags: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct WireWorkflow {
    status: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct WireNote {
    text: String,
    updated_by: String,
}

/// The defect's own severity: a finding that passed carries it in `Original` alone.
fn severity(found: &Wire) -> Option<Severity> {
    let provided = &found.finding_provider_fields.severity;
    [&provided.original, &provided.label, &found.severity.label]
        .into_iter()
        .find_map(|label| known(label.as_deref()?))
}

fn known(label: &str) -> Option<Severity> {
    use Severity::{Critical, High, Informational, Low, Medium};
    [Informational, Low, Medium, High, Critical]
        .into_iter()
        .find(|severity| severity.label() == label)
}

/// What is neither passed nor failed was not seen.
fn status(status: Option<&str>) -> Status {
    match status {
        Some("FAILED") => Status::Failed,
        Some("PASSED") => Status::Passed,
        _ => Status::NotAvailable,
    }
}

fn workflow(status: Option<&str>) -> Workflow {
    match status {
        Some("NOTIFIED") => Workflow::Notified,
        Some("SUPPRESSED") => Workflow::Suppressed,
        Some("RESOLVED") => Workflow::Resolved,
        _ => Workflow::New,
    }
}

fn fields(all: BTreeMap<String, String>) -> BTreeMap<String, String> {
    all.into_iter()
        .filter_map(|(key, value)| Some((key.strip_prefix(PREFIX)?.to_owned(), value)))
        .filter(|(key, _)| !DERIVED.contains(&key.as_str()))
        .collect()
}

fn time(text: &Option<String>) -> Option<Timestamp> {
    text.as_deref()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "arn:aws:lambda:eu-west-1:111122223333:function:pay/runtime-deprecated";

    /// Reads the least that can be read, after `changes`; null takes a member away.
    fn read(changes: Value) -> Result<Observed, String> {
        let place = Place {
            partition: "aws".to_owned(),
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
        };
        let mut finding = json!({
            "Id": ID,
            "Title": "The runtime no longer gets security patches",
            "Description": "Runtime: `python3.8`",
            "UpdatedAt": "2026-11-04T00:00:00Z",
            "Severity": { "Label": "HIGH" },
        });
        let members = finding.as_object_mut().unwrap();
        members.extend(changes.as_object().unwrap().clone());
        members.retain(|_, member| !member.is_null());
        observed(&place, finding).map_err(|foreign| foreign.to_string())
    }

    #[test]
    fn what_we_cannot_have_written_is_foreign() {
        let subject = "names no function and rule";
        for (changes, why) in [
            (json!({ "Id": null }), subject),
            (json!({ "Id": "runtime-deprecated" }), subject),
            (json!({ "Id": ID.replace("function", "layer") }), subject),
            (json!({ "Id": ID.replace(":pay", ":pay:7") }), subject),
            (json!({ "Id": ID.replace("111122223333", "444455556666") }), subject),
            (json!({ "Id": ID.replace("eu-west-1", "us-east-1") }), subject),
            (json!({ "Id": ID.replace("runtime-deprecated", "") }), subject),
            (json!({ "Title": null }), "no title"),
            (json!({ "Title": 7 }), "invalid type"),
            (json!({ "Description": null }), "no description"),
            (json!({ "Severity": null }), "no severity"),
            (json!({ "Severity": { "Label": "DREADFUL" } }), "no severity"),
            (json!({ "UpdatedAt": "yesterday" }), "no time of update"),
        ] {
            let refused = read(changes.clone()).expect_err(why);
            assert!(refused.contains(why), "{refused}, of {changes}");
        }
    }

    #[test]
    fn missing_times_are_taken_from_their_kin() {
        let day = |day: &str| format!("2026-11-{day}T00:00:00Z");
        let [first, created, last, updated] = ["01", "02", "03", "04"].map(day);
        let all = json!({ "FirstObservedAt": first, "CreatedAt": created, "LastObservedAt": last });
        for (changes, expected) in [
            (all, [&first, &created, &updated, &last]),
            (json!({ "CreatedAt": created }), [&created, &created, &updated, &updated]),
            (json!({ "FirstObservedAt": first }), [&first, &first, &updated, &updated]),
            (json!({}), [&updated, &updated, &updated, &updated]),
            (json!({ "CreatedAt": "long ago" }), [&updated, &updated, &updated, &updated]),
            (json!({ "UpdatedAt": null, "ProcessedAt": last }), [&last, &last, &last, &last]),
        ] {
            let read = read(changes.clone()).unwrap().finding;
            let times =
                [read.first_observed_at, read.created_at, read.updated_at, read.last_observed_at];
            assert_eq!(
                times.map(|time| time.to_string()),
                expected.map(String::clone),
                "{changes}"
            );
        }
    }

    #[test]
    fn what_was_not_seen_is_no_pass() {
        for (status, expected) in [
            (json!("FAILED"), Status::Failed),
            (json!("PASSED"), Status::Passed),
            (json!("NOT_AVAILABLE"), Status::NotAvailable),
            (json!("WARNING"), Status::NotAvailable),
            (json!("EXCELLENT"), Status::NotAvailable),
            (Value::Null, Status::NotAvailable),
        ] {
            let read = read(json!({ "Compliance": { "Status": status } })).unwrap();
            assert_eq!(read.finding.status, expected, "{status}");
        }
        assert_eq!(read(json!({})).unwrap().finding.status, Status::NotAvailable);
    }

    #[test]
    fn every_workflow_status_is_read() {
        for (status, expected) in [
            ("NEW", Workflow::New),
            ("NOTIFIED", Workflow::Notified),
            ("SUPPRESSED", Workflow::Suppressed),
            ("RESOLVED", Workflow::Resolved),
        ] {
            let read = read(json!({ "Workflow": { "Status": status } })).unwrap();
            assert_eq!(read.workflow, expected);
        }
    }
}
