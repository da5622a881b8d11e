use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use model::{Evidence, Fact, Gap, Outcome, Snapshot, Verdict};
use proptest::prelude::*;
use rules::{Exemption, RULES};

use super::*;
use crate::{Note, testing};

/// Days after the first of June 2026.
fn day(days: i64) -> Timestamp {
    "2026-06-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(24 * days)
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Says {
    Bad,
    Worse,
    Good,
    Moot,
    Blind,
}

impl Says {
    fn verdict(self) -> Verdict {
        match self {
            Self::Bad => Ok(Evidence::fail("Here", "one")),
            Self::Worse => Ok(Evidence::fail("Here", "two")),
            Self::Good => Ok(Outcome::Pass),
            Self::Moot => Ok(Outcome::NotApplicable("moot")),
            Self::Blind => Err(Gap { fact: "it", why: "denied".into() }),
        }
    }
}

fn snapshot(name: &str, read_at: Timestamp) -> Snapshot {
    let arn = format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}");
    Snapshot { arn: arn.parse().unwrap(), read_at, ..testing::snapshot() }
}

fn judged(name: &str, says: Says, exempt: bool, read_at: Timestamp) -> Judged {
    let exemption = exempt.then(|| Exemption {
        until: "2027-01-31".parse().unwrap(),
        by: Some("payments".into()),
        ticket: None,
        tag: "warden:allow:it".into(),
    });
    let rule = RULES[0];
    let judgement = Judgement { rule, severity: rule.severity, verdict: says.verdict(), exemption };
    Judged {
        function: snapshot(name, read_at),
        judgements: vec![judgement],
        unasked: vec![],
        tagged_by: None,
    }
}

/// Security Hub, as far as one publisher meets it.
#[derive(Clone, Debug, Default)]
struct Store(BTreeMap<String, Observed>);

impl Store {
    fn observed(&self) -> Vec<Observed> {
        self.0.values().cloned().collect()
    }

    fn apply(&mut self, plan: &Plan) {
        for new in &plan.imports {
            let entry = self.0.entry(new.id());
            let held = entry.or_insert_with(|| Observed {
                finding: Finding { updated_at: Timestamp::MIN, ..new.clone() },
                workflow: new.initial.as_ref().map_or(Workflow::New, |(workflow, _)| *workflow),
                note: new.initial.as_ref().map(|(_, text)| by(AUTHOR, text)),
            });
            assert!(new.updated_at > held.finding.updated_at, "an update nobody would see");
            let reopened = !new.archived
                && (held.finding.archived || held.finding.status == Status::Passed)
                && new.status != Status::Passed;
            let settled = matches!(held.workflow, Workflow::Resolved | Workflow::Notified);
            if reopened && settled {
                held.workflow = Workflow::New;
            }
            held.finding = Finding { initial: None, resource: None, ..new.clone() };
        }
        for update in &plan.updates {
            let held = self.0.get_mut(&update.id).unwrap();
            held.workflow = update.workflow;
            held.note = Some(by(AUTHOR, &update.note));
        }
    }

    fn round(&mut self, says: Says, exempt: bool, days: i64) -> Plan {
        let plan = reconcile(
            &[judged("pay", says, exempt, day(days))],
            &self.observed(),
            &only(),
            day(days),
        );
        self.apply(&plan);
        plan
    }

    fn one(&self) -> &Observed {
        assert_eq!(self.0.len(), 1);
        self.0.values().next().unwrap()
    }
}

fn by(author: &str, text: &str) -> Note {
    Note { text: text.into(), by: author.into() }
}

fn only() -> Scope {
    Scope::Only { gone: BTreeMap::new() }
}

/// What a reader of the finding sees: status, archived, workflow; `None` without a finding.
type Seen = Option<(Status, bool, Workflow)>;

fn seen(store: &Store) -> Seen {
    let held = store.0.values().next()?;
    Some((held.finding.status, held.finding.archived, held.workflow))
}

