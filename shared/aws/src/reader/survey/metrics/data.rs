//! `GetMetricData` and `ListMetrics`, read to their ends.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::Hash,
};

use jiff::{Timestamp, tz::TimeZone};
use scan::{Kind, PortError};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    failure::refuse,
    json_api::{GET_METRIC_DATA, JsonApi, LIST_METRICS},
    reader::survey::Asked,
};

/// Seconds.
pub(super) const HOUR: i64 = 3600;

/// Seconds.
pub(super) const DAY: i64 = 24 * HOUR;

/// Queries of one call.
const AT_ONCE: usize = 500;

/// Values by the second that their period begins with.
pub(super) type Points = BTreeMap<i64, f64>;

/// One metric, one number a period.
pub(super) struct Query {
    pub(super) namespace: &'static str,
    pub(super) metric: &'static str,
    pub(super) dimensions: Vec<(&'static str, String)>,
    pub(super) stat: &'static str,
    /// Seconds.
    pub(super) period: i64,
}

impl Query {
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

/// CloudWatch in one place, up to the last midnight.
pub(super) struct Source<'a> {
    asked: &'a Asked<'a>,
    subject: String,
    /// Midnight, UTC: whole days only, and every run of a night asks the same.
    end: Timestamp,
}

impl<'a> Source<'a> {
    pub(super) fn new(asked: &'a Asked<'a>) -> Self {
        let now = Timestamp::now();
        let midnight = now.to_zoned(TimeZone::UTC).start_of_day();
        let end = midnight.map_or(now, |day| day.timestamp());
        Self { asked, subject: asked.subject(), end }
    }

    /// The second at which `days` before the end begin.
    pub(super) fn start(&self, days: u32) -> i64 {
        self.end.as_second() - i64::from(days) * DAY
    }

    /// The values of each query over `days`.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html>
    pub(super) async fn data(
        &self,
        queries: &[Query],
        days: u32,
    ) -> Result<Vec<Points>, PortError> {
        let mut all = Vec::with_capacity(queries.len());
        if queries.is_empty() {
            return Ok(all);
        }
        let (reader, place) = (self.asked.reader, self.asked.place);
        let cloudwatch = JsonApi::new(&reader.cloud, place, &GET_METRIC_DATA).await?;
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
                ("StartTime".to_owned(), self.start(days).into()),
                ("EndTime".to_owned(), self.end.as_second().into()),
            ]);
            cloudwatch.pages(&self.subject, input, "NextToken", add).await?;
            for index in 0..some.len() {
                match found.remove(&id(index)) {
                    Some((true, points)) => all.push(points),
                    _ => return Err(self.broken("CloudWatch left out a part of the data")),
                }
            }
        }
        Ok(all)
    }

    fn broken(&self, why: &'static str) -> PortError {
        refuse(GET_METRIC_DATA.action, self.subject.clone(), Kind::Failed, why)
    }

    /// What each function had of `metric` on each day.
    pub(super) async fn sums(
        &self,
        metric: &'static str,
        names: &[&str],
        days: u32,
    ) -> Result<HashMap<String, Points>, PortError> {
        let queries: Vec<Query> =
            names.iter().map(|name| super::of(name, metric, "Sum", DAY)).collect();
        let points = self.data(&queries, days).await?;
        Ok(names.iter().map(|name| (*name).to_owned()).zip(points).collect())
    }

    /// The highest value of each query over a fortnight; nothing where there was no data.
    pub(super) async fn most<K: Eq + Hash>(
        &self,
        queries: Vec<(K, Query)>,
    ) -> Result<HashMap<K, f64>, PortError> {
        let (keys, queries): (Vec<K>, Vec<Query>) = queries.into_iter().unzip();
        let points = self.data(&queries, rules::FORTNIGHT).await?;
        let most = |points: &Points| points.values().copied().reduce(f64::max);
        let found = keys.into_iter().zip(&points);
        Ok(found.filter_map(|(key, points)| Some((key, most(points)?))).collect())
    }

    /// The values of the dimension `name` under which `metric` was seen lately, by itself.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html>
    pub(super) async fn listed(
        &self,
        namespace: &str,
        metric: &str,
        name: &str,
    ) -> Result<HashSet<String>, PortError> {
        let (reader, place) = (self.asked.reader, self.asked.place);
        let cloudwatch = JsonApi::new(&reader.cloud, place, &LIST_METRICS).await?;
        let input = Map::from_iter([
            ("Namespace".to_owned(), json!(namespace)),
            ("MetricName".to_owned(), json!(metric)),
            ("Dimensions".to_owned(), json!([{"Name": name}])),
        ]);
        let mut found = HashSet::new();
        let add = |page: Listed| {
            for one in page.metrics {
                if let [dimension] = one.dimensions.as_slice()
                    && dimension.name == name
                {
                    found.insert(dimension.value.clone());
                }
            }
            page.next_token
        };
        cloudwatch.pages(&self.subject, input, "NextToken", add).await?;
        Ok(found)
    }
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

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    #[serde(default)]
    metrics: Vec<Metric>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    #[serde(default)]
    dimensions: Vec<Dimension>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Dimension {
    name: String,
    value: String,
}
