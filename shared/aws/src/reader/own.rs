//! What only calls about one function can tell of it, and how long that may be believed.

use aws_sdk_lambda::Client;
use jiff::{SignedDuration, Timestamp, civil::Date};
use model::{Destination, Exposure, Fact, FunctionArn, Qualifier, RuntimeUpdate};
use scan::Turn;
use serde::{Deserialize, Serialize};

use super::{
    NOT_READ, concurrency, destinations, exposure, function::runtime_update, list::Listed,
};

/// Facts older than this are read anew, whatever is known.
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Nights in which every function is read once.
const ROUND: u64 = 7;

/// Clocks differ, and what was changed may be shown as it was for a moment.
pub(super) const MARGIN: SignedDuration = SignedDuration::from_secs(60);

/// What only calls about one function can tell. A line of the memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Own {
    pub(crate) arn: FunctionArn,
    /// Of `$LATEST` when it was read.
    revision: Option<String>,
    /// The published versions, sorted; `None` where the list of them was cut short.
    versions: Option<Vec<String>>,
    /// When the first call was made.
    pub(crate) read_at: Timestamp,
    pub(crate) exposure: Exposure,
    pub(crate) qualifiers: Fact<Vec<Qualifier>>,
    /// Destinations of asynchronous invocation.
    pub(crate) invocations: Fact<Vec<Destination>>,
    pub(crate) runtime_update: Fact<RuntimeUpdate>,
    /// Reserved concurrency.
    #[serde(default = "not_read")]
    pub(crate) reserved: Fact<Option<u32>>,
    /// Versions and aliases with provisioned concurrency, and when each was set.
    #[serde(default = "not_read")]
    pub(crate) provisioned: Fact<Vec<(String, Timestamp)>>,
}

/// Of what an older version did not remember.
fn not_read<T>() -> Fact<T> {
    Fact::unknown(NOT_READ)
}

/// Which calls can matter for a function today.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) invocations: bool,
    pub(super) runtime_update: bool,
    pub(super) reserved: bool,
    pub(super) provisioned: bool,
}

impl Own {
    /// Asks Lambda.
    pub(super) async fn read(lambda: &Client, listed: &Listed, wanted: Wanted) -> Self {
        let arn = &listed.configuration.arn;
        let read_at = Timestamp::now();
        let (exposure, qualifiers) =
            exposure::exposures(lambda, arn, listed.versions.clone()).await;
        let path = rules::failure_path_matters(&exposure, &qualifiers, &listed.configuration.facts);
        let invocations = match path || wanted.invocations {
            true => destinations::invocations(lambda, arn).await,
            false => Fact::unknown(NOT_READ),
        };
        let runtime_update = match wanted.runtime_update {
            true => runtime_update(lambda, arn).await,
            false => Fact::unknown(NOT_READ),
        };
        let reserved = match wanted.reserved {
            true => Box::pin(concurrency::reserved(lambda, arn)).await,
            false => not_read(),
        };
        let provisioned = match wanted.provisioned {
            true => Box::pin(concurrency::provisioned(lambda, arn, &qualifiers)).await,
            false => not_read(),
        };
        Self {
            arn: arn.clone(),
            revision: listed.configuration.settings.revision_id.clone(),
            versions: listed.versions(),
            read_at,
            exposure,
            qualifiers,
            invocations,
            runtime_update,
            reserved,
            provisioned,
        }
    }

    /// Whether it still tells what the function is.
    ///
    /// * `touched`: when the function was last changed, as far as events told.
    pub(super) fn stands(
        &self,
        listed: &Listed,
        wanted: Wanted,
        touched: Option<Timestamp>,
        turn: Turn,
        now: Timestamp,
    ) -> bool {
        let revision = &listed.configuration.settings.revision_id;
        let is_same = revision.is_some()
            && self.revision == *revision
            && self.versions.is_some()
            && self.versions == listed.versions();
        let is_untouched = touched.is_none_or(|at| at < self.read_at - MARGIN);
        let is_past = self.read_at <= now + MARGIN;
        let is_of_this_run = self.read_at >= turn.since;
        let is_good = self.is_whole()
            && now.duration_since(self.read_at) < LONGEST
            && !is_turn_of(&self.arn, turn.night);
        is_same
            && is_untouched
            && is_past
            && self.answers(listed, wanted)
            && (is_of_this_run || is_good)
    }

