//! Actions by number, and sets of them.

use std::fmt;
use std::sync::OnceLock;

use iam::catalogue::{self, Action};
use serde::{Serialize, Serializer};

/// An action of the catalogue by its place in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionId(u16);

/// The catalogue as numbers: a service has the actions from one number to another.
struct Index {
    actions: Vec<Action>,
    services: Vec<Span>,
}

/// The actions of one service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) prefix: &'static str,
    pub(crate) start: u16,
    pub(crate) end: u16,
}

impl Index {
    fn get() -> &'static Self {
        static INDEX: OnceLock<Index> = OnceLock::new();
        INDEX.get_or_init(|| {
            let actions: Vec<Action> = catalogue::actions().collect();
            let mut services: Vec<Span> = Vec::new();
            for (id, action) in (0_u16..).zip(&actions) {
                match services.last_mut() {
                    Some(span) if span.prefix == action.service() => span.end = id + 1,
                    _ => services.push(Span { prefix: action.service(), start: id, end: id + 1 }),
                }
            }
            Self { actions, services }
        })
    }
}

/// Every service of the catalogue, in alphabetical order.
pub(crate) fn services() -> &'static [Span] {
    &Index::get().services
}

/// The service of a prefix such as `s3`, whatever its case.
pub(crate) fn service(prefix: &str) -> Option<Span> {
    let services = services();
    let found = services.binary_search_by(|span| order(span.prefix, prefix)).ok()?;
    services.get(found).copied()
}

/// The index of an action's service, and the action's place in it.
pub(crate) fn place_in_service(id: ActionId) -> Option<(usize, usize)> {
    let services = services();
    let service = services.partition_point(|span| span.end <= id.0);
    let start = services.get(service)?.start;
    Some((service, usize::from(id.0 - start)))
}

impl ActionId {
    /// The action of a name such as `s3:GetObject`, whatever its case; `None` if the catalogue
    /// does not have it.
    pub fn find(name: &str) -> Option<Self> {
        let (prefix, name) = name.split_once(':')?;
        service(prefix)?.find(name)
    }

    /// The action.
    pub fn action(self) -> Option<Action> {
        Index::get().actions.get(usize::from(self.0)).copied()
    }

    /// The prefix, e.g. `s3`.
    pub fn service(self) -> &'static str {
        self.action().map_or("", |action| action.service())
    }
}

impl Span {
    /// The action of this service with this name, whatever its case.
    pub(crate) fn find(self, name: &str) -> Option<ActionId> {
        let actions = Index::get().actions.get(usize::from(self.start)..usize::from(self.end))?;
        let found = actions.binary_search_by(|action| order(action.name(), name)).ok()?;
        Some(ActionId(self.start + u16::try_from(found).ok()?))
    }

    /// Its actions.
    pub(crate) fn ids(self) -> impl Iterator<Item = ActionId> {
        (self.start..self.end).map(ActionId)
    }
}

/// Compares without regard to ASCII case.
fn order(left: &str, right: &str) -> std::cmp::Ordering {
    let left = left.bytes().map(|byte| byte.to_ascii_lowercase());
    left.cmp(right.bytes().map(|byte| byte.to_ascii_lowercase()))
}

impl fmt::Display for ActionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.action().map_or(Ok(()), |action| fmt::Display::fmt(&action, f))
    }
}

impl fmt::Debug for ActionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for ActionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A set of actions of the catalogue, in its order.
#[derive(Clone, Default)]
pub struct Actions {
    /// One bit an action; missing words are zero.
    words: Vec<u64>,
}

impl Actions {
    /// What a pattern such as `s3:Get*` speaks of.
    pub fn of(pattern: &str) -> Self {
        let mut set = Self::default();
        set.add(pattern);
        set
    }

    /// Adds what a pattern speaks of; whether that is anything.
    pub fn add(&mut self, pattern: &str) -> bool {
        let is_pattern = |text: &str| text.contains(['*', '?']);
        if pattern.bytes().all(|byte| byte == b'*') && !pattern.is_empty() {
            services().iter().for_each(|span| self.fill(*span));
            return true;
        }
        match pattern.split_once(':') {
            Some((prefix, name)) if !is_pattern(prefix) => {
                let Some(span) = service(prefix) else { return false };
                match name {
                    "*" => self.fill(span),
                    name if is_pattern(name) => return self.expand(pattern),
                    name => match span.find(name) {
                        Some(id) => self.insert(id),
                        None => return false,
                    },
                }
                true
            }
            _ => self.expand(pattern),
        }
    }

