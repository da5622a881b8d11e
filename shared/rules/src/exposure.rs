//! One look over every policy and URL of a function: its own and those of its qualifiers.

use std::collections::BTreeSet;

use iam::{Actions, Effect, Policy, catalogue};
use model::{Context, Exposure, Gap, Qualifier, QualifierKind, Snapshot};

use crate::access::{Caller, Grant, Trust, grants, speaks_of};

/// What a rule makes of one grant.
pub(crate) enum Opinion {
    /// Nothing to object to, or another rule's business.
    Fine,
    /// A violation; the text says who is let in.
    Bad(String),
    /// Cannot be told, and why.
    Unclear(String),
}

/// Every grant, of any policy of the function, that `opinion` finds bad: one text for each
/// statement and for each of those it lets in.
///
/// # Errors
/// None is bad, and some could not be judged.
pub(crate) fn bad_grants(
    function: &Snapshot,
    cx: &Context,
    callers: &[Caller<'_>],
    opinion: impl Fn(&Grant<'_>) -> Opinion,
) -> Result<Vec<String>, Gap> {
    let trust = trust(function, cx);
    each(function, |exposure| {
        let Some(policy) = exposure.policy.get(POLICY)? else { return Ok(Vec::new()) };
        let mut found: Vec<Bad> = Vec::new();
        let mut doubt = None;
        for action in actions(policy) {
            for grant in callers.iter().flat_map(|c| grants(policy, &action, *c, &trust)) {
                let statement = &grant.statement;
                let told = |bad: &Bad| bad.statement == *statement && bad.actions.contains(&action);
                match opinion(&grant) {
                    Opinion::Fine => {}
                    Opinion::Unclear(why) => {
                        let why = format!("{statement}: {why}");
                        doubt.get_or_insert(Gap { fact: POLICY, why });
                    }
                    Opinion::Bad(_) if grant.is_by_the_way() && found.iter().any(told) => {}
                    Opinion::Bad(who) => {
                        let same = |bad: &&mut Bad| bad.statement == *statement && bad.who == who;
                        match found.iter_mut().find(same) {
                            Some(bad) => bad.actions.push(action.clone()),
                            None => {
                                let actions = vec![action.clone()];
                                found.push(Bad { statement: grant.statement, who, actions });
                            }
                        }
                    }
                }
            }
        }
        match doubt {
            Some(gap) if found.is_empty() => Err(gap),
            _ => Ok(found.iter().map(Bad::sentence).collect()),
        }
    })
}

/// What `look` finds on the function and on each qualifier, each text with the place it was
/// found in. A finding anywhere outweighs a gap elsewhere.
///
/// # Errors
/// Nothing was found, and something could not be read.
pub(crate) fn each(
    function: &Snapshot,
    look: impl Fn(&Exposure) -> Result<Vec<String>, Gap>,
) -> Result<Vec<String>, Gap> {
    let mut found = Vec::new();
    let mut gap = None;
    match look(&function.exposure) {
        Ok(texts) => found.extend(texts),
        Err(why) => gap = Some(why),
    }
    match function.qualifiers.get("versions and aliases") {
        Err(why) => drop(gap.get_or_insert(why)),
        Ok(qualifiers) => {
            for qualifier in qualifiers {
                let place = place(qualifier);
                match look(&qualifier.exposure) {
                    Ok(texts) => found.extend(texts.iter().map(|t| format!("{place}: {t}"))),
                    Err(Gap { fact, why }) => {
                        gap.get_or_insert(Gap { fact, why: format!("{place}: {why}") });
                    }
                }
            }
        }
    }
    match gap {
        Some(gap) if found.is_empty() => Err(gap),
        _ => Ok(found),
    }
}

/// Whom the policies of `function` need not fear.
pub(crate) fn trust<'a>(function: &'a Snapshot, cx: &'a Context) -> Trust<'a> {
    Trust { account: function.arn.account(), organization: &cx.baseline.organization }
}

/// The fact's name in a gap.
pub(crate) const POLICY: &str = "resource policy";

fn place(qualifier: &Qualifier) -> String {
    let kind = match qualifier.kind {
        QualifierKind::Version { .. } => "version",
        QualifierKind::Alias { .. } => "alias",
    };
    format!("{kind} `{}`", qualifier.name)
}

/// The actions on functions that some `Allow` of the policy speaks of.
fn actions(policy: &Policy) -> BTreeSet<String> {
    let allows = policy.statements.iter().filter(|statement| statement.effect == Effect::Allow);
    let mut found = BTreeSet::new();
    for allow in allows {
        let named = |action: &String| speaks_of(&allow.actions, action);
        found.extend(on_functions().filter(named));
        if let Actions::Only(patterns) = &allow.actions {
            // Newer than the catalogue, one action or many: taken for one that matters.
            let of_lambda = |p: &&String| {
                p.split_once(':').is_some_and(|(service, _)| service.eq_ignore_ascii_case("lambda"))
            };
            let new = |p: &&String| catalogue::expand(p).next().is_none();
            found.extend(patterns.iter().filter(of_lambda).filter(new).cloned());
        }
    }
    found
}

/// Every action that can be granted on a function, a version or an alias.
fn on_functions() -> impl Iterator<Item = String> {
    let takes_function = |action: &catalogue::Action| {
        action.resource_types().any(|kind| kind.name.starts_with("function"))
    };
    catalogue::expand("lambda:*").filter(takes_function).map(|action| action.to_string())
}

/// A statement, someone it lets in, and what that one may do.
struct Bad {
    statement: String,
    who: String,
    actions: Vec<String>,
}

impl Bad {
    fn sentence(&self) -> String {
        let Self { statement, who, actions } = self;
        let what = match actions.as_slice() {
            all if all.len() == on_functions().count() => "every action on it".to_owned(),
            [first, second, third, _, more @ ..] => {
                format!("{first}, {second}, {third} and {} more actions", more.len() + 1)
            }
            few => few.join(", "),
        };
        format!("{statement} lets {who} call {what}")
    }
}
