use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use stand_ins::security_hub::{Options, SecurityHub};

use crate::{
    days::Days,
    kept::{Kept, is_closed, text},
    world::begin,
};

/// What one playing left.
struct Played {
    kept: Kept,
    /// Functions of which once something could not be read.
    blind: BTreeSet<String>,
    met: BTreeMap<&'static str, u64>,
    again: usize,
}

fn play(seed: Option<u64>) -> Played {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let clock = begin();
    let hub = SecurityHub::start(Options { clock, rate_limits: false, ..Options::default() });
    let hub = hub.unwrap();
    let days = Days::new(&hub.url(), seed);
    runtime.block_on(days.play());
    let kept = Kept::of(&hub);
    let (blind, met) = (days.blind.lock().unwrap().clone(), days.met());
    let again = runtime.block_on(days.written_again());
    Played { kept, blind, met, again }
}

impl Played {
    /// Whether the finding is of a function that was once seen in part. Such a finding may be older
    /// than it would be, may have been closed later, and its note speaks of that.
    fn was_blind(&self, id: &str) -> bool {
        self.blind.iter().any(|arn| id.strip_prefix(arn.as_str()).is_some_and(is_rest))
    }

    /// Everything in which it differs from where nothing broke.
    fn differences(&self, calm: &Kept) -> Vec<String> {
        let mut wrong = Vec::new();
        for (id, expected) in &calm.findings {
            match self.kept.findings.get(id) {
                None => wrong.push(format!("{id} is lost")),
                // What is archived keeps what was last said of it.
                Some(found) if self.was_blind(id) && is_archived(found, expected) => {}
                Some(found) if self.was_blind(id) => {
                    for part in ["/Compliance", "/Workflow", "/RecordState", "/Description"] {
                        if found.pointer(part) != expected.pointer(part) {
                            wrong.push(format!("{id}{part}: {found} instead of {expected}"));
                        }
                    }
                    if found["FirstObservedAt"].as_u64() > expected["FirstObservedAt"].as_u64() {
                        wrong.push(format!("{id} was born again: {found}"));
                    }
                }
                Some(found) if found != expected => {
                    wrong.push(format!("{id}: {found} instead of {expected}"));
                }
                Some(_) => {}
            }
        }
        for (id, found) in &self.kept.findings {
            let is_expected = calm.findings.contains_key(id);
            let is_closed_blind = self.was_blind(id) && is_closed(found);
            if !(is_expected || is_closed_blind) {
                wrong.push(format!("{id} should not be: {found}"));
            }
        }
        let of_seen = |all: &BTreeSet<(String, usize)>| -> BTreeSet<(String, usize)> {
            all.iter().filter(|(id, _)| !self.was_blind(id)).cloned().collect()
        };
        let (archived, expected) = (of_seen(&self.kept.archived), of_seen(&calm.archived));
        for one in archived.symmetric_difference(&expected) {
            wrong.push(format!("{one:?} was archived in one playing only"));
        }
        if self.again > 0 {
            wrong.push(format!("the same night again writes {}", self.again));
        }
        wrong
    }
}

fn is_archived(one: &Value, other: &Value) -> bool {
    [one, other].iter().all(|finding| text(finding, "/RecordState") == "ARCHIVED")
}

fn is_rest(rest: &str) -> bool {
    rest.starts_with('/')
}

/// What must be seen in the undisturbed history, or the others prove little.
fn has_everything(calm: &Kept) {
    let count = |wanted: fn(&Value) -> bool| calm.findings.values().filter(|f| wanted(f)).count();
    assert!(count(|f| text(f, "/Workflow/Status") == "SUPPRESSED") == 0, "exemptions have ended");
    assert!(count(|f| text(f, "/Note/Text").contains("exemption has ended")) > 0, "an ended one");
    assert!(count(|f| text(f, "/RecordState") == "ARCHIVED") > 0, "something deleted");
    assert!(count(|f| text(f, "/Compliance/Status") == "PASSED") > 0, "something mended");
    assert!(count(|f| text(f, "/Compliance/Status") == "FAILED") > 0, "something broken");
    assert!(count(|f| text(f, "/Id").contains("coverage-gap")) == 1, "one account was shut");
    let born: BTreeSet<_> =
        calm.findings.values().filter_map(|f| f["FirstObservedAt"].as_u64()).collect();
    assert!(born.len() >= 4, "{born:?}");
    assert!(calm.archived.len() > 10, "{:?}", calm.archived);
}

fn schedules(seeds: std::ops::Range<u64>) {
    let calm = play(None);
    assert_eq!((calm.again, calm.blind.len()), (0, 0));
    has_everything(&calm.kept);
    let mut met: BTreeMap<&'static str, u64> = BTreeMap::new();
    for seed in seeds {
        let played = play(Some(seed));
        let wrong = played.differences(&calm.kept);
        assert!(wrong.is_empty(), "seed {seed}:\n{}", wrong.join("\n"));
        played.met.into_iter().for_each(|(fault, n)| *met.entry(fault).or_default() += n);
    }
    for fault in [
        "throttled",
        "5xx",
        "cut",
        "killed",
        "killed after a call",
        "import of one failed",
        "fact unknown",
        "list cut short",
        "out of time",
        "time short",
        "told twice",
    ] {
        assert!(met.contains_key(fault), "`{fault}` never happened: {met:?}");
    }
    eprintln!("{met:?}");
}

#[test]
fn what_breaks_leaves_no_trace() {
    schedules(0..25);
}

#[test]
fn what_breaks_otherwise_leaves_none_either() {
    schedules(25..50);
}
