//! Ways by which a role that may do little comes to do much.

mod paths;

use iam::{Condition, Grant, Grants, Key, Resources, Tri, Version};
use model::{Gap, Origin, Role};

use crate::role::{Bound, asks_for_value, bound, place};

use paths::{PATHS, Path};

/// The paths that are open to `role`, one sentence each.
///
/// A path is open if every action of it is granted, its first on resources that matter: a
/// wildcard, the role itself, or a policy that is attached to it. One exact ARN of something else
/// is a choice that someone made. A condition on the request is taken to hold, a Deny under
/// conditions not to: the function sends the requests.
///
/// # Errors
/// No path is surely open, and one may be: a condition is not understood.
pub(crate) fn open_paths(grants: &Grants<'_>, role: &Role) -> Result<Vec<String>, Gap> {
    let mut open = Vec::new();
    let mut doubt = None;
    for path in PATHS {
        match walk(path, grants, role) {
            Step::Open(place) => {
                open.push(format!("{} {}, by {place}", path.actions.join(" + "), path.gain));
            }
            Step::Unclear(why) => doubt = doubt.or(Some(why)),
            Step::Shut => {}
        }
    }
    match doubt {
        Some(why) if open.is_empty() => Err(Gap { fact: "policies of the role", why }),
        _ => Ok(open),
    }
}

/// Whether an action of a path can be taken, and by which statement.
enum Step {
    Open(String),
    Unclear(String),
    Shut,
}

fn walk(path: &Path, grants: &Grants<'_>, role: &Role) -> Step {
    let mut answer = None;
    for (index, action) in path.actions.iter().enumerate() {
        let grants = grants.allows(action);
        let mut best = Step::Shut;
        for grant in &grants {
            if index > 0 || matters(grant, action, role) {
                best = better(best, step(path, action, grant, role));
            }
        }
        answer = Some(match (answer, best) {
            (_, Step::Shut) => return Step::Shut,
            (Some(Step::Unclear(why)), _) | (_, Step::Unclear(why)) => Step::Unclear(why),
            (Some(first), Step::Open(_)) => first,
            (None, open) => open,
        });
    }
    answer.unwrap_or(Step::Shut)
}

fn better(known: Step, new: Step) -> Step {
    match (&known, &new) {
        (Step::Open(_), _) | (Step::Unclear(_), Step::Shut | Step::Unclear(_)) => known,
        _ => new,
    }
}

fn step(path: &Path, action: &str, grant: &Grant<'_>, role: &Role) -> Step {
    for condition in &grant.conditions {
        match weigh(condition, path) {
            Weight::Nothing => {}
            Weight::Shuts => return Step::Shut,
            Weight::Unknown => {
                let place = place(grant.origin, role);
                let key = &condition.key;
                return Step::Unclear(format!(
                    "{place}: whether the condition on `{key}` holds {action} back is not known"
                ));
            }
        }
    }
    Step::Open(place(grant.origin, role))
}

/// What a condition does to one action of a path.
enum Weight {
    Nothing,
    Shuts,
    Unknown,
}

fn weigh(condition: &Condition, path: &Path) -> Weight {
    let key = condition.key.to_ascii_lowercase();
    let any = |text: &str| condition.values.iter().any(|value| value.contains(text));
    match key.as_str() {
        "iam:passedtoservice" => {
            let Some(service) = path.passed_to else { return Weight::Nothing };
            match condition.holds(Version::V2012, &|_| Key::value(service)) {
                Tri::No => Weight::Shuts,
                Tri::Yes | Tri::Unknown => Weight::Nothing,
            }
        }
        // The policies that may be attached, and the boundary a role must have to be changed.
        "iam:policyarn" if any("*") || any("AdministratorAccess") => Weight::Nothing,
        "iam:policyarn" | "iam:permissionsboundary" if asks_for_value(condition) => Weight::Shuts,
        _ if key.starts_with("aws:calledvia") || key == "aws:viaawsservice" => Weight::Unknown,
        _ => match bound(condition) {
            Bound::Free => Weight::Nothing,
            Bound::Unknown => Weight::Unknown,
            Bound::Fixed => Weight::Shuts,
        },
    }
}

/// Whether the grant reaches more than something that was named for it.
fn matters(grant: &Grant<'_>, action: &str, role: &Role) -> bool {
    let takes_resources = iam::catalogue::action(action).is_none_or(|a| a.takes_resources());
    let one = |pattern: &str| !takes_resources || is_open(pattern, role);
    let within = |set: &&Resources| match set {
        Resources::Only(patterns) => patterns.iter().any(|pattern| one(pattern)),
        Resources::Except(_) => true,
    };
    one(grant.resource) && (grant.bounded.is_empty() || grant.bounded.iter().any(within))
}

/// A wildcard where the resource is named, the role itself, or a policy attached to it. A wildcard
/// in place of the account alone leaves the name to whoever wrote it.
fn is_open(pattern: &str, role: &Role) -> bool {
    let name = pattern.splitn(6, ':').nth(5).unwrap_or(pattern);
    let attached = role.policies.known().map_or(&[][..], Vec::as_slice);
    let is_attached =
        attached.iter().any(|policy| policy.origin == Origin::Managed(pattern.to_owned()));
    name.contains(['*', '?']) || pattern == role.arn || is_attached
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_action_is_one_of_the_catalogue() {
        for Path { actions, .. } in PATHS {
            for action in *actions {
                let known = iam::catalogue::action(action).map(|action| action.to_string());
                assert_eq!(known.as_deref(), Some(*action), "{actions:?}");
            }
        }
    }

    #[test]
    fn the_table_is_sound() {
        let mut seen = BTreeSet::new();
        for Path { actions, passed_to, gain, source } in PATHS {
            assert!(seen.insert(actions), "{actions:?} twice");
            assert_eq!(passed_to.is_some(), actions[0] == "iam:PassRole", "{actions:?}");
            assert!(passed_to.is_none_or(|name| name.ends_with(".amazonaws.com")), "{actions:?}");
            assert!(source.starts_with("https://") && !gain.ends_with('.'), "{actions:?}");
        }
    }
}
