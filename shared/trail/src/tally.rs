use std::collections::{BTreeMap, HashMap, HashSet};

use foldhash::fast::RandomState;
use jiff::Timestamp;
use model::{Attribution, CallKind, CallOutcome, FunctionArn};

use crate::{
    Event, Mapper, Row,
    arns::Arns,
    caller::{Caller, Function},
    names::{Id, Names},
    outcome::{denied_action, outcome},
    record::Record,
    rows::MANY_SESSIONS,
};

/// The calls of roles counted so far.
#[derive(Default)]
pub(crate) struct Tallies {
    roles: HashMap<(Id, Id), usize, RandomState>,
    sessions: Vec<Sessions>,
    functions: HashMap<Named, Option<(Id, Option<Id>)>, RandomState>,
    rows: HashMap<Key, Tally, RandomState>,
    unmapped: HashMap<(Id, Id), u64, RandomState>,
}

/// The sessions of one role that were taken for functions.
struct Sessions {
    role: (Id, Id),
    names: HashSet<Id, RandomState>,
}

/// What a function was named by: the session of a role in a Region, or two ARNs.
#[derive(PartialEq, Eq, Hash)]
enum Named {
    Session { role: usize, session: Id, region: Id },
    Arn(Id, Id),
}

#[derive(PartialEq, Eq, Hash)]
struct Key {
    role: usize,
    function: Option<Id>,
    qualifier: Option<Id>,
    action: Option<Id>,
    source: Id,
    name: Id,
    region: Id,
    kind: CallKind,
    attribution: Attribution,
    outcome: CallOutcome,
}

struct Tally {
    count: u64,
    first: i64,
    last: i64,
    unknown: bool,
    arns: Arns<Id>,
}

/// A row in the making, all but its action and outcome.
struct Call<'a> {
    role: usize,
    caller: Caller<'a>,
    function: Option<(Id, Option<Id>)>,
    event: (Id, Id, Id),
    second: i64,
}

impl Tallies {
    /// Counts a call of a role at `second`. `None`: a name has escapes that must be resolved first,
    /// or is no text.
    pub(crate) fn count(
        &mut self,
        names: &mut Names,
        mapper: &mut Mapper,
        record: &Record<'_>,
        second: i64,
    ) -> Option<()> {
        let arn =
            std::str::from_utf8(record.identity.issuer_arn).ok().filter(|arn| !arn.is_empty())?;
        let role = self.role(names, record)?;
        let source = std::str::from_utf8(record.source).ok()?;
        let name = std::str::from_utf8(record.name).ok()?;
        let region = std::str::from_utf8(record.region).ok()?;
        let ids = (names.plain(source)?, names.plain(name)?, names.plain(region)?);
        let mut parts = arn.split(':');
        let partition = parts.nth(1).unwrap_or_default();
        let account = parts.nth(2).unwrap_or_default();
        let mapped = mapper.map(&Event {
            source,
            name,
            region,
            account,
            recipient: std::str::from_utf8(record.recipient).ok()?,
            partition,
            parameters: record.parameters,
            resources: record.resources,
            additional: record.additional,
        });
        if mapped.ignored {
            return Some(());
        }
        if !mapped.known {
            *self.unmapped.entry((ids.0, ids.1)).or_default() += 1;
        }
        let caller = Caller::of(record);
        let function = self.function(names, role, &caller, ids.2, (partition, account))?;
        let call = self.judged(Call { role, caller, function, event: ids, second });
        let denial = Denial::of(record);
        for part in &mapped.calls {
            let action = part.action.as_deref();
            if part.inferred && !denial.allows(action) {
                continue;
            }
            let kind = if part.inferred { CallKind::Inferred } else { call.caller.kind };
            let resource = part.resource.as_deref().map(|arn| names.id(arn));
            let id = action.map(|action| names.id(action));
            self.tally(names, &call, kind, id, denial.outcome_of(action), resource);
        }
        let among = |wanted: &str| {
            mapped.calls.iter().any(|part| {
                part.action.as_deref().is_some_and(|action| action.eq_ignore_ascii_case(wanted))
            })
        };
        if let Some(other) = denial.action.filter(|action| !among(action)) {
            let id = names.id(other);
            self.tally(names, &call, call.caller.kind, Some(id), CallOutcome::Denied, None);
        }
        Some(())
    }

    fn tally(
        &mut self,
        names: &Names,
        call: &Call<'_>,
        kind: CallKind,
        action: Option<Id>,
        outcome: CallOutcome,
        resource: Option<Id>,
    ) {
        let (source, name, region) = call.event;
        let key = Key {
            role: call.role,
            function: call.function.map(|(function, _)| function),
            qualifier: call.function.and_then(|(_, qualifier)| qualifier),
            action,
            source,
            name,
            region,
            kind,
            attribution: call.caller.attribution,
            outcome,
        };
        let (first, last) = (call.second, call.second);
        let tally = self.rows.entry(key).or_insert_with(|| Tally {
            count: 0,
            first,
            last,
            unknown: false,
            arns: Arns::default(),
        });
        tally.count += 1;
        tally.first = tally.first.min(first);
        tally.last = tally.last.max(last);
        match resource {
            Some(arn) => tally.arns.add(arn, |id| names.text(id)),
            None => tally.unknown = true,
        }
    }

