//! The second task: the changes, each compared and set.

use serde::Serialize;

use super::{
    Action, Advisor, Changer, Mender, Monitor, Order, Repair, Stage, Vault,
    guard::{self, Guard},
    record::{self, bytes},
    remedies::Remedy,
    story, unless_gone,
};
use crate::{Findings, Inventory, Kind, Place, PortError};

/// What came of applying.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Applied {
    /// All changes stand.
    Applied,
    /// Nothing stands: somebody objected, or there is nothing to repair any more.
    Cancelled {
        /// One sentence without a final stop.
        why: String,
    },
    /// Nothing stands: things are not as they were planned for. Plan again.
    Stale {
        /// One sentence without a final stop.
        why: String,
    },
}

impl<I, F, C, V> Mender<I, F, C, V>
where
    I: Inventory,
    F: Findings,
    C: Changer + Advisor + Monitor,
    V: Vault,
{
    /// Makes the changes of a plan, unless somebody objected or things have changed since.
    ///
    /// May be killed at any point and run again: what stands in the slots tells what is done.
    ///
    /// # Errors
    /// A call failed. Some changes may stand; run it again, or roll back.
    pub async fn apply(&self, id: &str) -> Result<Applied, PortError> {
        let mut repair = self.repair(id).await?;
        match repair.stage {
            Stage::Planned => {
                if let Some(outcome) = self.may_begin(&mut repair).await? {
                    // What has changed may have been changed by this very repair.
                    return match self.repair(id).await?.version == repair.version {
                        true => Ok(outcome),
                        false => self.give_way(id).await,
                    };
                }
                repair.stage = Stage::Applying;
                if !repair.is_saved(&self.vault).await? {
                    return self.give_way(id).await;
                }
            }
            Stage::Applying => {}
            Stage::Applied | Stage::Verified => return Ok(Applied::Applied),
            Stage::TakingBack => return self.give_way(id).await,
            Stage::Cancelled | Stage::RolledBack | Stage::Left => {
                let why = repair.why.unwrap_or_else(|| "it was taken back".to_owned());
                return Ok(Applied::Cancelled { why });
            }
        }
        match self.make(&repair).await? {
            None => {
                repair.stage = Stage::Applied;
                if !repair.is_saved(&self.vault).await? {
                    return self.give_way(id).await;
                }
                self.tell(&repair, story::applied(&repair)).await?;
                Ok(Applied::Applied)
            }
            Some(Stuck { at, why }) => {
                // What of it stands is ours, and goes before anything is planned anew.
                repair.stage = Stage::TakingBack;
                if !repair.is_saved(&self.vault).await? {
                    return self.give_way(id).await;
                }
                let count = self.reached(&repair, at).await?;
                let left = self.put_back_first(&mut repair, count, Some(&why)).await?;
                self.leave(&repair).await?;
                if !left.is_empty() {
                    repair.save(&self.vault).await?;
                    self.tell(&repair, story::taken_back(&repair, &repair.by)).await?;
                    return Ok(Applied::Cancelled { why: repair.why.unwrap_or(why) });
                }
                repair.stage = Stage::Planned;
                if !repair.is_saved(&self.vault).await? {
                    return self.give_way(id).await;
                }
                Ok(Applied::Stale { why })
            }
        }
    }

    /// Asks for objections and for changes since the plan, and puts up the guard. `None`: go on.
    async fn may_begin(&self, repair: &mut Repair) -> Result<Option<Applied>, PortError> {
        let stale = |why: String| Ok(Some(Applied::Stale { why }));
        let Some(scene) = self.scene(&repair.function, &repair.rule).await? else {
            return self.call_off(repair, "the function is gone".to_owned()).await;
        };
        if let Some(why) = scene.objection(&repair.rule) {
            return self.call_off(repair, why).await;
        }
        if self.now() > repair.good_until {
            return stale("the plan is too old".to_owned());
        }
        if self.now() < repair.due {
            return stale(format!("it is not due before {}", repair.due));
        }
        let Some(remedy) = Remedy::of(&repair.rule) else {
            return self.call_off(repair, "no repair is known for this rule".to_owned()).await;
        };
        if self.is_another_role(repair).await? {
            return stale("the role was made anew since the plan".to_owned());
        }
        let order = order_of(repair);
        let draft = match self.draft(&order, remedy, &scene).await {
            Ok(draft) => draft,
            Err(no) => return stale(no.why()?),
        };
        // Else the function, its use or the baseline has changed since the plan.
        let is_planned = |wanted: &super::remedies::Wanted| {
            let of = |change: &&super::Change| change.slot == wanted.slot;
            repair.changes.iter().find(of).is_none_or(|change| change.after == wanted.after)
        };
        let is_wanted =
            |change: &super::Change| draft.wanted.iter().any(|wanted| wanted.slot == change.slot);
        if !draft.wanted.iter().all(is_planned) || !repair.changes.iter().all(is_wanted) {
            return stale("something else would be done now".to_owned());
        }
        for change in &repair.changes {
            let held = unless_gone(self.changer.look(&scene.place, &change.slot).await)?;
            let Some(held) = held else {
                return stale(format!("there is no {} any more", change.slot));
            };
            if held.state != change.before {
                return stale(format!("the {} has changed since the plan", change.slot));
            }
        }
        self.put_up_guard(repair).await
    }

    /// The guard stands before anything is changed. `None`: it is ours.
    async fn put_up_guard(&self, repair: &mut Repair) -> Result<Option<Applied>, PortError> {
        let key = guard::key(&repair.subject());
        let guard = repair.guard(self.now());
        if self.vault.swap(&key, bytes(&key, &guard)?, None).await?.is_some() {
            return Ok(None);
        }
        let standing: Option<Guard> = record::find(&self.vault, &key).await?;
        match standing {
            Some(standing) if standing.repair == repair.id => Ok(None),
            Some(standing) => {
                let why = format!("the repair {} of the same is under way", standing.repair);
                self.call_off(repair, why).await
            }
            // It went this moment: plan again.
            None => {
                Ok(Some(Applied::Stale { why: "another repair of the same just ended".into() }))
            }
        }
    }

    async fn call_off(
        &self,
        repair: &mut Repair,
        why: String,
    ) -> Result<Option<Applied>, PortError> {
        repair.stage = Stage::Cancelled;
        repair.why = Some(why.clone());
        repair.save(&self.vault).await?;
        self.leave(repair).await?;
        self.tell(repair, story::cancelled(repair)).await?;
        Ok(Some(Applied::Cancelled { why }))
    }

    /// Somebody else is at it. Who takes it back may have looked before our last write.
    async fn give_way(&self, id: &str) -> Result<Applied, PortError> {
        let mut repair = self.repair(id).await?;
        match repair.stage {
            Stage::Applied | Stage::Verified => return Ok(Applied::Applied),
            Stage::Applying => return Err(record::busy(record::key(id))),
            _ => {}
        }
        let why = "it was taken back meanwhile".to_owned();
        repair.stage = Stage::TakingBack;
        repair.save(&self.vault).await?;
        self.put_back(&mut repair, Some(&why)).await?;
        repair.save(&self.vault).await?;
        self.leave(&repair).await?;
        Ok(Applied::Cancelled { why })
    }

    /// Whether somebody takes back what is being applied.
    async fn is_taken_back(&self, id: &str) -> Result<bool, PortError> {
        Ok(self.repair(id).await?.stage != Stage::Applying)
    }

    /// How many changes may stand where the one at `at` cannot be made: an earlier run may have come
    /// farther.
    async fn reached(&self, repair: &Repair, at: usize) -> Result<usize, PortError> {
        let place = Place::of(&repair.function);
        for (later, change) in repair.changes.iter().enumerate().skip(at + 1).rev() {
            let held = unless_gone(self.changer.look(&place, &change.slot).await)?;
            if held.is_some_and(|held| held.state == change.after) {
                return Ok(later + 1);
            }
        }
        Ok(at)
    }

    /// Makes the changes that do not stand yet, up to one that cannot be made any more.
    async fn make(&self, repair: &Repair) -> Result<Option<Stuck>, PortError> {
        let place = Place::of(&repair.function);
        for (at, change) in repair.changes.iter().enumerate() {
            let stuck = |why: String| Ok(Some(Stuck { at, why }));
            let held = unless_gone(self.changer.look(&place, &change.slot).await)?;
            let Some(held) = held else {
                return stuck(format!("there is no {} any more", change.slot));
            };
            if held.state == change.after {
                continue;
            }
            let changed = || format!("the {} has changed since the plan", change.slot);
            if held.state != change.before {
                return stuck(changed());
            }
            if self.is_taken_back(&repair.id).await? {
                return stuck("it was taken back meanwhile".to_owned());
            }
            match self.changer.put(&place, &change.slot, &held, &change.after).await {
                Ok(()) => {}
                Err(error) if error.kind == Kind::Changed => {
                    // By another run of this, perhaps.
                    if self.changer.look(&place, &change.slot).await?.state != change.after {
                        return stuck(changed());
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}

/// A change that cannot be made any more.
struct Stuck {
    /// How many were made before it.
    at: usize,
    /// One sentence without a final stop.
    why: String,
}

/// The order that led to a repair.
fn order_of(repair: &Repair) -> Order {
    Order {
        action: Action::Repair,
        repair: repair.id.clone(),
        finding: repair.finding.clone(),
        mode: repair.mode,
        by: repair.by.clone(),
        reason: None,
        request: None,
    }
}
