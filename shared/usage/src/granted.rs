//! What the statements of a role grant, and what of it takes effect.

use std::collections::BTreeSet;

use iam::catalogue::ActionSet;
use iam::{
    Condition, Grant, Grants, Group, Key, Layer, Mask, Named, Operator, Pattern, Resources,
    SetQualifier, Tri, Variables, Version,
};
use model::{NamedPolicy, Origin};

use crate::actions::has;
use crate::verdict::Masked;
use crate::{ActionId, Settings};

/// What a role is granted.
pub(crate) struct Granted<'a> {
    /// Actions that fare alike, each in one group.
    pub(crate) groups: Vec<Group<'a>>,
    policies: &'a [NamedPolicy],
    boundary: Option<&'a NamedPolicy>,
    pub(crate) effective: ActionSet,
    /// Written in a policy, and not in the catalogue.
    pub(crate) unknown: Vec<&'a str>,
}

impl<'a> Granted<'a> {
    pub(crate) fn new(
        policies: &'a [NamedPolicy],
        boundary: Option<&'a NamedPolicy>,
        settings: &Settings<'a>,
    ) -> Self {
        let identity: Vec<Named<'a>> = policies.iter().map(named).collect();
        let grants = Grants::under(&identity, boundary.map(named), settings.scps);
        let groups = grants.groups();
        let mut effective = ActionSet::new();
        for group in groups.iter().filter(|group| !group.ruling.grants.is_empty()) {
            effective |= &group.actions;
        }
        let mut unknown: Vec<&str> = grants.unknown().map(|(_, text)| text).collect();
        unknown.sort_unstable();
        unknown.dedup();
        Self { groups, policies, boundary, effective, unknown }
    }

    /// The grants of an action that take effect.
    pub(crate) fn grants_of(&self, id: ActionId) -> &[Grant<'a>] {
        let group = self.groups.iter().find(|group| has(&group.actions, id));
        group.map_or(&[], |group| group.ruling.grants.as_slice())
    }

    /// Whether a grant may hold in a Region, for what else the request has.
    pub(crate) fn holds_in(&self, grant: &Grant<'_>, region: &str) -> bool {
        let context = |key: &str| {
            if key.eq_ignore_ascii_case("aws:RequestedRegion") {
                Key::value(region)
            } else {
                Key::Unknown
            }
        };
        let version = self.version_of(grant);
        let held = grant.conditions.iter().map(|c| c.holds(version, &context));
        held.fold(Tri::Yes, Tri::and) != Tri::No
    }

    /// Whether a grant may reach what a pattern of resources describes.
    pub(crate) fn reaches(&self, grant: &Grant<'_>, wanted: &Pattern) -> bool {
        let own = self.version_of(grant);
        let widest = Pattern::resource(grant.resource, own, Variables::Widest);
        let touched = widest.is_none_or(|pattern| pattern.overlaps(wanted));
        let denied = |resources: &&Resources| self.share(resources, wanted) == Share::Whole;
        let within = |resources: &&Resources| self.share(resources, wanted) != Share::None;
        let limits = grant.ceilings.iter().map(|(_, within)| within).chain([&grant.bounded]);
        touched
            && !covers(grant.excluded, own, wanted)
            && !grant.denied.iter().any(denied)
            && limits.filter(|all| !all.is_empty()).all(|all| all.iter().any(within))
    }

    /// How much of what is wanted a statement speaks of.
    fn share(&self, resources: &Resources, wanted: &Pattern) -> Share {
        // Policies are known by their place in memory: the same text reads differently in others.
        let all = self.policies.iter().chain(self.boundary);
        let stands_in = |policy: &&NamedPolicy| {
            let statements = &mut policy.document.statements.iter();
            statements.any(|s| s.resources.as_ref().is_some_and(|r| std::ptr::eq(r, resources)))
        };
        let version = { all }.find(stands_in).map_or(Version::V2012, |p| p.document.version);
        match resources {
            Resources::Only(list) if covers(list, version, wanted) => Share::Whole,
            Resources::Only(list) if !touches(list, version, wanted) => Share::None,
            Resources::Except(list) if covers(list, version, wanted) => Share::None,
            Resources::Except(list) if !touches(list, version, wanted) => Share::Whole,
            Resources::Only(_) | Resources::Except(_) => Share::Part,
        }
    }

    fn version_of(&self, grant: &Grant<'_>) -> Version {
        let own = self.policies.iter().find(|policy| key_of(policy) == grant.origin.policy);
        own.map_or(Version::V2012, |policy| policy.document.version)
    }
}

/// How much of a pattern's resources something speaks of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Share {
    None,
    Part,
    Whole,
}

/// Whether one of the patterns certainly matches all that is wanted.
fn covers(patterns: &[String], version: Version, wanted: &Pattern) -> bool {
    patterns.iter().any(|text| {
        let narrowest = Pattern::resource(text, version, Variables::Narrowest);
        narrowest.is_some_and(|pattern| pattern.covers(wanted))
    })
}

/// Whether one of the patterns may match some of what is wanted.
fn touches(patterns: &[String], version: Version, wanted: &Pattern) -> bool {
    patterns.iter().any(|text| {
        let widest = Pattern::resource(text, version, Variables::Widest);
        widest.is_none_or(|pattern| pattern.overlaps(wanted))
    })
}

/// A policy with what tells it from the others: an inline policy may have a managed one's name.
fn named(policy: &NamedPolicy) -> Named<'_> {
    (key_of(policy), &policy.document)
}

/// What grants name a policy by.
pub(crate) fn key_of(policy: &NamedPolicy) -> &str {
    match &policy.origin {
        Origin::Inline => &policy.name,
        Origin::Managed(arn) => arn,
    }
}

/// Why a group has no effect: what would have to go last.
pub(crate) fn masked(group: &Group<'_>) -> Masked {
    match group.ruling.masked.iter().map(|masked| masked.by).max() {
        Some(Mask::NotAllowed(Layer::Boundary)) => Masked::Boundary,
        Some(Mask::NotAllowed(_)) => Masked::OrganizationPolicy,
        Some(Mask::Denied(_)) => Masked::Denied,
        Some(Mask::Excluded) => Masked::Excluded,
        Some(Mask::OnlyOnAll | Mask::OtherKind) | None => Masked::ResourceType,
    }
}

/// The Regions in which alone a grant holds, if it is bounded.
pub(crate) fn regions_of<'a>(grant: &Grant<'a>) -> Option<BTreeSet<&'a str>> {
    let named = grant.conditions.iter().find(|condition| names_regions(condition));
    match named {
        Some(condition) => Some(condition.values.iter().map(String::as_str).collect()),
        None => region(grant.resource).map(|region| BTreeSet::from([region])),
    }
}

/// Whether a condition lists the Regions in which alone something holds.
fn names_regions(condition: &Condition) -> bool {
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