/// Each row is a life: what the rule said on successive days, whether a tag exempted it, and what
/// Security Hub shows at the end.
#[test]
fn lives_of_a_finding() {
    use {Says::*, Status::*, Workflow::*};
    let (no, tag) = (false, true);
    let lives: &[(&[(Says, bool)], Seen)] = &[
        (&[(Good, no)], None),
        (&[(Moot, no)], None),
        (&[(Bad, no)], Some((Failed, false, New))),
        (&[(Bad, no), (Bad, no)], Some((Failed, false, New))),
        (&[(Bad, no), (Good, no)], Some((Passed, false, Resolved))),
        (&[(Bad, no), (Good, no), (Good, no)], Some((Passed, false, Resolved))),
        (&[(Bad, no), (Good, no), (Bad, no)], Some((Failed, false, New))),
        (&[(Bad, no), (Good, no), (Blind, no)], Some((NotAvailable, false, New))),
        (&[(Bad, no), (Moot, no)], Some((Failed, true, New))),
        (&[(Bad, no), (Moot, no), (Bad, no)], Some((Failed, false, New))),
        (&[(Bad, no), (Moot, no), (Good, no)], Some((Failed, true, New))),
        (&[(Blind, no)], Some((NotAvailable, false, New))),
        (&[(Blind, no), (Good, no)], Some((Passed, false, Resolved))),
        // Not seeing does not undo what was seen.
        (&[(Bad, no), (Blind, no)], Some((Failed, false, New))),
        (&[(Bad, no), (Blind, no), (Good, no)], Some((Passed, false, Resolved))),
        (&[(Bad, tag)], Some((Failed, false, Suppressed))),
        (&[(Bad, no), (Bad, tag)], Some((Failed, false, Suppressed))),
        (&[(Bad, tag), (Bad, no)], Some((Failed, false, New))),
        (&[(Bad, tag), (Good, tag)], Some((Passed, false, Resolved))),
        (&[(Bad, tag), (Good, no), (Bad, no)], Some((Failed, false, New))),
        (&[(Bad, tag), (Good, tag), (Bad, tag)], Some((Failed, false, Suppressed))),
    ];
    for (life, expected) in lives {
        let mut store = Store::default();
        for (days, (says, exempt)) in (0..).zip(*life) {
            store.round(*says, *exempt, days);
        }
        assert_eq!(seen(&store), *expected, "{life:?}");
    }
}

#[test]
fn birth_is_kept_and_sightings_move() {
    let mut store = Store::default();
    for (days, says) in [(0, Says::Bad), (3, Says::Good), (7, Says::Worse)] {
        store.round(says, false, days);
    }
    let finding = &store.one().finding;
    assert_eq!((finding.created_at, finding.first_observed_at), (day(0), day(0)));
    assert_eq!((finding.updated_at, finding.last_observed_at), (day(7), day(7)));
}

#[test]
fn a_failure_that_cannot_be_looked_at_again_says_so_once() {
    let mut store = Store::default();
    store.round(Says::Bad, false, 0);
    assert_eq!(store.round(Says::Blind, false, 1).imports.len(), 1);
    assert_eq!(store.one().finding.fields["unverified"], "it: denied");
    assert!(store.round(Says::Blind, false, 2).is_empty());
    assert_eq!(store.one().finding.last_observed_at, day(0), "it was not seen again");
    store.round(Says::Bad, false, 3);
    assert!(!store.one().finding.fields.contains_key("unverified"));
}

#[test]
fn what_people_set_is_respected() {
    let mut store = Store::default();
    store.round(Says::Bad, false, 0);
    let id = store.one().finding.id();
    let set = |store: &mut Store, workflow| {
        let held = store.0.get_mut(&id).unwrap();
        (held.workflow, held.note) = (workflow, Some(by("jane", "accepted")));
    };
    for (set_to, says, expected) in [
        (Workflow::Suppressed, Says::Bad, Workflow::Suppressed),
        (Workflow::Suppressed, Says::Worse, Workflow::Suppressed),
        (Workflow::Suppressed, Says::Good, Workflow::Suppressed),
        (Workflow::Notified, Says::Bad, Workflow::Notified),
        // Still broken, whatever was clicked.
        (Workflow::Resolved, Says::Bad, Workflow::New),
    ] {
        let mut store = store.clone();
        set(&mut store, set_to);
        store.round(says, false, 1);
        assert_eq!(store.one().workflow, expected, "{set_to:?} then {says:?}");
    }
}

