//! What watches over a repair: a file that stands from before the first change until the watch is
//! over.
//!
//! It keeps a second repair away from the same role or setting, it says which denied calls concern
//! us, and it holds no execution open: a guard that nobody looks at costs nothing.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::FunctionArn;
use serde::{Deserialize, Serialize};

use super::Vitals;

/// A guard, kept as `guards/<subject>.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Guard {
    /// Id of the repair.
    pub repair: String,
    /// Id of the finding.
    pub finding: String,
    /// When the repair began.
    pub since: Timestamp,
    /// When the watch ends; `None`: the repair is not verified yet.
    pub until: Option<Timestamp>,
    /// Who is watched, and how each fared in the days before: the errors of one that runs rarely
    /// would drown in those of another.
    pub functions: BTreeMap<FunctionArn, Vitals>,
}

/// Days over which the usual is counted.
pub(super) const USUAL_DAYS: i64 = 14;

/// The longest pause between two days of work that is looked for.
pub(super) const LONGEST_PAUSE: u16 = 45;

/// Where guards are.
pub(super) const FOLDER: &str = "guards";

/// Where the guard of a subject is kept.
pub(super) fn key(subject: &str) -> String {
    format!("{FOLDER}/{subject}.json")
}

/// The subject of repairs of a role.
pub(super) fn of_role(role: &str) -> String {
    format!("role.{}.{}", model::account_of(role).unwrap_or_default(), model::name_of(role))
}

/// Whether so many `errors` in `invocations` are more than what was usual can explain.
///
/// Taken as Poisson: what is expected, and four times its spread and three errors above that; a
/// function that never failed before is allowed two. A function without a past gets the benefit of
/// half its invocations.
pub(super) fn is_unusual(usual: &Vitals, invocations: f64, errors: f64) -> bool {
    let rate = match usual.invocations >= 1.0 {
        true => usual.errors / usual.invocations,
        false => 0.5,
    };
    let expected = invocations * rate;
    errors > expected + 4.0 * expected.sqrt() + 2.0
}

/// How many days a watch lasts: twice the longest pause between two days with invocations, and at
/// least `least`.
///
/// * `days`: those with invocations, counted back from now.
pub(super) fn length(days: impl IntoIterator<Item = u16>, least: u32) -> u32 {
    let mut last = 0;
    let mut longest = 0;
    let mut none = true;
    for day in days {
        longest = longest.max(day - last);
        last = day;
        none = false;
    }
    if none {
        longest = LONGEST_PAUSE;
    }
    least.max(u32::from(longest) * 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_unusual_beyond_what_chance_explains() {
        for (before, after, expected) in [
            ((10_000.0, 0.0), (1000.0, 2.0), false),
            ((10_000.0, 0.0), (1000.0, 3.0), true),
            ((10_000.0, 100.0), (1000.0, 20.0), false),
            ((10_000.0, 100.0), (1000.0, 25.0), true),
            ((0.0, 0.0), (10.0, 10.0), false),
            ((0.0, 0.0), (100.0, 100.0), true),
            ((100.0, 100.0), (100.0, 100.0), false),
            ((10_000.0, 0.0), (0.0, 0.0), false),
        ] {
            let usual = Vitals { invocations: before.0, errors: before.1 };
            assert_eq!(is_unusual(&usual, after.0, after.1), expected, "{before:?} {after:?}");
        }
    }

    #[test]
    fn a_watch_outlasts_the_longest_pause_twice() {
        for (days, expected) in [
            (vec![0, 1, 2, 3], 7),
            (vec![0, 7, 14], 14),
            (vec![3, 33], 60),
            (vec![20], 40),
            (vec![], 90),
        ] {
            assert_eq!(length(days.clone(), 7), expected, "{days:?}");
        }
    }
}
