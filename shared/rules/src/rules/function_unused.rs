use model::{Context, Evidence, Gap, Organization, Outcome, Severity, Snapshot, Verdict};

use crate::{
    Family, Rule,
    access::{Caller, Trust, grants},
    role::role,
    survey::{QUARTER, is_older, ran},
};

pub(super) static RULE: Rule = Rule {
    id: "function-unused",
    family: Family::Hygiene,
    title: "Nobody has called the function for a quarter",
    severity: Severity::Low,
    why: "What nobody needs is still patched, paid for and attacked: its role, its secrets and \
          its open doors stay where they are.",
    fix: "Delete the function, its role and its log group once its owner agrees; keep the code \
          in the repository.",
    sources: &["https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"],
    control: None,
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/function-unused.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    if ran(function)? {
        return Ok(Outcome::Pass);
    }
    // No data means no invocation only where the function was there all the time.
    let changed = function.operation.configuration.get("configuration")?.changed;
    if !is_older(changed, QUARTER, cx) {
        return Ok(Outcome::NotApplicable("it was made or changed within the quarter"));
    }
    if may_run_at_the_edge(function)? {
        return Ok(Outcome::NotApplicable("it may run at the edge, and be counted elsewhere"));
    }
    Ok(Evidence::fail("Invocations", format!("no invocation for {QUARTER} days")))
}

/// Lambda@Edge makes replicas of functions of us-east-1, and counts in the Region of each.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-functions-logs.html>
fn may_run_at_the_edge(function: &Snapshot) -> Result<bool, Gap> {
    if function.arn.region() != "us-east-1" {
        return Ok(false);
    }
    let Some(role) = role(function)? else { return Ok(false) };
    let policy = role.trust.get("trust policy of the role")?;
    let trust = Trust { account: "", organization: &Organization::default() };
    let granted = grants(policy, "sts:AssumeRole", Caller::Service("*"), &trust);
    Ok(granted.iter().any(|one| one.service == Some("edgelambda.amazonaws.com")))
}
