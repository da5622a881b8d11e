//! Invocations and errors of one function.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use model::FunctionArn;
use scan::{Place, PortError, repair::Vitals};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    Cloud,
    json_api::{GET_METRIC_DATA, JsonApi},
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    #[serde(default)]
    metric_data_results: Vec<Series>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Series {
    id: String,
    /// Seconds since 1970.
    #[serde(default)]
    timestamps: Vec<f64>,
    #[serde(default)]
    values: Vec<f64>,
}

const DAY: i64 = 24 * 3600;

/// Invocations and errors from `from` to `to`. Where there is no data there was no invocation.
pub(super) async fn between(
    cloud: &Cloud,
    function: &FunctionArn,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vitals, PortError> {
    let seconds = to.duration_since(from).as_secs();
    // CloudWatch keeps minutes for 15 days, and five minutes for 63.
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
    let period = if seconds > 14 * DAY { 3600 } else { 60 };
    let mut vitals = Vitals::default();
    for series in series(cloud, function, (from, to), period).await? {
        let sum: f64 = series.values.iter().sum();
        match series.id.as_str() {
            "errors" => vitals.errors += sum,
            _ => vitals.invocations += sum,
        }
    }
    Ok(vitals)
}

/// The days before `to` with invocations, counted back.
pub(super) async fn days_invoked(
    cloud: &Cloud,
    function: &FunctionArn,
    to: Timestamp,
    days: u16,
) -> Result<BTreeSet<u16>, PortError> {
    let from = to.checked_sub(SignedDuration::from_hours(24 * i64::from(days)));
    let from = from.unwrap_or(Timestamp::MIN);
    let mut found = BTreeSet::new();
    for series in series(cloud, function, (from, to), 3600).await? {
        if series.id != "invocations" {
            continue;
        }
        let points =
            series.timestamps.iter().zip(&series.values).filter(|(_, count)| **count > 0.0);
        for (at, _) in points {
            #[expect(clippy::cast_possible_truncation, reason = "whole seconds of this century")]
            let ago = to.as_second() - *at as i64;
            found.extend(u16::try_from(ago.max(0) / DAY).ok());
        }
    }
    Ok(found)
}

async fn series(
    cloud: &Cloud,
    function: &FunctionArn,
    (from, to): (Timestamp, Timestamp),
    period: i64,
) -> Result<Vec<Series>, PortError> {
    let query = |id: &str, metric: &str| {
        json!({
            "Id": id,
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/Lambda", "MetricName": metric,
                    "Dimensions": [{ "Name": "FunctionName", "Value": function.name() }],
                },
                "Period": period,
                "Stat": "Sum",
            },
        })
    };
    let mut input = Map::new();
    let queries = [query("invocations", "Invocations"), query("errors", "Errors")];
    input.insert("MetricDataQueries".into(), Value::Array(queries.into()));
    input.insert("StartTime".into(), json!(from.as_second()));
    input.insert("EndTime".into(), json!(to.as_second() + 1));
    let place = Place::of(function);
    let metrics = JsonApi::new(cloud, &place, &GET_METRIC_DATA).await?;
    let mut all = Vec::new();
    let take = |page: Page| {
        all.extend(page.metric_data_results);
        page.next_token
    };
    metrics.pages(function.as_str(), input, "NextToken", take).await?;
    Ok(all)
}
