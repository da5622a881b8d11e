//! A call that was denied: whether a repair is to blame, and what is learnt from it.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use model::{Call, CallOutcome, NamedPolicy};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Advisor, Changer, Mender, Monitor, Order, Vault, record, unless_gone};
use crate::{Findings, Inventory, PortError};

/// How often a lesson is tried to be written, where others write it too.
const CROWD: u8 = 8;

/// A denied call of a role, out of an event of CloudTrail.
#[derive(Clone, Debug, PartialEq)]
pub struct Denial {
    /// ARN of the role.
    pub role: String,
    /// When it was made.
    pub time: Timestamp,
    /// The actions that were missing, as far as the event tells.
    pub calls: Vec<Call>,
}

/// What a denied call teaches: the role needs the action. Read with the ledger of usage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Lesson {
    /// ARN of the role.
    pub role: String,
    /// The denied calls.
    pub calls: Vec<Call>,
}

/// The folder of the lessons of an account, beside its digests.
pub fn lessons_of(account: &str) -> String {
    format!("lessons/{account}")
}

/// Where the lesson of a role is kept.
pub fn lesson_key(account: &str, role: &str) -> String {
    format!("{}/{}.json", lessons_of(account), model::name_of(role))
}

impl Denial {
    /// Reads an EventBridge event of a denied call made with a role; `None`: it is none.
    ///
    /// Whoever may put events on a bus can write one that looks so; but nobody but AWS can name AWS
    /// as its source, or another account than his own.
    pub fn read(event: &Value) -> Option<Self> {
        let text = |name: &str| event.get(name).and_then(Value::as_str);
        if !text("source")?.starts_with("aws.") {
            return None;
        }
        let detail = event.get("detail")?;
        let role = detail.pointer("/userIdentity/sessionContext/sessionIssuer/arn")?.as_str()?;
        let time: Timestamp = detail.get("eventTime")?.as_str()?.parse().ok()?;
        let account = detail.pointer("/userIdentity/accountId")?.as_str()?;
        if text("account") != Some(account) || model::account_of(role) != Some(account) {
            return None;
        }
        let region = detail.get("awsRegion")?.as_str()?;
        let day = time.to_zoned(TimeZone::UTC).date();
        let file = serde_json::to_vec(&json!({ "Records": [detail] })).ok()?;
        // The same code that reads the log files tells which action it was.
        let mut digester = trail::Digester::new(account, region, day);
        digester.add("event.json", &file);
        let mut ledger = trail::Ledger::new(day, day);
        ledger.add(&digester.finish());
        let calls = ledger.usage(role, None, None).calls;
        let calls: Vec<Call> =
            calls.into_iter().filter(|call| call.outcome == CallOutcome::Denied).collect();
        (!calls.is_empty()).then(|| Self { role: role.to_owned(), time, calls })
    }
}

impl<I, F, C, V> Mender<I, F, C, V>
where
    I: Inventory,
    F: Findings,
    C: Changer + Advisor + Monitor,
    V: Vault,
{
    /// The order to take a repair back, if one of the role may be to blame for a denied call; and
    /// the ledger is taught that the action is needed.
    ///
    /// A call that the old policies did not grant either is not the repair's fault.
    ///
    /// # Errors
    /// A call failed; run it again.
    pub async fn heed(&self, denial: &Denial) -> Result<Option<Order>, PortError> {
        let Some(guard) = self.guard_of(&denial.role).await? else { return Ok(None) };
        // Events carry whole seconds.
        if denial.time + SignedDuration::from_secs(1) < guard.since {
            return Ok(None);
        }
        let Some(repair) = unless_gone(self.repair(&guard.repair).await)? else { return Ok(None) };
        let blamed: Vec<&Call> =
            denial.calls.iter().filter(|call| was_granted(&repair.policies, call)).collect();
        let Some(first) = blamed.first() else { return Ok(None) };
        self.learn(&denial.role, &blamed).await?;
        let action = first.action.as_deref().unwrap_or(&first.event);
        Ok(Some(guard.take_back(
            format!(
                "`{action}` was denied at {}; the old policies granted the action",
                denial.time
            ),
            self.now(),
        )))
    }

    /// Adds calls to what is known of the role, once each. Denied calls come in crowds: who finds
    /// that another has written meanwhile reads again.
    async fn learn(&self, role: &str, calls: &[&Call]) -> Result<(), PortError> {
        let key = lesson_key(model::account_of(role).unwrap_or_default(), role);
        for _ in 0..CROWD {
            if self.is_learnt(role, &key, calls).await? {
                return Ok(());
            }
        }
        Err(record::busy(key))
    }

    async fn is_learnt(&self, role: &str, key: &str, calls: &[&Call]) -> Result<bool, PortError> {
        let kept = unless_gone(record::fetch::<Lesson>(&self.vault, key).await)?;
        let (known, version) = kept.unzip();
        let known = known.filter(|lesson| lesson.role == role).map(|lesson| lesson.calls);
        let known: BTreeSet<Call> = known.into_iter().flatten().collect();
        let mut all = known.clone();
        all.extend(calls.iter().map(|call| (*call).clone()));
        if all == known {
            return Ok(true);
        }
        let lesson = Lesson { role: role.to_owned(), calls: all.into_iter().collect() };
        let bytes = record::bytes(key, &lesson)?;
        Ok(self.vault.swap(key, bytes, version.as_ref()).await?.is_some())
    }
}

/// Whether policies may have granted the call. What event is which action is not always known; then
/// they may.
///
/// On which resource is not asked, nor whether the new policies grant it: a call may be denied for
/// want of another action, as that of the key an object is encrypted with.
fn was_granted(policies: &[NamedPolicy], call: &Call) -> bool {
    let Some(action) = &call.action else { return true };
    let all: Vec<_> = policies.iter().map(NamedPolicy::named).collect();
    !iam::Grants::new(&all, None).allows(action).is_empty()
}
