//! The filters of `GetFindings`.
//!
//! Filters of different attributes are joined by AND. Within one attribute, `EQUALS`, `PREFIX` and
//! `CONTAINS` are joined by OR, their negations by AND; ranges of dates and numbers by OR. A filter
//! that this imitation does not evaluate is refused, never ignored.
//!
//! Sources: <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_StringFilter.html>,
//! <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_MapFilter.html>,
//! <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_DateFilter.html>,
//! <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_NumberFilter.html>

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::store::Finding;
use super::time;
use crate::api_error::ApiError;

/// Attributes per call, and values per attribute.
const MOST_ATTRIBUTES: usize = 10;
const MOST_VALUES: usize = 20;

/// How the values of an attribute are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Map,
    Date,
    Number,
    Flag,
}

/// Name of the filter, kind, and where its values stand; `*` is every item of a list.
const ATTRIBUTES: [(&str, Kind, &str); 47] = [
    ("AwsAccountId", Kind::Text, "AwsAccountId"),
    ("AwsAccountName", Kind::Text, "AwsAccountName"),
    ("CompanyName", Kind::Text, "CompanyName"),
    ("ComplianceAssociatedStandardsId", Kind::Text, "Compliance/AssociatedStandards/*/StandardsId"),
    ("ComplianceSecurityControlId", Kind::Text, "Compliance/SecurityControlId"),
    ("ComplianceStatus", Kind::Text, "Compliance/Status"),
    ("Confidence", Kind::Number, "Confidence"),
    ("CreatedAt", Kind::Date, "CreatedAt"),
    ("Criticality", Kind::Number, "Criticality"),
    ("Description", Kind::Text, "Description"),
    ("FindingProviderFieldsConfidence", Kind::Number, "FindingProviderFields/Confidence"),
    ("FindingProviderFieldsCriticality", Kind::Number, "FindingProviderFields/Criticality"),
    ("FindingProviderFieldsSeverityLabel", Kind::Text, "FindingProviderFields/Severity/Label"),
    (
        "FindingProviderFieldsSeverityOriginal",
        Kind::Text,
        "FindingProviderFields/Severity/Original",
    ),
    ("FindingProviderFieldsTypes", Kind::Text, "FindingProviderFields/Types/*"),
    ("FirstObservedAt", Kind::Date, "FirstObservedAt"),
    ("GeneratorId", Kind::Text, "GeneratorId"),
    ("Id", Kind::Text, "Id"),
    ("LastObservedAt", Kind::Date, "LastObservedAt"),
    ("NoteText", Kind::Text, "Note/Text"),
    ("NoteUpdatedAt", Kind::Date, "Note/UpdatedAt"),
    ("NoteUpdatedBy", Kind::Text, "Note/UpdatedBy"),
    ("ProductArn", Kind::Text, "ProductArn"),
    ("ProductFields", Kind::Map, "ProductFields"),
    ("ProductName", Kind::Text, "ProductName"),
    ("RecommendationText", Kind::Text, "Remediation/Recommendation/Text"),
    ("RecordState", Kind::Text, "RecordState"),
    ("Region", Kind::Text, "Region"),
    ("RelatedFindingsId", Kind::Text, "RelatedFindings/*/Id"),
    ("RelatedFindingsProductArn", Kind::Text, "RelatedFindings/*/ProductArn"),
    ("ResourceDetailsOther", Kind::Map, "Resources/*/Details/Other"),
    ("ResourceId", Kind::Text, "Resources/*/Id"),
    ("ResourcePartition", Kind::Text, "Resources/*/Partition"),
    ("ResourceRegion", Kind::Text, "Resources/*/Region"),
    ("ResourceTags", Kind::Map, "Resources/*/Tags"),
    ("ResourceType", Kind::Text, "Resources/*/Type"),
    ("Sample", Kind::Flag, "Sample"),
    ("SeverityLabel", Kind::Text, "Severity/Label"),
    ("SeverityNormalized", Kind::Number, "Severity/Normalized"),
    ("SourceUrl", Kind::Text, "SourceUrl"),
    ("Title", Kind::Text, "Title"),
    ("Type", Kind::Text, "Types/*"),
    ("UpdatedAt", Kind::Date, "UpdatedAt"),
    ("UserDefinedFields", Kind::Map, "UserDefinedFields"),
    ("VerificationState", Kind::Text, "VerificationState"),
    ("WorkflowState", Kind::Text, "WorkflowState"),
    ("WorkflowStatus", Kind::Text, "Workflow/Status"),
];

