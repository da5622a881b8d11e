//! The first task: what is to be done, and whether it may be.

use jiff::{SignedDuration, Timestamp};
use model::{Outcome, RepairMode, Verdict};
use serde::Serialize;

use super::{
    Action, Advisor, Change, Changer, Mender, Monitor, Order, Repair, Scene, Slot, Stage, State,
    Vault, Version,
    guard::{self, Guard},
    record::{self, write},
    remedies::{Case, Draft, Remedy},
    story, unless_gone,
};
use crate::{Findings, Inventory, Place, PortError};

/// What came of planning.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Planned {
    /// The repair is written down.
    Planned {
        /// Seconds until it may be applied.
        wait: i64,
        /// For a person to read: what is to be done, and how it is stopped.
        summary: String,
    },
    /// There is nothing to repair (any more), and why.
    Nothing {
        /// One sentence without a final stop.
        why: String,
    },
    /// It is not to be repaired, and why.
    Refused {
        /// One sentence without a final stop.
        why: String,
    },
}

const TAKEN_BACK: &str = "it was tried and taken back; ask for it again to try once more";

/// Why there is no plan.
pub(super) enum No {
    Nothing(String),
    Refused(String),
    Failed(PortError),
}

impl No {
    /// In words.
    ///
    /// # Errors
    /// A call failed.
    pub(super) fn why(self) -> Result<String, PortError> {
        match self {
            Self::Nothing(why) | Self::Refused(why) => Ok(why),
            Self::Failed(error) => Err(error),
        }
    }
}

impl From<PortError> for No {
    fn from(error: PortError) -> Self {
        Self::Failed(error)
    }
}

