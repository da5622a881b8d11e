//! Every few minutes: what stands guard is looked after.

use jiff::{SignedDuration, Timestamp};

use super::{
    Action, Advisor, Changer, Mender, Monitor, Order, Vault, Vitals,
    guard::{self, FOLDER, Guard, USUAL_DAYS, is_unusual},
    record, story, unless_gone,
};
use crate::{AUTHOR, Findings, Inventory, PortError};

/// With every retry that the state machine has, a repair is verified or taken back long before.
const LONGEST_REPAIR: SignedDuration = SignedDuration::from_hours(24);

impl<I, F, C, V> Mender<I, F, C, V>
where
    I: Inventory,
    F: Findings,
    C: Changer + Advisor + Monitor,
    V: Vault,
{
    /// Ends watches whose time is over, and says which repairs to take back: those whose functions
    /// fail more than they used to, and those that nobody finished. Costs one call where nothing is
    /// watched.
    ///
    /// Guards that cannot be looked after now are named in the second list; the others are done.
    ///
    /// # Errors
    /// The guards cannot be listed.
    pub async fn patrol(&self) -> Result<(Vec<Order>, Vec<PortError>), PortError> {
        let (mut orders, mut failed) = (Vec::new(), Vec::new());
        for key in self.vault.list(FOLDER).await? {
            match self.look_after(&key).await {
                Ok(order) => orders.extend(order),
                Err(error) => failed.push(error),
            }
        }
        Ok((orders, failed))
    }

    async fn look_after(&self, key: &str) -> Result<Option<Order>, PortError> {
        let guard: Option<Guard> = record::find(&self.vault, key).await?;
        let Some(guard) = guard else { return Ok(None) };
        let Some(until) = guard.until else {
            // Not verified yet: whoever repairs is still at it, or was stopped.
            let is_left = self.now() > guard.since + LONGEST_REPAIR;
            let why = "nobody finished it: its execution ended on the way";
            return Ok(is_left.then(|| guard.take_back(why.to_owned(), self.now())));
        };
        for (function, usual) in &guard.functions {
            let fared = self.changer.vitals(function, guard.since, self.now()).await?;
            if is_unusual(usual, fared.invocations, fared.errors) {
                let (name, Vitals { invocations, errors }) = (function.name(), fared);
                let why = format!(
                    "{errors} of {invocations} invocations of `{name}` failed since the repair, {} of {} in the {USUAL_DAYS} days before it",
                    usual.errors, usual.invocations
                );
                return Ok(Some(guard.take_back(why, self.now())));
            }
        }
        if self.now() >= until {
            if let Some(repair) = unless_gone(self.repair(&guard.repair).await)? {
                self.tell(&repair, story::over(&repair)).await?;
            }
            self.vault.remove(key).await?;
        }
        Ok(None)
    }

    /// The guard of a role, if one stands.
    pub(super) async fn guard_of(&self, role: &str) -> Result<Option<Guard>, PortError> {
        record::find(&self.vault, &guard::key(&guard::of_role(role))).await
    }
}

impl Guard {
    /// The order to take the repair back: one an hour, however many calls are denied meanwhile.
    pub(super) fn take_back(&self, reason: String, now: Timestamp) -> Order {
        Order {
            action: Action::RollBack,
            repair: self.repair.clone(),
            finding: self.finding.clone(),
            mode: model::RepairMode::Auto,
            by: AUTHOR.to_owned(),
            reason: Some(reason),
            request: Some(format!("the watch, {}", now.strftime("%F %H"))),
        }
    }
}
