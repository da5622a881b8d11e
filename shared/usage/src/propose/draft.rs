use std::collections::{BTreeMap, BTreeSet};

use iam::catalogue::ActionSet;
use iam::{Actions, Condition, Effect, Grant, Pattern, Resources, Statement, Variables, Version};
use model::NamedPolicy;

use super::narrow::{meet, without_covered};
use super::text::{escaped, matches_all, of_service, order_of, renewed, text_of, translated};
use super::wants::{Want, Wants, Why};
use crate::ActionId;
use crate::actions::{has, ids};
use crate::granted::key_of;
use crate::verdict::{Judgement, Name};

/// The statements of a proposal before they are put into documents.
pub(super) struct Draft<'p> {
    policies: &'p [NamedPolicy],
    blocks: BTreeMap<Block, Said>,
    denies: Vec<Statement>,
    /// Statements of today that stay as they are.
    pub(super) whole: BTreeSet<Place>,
    /// How many actions stay because of each statement of today.
    pub(super) shares: BTreeMap<Place, ActionSet>,
    granted: ActionSet,
    /// What is written today and does not exist.
    invalid: Vec<String>,
    /// Actions that are granted on less than today.
    pub(super) narrowed: BTreeSet<ActionId>,
}

/// A statement of today: policy and place in it.
pub(super) type Place = (usize, usize);

/// The conditions of a grant, and what its statement leaves out of the resources, if it says that.
type Part = (String, Option<Vec<String>>);

/// What actions must share to stand in one statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Block {
    why: Why,
    /// The conditions in one text, to compare by.
    conditions: String,
    resources: On,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum On {
    Only(BTreeSet<String>),
    Except(Vec<String>),
    Unsaid,
}

impl On {
    fn of(resources: Option<&Resources>, version: Version) -> Self {
        let escaped = |text: &String| escaped(text, version);
        match resources {
            None => Self::Unsaid,
            Some(Resources::Only(list)) => Self::Only(list.iter().map(escaped).collect()),
            Some(Resources::Except(list)) => Self::Except(list.iter().map(escaped).collect()),
        }
    }

    /// One for each resource, as far as they are named.
    fn each(&self) -> Vec<Self> {
        match self {
            Self::Only(all) => all.iter().map(|one| Self::Only([one.clone()].into())).collect(),
            other => vec![other.clone()],
        }
    }

    /// Whether all of `other` is in it.
    fn reaches(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Only(mine), Self::Only(theirs)) => theirs.iter().all(|text| {
                let wanted = Pattern::resource(text, Version::V2012, Variables::Widest);
                mine.contains(text)
                    || mine.iter().any(|mine| {
                        let mine = Pattern::resource(mine, Version::V2012, Variables::Narrowest);
                        mine.zip(wanted.as_ref()).is_some_and(|(mine, wanted)| mine.covers(wanted))
                    })
            }),
            (mine, theirs) => mine == theirs,
        }
    }
}

impl Block {
    /// Whether its resources are also those of `other`, under the same conditions.
    fn reaches(&self, other: &Self) -> bool {
        self.resources.reaches(&other.resources) && self.conditions == other.conditions
    }
}

/// What stands in one statement.
#[derive(Clone, Debug, Default)]
struct Said {
    set: ActionSet,
    /// Patterns of services of which not every action is known.
    patterns: BTreeSet<String>,
    conditions: Vec<Condition>,
}

/// A statement that is ready.
pub(super) struct Written {
    pub(super) why: Why,
    pub(super) set: ActionSet,
    pub(super) statement: Statement,
}

impl<'p> Draft<'p> {
    pub(super) fn new(
        policies: &'p [NamedPolicy],
        judgement: &Judgement<'_>,
        wants: &Wants<'_, '_>,
    ) -> Self {
        let mut draft = Self {
            policies,
            blocks: BTreeMap::new(),
            denies: denies(policies),
            whole: BTreeSet::new(),
            shares: BTreeMap::new(),
            granted: ActionSet::new(),
            invalid: Vec::new(),
            narrowed: BTreeSet::new(),
        };
        for group in &judgement.groups {
            let grants = group.ruling.grants.as_slice();
            draft.granted |= &group.actions;
            for id in ids(&group.actions) {
                let reasons = wants.of(id);
                if !grants.is_empty() && !reasons.is_empty() {
                    draft.keep(id, grants, &reasons);
                }
            }
        }
        draft.keep_unmapped(&wants.unmapped);
        let invalid = judgement.actions.iter().rev().map_while(|judged| match judged.action {
            Name::Written(text) => Some((text, judged.verdict)),
            Name::Known(_) => None,
        });
        let invalid = invalid.filter(|(_, verdict)| verdict.is_removable());
        draft.invalid = invalid.map(|(text, _)| text.to_owned()).collect();
        draft
    }