    fn role(&mut self, names: &mut Names, record: &Record<'_>) -> Option<usize> {
        let arn = names.id_of(record.identity.issuer_arn)?;
        let id = names.id_of(record.identity.role_id())?;
        let sessions = &mut self.sessions;
        Some(*self.roles.entry((arn, id)).or_insert_with(|| {
            sessions.push(Sessions { role: (arn, id), names: HashSet::default() });
            sessions.len() - 1
        }))
    }

    /// The function and the qualifier; the outer `None` as of [`Tallies::count`].
    fn function(
        &mut self,
        names: &mut Names,
        role: usize,
        caller: &Caller<'_>,
        region: Id,
        (partition, account): (&str, &str),
    ) -> Option<Option<(Id, Option<Id>)>> {
        let named = match caller.function {
            Function::None => return Some(None),
            Function::Arn(arn, version) => Named::Arn(names.id_of(arn)?, names.id_of(version)?),
            Function::Session(name) => Named::Session { role, session: names.id_of(name)?, region },
        };
        if let Some(known) = self.functions.get(&named) {
            return Some(*known);
        }
        let (arn, qualifier) = match named {
            Named::Session { session, region, .. } => {
                let (region, name) = (names.text(region), names.text(session));
                (FunctionArn::new(partition, region, account, name).ok(), None)
            }
            Named::Arn(arn, version) => {
                let (arn, version) = (names.text(arn), names.text(version));
                let qualifier = [version, arn].iter().find_map(|arn| arn.split(':').nth(7));
                (arn.parse().ok(), qualifier.map(str::to_owned))
            }
        };
        let found = arn.map(|arn: FunctionArn| {
            (names.id(arn.as_str()), qualifier.map(|qualifier| names.id(&qualifier)))
        });
        self.functions.insert(named, found);
        Some(found)
    }

    /// Without a function, there is no attribution; and of a role with too many sessions none is
    /// taken for a function.
    fn judged<'a>(&mut self, mut call: Call<'a>) -> Call<'a> {
        let sessions = self.sessions.get_mut(call.role);
        if let (Attribution::Session, Some((function, _)), Some(sessions)) =
            (call.caller.attribution, call.function, sessions)
        {
            if sessions.names.len() <= MANY_SESSIONS {
                sessions.names.insert(function);
            }
            if sessions.names.len() > MANY_SESSIONS {
                call.function = None;
                call.caller.kind = crate::rows::nobodys(call.caller.kind);
            }
        }
        if call.function.is_none() {
            call.caller.attribution = Attribution::Nothing;
        }
        call
    }

    /// The rows in the order of their keys, the roles with too many sessions, and the events that
    /// no rule maps.
    pub(crate) fn close(self, names: &Names) -> Closed {
        let text = |id: Id| names.text(id).to_owned();
        let at = |second: i64| Timestamp::from_second(second).unwrap_or_default();
        let row = |(key, tally): (Key, Tally)| {
            let (role, role_id) = self.sessions.get(key.role)?.role;
            let (arns, many) = match tally.arns {
                Arns::Few(few) => (few.into_iter().map(text).collect(), false),
                Arns::Many(prefix) => ([prefix + "*"].into(), true),
            };
            Some(Row {
                role: text(role),
                role_id: Some(text(role_id)).filter(|id| !id.is_empty()),
                function: key.function.and_then(|id| names.text(id).parse().ok()),
                qualifier: key.qualifier.map(text),
                attribution: key.attribution,
                kind: key.kind,
                action: key.action.map(text),
                event: format!("{}:{}", names.text(key.source), names.text(key.name)),
                outcome: key.outcome,
                aws_region: text(key.region),
                arns,
                many,
                unknown: tally.unknown,
                first: at(tally.first),
                last: at(tally.last),
                count: tally.count,
            })
        };
        let mut rows: Vec<Row> = self.rows.into_iter().filter_map(row).collect();
        rows.sort_by(|a, b| a.key().cmp(&b.key()));
        let crowded = self.sessions.iter().filter(|role| role.names.len() > MANY_SESSIONS);
        let crowded = crowded.map(|sessions| text(sessions.role.0)).collect();
        let event =
            |(source, name): (Id, Id)| format!("{}:{}", names.text(source), names.text(name));
        let unmapped = self.unmapped.into_iter().map(|(id, count)| (event(id), count)).collect();
        Closed { rows, crowded, unmapped }
    }
}

/// What [`Tallies`] came to.
pub(crate) struct Closed {
    pub(crate) rows: Vec<Row>,
    pub(crate) crowded: std::collections::BTreeSet<String>,
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
