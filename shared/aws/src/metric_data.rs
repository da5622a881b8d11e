//! `GetMetricData`, in bulk and whole.

use std::collections::{BTreeMap, HashMap};

use scan::{Kind, Place, PortError};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    Cloud,
    failure::refuse,
    json_api::{GET_METRIC_DATA, JsonApi},
};

/// Where Lambda's own metrics are.
pub(crate) const LAMBDA: &str = "AWS/Lambda";

/// Queries of one call.
const AT_ONCE: usize = 500;

/// Values by the second that their period begins with.
pub(crate) type Points = BTreeMap<i64, f64>;

/// One metric, one number a period.
pub(crate) struct Query {
    pub(crate) namespace: &'static str,
    pub(crate) metric: &'static str,
    pub(crate) dimensions: Vec<(&'static str, String)>,
    pub(crate) stat: &'static str,
    /// Seconds.
    pub(crate) period: i64,
}

impl Query {
    /// A metric of Lambda's own of all that is invoked of a function.
    pub(crate) fn of_function(
        name: &str,
        metric: &'static str,
        stat: &'static str,
        period: i64,
    ) -> Self {
        let dimensions = vec![("FunctionName", name.to_owned())];
        Self { namespace: LAMBDA, metric, dimensions, stat, period }
    }

    fn written(&self, id: String) -> Value {
        let dimensions: Vec<Value> = self
            .dimensions
            .iter()
            .map(|(name, value)| json!({"Name": name, "Value": value}))
            .collect();
        let metric = json!({
            "Namespace": self.namespace, "MetricName": self.metric, "Dimensions": dimensions,
        });
        json!({"Id": id, "MetricStat": {"Metric": metric, "Period": self.period, "Stat": self.stat}})
    }
}

/// The values of each query between two seconds, in the order of the queries.
///
/// # Errors
/// CloudWatch does not answer, or not whole.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html>
pub(crate) async fn metric_data(
    cloud: &Cloud,
    place: &Place,
    subject: &str,
    queries: &[Query],
    (from, to): (i64, i64),
) -> Result<Vec<Points>, PortError> {
    let mut all = Vec::with_capacity(queries.len());
    if queries.is_empty() {
        return Ok(all);
    }
    let cloudwatch = JsonApi::new(cloud, place, &GET_METRIC_DATA).await?;
    for some in queries.chunks(AT_ONCE) {
        let mut found: HashMap<String, (bool, Points)> = HashMap::new();
        let add = |page: Page| {
            for result in page.metric_data_results {
                let (is_whole, points) = found.entry(result.id).or_default();
                *is_whole = result.status_code == "Complete";
                let at = result.timestamps.into_iter().map(|second| second as i64);
                points.extend(at.zip(result.values));
            }
            page.next_token
        };
        let written = some.iter().enumerate().map(|(index, query)| query.written(id(index)));
        let input = Map::from_iter([
            ("MetricDataQueries".to_owned(), written.collect()),
            ("StartTime".to_owned(), from.into()),
            ("EndTime".to_owned(), to.into()),
        ]);
        cloudwatch.pages(subject, input, "NextToken", add).await?;
        for index in 0..some.len() {
            match found.remove(&id(index)) {
                Some((true, points)) => all.push(points),
                _ => {
                    let why = "CloudWatch left out a part of the data";
                    return Err(refuse(GET_METRIC_DATA.action, subject, Kind::Failed, why));
                }
            }
        }
    }
    Ok(all)
}

fn id(index: usize) -> String {
    format!("q{index}")
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    #[serde(default)]
    metric_data_results: Vec<Found>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    id: String,
    /// Seconds since 1970.
    #[serde(default)]
    timestamps: Vec<f64>,
    #[serde(default)]
    values: Vec<f64>,
    #[serde(default)]
    status_code: String,
}
