//! The fourth task: the guard is told how long to stand.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{
    Advisor, Changer, Mender, Monitor, Repair, Stage, Vault,
    guard::{self, LONGEST_PAUSE, USUAL_DAYS},
    record, story,
};
use crate::{Findings, Inventory, Kind, PortError};

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Watch {
    /// When the watch ends.
    pub until: Timestamp,
}

impl<I, F, C, V> Mender<I, F, C, V>
where
    I: Inventory,
    F: Findings,
    C: Changer + Advisor + Monitor,
    V: Vault,
{
    /// Lets the guard stand for twice the longest pause between two days on which the functions
    /// ran, and for the days of the baseline at least; and tells it how they fared before.
    ///
    /// # Errors
    /// A call failed; run it again.
    pub async fn watch(&self, id: &str) -> Result<Watch, PortError> {
        let repair = self.repair(id).await?;
        if repair.stage != Stage::Verified {
            return self.unwatched(&repair).await;
        }
        let mut guard = repair.guard(self.now());
        let key = guard::key(&repair.subject());
        let standing: Option<guard::Guard> = record::find(&self.vault, &key).await?;
        if let Some(standing) = standing.filter(|standing| standing.repair == repair.id) {
            guard.since = standing.since;
        }
        // Of several functions the one that rests longest decides.
        let mut length = self.warden.baseline.repair.watch_days;
        for (function, usual) in &mut guard.functions {
            let ran = self.changer.days_invoked(function, guard.since, LONGEST_PAUSE).await?;
            length = guard::length(ran, length);
            let from = earlier(guard.since, USUAL_DAYS);
            *usual = self.changer.vitals(function, from, guard.since).await?;
        }
        let until = guard.since + SignedDuration::from_hours(24 * i64::from(length));
        guard.until = Some(until);
        record::write(&self.vault, &key, &guard).await?;
        let repair = self.repair(id).await?;
        if repair.stage != Stage::Verified {
            return self.unwatched(&repair).await;
        }
        self.tell(&repair, story::watched(&repair, until)).await?;
        Ok(Watch { until })
    }

    /// There is nothing to watch over, and no guard of what was taken back meanwhile.
    async fn unwatched(&self, repair: &Repair) -> Result<Watch, PortError> {
        if matches!(repair.stage, Stage::Cancelled | Stage::RolledBack | Stage::Left) {
            self.leave(repair).await?;
        }
        Err(PortError {
            operation: "watch",
            subject: repair.id.clone(),
            kind: Kind::Failed,
            source: "the repair is not verified".into(),
        })
    }
}

fn earlier(time: Timestamp, days: i64) -> Timestamp {
    time.checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MIN)
}
