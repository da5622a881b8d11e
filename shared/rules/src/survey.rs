//! What only a look at a whole account and Region tells, and for which rules it is asked.

use jiff::{Timestamp, tz::TimeZone};
use model::{Baseline, Context, Gap, Snapshot};

use crate::{days::days_after, find, is_on};

/// Days over which invocations are counted.
pub const QUARTER: u32 = 90;

/// Days over which durations, memory and concurrency are measured.
pub const FORTNIGHT: u32 = 14;

/// Why the rules on memory do not speak of most functions.
pub(crate) const NO_INSIGHTS: &str =
    "Lambda Insights tells nothing of it: without that, AWS measures no memory";

/// The rules that a look at a single function does not judge: what they ask is told by calls that
/// serve many functions at once. A change leaves their findings alone; the next night judges them.
pub static BY_SURVEY: &[&str] = &[
    "alarm-missing",
    "code-unsigned",
    "function-unused",
    "log-group-missing",
    "memory-oversized",
    "memory-tight",
    "provisioned-candidate",
    "provisioned-idle",
    "queue-visibility-short",
    "role-external-access",
    "timeout-near-limit",
    "warmer-schedule",
];

/// Which facts of [`model::Survey`] some rule asks for that is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the facts'")]
pub struct Wanted {
    pub log_group: bool,
    pub alarms: bool,
    pub queues: bool,
    pub reserved: bool,
    pub signing: bool,
    pub schedules: bool,
    pub external: bool,
    pub invocations: bool,
    pub duration: bool,
    pub busy: bool,
    pub memory: bool,
    pub provisioned: bool,
}

/// What the rules ask that `baseline` leaves on.
pub fn wanted(baseline: &Baseline) -> Wanted {
    asked(|id| find(id).is_ok_and(|rule| is_on(rule, baseline)))
}

/// The same of a look at a single function.
pub fn wanted_alone(baseline: &Baseline) -> Wanted {
    asked(|id| !BY_SURVEY.contains(&id) && find(id).is_ok_and(|rule| is_on(rule, baseline)))
}

fn asked(is_asked: impl Fn(&str) -> bool) -> Wanted {
    let any = |ids: &[&str]| ids.iter().any(|id| is_asked(id));
    let (duration, busy) = (any(&["timeout-near-limit"]), any(&["provisioned-candidate"]));
    Wanted {
        log_group: any(&["log-group-missing", "log-retention-unset"]),
        alarms: any(&["alarm-missing"]),
        queues: any(&["queue-visibility-short"]),
        reserved: any(&["concurrency-unreserved"]),
        signing: any(&["code-unsigned"]),
        schedules: any(&["warmer-schedule"]),
        external: any(&["role-external-access"]),
        // What did not run is not asked further.
        invocations: duration
            || busy
            || any(&["function-unused", "log-group-missing", "alarm-missing"]),
        duration,
        busy,
        memory: any(&["memory-oversized", "memory-tight"]),
        provisioned: busy || any(&["provisioned-idle"]),
    }
}

/// Whether the function ran at all within [`QUARTER`].
pub(crate) fn ran(function: &Snapshot) -> Result<bool, Gap> {
    Ok(*function.survey.metrics.invocations.get("invocations")? > 0)
}

/// Whether `at` is at least `days` before the day of the judgement.
pub(crate) fn is_older(at: Timestamp, days: u32, cx: &Context) -> bool {
    days_after(at.to_zoned(TimeZone::UTC).date(), days) <= cx.today
}
