//! What policies together let an identity do, without a request at hand.
//!
//! Where patterns alone cannot tell, the answer is the wider one: a grant is left out only if it
//! certainly never takes effect. The policy of a resource is not heard.

mod group;
mod reach;
mod statement;

use std::collections::BTreeSet;

use crate::catalogue::{self, Action, ActionSet};
use crate::layers::{Layer, Named, Origin, Policies, Source};
use crate::{Actions, Condition, Effect, Pattern, Policy, Resources, Statement};

pub use group::Group;

use statement::{Compiled, Share};

/// The permissions of one identity: its policies, less what they and the layers above take away.
#[derive(Debug)]
pub struct Grants<'a> {
    allows: Vec<Compiled<'a>>,
    /// Of every layer.
    denies: Vec<Compiled<'a>>,
    /// The `Allow` statements of each layer that limits.
    ceilings: Vec<(Layer, Vec<Compiled<'a>>)>,
}

/// One action granted on one resource pattern by one statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant<'a> {
    /// The statement that grants.
    pub origin: Origin<'a>,
    /// The pattern as written; `*` where the statement has a `NotResource` or none.
    pub resource: &'a str,
    /// The `NotResource` of the statement itself.
    pub excluded: &'a [String],
    /// The resources that unconditional denials take out of the grant.
    pub denied: Vec<&'a Resources>,
    /// Unless empty, the grant holds only where the permissions boundary has one of these.
    pub bounded: Vec<&'a Resources>,
    /// The same for each other layer that limits the grant to some resources.
    pub ceilings: Vec<(Layer, Vec<&'a Resources>)>,
    /// What must hold: the conditions of the statement, and of each layer that allows nothing here
    /// without conditions those that all its statements have.
    pub conditions: Vec<&'a Condition>,
    /// Some layer asks for more, by one statement this and by another that.
    pub is_conditional: bool,
    /// Conditions under which a denial takes the grant away, or a part of it.
    pub unless: Vec<&'a Condition>,
}

/// An action that one statement allows on one resource pattern, and that is never allowed so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Masked<'a> {
    /// The statement that would grant.
    pub origin: Origin<'a>,
    /// The pattern as written; `*` where the statement has a `NotResource` or none.
    pub resource: &'a str,
    /// Why it does not.
    pub by: Mask<'a>,
}

/// Why an `Allow` has no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mask<'a> {
    /// The action works on no resource, so that only `*` grants it, and this is an ARN.
    OnlyOnAll,
    /// The action works on resources of other kinds.
    OtherKind,
    /// The statement's own `NotResource` leaves nothing.
    Excluded,
    /// This `Deny` takes all of it.
    Denied(Source<'a>),
    /// This layer allows none of it.
    NotAllowed(Layer),
}

/// What the `Allow` statements that speak of an action come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ruling<'a> {
    /// What is granted, in the order of the policies.
    pub grants: Vec<Grant<'a>>,
    /// What has no effect.
    pub masked: Vec<Masked<'a>>,
}

impl<'a> Grants<'a> {
    /// Joins the identity's policies, each with a name to report it by, under its permissions
    /// boundary, which limits and grants nothing.
    pub fn new(
        policies: &[(&'a str, &'a Policy)],
        boundary: Option<(&'a str, &'a Policy)>,
    ) -> Self {
        let identity = policies.iter().map(|named| (Layer::Identity, *named));
        let boundary = boundary.map(|named| (Layer::Boundary, named));
        Self::join(identity.chain(boundary), boundary.map(|(layer, _)| layer))
    }

    /// As [`Grants::new`], under session policies and service control policies as well.
    pub fn of(policies: &Policies<'a>) -> Self {
        let heard = policies.all().filter(|(layer, _)| *layer != Layer::Resource);
        Self::join(heard, policies.ceilings())
    }

