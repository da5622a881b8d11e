//! Which actions the statements of a role grant, and which of them take effect.

use std::collections::{BTreeMap, BTreeSet};

use iam::{Condition, Effect, Grant, Grants, Key, Operator, Pattern, Resources, Statement};
use iam::{SetQualifier, Tri, Variables, Version};
use model::NamedPolicy;

use crate::verdict::Masked;
use crate::{ActionId, Actions, kinds};

/// A statement of a policy with the actions it speaks of.
#[derive(Debug)]
pub(crate) struct Speaking<'a> {
    pub(crate) policy: &'a NamedPolicy,
    pub(crate) index: usize,
    pub(crate) statement: &'a Statement,
    pub(crate) actions: Actions,
    /// Its resources, read widely; `*` where it names none or all others.
    pub(crate) resources: Vec<Pattern>,
    /// One of them is everything.
    pub(crate) everywhere: bool,
}

/// What a role is granted.
pub(crate) struct Granted<'a> {
    pub(crate) allows: Vec<Speaking<'a>>,
    grants: Grants<'a>,
    pub(crate) actions: Actions,
    pub(crate) effective: Actions,
    pub(crate) masked: BTreeMap<ActionId, Masked>,
    /// Granted everywhere without a condition, and nothing is taken away.
    free: Actions,
}

impl<'a> Speaking<'a> {
    fn new(policy: &'a NamedPolicy, index: usize, statement: &'a Statement) -> Self {
        let version = policy.document.version;
        let (iam::Actions::Only(patterns) | iam::Actions::Except(patterns)) = &statement.actions;
        let mut actions = Actions::default();
        for pattern in patterns {
            actions.add(pattern);
        }
        if let iam::Actions::Except(_) = &statement.actions {
            let excepted = std::mem::replace(&mut actions, Actions::all());
            actions.subtract(&excepted);
        }
        let read = |text: &String| {
            Pattern::resource(text, version, Variables::Widest).unwrap_or_else(everything)
        };
        let resources: Vec<_> = match &statement.resources {
            Some(Resources::Only(list)) => list.iter().map(read).collect(),
            Some(Resources::Except(_)) | None => vec![everything()],
        };
        let everywhere = resources.iter().any(Pattern::is_universal);
        Self { policy, index, statement, actions, resources, everywhere }
    }

    /// All of `policies` with this effect.
    pub(crate) fn all(
        policies: impl IntoIterator<Item = &'a NamedPolicy>,
        effect: Effect,
    ) -> Vec<Self> {
        let statements = policies.into_iter().flat_map(|policy| {
            policy.document.statements.iter().enumerate().map(move |(index, s)| (policy, index, s))
        });
        let meant = statements.filter(|(_, _, statement)| statement.effect == effect);
        meant.map(|(policy, index, statement)| Self::new(policy, index, statement)).collect()
    }

    /// It speaks of all of its actions without ifs and buts.
    fn is_plain(&self) -> bool {
        self.everywhere
            && self.statement.conditions.is_empty()
            && !matches!(self.statement.resources, Some(Resources::Except(_)))
    }

    /// The actions that work on a resource it names.
    fn fitting(&self) -> Actions {
        if self.everywhere {
            return self.actions.clone();
        }
        let Some(Resources::Only(written)) = &self.statement.resources else {
            return self.actions.clone();
        };
        let mut fits = kinds::Fits::new(written, &self.resources);
        self.actions.iter().filter(|id| fits.fits(*id)).collect()
    }

    /// The Regions it is bounded to, if it is.
    pub(crate) fn regions(&self) -> Option<BTreeSet<&'a str>> {
        let conditions = self.statement.conditions.iter();
        let by_condition: Option<BTreeSet<&str>> = conditions
            .filter(|condition| names_regions(condition))
            .map(|condition| condition.values.iter().map(String::as_str).collect())
            .next();
        by_condition.or_else(|| match &self.statement.resources {
            Some(Resources::Only(list)) => list.iter().map(|arn| region(arn)).collect(),
            Some(Resources::Except(_)) | None => None,
        })
    }
}

/// Whether a condition lists the Regions in which alone something holds.
pub(crate) fn names_regions(condition: &Condition) -> bool {
    condition.key.eq_ignore_ascii_case("aws:RequestedRegion")
        && !condition.if_exists
        && condition.set != Some(SetQualifier::ForAllValues)
        && matches!(
            condition.operator,
            Operator::StringEquals | Operator::StringEqualsIgnoreCase | Operator::StringLike
        )
        && condition.values.iter().all(|value| !value.contains(['*', '?', '$']))
}

fn region(arn: &str) -> Option<&str> {
    let region = arn.split(':').nth(3)?;
    (!region.is_empty() && !region.contains(['*', '?', '$'])).then_some(region)
}

fn everything() -> Pattern {
    Pattern::text("*")
}

