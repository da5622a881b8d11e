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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use model::{Baseline, FunctionArn};

    use super::*;
    use crate::{Complaint, Observed, WorkflowUpdate, complain};

    /// Refuses the first imports with a code.
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
            if self.tries.fetch_add(1, SeqCst) >= self.refusals {
                return Ok(Vec::new());
            }
            let code = self.code.to_owned();
            let refused =
                |one: &Finding| Refused { id: one.id(), code: code.clone(), message: code.clone() };
            Ok(all.iter().map(refused).collect())
        }

        async fn update(&self, _: &Place, _: &[WorkflowUpdate]) -> Result<Vec<Refused>, PortError> {
            Ok(Vec::new())
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
            ("InternalFailure", 9, 3, 1),
            ("InvalidInput", 1, 1, 1),
        ] {
            let store = Store { refusals, code, tries: AtomicUsize::new(0) };
            let rule = &rules::COVERAGE_GAP;
            let plan = complain(rule, &complaints, &[], |_| true, &Baseline::default(), now);
            let published = publish(&store, &place, plan).await.unwrap();
            assert_eq!(store.tries.load(SeqCst), tries, "{code} {refusals}");
            assert_eq!(
                (published.refused.len(), published.imports),
                (refused, 1 - refused),
                "{code} {refusals}"
            );
        }
    }
}