    /// Whether everything was asked that matters today.
    fn answers(&self, listed: &Listed, wanted: Wanted) -> bool {
        let (exposure, qualifiers) = (&self.exposure, &self.qualifiers);
        let url = rules::url_matters(exposure, qualifiers);
        let path = rules::failure_path_matters(exposure, qualifiers, &listed.configuration.facts);
        (!url || is_asked(&self.exposure.url))
            && (!(path || wanted.invocations) || is_asked(&self.invocations))
            && (!wanted.runtime_update || is_asked(&self.runtime_update))
            && (!wanted.reserved || is_asked(&self.reserved))
            && (!wanted.provisioned || is_asked(&self.provisioned))
    }

    /// Whether every question was answered.
    fn is_whole(&self) -> bool {
        let is_seen =
            |exposure: &Exposure| is_settled(&exposure.policy) && is_settled(&exposure.url);
        is_seen(&self.exposure)
            && self
                .qualifiers
                .known()
                .is_some_and(|all| all.iter().all(|qualifier| is_seen(&qualifier.exposure)))
            && is_settled(&self.invocations)
            && is_settled(&self.runtime_update)
            && is_settled(&self.reserved)
            && is_settled(&self.provisioned)
    }
}

fn is_asked<T>(fact: &Fact<T>) -> bool {
    !matches!(fact, Fact::Unknown { unknown } if unknown == NOT_READ)
}

/// Known, or needless.
fn is_settled<T>(fact: &Fact<T>) -> bool {
    fact.known().is_some() || !is_asked(fact)
}

/// Whether the function is of the seventh that is read anew in `night`.
fn is_turn_of(arn: &FunctionArn, night: Date) -> bool {
    // FNV-1a: the same in every build, unlike the standard library's.
    let hash = arn.as_str().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let days = Date::constant(1970, 1, 1).duration_until(night).as_hours() / 24;
    hash % ROUND == days.rem_euclid(7).unsigned_abs()
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::types::FunctionConfiguration;

    use super::*;
    use crate::reader::configuration::Configuration;

    const NOW: &str = "2026-06-08T02:00:00Z";

    fn listed() -> Listed {
        let answer = FunctionConfiguration::builder()
            .function_arn("arn:aws:lambda:eu-west-1:111122223333:function:pay")
            .revision_id("r1");
        let configuration = Configuration::read(answer.build()).unwrap().unwrap();
        Listed { configuration, versions: Fact::Known(vec![]), sizes: not_read() }
    }

    fn own(read_at: &str) -> Own {
        let listed = listed();
        Own {
            arn: listed.configuration.arn.clone(),
            revision: Some("r1".to_owned()),
            versions: Some(vec![]),
            read_at: read_at.parse().unwrap(),
            exposure: Exposure { policy: Fact::Known(None), url: Fact::unknown(NOT_READ) },
            qualifiers: Fact::Known(vec![]),
            invocations: Fact::unknown(NOT_READ),
            runtime_update: not_read(),
            reserved: not_read(),
            provisioned: not_read(),
        }
    }

    /// In some night that is not the function's turn.
    #[test]
    fn facts_are_believed_for_less_than_a_week_and_not_from_the_future() {
        let wanted = Wanted {
            invocations: false,
            runtime_update: false,
            reserved: false,
            provisioned: false,
        };
        let now: Timestamp = NOW.parse().unwrap();
        let nights = (1..=7).map(|day| Date::constant(2026, 6, day));
        let (turns, others): (Vec<_>, Vec<_>) =
            nights.partition(|night| is_turn_of(&own(NOW).arn, *night));
        assert_eq!((turns.len(), others.len()), (1, 6), "once in seven nights");
        for (read_at, since, stands) in [
            ("2026-06-08T01:59:00Z", NOW, true),
            ("2026-06-01T02:00:01Z", NOW, true),
            ("2026-06-01T02:00:00Z", NOW, false),
            ("2026-06-01T02:00:00Z", "2026-06-01T01:00:00Z", true),
            ("2026-06-08T02:01:00Z", NOW, true),
            ("2026-06-08T02:01:01Z", NOW, false),
        ] {
            let since = since.parse().unwrap();
            let turn = Turn { night: others[0], since, by: Timestamp::MAX };
            let found = own(read_at).stands(&listed(), wanted, None, turn, now);
            assert_eq!(found, stands, "read at {read_at}, since {since}");
        }
        let turn = Turn { night: turns[0], since: now, by: Timestamp::MAX };
        let yesterday = own("2026-06-07T02:00:00Z");
        assert!(!yesterday.stands(&listed(), wanted, None, turn, now), "its own night");
    }
}