impl<'a> Granted<'a> {
    pub(crate) fn new(policies: &'a [NamedPolicy], boundary: Option<&'a NamedPolicy>) -> Self {
        let pair = |policy: &'a NamedPolicy| (policy.name.as_str(), &policy.document);
        let named: Vec<_> = policies.iter().map(pair).collect();
        let mut granted = Self {
            allows: Speaking::all(policies, Effect::Allow),
            grants: Grants::new(&named, boundary.map(pair)),
            actions: Actions::default(),
            effective: Actions::default(),
            masked: BTreeMap::new(),
            free: Actions::default(),
        };
        granted.join();
        let denies = Speaking::all(policies.iter().chain(boundary), Effect::Deny);
        granted.deny(&denies, boundary);
        granted
    }

    fn join(&mut self) {
        for allow in &self.allows {
            self.actions.unite(&allow.actions);
            self.effective.unite(&allow.fitting());
            if allow.is_plain() {
                self.free.unite(&allow.actions);
            }
        }
        let mut unfit = self.actions.clone();
        unfit.subtract(&self.effective);
        self.masked.extend(unfit.iter().map(|id| (id, Masked::ResourceType)));
    }

    fn deny(&mut self, denies: &[Speaking<'a>], boundary: Option<&'a NamedPolicy>) {
        // Whatever is not settled by the wording alone.
        let mut doubtful = Actions::default();
        for deny in denies {
            self.free.subtract(&deny.actions);
            if deny.is_plain() {
                self.mask(&deny.actions, Masked::Denied);
            } else if deny.statement.conditions.is_empty() {
                doubtful.unite(&deny.actions);
            }
        }
        if let Some(boundary) = boundary {
            let (mut whole, mut part) = (Actions::default(), Actions::default());
            for allow in Speaking::all([boundary], Effect::Allow) {
                let all = if allow.is_plain() { &mut whole } else { &mut part };
                all.unite(&allow.actions);
            }
            part.subtract(&whole);
            let mut beyond = self.effective.clone();
            beyond.subtract(&whole);
            self.free.subtract(&beyond);
            beyond.subtract(&part);
            self.mask(&beyond, Masked::Boundary);
            doubtful.unite(&part);
        }
        let masked: Vec<ActionId> = doubtful
            .iter()
            .filter(|id| self.effective.contains(*id) && self.grants_of(*id).is_empty())
            .collect();
        if !masked.is_empty() {
            let beyond = masked.iter().copied().collect();
            self.mask(&beyond, if boundary.is_some() { Masked::Boundary } else { Masked::Denied });
        }
    }

    fn mask(&mut self, actions: &Actions, reason: Masked) {
        for id in actions.iter().filter(|id| self.effective.contains(*id)) {
            self.masked.insert(id, reason);
        }
        self.effective.subtract(actions);
    }

    /// The grants of an action that take effect.
    pub(crate) fn grants_of(&self, id: ActionId) -> Vec<Grant<'a>> {
        self.grants.allows(&id.to_string())
    }

    /// Whether the action is granted on whatever resource, in whatever Region.
    pub(crate) fn is_free(&self, id: ActionId) -> bool {
        self.free.contains(id)
    }

    /// The Regions in which alone an action is granted, if it is bounded.
    pub(crate) fn regions(&self, id: ActionId) -> Option<BTreeSet<&'a str>> {
        let granting = self.allows.iter().filter(|allow| allow.actions.contains(id));
        let mut all = BTreeSet::new();
        for allow in granting {
            all.extend(allow.regions()?);
        }
        Some(all)
    }
}

/// Whether a grant may hold in a Region, for what else the request has.
pub(crate) fn holds_in(grant: &Grant<'_>, region: &str) -> bool {
    let context = |key: &str| {
        if key.eq_ignore_ascii_case("aws:RequestedRegion") {
            Key::value(region)
        } else {
            Key::Unknown
        }
    };
    let own = grant.conditions.iter().copied();
    own.map(|condition| condition.holds(Version::V2012, &context)).fold(Tri::Yes, Tri::and)
        != Tri::No
}

/// Whether a grant may reach what a pattern of resources describes.
pub(crate) fn reaches(grant: &Grant<'_>, wanted: &Pattern) -> bool {
    let read = |text: &str| Pattern::resource(text, Version::V2012, Variables::Widest);
    let taken = |text: &String| {
        let narrow = Pattern::resource(text, Version::V2012, Variables::Narrowest);
        narrow.is_some_and(|pattern| pattern.covers(wanted))
    };
    let denied = grant.denied.iter().any(|resources| match resources {
        Resources::Only(list) => list.iter().any(taken),
        Resources::Except(_) => false,
    });
    read(grant.resource).is_none_or(|pattern| pattern.overlaps(wanted))
        && !grant.excluded.iter().any(taken)
        && !denied
}
