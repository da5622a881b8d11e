use model::{Context, Evidence, Outcome, Severity, Snapshot, Verdict};

use crate::{Family, Rule, words::listed};

pub(super) static RULE: Rule = Rule {
    id: "warmer-schedule",
    family: Family::Hygiene,
    title: "A schedule keeps the function warm",
    severity: Severity::Low,
    why: "Pinging keeps one copy warm and no second one, costs a run every few minutes, and \
          hides that nobody set what was meant: provisioned concurrency, SnapStart or a \
          lighter start.",
    fix: "Delete the schedule. Where cold starts matter, use SnapStart or provisioned \
          concurrency. Schedules of EventBridge Scheduler are not looked at.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html",
    ],
    control: None,
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/warmer-schedule.toml"),
    check,
};

fn check(function: &Snapshot, _: &Context) -> Verdict {
    let schedules = function.survey.schedules.get("schedules")?;
    let found: Vec<String> = schedules
        .iter()
        .filter(|one| one.warms)
        .map(|one| format!("rule `{}` every {} min", one.rule, one.minutes))
        .collect();
    Ok(match found.is_empty() {
        true => Outcome::Pass,
        false => Evidence::fail("ScheduleExpression", format!("kept warm: {}", listed(&found))),
    })
}
