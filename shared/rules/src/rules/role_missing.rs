use model::{Context, Evidence, Outcome, RoleState, Severity, Snapshot, Verdict};

use crate::{Family, Rule};

pub(super) static RULE: Rule = Rule {
    id: "role-missing",
    family: Family::Role,
    title: "The execution role does not exist",
    severity: Severity::High,
    why: "Lambda cannot run the function: every invocation fails, and events are lost once their \
          retries are used up. Whoever may create a role of this name decides what the function \
          may do when it runs again.",
    fix: "Deploy the function with a role that exists, or delete the function. If the role was deleted \
          by mistake, create it anew and update the function, for Lambda holds on to the old role's id.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids",
    ],
    control: None,
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/role-missing.toml"),
    check,
};

fn check(function: &Snapshot, _: &Context) -> Verdict {
    Ok(match function.role.get("execution role")? {
        RoleState::Present(_) => Outcome::Pass,
        RoleState::Missing => {
            let name = function.settings.role.as_deref().unwrap_or("the role");
            Evidence::fail("Role", format!("`{name}` does not exist"))
        }
    })
}