/// All conditions of a call.
#[derive(Debug)]
pub(super) struct Filters(Vec<Condition>);

#[derive(Debug)]
struct Condition {
    kind: Kind,
    path: &'static str,
    tests: Vec<Test>,
}

/// One filter value, of whichever kind.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Test {
    key: Option<String>,
    value: Option<Value>,
    comparison: Option<String>,
    start: Option<String>,
    end: Option<String>,
    date_range: Option<DateRange>,
    gte: Option<f64>,
    lte: Option<f64>,
    eq: Option<f64>,
    gt: Option<f64>,
    lt: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DateRange {
    value: i64,
    comparison: Option<String>,
    unit: String,
}

impl Filters {
    /// Reads the `Filters` of a request.
    pub(super) fn parse(filters: &Map<String, Value>) -> Result<Self, ApiError> {
        if filters.len() > MOST_ATTRIBUTES {
            return Err(ApiError::invalid_input("Filters names more than 10 attributes"));
        }
        filters
            .iter()
            .map(|(name, tests)| Condition::parse(name, tests))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether `finding` meets them all.
    pub(super) fn hold(&self, finding: &Finding, now: Timestamp) -> bool {
        self.0.iter().all(|condition| condition.holds(finding, now))
    }
}

/// The path of a filterable attribute.
pub(super) fn path_of(attribute: &str) -> Option<&'static str> {
    ATTRIBUTES.iter().find(|(name, ..)| *name == attribute).map(|(.., path)| *path)
}

impl Condition {
    fn parse(name: &str, tests: &Value) -> Result<Self, ApiError> {
        let Some(&(_, kind, path)) = ATTRIBUTES.iter().find(|(known, ..)| *known == name) else {
            return Err(ApiError::invalid_input(format!("Filter {name} is not evaluated here")));
        };
        let tests: Vec<Test> = serde_json::from_value(tests.clone())
            .map_err(|error| ApiError::invalid_input(format!("Filters.{name}: {error}")))?;
        if tests.len() > MOST_VALUES {
            return Err(ApiError::invalid_input(format!("Filters.{name} has more than 20 values")));
        }
        let right = match kind {
            Kind::Text | Kind::Map => comparable(kind, &tests),
            Kind::Date => tests.iter().try_for_each(Test::check_date),
            Kind::Number | Kind::Flag => Ok(()),
        };
        right.map_err(|why| ApiError::invalid_input(format!("Filters.{name}: {why}")))?;
        Ok(Self { kind, path, tests })
    }

    fn holds(&self, finding: &Finding, now: Timestamp) -> bool {
        let values = values(finding, self.path);
        let any = |test: &dyn Fn(&Test, &Value) -> bool| {
            self.tests.is_empty()
                || self.tests.iter().any(|one| values.iter().any(|value| test(one, value)))
        };
        match self.kind {
            Kind::Text => self.compare(&|_| values.iter().filter_map(|v| v.as_str()).collect()),
            Kind::Map => self
                .compare(&|key| values.iter().filter_map(|map| map.get(key?)?.as_str()).collect()),
            Kind::Date => any(&|test, value| {
                value.as_str().and_then(time::millis).is_some_and(|at| test.covers_date(at, now))
            }),
            Kind::Number => any(&|test, value| value.as_f64().is_some_and(|n| test.covers(n))),
            Kind::Flag => any(&|test, value| test.value.as_ref() == Some(value)),
        }
    }

    /// Positive comparisons by OR, then negative ones by AND. An absent value is not equal.
    fn compare<'a>(&'a self, candidates: &dyn Fn(Option<&'a str>) -> Vec<&'a str>) -> bool {
        let hits = |test: &'a Test| {
            candidates(test.key.as_deref()).into_iter().any(|candidate| test.matches(candidate))
        };
        let (negative, positive): (Vec<&Test>, Vec<&Test>) =
            self.tests.iter().partition(|test| test.word().contains("NOT"));
        (positive.is_empty() || positive.into_iter().any(hits)) && !negative.into_iter().any(hits)
    }
}

