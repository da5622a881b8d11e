//! Sets of actions: one bit for each action of the catalogue.

use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

use super::{Action, DATA, Service, compare, expand};
use crate::{Actions, Pattern};

/// A set of actions of the catalogue.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ActionSet {
    /// Bit `i` of word `w` is the action of index `64 w + i`.
    words: Vec<u64>,
}

impl ActionSet {
    /// No action.
    pub fn new() -> Self {
        Self { words: vec![0; Index::get().starts.len().div_ceil(64)] }
    }

    /// Every action.
    pub fn all() -> Self {
        !Self::new()
    }

    /// The actions that `Action` or `NotAction` speaks of.
    pub fn of(actions: &Actions) -> Self {
        let mut set = Self::new();
        match actions {
            Actions::Only(patterns) | Actions::Except(patterns) => {
                for pattern in patterns {
                    set.add_pattern(pattern);
                }
            }
        }
        if matches!(actions, Actions::Except(_)) { !set } else { set }
    }

    /// Adds the actions of a pattern such as `s3:Get*`.
    pub fn add_pattern(&mut self, pattern: &str) {
        let index = Index::get();
        if let Some((prefix, names)) = pattern.split_once(':')
            && let Some(at) = Service::place(prefix)
            && let Some(block) = index.block(at)
        {
            index.each(block, names, |range| self.add_range(range));
        } else if Pattern::action(pattern).is_universal() || pattern == "*:*" {
            self.add_range(0..index.starts.len());
        } else {
            self.extend(expand(pattern));
        }
    }

    /// As [`ActionSet::iter`], but the places of the actions: see [`Action::index`].
    pub fn indices(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(at, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
                rest &= rest - 1;
                Some(at * 64 + bit)
            })
        })
    }

    /// Adds the action at a place.
    pub fn add_index(&mut self, index: usize) {
        self.add_range(index..index + 1);
    }

    /// Whether the action at a place is in the set.
    pub fn contains_index(&self, index: usize) -> bool {
        self.words.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    /// Adds one action.
    pub fn add(&mut self, action: Action) {
        self.add_index(action.index());
    }

    /// Whether it is in the set.
    pub fn contains(&self, action: Action) -> bool {
        self.contains_index(action.index())
    }

    /// In alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = Action> + '_ {
        self.indices().filter_map(at)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Whether every action of `other` is one of these.
    pub fn covers(&self, other: &Self) -> bool {
        self.words.iter().zip(&other.words).all(|(mine, theirs)| theirs & !mine == 0)
    }

    /// Whether some action is in both.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.words.iter().zip(&other.words).any(|(mine, theirs)| theirs & mine != 0)
    }

    fn add_range(&mut self, range: Range<usize>) {
        let Range { start, end } = range;
        if start >= end {
            return;
        }
        let (first, last) = (start / 64, (end - 1) / 64);
        let (head, tail) = (u64::MAX << (start % 64), u64::MAX >> (63 - (end - 1) % 64));
        let Some(words) = self.words.get_mut(first..=last) else { return };
        match words {
            [one] => *one |= head & tail,
            [begin, middle @ .., finish] => {
                *begin |= head;
                middle.fill(u64::MAX);
                *finish |= tail;
            }
            [] => {}
        }
    }

    fn zip(&mut self, other: &Self, join: impl Fn(u64, u64) -> u64) {
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            *mine = join(*mine, *theirs);
        }
    }
}

impl Default for ActionSet {
    fn default() -> Self {
        Self::new()
    }
}

impl Extend<Action> for ActionSet {
    fn extend<I: IntoIterator<Item = Action>>(&mut self, actions: I) {
        actions.into_iter().for_each(|action| self.add(action));
    }
}

impl FromIterator<Action> for ActionSet {
    fn from_iter<I: IntoIterator<Item = Action>>(actions: I) -> Self {
        let mut set = Self::new();
        set.extend(actions);
        set
    }
}

impl std::ops::BitOrAssign<&Self> for ActionSet {
    fn bitor_assign(&mut self, other: &Self) {
        self.zip(other, |mine, theirs| mine | theirs);
    }
}

