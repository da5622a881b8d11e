use model::{Context, Evidence, Outcome, Severity, Snapshot, Verdict};

use crate::{
    Family, Rule, controls,
    escalation::open_paths,
    role::{ADMIN, MISSING, found_in, is_admin, role},
    words::listed,
};

pub(super) static RULE: Rule = Rule {
    id: "role-privilege-escalation",
    family: Family::Role,
    title: "The execution role can get itself more permissions",
    severity: Severity::High,
    why: "What the role may do today is not what it may do tomorrow: with these actions a flaw in the \
          function is enough to change a policy, to become another role, or to start something that \
          has one, and so to reach whatever that may do.",
    fix: "Take away one action of each way, or hold it to what is needed: `iam:PassRole` to the one role \
          and with `iam:PassedToService`, changes of roles with `iam:PermissionsBoundary`, changes of \
          functions to their ARNs.",
    sources: &[
        "https://github.com/DataDog/pathfinding.cloud",
        "https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation/",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
    ],
    control: Some(&controls::LEAST_PRIVILEGE),
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/role-privilege-escalation.toml"),
    check,
};

fn check(function: &Snapshot, _: &Context) -> Verdict {
    let Some(role) = role(function)? else { return Ok(Outcome::NotApplicable(MISSING)) };
    if is_admin(role)? {
        return Ok(Outcome::NotApplicable(ADMIN));
    }
    let open = found_in(role, |grants| open_paths(grants, role))?;
    Ok(if open.is_empty() { Outcome::Pass } else { Evidence::fail("Role", listed(&open)) })
}
