//! A plan in, what the store took of it out.

use crate::{Finding, Findings, Place, Plan, PortError, Refused, WorkflowUpdate};

/// How often a finding or an update that was refused for a passing reason is tried.
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
    let wanted = updates.len();
    let not_updated = update(findings, place, updates).await?;
    let updates = wanted - not_updated.len();
    refused.extend(not_updated);
    Ok(Published { imports, updates, archived, refused })
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
        findings.retain(|finding| is_left(&finding.id(), &again));
        refused.retain(|old: &Refused| !is_passing(old));
        refused.extend(again);
    }
    Ok(refused)
}

/// As [`import`]: an update right after an import may meet it.
async fn update(
    store: &impl Findings,
    place: &Place,
    mut updates: Vec<WorkflowUpdate>,
) -> Result<Vec<Refused>, PortError> {
    let mut refused = Vec::new();
    for _ in 0..TRIES {
        if updates.is_empty() {
            break;
        }
        let again = store.update(place, &updates).await?;
        updates.retain(|update| is_left(&update.id, &again));
        refused.retain(|old: &Refused| !is_passing(old));
        refused.extend(again);
    }
    Ok(refused)
}

/// Whether `id` is to be tried again.
fn is_left(id: &str, refused: &[Refused]) -> bool {
    refused.iter().any(|refused| refused.id == id && is_passing(refused))
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use model::{Baseline, FunctionArn};

    use super::*;
    use crate::{Complaint, Observed, Workflow, complain};

    /// Refuses the first imports, or updates, with a code.
    struct Store {
        refusals: usize,
        code: &'static str,
        tries: AtomicUsize,
    }

    impl Findings for Store {
        async fn observed(
            &self,
            _: &Place,
            _: Option<&[FunctionArn]>,
        ) -> Result<Vec<Observed>, PortError> {
            Ok(Vec::new())
        }

        async fn import(&self, _: &Place, all: &[Finding]) -> Result<Vec<Refused>, PortError> {
            Ok(self.refused(all.iter().map(Finding::id)))
        }

        async fn update(
            &self,
            _: &Place,
            all: &[WorkflowUpdate],
        ) -> Result<Vec<Refused>, PortError> {
            Ok(self.refused(all.iter().map(|one| one.id.clone())))
        }
    }

    impl Store {
        fn refused(&self, ids: impl Iterator<Item = String>) -> Vec<Refused> {
            if self.tries.fetch_add(1, SeqCst) >= self.refusals {
                return Vec::new();
            }
            let code = self.code.to_owned();
            ids.map(|id| Refused { id, code: code.clone(), message: code.clone() }).collect()
        }
    }

    #[tokio::test]
    async fn a_passing_refusal_is_tried_again_and_a_lasting_one_is_not() {
        let text = |text: &str| text.to_owned();
        let place = Place {
            partition: text("aws"),
            account: text("111122223333"),
            region: text("eu-west-1"),
        };
        let now = "2026-06-01T00:00:00Z".parse().unwrap();
        let complaints = [Complaint { place: place.clone(), saw: text("denied") }];
        for (code, refusals, tries, refused) in [
            ("InternalFailure", 0, 1, 0),
            ("InternalFailure", 2, 3, 0),
            ("ConcurrentUpdateError", 2, 3, 0),
            ("InternalFailure", 9, 3, 1),
            ("InvalidInput", 1, 1, 1),
        ] {
            let store = || Store { refusals, code, tries: AtomicUsize::new(0) };
            let rule = &rules::COVERAGE_GAP;
            let plan = complain(rule, &complaints, &[], |_| true, &Baseline::default(), now);
            let imports = store();
            let published = publish(&imports, &place, plan).await.unwrap();
            let came = (published.refused.len(), published.imports, imports.tries.load(SeqCst));
            assert_eq!(came, (refused, 1 - refused, tries), "import: {code} {refusals}");

            let (id, note) = (text("one"), text("why"));
            let plan = Plan {
                updates: vec![WorkflowUpdate { id, workflow: Workflow::Resolved, note }],
                ..Plan::default()
            };
            let updates = store();
            let published = publish(&updates, &place, plan).await.unwrap();
            let came = (published.refused.len(), published.updates, updates.tries.load(SeqCst));
            assert_eq!(came, (refused, 1 - refused, tries), "update: {code} {refusals}");
        }
    }
}
