use model::{Context, Evidence, Outcome, Parameter, SettingKind, Severity, Snapshot, Verdict};

use crate::{Family, Rule, survey::FORTNIGHT};

static COPIES: Parameter = Parameter {
    rule: "provisioned-candidate",
    name: "copies",
    meaning: "Copies busy in every hour of a fortnight from which it pays",
    kind: SettingKind::Number(1),
};

pub(super) static RULE: Rule = Rule {
    id: "provisioned-candidate",
    family: Family::Hygiene,
    title: "The function is busy all the time and pays by the run",
    severity: Severity::Low,
    why: "Provisioned concurrency costs less than runs on demand where it is in use for more \
          than some 60 % of the time, and a function that is never at rest uses it always.",
    fix: "Set provisioned concurrency on the alias that is called, for as many copies as are \
          never at rest, and compare a week's bill; a Savings Plan may do as much.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html",
        "https://aws.amazon.com/lambda/pricing/",
    ],
    control: None,
    parameters: &[&COPIES],
    since: "0.1.0",
    examples: include_str!("../../examples/provisioned-candidate.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let copies = cx.baseline.number(&COPIES);
    let busy = *function.survey.metrics.busy.get("copies that are busy")?;
    if busy < f64::from(copies) {
        return Ok(Outcome::Pass);
    }
    let provisioned = function.survey.provisioned.get("provisioned concurrency")?;
    Ok(match provisioned.is_empty() {
        false => Outcome::Pass,
        true => Evidence::fail(
            "ProvisionedConcurrencyConfig",
            format!(
                "in every hour of {FORTNIGHT} days at least {copies} copies were busy on average"
            ),
        ),
    })
}
