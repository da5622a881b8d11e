use model::{Context, Evidence, Outcome, Parameter, SettingKind, Severity, Snapshot, Verdict};

use crate::{Family, Rule, survey::NO_INSIGHTS};

static PERCENT: Parameter = Parameter {
    rule: "memory-tight",
    name: "percent",
    meaning: "Percent of the memory from which it is too little",
    kind: SettingKind::Number(90),
};

pub(super) static RULE: Rule = Rule {
    id: "memory-tight",
    family: Family::Resilience,
    title: "The function is about to run out of memory",
    severity: Severity::Medium,
    why: "A function that needs more memory than it has is killed in the middle of its work, \
          and the next input that is a little larger does it.",
    fix: "Give the function more memory, or less to do at once. `percent` in the baseline sets \
          another bound. Only Lambda Insights measures memory.",
    sources: &[
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Lambda-Insights-metrics.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html",
    ],
    control: None,
    parameters: &[&PERCENT],
    since: "0.1.0",
    examples: include_str!("../../examples/memory-tight.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let Some(used) = function.survey.metrics.memory.get("memory used")? else {
        return Ok(Outcome::NotApplicable(NO_INSIGHTS));
    };
    let memory = function.operation.configuration.get("configuration")?.memory;
    let percent = cx.baseline.number(&PERCENT);
    Ok(match used.most >= f64::from(percent) {
        true => {
            Evidence::fail("MemorySize", format!("a run used {percent} % of {memory} MB or more"))
        }
        false => Outcome::Pass,
    })
}