    /// As [`Grants::new`], under service control policies as well: see [`Policies::scps`].
    pub fn under(
        policies: &[Named<'a>],
        boundary: Option<Named<'a>>,
        scps: &[Vec<Named<'a>>],
    ) -> Self {
        let levels = || (0..scps.len()).map(Layer::Scp);
        let limits = levels().zip(scps);
        let limits = limits.flat_map(|(layer, list)| list.iter().map(move |named| (layer, *named)));
        let identity = policies.iter().map(|named| (Layer::Identity, *named));
        let bounded = boundary.map(|named| (Layer::Boundary, named));
        let ceilings = boundary.map(|_| Layer::Boundary).into_iter().chain(levels());
        Self::join(identity.chain(bounded).chain(limits), ceilings)
    }

    fn join(
        policies: impl Iterator<Item = (Layer, Named<'a>)>,
        ceilings: impl IntoIterator<Item = Layer>,
    ) -> Self {
        let ceilings = ceilings.into_iter().map(|layer| (layer, vec![])).collect();
        let mut all = Self { allows: vec![], denies: vec![], ceilings };
        for (layer, (name, policy)) in policies {
            for (index, statement) in policy.statements.iter().enumerate() {
                let source = Source { layer, origin: Origin::new(name, index, statement) };
                let compiled = Compiled::new(source, statement, policy.version);
                let ceiling = all.ceilings.iter_mut().find(|(known, _)| *known == layer);
                match (statement.effect, ceiling) {
                    (Effect::Deny, _) => all.denies.push(compiled),
                    (Effect::Allow, Some((_, allows))) => allows.push(compiled),
                    (Effect::Allow, None) => all.allows.push(compiled),
                }
            }
        }
        all
    }

    /// Every `Allow` statement of the identity's own policies, effective or not.
    pub fn statements(&self) -> impl Iterator<Item = (Origin<'a>, &'a Statement)> {
        self.allows.iter().map(|allow| (allow.source.origin, allow.statement))
    }

    /// Every action of the catalogue that one of [`Grants::statements`] speaks of.
    pub fn actions(&self) -> ActionSet {
        let mut all = ActionSet::new();
        self.allows.iter().for_each(|allow| all |= allow.set());
        all
    }

    /// What the identity's `Allow` statements name in `Action` and the catalogue does not have: a
    /// name or pattern as written, with its statement.
    pub fn unknown(&self) -> impl Iterator<Item = (Origin<'a>, &'a str)> {
        let listed = self.allows.iter().flat_map(|allow| match &allow.statement.actions {
            Actions::Only(list) => list.iter().map(|text| (allow.source.origin, text)).collect(),
            Actions::Except(_) => vec![],
        });
        let listed = listed.map(|(origin, text)| (origin, text.as_str()));
        listed.filter(|(_, text)| catalogue::expand(text).next().is_none())
    }

    /// The grants of one action such as `s3:GetObject`, in the order of the policies.
    ///
    /// Patterns that can match no resource of a kind the action works on grant nothing; for an
    /// action the catalogue does not know every pattern counts.
    pub fn allows(&self, action: &str) -> Vec<Grant<'a>> {
        self.ruling(action).grants
    }

    /// As [`Grants::allows`], with what is allowed in vain and why. Both are empty if no statement
    /// speaks of the action.
    pub fn ruling(&self, action: &str) -> Ruling<'a> {
        self.rule(action, catalogue::action(action))
    }

    fn rule(&self, action: &str, known: Option<Action>) -> Ruling<'a> {
        let speaks = |compiled: &&Compiled<'a>| compiled.speaks_of(action, known);
        let denies: Vec<_> = self.denies.iter().filter(speaks).collect();
        let mut ruling = Ruling::default();
        for allow in self.allows.iter().filter(speaks) {
            for resource in allow.resources() {
                let pattern = &resource.widest;
                let objection = known.and_then(|known| allow.objection(&known, resource));
                let granted = objection.map_or(Ok(()), Err).and_then(|()| {
                    let grant = allow.grant(resource).ok_or(Mask::Excluded)?;
                    self.limit(subtract(grant, pattern, &denies)?, pattern, |c| speaks(&c))
                });
                let (origin, resource) = (allow.source.origin, resource.written);
                match granted {
                    Ok(grant) => ruling.grants.push(grant),
                    Err(by) => ruling.masked.push(Masked { origin, resource, by }),
                }
            }
        }
        ruling
    }

