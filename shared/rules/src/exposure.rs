//! One look over every policy and URL of a function: its own and those of its qualifiers.

use model::{Context, Exposure, Gap, Qualifier, QualifierKind, Snapshot};

use crate::access::{Caller, Grant, Trust, grants};

/// The actions a policy is asked about.
///
/// A resource policy can grant any action on a function; those named here start it, read its
/// code, or take it over.
pub(crate) const ACTIONS: [&str; 12] = [
    "lambda:InvokeFunction",
    "lambda:InvokeFunctionUrl",
    "lambda:InvokeAsync",
    "lambda:GetFunction",
    "lambda:GetFunctionConfiguration",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
    "lambda:AddPermission",
    "lambda:RemovePermission",
    "lambda:PutResourcePolicy",
    "lambda:CreateFunctionUrlConfig",
    "lambda:DeleteFunction",
];

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
        for action in ACTIONS {
            for grant in callers.iter().flat_map(|c| grants(policy, action, *c, &trust)) {
                let Grant { statement, service, .. } = &grant;
                let told = |bad: &Bad| bad.statement == *statement && bad.actions.contains(&action);
                match opinion(&grant) {
                    Opinion::Fine => {}
                    Opinion::Unclear(why) => {
                        let why = format!("{statement}: {why}");
                        doubt.get_or_insert(Gap { fact: POLICY, why });
                    }
                    // Who is open to all need not be said to be open to services.
                    Opinion::Bad(_) if service.is_none() && found.iter().any(told) => {}
                    Opinion::Bad(who) => {
                        let same = |bad: &&mut Bad| bad.statement == *statement && bad.who == who;
                        match found.iter_mut().find(same) {
                            Some(bad) => bad.actions.push(action),
                            None => found.push(Bad::new(grant.statement, who, action)),
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

/// A statement, someone it lets in, and what that one may do.
struct Bad {
    statement: String,
    who: String,
    actions: Vec<&'static str>,
}

impl Bad {
    fn new(statement: String, who: String, action: &'static str) -> Self {
        Self { statement, who, actions: vec![action] }
    }

    fn sentence(&self) -> String {
        let Self { statement, who, actions } = self;
        if actions.len() == ACTIONS.len() {
            return format!("{statement} lets {who} call every action of Lambda");
        }
        format!("{statement} lets {who} call {}", actions.join(", "))
    }
}
