//! Sets of actions: one bit for each action of the catalogue.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;

use super::index::{Index, at};
use super::{Action, Service, expand};
use crate::{Actions, Pattern};

/// A set of actions of the catalogue. Small where it holds actions of few services.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct ActionSet {
    /// Those that hold actions, in order.
    words: Vec<Word>,
}

/// Up to 64 neighbours in the catalogue.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Word {
    /// The place of its first action, divided by 64.
    at: usize,
    /// Never 0.
    bits: u64,
}

impl ActionSet {
    /// No action.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every action.
    pub fn all() -> Self {
        let mut all = Self::new();
        all.add_range(0..Index::get().lines.len());
        all
    }

    /// The actions that `Action` or `NotAction` speaks of.
    pub fn of(actions: &Actions) -> Self {
        let mut set = Self::new();
        let (Actions::Only(patterns) | Actions::Except(patterns)) = actions;
        patterns.iter().for_each(|pattern| set.add_pattern(pattern));
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
            self.add_range(0..index.lines.len());
        } else {
            self.extend(expand(pattern));
        }
    }

    /// Adds the action at a place.
    pub fn add_index(&mut self, index: usize) {
        self.add_range(index..index + 1);
    }

    /// Adds one action.
    pub fn add(&mut self, action: Action) {
        self.add_index(action.index());
    }

    /// Whether it is in the set.
    pub fn contains(&self, action: Action) -> bool {
        self.contains_index(action.index())
    }

    /// Whether the action at a place is in the set.
    pub fn contains_index(&self, index: usize) -> bool {
        let found = self.words.binary_search_by_key(&(index / 64), |word| word.at);
        let word = found.ok().and_then(|found| self.words.get(found));
        word.is_some_and(|word| word.bits >> (index % 64) & 1 == 1)
    }

    /// In alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = Action> + '_ {
        self.indices().filter_map(at)
    }

    /// As [`ActionSet::iter`], but the places of the actions: see [`Action::index`].
    pub fn indices(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().flat_map(|word| {
            let mut rest = word.bits;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
                rest &= rest - 1;
                Some(word.at * 64 + bit)
            })
        })
    }

    /// Those that `keep` keeps.
    pub(crate) fn filter(&self, keep: impl Fn(Action) -> bool) -> Self {
        let index = Index::get();
        let mut kept = Self::new();
        for word in &self.words {
            let (mut rest, mut bits) = (word.bits, 0);
            while rest != 0 {
                let lowest = rest & rest.wrapping_neg();
                let action = index.action(word.at * 64 + rest.trailing_zeros() as usize);
                if action.is_some_and(&keep) {
                    bits |= lowest;
                }
                rest &= !lowest;
            }
            if bits != 0 {
                kept.words.push(Word { at: word.at, bits });
            }
        }
        kept
    }

    /// What it holds of each service.
    pub(crate) fn by_service(&self) -> impl Iterator<Item = Self> + '_ {
        let index = Index::get();
        let mut rest = self.words.as_slice();
        let mut left = rest.first().map_or(0, |word| word.bits);
        std::iter::from_fn(move || {
            let first = rest.first()?.at * 64 + left.trailing_zeros() as usize;
            let service = index.firsts.partition_point(|known| *known <= first);
            let end = index.firsts.get(service).copied().unwrap_or(usize::MAX);
            let mut part = Self::new();
            while let Some(word) = rest.first()
                && word.at * 64 < end
            {
                let below = end - word.at * 64;
                let within = if below < 64 { left & !(u64::MAX << below) } else { left };
                if within != 0 {
                    part.words.push(Word { at: word.at, bits: within });
                }
                left &= !within;
                if left != 0 {
                    break;
                }
                rest = rest.get(1..).unwrap_or_default();
                left = rest.first().map_or(0, |word| word.bits);
            }
            Some(part)
        })
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.bits.count_ones() as usize).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether every action of `other` is one of these.
    pub fn covers(&self, other: &Self) -> bool {
        self.beside(other).all(|(mine, theirs)| theirs & !mine == 0)
    }

    /// Whether some action is in both.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.beside(other).any(|(mine, theirs)| mine & theirs != 0)
    }

    /// The words of `other`, each with the bits that stand in its place here.
    fn beside<'s>(&'s self, other: &'s Self) -> impl Iterator<Item = (u64, u64)> + 's {
        let mut rest = self.words.as_slice();
        other.words.iter().map(move |theirs| {
            let skipped = rest.partition_point(|word| word.at < theirs.at);
            rest = rest.get(skipped..).unwrap_or_default();
            let mine = rest.first().filter(|word| word.at == theirs.at);
            (mine.map_or(0, |word| word.bits), theirs.bits)
        })
    }

    fn add_range(&mut self, range: Range<usize>) {
        let Range { start, end } = range;
        for at in start / 64..end.div_ceil(64) {
            let head = u64::MAX << start.saturating_sub(at * 64);
            let tail = u64::MAX >> ((at + 1) * 64).saturating_sub(end);
            self.add_word(Word { at, bits: head & tail });
        }
    }

    fn add_word(&mut self, word: Word) {
        match self.words.last().map(|last| last.at.cmp(&word.at)) {
            None | Some(Ordering::Less) => self.words.push(word),
            _ => match self.words.binary_search_by_key(&word.at, |known| known.at) {
                Ok(found) => {
                    self.words.get_mut(found).into_iter().for_each(|w| w.bits |= word.bits)
                }
                Err(place) => self.words.insert(place, word),
            },
        }
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
        other.words.iter().for_each(|word| self.add_word(*word));
    }
}

impl std::ops::BitAndAssign<&Self> for ActionSet {
    fn bitand_assign(&mut self, other: &Self) {
        let mut common = Vec::new();
        for ((mine, theirs), Word { at, .. }) in self.beside(other).zip(&other.words) {
            if mine & theirs != 0 {
                common.push(Word { at: *at, bits: mine & theirs });
            }
        }
        self.words = common;
    }
}

impl std::ops::SubAssign<&Self> for ActionSet {
    fn sub_assign(&mut self, other: &Self) {
        let mut left = Vec::new();
        for ((theirs, mine), Word { at, .. }) in other.beside(self).zip(&self.words) {
            if mine & !theirs != 0 {
                left.push(Word { at: *at, bits: mine & !theirs });
            }
        }
        self.words = left;
    }
}

impl std::ops::Not for ActionSet {
    type Output = Self;

    fn not(self) -> Self {
        let mut others = Self::all();
        others -= &self;
        others
    }
}

impl fmt::Debug for ActionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
