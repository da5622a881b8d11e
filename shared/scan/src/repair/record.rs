//! A repair as it is kept: what it is to change, from what, and how far it came.

use jiff::Timestamp;
use model::{FunctionArn, NamedPolicy, RepairMode};
use serde::{Deserialize, Serialize};

use super::{
    Slot, State, Vault, Version, Vitals,
    guard::{self, Guard},
    unless_gone,
};
use crate::{Kind, PortError, finding::fingerprint};

/// A repair, kept as `repairs/<id>.json` from the plan on: the before-image is in its changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Repair {
    /// Sixteen hexadecimal digits.
    pub id: String,
    /// Id of the finding.
    pub finding: String,
    /// Id of the rule.
    pub rule: String,
    /// Of the finding.
    pub function: FunctionArn,
    /// By itself or on request.
    pub mode: RepairMode,
    /// Who asked.
    pub by: String,
    /// `request` of the order it was planned for.
    #[serde(default)]
    pub request: Option<String>,
    /// What was wrong.
    pub saw: String,
    /// What is to be done, in one sentence.
    pub summary: String,
    /// What a person should know besides.
    pub remarks: Vec<String>,
    /// In this order; taken back in the opposite one.
    pub changes: Vec<Change>,
    /// Every policy of the role, where its policies are replaced.
    pub policies: Vec<NamedPolicy>,
    /// `RoleId` of that role: another may get its name.
    #[serde(default)]
    pub role_id: Option<String>,
    /// The functions that are watched afterwards.
    pub watched: Vec<FunctionArn>,
    /// When the plan was made.
    pub planned_at: Timestamp,
    /// Not to be applied before.
    pub due: Timestamp,
    /// Not to be applied after.
    pub good_until: Timestamp,
    /// How far it came.
    pub stage: Stage,
    /// Why it came no farther.
    pub why: Option<String>,
    /// Of the file it was read from; `None`: it was never kept.
    #[serde(skip)]
    pub(super) version: Option<Version>,
}

/// One slot, from one state to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Where.
    pub slot: Slot,
    /// The before-image.
    pub before: State,
    /// What shall stand there.
    pub after: State,
}

/// How far a repair came. What stands in the slots has the last word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Nothing was written.
    Planned,
    /// Some of it may be written.
    Applying,
    /// Some of it may be taken back already: whoever is still applying it gives way.
    TakingBack,
    /// All of it is written.
    Applied,
    /// The rule is content.
    Verified,
    /// Nothing of it stands, for it was called off before it began.
    Cancelled,
    /// Nothing of it stands any more.
    RolledBack,
    /// Some of it cannot be taken back, for somebody else has changed it since.
    Left,
}

impl Repair {
    /// What must not be repaired twice at a time: the role, or what is set of the function.
    pub fn subject(&self) -> String {
        let place = |function: &FunctionArn| {
            format!("{}.{}.{}", function.account(), function.region(), function.name())
        };
        match self.role() {
            Some(role) => guard::of_role(role),
            None => format!("{}.{}", self.rule, place(&self.function)),
        }
    }

    /// The role whose policies are replaced.
    pub(super) fn role(&self) -> Option<&str> {
        self.changes.iter().find_map(|change| change.slot.role())
    }

    /// The guard it puts up before it changes anything.
    pub(super) fn guard(&self, now: Timestamp) -> Guard {
        Guard {
            repair: self.id.clone(),
            finding: self.finding.clone(),
            since: now,
            until: None,
            functions: self.watched.iter().map(|arn| (arn.clone(), Vitals::default())).collect(),
        }
    }

    /// Reads a repair.
    ///
    /// # Errors
    /// `Kind::Gone`: there is none of that id. The file is damaged, or says what no plan of ours
    /// says.
    pub(super) async fn load(vault: &impl Vault, id: &str) -> Result<Self, PortError> {
        let failed = |why: &str| PortError {
            operation: "read",
            subject: key(id),
            kind: Kind::Failed,
            source: why.to_owned().into(),
        };
        if !is_id(id) {
            return Err(failed("the id of a repair is sixteen hexadecimal digits"));
        }
        let (repair, version) = fetch::<Self>(vault, &key(id)).await?;
        let repair = Self { version: Some(version), ..repair };
        match repair.flaw(id) {
            None => Ok(repair),
            Some(why) => Err(failed(&format!("it is no plan of ours: {why}"))),
        }
    }

