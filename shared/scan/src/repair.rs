//! Repair as a transaction: planned, applied, verified, watched, or rolled back.
//!
//! A repair is a list of changes, each of one [`Slot`] from a state to another, in an order in which
//! the function never has less than it needs. What stands in the slots tells how far a repair came,
//! so that every task may be killed and run again.

mod allow;
mod apply;
mod consent;
mod denial;
mod guard;
mod order;
mod patrol;
mod plan;
mod ports;
mod record;
mod remedies;
mod roll_back;
mod slot;
mod start;
mod story;
mod verify;
mod watch;

pub use allow::Allowed;
pub use apply::Applied;
pub use denial::{Denial, Lesson, lesson_key, lessons_of};
pub use guard::Guard;
pub use order::{Action, Order, due, subject};
pub use plan::Planned;
pub use ports::{Advice, Advisor, Changer, Executions, Monitor, Vault, Version, Vitals};
pub use record::{Change, Repair, Stage, is_id};
pub use roll_back::RolledBack;
pub use slot::{ATTACHED, Held, Slot, State};
pub use start::start_all;
pub use verify::Verified;
pub use watch::Watch;

use jiff::Timestamp;
use model::FunctionArn;

use crate::{Findings, Inventory, Judged, Kind, Observed, Place, PortError, Warden};

/// Repairs, and takes repairs back.
#[derive(Debug)]
pub struct Mender<I, F, C, V> {
    /// Reads, judges and publishes.
    pub warden: Warden<I, F>,
    /// Changes what is to be changed.
    pub changer: C,
    /// Where plans, before-images and guards are kept.
    pub vault: V,
    /// Where functions are looked for that share a role.
    pub regions: Vec<String>,
    /// What the names of our own functions and roles begin with: they are not repaired.
    pub ours: String,
}

/// What was read of one function and its finding just now.
pub(crate) struct Scene {
    pub(crate) place: Place,
    pub(crate) judged: Judged,
    /// The finding as the store holds it.
    pub(crate) held: Option<Observed>,
}

impl<I, F, C, V> Mender<I, F, C, V>
where
    I: Inventory,
    F: Findings,
    C: Changer + Advisor + Monitor,
    V: Vault,
{
    /// A repair as it is kept.
    ///
    /// # Errors
    /// `Kind::Gone`: there is none of that id. It cannot be read, or would have us change what is
    /// ours.
    pub async fn repair(&self, id: &str) -> Result<Repair, PortError> {
        let repair = Repair::load(&self.vault, id).await?;
        let is_ours = self.is_ours(repair.function.name())
            || repair.role().is_some_and(|role| self.is_ours(model::name_of(role)));
        match is_ours {
            false => Ok(repair),
            true => Err(PortError {
                operation: "read",
                subject: id.to_owned(),
                kind: Kind::Failed,
                source: "it would change what is ours".into(),
            }),
        }
    }

    /// Whether another role has the name by now of the one that was to be repaired.
    async fn is_another_role(&self, repair: &Repair) -> Result<bool, PortError> {
        let (Some(role), Some(id)) = (repair.role(), &repair.role_id) else { return Ok(false) };
        let slot = Slot::Role { role: role.to_owned() };
        let held = unless_gone(self.changer.look(&Place::of(&repair.function), &slot).await)?;
        // What is gone is told by each of its slots.
        Ok(held.is_some_and(|held| held.state.text() != Some(id.as_str())))
    }

    /// The id of the last repair of a finding.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn last_of(&self, finding: &str) -> Result<Option<String>, PortError> {
        record::find(&self.vault, &record::last_of(finding)).await
    }

    /// Reads the function anew and judges it; `None`: it is gone.
    async fn scene(&self, function: &FunctionArn, rule: &str) -> Result<Option<Scene>, PortError> {
        let place = Place::of(function);
        let mut round = self.warden.look(std::slice::from_ref(function), self.now()).await;
        if let Some((_, error)) = round.unread.pop_first() {
            return Err(error);
        }
        let Some(judged) = round.judged.pop() else { return Ok(None) };
        let held = self.held(&place, function, rule).await?;
        Ok(Some(Scene { place, judged, held }))
    }

    /// The finding as the store holds it.
    async fn held(
        &self,
        place: &Place,
        function: &FunctionArn,
        rule: &str,
    ) -> Result<Option<Observed>, PortError> {
        let all = self.warden.findings.observed(place, Some(std::slice::from_ref(function)));
        Ok(all.await?.into_iter().find(|one| is_of(one, function, rule)))
    }

    fn now(&self) -> Timestamp {
        (self.warden.clock)()
    }

    /// Whether a function is one of ours.
    fn is_ours(&self, name: &str) -> bool {
        !self.ours.is_empty() && name.starts_with(&self.ours)
    }
}

impl Scene {
    /// Why the finding is not to be repaired, as people have decided; one sentence without a final
    /// stop.
    fn objection(&self, rule: &str) -> Option<String> {
        let Some(held) = &self.held else {
            return Some("there is no such finding of ours".to_owned());
        };
        if held.finding.archived {
            return Some("the finding is archived".to_owned());
        }
        let of_rule = self.judged.judgements.iter().find(|one| one.rule.id == rule);
        if of_rule.is_none() {
            return Some(format!("the baseline does not judge by `{rule}`"));
        }
        objection(&self.judged, Some(held), rule)
    }
}

/// Whether it is the finding of `rule` about `function`.
fn is_of(one: &Observed, function: &FunctionArn, rule: &str) -> bool {
    one.finding.rule == rule && one.finding.about.function() == Some(function)
}

/// What people have said against a repair of this function by `rule`; one sentence without a final
/// stop.
fn objection(judged: &Judged, held: Option<&Observed>, rule: &str) -> Option<String> {
    if let model::Fact::Unknown { unknown } = &judged.function.tags {
        return Some(format!(
            "the function's tags cannot be read, so nobody can object: {unknown}"
        ));
    }
    let of_rule = judged.judgements.iter().find(|one| one.rule.id == rule);
    if let Some(exemption) = of_rule.and_then(|judgement| judgement.exemption.as_ref()) {
        return Some(format!("it is exempt until {} by `{}`", exemption.until, exemption.tag));
    }
    if held.is_some_and(|held| held.workflow == crate::Workflow::Suppressed) {
        return Some("the finding is suppressed".to_owned());
    }
    None
}

/// `None`: the call failed because what it was about is no more.
fn unless_gone<T>(answer: Result<T, PortError>) -> Result<Option<T>, PortError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind == Kind::Gone => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