impl std::ops::BitAndAssign<&Self> for ActionSet {
    fn bitand_assign(&mut self, other: &Self) {
        self.zip(other, |mine, theirs| mine & theirs);
    }
}

impl std::ops::SubAssign<&Self> for ActionSet {
    fn sub_assign(&mut self, other: &Self) {
        self.zip(other, |mine, theirs| mine & !theirs);
    }
}

impl std::ops::Not for ActionSet {
    type Output = Self;

    fn not(mut self) -> Self {
        self.words.iter_mut().for_each(|word| *word = !*word);
        let used = Index::get().starts.len() % 64;
        if let Some(last) = self.words.last_mut()
            && used != 0
        {
            *last &= u64::MAX >> (64 - used);
        }
        self
    }
}

impl fmt::Debug for ActionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// The action at a place: see [`Action::index`].
pub fn at(index: usize) -> Option<Action> {
    Index::get().action(index)
}

impl Action {
    /// The action's place in alphabetical order, from 0.
    pub fn index(&self) -> usize {
        let at = self.line.as_ptr().addr().saturating_sub(DATA.as_ptr().addr());
        let starts = &Index::get().starts;
        starts.partition_point(|start| (*start as usize) < at)
    }
}

/// Where each action stands in the data.
pub(super) struct Index {
    /// In bytes.
    starts: Vec<u32>,
    /// The first action of each service, and one past the last.
    firsts: Vec<usize>,
}

impl Index {
    pub(super) fn get() -> &'static Self {
        static INDEX: OnceLock<Index> = OnceLock::new();
        INDEX.get_or_init(|| {
            let (mut starts, mut firsts) = (Vec::with_capacity(24_000), vec![0]);
            for service in Service::all() {
                let base = service.actions.as_ptr().addr() - DATA.as_ptr().addr();
                let mut at = base;
                for line in service.actions.split_inclusive('\n') {
                    starts.extend(u32::try_from(at));
                    at += line.len();
                }
                firsts.push(starts.len());
            }
            Self { starts, firsts }
        })
    }

    fn action(&self, index: usize) -> Option<Action> {
        let service = self.firsts.partition_point(|first| *first <= index).checked_sub(1)?;
        let service = *Service::all().get(service)?;
        Some(Action { service, line: self.line(index) })
    }

    /// The action's place among those of its service.
    pub(super) fn place(&self, action: &Action) -> Option<usize> {
        let first = self.firsts.get(Service::place(action.service())?)?;
        action.index().checked_sub(*first)
    }

    fn line(&self, index: usize) -> &'static str {
        let start = self.starts.get(index).map_or(DATA.len(), |start| *start as usize);
        DATA.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default()
    }

    fn name(&self, index: usize) -> &'static str {
        let line = self.line(index);
        line.split_once(' ').map_or(line, |(name, _)| name)
    }

    fn block(&self, service: usize) -> Option<Range<usize>> {
        Some(*self.firsts.get(service)?..*self.firsts.get(service + 1)?)
    }

    /// The actions of a block whose names match, as ranges.
    fn each(&self, block: Range<usize>, names: &str, mut found: impl FnMut(Range<usize>)) {
        let literal = names.find(['*', '?']).unwrap_or(names.len());
        let (start, rest) = names.split_at(literal);
        let before = |index: usize| compare(self.name(index), start).is_lt();
        let first = partition(block.clone(), before);
        if rest.is_empty() {
            let exact = first < block.end && compare(self.name(first), start).is_eq();
            return if exact {
                found(first..first + 1)
            };
        }
        let starts = |index: usize| super::starts_with(self.name(index), start);
        let end = partition(first..block.end, starts);
        if rest.bytes().all(|byte| byte == b'*') {
            return found(first..end);
        }
        let pattern = Pattern::action(names);
        for index in (first..end).filter(|index| pattern.matches(self.name(*index))) {
            found(index..index + 1);
        }
    }
}

/// The first of `range` for which `before` no longer holds.
fn partition(range: Range<usize>, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = low.midpoint(high);
        if before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