#[test]
fn open_findings_beat_their_heart_and_closed_ones_rest() {
    for (says, days, imports) in [(Says::Bad, 59, 0), (Says::Bad, 60, 1), (Says::Good, 300, 0)] {
        let mut store = Store::default();
        store.round(Says::Bad, false, 0);
        store.round(says, false, 0);
        assert_eq!(store.round(says, false, days).imports.len(), imports, "{says:?} {days}");
    }
}

#[test]
fn only_what_was_read_whole_is_cleared() {
    let mut store = Store::default();
    let both = [judged("pay", Says::Bad, false, day(0)), judged("ship", Says::Bad, false, day(0))];
    store.apply(&reconcile(&both, &[], &Scope::Whole { asked: day(0) }, day(0)));
    let observed = store.observed();
    let ship: FunctionArn = snapshot("ship", day(1)).arn;
    let judged = [judged("pay", Says::Bad, false, day(1))];
    let gone = |asked| Scope::Only { gone: [(ship.clone(), asked)].into() };
    let whole = |asked| Scope::Whole { asked };
    // What was published after it was asked for is of a function made since.
    let before = day(0) - jiff::SignedDuration::from_secs(1);
    for (scope, expected) in [
        (only(), vec![]),
        (whole(day(1)), vec![&ship]),
        (gone(day(1)), vec![&ship]),
        (whole(before), vec![]),
        (gone(before), vec![]),
    ] {
        let plan = reconcile(&judged, &observed, &scope, day(1));
        assert!(plan.imports.iter().all(|finding| finding.archived), "{scope:?}");
        let cleared: Vec<_> =
            plan.imports.iter().map(|finding| finding.about.function().unwrap()).collect();
        assert_eq!(cleared, expected, "{scope:?}");
    }
}

#[test]
fn a_rule_that_is_off_archives_its_findings() {
    let mut store = Store::default();
    store.round(Says::Bad, false, 0);
    let judged = [Judged { judgements: vec![], ..judged("pay", Says::Bad, false, day(1)) }];
    let plan = reconcile(&judged, &store.observed(), &only(), day(1));
    assert!(plan.imports[0].archived);
}

#[test]
fn a_rule_that_was_not_asked_neither_resolves_nor_archives() {
    for (first, then) in [(Says::Bad, None), (Says::Blind, None), (Says::Bad, Some(Says::Good))] {
        let mut store = Store::default();
        store.round(first, false, 0);
        if let Some(then) = then {
            store.round(then, false, 1);
        }
        let unasked = vec![RULES[0].id];
        let one = Judged { judgements: vec![], unasked, ..judged("pay", first, false, day(90)) };
        let plan = reconcile(&[one], &store.observed(), &only(), day(90));
        assert!(plan.is_empty(), "{plan:?}");
    }
}

#[test]
fn facts_older_than_the_store_change_nothing() {
    let mut store = Store::default();
    store.round(Says::Good, false, 0);
    store.round(Says::Bad, false, 5);
    let stale = [judged("pay", Says::Good, false, day(4))];
    assert!(reconcile(&stale, &store.observed(), &only(), day(6)).is_empty());
    // A clock that ran ahead must not lock the finding for ever.
    let plan = reconcile(&stale, &store.observed(), &only(), day(4));
    assert_eq!(plan.imports.len(), 1);
    assert!(plan.imports[0].updated_at > day(5));
}

