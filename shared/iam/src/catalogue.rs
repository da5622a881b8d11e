//! Every action of AWS with its access level and resource types, as of [`DATE`].
//!
//! The data is a text compiled in and read in place: it costs nothing until the first question,
//! which finds the services (0.2 ms), and no memory of its own after that.
//! `catalogue/refresh.py` writes it and describes its format; `catalogue/NOTICE` names its source.

mod index;
mod keys;
mod set;

use std::cmp::Ordering;
use std::fmt;
use std::sync::OnceLock;

use crate::Pattern;

pub use index::at;
pub use set::ActionSet;

/// `YYYY-MM-DD`: the day whose actions these are. Newer actions are unknown, not invalid.
pub const DATE: &str = DATA.split_at(10).0;

static DATA: &str = include_str!("../catalogue/actions.txt");

/// One action.
#[derive(Clone, Copy)]
pub struct Action {
    service: Service,
    line: &'static str,
}

/// A kind of resource that actions work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceType {
    /// As AWS names it, in lower case, e.g. `function`.
    pub name: &'static str,
    arns: &'static str,
}

/// What an action does, in the classes of the Service Authorization Reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessLevel {
    /// Names of resources, not their contents.
    List,
    /// Contents.
    Read,
    /// Changes nothing but tags.
    Tagging,
    /// Creates, changes, deletes.
    Write,
    /// Changes who may do what.
    PermissionsManagement,
}

/// The action of a name such as `s3:GetObject`, whatever its case.
pub fn action(name: &str) -> Option<Action> {
    let (prefix, name) = name.split_once(':')?;
    if let Some(found) = index::Index::find(prefix, name) {
        return found;
    }
    let service = *Service::find(prefix)?;
    let action = Action { service, line: service.from(name).lines().next()? };
    action.name().eq_ignore_ascii_case(name).then_some(action)
}

/// The actions that `pattern`, e.g. `s3:Get*Tagging`, speaks of, in alphabetical order.
pub fn expand(pattern: &str) -> Expansion {
    // Without a colon a wildcard stands for it as well, and the two halves say nothing.
    let (prefix, names) = pattern.split_once(':').unwrap_or(("*", "*"));
    let whole = if pattern.contains(':') { "*" } else { pattern };
    let names = Pattern::action(names);
    Expansion {
        todo: Service::candidates(prefix),
        prefix: Pattern::action(prefix),
        start: names.literal_prefix(),
        names,
        whole: Pattern::action(whole),
        current: None,
    }
}

/// Every action, in alphabetical order.
pub fn actions() -> impl Iterator<Item = Action> {
    expand("*")
}

/// The prefixes of all services, e.g. `s3`, in alphabetical order.
pub fn services() -> impl Iterator<Item = &'static str> {
    Service::all().iter().map(|service| service.prefix)
}

/// The answer of [`expand`].
#[derive(Debug)]
pub struct Expansion {
    todo: &'static [Service],
    current: Option<(Service, std::str::Lines<'static>)>,
    /// Of the prefix, of the name, and of both with the colon.
    prefix: Pattern,
    names: Pattern,
    whole: Pattern,
    /// With what every name starts.
    start: String,
}

impl Iterator for Expansion {
    type Item = Action;

    fn next(&mut self) -> Option<Action> {
        loop {
            if let Some((service, lines)) = &mut self.current {
                let candidates = lines.map(|line| Action { service: *service, line });
                for action in candidates.take_while(|a| starts_with(a.name(), &self.start)) {
                    let whole =
                        || self.whole.is_universal() || self.whole.matches(&action.to_string());
                    if (self.names.is_prefix() || self.names.matches(action.name())) && whole() {
                        return Some(action);
                    }
                }
            }
            let (service, todo) = self.todo.split_first()?;
            self.todo = todo;
            let matches = self.prefix.matches(service.prefix);
            self.current = matches.then(|| (*service, service.from(&self.start).lines()));
        }
    }
}

impl Action {
    /// The prefix, e.g. `s3`.
    pub fn service(&self) -> &'static str {
        self.service.prefix
    }

