use model::{Context, Evidence, Outcome, Parameter, SettingKind, Severity, Snapshot, Verdict};

use crate::{Family, Rule, controls, survey::ran, words::listed};

static METRICS: Parameter = Parameter {
    rule: "alarm-missing",
    name: "metrics",
    meaning: "Metrics of `AWS/Lambda` of which each must have an alarm that does something",
    kind: SettingKind::List(&["Errors"]),
};

pub(super) static RULE: Rule = Rule {
    id: "alarm-missing",
    family: Family::Observability,
    title: "Nobody is told when the function fails",
    severity: Severity::Low,
    why: "A function that fails in the background tells nobody by itself: the first to notice is \
          whoever waits for its results.",
    fix: "Set an alarm on `Errors` of the function, or one on that metric of all functions \
          together, with an action: a topic, an incident, a repair. An alarm may also act through \
          a composite alarm. `metrics` in the baseline demands others, such as `Throttles`.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html",
        "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-15",
    ],
    control: Some(&controls::CLOUD_WATCH_15),
    parameters: &[&METRICS],
    since: "0.1.0",
    examples: include_str!("../../examples/alarm-missing.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let alarms = function.survey.alarms.get("alarms")?;
    let missing: Vec<String> = cx
        .baseline
        .list(&METRICS)
        .into_iter()
        .filter_map(|metric| {
            let on_it = || alarms.iter().filter(|alarm| alarm.metric == metric);
            match on_it().next() {
                None => Some(format!("no alarm on `{metric}`")),
                Some(_) if on_it().any(|alarm| alarm.acts) => None,
                Some(first) => Some(format!("alarm `{}` on `{metric}` has no action", first.name)),
            }
        })
        .collect();
    if missing.is_empty() {
        return Ok(Outcome::Pass);
    }
    Ok(match ran(function)? {
        true => Evidence::fail("AlarmActions", listed(&missing)),
        false => Outcome::NotApplicable("it has not run for a quarter"),
    })
}
