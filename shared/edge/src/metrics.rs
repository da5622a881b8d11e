use std::{collections::BTreeMap, sync::Mutex};

use jiff::Timestamp;
use scan::{Batch, Tally};
use serde_json::{Value, json};

/// Metrics in CloudWatch's embedded metric format: a line of the log that CloudWatch counts.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
#[derive(Debug, Default)]
pub struct Metrics {
    /// Calls and throttles already told, by operation; they only ever grow.
    told: Mutex<BTreeMap<String, (u64, u64)>>,
}

const NAMESPACE: &str = "LambdaWarden";

impl Metrics {
    /// One line for the batch and one for every operation called since the last time.
    pub fn lines(
        &self,
        now: Timestamp,
        batch: &Batch,
        calls: &BTreeMap<String, u64>,
        throttles: &BTreeMap<String, u64>,
    ) -> Vec<String> {
        let mut tally = Tally::default();
        let mut written = 0;
        for (_, round) in &batch.rounds {
            round.judged.iter().for_each(|one| tally.add(&one.judgements));
            written += round.written.0 + round.written.1;
        }
        let judged: usize = batch.rounds.iter().map(|(_, round)| round.judged.len()).sum();
        let counts = [
            ("FunctionsJudged", judged),
            ("Violations", tally.failed),
            ("Gaps", tally.gaps),
            ("FindingsWritten", written),
            ("MessagesFailed", batch.failed.len()),
        ];
        let mut counts: Vec<_> = counts.map(|(name, n)| (name, n as u64)).into();
        let lag = batch.lag.map(|lag| u64::try_from(lag.as_secs()).unwrap_or(0));
        counts.extend(lag.map(|seconds| ("FeedLagSeconds", seconds)));
        let batch = line(now, &[], &counts);
        std::iter::once(batch).chain(self.operations(now, calls, throttles)).collect()
    }

    fn operations(
        &self,
        now: Timestamp,
        calls: &BTreeMap<String, u64>,
        throttles: &BTreeMap<String, u64>,
    ) -> Vec<String> {
        let mut told = self.told.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut lines = Vec::new();
        for (operation, &called) in calls {
            let throttled = throttles.get(operation).copied().unwrap_or_default();
            let before = told.insert(operation.clone(), (called, throttled)).unwrap_or_default();
            let (calls, throttles) = (called - before.0, throttled - before.1);
            if calls > 0 {
                let counts = [("Calls", calls), ("Throttles", throttles)];
                lines.push(line(now, &[("Operation", operation)], &counts));
            }
        }
        lines
    }
}

pub(crate) fn line(now: Timestamp, dimensions: &[(&str, &str)], counts: &[(&str, u64)]) -> String {
    let names: Vec<&str> = dimensions.iter().map(|(name, _)| *name).collect();
    let metrics: Vec<Value> =
        counts.iter().map(|(name, _)| json!({"Name": name, "Unit": "Count"})).collect();
    let mut line = json!({
        "_aws": {
            "Timestamp": now.as_millisecond(),
            "CloudWatchMetrics": [
                {"Namespace": NAMESPACE, "Dimensions": [names], "Metrics": metrics}
            ],
        },
    });
    if let Some(fields) = line.as_object_mut() {
        fields.extend(dimensions.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
        fields.extend(counts.iter().map(|(name, count)| ((*name).to_owned(), json!(count))));
    }
    line.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lag_of_the_feed_is_told_where_there_is_one() {
        for (seconds, expected) in
            [(Some(90), json!(90)), (Some(-1), json!(0)), (None, json!(null))]
        {
            let lag = seconds.map(jiff::SignedDuration::from_secs);
            let batch = Batch { lag, ..Batch::default() };
            let none = BTreeMap::new();
            let lines = Metrics::default().lines(Timestamp::UNIX_EPOCH, &batch, &none, &none);
            let line: Value = serde_json::from_str(&lines[0]).unwrap();
            assert_eq!(line["FeedLagSeconds"], expected, "{seconds:?}");
        }
    }

    #[test]
    fn every_call_is_told_once() {
        let metrics = Metrics::default();
        let now = Timestamp::UNIX_EPOCH;
        let told = |calls: u64, throttles: u64| {
            let calls = BTreeMap::from([("lambda:GetPolicy".to_owned(), calls)]);
            let throttles = BTreeMap::from([("lambda:GetPolicy".to_owned(), throttles)]);
            let lines = metrics.lines(now, &Batch::default(), &calls, &throttles);
            lines
                .iter()
                .skip(1)
                .map(|line| serde_json::from_str(line).unwrap())
                .collect::<Vec<Value>>()
        };
        let first = told(3, 1);
        assert_eq!((&first[0]["Calls"], &first[0]["Throttles"]), (&json!(3), &json!(1)));
        assert_eq!(first[0]["Operation"], "lambda:GetPolicy");
        assert_eq!(first[0]["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["Operation"]]));
        assert_eq!(told(5, 1)[0]["Calls"], 2);
        assert!(told(5, 1).is_empty());
    }
}