    fn keep(&mut self, id: ActionId, grants: &[Grant<'_>], reasons: &[(Why, Want)]) {
        if grants.iter().any(|grant| self.is_narrowed(grant, reasons)) {
            self.narrowed.insert(id);
        }
        for (why, want) in reasons {
            // By conditions and by what is left out of the resources.
            let mut parts: BTreeMap<Part, (BTreeSet<String>, Place)> = BTreeMap::new();
            for grant in grants {
                let Some((place, version, statement)) = self.statement(grant) else { continue };
                let key = text_of(&statement.conditions, version);
                let (except, found) = match &statement.resources {
                    Some(Resources::Only(_)) => (None, Self::resources(grant, version, want)),
                    Some(Resources::Except(list)) => {
                        let list = list.iter().map(|text| escaped(text, version)).collect();
                        (Some(list), BTreeSet::new())
                    }
                    None => (Some(vec![]), BTreeSet::new()),
                };
                if except.is_none() && found.is_empty() {
                    continue;
                }
                self.shares.entry(place).or_default().add_index(id.index());
                let part = parts.entry((key, except)).or_insert((BTreeSet::new(), place));
                part.0.extend(found);
            }
            for ((conditions, except), (resources, place)) in parts {
                let resources = match except {
                    None => On::Only(without_covered(resources)),
                    Some(list) if list.is_empty() => On::Unsaid,
                    Some(list) => On::Except(list),
                };
                let block = Block { why: *why, conditions, resources };
                let conditions = self.conditions(place);
                let said = self.blocks.entry(block).or_default();
                said.conditions = conditions;
                said.set.add_index(id.index());
            }
        }
    }

    /// Whether nobody wants all of what a grant names.
    fn is_narrowed(&self, grant: &Grant<'_>, reasons: &[(Why, Want)]) -> bool {
        let Some((_, version, statement)) = self.statement(grant) else { return false };
        let whole = escaped(grant.resource, version);
        let wanted =
            |(_, want): &(Why, Want)| Self::resources(grant, version, want).contains(&whole);
        matches!(statement.resources, Some(Resources::Only(_))) && !reasons.iter().any(wanted)
    }

    /// The part of a grant's resource that is wanted.
    fn resources(grant: &Grant<'_>, version: Version, want: &Want) -> BTreeSet<String> {
        match want {
            Want::All => BTreeSet::from([escaped(grant.resource, version)]),
            Want::On(patterns) => {
                patterns.iter().filter_map(|w| meet(grant.resource, version, w)).collect()
            }
        }
    }

    fn statement(&self, grant: &Grant<'_>) -> Option<(Place, Version, &'p Statement)> {
        let origin = grant.origin;
        let at = self.policies.iter().position(|policy| key_of(policy) == origin.policy)?;
        let document = &self.policies.get(at)?.document;
        Some(((at, origin.index), document.version, document.statements.get(origin.index)?))
    }

    fn conditions(&self, (policy, index): Place) -> Vec<Condition> {
        let Some(policy) = self.policies.get(policy) else { return Vec::new() };
        let version = policy.document.version;
        let statement = policy.document.statements.get(index);
        let conditions = statement.map(|statement| statement.conditions.as_slice());
        conditions.unwrap_or_default().iter().map(|c| translated(c, version)).collect()
    }

    /// Of a service with an event that maps to no action the patterns of today stay: what was called
    /// may be an action that the catalogue does not have.
    fn keep_unmapped(&mut self, services: &BTreeSet<&str>) {
        let policies = self.policies;
        for (at, policy) in policies.iter().enumerate() {
            let version = policy.document.version;
            for (index, statement) in policy.document.statements.iter().enumerate() {
                if statement.effect == Effect::Deny {
                    continue;
                }
                let mut patterns = BTreeSet::new();
                for service in services {
                    match of_service(&statement.actions, service) {
                        Some(found) => patterns.extend(found),
                        None => drop(self.whole.insert((at, index))),
                    }
                }
                if patterns.is_empty() {
                    continue;
                }
                let resources = On::of(statement.resources.as_ref(), version);
                let conditions = text_of(&statement.conditions, version);
                let why = Why::KeptUnverifiable;
                let block = Block { why, conditions, resources };
                let conditions = self.conditions((at, index));
                let said = self.blocks.entry(block).or_default();
                said.conditions = conditions;
                said.patterns.extend(patterns);
            }
        }
        self.drop_matched();
    }

    /// Actions that a pattern matches on the same resources need not stand beside it.
    fn drop_matched(&mut self) {
        let wide: Vec<(Block, ActionSet)> = self
            .blocks
            .iter()
            .filter(|(_, said)| !said.patterns.is_empty())
            .map(|(block, said)| {
                (
                    block.clone(),
                    ActionSet::of(&Actions::Only(said.patterns.iter().cloned().collect())),
                )
            })
            .collect();
        for (block, said) in &mut self.blocks {
            let kept = block.why == Why::KeptUnverifiable;
            for (_, matched) in wide.iter().filter(|(wide, _)| kept && wide.reaches(block)) {
                said.set -= matched;
            }
        }
    }

    /// How many of today's actions stay, go, and stay on less than today.
    pub(super) fn counts(&self) -> (usize, usize, usize) {
        let (mut kept, mut whole) = (ActionSet::new(), ActionSet::new());
        for written in self.statements() {
            let set = ActionSet::of(&written.statement.actions);
            kept |= &set;
            if written.why == Why::KeptWhole {
                whole |= &set;
            }
        }
        kept &= &self.granted;
        let stays = |text: &&String| {
            self.whole.iter().filter_map(|place| self.as_it_is(*place)).any(|written| {
                matches!(&written.statement.actions, Actions::Only(list) if list.contains(*text))
            })
        };
        let removed = self.granted.len() - kept.len();
        let invalid = self.invalid.iter().filter(|text| !stays(text)).count();
        let narrowed = self.narrowed.iter().filter(|id| !has(&whole, **id)).count();
        (kept.len(), removed + invalid, narrowed)
    }

    pub(super) fn policies(&self) -> &'p [NamedPolicy] {
        self.policies
    }

