//! What only calls about one function can tell of it, and how long that may be believed.

use aws_sdk_lambda::Client;
use jiff::{SignedDuration, Timestamp, civil::Date};
use model::{Destination, Exposure, Fact, FunctionArn, Qualifier, RuntimeUpdate};
use scan::Turn;
use serde::{Deserialize, Serialize};

use super::{NOT_READ, destinations, exposure, function::runtime_update, list::Listed};

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
}

/// Which calls can matter for a function today.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) invocations: bool,
    pub(super) runtime_update: bool,
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
        Self {
            arn: arn.clone(),
            revision: listed.configuration.settings.revision_id.clone(),
            versions: listed.versions(),
            read_at,
            exposure,
            qualifiers,
            invocations,
            runtime_update,
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