    /// The statements that together allow every action on every resource without a condition;
    /// `None` if an action is missing. Conditional denials do not count against it.
    pub fn admin(&self) -> Option<Vec<Origin<'a>>> {
        let whole = |allow: &&Compiled<'a>| allow.is_everything();
        let limited = !self.denies.is_empty() || !self.ceilings.is_empty();
        if !limited && self.allows.iter().any(|a| whole(&a)) {
            let all = self.allows.iter().filter(whole);
            return Some(all.map(|allow| allow.source.origin).collect());
        }
        let mut origins = BTreeSet::new();
        for action in self.exceptions().chain(catalogue::actions()) {
            let ruling = self.rule(&action.to_string(), Some(action));
            let grant = ruling.grants.iter().find(|grant| grant.is_unlimited())?;
            origins.insert(grant.origin);
        }
        Some(origins.into_iter().collect())
    }

    /// The actions most likely not to be granted: asked first, they settle most questions at once.
    fn exceptions(&self) -> impl Iterator<Item = Action> {
        let ceilings = self.ceilings.iter().flat_map(|(_, allows)| allows);
        let statements = self.allows.iter().chain(ceilings).chain(&self.denies);
        let patterns = statements.flat_map(|compiled| match &compiled.statement.actions {
            Actions::Except(patterns) => patterns.as_slice(),
            Actions::Only(patterns) if compiled.statement.effect == Effect::Deny => patterns,
            Actions::Only(_) => &[],
        });
        patterns.flat_map(|pattern| catalogue::expand(pattern))
    }

    /// What the layers above leave of a grant.
    fn limit(
        &self,
        mut grant: Grant<'a>,
        pattern: &Pattern,
        speaks: impl Fn(&Compiled<'a>) -> bool,
    ) -> Result<Grant<'a>, Mask<'a>> {
        for (layer, allows) in &self.ceilings {
            let allows = allows.iter().filter(|allow| speaks(allow));
            let limit = under(allows, pattern).ok_or(Mask::NotAllowed(*layer))?;
            grant.conditions.extend(limit.conditions);
            grant.is_conditional |= limit.is_conditional;
            match layer {
                Layer::Boundary => grant.bounded = limit.within,
                _ if limit.within.is_empty() => {}
                _ => grant.ceilings.push((*layer, limit.within)),
            }
        }
        Ok(grant)
    }
}

/// What one layer leaves of a pattern.
#[derive(Default)]
struct Limit<'a> {
    /// Empty: all of it.
    within: Vec<&'a Resources>,
    /// Of every statement.
    conditions: Vec<&'a Condition>,
    /// A statement has more.
    is_conditional: bool,
}

/// What the `allows` of a layer leave of `pattern`.
fn under<'c, 'a: 'c>(
    allows: impl Iterator<Item = &'c Compiled<'a>>,
    pattern: &Pattern,
) -> Option<Limit<'a>> {
    let mut best = Share::None;
    let mut within = Vec::new();
    let mut alternatives: Vec<&'a [Condition]> = Vec::new();
    for allow in allows {
        let share = allow.share_of(pattern);
        if share == Share::None {
            continue;
        }
        if share == Share::Whole && allow.statement.conditions.is_empty() {
            return Some(Limit::default());
        }
        best = best.max(share);
        within.extend(&allow.statement.resources);
        alternatives.push(&allow.statement.conditions);
    }
    let (first, others) = alternatives.split_first()?;
    let is_shared = |one: &&Condition| others.iter().all(|other| other.contains(one));
    let conditions: Vec<&Condition> = first.iter().filter(is_shared).collect();
    let is_free = alternatives.iter().any(|all| all.is_empty());
    // Some statement speaks of all of it, and one whose conditions hold is needed anyway.
    if best == Share::Whole && !is_free {
        within.clear();
    }
    let has_more = |all: &&[Condition]| all.len() > conditions.len();
    let is_conditional = !is_free && alternatives.iter().any(has_more);
    Some(Limit { within, conditions, is_conditional })
}

impl Grant<'_> {
    /// Whether it holds on every resource and under no condition; see [`Grants::admin`].
    pub fn is_unlimited(&self) -> bool {
        let limits = self.excluded.is_empty()
            && self.denied.is_empty()
            && self.bounded.is_empty()
            && self.ceilings.is_empty();
        limits
            && self.conditions.is_empty()
            && !self.is_conditional
            && reach::is_universal(self.resource)
    }
}

/// What the denials leave of a grant.
fn subtract<'a>(
    mut grant: Grant<'a>,
    pattern: &Pattern,
    denies: &[&Compiled<'a>],
) -> Result<Grant<'a>, Mask<'a>> {
    for deny in denies {
        match deny.share_of(pattern) {
            Share::None => {}
            _ if !deny.statement.conditions.is_empty() => {
                grant.unless.extend(&deny.statement.conditions);
            }
            Share::Part => grant.denied.extend(&deny.statement.resources),
            Share::Whole => return Err(Mask::Denied(deny.source)),
        }
    }
    Ok(grant)
}

#[cfg(test)]
pub(crate) mod agreement;
#[cfg(test)]
mod tests;
