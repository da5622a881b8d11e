//! Rules of EventBridge that call functions every few minutes.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use model::{FunctionArn, Schedule};
use scan::PortError;
use serde::Deserialize;
use serde_json::{Map, json};

use super::Asked;
use crate::json_api::{JsonApi, LIST_RULES, LIST_TARGETS_BY_RULE};

/// What runs less often keeps nothing warm. Minutes.
const LONGEST: u32 = 15;

const AT_ONCE: usize = 4;

/// The schedules of each function that has some. Only the default bus has schedules, and only the
/// frequent ones are asked whom they call.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRules.html>
pub(super) async fn schedules(
    asked: &Asked<'_>,
) -> Result<HashMap<FunctionArn, Vec<Schedule>>, PortError> {
    let (cloud, place, subject) = (&asked.reader.cloud, asked.place, &asked.subject());
    let events = JsonApi::new(cloud, place, &LIST_RULES).await?;
    let mut frequent = Vec::new();
    let add = |page: Rules| {
        let enabled = page.rules.into_iter().filter(|rule| rule.state == "ENABLED");
        frequent.extend(enabled.filter_map(|rule| {
            let minutes = minutes(&rule.schedule_expression?)?;
            (minutes <= LONGEST).then_some((rule.name, minutes))
        }));
        page.next_token
    };
    events.pages(subject, Map::new(), "NextToken", add).await?;
    let targets = &JsonApi::new(cloud, place, &LIST_TARGETS_BY_RULE).await?;
    let read = stream::iter(frequent).map(|(name, minutes)| async move {
        let input = Map::from_iter([("Rule".to_owned(), json!(name))]);
        let mut found = Vec::new();
        let add = |page: Targets| {
            found.extend(page.targets);
            page.next_token
        };
        targets.pages(&name, input, "NextToken", add).await?;
        Ok::<_, PortError>((name, minutes, found))
    });
    let read: Vec<_> = read.buffer_unordered(AT_ONCE).try_collect().await?;
    let mut schedules: HashMap<FunctionArn, Vec<Schedule>> = HashMap::new();
    for (rule, minutes, targets) in read {
        for target in targets {
            let warms =
                speaks_of_warming(&rule) || target.input.as_deref().is_some_and(speaks_of_warming);
            if let Some(function) = function(&target.arn) {
                let schedule = Schedule { rule: rule.clone(), minutes, warms };
                schedules.entry(function).or_default().push(schedule);
            }
        }
    }
    for all in schedules.values_mut() {
        all.sort_by(|one, other| one.rule.cmp(&other.rule));
    }
    Ok(schedules)
}

/// The function that a target is, or is a version or alias of.
fn function(arn: &str) -> Option<FunctionArn> {
    let (head, name) = arn.split_once(":function:")?;
    format!("{head}:function:{}", name.split(':').next()?).parse().ok()
}

fn speaks_of_warming(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["warm", "keepalive", "keep-alive", "keep_alive"].iter().any(|word| text.contains(word))
}

/// Between two calls of `rate(5 minutes)`, `cron(0/5 * * * ? *)`; `None` where it is an hour or more,
/// or not told at a glance.
fn minutes(expression: &str) -> Option<u32> {
    let (kind, rest) = expression.split_once('(')?;
    let mut words = rest.trim_end_matches(')').split_whitespace();
    let first = words.next()?;
    match kind {
        "rate" if words.next()?.starts_with("minute") => first.parse().ok(),
        "cron" if words.next()? == "*" => match first.split_once('/') {
            Some((_, step)) => step.parse().ok(),
            None => (first == "*").then_some(1),
        },
        _ => None,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rules {
    #[serde(default)]
    rules: Vec<Rule>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rule {
    name: String,
    #[serde(default)]
    state: String,
    schedule_expression: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Targets {
    #[serde(default)]
    targets: Vec<Target>,
    next_token: Option<String>,
}

/// The input may hold anything, secrets too: it is asked one question and dropped.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Target {
    arn: String,
    input: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_often_a_schedule_comes() {
        for (expression, expected) in [
            ("rate(5 minutes)", Some(5)),
            ("rate(1 minute)", Some(1)),
            ("rate(1 hour)", None),
            ("cron(0/5 * * * ? *)", Some(5)),
            ("cron(*/10 * * * ? *)", Some(10)),
            ("cron(* * * * ? *)", Some(1)),
            ("cron(0 * * * ? *)", None),
            ("cron(0/5 8 * * ? *)", None),
            ("", None),
        ] {
            assert_eq!(minutes(expression), expected, "{expression}");
        }
    }
}
