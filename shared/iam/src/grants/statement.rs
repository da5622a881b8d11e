use std::sync::OnceLock;

use super::{Grant, Mask, reach};
use crate::catalogue::{Action, ActionSet};
use crate::layers::Source;
use crate::variables::Piece;
use crate::{Actions, Pattern, Resources, Statement, Variables, Version};

/// A statement with its patterns compiled.
#[derive(Debug)]
pub(super) struct Compiled<'a> {
    pub(super) source: Source<'a>,
    pub(super) statement: &'a Statement,
    /// Compiled once somebody asks.
    actions: OnceLock<Vec<Pattern>>,
    /// Those of the catalogue, once somebody asked.
    set: OnceLock<ActionSet>,
    resources: Vec<Resource<'a>>,
    /// What the statement speaks of if it names no `Resource`.
    everything: Resource<'a>,
}

/// A pattern of resources in a statement.
#[derive(Debug)]
pub(super) struct Resource<'a> {
    pub(super) written: &'a str,
    /// With anything in place of variables.
    pub(super) widest: Pattern,
    /// Whether there are any.
    variables: bool,
    /// The actions of the statement that can be granted on it, once somebody asked.
    reach: OnceLock<ActionSet>,
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
        let resources: &'a [String] = match &statement.resources {
            None => &[],
            Some(Resources::Only(list) | Resources::Except(list)) => list,
        };
        Self {
            source,
            statement,
            actions: OnceLock::new(),
            set: OnceLock::new(),
            resources: resources.iter().map(|text| Resource::new(text, version)).collect(),
            everything: Resource::new("*", version),
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
        let listed = self.actions().iter().any(|pattern| pattern.matches(action));
        listed == matches!(self.statement.actions, Actions::Only(_))
    }

    fn actions(&self) -> &[Pattern] {
        let (Actions::Only(list) | Actions::Except(list)) = &self.statement.actions;
        self.actions.get_or_init(|| list.iter().map(|text| Pattern::action(text)).collect())
    }

    /// Every action on every resource, by its wording and without a condition.
    pub(super) fn is_everything(&self) -> bool {
        let actions = match self.statement.actions {
            Actions::Only(_) => self.actions().iter().any(Pattern::is_universal),
            Actions::Except(_) => self.actions().is_empty(),
        };
        actions
            && self.share_of(&self.everything.widest) == Share::Whole
            && self.statement.conditions.is_empty()
    }

    /// The patterns it grants on.
    pub(super) fn resources(&self) -> impl Iterator<Item = &Resource<'a>> {
        let only = matches!(self.statement.resources, Some(Resources::Only(_)));
        let everything = (!only).then_some(&self.everything);
        self.resources.iter().filter(move |_| only).chain(everything)
    }

    /// The actions of the catalogue that it can grant on one of its [`Compiled::resources`].
    pub(super) fn reach<'r>(&'r self, resource: &'r Resource<'a>) -> &'r ActionSet {
        let reach = || reach::of(self.set(), &resource.widest, resource.written);
        resource.reach.get_or_init(reach)
    }

    /// Why an action cannot be granted on one of its [`Compiled::resources`].
    pub(super) fn objection(&self, action: &Action, resource: &Resource<'a>) -> Option<Mask<'a>> {
        match resource.reach.get() {
            _ if resource.widest.is_universal() => None,
            Some(reach) => (!reach.contains(*action)).then(|| reach::missing(action)),
            None => reach::objection(action, &resource.widest, resource.written),
        }
    }

    /// What it grants on one of its [`Compiled::resources`], before anything is taken away.
    pub(super) fn grant(&self, resource: &Resource<'a>) -> Option<Grant<'a>> {
        let excluded: &[String] = match &self.statement.resources {
            Some(Resources::Except(_)) if self.share_of(&resource.widest) == Share::None => {
                return None;
            }
            Some(Resources::Except(list)) => list,
            Some(Resources::Only(_)) | None => &[],
        };
        Some(Grant {
            origin: self.source.origin,
            resource: resource.written,
            excluded,
            denied: vec![],
            bounded: vec![],
            ceilings: vec![],
            conditions: self.statement.conditions.iter().collect(),
            is_conditional: false,
            unless: vec![],
        })
    }

    /// How much of what `pattern` matches the statement speaks of.
    pub(super) fn share_of(&self, pattern: &Pattern) -> Share {
        let covers = |r: &Resource<'_>| !r.variables && r.widest.covers(pattern);
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

impl<'a> Resource<'a> {
    fn new(written: &'a str, version: Version) -> Self {
        let widest = Pattern::resource(written, version, Variables::Widest);
        Self {
            written,
            widest: widest.unwrap_or_else(|| Pattern::text("*")),
            variables: crate::variables::pieces(written, version)
                .iter()
                .any(|piece| matches!(piece, Piece::Variable { .. })),
            reach: OnceLock::new(),
        }
    }
}
