//! Whether CloudTrail records an action at all, and which setting of a trail decides it.
//!
//! `catalogue/events.txt` says it for the services functions use, with a source for every line.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::catalogue::{self, AccessLevel, Action};

const DATA: &str = include_str!("../catalogue/events.txt");

/// How CloudTrail records the calls that an action allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// As management events, which every trail records unless told otherwise.
    Management {
        /// Whether CloudTrail holds them to change something. A trail may leave out either kind.
        write: bool,
    },
    /// As data events, which a trail records only when it asks for them.
    Data {
        /// The resource type it has to ask for, e.g. `AWS::S3::Object`.
        resource_type: &'static str,
    },
    /// Not at all: CloudTrail leaves them out, or the action is a permission without a call.
    NeverLogged,
    /// Our sources do not say.
    Unknown,
}

/// How the calls that `action`, e.g. `s3:GetObject` in any case, allows are recorded.
pub fn class(action: &str) -> Class {
    catalogue::action(action).map_or(Class::Unknown, |action| class_of(&action))
}

/// As [`class`], of an action that was looked up before.
pub fn class_of(action: &Action) -> Class {
    let rows = rows();
    let row = rows.get(&(action.service(), action.name()));
    match row.or_else(|| rows.get(&(action.service(), "*"))) {
        Some(Row::Management) => Class::Management { write: writes(action) },
        Some(Row::Class(class)) => *class,
        None => Class::Unknown,
    }
}

/// Whether its calls change something, as far as access level and name tell.
///
/// CloudTrail's own `readOnly` is published nowhere. Where the two disagree the call is held to
/// read, for what trails leave out are reads.
fn writes(action: &Action) -> bool {
    let reads = ["BatchGet", "Describe", "Get", "Head", "List", "Lookup", "Search"];
    !matches!(action.level(), AccessLevel::List | AccessLevel::Read)
        && !reads.iter().any(|verb| action.name().starts_with(verb))
}

#[derive(Clone, Copy, Debug)]
enum Row {
    Management,
    Class(Class),
}

type Rows = HashMap<(&'static str, &'static str), Row>;

/// By prefix and name of the action; the name `*` stands for those without a row.
fn rows() -> &'static Rows {
    static ROWS: OnceLock<Rows> = OnceLock::new();
    ROWS.get_or_init(|| {
        let lines = DATA.lines().filter(|line| !line.starts_with(['#', '=']));
        lines.filter_map(row).flat_map(|(row, actions)| actions.map(move |a| (a, row))).collect()
    })
}

/// What a line says, and of which actions.
fn row(
    line: &'static str,
) -> Option<(Row, impl Iterator<Item = (&'static str, &'static str)> + use<>)> {
    let (kind, mut rest) = line.split_once(' ')?;
    let row = match kind {
        "management" => Row::Management,
        "read" => Row::Class(Class::Management { write: false }),
        "write" => Row::Class(Class::Management { write: true }),
        "data" => {
            let (resource_type, actions) = rest.split_once(' ')?;
            rest = actions;
            Row::Class(Class::Data { resource_type })
        }
        "never" => Row::Class(Class::NeverLogged),
        "unknown" => Row::Class(Class::Unknown),
        _ => return None,
    };
    Some((row, rest.split(' ').filter_map(|action| action.split_once(':'))))
}

#[cfg(test)]
mod tests;
