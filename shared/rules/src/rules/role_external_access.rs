use model::{Context, Evidence, Outcome, Severity, Snapshot, Verdict};

use crate::{Family, Rule};

pub(super) static RULE: Rule = Rule {
    id: "role-external-access",
    family: Family::Role,
    title: "Someone outside may assume the execution role",
    severity: Severity::High,
    why: "Whoever assumes the execution role may do what the function may, from anywhere, and \
          nothing of it appears in the function's logs.",
    fix: "Take foreign principals out of the role's trust policy, or archive the finding in \
          Access Analyzer where they are meant. `role-trust-broad` judges the same policy by \
          our own reading and by the baseline; this rule asks Access Analyzer, where the \
          account has an external access analyzer in the Region.",
    sources: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-concepts.html",
        "https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ListFindingsV2.html",
    ],
    control: None,
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/role-external-access.toml"),
    check,
};

fn check(function: &Snapshot, _: &Context) -> Verdict {
    Ok(match function.survey.external.get("findings of Access Analyzer")? {
        None => Outcome::NotApplicable("no external access analyzer in the account and Region"),
        Some(0) => Outcome::Pass,
        Some(found) => Evidence::fail(
            "AssumeRolePolicyDocument",
            format!("Access Analyzer has active findings on the role: {found}"),
        ),
    })
}
