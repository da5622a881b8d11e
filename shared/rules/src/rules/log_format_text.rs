use model::{Context, Evidence, Outcome, Severity, Snapshot, Verdict};

use crate::{Family, Rule};

pub(super) static RULE: Rule = Rule {
    id: "log-format-text",
    family: Family::Observability,
    title: "Logs are plain text",
    severity: Severity::Informational,
    why: "What Lambda writes as JSON can be searched by field, filtered by level and counted; \
          of plain text each query is a guess at the words.",
    fix: "Set `LoggingConfig.LogFormat` to `JSON`, and log levels as you need them. Programs \
          that print JSON of their own are kept as they are.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html",
    ],
    control: None,
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/log-format-text.toml"),
    check,
};

fn check(function: &Snapshot, _: &Context) -> Verdict {
    let configuration = function.operation.configuration.get("configuration")?;
    Ok(match configuration.json_logs {
        true => Outcome::Pass,
        false => Evidence::fail("LoggingConfig.LogFormat", "the format of the logs is `Text`"),
    })
}
