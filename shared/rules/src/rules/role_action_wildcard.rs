use iam::{Actions, Grants, Origin, Statement, catalogue};
use model::{Context, Evidence, Outcome, Severity, Snapshot, Verdict};

use crate::{
    Family, Rule,
    access::speaks_of,
    controls,
    role::{MISSING, found_in, place, role},
    words::listed,
};

pub(super) static RULE: Rule = Rule {
    id: "role-action-wildcard",
    family: Family::Role,
    title: "The execution role has every action of a service, with those AWS has yet to add",
    severity: Severity::High,
    why: "`s3:*` is not only what the function does but deleting the bucket and opening it to the world, \
          and each action AWS adds is granted the day it appears. A flaw in the function is worth as \
          much as its role allows.",
    fix: "Name the actions the function calls. A prefix such as `dynamodb:Get*` is narrow enough; \
          `NotAction` with `Allow` never is. The catalogue says how many actions a wildcard stands for.",
    sources: &[
        "https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-21",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html",
    ],
    control: Some(&controls::IAM_21),
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/role-action-wildcard.toml"),
    check,
};

/// The name of an action that AWS will never use: whoever is granted it by a pattern is granted
/// whatever the service adds. No prefix and no suffix matches it.
const TO_COME: &str = "~";

fn check(function: &Snapshot, _: &Context) -> Verdict {
    let Some(role) = role(function)? else { return Ok(Outcome::NotApplicable(MISSING)) };
    let found = found_in(role, |grants| {
        let wild = grants.statements().filter_map(|(origin, statement)| {
            let what = wildcard(grants, origin, statement)?;
            Some(format!("{} {what}", place(origin, role)))
        });
        Ok(wild.collect())
    })?;
    Ok(if found.is_empty() { Outcome::Pass } else { Evidence::fail("Role", listed(&found)) })
}

/// What the statement grants of services as a whole, if a Deny or the boundary leaves it.
fn wildcard(grants: &Grants<'_>, origin: Origin<'_>, statement: &Statement) -> Option<String> {
    if matches!(&statement.actions, Actions::Only(patterns) if !patterns.iter().any(|p| is_wild(p)))
    {
        return None;
    }
    let is_granted = |service: &&str| {
        let action = format!("{service}:{TO_COME}");
        speaks_of(&statement.actions, &action)
            && grants.allows(&action).iter().any(|grant| grant.origin == origin)
    };
    let services: Vec<&str> = catalogue::services().filter(is_granted).collect();
    let count = |service: &&str| catalogue::expand(&format!("{service}:*")).count();
    match (&statement.actions, services.as_slice()) {
        (_, []) => None,
        (Actions::Except(_), _) => {
            Some("has `NotAction`, which grants whatever it does not name".to_owned())
        }
        (Actions::Only(_), all) if all.len() == catalogue::services().count() => {
            Some("has every action of every service, and those to come".to_owned())
        }
        (Actions::Only(_), few) => {
            let total: usize = few.iter().map(count).sum();
            let names: Vec<String> = few.iter().map(|service| format!("`{service}:*`")).collect();
            Some(format!("has {}: {total} actions, and those to come", listed(&names)))
        }
    }
}

/// Whether a pattern can match [`TO_COME`], at a glance.
fn is_wild(pattern: &str) -> bool {
    let name = pattern.split_once(':').map_or(pattern, |(_, name)| name);
    name.ends_with(['*', '?']) && (name.starts_with(['*', '?']) || name == pattern)
}
