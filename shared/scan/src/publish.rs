//! A plan in, what the store took of it out.

use crate::{Finding, Findings, Place, Plan, PortError, Refused};

/// How often a finding that was refused for a passing reason is tried.
const TRIES: usize = 3;

/// What came of a plan.
#[derive(Debug, Default)]
pub(crate) struct Published {
    /// Findings imported.
    pub(crate) imports: usize,
    /// Updates made.
    pub(crate) updates: usize,
    /// The imports that archive.
    pub(crate) archived: usize,
    /// What the store would not take.
    pub(crate) refused: Vec<Refused>,
}

/// Imports, then updates what was not refused.
///
/// # Errors
/// A whole batch was refused. What was written stays.
pub(crate) async fn publish(
    findings: &impl Findings,
    place: &Place,
    plan: Plan,
) -> Result<Published, PortError> {
    let Plan { imports, mut updates } = plan;
    let archiving: Vec<String> =
        imports.iter().filter(|finding| finding.archived).map(Finding::id).collect();
    let imported = imports.len();
    let mut refused = import(findings, place, imports).await?;
    let is_refused = |id: &String| refused.iter().any(|refused| refused.id == *id);
    updates.retain(|update| !is_refused(&update.id));
    let archived = archiving.iter().filter(|id| !is_refused(id)).count();
    let imports = imported - refused.len();
    let mut updated = updates.len();
    if !updates.is_empty() {
        let not_updated = findings.update(place, &updates).await?;
        updated -= not_updated.len();
        refused.extend(not_updated);
    }
    Ok(Published { imports, updates: updated, archived, refused })
}

/// Those refused for a passing reason are tried again by themselves.
async fn import(
    store: &impl Findings,
    place: &Place,
    mut findings: Vec<Finding>,
) -> Result<Vec<Refused>, PortError> {
    let mut refused = Vec::new();
    for _ in 0..TRIES {
        if findings.is_empty() {
            break;
        }
        let again = store.import(place, &findings).await?;
        refused.retain(|old: &Refused| !is_passing(old));
        findings.retain(|finding| {
            again.iter().any(|refused| refused.id == finding.id() && is_passing(refused))
        });
        refused.extend(again);
    }
    Ok(refused)
}

/// Security Hub may take the same finding a moment later.
fn is_passing(refused: &Refused) -> bool {
    matches!(
        refused.code.as_str(),
        "InternalFailure"
            | "InternalException"
            | "ConcurrentUpdateError"
            | "Throttling"
            | "ThrottlingException"
            | "TooManyRequestsException"
    )
}