    /// The catalogue answers in its own order, so the next match is found by walking.
    fn expand(&mut self, pattern: &str) -> bool {
        let mut any = false;
        for action in catalogue::expand(pattern) {
            if let Some(id) = service(action.service()).and_then(|span| span.find(action.name())) {
                self.insert(id);
                any = true;
            }
        }
        any
    }

    /// Every action of the catalogue.
    pub fn all() -> Self {
        Self::of("*")
    }

    /// Adds one action.
    pub fn insert(&mut self, id: ActionId) {
        let (word, bit) = place(id);
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        if let Some(word) = self.words.get_mut(word) {
            *word |= bit;
        }
    }

    fn fill(&mut self, span: Span) {
        let last = usize::from(span.end.saturating_sub(1)) / 64;
        if self.words.len() <= last {
            self.words.resize(last + 1, 0);
        }
        for (index, word) in (0..).step_by(64).zip(&mut self.words) {
            let low = span.start.max(index);
            let high = span.end.min(index.saturating_add(64));
            if low < high {
                let ones = u64::MAX >> (64 - (high - low));
                *word |= ones << (low - index);
            }
        }
    }

    /// Whether it has the action.
    pub fn contains(&self, id: ActionId) -> bool {
        let (word, bit) = place(id);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    /// Adds all of `other`.
    pub fn unite(&mut self, other: &Self) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        self.words.iter_mut().zip(&other.words).for_each(|(mine, theirs)| *mine |= theirs);
    }

    /// Takes all of `other` away.
    pub fn subtract(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(mine, theirs)| *mine &= !theirs);
    }

    /// Takes away what `other` does not have.
    pub fn keep(&mut self, other: &Self) {
        let theirs = other.words.iter().copied().chain(std::iter::repeat(0));
        self.words.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine &= theirs);
    }

    /// Whether `other` has them all.
    pub fn is_subset(&self, other: &Self) -> bool {
        let theirs = other.words.iter().copied().chain(std::iter::repeat(0));
        self.words.iter().zip(theirs).all(|(mine, theirs)| mine & !theirs == 0)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// In the order of the catalogue.
    pub fn iter(&self) -> impl Iterator<Item = ActionId> + '_ {
        (0_u16..).step_by(64).zip(&self.words).flat_map(|(base, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros())?;
                rest &= rest - 1;
                Some(ActionId(base + u16::try_from(bit).ok()?))
            })
        })
    }
}

fn place(id: ActionId) -> (usize, u64) {
    (usize::from(id.0) / 64, 1 << (id.0 % 64))
}

impl fmt::Debug for Actions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl PartialEq for Actions {
    fn eq(&self, other: &Self) -> bool {
        self.is_subset(other) && other.is_subset(self)
    }
}

impl Eq for Actions {}

impl FromIterator<ActionId> for Actions {
    fn from_iter<I: IntoIterator<Item = ActionId>>(ids: I) -> Self {
        let mut set = Self::default();
        ids.into_iter().for_each(|id| set.insert(id));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_the_catalogue_expands() {
        let all = ["*", "s3:*", "S3:get*Tagging", "s3:GETOBJECT", "s3:GetNothing", "nothing:*"];
        for pattern in all.into_iter().chain(["*:List*", "ec?:Describe*", "zz*", "s*:*e*", "**"]) {
            let set = Actions::of(pattern);
            let expected: Vec<String> = catalogue::expand(pattern).map(|a| a.to_string()).collect();
            let got: Vec<String> = set.iter().map(|id| id.to_string()).collect();
            assert_eq!(got, expected, "{pattern}");
            assert_eq!(set.len(), expected.len(), "{pattern}");
            assert_eq!(Actions::default().add(pattern), !expected.is_empty(), "{pattern}");
        }
    }

    #[test]
    fn sets_are_sets() {
        let (gets, tagging) = (Actions::of("s3:Get*"), Actions::of("s3:*Tagging"));
        let mut both = gets.clone();
        both.unite(&tagging);
        let mut rest = both.clone();
        rest.subtract(&gets);
        assert!(gets.is_subset(&both) && tagging.is_subset(&both) && !both.is_subset(&gets));
        assert_eq!(both.len(), gets.len() + rest.len());
        assert!(rest.iter().all(|id| tagging.contains(id) && !gets.contains(id)));
        assert!(Actions::default().is_empty() && Actions::default().is_subset(&rest));
        assert_eq!(rest.iter().collect::<Actions>(), rest);
    }
}
