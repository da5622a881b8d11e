use std::sync::OnceLock;

use super::Grant;
use crate::catalogue::{Action, ActionSet};
use crate::layers::Source;
use crate::{Actions, Pattern, Resources, Statement, Variables, Version};

/// A statement with its patterns compiled.
#[derive(Debug)]
pub(super) struct Compiled<'a> {
    pub(super) source: Source<'a>,
    pub(super) statement: &'a Statement,
    actions: Vec<Pattern>,
    /// Those of the catalogue, once somebody asked.
    set: OnceLock<ActionSet>,
    resources: Vec<Resource<'a>>,
    /// What the statement speaks of if it names no `Resource`.
    everything: Pattern,
}

#[derive(Debug)]
struct Resource<'a> {
    written: &'a str,
    /// With anything in place of variables.
    widest: Pattern,
    /// `None` if it has variables.
    narrowest: Option<Pattern>,
}

/// How much of a pattern's resources a statement speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Share {
    /// None, for certain.
    None,
    /// Some, or it cannot be told.
    Part,
    /// All, for certain.
    Whole,
}

impl<'a> Compiled<'a> {
    pub(super) fn new(source: Source<'a>, statement: &'a Statement, version: Version) -> Self {
        let (Actions::Only(actions) | Actions::Except(actions)) = &statement.actions;
        let resources: &'a [String] = match &statement.resources {
            None => &[],
            Some(Resources::Only(list) | Resources::Except(list)) => list,
        };
        let compile = |written: &'a String| {
            let read = |variables| Pattern::resource(written, version, variables);
            let widest = read(Variables::Widest).unwrap_or_else(|| Pattern::text("*"));
            Resource { written, widest, narrowest: read(Variables::Narrowest) }
        };
        Self {
            source,
            statement,
            set: OnceLock::new(),
            actions: actions.iter().map(|action| Pattern::action(action)).collect(),
            resources: resources.iter().map(compile).collect(),
            everything: Pattern::text("*"),
        }
    }

    /// The actions of the catalogue it speaks of.
    pub(super) fn set(&self) -> &ActionSet {
        self.set.get_or_init(|| ActionSet::of(&self.statement.actions))
    }

    /// `known` is the action of that name, if the catalogue has it.
    pub(super) fn speaks_of(&self, action: &str, known: Option<Action>) -> bool {
        if let (Some(set), Some(known)) = (self.set.get(), known) {
            return set.contains(known);
        }
        let listed = self.actions.iter().any(|pattern| pattern.matches(action));
        listed == matches!(self.statement.actions, Actions::Only(_))
    }

    /// Every action on every resource, by its wording and without a condition.
    pub(super) fn is_everything(&self) -> bool {
        let actions = match self.statement.actions {
            Actions::Only(_) => self.actions.iter().any(Pattern::is_universal),
            Actions::Except(_) => self.actions.is_empty(),
        };
        actions
            && self.share_of(&self.everything) == Share::Whole
            && self.statement.conditions.is_empty()
    }

    /// The patterns it grants on: as written, and compiled.
    pub(super) fn resources(&self) -> impl Iterator<Item = (&'a str, &Pattern)> {
        let only = matches!(self.statement.resources, Some(Resources::Only(_)));
        let everything = (!only).then_some(("*", &self.everything));
        let listed = self.resources.iter().filter(move |_| only);
        listed.map(|resource| (resource.written, &resource.widest)).chain(everything)
    }

    /// What it grants on one of its [`Compiled::resources`], before anything is taken away.
    pub(super) fn grant(&self, resource: &'a str, pattern: &Pattern) -> Option<Grant<'a>> {
        let excluded: &[String] = match &self.statement.resources {
            Some(Resources::Except(_)) if self.share_of(pattern) == Share::None => {
                return None;
            }
            Some(Resources::Except(list)) => list,
            Some(Resources::Only(_)) | None => &[],
        };
        Some(Grant {
            origin: self.source.origin,
            resource,
            excluded,
            denied: vec![],
            bounded: vec![],
            ceilings: vec![],
            conditions: self.statement.conditions.iter().collect(),
            unless: vec![],
        })
    }

    /// How much of what `pattern` matches the statement speaks of.
    pub(super) fn share_of(&self, pattern: &Pattern) -> Share {
        let covers = |r: &Resource<'_>| r.narrowest.as_ref().is_some_and(|p| p.covers(pattern));
        let covered = self.resources.iter().any(covers);
        let touched = self.resources.iter().any(|resource| resource.widest.overlaps(pattern));
        match &self.statement.resources {
            None => Share::Whole,
            Some(Resources::Only(_)) if covered => Share::Whole,
            Some(Resources::Only(_)) if !touched => Share::None,
            Some(Resources::Except(_)) if covered => Share::None,
            Some(Resources::Except(_)) if !touched => Share::Whole,
            Some(_) => Share::Part,
        }
    }
}
