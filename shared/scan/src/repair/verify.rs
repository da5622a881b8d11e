//! The third task: whether the rule is content now.

use serde::Serialize;

use super::{
    Advisor, Changer, Mender, Monitor, Repair, Stage, Vault, plan::is_content, remedies::Remedy,
    story,
};
use crate::{Findings, Inventory, Kind, Place, PortError, Round};

/// What came of verifying.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Verified {
    /// The changes stand, the rule is content, and the finding says so.
    Verified,
    /// Not (yet), and why: AWS may show the change a moment later.
    NotYet {
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
    /// Reads the function anew and judges it by the rule that failed, and by no other code.
    ///
    /// # Errors
    /// A call failed, or the finding was refused.
    pub async fn verify(&self, id: &str) -> Result<Verified, PortError> {
        let mut repair = self.repair(id).await?;
        let place = Place::of(&repair.function);
        let not_yet = |why: String| Ok(Verified::NotYet { why });
        match repair.stage {
            Stage::Applied | Stage::Verified => {}
            _ => return not_yet("the changes are not made".to_owned()),
        }
        for change in &repair.changes {
            if self.changer.look(&place, &change.slot).await?.state != change.after {
                return not_yet(format!("the {} does not show the change", change.slot));
            }
        }
        let Some(scene) = self.scene(&repair.function, &repair.rule).await? else {
            return not_yet("the function is gone".to_owned());
        };
        let (Some(remedy), judged) = (Remedy::of(&repair.rule), &scene.judged) else {
            return not_yet("no repair is known for this rule".to_owned());
        };
        let of_rule = judged.judgements.iter().find(|one| one.rule.id == repair.rule);
        match of_rule.map(|judgement| is_content(&judgement.verdict, remedy)) {
            Some(Ok(())) => {}
            Some(Err(why)) => return not_yet(why),
            None => return not_yet(format!("the baseline does not judge by `{}`", repair.rule)),
        }
        let round = Round { judged: vec![scene.judged], ..Round::default() };
        self.publish(&place, round).await?;
        repair.stage = Stage::Verified;
        if !repair.is_saved(&self.vault).await? {
            return not_yet("it was taken back meanwhile".to_owned());
        }
        self.tell(&repair, story::verified(&repair)).await?;
        Ok(Verified::Verified)
    }

    /// Reads, judges and publishes the function: its finding shall say what is.
    pub(super) async fn judge_anew(&self, repair: &Repair) -> Result<(), PortError> {
        let functions = std::slice::from_ref(&repair.function);
        let mut round = self.warden.look(functions, self.now()).await;
        match round.unread.pop_first() {
            Some((_, error)) => Err(error),
            None => self.publish(&Place::of(&repair.function), round).await,
        }
    }

    async fn publish(&self, place: &Place, round: Round) -> Result<(), PortError> {
        let published = self.warden.publish(place, round).await?;
        match published.refused.into_iter().next() {
            None => Ok(()),
            Some(refused) => Err(PortError {
                operation: "securityhub:BatchImportFindings",
                subject: refused.id,
                kind: Kind::Failed,
                source: format!("{}: {}", refused.code, refused.message).into(),
            }),
        }
    }
}
