use iam::{Grant, Grants};
use model::{Context, Evidence, Outcome, Severity, Snapshot, Verdict};

use crate::{
    Family, Rule, controls,
    role::{ADMIN, MISSING, asks_for_value, found_in, is_admin, place, role},
    words::listed,
};

pub(super) static RULE: Rule = Rule {
    id: "role-unscoped-passrole",
    family: Family::Role,
    title: "The execution role may pass any role to AWS services",
    severity: Severity::High,
    why: "Whoever may pass a role to a service acts through the service with that role, and the strongest \
          role of the account is as near as the weakest. CloudTrail records no `PassRole` event that \
          would show it.",
    fix: "Write the ARNs of the roles that the function hands on into `Resource`, and the services it hands \
          them to into a condition on `iam:PassedToService`. Where the roles are made as they are needed, \
          a prefix with that condition does.",
    sources: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html",
    ],
    control: Some(&controls::LEAST_PRIVILEGE),
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/role-unscoped-passrole.toml"),
    check,
};

fn check(function: &Snapshot, _: &Context) -> Verdict {
    let Some(role) = role(function)? else { return Ok(Outcome::NotApplicable(MISSING)) };
    if is_admin(role)? {
        return Ok(Outcome::NotApplicable(ADMIN));
    }
    let found = found_in(role, |grants: &Grants<'_>| {
        let passing = grants.allows("iam:PassRole");
        let wide = passing.iter().filter(|grant| is_unscoped(grant));
        Ok(wide
            .map(|grant| format!("`{}` in {}", grant.resource, place(grant.origin, role)))
            .collect())
    })?;
    Ok(if found.is_empty() { Outcome::Pass } else { Evidence::fail("Role", listed(&found)) })
}

/// Whether it reaches roles that nobody named: all of them, or those with a prefix and to whatever
/// service.
fn is_unscoped(grant: &Grant<'_>) -> bool {
    let named = grant.resource.split(':').nth(5).and_then(|rest| rest.strip_prefix("role/"));
    let Some(name) = named else { return true };
    let to_service = grant.conditions.iter().any(|condition| {
        condition.key.eq_ignore_ascii_case("iam:PassedToService") && asks_for_value(condition)
    });
    name.starts_with(['*', '?', '$']) || (name.contains(['*', '?']) && !to_service)
}
