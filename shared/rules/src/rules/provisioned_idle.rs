use model::{Context, Evidence, Outcome, Parameter, SettingKind, Severity, Snapshot, Verdict};

use crate::{
    Family, Rule,
    survey::{FORTNIGHT, is_older},
    words::listed,
};

static PERCENT: Parameter = Parameter {
    rule: "provisioned-idle",
    name: "percent",
    meaning: "Percent that must be in use at the busiest moment",
    kind: SettingKind::Number(10),
};

pub(super) static RULE: Rule = Rule {
    id: "provisioned-idle",
    family: Family::Hygiene,
    title: "Provisioned concurrency stands idle",
    severity: Severity::Low,
    why: "Provisioned concurrency is paid for by the second whether anything runs or not.",
    fix: "Delete the provisioned concurrency (`DeleteProvisionedConcurrencyConfig`) or let \
          Application Auto Scaling follow the load. `percent` in the baseline sets another \
          bound. Off unless asked for: it takes a call for each function with versions or \
          aliases.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-concurrency.html",
    ],
    control: None,
    parameters: &[&PERCENT],
    since: "0.1.0",
    examples: include_str!("../../examples/provisioned-idle.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let all = function.survey.provisioned.get("provisioned concurrency")?;
    if all.is_empty() {
        return Ok(Outcome::NotApplicable("it has no provisioned concurrency"));
    }
    let percent = cx.baseline.number(&PERCENT);
    let (mut idle, mut gap, mut judged) = (Vec::new(), None, false);
    for one in all.iter().filter(|one| is_older(one.changed, FORTNIGHT, cx)) {
        judged = true;
        match one.most.get("use of provisioned concurrency") {
            Ok(most) if *most * 100.0 < f64::from(percent) => {
                idle.push(format!("`{}`", one.qualifier));
            }
            Ok(_) => {}
            Err(unread) => drop(gap.get_or_insert(unread)),
        }
    }
    match gap {
        _ if !idle.is_empty() => Ok(Evidence::fail(
            "ProvisionedConcurrencyConfig",
            format!(
                "less than {percent} % was ever in use for {FORTNIGHT} days: {}",
                listed(&idle)
            ),
        )),
        Some(gap) => Err(gap),
        None if judged => Ok(Outcome::Pass),
        None => Ok(Outcome::NotApplicable("it was set within the fortnight")),
    }
}
