//! What was there before is put back, byte for byte.

use serde::Serialize;

use super::{
    Advisor, Change, Changer, Mender, Monitor, Order, Repair, Stage, State, Vault,
    guard::{self, Guard},
    record, story, unless_gone,
};
use crate::{Findings, Inventory, Kind, Place, PortError};

/// What came of taking a repair back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum RolledBack {
    /// Everything is as it was before the repair, or had never been changed.
    RolledBack,
    /// Some of it was changed by others since, and stays as they left it.
    Left {
        /// Which, in words.
        what: Vec<String>,
    },
}

/// What came of undoing one change.
enum Undone {
    /// What stood there before stands there, or there is no such place any more.
    Back,
    /// Somebody else has changed it, or taken away what was to come back.
    Theirs,
    /// What we put there stays.
    Kept,
}

impl<I, F, C, V> Mender<I, F, C, V>
where
    I: Inventory,
    F: Findings,
    C: Changer + Advisor + Monitor,
    V: Vault,
{
    /// Puts back what stood in each slot before the repair, the last change first, and judges the
    /// function anew. What somebody else has changed since is left to him, and named; a role that
    /// was made anew under the old name never had the old policies, and gets none of them.
    ///
    /// May be killed at any point and run again.
    ///
    /// # Errors
    /// A call failed; run it again. `Kind::Gone`: there is no such repair.
    pub async fn roll_back(&self, order: &Order) -> Result<RolledBack, PortError> {
        let mut repair = self.repair(&order.repair).await?;
        let reason = order.reason.as_deref();
        match repair.stage {
            Stage::Planned => {
                repair.stage = Stage::Cancelled;
                repair.why = Some(reason.unwrap_or("it was called off").to_owned());
                repair.save(&self.vault).await?;
                // Who applies it puts up the guard, and then looks whether it was called off.
                if self.guarded(&repair).await? {
                    return Err(PortError {
                        operation: "roll back",
                        subject: repair.id,
                        kind: Kind::Busy,
                        source: "it is just being applied".into(),
                    });
                }
            }
            Stage::Applying | Stage::TakingBack | Stage::Applied | Stage::Verified => {
                repair.stage = Stage::TakingBack;
                repair.save(&self.vault).await?;
                let left = self.put_back(&mut repair, reason).await?;
                self.is_back(&repair, &left).await?;
                repair.save(&self.vault).await?;
            }
            Stage::Cancelled | Stage::RolledBack | Stage::Left => {}
        }
        self.leave(&repair).await?;
        self.judge_anew(&repair).await?;
        self.tell(&repair, story::taken_back(&repair, &order.by)).await?;
        Ok(match repair.stage {
            Stage::Left => RolledBack::Left { what: repair.why.into_iter().collect() },
            _ => RolledBack::RolledBack,
        })
    }

    /// Undoes the changes, and says in `repair` what came of it without saving it. Returns the
    /// slots that stay as they are.
    pub(super) async fn put_back(
        &self,
        repair: &mut Repair,
        reason: Option<&str>,
    ) -> Result<Vec<String>, PortError> {
        self.put_back_first(repair, repair.changes.len(), reason).await
    }

    /// As [`Mender::put_back`], of the first `count` changes: no other was begun.
    ///
    /// What a role was given is taken from it only once it has back all that it had before: else it
    /// would be left with neither.
    pub(super) async fn put_back_first(
        &self,
        repair: &mut Repair,
        count: usize,
        reason: Option<&str>,
    ) -> Result<Vec<String>, PortError> {
        let (mut theirs, mut kept) = (Vec::new(), Vec::new());
        let is_another = self.is_another_role(repair).await?;
        for change in repair.changes.iter().take(count).rev() {
            if is_another && change.slot.role().is_some() {
                theirs.push(change.slot.to_string());
                continue;
            }
            let is_given = repair.role().is_some() && change.before == State::ABSENT;
            let must_stay = is_given && !is_another && !theirs.is_empty();
            match self.undo(&Place::of(&repair.function), change, must_stay).await? {
                Undone::Back => {}
                Undone::Theirs => theirs.push(change.slot.to_string()),
                Undone::Kept => kept.push(change.slot.to_string()),
            }
        }
        let mut why = Vec::new();
        if !theirs.is_empty() {
            why.push(format!("changed by others since: {}", theirs.join(", ")));
        }
        if !kept.is_empty() {
            why.push(format!("kept, so that the role is not left without: {}", kept.join(", ")));
        }
        (repair.stage, repair.why) = match why.is_empty() {
            true => (Stage::RolledBack, reason.map(str::to_owned)),
            false => (Stage::Left, Some(why.join("; "))),
        };
        theirs.append(&mut kept);
        Ok(theirs)
    }

    async fn undo(
        &self,
        place: &Place,
        change: &Change,
        must_stay: bool,
    ) -> Result<Undone, PortError> {
        let held = unless_gone(self.changer.look(place, &change.slot).await)?;
        let Some(held) = held else { return Ok(Undone::Back) };
        if held.state == change.before {
            return Ok(Undone::Back);
        }
        if held.state != change.after {
            return Ok(Undone::Theirs);
        }
        if must_stay {
            return Ok(Undone::Kept);
        }
        match self.changer.put(place, &change.slot, &held, &change.before).await {
            Ok(()) => Ok(Undone::Back),
            Err(error) if error.kind == Kind::Changed => Ok(Undone::Theirs),
            // It went while we looked; or what was to come back is no more, a policy that was
            // deleted once nothing had it.
            Err(error) if error.kind == Kind::Gone => {
                let held = unless_gone(self.changer.look(place, &change.slot).await)?;
                match held.is_none_or(|held| held.state == change.before) {
                    true => Ok(Undone::Back),
                    false => Ok(Undone::Theirs),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Looks whether everything is back, but for what was `left`.
    async fn is_back(&self, repair: &Repair, left: &[String]) -> Result<(), PortError> {
        let place = Place::of(&repair.function);
        for change in &repair.changes {
            let slot = change.slot.to_string();
            if left.contains(&slot) {
                continue;
            }
            let held = unless_gone(self.changer.look(&place, &change.slot).await)?;
            if held.is_some_and(|held| held.state != change.before) {
                return Err(PortError {
                    operation: "roll back",
                    subject: slot,
                    kind: Kind::Busy,
                    source: "it does not show what was put back yet".into(),
                });
            }
        }
        Ok(())
    }

    /// Takes the guard away, if it is the repair's.
    pub(super) async fn leave(&self, repair: &Repair) -> Result<(), PortError> {
        match self.guarded(repair).await? {
            true => self.vault.remove(&guard::key(&repair.subject())).await,
            false => Ok(()),
        }
    }

    /// Whether the guard is the repair's.
    async fn guarded(&self, repair: &Repair) -> Result<bool, PortError> {
        let key = guard::key(&repair.subject());
        let standing: Option<Guard> = record::find(&self.vault, &key).await?;
        Ok(standing.is_some_and(|guard| guard.repair == repair.id))
    }
}
