use model::{Context, Evidence, Outcome, Severity, Snapshot, Verdict};

use crate::{Family, Rule, survey::ran};

pub(super) static RULE: Rule = Rule {
    id: "log-group-missing",
    family: Family::Observability,
    title: "The function runs and nothing is logged",
    severity: Severity::Medium,
    why: "Lambda drops what a function prints where it can neither find nor create the log group. \
          Errors leave no trace, and neither does an attacker.",
    fix: "Create the log group under the name the function logs to, and let the role call \
          `logs:CreateLogStream` and `logs:PutLogEvents` on it.",
    sources: &["https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html"],
    control: None,
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/log-group-missing.toml"),
    check,
};

fn check(function: &Snapshot, _: &Context) -> Verdict {
    if function.survey.log_group.get("log group")?.is_some() {
        return Ok(Outcome::Pass);
    }
    // Lambda creates the group when the function runs for the first time.
    if !ran(function)? {
        return Ok(Outcome::NotApplicable("it has not run, and Lambda creates the group then"));
    }
    let name = &function.operation.configuration.get("configuration")?.log_group;
    Ok(Evidence::fail("LoggingConfig.LogGroup", format!("`{name}` does not exist, and it ran")))
}