impl<I, F, C, V> Mender<I, F, C, V>
where
    I: Inventory,
    F: Findings,
    C: Changer + Advisor + Monitor,
    V: Vault,
{
    /// Reads live state, judges it by the same rule, and writes down what would mend it with what
    /// stands there now. Changes nothing.
    ///
    /// A refusal is told on the finding. Planning again replaces a plan that nothing of was applied.
    ///
    /// # Errors
    /// Something cannot be read or written now; a later try may do better.
    pub async fn plan(&self, order: &Order) -> Result<Planned, PortError> {
        match self.repair_for(order).await {
            Ok(mut repair) => {
                repair.save(&self.vault).await?;
                write(&self.vault, &record::last_of(&repair.finding), &repair.id).await?;
                let summary = story::planned(&repair);
                self.tell(&repair, summary.clone()).await?;
                let wait = repair.due.duration_since(self.now()).as_secs().max(0);
                Ok(Planned::Planned { wait, summary })
            }
            Err(No::Nothing(why)) => Ok(Planned::Nothing { why }),
            Err(No::Refused(why)) => {
                self.say(&order.finding, story::refused(order, &why)).await?;
                Ok(Planned::Refused { why })
            }
            Err(No::Failed(error)) => Err(error),
        }
    }

    /// The repair as it would be planned now, without any trace: for a dry run.
    ///
    /// # Errors
    /// As [`Mender::plan`].
    pub async fn preview(&self, order: &Order) -> Result<Result<Repair, Planned>, PortError> {
        match self.repair_for(order).await {
            Ok(repair) => Ok(Ok(repair)),
            Err(No::Nothing(why)) => Ok(Err(Planned::Nothing { why })),
            Err(No::Refused(why)) => Ok(Err(Planned::Refused { why })),
            Err(No::Failed(error)) => Err(error),
        }
    }

    async fn repair_for(&self, order: &Order) -> Result<Repair, No> {
        let refused = |why: &str| No::Refused(why.to_owned());
        if order.action != Action::Repair {
            return Err(refused("it is no order to repair"));
        }
        let Some((function, rule)) = super::subject(&order.finding) else {
            return Err(refused("it is no finding of ours about a function"));
        };
        let Some(remedy) = Remedy::of(&rule) else {
            return Err(refused("no repair is known for this rule"));
        };
        self.permitted(order, &rule)?;
        if self.is_ours(function.name()) {
            return Err(refused("it is a function of ours"));
        }
        let version = self.not_tried(order).await?;
        let scene = self.scene(&function, &rule).await?;
        let Some(scene) = scene else { return Err(No::Nothing("the function is gone".to_owned())) };
        let saw = failing(&scene, &rule)?;
        let draft = self.draft(order, remedy, &scene).await?;
        let changes = self.changes(&scene.place, &draft).await?;
        let repair = self.written(order, rule, saw, &scene, draft, changes);
        let repair = Repair { version, ..repair };
        self.unguarded(&repair).await?;
        self.not_taken_back(&repair).await?;
        Ok(repair)
    }

    /// What was taken back is not done again by itself under another name: a function's revision
    /// moves with each repair, and with each way back.
    async fn not_taken_back(&self, repair: &Repair) -> Result<(), No> {
        let last = match (repair.mode, self.last_of(&repair.finding).await?) {
            (RepairMode::Auto, Some(id)) => record::find(&self.vault, &record::key(&id)).await?,
            _ => return Ok(()),
        };
        let is_same = |last: &Repair| {
            matches!(last.stage, Stage::RolledBack | Stage::Left) && last.changes == repair.changes
        };
        match last.is_some_and(|last: Repair| is_same(&last)) {
            true => Err(No::Refused(TAKEN_BACK.to_owned())),
            false => Ok(()),
        }
    }

    /// Whether the baseline lets it be repaired so.
    fn permitted(&self, order: &Order, rule: &str) -> Result<(), No> {
        let mode = self.warden.baseline.repair_mode(rule);
        match (mode, order.mode) {
            (RepairMode::Off, _) => Err(No::Refused(format!(
                "the baseline does not let `{rule}` be repaired: set `repair` under `[rules.{rule}]`"
            ))),
            (RepairMode::OnRequest, RepairMode::Auto) => {
                Err(No::Refused(format!("the baseline lets `{rule}` be repaired on request only")))
            }
            _ => Ok(()),
        }
    }

    /// The same repair is not made twice: not beside itself, and not after it was taken back.
    /// Returns which plan the new one takes the place of.
    async fn not_tried(&self, order: &Order) -> Result<Option<Version>, No> {
        let before = unless_gone(Repair::load(&self.vault, &order.repair).await)?;
        let Some(before) = before else { return Ok(None) };
        match before.stage {
            Stage::Planned
                if before.request != order.request && self.now() <= before.good_until =>
            {
                Err(No::Nothing(format!("it is planned already, to be made at {}", before.due)))
            }
            Stage::Planned | Stage::Cancelled => Ok(before.version),
            Stage::RolledBack | Stage::Left => Err(No::Refused(TAKEN_BACK.to_owned())),
            Stage::Applying | Stage::TakingBack | Stage::Applied | Stage::Verified => {
                Err(No::Nothing("it is repaired already, or being repaired".to_owned()))
            }
        }
    }

    /// What to do, proved as far as it can be proved.
    pub(super) async fn draft(
        &self,
        order: &Order,
        remedy: &Remedy,
        scene: &Scene,
    ) -> Result<Draft, No> {
        let cx = self.warden.context();
        let key = match (&cx.baseline.repair.key, remedy.rule) {
            (Some(named), "env-key-not-customer-managed") => {
                Some(self.changer.key(&scene.place, named).await?)
            }
            _ => None,
        };
        let case = Case { id: &order.repair, function: &scene.judged.function, cx: &cx, key };
        let mut draft = (remedy.draft)(&case).map_err(No::Refused)?;
        let rule = rules::find(remedy.rule).map_err(|e| No::Refused(e.to_string()))?;
        is_content(&(rule.check)(&draft.mended, &cx), remedy)
            .map_err(|why| No::Refused(format!("it would not satisfy the rule: {why}")))?;
        self.of_one_region(&mut draft, scene).await?;
        self.others_agree(&draft, scene, remedy.rule).await?;
        self.advised(&mut draft, &scene.place).await?;
        Ok(draft)
    }

    /// What differs, with the before-image.
    async fn changes(&self, place: &Place, draft: &Draft) -> Result<Vec<Change>, No> {
        let mut changes = Vec::new();
        for wanted in &draft.wanted {
            let held = unless_gone(self.changer.look(place, &wanted.slot).await)?;
            let Some(held) = held else {
                return Err(No::Nothing(format!("there is no {} any more", wanted.slot)));
            };
            if held.state == wanted.after {
                continue;
            }
            if let Some(why) = held.irreversible {
                return Err(No::Refused(format!(
                    "the {} could not be put back: {why}",
                    wanted.slot
                )));
            }
            is_made_anew(&wanted.slot, &held.state, &wanted.after).map_err(No::Refused)?;
            let (slot, after) = (wanted.slot.clone(), wanted.after.clone());
            changes.push(Change { slot, before: held.state, after });
        }
        match changes.is_empty() {
            true => Err(No::Nothing("everything is as it should be".to_owned())),
            false => Ok(changes),
        }
    }

    fn written(
        &self,
        order: &Order,
        rule: String,
        saw: String,
        scene: &Scene,
        draft: Draft,
        changes: Vec<Change>,
    ) -> Repair {
        let policy = &self.warden.baseline.repair;
        let now = self.now();
        let grace = match order.mode {
            RepairMode::Auto => policy.grace_hours,
            _ => 0,
        };
        let later = |from: Timestamp, hours: u32| {
            from.checked_add(SignedDuration::from_hours(hours.into())).unwrap_or(Timestamp::MAX)
        };
        let due = later(now, grace);
        let replaces = changes.iter().any(|change| change.slot.role().is_some());
        let role = match scene.judged.function.role.known() {
            Some(model::RoleState::Present(role)) if replaces => Some(role),
            _ => None,
        };
        let policies = role.and_then(|role| role.policies.known().cloned()).unwrap_or_default();
        Repair {
            id: order.repair.clone(),
            finding: order.finding.clone(),
            rule,
            function: scene.judged.function.arn.clone(),
            mode: order.mode,
            by: order.by.clone(),
            request: order.request.clone(),
            saw,
            summary: draft.summary,
            remarks: draft.remarks,
            changes,
            policies,
            role_id: role.and_then(|role| role.id.clone()),
            watched: draft.watched,
            planned_at: now,
            due,
            good_until: later(due, policy.longest_hours),
            stage: Stage::Planned,
            version: None,
            why: None,
        }
    }

    /// One repair at a time of a role or a setting, until its watch is over.
    async fn unguarded(&self, repair: &Repair) -> Result<(), No> {
        let guard: Option<Guard> =
            record::find(&self.vault, &guard::key(&repair.subject())).await?;
        match guard.filter(|guard| guard.repair != repair.id) {
            None => Ok(()),
            Some(Guard { repair, until: Some(until), .. }) => Err(No::Refused(format!(
                "the repair {repair} of the same is watched until {until}; take it back, or wait"
            ))),
            Some(Guard { repair, .. }) => Err(No::Refused(format!(
                "the repair {repair} of the same is under way; take it back, or wait"
            ))),
        }
    }
}

