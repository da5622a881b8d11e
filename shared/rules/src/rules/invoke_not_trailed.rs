use model::{Context, Evidence, Gap, Outcome, Severity, Snapshot, Verdict};

use crate::{Family, Rule};

pub(super) static RULE: Rule = Rule {
    id: "invoke-not-trailed",
    family: Family::Observability,
    title: "Nobody can tell later who called the function",
    severity: Severity::Low,
    why: "CloudTrail records `Invoke` only where data events of Lambda are switched on. \
          Without them, nobody can tell after an intrusion who called what, and permissions to \
          invoke can never be proved unused.",
    fix: "Let the trail record data events of `AWS::Lambda::Function`, for all functions or \
          for those that matter, and mind the price. Known only with a ledger of CloudTrail \
          usage.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html",
    ],
    control: None,
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/invoke-not-trailed.toml"),
    check,
};

fn check(function: &Snapshot, _: &Context) -> Verdict {
    let usage = function.usage.get("calls of the role")?;
    let region = function.arn.region();
    let told = usage.coverage.get(region).and_then(|coverage| coverage.newest.as_ref());
    match told {
        Some(data) if data.contains(FUNCTIONS) => Ok(Outcome::Pass),
        Some(_) => Ok(Evidence::fail(
            "EventSelectors",
            format!("the trail does not record the calls of every function in {region}"),
        )),
        None => Err(Gap {
            fact: "settings of the trail",
            why: format!("no digest of {region} tells what the trail records"),
        }),
    }
}

/// As selectors name it.
const FUNCTIONS: &str = "AWS::Lambda::Function";
