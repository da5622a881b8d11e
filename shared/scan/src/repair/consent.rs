//! Who has a say in a repair beside the function's own team: other Regions, the other functions of a
//! role, and Access Analyzer.

use model::FunctionArn;

use super::{
    Advice, Advisor, Changer, Mender, Monitor, Scene, Vault, is_of, objection, plan::No,
    remedies::Draft,
};
use crate::{Findings, Inventory, Place, Used};

/// Of more functions that share a role not all can be asked and watched.
const MOST_WATCHED: usize = 25;

impl<I, F, C, V> Mender<I, F, C, V>
where
    I: Inventory,
    F: Findings,
    C: Changer + Advisor + Monitor,
    V: Vault,
{
    /// A role is everywhere; what Lambda needs of it is known where its functions are known.
    pub(super) async fn of_one_region(&self, draft: &mut Draft, scene: &Scene) -> Result<(), No> {
        let Some(role) = draft.wanted.iter().find_map(|wanted| wanted.slot.role()) else {
            return Ok(());
        };
        let name = model::name_of(role);
        if self.is_ours(name) {
            return Err(No::Refused("it is a role of ours".to_owned()));
        }
        if self.regions.is_empty() {
            draft.remarks.push(
                "functions of other Regions were not looked for, which may have the role too"
                    .to_owned(),
            );
        }
        for region in self.regions.iter().filter(|region| **region != scene.place.region) {
            let place = Place { region: region.clone(), ..scene.place.clone() };
            let role = Used::Role(name.to_owned());
            let users = self.warden.inventory.users(&place, &role, self.now()).await?;
            if let Some(user) = users.first() {
                return Err(No::Refused(format!(
                    "functions of another Region share the role, `{}` among them",
                    user.as_str()
                )));
            }
        }
        Ok(())
    }

    /// Whose function has the same role has the same say.
    pub(super) async fn others_agree(
        &self,
        draft: &Draft,
        scene: &Scene,
        rule: &str,
    ) -> Result<(), No> {
        let own = &scene.judged.function.arn;
        let is_other = |arn: &&FunctionArn| *arn != own;
        let others: Vec<FunctionArn> = draft.watched.iter().filter(is_other).cloned().collect();
        if others.is_empty() {
            return Ok(());
        }
        if draft.watched.len() > MOST_WATCHED {
            return Err(No::Refused(format!(
                "{} functions share the role, and no more than {MOST_WATCHED} can be watched",
                draft.watched.len()
            )));
        }
        let mut round = self.warden.look(&others, self.now()).await;
        if let Some((_, error)) = round.unread.pop_first() {
            return Err(No::Failed(error));
        }
        let held = self.warden.findings.observed(&scene.place, Some(&others)).await?;
        for judged in &round.judged {
            let arn = &judged.function.arn;
            let its = held.iter().find(|one| is_of(one, arn, rule));
            if let Some(why) = objection(judged, its, rule) {
                return Err(No::Refused(format!("`{}` has the role too: {why}", arn.name())));
            }
        }
        Ok(())
    }

    /// AWS's own opinion. Where it does not answer, our proof stands alone, and the plan says so.
    pub(super) async fn advised(&self, draft: &mut Draft, place: &Place) -> Result<(), No> {
        for (new, old) in std::mem::take(&mut draft.proofs) {
            match self.changer.advise(place, &new, &old).await {
                Ok(Advice::Fine) => {}
                Ok(Advice::Against(why)) => {
                    return Err(No::Refused(format!("Access Analyzer objects: {why}")));
                }
                Err(error) => {
                    draft.remarks.push(format!(
                        "Access Analyzer did not say ({} {}); our own proof stands alone",
                        error.operation, error.kind
                    ));
                    break;
                }
            }
        }
        Ok(())
    }
}