    /// In AWS's own case and without the prefix, e.g. `GetObject`.
    pub fn name(&self) -> &'static str {
        self.line.split_once(' ').map_or(self.line, |(name, _)| name)
    }

    /// What it does.
    pub fn level(&self) -> AccessLevel {
        match self.details().as_bytes().first() {
            Some(b'L') => AccessLevel::List,
            Some(b'R') => AccessLevel::Read,
            Some(b'T') => AccessLevel::Tagging,
            Some(b'P') => AccessLevel::PermissionsManagement,
            _ => AccessLevel::Write,
        }
    }

    /// The kinds of resources it can be granted on. None: it is granted on `*` only.
    pub fn resource_types(&self) -> impl Iterator<Item = ResourceType> + use<> {
        let types = self.service.types;
        self.type_indices().filter_map(move |index| ResourceType::read(types.lines().nth(index)?))
    }

    /// Where in [`Action::service_types`] its own stand.
    pub(crate) fn type_indices(&self) -> impl Iterator<Item = usize> + use<> {
        let indices = self.details().get(1..).unwrap_or_default().split(',');
        indices.filter_map(|index| index.parse().ok())
    }

    /// The place of its service among [`services`].
    pub(crate) fn service_place(&self) -> Option<usize> {
        Service::place(self.service())
    }

    /// All resource types of its service.
    pub(crate) fn service_types(&self) -> impl Iterator<Item = ResourceType> + use<> {
        self.service.types.lines().filter_map(ResourceType::read)
    }

    /// Whether it can be granted on some resources and not on others.
    pub fn takes_resources(&self) -> bool {
        self.details().len() > 1
    }

    fn details(&self) -> &'static str {
        self.line.split_once(' ').map_or("", |(_, details)| details)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service(), self.name())
    }
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialEq for Action {
    fn eq(&self, other: &Self) -> bool {
        (self.service(), self.name()) == (other.service(), other.name())
    }
}

impl Eq for Action {}

impl ResourceType {
    fn read(line: &'static str) -> Option<Self> {
        let (name, arns) = line.split_once('\t')?;
        Some(Self { name, arns })
    }

    /// Patterns of its ARNs, e.g. `arn:*:lambda:*:*:function:*`.
    pub fn arns(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.arns.split(", ")
    }
}

/// A block of the data.
#[derive(Clone, Copy, Debug)]
struct Service {
    prefix: &'static str,
    types: &'static str,
    actions: &'static str,
}

impl Service {
    fn all() -> &'static [Self] {
        static ALL: OnceLock<Vec<Service>> = OnceLock::new();
        ALL.get_or_init(|| {
            let mut rest = DATA.split_once('\n').map_or("", |(_, rest)| rest);
            std::iter::from_fn(|| {
                let (service, after) = Self::read(rest)?;
                rest = after;
                Some(service)
            })
            .collect()
        })
    }

    /// The first block of `data`, and what follows it.
    fn read(data: &'static str) -> Option<(Self, &'static str)> {
        let (head, rest) = data.split_once('\n')?;
        let (prefix, lengths) = head.split_once(' ')?;
        let (types, actions) = lengths.split_once(' ')?;
        let (types, rest) = rest.split_at_checked(types.parse().ok()?)?;
        let (actions, rest) = rest.split_at_checked(actions.parse().ok()?)?;
        Some((Self { prefix, types, actions }, rest))
    }

    fn find(prefix: &str) -> Option<&'static Self> {
        Self::all().get(Self::place(prefix)?)
    }

    fn place(prefix: &str) -> Option<usize> {
        Self::all().binary_search_by(|service| compare(service.prefix, prefix)).ok()
    }

    /// Those that a pattern of prefixes may match.
    fn candidates(pattern: &str) -> &'static [Self] {
        match Self::find(pattern) {
            Some(service) => std::slice::from_ref(service),
            None if pattern.contains(['*', '?']) => Self::all(),
            None => &[],
        }
    }

    /// The lines of `actions` from the first whose name is not before `name`.
    fn from(&self, name: &str) -> &'static str {
        let (mut low, mut high) = (0, self.actions.len());
        while low < high {
            let middle = low.midpoint(high);
            let before = self.actions.get(..middle).unwrap_or_default();
            let start = before.rfind('\n').map_or(0, |end| end + 1);
            let line = self.actions.get(start..).unwrap_or_default().lines().next();
            let line = line.unwrap_or_default();
            let known = line.split_once(' ').map_or(line, |(name, _)| name);
            match compare(known, name) {
                Ordering::Less => low = start + line.len() + 1,
                Ordering::Equal | Ordering::Greater => high = start,
            }
        }
        self.actions.get(low..).unwrap_or_default()
    }
}

/// Compares without regard to ASCII case.
fn compare(left: &str, right: &str) -> Ordering {
    let left = left.bytes().map(|byte| byte.to_ascii_lowercase());
    left.cmp(right.bytes().map(|byte| byte.to_ascii_lowercase()))
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

#[cfg(test)]
mod tests;
