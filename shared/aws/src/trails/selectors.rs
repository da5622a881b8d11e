//! From a trail's event selectors to what it records without exception.

use std::collections::BTreeSet;

use serde::Deserialize;
use trail::{Management, TrailSettings};

/// Either kind; a trail has one.
///
/// Source: <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventSelectors.html>
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Selectors {
    event_selectors: Option<Vec<Classic>>,
    advanced_event_selectors: Option<Vec<Advanced>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Classic {
    read_write_type: Option<String>,
    include_management_events: bool,
    data_resources: Vec<DataResource>,
    exclude_management_event_sources: BTreeSet<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DataResource {
    r#type: String,
    values: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Advanced {
    field_selectors: Vec<Field>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Field {
    field: String,
    equals: Vec<String>,
    not_equals: BTreeSet<String>,
    starts_with: Vec<String>,
    ends_with: Vec<String>,
    not_starts_with: Vec<String>,
    not_ends_with: Vec<String>,
}

/// Management events recorded, sources left out of them, and resource types of which every data
/// event is recorded.
type Records = (Management, BTreeSet<String>, BTreeSet<String>);

/// What the selectors record of every resource and caller. A selector that narrows in another way
/// than these proves nothing about what is missing, and counts as none.
pub(super) fn records(selectors: &Selectors) -> Records {
    let classic = selectors.event_selectors.iter().flatten().map(classic);
    let advanced = selectors.advanced_event_selectors.iter().flatten().filter_map(advanced);
    let nothing = || (Management::None, BTreeSet::new(), BTreeSet::new());
    classic.chain(advanced).reduce(joined).unwrap_or_else(nothing)
}

/// What two trails record between them.
pub(super) fn both(one: TrailSettings, other: TrailSettings) -> TrailSettings {
    let parts = |all: TrailSettings| (all.management, all.excluded, all.data);
    let multi_region = one.multi_region || other.multi_region;
    let organization = one.organization || other.organization;
    let (management, excluded, data) = joined(parts(one), parts(other));
    TrailSettings { multi_region, organization, management, excluded, data }
}

fn joined(one: Records, other: Records) -> Records {
    let excluded = match (one.0, other.0) {
        (Management::None, _) => other.1,
        (_, Management::None) => one.1,
        (a, b) if a == b => one.1.intersection(&other.1).cloned().collect(),
        // One of them sees reads and the other writes of a source: neither sees it whole.
        _ => one.1.union(&other.1).cloned().collect(),
    };
    let reads = one.0.reads() || other.0.reads();
    let writes = one.0.writes() || other.0.writes();
    (management(reads, writes), excluded, one.2.union(&other.2).cloned().collect())
}

fn management(reads: bool, writes: bool) -> Management {
    match (reads, writes) {
        (true, true) => Management::All,
        (true, false) => Management::ReadOnly,
        (false, true) => Management::WriteOnly,
        (false, false) => Management::None,
    }
}

fn classic(selector: &Classic) -> Records {
    let kind = selector.read_write_type.as_deref().unwrap_or("All");
    let management = match (selector.include_management_events, kind) {
        (false, _) => Management::None,
        (true, "ReadOnly") => Management::ReadOnly,
        (true, "WriteOnly") => Management::WriteOnly,
        (true, _) => Management::All,
    };
    let of_all = selector.data_resources.iter().filter(|one| kind == "All" && is_of_all(one));
    let data = of_all.map(|one| one.r#type.clone()).collect();
    (management, selector.exclude_management_event_sources.clone(), data)
}

/// `arn:aws:s3`, `arn:aws:s3:::`, `arn:aws:lambda`, `arn:aws:dynamodb`: every resource.
fn is_of_all(data: &DataResource) -> bool {
    data.values.iter().any(|value| {
        let mut parts = value.split(':');
        let prefix = [parts.next(), parts.next(), parts.next()];
        prefix.iter().all(Option::is_some) && parts.all(str::is_empty)
    })
}

/// `None`: it narrows in a way that leaves events out one by one.
fn advanced(selector: &Advanced) -> Option<Records> {
    let (mut category, mut types) = (None, BTreeSet::new());
    let (mut management, mut excluded) = (Management::All, BTreeSet::new());
    for field in &selector.field_selectors {
        let others =
            [&field.starts_with, &field.ends_with, &field.not_starts_with, &field.not_ends_with];
        if others.iter().any(|values| !values.is_empty()) {
            return None;
        }
        let only =
            |values: &[String]| (values.len() == 1).then(|| values.first().cloned()).flatten();
        match (field.field.as_str(), field.not_equals.is_empty()) {
            ("eventCategory", true) => category = only(&field.equals),
            ("resources.type", true) => types.extend(field.equals.iter().cloned()),
            ("readOnly", true) => {
                management = match only(&field.equals)?.as_str() {
                    "true" => Management::ReadOnly,
                    _ => Management::WriteOnly,
                }
            }
            ("eventSource", false) if field.equals.is_empty() => {
                excluded.extend(field.not_equals.iter().cloned());
            }
            _ => return None,
        }
    }
    match category.as_deref() {
        Some("Management") => Some((management, excluded, BTreeSet::new())),
        Some("Data") if management == Management::All && excluded.is_empty() => {
            Some((Management::None, BTreeSet::new(), types))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn told(selectors: Value) -> String {
        let (management, excluded, data) = records(&serde_json::from_value(selectors).unwrap());
        let list = |set: BTreeSet<String>| set.into_iter().collect::<Vec<_>>().join(",");
        format!("{management:?} -{} +{}", list(excluded), list(data))
    }

    fn field(name: &str, op: &str, values: &[&str]) -> Value {
        json!({"Field": name, op: values})
    }

    #[test]
    fn selectors_are_read_by_what_they_leave_out() {
        let kms = "kms.amazonaws.com";
        let management = field("eventCategory", "Equals", &["Management"]);
        let data = field("eventCategory", "Equals", &["Data"]);
        let objects = field("resources.type", "Equals", &["AWS::S3::Object"]);
        let advanced = |all: &[&[&Value]]| {
            let all: Vec<_> = all.iter().map(|fields| json!({"FieldSelectors": fields})).collect();
            json!({"AdvancedEventSelectors": all})
        };
        for (selectors, expected) in [
            (json!({}), "None - +"),
            (json!({"EventSelectors": [{"IncludeManagementEvents": true}]}), "All - +"),
            (
                json!({"EventSelectors": [{
                    "ReadWriteType": "WriteOnly", "IncludeManagementEvents": true,
                    "ExcludeManagementEventSources": [kms],
                    "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}],
                }]}),
                "WriteOnly -kms.amazonaws.com +",
            ),
            (
                json!({"EventSelectors": [{
                    "ReadWriteType": "All", "IncludeManagementEvents": false,
                    "DataResources": [
                        {"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::"]},
                        {"Type": "AWS::DynamoDB::Table", "Values": ["arn:aws:dynamodb"]},
                        {"Type": "AWS::Lambda::Function", "Values": ["arn:aws:lambda:eu-west-1:1:function:a"]},
                    ],
                }]}),
                "None - +AWS::DynamoDB::Table,AWS::S3::Object",
            ),
            (advanced(&[&[&management], &[&data, &objects]]), "All - +AWS::S3::Object"),
            (
                advanced(&[&[
                    &management,
                    &field("readOnly", "Equals", &["false"]),
                    &field("eventSource", "NotEquals", &[kms]),
                ]]),
                "WriteOnly -kms.amazonaws.com +",
            ),
            // What narrows otherwise is no proof.
            (advanced(&[&[&data, &objects, &field("readOnly", "Equals", &["true"])]]), "None - +"),
            (
                advanced(&[&[
                    &data,
                    &objects,
                    &field("resources.ARN", "StartsWith", &["arn:aws:s3:::a/"]),
                ]]),
                "None - +",
            ),
            (
                advanced(&[&[&management, &field("eventName", "Equals", &["GetObject"])]]),
                "None - +",
            ),
            (advanced(&[&[&management, &field("eventSource", "Equals", &[kms])]]), "None - +"),
            // Reads of all and writes but those of KMS: of KMS not all is seen.
            (
                advanced(&[
                    &[&management, &field("readOnly", "Equals", &["true"])],
                    &[
                        &management,
                        &field("readOnly", "Equals", &["false"]),
                        &field("eventSource", "NotEquals", &[kms]),
                    ],
                ]),
                "All -kms.amazonaws.com +",
            ),
        ] {
            assert_eq!(told(selectors.clone()), expected, "{selectors:#}");
        }
    }
}
