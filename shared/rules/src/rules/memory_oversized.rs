use model::{Context, Evidence, Outcome, Parameter, SettingKind, Severity, Snapshot, Verdict};

use crate::{Family, Rule, survey::NO_INSIGHTS};

static PERCENT: Parameter = Parameter {
    rule: "memory-oversized",
    name: "percent",
    meaning: "Percent of the memory below which it is too much",
    kind: SettingKind::Number(40),
};

pub(super) static RULE: Rule = Rule {
    id: "memory-oversized",
    family: Family::Hygiene,
    title: "The function has much more memory than it uses",
    severity: Severity::Low,
    why: "Memory is what Lambda charges for, by the millisecond, used or not.",
    fix: "Try less memory and measure: less memory also means less processor, so a run may \
          take longer and cost more. `percent` in the baseline sets another bound. Only Lambda \
          Insights measures memory.",
    sources: &[
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Lambda-Insights-metrics.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html",
    ],
    control: None,
    parameters: &[&PERCENT],
    since: "0.1.0",
    examples: include_str!("../../examples/memory-oversized.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let Some(used) = function.survey.metrics.memory.get("memory used")? else {
        return Ok(Outcome::NotApplicable(NO_INSIGHTS));
    };
    let memory = function.operation.configuration.get("configuration")?.memory;
    if memory <= LEAST {
        return Ok(Outcome::NotApplicable("it has the least memory there is"));
    }
    let percent = cx.baseline.number(&PERCENT);
    Ok(match used.p95 < f64::from(percent) {
        true => Evidence::fail(
            "MemorySize",
            format!("19 runs in 20 use less than {percent} % of {memory} MB"),
        ),
        false => Outcome::Pass,
    })
}

/// MB.
const LEAST: u32 = 128;
