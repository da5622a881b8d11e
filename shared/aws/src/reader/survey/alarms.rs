//! Alarms on Lambda's metrics.

use std::collections::{BTreeMap, HashMap, HashSet};

use model::Alarm;
use scan::PortError;
use serde::Deserialize;
use serde_json::{Map, json};

use super::Asked;
use crate::json_api::{DESCRIBE_ALARMS, JsonApi};

const NAMESPACE: &str = "AWS/Lambda";

/// The alarms of a place, by whom they watch.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    /// By function name.
    of: HashMap<String, Vec<Alarm>>,
    /// On all functions together.
    of_all: Vec<Alarm>,
}

impl Alarms {
    /// The alarms that go off for a function.
    pub(super) fn on(&self, name: &str) -> Vec<Alarm> {
        self.of.get(name).into_iter().flatten().chain(&self.of_all).cloned().collect()
    }
}

/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html>
pub(super) async fn alarms(asked: &Asked<'_>) -> Result<Alarms, PortError> {
    let cloudwatch = JsonApi::new(&asked.reader.cloud, asked.place, &DESCRIBE_ALARMS).await?;
    let input = Map::from_iter([
        ("AlarmTypes".to_owned(), json!(["MetricAlarm", "CompositeAlarm"])),
        ("MaxRecords".to_owned(), json!(100)),
    ]);
    let (mut metric, mut composite) = (Vec::new(), Vec::new());
    let add = |page: Page| {
        metric.extend(page.metric_alarms);
        composite.extend(page.composite_alarms);
        page.next_token
    };
    cloudwatch.pages(&asked.subject(), input, "NextToken", add).await?;
    Ok(sorted(metric, &composite))
}

fn sorted(metric: Vec<MetricAlarm>, composite: &[CompositeAlarm]) -> Alarms {
    let heard = heard(composite);
    let mut alarms = Alarms::default();
    for one in metric {
        let acts = one.actions.act() || heard.contains(one.actions.alarm_name.as_str());
        for watched in one.watched() {
            let name = one.actions.alarm_name.clone();
            let alarm = Alarm { name, metric: watched.metric, acts };
            match watched.function {
                Some(function) => alarms.of.entry(function).or_default().push(alarm),
                None => alarms.of_all.push(alarm),
            }
        }
    }
    alarms
}

/// The alarms that a composite alarm which does something is made of, at whatever depth.
fn heard(composite: &[CompositeAlarm]) -> HashSet<&str> {
    let rules: BTreeMap<&str, &str> = composite
        .iter()
        .map(|one| (one.actions.alarm_name.as_str(), one.alarm_rule.as_str()))
        .collect();
    let acting = composite.iter().filter(|one| one.actions.act());
    let mut open: Vec<&str> = acting.map(|one| one.alarm_rule.as_str()).collect();
    let mut heard = HashSet::new();
    while let Some(rule) = open.pop() {
        for name in children(rule) {
            if heard.insert(name) {
                open.extend(rules.get(name));
            }
        }
    }
    heard
}

/// The names in `ALARM("a") OR (ALARM(b) AND NOT OK("arn:aws:cloudwatch:…:alarm:c"))`.
fn children(rule: &str) -> impl Iterator<Item = &str> {
    let after = rule.split('(').skip(1).filter_map(|rest| rest.split(')').next());
    let name =
        |text: &'_ str| -> Option<usize> { text.find(":alarm:").map(|at| at + ":alarm:".len()) };
    after.map(|text| text.trim().trim_matches(['"', '\''])).filter(|text| !text.is_empty()).map(
        move |text| match name(text) {
            Some(start) if text.starts_with("arn:") => text.get(start..).unwrap_or(text),
            _ => text,
        },
    )
}

/// A metric that an alarm watches.
struct Watched {
    metric: String,
    /// `None`: all functions together.
    function: Option<String>,
}

impl MetricAlarm {
    /// The metric itself, and those that the alarm's expressions are made of.
    fn watched(&self) -> Vec<Watched> {
        let alone = Metric {
            namespace: self.namespace.clone(),
            metric_name: self.metric_name.clone(),
            dimensions: self.dimensions.clone(),
        };
        let queries = self.metrics.iter();
        let parts =
            queries.clone().filter_map(|query| Some(query.metric_stat.as_ref()?.metric.clone()));
        let mut watched: Vec<Watched> =
            [alone].into_iter().chain(parts).filter_map(|metric| metric.watched()).collect();
        watched.extend(queries.filter_map(|query| insights(query.expression.as_deref()?)));
        watched
    }
}

impl Metric {
    fn watched(&self) -> Option<Watched> {
        if self.namespace.as_deref() != Some(NAMESPACE) {
            return None;
        }
        let named = |name: &str| self.dimensions.iter().find(|one| one.name == name);
        let function = named("FunctionName").map(|one| one.value.clone());
        // `Resource` is a version or alias, `ExecutedVersion` a version behind an alias: they do
        // not stand for the whole function, unless for all that is called of it.
        (function.is_some() || self.dimensions.is_empty())
            .then(|| Some(Watched { metric: self.metric_name.clone()?, function }))?
    }
}

