use std::collections::{BTreeMap, BTreeSet, HashMap};

use foldhash::fast::RandomState;
use jiff::Timestamp;
use model::{CallKind, CallOutcome};

use crate::{
    Row,
    arns::Arns,
    names::{EventName, Id, Names},
    outcome::{denied_action, outcome},
    recall::Recall,
    record::Record,
    roles::{Caller, Roles, Who, Whose},
};

/// The calls of roles counted so far.
#[derive(Default)]
pub(crate) struct Tallies {
    roles: Roles,
    recall: Recall,
    counted: Counted,
    unmapped: HashMap<(Id, Id), u64, RandomState>,
}

/// The rows in the making.
#[derive(Default)]
struct Counted {
    names: Names,
    rows: HashMap<Key, Tally, RandomState>,
    /// Of events so far.
    number: u64,
}

#[derive(PartialEq, Eq, Hash)]
struct Key {
    caller: Caller,
    action: Option<Id>,
    event: EventName,
    kind: CallKind,
    outcome: CallOutcome,
}

struct Tally {
    count: u64,
    /// The number of the event that was counted last: one that names three resources is one.
    counted: u64,
    first: i64,
    last: i64,
    unknown: bool,
    arns: Arns,
}

/// A row in the making, all but its action and outcome.
struct Call {
    caller: Caller,
    kind: CallKind,
    event: EventName,
    second: i64,
}

impl Tallies {
    /// Whose credentials the record tells of.
    pub(crate) fn who(&mut self, record: &Record<'_>) -> Whose {
        self.roles.who(&mut self.counted.names, record)
    }

    /// Counts a call of a role at `second`. `None`: a name is no text.
    pub(crate) fn count(
        &mut self,
        words: &Names,
        record: &Record<'_>,
        name: EventName,
        who: Who,
        second: i64,
    ) -> Option<()> {
        let region = words.text(name.region);
        let counted = &mut self.counted;
        let (caller, kind) = self.roles.caller(&mut counted.names, who, record, region);
        let needed = self.recall.needed(record, name, self.roles.place(who))?;
        let needed = needed.mapped();
        if needed.ignored {
            return Some(());
        }
        if !needed.known {
            *self.unmapped.entry((name.source, name.name)).or_default() += 1;
        }
        let call = Call { caller, kind, event: name, second };
        let denial = Denial::of(record);
        counted.number += 1;
        for part in &needed.calls {
            let action = part.action.as_deref();
            if part.inferred && !denial.allows(action) {
                continue;
            }
            let kind = if part.inferred { CallKind::Inferred } else { call.kind };
            let id = part.action.as_ref().map(|action| counted.names.of_shared(action));
            counted.add(&call, kind, id, denial.outcome_of(action), part.resource.as_deref());
        }
        let among = |wanted: &str| {
            needed.calls.iter().any(|part| {
                part.action.as_deref().is_some_and(|action| action.eq_ignore_ascii_case(wanted))
            })
        };
        if let Some(other) = denial.action.filter(|action| !among(action)) {
            let id = counted.names.id(other);
            counted.add(&call, call.kind, Some(id), CallOutcome::Denied, None);
        }
        Some(())
    }

    /// The rows in the order of their keys, the roles with too many sessions, and the events that
    /// no rule maps. `words` names the events.
    pub(crate) fn close(self, words: &Names) -> Closed {
        let Counted { names, rows, .. } = self.counted;
        let text = |id: Id| names.text(id).to_owned();
        let at = |second: i64| Timestamp::from_second(second).unwrap_or_default();
        let event = |source, name| format!("{}:{}", words.text(source), words.text(name));
        let row = |(key, tally): (Key, Tally)| {
            let (role, role_id) = self.roles.name(key.caller.role);
            let (arns, many) = match tally.arns {
                Arns::Few(few) => (few.into_iter().map(|(_, arn)| text(arn)).collect(), false),
                Arns::Many(prefix) => ([prefix + "*"].into(), true),
            };
            Row {
                role: text(role),
                role_id: Some(text(role_id)).filter(|id| !id.is_empty()),
                function: key.caller.function.and_then(|id| names.text(id).parse().ok()),
                qualifier: key.caller.qualifier.map(text),
                attribution: key.caller.attribution,
                kind: key.kind,
                action: key.action.map(text),
                event: event(key.event.source, key.event.name),
                outcome: key.outcome,
                aws_region: words.text(key.event.region).to_owned(),
                arns,
                many,
                unknown: tally.unknown,
                first: at(tally.first),
                last: at(tally.last),
                count: tally.count,
            }
        };
        let mut rows: Vec<Row> = rows.into_iter().map(row).collect();
        rows.sort_by(|a, b| a.key().cmp(&b.key()));
        let unmapped = self.unmapped.into_iter();
        let unmapped =
            unmapped.map(|((source, name), count)| (event(source, name), count)).collect();
        Closed { rows, crowded: self.roles.crowded(&names), unmapped }
    }
}

impl Counted {
    fn add(
        &mut self,
        call: &Call,
        kind: CallKind,
        action: Option<Id>,
        outcome: CallOutcome,
        resource: Option<&str>,
    ) {
        let Call { caller, event, second, .. } = *call;
        let tally = self.rows.entry(Key { caller, action, event, kind, outcome });
        let tally = tally.or_insert_with(|| Tally {
            count: 0,
            counted: 0,
            first: second,
            last: second,
            unknown: false,
            arns: Arns::default(),
        });
        if tally.counted != self.number {
            tally.counted = self.number;
            tally.count += 1;
        }
        tally.first = tally.first.min(second);
        tally.last = tally.last.max(second);
        match resource {
            Some(arn) => tally.arns.add(arn, &mut self.names),
            None => tally.unknown = true,
        }
    }
}

/// What [`Tallies`] came to.
pub(crate) struct Closed {
    pub(crate) rows: Vec<Row>,
    pub(crate) crowded: BTreeSet<String>,
    pub(crate) unmapped: BTreeMap<String, u64>,
}

/// What came of a recorded event, which may have needed several actions.
struct Denial<'a> {
    outcome: CallOutcome,
    /// The one action that was refused, where the message names it.
    action: Option<&'a str>,
}

impl<'a> Denial<'a> {
    fn of(record: &Record<'a>) -> Self {
        if record.error_code.is_empty() {
            return Self { outcome: CallOutcome::Ok, action: None };
        }
        let code = std::str::from_utf8(record.error_code).unwrap_or_default();
        let message = std::str::from_utf8(record.error_message).unwrap_or_default();
        let outcome = outcome(code, message);
        let is_denied = outcome == CallOutcome::Denied;
        Self { outcome, action: denied_action(message).filter(|_| is_denied) }
    }

    /// Whether an action that a call implies may have been needed: a refused call comes to none,
    /// but for the one it was refused for.
    fn allows(&self, action: Option<&str>) -> bool {
        let named = self.action.zip(action).is_some_and(|(a, b)| a.eq_ignore_ascii_case(b));
        self.outcome != CallOutcome::Denied || named
    }

    /// The others of an event's actions may have been granted.
    fn outcome_of(&self, action: Option<&str>) -> CallOutcome {
        match (self.action, action) {
            (Some(named), Some(action)) if !named.eq_ignore_ascii_case(action) => {
                CallOutcome::Unclear
            }
            _ => self.outcome,
        }
    }
}
