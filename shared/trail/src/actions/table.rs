//! The files of `data/`, read once.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

pub(super) const ALIASES: &str = include_str!("../../data/aliases.txt");
pub(super) const IGNORED: &str = include_str!("../../data/ignored.txt");
pub(super) const IMPLIED: &str = include_str!("../../data/implied.txt");
pub(super) const OVERRIDES: &str = include_str!("../../data/overrides.txt");

/// Action prefix and event name, without version.
type Event = (&'static str, &'static str);

/// By action prefix, then by event name.
type Rows = HashMap<&'static str, HashMap<&'static str, Vec<Term>>>;

#[derive(Debug)]
pub(super) struct Tables {
    aliases: HashMap<&'static str, &'static str>,
    ignored: HashSet<Event>,
    overrides: Rows,
    implied: Rows,
}

/// One action that a call needs, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    /// Or `partiql`, or `copied`.
    pub(super) action: &'static str,
    pub(super) when: When,
    pub(super) on: On,
    /// Whether it was needed the record does not show.
    pub(super) perhaps: bool,
}

/// On what it depends whether an action is needed: on request parameters, mostly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum When {
    Always,
    /// One of these paths is there.
    Present(Vec<&'static str>),
    /// This path is not there.
    Absent(&'static str),
    /// The call failed with one of these codes.
    Failed(Vec<&'static str>),
    /// Tags are there. Unseen they are none: almost any call might have had some.
    Tagged,
}

/// Where the resources are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum On {
    /// Where the service usually has them.
    Usual,
    /// At this path of the request parameters; without it the action is not needed.
    Path(&'static str),
    /// Every role anywhere in the request parameters.
    Roles,
}

pub(super) fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| Tables {
        aliases: lines(ALIASES).filter_map(|line| line.split_once(' ')).collect(),
        ignored: lines(IGNORED).flat_map(ignored).collect(),
        overrides: rows(OVERRIDES),
        implied: rows(IMPLIED),
    })
}

impl Tables {
    /// The prefix of the actions of an event source, its `.amazonaws.com` left out.
    pub(super) fn prefix<'s>(&self, source: &'s str) -> &'s str {
        self.aliases.get(source).copied().unwrap_or(source)
    }

    pub(super) fn ignores(&self, source: &str, name: &str) -> bool {
        self.ignored.contains(&(source, name)) || self.ignored.contains(&(source, "*"))
    }

    pub(super) fn overriding(&self, prefix: &str, name: &str) -> Option<&[Term]> {
        self.overrides.get(prefix)?.get(name).map(Vec::as_slice)
    }

    pub(super) fn implied(&self, prefix: &str, name: &str) -> &[Term] {
        let named = self.implied.get(prefix).and_then(|names| names.get(name));
        named.map(Vec::as_slice).unwrap_or_default()
    }
}

/// The lines of a file that are no source, no comment and not empty.
pub(crate) fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', '=']))
}

fn ignored(line: &'static str) -> impl Iterator<Item = Event> {
    let (source, names) = line.split_once(' ').unwrap_or((line, ""));
    names.split(' ').map(move |name| (source, name))
}

fn rows(text: &'static str) -> Rows {
    let mut rows = Rows::new();
    for ((prefix, name), terms) in lines(text).filter_map(row) {
        rows.entry(prefix).or_default().insert(name, terms);
    }
    rows
}

pub(super) fn row(line: &'static str) -> Option<(Event, Vec<Term>)> {
    let mut words = line.split(' ');
    let event = (words.next()?, words.next()?);
    Some((event, words.map(term).collect()))
}

fn term(word: &'static str) -> Term {
    let (perhaps, word) = word.strip_prefix('~').map_or((false, word), |word| (true, word));
    let end = word.find(['@', '?', '!', '^']).unwrap_or(word.len());
    let (action, condition) = word.split_at(end);
    let rest = condition.get(1..).unwrap_or_default();
    let (when, on) = match condition.as_bytes().first() {
        Some(b'?') => (When::Present(rest.split('|').collect()), On::Usual),
        Some(b'!') => (When::Absent(rest), On::Usual),
        Some(b'^') => (When::Failed(rest.split('|').collect()), On::Usual),
        Some(b'@') if rest == "**" => (When::Always, On::Roles),
        Some(b'@') => (When::Always, On::Path(rest)),
        _ => (When::Always, On::Usual),
    };
    Term { action, when, on, perhaps }
}
