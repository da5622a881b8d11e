//! From verdicts to a policy: what is granted today, less what nobody uses.

mod compress;
mod draft;
mod fit;
mod narrow;
mod text;
mod wants;

use std::collections::BTreeSet;

use model::{Gap, Role};

use crate::proposal::{OwnRole, Proposal, Suggestion, Warning};
use crate::verdict::Judgement;
use draft::Draft;
use wants::Wants;

/// The policies that would do in place of all policies of a role, by its judgement.
///
/// Never wider than today's: each statement of the proposal is a statement of today with fewer
/// actions or on fewer resources, under its own conditions. Every `Deny` stays as it is; so does the
/// boundary.
///
/// # Errors
/// The policies of the role could not be read.
pub fn propose(role: &Role, judgement: &Judgement<'_>) -> Result<Proposal, Gap> {
    let mut proposal = proposed(role, judgement, &Wants::of_role(judgement))?;
    if is_service_linked(&role.arn) {
        proposal.policies.clear();
        proposal.changes = false;
        proposal.warnings = vec![Warning::ServiceLinked];
    }
    Ok(proposal)
}

/// What each function of a shared role would need as a role of its own.
///
/// # Errors
/// The policies of the role could not be read.
pub fn own_roles<'a>(role: &Role, judgement: &Judgement<'a>) -> Result<Vec<OwnRole<'a>>, Gap> {
    let own = |used| {
        let proposal = proposed(role, judgement, &Wants::of_function(judgement, used))?;
        Ok(OwnRole { function: used.function, proposal })
    };
    judgement.functions.iter().map(own).collect()
}

/// Whether AWS owns the role, so that nobody can edit it.
pub fn is_service_linked(role: &str) -> bool {
    role.contains(":role/aws-service-role/")
}

fn proposed(
    role: &Role,
    judgement: &Judgement<'_>,
    wants: &Wants<'_, '_>,
) -> Result<Proposal, Gap> {
    let policies = role.policies.get("policies of the role")?;
    let mut draft = Draft::new(policies, judgement, wants);
    let fitted = fit::fit(&mut draft, model::name_of(&role.arn));
    let mut warnings: BTreeSet<Warning> = fitted.warnings;
    if judgement.trusts_others {
        warnings.insert(Warning::TrustsOthers);
    }
    let (kept, removed, narrowed) = draft.counts();
    Ok(Proposal {
        suggestions: suggestions(&draft, judgement),
        policies: fitted.policies,
        replaces: policies.iter().map(|policy| policy.name.clone()).collect(),
        changes: removed + narrowed > 0,
        kept,
        removed,
        narrowed,
        warnings: warnings.into_iter().collect(),
    })
}

/// The Regions of every use, for statements that are not bounded to any.
fn suggestions(draft: &Draft<'_>, judgement: &Judgement<'_>) -> Vec<Suggestion> {
    let key = "aws:RequestedRegion";
    let mut all = Vec::new();
    for written in draft.statements() {
        let of_region = |c: &iam::Condition| c.key.eq_ignore_ascii_case(key);
        if written.why != wants::Why::Used || written.statement.conditions.iter().any(of_region) {
            continue;
        }
        let heard = crate::actions::ids(&written.set);
        let heard = heard.filter_map(|id| judgement.evidence.heard.get(&id)).flatten();
        let regions: BTreeSet<&str> = heard.map(|heard| heard.call.region.as_str()).collect();
        if !regions.is_empty() {
            let values = regions.into_iter().map(str::to_owned).collect();
            let sid = written.statement.sid.unwrap_or_default();
            all.push(Suggestion { sid, key: key.to_owned(), values });
        }
    }
    all
}