/// What the rule saw, if nobody objects.
fn failing(scene: &Scene, rule: &str) -> Result<String, No> {
    if let Some(why) = scene.objection(rule) {
        return Err(No::Refused(why));
    }
    let judgement = scene.judged.judgements.iter().find(|one| one.rule.id == rule);
    match judgement.map(|judgement| (&judgement.verdict, judgement.says())) {
        Some((Ok(Outcome::Fail(_)), saw)) => Ok(saw),
        Some((Ok(_), _)) => Err(No::Nothing("the defect is gone".to_owned())),
        Some((Err(_), why)) => Err(No::Refused(why)),
        None => Err(No::Refused(format!("the baseline does not judge by `{rule}`"))),
    }
}

/// Whether a verdict is what a repair is to reach.
pub(super) fn is_content(verdict: &Verdict, remedy: &Remedy) -> Result<(), String> {
    match verdict {
        Ok(Outcome::Pass | Outcome::NotApplicable(_)) => Ok(()),
        Ok(Outcome::Fail(evidence)) => Err(format!("{}: {}", evidence.at, evidence.saw)),
        Err(gap) if remedy.leaves.contains(&gap.fact) => Ok(()),
        Err(gap) => Err(format!("{} unknown: {}", gap.fact, gap.why)),
    }
}

/// A policy of ours is made, and never put in the place of another.
fn is_made_anew(slot: &Slot, before: &State, after: &State) -> Result<(), String> {
    let is_policy = matches!(slot, Slot::RolePolicy { .. } | Slot::ManagedPolicy { .. });
    match is_policy && *before != State::ABSENT && *after != State::ABSENT {
        true => Err(format!("there is a {slot} already")),
        false => Ok(()),
    }
}