    /// The statements that grant, each action written out, in a stable order and with their `Sid`s.
    pub(super) fn statements(&self) -> Vec<Written> {
        let mut all: Vec<Written> = Vec::new();
        for (block, said) in &self.blocks {
            let set = said.set.clone();
            let names = set.iter().map(|action| action.to_string());
            let mut actions: Vec<String> = names.chain(said.patterns.iter().cloned()).collect();
            actions.sort_unstable();
            if actions.is_empty() || self.is_within_whole(block, said) {
                continue;
            }
            let resources = match &block.resources {
                On::Only(list) => Some(Resources::Only(list.iter().cloned().collect())),
                On::Except(list) => Some(Resources::Except(list.clone())),
                On::Unsaid => None,
            };
            let statement = Statement {
                sid: None,
                effect: Effect::Allow,
                principals: None,
                actions: Actions::Only(actions),
                resources,
                conditions: said.conditions.clone(),
            };
            all.push(Written { why: block.why, set, statement });
        }
        all.extend(self.whole.iter().filter_map(|place| self.as_it_is(*place)));
        number(&mut all);
        all
    }

    /// Whether statements that stay as they are grant all that is said of a block.
    fn is_within_whole(&self, block: &Block, said: &Said) -> bool {
        let whole: Vec<Written> =
            self.whole.iter().filter_map(|place| self.as_it_is(*place)).collect();
        let grants = |written: &Written, on: &On| {
            let conditions = text_of(&written.statement.conditions, Version::V2012);
            written.set.covers(&said.set)
                && said.patterns.iter().all(|text| matches_all(&written.statement.actions, text))
                && conditions == block.conditions
                && On::of(written.statement.resources.as_ref(), Version::V2012).reaches(on)
        };
        block.resources.each().iter().all(|on| whole.iter().any(|written| grants(written, on)))
    }

    fn as_it_is(&self, (at, index): Place) -> Option<Written> {
        let document = &self.policies.get(at)?.document;
        let statement = document.statements.get(index)?;
        let statement = renewed(statement, document.version);
        let set = ActionSet::of(&statement.actions);
        Some(Written { why: Why::KeptWhole, set, statement })
    }

    /// By what a statement of today says.
    pub(super) fn order(&self, place: Place) -> impl Ord + use<> {
        self.as_it_is(place).map(|written| order_of(&written.statement))
    }

    pub(super) fn denies(&self) -> &[Statement] {
        &self.denies
    }
}

/// Gives every statement a `Sid` that says why it is there.
fn number(all: &mut [Written]) {
    all.sort_by_cached_key(|written| (written.why, order_of(&written.statement)));
    let mut before: Option<(Why, usize)> = None;
    for written in all {
        let count = match before {
            Some((why, count)) if why == written.why => count + 1,
            _ => 1,
        };
        before = Some((written.why, count));
        let sid = written.why.sid();
        written.statement.sid =
            Some(if count == 1 { sid.to_owned() } else { format!("{sid}{count}") });
    }
}

/// The denials of today, as they are.
fn denies(policies: &[NamedPolicy]) -> Vec<Statement> {
    let mut all: Vec<Statement> = Vec::new();
    for policy in policies {
        let version = policy.document.version;
        for statement in policy.document.statements.iter().filter(|s| s.effect == Effect::Deny) {
            let statement = renewed(statement, version);
            if !all.contains(&statement) {
                all.push(statement);
            }
        }
    }
    all
}
