//! `GetMetricData` and `ListMetrics`, read to their ends.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
};

use jiff::{Timestamp, tz::TimeZone};
use scan::PortError;
use serde::Deserialize;
use serde_json::{Map, json};

pub(super) use crate::metric_data::{Points, Query};
use crate::{
    json_api::{JsonApi, LIST_METRICS},
    metric_data::metric_data,
    reader::survey::Asked,
};

/// Seconds.
pub(super) const HOUR: i64 = 3600;

/// Seconds.
pub(super) const DAY: i64 = 24 * HOUR;

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
    pub(super) async fn data(
        &self,
        queries: &[Query],
        days: u32,
    ) -> Result<Vec<Points>, PortError> {
        let (reader, place) = (self.asked.reader, self.asked.place);
        let days = (self.start(days), self.end.as_second());
        metric_data(&reader.cloud, place, &self.subject, queries, days).await
    }

    /// What each function had of `metric` on each day.
    pub(super) async fn sums(
        &self,
        metric: &'static str,
        names: &[&str],
        days: u32,
    ) -> Result<HashMap<String, Points>, PortError> {
        let queries: Vec<Query> =
            names.iter().map(|name| Query::of_function(name, metric, "Sum", DAY)).collect();
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
