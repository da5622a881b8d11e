//! Label and number of a severity follow each other.
//!
//! Source: <https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Severity.html>

use serde_json::{Map, Value, json};

/// The number that AWS writes for a label.
const LABELS: [(&str, i64); 5] =
    [("INFORMATIONAL", 0), ("LOW", 1), ("MEDIUM", 40), ("HIGH", 70), ("CRITICAL", 90)];

/// Fills in whichever of `Label` and `Normalized` is missing. The label wins where both are given.
pub(super) fn complete(severity: &mut Map<String, Value>) {
    let label = severity.get("Label").and_then(Value::as_str);
    let number = severity.get("Normalized").and_then(Value::as_i64);
    if let Some(&(_, lowest)) = LABELS.iter().find(|(name, _)| Some(*name) == label) {
        severity.insert("Normalized".into(), json!(number_for(lowest, number)));
    } else if let Some(number) = number {
        let named = LABELS.iter().rev().find(|(_, lowest)| number >= *lowest);
        severity.insert("Label".into(), json!(named.map_or("INFORMATIONAL", |(name, _)| name)));
    }
}

/// Keeps `given` if it lies in the range of the label, else takes the label's lowest.
fn number_for(lowest: i64, given: Option<i64>) -> i64 {
    let above = LABELS.iter().map(|(_, low)| *low).find(|low| *low > lowest).unwrap_or(101);
    given.filter(|number| (lowest..above).contains(number)).unwrap_or(lowest)
}