/// Updates of the workflow leave no time of their own: the import beside them does.
#[test]
fn tags_older_than_the_store_change_nothing() {
    for (first, then) in [(true, false), (false, true)] {
        let mut store = Store::default();
        store.round(Says::Bad, first, 0);
        store.round(Says::Bad, then, 5);
        let workflow = store.one().workflow;
        let stale = [judged("pay", Says::Bad, first, day(4))];
        assert!(reconcile(&stale, &store.observed(), &only(), day(6)).is_empty(), "{first}");
        assert_eq!(workflow == Workflow::Suppressed, then);
    }
}

#[test]
fn an_exemption_names_who_and_until_when() {
    let mut one = judged("pay", Says::Bad, true, day(0));
    one.tagged_by = Some("arn:aws:sts::111122223333:assumed-role/dev/jane".into());
    let mut store = Store::default();
    store.apply(&reconcile(&[one], &[], &only(), day(0)));
    let note = store.one().note.clone().unwrap();
    for word in ["2027-01-31", "payments", "warden:allow:it", "jane"] {
        assert!(note.text.contains(word), "{word} in {}", note.text);
    }
    // The nightly run does not know the actor and keeps what is there.
    assert!(store.round(Says::Bad, true, 1).is_empty());
}

#[test]
fn an_exemption_that_counts_no_more_says_why() {
    for (tags, why) in [
        (Fact::Known(BTreeMap::new()), "ended or was withdrawn"),
        (
            Fact::unknown("lambda:ListTags throttled"),
            "could not be read: lambda:ListTags throttled",
        ),
    ] {
        let mut store = Store::default();
        store.round(Says::Bad, true, 0);
        let mut one = judged("pay", Says::Bad, false, day(1));
        one.function.tags = tags;
        store.apply(&reconcile(&[one], &store.observed(), &only(), day(1)));
        let held = store.one();
        assert_eq!(held.workflow, Workflow::New);
        let note = held.note.as_ref().unwrap();
        assert!(note.text.contains(why), "{}", note.text);
    }
}

proptest! {
    /// Whatever happened before, one round settles the store: the same facts again change nothing.
    #[test]
    fn reconciling_is_idempotent(life in prop::collection::vec((0..5usize, any::<bool>()), 1..12)) {
        let says = [Says::Bad, Says::Worse, Says::Good, Says::Moot, Says::Blind];
        let mut store = Store::default();
        for (days, (index, exempt)) in (0..).zip(life) {
            store.round(says[index], exempt, days);
            let again = store.round(says[index], exempt, days);
            prop_assert!(again.is_empty(), "{:?} on day {}: {:?}", says[index], days, again);
        }
    }
}

/// What was said of policies that are gone is not believed of those in their place.
#[test]
fn a_failure_outlives_a_gap_only_as_long_as_what_it_was_said_of() {
    let role = |name: &str| {
        let role = serde_json::json!({
            "arn": "arn:aws:iam::111122223333:role/r", "trust": { "unknown": "not read" }, "boundary": null,
            "policies": [{ "name": name, "origin": "inline", "document": { "Statement": [] } }],
        });
        Fact::Known(model::RoleState::Present(serde_json::from_value(role).unwrap()))
    };
    let rule = rules::find("role-admin").unwrap();
    let said = |says: Says, role, hours: i64| {
        let mut one = judged("f", says, false, day(0) + SignedDuration::from_hours(hours));
        one.judgements[0].rule = rule;
        one.function.role = role;
        one
    };
    let unread = || Fact::unknown("iam:GetRole denied");
    for (now, expected) in
        [(role("a"), Status::Failed), (role("b"), Status::NotAvailable), (unread(), Status::Failed)]
    {
        let mut store = Store::default();
        for (says, role, hours) in [(Says::Bad, role("a"), 0), (Says::Blind, now.clone(), 1)] {
            let one = said(says, role, hours);
            let scope = Scope::Only { gone: BTreeMap::new() };
            let plan = reconcile(&[one], &store.observed(), &scope, day(1));
            store.apply(&plan);
        }
        assert_eq!(store.one().finding.status, expected, "{now:?}");
    }
}