/// What a query of Metrics Insights over all functions watches; `None` where it picks some.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html>
fn insights(query: &str) -> Option<Watched> {
    let rest = query.trim_start();
    let is_select = rest.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("SELECT"));
    let picks = rest.split_whitespace().any(|word| word.eq_ignore_ascii_case("WHERE"));
    if !is_select || picks || !rest.contains(NAMESPACE) {
        return None;
    }
    let (_, metric) = rest.split_once('(')?;
    let (metric, _) = metric.split_once(')')?;
    Some(Watched { metric: metric.trim().trim_matches('"').to_owned(), function: None })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    #[serde(default)]
    metric_alarms: Vec<MetricAlarm>,
    #[serde(default)]
    composite_alarms: Vec<CompositeAlarm>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MetricAlarm {
    #[serde(flatten)]
    actions: Actions,
    namespace: Option<String>,
    metric_name: Option<String>,
    #[serde(default)]
    dimensions: Vec<Dimension>,
    #[serde(default)]
    metrics: Vec<Query>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CompositeAlarm {
    #[serde(flatten)]
    actions: Actions,
    #[serde(default)]
    alarm_rule: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Actions {
    alarm_name: String,
    #[serde(default)]
    actions_enabled: bool,
    #[serde(default)]
    alarm_actions: Vec<String>,
}

impl Actions {
    fn act(&self) -> bool {
        self.actions_enabled && !self.alarm_actions.is_empty()
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Query {
    metric_stat: Option<Stat>,
    expression: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Stat {
    metric: Metric,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    namespace: Option<String>,
    metric_name: Option<String>,
    #[serde(default)]
    dimensions: Vec<Dimension>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Dimension {
    name: String,
    value: String,
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn metric(json: Value) -> MetricAlarm {
        serde_json::from_value(json).unwrap()
    }

    fn on_pay(change: Value) -> MetricAlarm {
        let mut alarm = json!({
            "AlarmName": "a", "ActionsEnabled": true, "AlarmActions": ["arn:aws:sns:x"],
            "Namespace": "AWS/Lambda", "MetricName": "Errors",
            "Dimensions": [{"Name": "FunctionName", "Value": "pay"}],
        });
        for (key, value) in change.as_object().unwrap() {
            alarm[key] = value.clone();
        }
        metric(alarm)
    }

    fn told(alarms: &Alarms, name: &str) -> Vec<(String, bool)> {
        alarms.on(name).into_iter().map(|one| (one.metric, one.acts)).collect()
    }

    #[test]
    fn an_alarm_watches_what_its_metrics_name() {
        let pay = json!([{"Name": "FunctionName", "Value": "pay"}]);
        let stat = |namespace: &str| json!({"Metric": {"Namespace": namespace, "MetricName": "Throttles", "Dimensions": pay}});
        let math = |namespace: &str, expression: &str| {
            json!({"Namespace": null, "MetricName": null, "Dimensions": [], "Metrics": [
                {"Id": "e", "Expression": expression}, {"Id": "m", "MetricStat": stat(namespace)},
            ]})
        };
        for (change, of_pay, of_other) in [
            (json!({}), vec![("Errors", true)], vec![]),
            (json!({"Dimensions": []}), vec![("Errors", true)], vec![("Errors", true)]),
            (json!({"Namespace": "AWS/SQS"}), vec![], vec![]),
            (json!({"Dimensions": [{"Name": "Resource", "Value": "pay"}]}), vec![], vec![]),
            (json!({"ActionsEnabled": false}), vec![("Errors", false)], vec![]),
            (json!({"AlarmActions": []}), vec![("Errors", false)], vec![]),
            (math("AWS/Lambda", "m / 2"), vec![("Throttles", true)], vec![]),
            (math("Mine", "m / 2"), vec![], vec![]),
            (
                math("Mine", "SELECT SUM(Errors) FROM SCHEMA(\"AWS/Lambda\", FunctionName)"),
                vec![("Errors", true)],
                vec![("Errors", true)],
            ),
            (
                math("Mine", "SELECT SUM(Errors) FROM \"AWS/Lambda\" WHERE FunctionName = 'pay'"),
                vec![],
                vec![],
            ),
        ] {
            let alarms = sorted(vec![on_pay(change.clone())], &[]);
            let owned = |all: Vec<(&str, bool)>| {
                all.into_iter().map(|(metric, acts)| (metric.to_owned(), acts)).collect::<Vec<_>>()
            };
            assert_eq!(told(&alarms, "pay"), owned(of_pay), "{change}");
            assert_eq!(told(&alarms, "other"), owned(of_other), "{change}");
        }
    }

    #[test]
    fn an_alarm_acts_through_composite_alarms() {
        let composite = |name: &str, rule: &str, actions: &[&str]| -> CompositeAlarm {
            let alarm = json!({
                "AlarmName": name, "AlarmRule": rule, "ActionsEnabled": true, "AlarmActions": actions,
            });
            serde_json::from_value(alarm).unwrap()
        };
        let page = &["arn:aws:sns:page"][..];
        let arn = "ALARM(\"arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a\")";
        for (composites, acts) in [
            (vec![composite("c", "ALARM(\"a\") OR ALARM(b)", page)], true),
            (vec![composite("c", "(ALARM( a ) AND NOT OK(b))", page)], true),
            (vec![composite("c", arn, page)], true),
            (vec![composite("c", "ALARM(a)", &[])], false),
            (vec![composite("c", "ALARM(ab)", page)], false),
            (vec![composite("c", "ALARM(a)", &[]), composite("d", "ALARM(c)", page)], true),
            (vec![composite("c", "ALARM(d)", page), composite("d", "ALARM(c)", page)], false),
        ] {
            let silent = on_pay(json!({"AlarmActions": []}));
            let alarms = sorted(vec![silent], &composites);
            assert_eq!(told(&alarms, "pay"), [("Errors".to_owned(), acts)], "{composites:?}");
        }
    }
}