    /// What no plan of ours says: the file decides what is written with the rights of the repairer.
    fn flaw(&self, id: &str) -> Option<String> {
        if self.id != id {
            return Some(format!("it has the id `{}`", self.id));
        }
        if super::subject(&self.finding) != Some((self.function.clone(), self.rule.clone())) {
            return Some(format!("it is not of the finding `{}`", self.finding));
        }
        let ours = format!("warden-{id}-");
        let is_ours = |change: &Change, name: &str| {
            change.after == State::ABSENT
                || (change.before == State::ABSENT && name.starts_with(&ours))
        };
        let account = self.function.account();
        let (role, known) = (self.role(), self.role_id.is_some());
        let is_it = |of: &str| known && Some(of) == role && model::account_of(of) == Some(account);
        let is_sound = |change: &&Change| match &change.slot {
            Slot::RolePolicy { role, name } => is_it(role) && is_ours(change, name),
            Slot::ManagedPolicy { policy } => {
                model::account_of(policy) == Some(account)
                    && is_ours(change, model::name_of(policy))
            }
            Slot::Attachment { role, policy } => {
                is_it(role) && is_ours(change, model::name_of(policy))
            }
            Slot::Role { .. } => false,
            slot => slot.function() == Some(&self.function),
        };
        let bad = self.changes.iter().find(|change| !is_sound(change))?;
        Some(format!("it would change the {}", bad.slot))
    }

    /// Writes it in place of what it was read from. Returns whether nobody else had written since.
    pub(super) async fn is_saved(&mut self, vault: &impl Vault) -> Result<bool, PortError> {
        let key = key(&self.id);
        let written = vault.swap(&key, bytes(&key, self)?, self.version.as_ref()).await?;
        let is_saved = written.is_some();
        self.version = written.or(self.version.take());
        Ok(is_saved)
    }

    /// As [`Repair::is_saved`].
    ///
    /// # Errors
    /// `Kind::Busy`: somebody else had written; read it again.
    pub(super) async fn save(&mut self, vault: &impl Vault) -> Result<(), PortError> {
        match self.is_saved(vault).await? {
            true => Ok(()),
            false => Err(busy(key(&self.id))),
        }
    }
}

/// Somebody else wrote `subject` since it was read: read it again.
pub(super) fn busy(subject: String) -> PortError {
    let source = "somebody else has just written it".into();
    PortError { operation: "write", subject, kind: Kind::Busy, source }
}

/// Whether it is the id of a repair, as far as one can see.
pub fn is_id(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|one| one.is_ascii_hexdigit())
}

/// Where a repair is kept.
pub(super) fn key(id: &str) -> String {
    format!("repairs/{id}.json")
}

/// Where the id of a finding's last repair is kept.
pub(super) fn last_of(finding: &str) -> String {
    format!("repairs/of/{}.json", fingerprint(&[finding]))
}

pub(super) async fn fetch<T: for<'a> Deserialize<'a>>(
    vault: &impl Vault,
    key: &str,
) -> Result<(T, Version), PortError> {
    let (bytes, version) = vault.fetch(key).await?;
    let what = serde_json::from_slice(&bytes).map_err(|bad| PortError {
        operation: "read",
        subject: key.to_owned(),
        kind: Kind::Failed,
        source: format!("the file is damaged: {bad}").into(),
    })?;
    Ok((what, version))
}

/// As [`fetch`], whatever its version, and `None` where there is no such file.
pub(super) async fn find<T: for<'a> Deserialize<'a>>(
    vault: &impl Vault,
    key: &str,
) -> Result<Option<T>, PortError> {
    Ok(unless_gone(fetch(vault, key).await)?.map(|(what, _)| what))
}

pub(super) async fn write(
    vault: &impl Vault,
    key: &str,
    what: &impl Serialize,
) -> Result<(), PortError> {
    vault.write(key, bytes(key, what)?).await
}

pub(super) fn bytes(key: &str, what: &impl Serialize) -> Result<Vec<u8>, PortError> {
    serde_json::to_vec_pretty(what).map_err(|bad| PortError {
        operation: "write",
        subject: key.to_owned(),
        kind: Kind::Failed,
        source: Box::new(bad),
    })
}
