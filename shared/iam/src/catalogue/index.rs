//! Where each action stands in the data: made when sets are first used.

use std::ops::Range;
use std::sync::OnceLock;

use super::{Action, DATA, Service, compare};
use crate::Pattern;

/// The action at a place: see [`Action::index`].
pub fn at(index: usize) -> Option<Action> {
    Index::get().action(index)
}

impl Action {
    /// The action's place in alphabetical order, from 0.
    pub fn index(&self) -> usize {
        let at = self.line.as_ptr().addr().saturating_sub(DATA.as_ptr().addr());
        Index::get().lines.partition_point(|line| (line.start as usize) < at)
    }
}

/// Where each action stands.
pub(super) struct Index {
    pub(super) lines: Vec<Line>,
    /// The first action of each service, and one past the last.
    pub(super) firsts: Vec<usize>,
}

static INDEX: OnceLock<Index> = OnceLock::new();

/// In bytes.
#[derive(Clone, Copy)]
pub(super) struct Line {
    start: u32,
    length: u16,
    /// Of the name, with which the line begins.
    name: u16,
}

impl Index {
    pub(super) fn get() -> &'static Self {
        INDEX.get_or_init(|| {
            let (mut lines, mut firsts) = (Vec::with_capacity(24_000), vec![0]);
            for service in Service::all() {
                let mut at = service.actions.as_ptr().addr() - DATA.as_ptr().addr();
                for line in service.actions.lines() {
                    let name = line.find(' ').unwrap_or(line.len());
                    lines.extend(Line::new(at, line.len(), name));
                    at += line.len() + 1;
                }
                firsts.push(lines.len());
            }
            Self { lines, firsts }
        })
    }

    pub(super) fn action(&self, index: usize) -> Option<Action> {
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
        let text = |line: &Line| DATA.get(line.start as usize..)?.get(..line.length.into());
        self.lines.get(index).and_then(text).unwrap_or_default()
    }

    fn name(&self, index: usize) -> &'static str {
        let text = |line: &Line| DATA.get(line.start as usize..)?.get(..line.name.into());
        self.lines.get(index).and_then(text).unwrap_or_default()
    }

    pub(super) fn block(&self, service: usize) -> Option<Range<usize>> {
        Some(*self.firsts.get(service)?..*self.firsts.get(service + 1)?)
    }

    /// The action of a name, if the index was made already: it costs more than one look-up.
    pub(super) fn find(prefix: &str, name: &str) -> Option<Option<Action>> {
        let index = INDEX.get()?;
        let block = Service::place(prefix).and_then(|at| index.block(at));
        Some(block.and_then(|block| {
            let at = partition(block.clone(), |at| compare(index.name(at), name).is_lt());
            let same = at < block.end && compare(index.name(at), name).is_eq();
            same.then(|| index.action(at)).flatten()
        }))
    }

    /// The actions of a block whose names match, as ranges.
    pub(super) fn each(
        &self,
        block: Range<usize>,
        names: &str,
        mut found: impl FnMut(Range<usize>),
    ) {
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
        let (pattern, tail) = (Pattern::action(names), names.rfind(['*', '?']));
        let tail = tail.and_then(|last| names.get(last + 1..)).unwrap_or_default();
        // The end settles most of them, and all of them behind a single `*`.
        let only_tail = names.len() == tail.len() + 1 && names.starts_with('*');
        for index in first..end {
            let name = self.name(index);
            if ends_with(name, tail) && (only_tail || pattern.matches(name)) {
                found(index..index + 1);
            }
        }
    }
}

fn ends_with(text: &str, end: &str) -> bool {
    let start = text.len().checked_sub(end.len());
    start.and_then(|start| text.get(start..)).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

impl Line {
    fn new(start: usize, length: usize, name: usize) -> Option<Self> {
        let (start, length) = (start.try_into().ok()?, length.try_into().ok()?);
        Some(Self { start, length, name: name.try_into().ok()? })
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
