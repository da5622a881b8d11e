//! The action "allow": an exemption for some days, as the team would tag it.

use jiff::{SignedDuration, tz::TimeZone};
use model::Fact;
use rules::Reading;
use serde::Serialize;

use super::{Advisor, Changer, Mender, Monitor, Slot, State, Vault};
use crate::{Findings, Inventory, Place, PortError};

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Allowed {
    /// The tag is set.
    Allowed {
        /// Its key.
        tag: String,
        /// Its value.
        value: String,
    },
    /// It is not, and why.
    Refused {
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
    /// Tags the function of a finding, so that the rule is exempt for `days` from today.
    ///
    /// A tag that the baseline would not count is not set. A tag that is there already is not
    /// replaced, for somebody answers for it.
    ///
    /// # Errors
    /// A call failed; run it again.
    pub async fn allow(&self, finding: &str, days: u16, by: &str) -> Result<Allowed, PortError> {
        let refused = |why: String| Ok(Allowed::Refused { why });
        let Some((function, rule)) = super::subject(finding) else {
            return refused("it is no finding of ours about a function".to_owned());
        };
        let Some(scene) = self.scene(&function, &rule).await? else {
            return refused("the function is gone".to_owned());
        };
        if scene.held.is_none() {
            return refused("there is no such finding of ours".to_owned());
        }
        let until = self.now() + SignedDuration::from_hours(24 * i64::from(days));
        let until = until.to_zoned(TimeZone::UTC).date();
        let tag = format!("warden:allow:{rule}");
        let value = format!("until={until} by={}", word(by));
        let why = match &scene.judged.function.tags {
            Fact::Unknown { unknown } => Some(format!("the tags cannot be read: {unknown}")),
            Fact::Known(tags) if tags.contains_key(&tag) => {
                Some(format!("the function has the tag `{tag}` already"))
            }
            Fact::Known(_) => self.objection_to(&tag, &value),
        };
        if let Some(why) = why {
            self.say(finding, format!("`{tag}` was not set: {why}.")).await?;
            return refused(why);
        }
        let place = Place::of(&function);
        let slot = Slot::Tag { function, key: tag.clone() };
        let held = self.changer.look(&place, &slot).await?;
        self.changer.put(&place, &slot, &held, &State::of(&value)).await?;
        Ok(Allowed::Allowed { tag, value })
    }

    /// Why the baseline would not count the tag.
    fn objection_to(&self, tag: &str, value: &str) -> Option<String> {
        let tags = [(tag.to_owned(), value.to_owned())].into();
        let read = rules::opt_outs(&tags, &self.warden.context());
        match read.into_iter().next().map(|opt_out| opt_out.reading) {
            Some(Reading::Valid(_)) => None,
            Some(Reading::Malformed(why)) => Some(why),
            Some(Reading::Expired(_)) | None => Some("it would not hold".to_owned()),
        }
    }
}

/// `by` as a tag's value may hold it: no spaces, and of signs only some.
fn word(by: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || "+-=._:/@".contains(c);
    let text: String = by.chars().map(|c| if fits(c) { c } else { '-' }).collect();
    text.replace('=', "-").chars().take(128).collect()
}
