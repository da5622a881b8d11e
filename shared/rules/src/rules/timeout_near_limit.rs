use model::{Context, Evidence, Outcome, Parameter, SettingKind, Severity, Snapshot, Verdict};

use crate::{Family, Rule};

static PERCENT: Parameter = Parameter {
    rule: "timeout-near-limit",
    name: "percent",
    meaning: "Percent of the timeout that the slowest hundredth of a day may take",
    kind: SettingKind::Number(90),
};

pub(super) static RULE: Rule = Rule {
    id: "timeout-near-limit",
    family: Family::Resilience,
    title: "The function runs almost into its timeout",
    severity: Severity::Medium,
    why: "What takes a little longer than usual is cut off in the middle: nothing is cleaned \
          up, the work is done again, and the caller waits for an answer that never comes.",
    fix: "Raise the timeout, or find out what takes so long. `percent` in the baseline sets \
          another distance.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html",
    ],
    control: None,
    parameters: &[&PERCENT],
    since: "0.1.0",
    examples: include_str!("../../examples/timeout-near-limit.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let Some(took) = function.survey.metrics.duration.get("durations")? else {
        return Ok(Outcome::NotApplicable("it has not run for a fortnight"));
    };
    let timeout = function.operation.configuration.get("configuration")?.timeout;
    let percent = cx.baseline.number(&PERCENT);
    // The measure itself is left out: a finding that changes every night is read by nobody.
    Ok(match took * 100.0 >= f64::from(timeout) * 1000.0 * f64::from(percent) {
        true => Evidence::fail(
            "Timeout",
            format!("one run in a hundred takes {percent} % of the timeout of {timeout} s or more"),
        ),
        false => Outcome::Pass,
    })
}
