//! What the finding tells of its repair, at most 512 characters a note.

use jiff::Timestamp;

use super::{Action, Advisor, Changer, Mender, Monitor, Order, Repair, Stage, Vault};
use crate::{Findings, Inventory, PortError, Workflow, WorkflowUpdate, finding::clip};

impl<I, F, C, V> Mender<I, F, C, V>
where
    I: Inventory,
    F: Findings,
    C: Changer + Advisor + Monitor,
    V: Vault,
{
    /// Writes a note on the finding of a repair.
    pub(super) async fn tell(&self, repair: &Repair, note: String) -> Result<(), PortError> {
        self.say(&repair.finding, note).await
    }

    /// Writes a note on a finding, if it is there and nobody has suppressed it. An open finding is
    /// NOTIFIED from then on; a resolved one stays so.
    pub(super) async fn say(&self, finding: &str, note: String) -> Result<(), PortError> {
        let Some((function, rule)) = super::subject(finding) else { return Ok(()) };
        let place = crate::Place::of(&function);
        let held = self.held(&place, &function, &rule).await?;
        let Some(held) = held.filter(|held| !held.finding.archived) else { return Ok(()) };
        let workflow = match held.workflow {
            Workflow::Suppressed => return Ok(()),
            Workflow::Resolved => Workflow::Resolved,
            Workflow::New | Workflow::Notified => Workflow::Notified,
        };
        let note = clip(&note, 512);
        if held.note.is_some_and(|held| held.text == note) && held.workflow == workflow {
            return Ok(());
        }
        let update = WorkflowUpdate { id: finding.to_owned(), workflow, note };
        let refused = self.warden.findings.update(&place, &[update]).await?;
        // Whoever deletes the finding meanwhile does not want to hear of it.
        match refused.into_iter().find(|one| one.code != "FindingNotFound") {
            None => Ok(()),
            Some(refused) => Err(PortError {
                operation: "securityhub:BatchUpdateFindings",
                subject: refused.id,
                kind: crate::Kind::Failed,
                source: format!("{}: {}", refused.code, refused.message).into(),
            }),
        }
    }
}

/// What is to be done, when, and how it is stopped.
pub(super) fn planned(repair: &Repair) -> String {
    let Repair { id, by, summary, due, rule, .. } = repair;
    let when = match repair.due > repair.planned_at {
        true => format!(
            "not before {}; to stop it, suppress this finding or tag the function `warden:allow:{rule}`",
            minute(*due)
        ),
        false => "now".to_owned(),
    };
    let remarks = remarks(repair);
    format!("Repair {id}, asked for by {by}: {summary}, {when}.{remarks}")
}

pub(super) fn applied(repair: &Repair) -> String {
    format!("Repair {}: done: {}; being verified. {}", repair.id, repair.summary, undo(repair))
}

pub(super) fn verified(repair: &Repair) -> String {
    format!(
        "Repair {}, asked for by {}: {}: done and verified. {}",
        repair.id,
        repair.by,
        repair.summary,
        undo(repair)
    )
}

pub(super) fn watched(repair: &Repair, until: Timestamp) -> String {
    format!(
        "Repair {}, asked for by {}: {}: done and verified; watched until {}, and taken back when calls are denied or errors rise. {}",
        repair.id,
        repair.by,
        repair.summary,
        minute(until),
        undo(repair)
    )
}

/// The watch ended without complaint.
pub(super) fn over(repair: &Repair) -> String {
    format!(
        "Repair {}, asked for by {}: {}: done, verified and watched without complaint. {}",
        repair.id,
        repair.by,
        repair.summary,
        undo(repair)
    )
}

pub(super) fn cancelled(repair: &Repair) -> String {
    let why = repair.why.as_deref().unwrap_or("it was called off");
    format!("Repair {} was called off, nothing was changed: {why}.", repair.id)
}

pub(super) fn refused(order: &Order, why: &str) -> String {
    format!("Repair {}, asked for by {}, is not made: {why}.", order.repair, order.by)
}

/// Neither was it begun.
pub(super) fn not_started(order: &Order, error: &PortError) -> String {
    let Order { repair, by, .. } = order;
    let what = match order.action {
        Action::Repair => "could not be started, nothing was changed",
        Action::RollBack => "could not be taken back yet, it stands",
    };
    format!(
        "Repair {repair}: asked for by {by}, it {what}: {}. It is tried again for some minutes; if this note stays, ask for it again.",
        error.advice()
    )
}

/// What became of a repair that was taken back.
pub(super) fn taken_back(repair: &Repair, by: &str) -> String {
    let why = repair.why.as_deref().unwrap_or("it was asked for");
    match repair.stage {
        Stage::Left => format!(
            "Repair {} was taken back by {by} as far as possible: {why}. What stands there is theirs: look at it. The before-image is `{}`.",
            repair.id,
            super::record::key(&repair.id)
        ),
        Stage::Cancelled => cancelled(repair),
        _ => format!(
            "Repair {} was taken back by {by}, everything is as it was before: {why}.",
            repair.id
        ),
    }
}

fn undo(repair: &Repair) -> String {
    let Repair { id, .. } = repair;
    format!(
        "To undo: `warden rollback {id}`, or the action `Warden: roll back`. Before-image: `{}`.",
        super::record::key(id)
    )
}

fn remarks(repair: &Repair) -> String {
    repair.remarks.iter().map(|remark| format!(" Note: {remark}.")).collect()
}

fn minute(time: Timestamp) -> String {
    time.strftime("%F %H:%M UTC").to_string()
}