impl Test {
    fn word(&self) -> &str {
        self.comparison.as_deref().unwrap_or("EQUALS")
    }

    /// The comparison without its negation.
    fn matches(&self, candidate: &str) -> bool {
        let wanted = self.value.as_ref().and_then(Value::as_str).unwrap_or_default();
        match self.word() {
            "PREFIX" | "PREFIX_NOT_EQUALS" => candidate.starts_with(wanted),
            "CONTAINS" | "NOT_CONTAINS" => candidate.contains(wanted),
            _ => candidate == wanted,
        }
    }

    fn covers(&self, number: f64) -> bool {
        self.gte.is_none_or(|limit| number >= limit)
            && self.lte.is_none_or(|limit| number <= limit)
            && self.gt.is_none_or(|limit| number > limit)
            && self.lt.is_none_or(|limit| number < limit)
            && self.eq.is_none_or(|wanted| number == wanted)
    }

    fn check_date(&self) -> Result<(), String> {
        for text in [&self.start, &self.end].into_iter().flatten() {
            if time::millis(text).is_none() {
                return Err(format!("{text} is no timestamp"));
            }
        }
        match &self.date_range {
            Some(range) if range.unit != "DAYS" => Err("Unit is DAYS".into()),
            Some(DateRange { comparison: Some(word), .. })
                if word != "WITHIN" && word != "OLDER_THAN" =>
            {
                Err("Comparison is WITHIN or OLDER_THAN".into())
            }
            None if self.start.is_none() && self.end.is_none() => {
                Err("Start, End or DateRange is needed".into())
            }
            _ => Ok(()),
        }
    }

    fn covers_date(&self, at: i64, now: Timestamp) -> bool {
        let limit = |text: &Option<String>| text.as_deref().and_then(time::millis);
        limit(&self.start).is_none_or(|start| at >= start)
            && limit(&self.end).is_none_or(|end| at <= end)
            && self.date_range.as_ref().is_none_or(|range| {
                let first = now.as_millisecond() - range.value * 86_400_000;
                match range.comparison.as_deref() {
                    Some("OLDER_THAN") => at < first,
                    _ => at >= first,
                }
            })
    }
}

/// Refuses comparisons that AWS does not know or does not combine.
fn comparable(kind: Kind, tests: &[Test]) -> Result<(), String> {
    let allowed: &[&str] = match kind {
        // In a map, CONTAINS and NOT_CONTAINS belong to automation rules alone.
        Kind::Map => &["EQUALS", "NOT_EQUALS"],
        _ => &["EQUALS", "PREFIX", "CONTAINS", "NOT_EQUALS", "PREFIX_NOT_EQUALS", "NOT_CONTAINS"],
    };
    for test in tests {
        if !allowed.contains(&test.word()) {
            return Err(format!("Comparison {} is not allowed", test.word()));
        }
        if !test.value.as_ref().is_some_and(Value::is_string) {
            return Err("Value is needed".into());
        }
        if (kind == Kind::Map) != test.key.is_some() {
            return Err("Key belongs to map filters, and they need it".into());
        }
    }
    let has = |word| tests.iter().any(|test| test.word() == word);
    for word in ["CONTAINS", "NOT_CONTAINS"] {
        if has(word) && tests.iter().any(|test| test.word() != word) {
            return Err(format!("{word} cannot be combined with other comparisons"));
        }
    }
    if has("EQUALS") && (has("NOT_EQUALS") || has("PREFIX_NOT_EQUALS")) {
        return Err("EQUALS cannot be combined with NOT_EQUALS or PREFIX_NOT_EQUALS".into());
    }
    Ok(())
}

/// The values at `path`, none if it leads nowhere.
pub(super) fn values<'a>(finding: &'a Finding, path: &str) -> Vec<&'a Value> {
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    let mut found: Vec<&Value> = finding.get(first).into_iter().collect();
    for step in rest.split('/').filter(|step| !step.is_empty()) {
        found = match step {
            "*" => found.into_iter().filter_map(Value::as_array).flatten().collect(),
            name => found.into_iter().filter_map(|value| value.get(name)).collect(),
        };
    }
    found
}
