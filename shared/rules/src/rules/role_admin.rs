use model::{Context, Evidence, Outcome, Severity, Snapshot, Verdict};

use crate::{
    Family, Rule, controls,
    role::{MISSING, found_in, place, role},
    words::listed,
};

pub(super) static RULE: Rule = Rule {
    id: "role-admin",
    family: Family::Role,
    title: "The execution role may do everything",
    severity: Severity::Critical,
    why: "Whoever gets the function to run a line of his own, by its input or by one of its libraries, \
          owns the account: he reads all data, makes himself users and covers his tracks.",
    fix: "Give the role the actions the function calls, on the resources it calls them on. Start from \
          what it has been seen to use: IAM Access Analyzer writes such a policy from CloudTrail. \
          Detach `AdministratorAccess`; a permissions boundary caps the damage in the meantime.",
    sources: &[
        "https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-1",
        "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html",
    ],
    control: Some(&controls::IAM_1),
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/role-admin.toml"),
    check,
};

fn check(function: &Snapshot, _: &Context) -> Verdict {
    let Some(role) = role(function)? else { return Ok(Outcome::NotApplicable(MISSING)) };
    let places = found_in(role, |grants| {
        let origins = grants.admin().unwrap_or_default();
        Ok(origins.into_iter().map(|origin| place(origin, role)).collect())
    })?;
    Ok(if places.is_empty() {
        Outcome::Pass
    } else {
        Evidence::fail("Role", format!("every action on every resource: {}", listed(&places)))
    })
}
