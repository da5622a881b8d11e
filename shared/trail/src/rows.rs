use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use model::{Attribution, CallKind};

use crate::Row;

/// A role with more sessions than this in a day is not one of functions alone: its sessions are not
/// taken for functions, lest they make a row each.
pub(crate) const MANY_SESSIONS: usize = 1_000;

/// Two sorted lists of rows as one; where both have a row, `join` makes one of them.
pub(crate) fn joined(mine: Vec<Row>, theirs: &[Row], join: fn(&mut Row, &Row)) -> Vec<Row> {
    let mut all = Vec::with_capacity(mine.len().max(theirs.len()));
    let mut theirs = theirs.iter().peekable();
    for mut row in mine {
        while let Some(other) = theirs.next_if(|other| other.key() < row.key()) {
            all.push(other.clone());
        }
        if let Some(other) = theirs.next_if(|other| other.key().cmp(&row.key()) == Ordering::Equal)
        {
            join(&mut row, other);
        }
        all.push(row);
    }
    all.extend(theirs.cloned());
    all
}

/// Takes the functions off the rows of roles with too many sessions, and names those roles.
pub(crate) fn without_crowds(rows: Vec<Row>, crowded: &mut BTreeSet<String>) -> Vec<Row> {
    let by_session = |row: &&Row| row.attribution == Attribution::Session;
    let mut sessions: BTreeMap<(&str, Option<&str>), BTreeSet<&str>> = BTreeMap::new();
    for row in rows.iter().filter(by_session) {
        let role = (row.role.as_str(), row.role_id.as_deref());
        let function = row.function.as_ref().map(model::FunctionArn::as_str);
        sessions.entry(role).or_default().extend(function);
    }
    let many = sessions.iter().filter(|(_, functions)| functions.len() > MANY_SESSIONS);
    crowded.extend(many.map(|((role, _), _)| (*role).to_owned()));
    let is_crowd = |row: &Row| by_session(&row) && crowded.contains(&row.role);
    let (crowd, mut rest): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(is_crowd);
    for mut row in crowd {
        (row.function, row.qualifier) = (None, None);
        (row.attribution, row.kind) = (Attribution::Nothing, nobodys(row.kind));
        match rest.binary_search_by(|other| other.key().cmp(&row.key())) {
            Ok(at) => rest.iter_mut().skip(at).take(1).for_each(|other| other.add(&row)),
            Err(at) => rest.insert(at, row),
        }
    }
    rest
}

/// The kind of a call by a session that turns out to be no function's.
pub(crate) fn nobodys(kind: CallKind) -> CallKind {
    if kind == CallKind::Code { CallKind::Foreign } else { kind }
}
