//! Remedies that close a function to strangers.

use model::{Exposure, Fact, Outcome, Snapshot};

use super::{Case, Draft, Wanted};
use crate::repair::{Slot, State};

/// Removes the statements that let anybody in, and no others.
pub(super) fn public_policy(case: &Case<'_>) -> Result<Draft, String> {
    let function = case.function;
    let mut wanted = Vec::new();
    let mut mended = function.clone();
    let mut names = Vec::new();
    for qualifier in qualifiers(function)? {
        let exposure = of(function, qualifier.as_deref());
        let Some(policy) = exposure.and_then(|one| one.policy.known()?.as_ref()) else { continue };
        for statement in &policy.statements {
            let alone = with_alone(function, qualifier.as_deref(), statement.clone());
            if !fails(case, "policy-public", &alone)? {
                continue;
            }
            let Some(sid) = statement.sid.clone() else {
                return Err("a statement without `Sid` lets anybody in; only a whole new policy \
                            can do without it"
                    .to_owned());
            };
            names.push(match &qualifier {
                Some(name) => format!("`{sid}` of `{name}`"),
                None => format!("`{sid}`"),
            });
            keep(&mut mended, qualifier.as_deref(), |kept| kept.sid.as_ref() != Some(&sid));
            let function = function.arn.clone();
            let slot = Slot::Statement { function, qualifier: qualifier.clone(), sid };
            wanted.push(Wanted { slot, after: State::ABSENT });
        }
    }
    if names.is_empty() {
        return Err("no statement by itself lets anybody in".to_owned());
    }
    let summary = format!("remove from the resource policy the statements {}", names.join(", "));
    let remarks = vec![
        "whoever calls the function by these statements alone is refused from then on".to_owned(),
    ];
    Ok(Draft { remarks, ..case.draft(wanted, summary, mended) })
}

/// Makes callers of public URLs sign their requests.
pub(super) fn public_url(case: &Case<'_>) -> Result<Draft, String> {
    let function = case.function;
    let mut wanted = Vec::new();
    let mut mended = function.clone();
    for qualifier in qualifiers(function)? {
        let alone = only(function, qualifier.as_deref());
        if !fails(case, "url-public", &alone)? {
            continue;
        }
        if let Some(Fact::Known(Some(url))) =
            of_mut(&mut mended, qualifier.as_deref()).map(|exposure| &mut exposure.url)
        {
            url.unsigned = false;
        }
        let slot = Slot::Url { function: function.arn.clone(), qualifier };
        wanted.push(Wanted { slot, after: State::of("AWS_IAM") });
    }
    let summary = "let the function's URL answer signed requests only".to_owned();
    let remarks = vec![
        "callers that do not sign are refused from then on, browsers and webhooks among them"
            .to_owned(),
    ];
    Ok(Draft { remarks, ..case.draft(wanted, summary, mended) })
}

/// The function itself, and its qualifiers by name.
fn qualifiers(function: &Snapshot) -> Result<Vec<Option<String>>, String> {
    let all = function.qualifiers.get("versions and aliases");
    let all = all.map_err(|gap| format!("{} unknown: {}", gap.fact, gap.why))?;
    Ok(std::iter::once(None).chain(all.iter().map(|one| Some(one.name.clone()))).collect())
}

fn of<'a>(function: &'a Snapshot, qualifier: Option<&str>) -> Option<&'a Exposure> {
    match qualifier {
        None => Some(&function.exposure),
        Some(name) => {
            let all = function.qualifiers.known()?;
            all.iter().find(|one| one.name == name).map(|one| &one.exposure)
        }
    }
}

fn of_mut<'a>(function: &'a mut Snapshot, qualifier: Option<&str>) -> Option<&'a mut Exposure> {
    match (qualifier, &mut function.qualifiers) {
        (None, _) => Some(&mut function.exposure),
        (Some(name), Fact::Known(all)) => {
            all.iter_mut().find(|one| one.name == name).map(|one| &mut one.exposure)
        }
        (Some(_), Fact::Unknown { .. }) => None,
    }
}

/// The function as if it were open by this qualifier at most.
fn only(function: &Snapshot, qualifier: Option<&str>) -> Snapshot {
    let mut alone = function.clone();
    let closed = || Exposure { policy: Fact::Known(None), url: Fact::Known(None) };
    let kept = of(function, qualifier).cloned().unwrap_or_else(closed);
    alone.exposure = closed();
    if let Fact::Known(all) = &mut alone.qualifiers {
        all.iter_mut().for_each(|one| one.exposure = closed());
    }
    if let Some(exposure) = of_mut(&mut alone, qualifier) {
        *exposure = kept;
    }
    alone
}

/// As [`only`], with one statement alone.
fn with_alone(function: &Snapshot, qualifier: Option<&str>, statement: iam::Statement) -> Snapshot {
    let mut alone = only(function, qualifier);
    if let Some(Fact::Known(Some(policy))) =
        of_mut(&mut alone, qualifier).map(|exposure| &mut exposure.policy)
    {
        policy.statements = vec![statement];
    }
    alone
}

fn keep(
    function: &mut Snapshot,
    qualifier: Option<&str>,
    is_kept: impl Fn(&iam::Statement) -> bool,
) {
    if let Some(Fact::Known(Some(policy))) =
        of_mut(function, qualifier).map(|exposure| &mut exposure.policy)
    {
        policy.statements.retain(is_kept);
    }
}

/// Whether the rule fails a function.
fn fails(case: &Case<'_>, rule: &str, function: &Snapshot) -> Result<bool, String> {
    let rule = rules::find(rule).map_err(|unknown| unknown.to_string())?;
    match (rule.check)(function, case.cx) {
        Ok(outcome) => Ok(matches!(outcome, Outcome::Fail(_))),
        Err(gap) => Err(format!("{} unknown: {}", gap.fact, gap.why)),
    }
}
