use std::collections::BTreeSet;

use iam::{Condition, Grant, Operator};
use model::{
    CallKind, CallOutcome, Context, Evidence, Outcome, Parameter, Role, RoleUsage, SettingKind,
    Severity, Snapshot, Verdict,
};

use crate::{
    Family, Rule, controls,
    role::{MISSING, found_in, place, role},
    words::listed,
};

static MOST: Parameter = Parameter {
    rule: "role-region-unbounded",
    name: "most",
    meaning: "Regions; of a role that is used in more the rule does not speak",
    kind: SettingKind::Number(3),
};

pub(super) static RULE: Rule = Rule {
    id: "role-region-unbounded",
    family: Family::Role,
    title: "The execution role may act in every Region and is used in few",
    severity: Severity::Low,
    why: "An intruder works where nobody looks: in a Region that you do not use there is no alarm, no \
          quota that hurts and nobody who sees the bill before the end of the month.",
    fix: "Add a condition on `aws:RequestedRegion` with the Regions that the function works in, or write \
          ARNs with their Region into `Resource`. Global services such as IAM answer from \
          us-east-1.",
    sources: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-requestedregion",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_deny-requested-region.html",
    ],
    control: Some(&controls::LEAST_PRIVILEGE),
    parameters: &[&MOST],
    since: "0.1.0",
    examples: include_str!("../../examples/role-region-unbounded.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let Some(role) = role(function)? else { return Ok(Outcome::NotApplicable(MISSING)) };
    let unbounded = unbounded(role)?;
    if unbounded.is_empty() {
        return Ok(Outcome::Pass);
    }
    let used = regions(function.usage.get("calls of the role")?);
    let most = usize::try_from(cx.baseline.number(&MOST)).unwrap_or(usize::MAX);
    if used.is_empty() {
        return Ok(Outcome::NotApplicable("no call of the role was seen in any Region"));
    }
    if used.len() > most {
        return Ok(Outcome::Pass);
    }
    let used: Vec<&str> = used.into_iter().collect();
    let saw = format!(
        "used in {} alone, granted in every Region by {}",
        used.join(", "),
        listed(&unbounded)
    );
    Ok(Evidence::fail("Role", saw))
}

/// Where the role called with success, whoever made it call.
fn regions(usage: &RoleUsage) -> BTreeSet<&str> {
    let used = usage
        .calls
        .iter()
        .filter(|call| call.outcome != CallOutcome::Denied && call.kind != CallKind::Granted);
    used.map(|call| call.region.as_str()).collect()
}

/// The statements that grant something in whatever Region, each once.
fn unbounded(role: &Role) -> Result<Vec<String>, model::Gap> {
    found_in(role, |grants| {
        let mut origins = BTreeSet::new();
        for group in grants.groups() {
            let wide = group.ruling.grants.iter().filter(|grant| is_unbounded(grant));
            origins.extend(wide.map(|grant| grant.origin));
        }
        Ok(origins.into_iter().map(|origin| place(origin, role)).collect())
    })
}

/// An ARN without a Region names one resource, which is in one Region.
fn is_unbounded(grant: &Grant<'_>) -> bool {
    let everywhere = match grant.resource.split(':').nth(3) {
        None => true,
        Some(region) => region.contains(['*', '?']),
    };
    let all = grant.conditions.iter().chain(&grant.unless);
    everywhere && !all.into_iter().any(|condition| bounds_regions(condition))
}

/// Whether a condition, of a grant or of a denial, turns on the Region.
fn bounds_regions(condition: &Condition) -> bool {
    condition.key.eq_ignore_ascii_case("aws:RequestedRegion")
        && condition.operator != Operator::Null
        && !condition.values.iter().any(|value| value == "*")
}
