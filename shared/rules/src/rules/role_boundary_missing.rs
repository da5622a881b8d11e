use model::{Context, Evidence, Outcome, Parameter, SettingKind, Severity, Snapshot, Verdict};

use crate::{
    Family, Rule, controls,
    role::{MISSING, role},
};

static ALWAYS: Parameter = Parameter {
    rule: "role-boundary-missing",
    name: "always",
    meaning: "every execution role must have a permissions boundary",
    kind: SettingKind::Flag(false),
};

static POLICIES: Parameter = Parameter {
    rule: "role-boundary-missing",
    name: "policies",
    meaning: "ARNs of the policies that count as boundary; empty: any",
    kind: SettingKind::List(&[]),
};

/// Off unless the baseline asks: most organisations bound what developers' roles may do, and few
/// every execution role.
pub(super) static RULE: Rule = Rule {
    id: "role-boundary-missing",
    family: Family::Role,
    title: "The execution role has no permissions boundary although the baseline demands one",
    severity: Severity::Low,
    why: "Teams that write the roles of their own functions can give them anything. A boundary holds every \
          such role, and every role that these make, to what the organisation allows at most.",
    fix: "Set `PermissionsBoundary` of the role to the policy of your organisation. In CloudFormation and \
          SAM it is a property of the role, in SAM also of `Globals`.",
    sources: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/permissions-boundary.html",
    ],
    control: Some(&controls::LEAST_PRIVILEGE),
    parameters: &[&ALWAYS, &POLICIES],
    since: "0.1.0",
    examples: include_str!("../../examples/role-boundary-missing.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let accepted = cx.baseline.list(&POLICIES);
    if !cx.baseline.flag(&ALWAYS) && accepted.is_empty() {
        return Ok(Outcome::NotApplicable("the baseline does not demand permissions boundaries"));
    }
    let Some(role) = role(function)? else { return Ok(Outcome::NotApplicable(MISSING)) };
    let Some(boundary) = role.boundary.get("permissions boundary")? else {
        return Ok(Evidence::fail("Role", "the role has no permissions boundary"));
    };
    let arn = match &boundary.origin {
        model::Origin::Managed(arn) => arn.as_str(),
        model::Origin::Inline => &boundary.name,
    };
    Ok(if accepted.is_empty() || accepted.contains(&arn) {
        Outcome::Pass
    } else {
        Evidence::fail("Role", format!("the boundary is `{arn}`, which the baseline does not name"))
    })
}
