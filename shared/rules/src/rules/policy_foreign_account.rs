use model::{Context, Evidence, Outcome, Severity, Snapshot, Verdict};

use crate::{
    Family, Rule,
    access::{Caller, Grant, Reach},
    exposure::{Opinion, bad_grants},
    words::listed,
};

pub(super) static RULE: Rule = Rule {
    id: "policy-foreign-account",
    family: Family::Exposure,
    title: "The resource policy lets in an account that the organisation does not trust",
    severity: Severity::High,
    why: "Whoever controls that account, or breaks into it, can use the function; nobody here sees it \
          change hands. Such grants outlive the contract or the test they were made for.",
    fix: "Remove the statement, or name the account in the baseline under \
          `organization.trusted_accounts` if it is meant. Accounts of your own organisation belong \
          under `organization.accounts`, and its id under `organization.id`.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-cross-account.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/what-is-access-analyzer.html",
    ],
    control: None,
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/policy-foreign-account.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let callers = [Caller::Identity, Caller::Service("*")];
    let open = bad_grants(function, cx, &callers, foreign)?;
    Ok(if open.is_empty() { Outcome::Pass } else { Evidence::fail("Policy", listed(&open)) })
}

/// A grant to anyone names no account: the other rules on policies speak of it.
fn foreign(grant: &Grant<'_>) -> Opinion {
    match (&grant.reach, grant.service) {
        (Reach::Outside(parties), service) => {
            let parties: Vec<String> = parties.iter().map(ToString::to_string).collect();
            let parties = listed(&parties);
            Opinion::Bad(match service {
                Some(name) => format!("`{name}`, for {parties},"),
                None => parties,
            })
        }
        (Reach::Unclear(why), _) => Opinion::Unclear(why.clone()),
        (Reach::Trusted | Reach::Anyone, _) => Opinion::Fine,
    }
}
