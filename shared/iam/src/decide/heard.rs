//! Every statement of every layer, asked once.

use super::{Ask, Doubt, Request};
use crate::caller::{allowed, denied};
use crate::condition::{Unresolved, variable};
use crate::layers::{Layer, Named, Origin, Policies, Source};
use crate::pattern::Pattern;
use crate::variables::{Piece, pieces};
use crate::{Actions, Effect, Resources, Statement, Tri, Variables, Version};

/// The statements of one effect that speak of a request.
#[derive(Debug, Default)]
pub(super) struct Heard<'a> {
    pub(super) yes: Vec<Source<'a>>,
    pub(super) maybe: Vec<Doubt<'a>>,
}

/// All that the policies say of a request.
#[derive(Debug, Default)]
pub(super) struct Hearing<'a> {
    pub(super) denials: Heard<'a>,
    /// Of all layers but the resource's.
    allows: Vec<(Layer, Heard<'a>)>,
    any: Heard<'a>,
    role: Heard<'a>,
    directly: Heard<'a>,
}

impl<'a> Heard<'a> {
    pub(super) fn tri(&self) -> Tri {
        match (self.yes.is_empty(), self.maybe.is_empty()) {
            (false, _) => Tri::Yes,
            (true, false) => Tri::Unknown,
            (true, true) => Tri::No,
        }
    }

    fn hear(&mut self, answer: Tri, source: Source<'a>, keys: impl FnOnce() -> Vec<String>) {
        match answer {
            Tri::Yes => self.yes.push(source),
            Tri::Unknown => self.maybe.push(Doubt { source, keys: keys() }),
            Tri::No => {}
        }
    }
}

impl<'a> Hearing<'a> {
    pub(super) fn of(request: &Request<'_>, policies: &Policies<'a>) -> Self {
        let mut hearing = Self::default();
        for (layer, named) in policies.all() {
            if layer != Layer::Resource && hearing.allows.last().is_none_or(|(l, _)| *l != layer) {
                hearing.allows.push((layer, Heard::default()));
            }
            hearing.policy(request, layer, named);
        }
        hearing
    }

    fn policy(&mut self, request: &Request<'_>, layer: Layer, (name, policy): Named<'a>) {
        for (index, statement) in policy.statements.iter().enumerate() {
            let answer = request.is_meant(statement, policy.version);
            if answer == Tri::No {
                continue;
            }
            let source = Source { layer, origin: Origin::new(name, index, statement) };
            let keys = || request.open_keys(statement, policy.version);
            let principals = statement.principals.as_ref().filter(|_| layer == Layer::Resource);
            match (statement.effect, principals) {
                (Effect::Deny, None) => self.denials.hear(answer, source, keys),
                (Effect::Deny, Some(principals)) => {
                    let answer = answer.and(denied(principals, &request.caller));
                    self.denials.hear(answer, source, keys);
                }
                (Effect::Allow, Some(principals)) => {
                    let named = allowed(principals, &request.caller);
                    self.any.hear(answer.and(named.any()), source, keys);
                    self.role.hear(answer.and(named.role.or(named.directly)), source, keys);
                    self.directly.hear(answer.and(named.directly), source, keys);
                }
                // A resource policy that names nobody lets nobody in.
                (Effect::Allow, None) if layer == Layer::Resource => {}
                (Effect::Allow, None) => {
                    if let Some((_, heard)) = self.allows.last_mut() {
                        heard.hear(answer, source, keys);
                    }
                }
            }
        }
    }

    fn heard(&self, ask: &Ask) -> Option<&Heard<'a>> {
        match ask {
            Ask::Layer(layer) => {
                self.allows.iter().find(|(known, _)| known == layer).map(|(_, heard)| heard)
            }
            Ask::NamesAny => Some(&self.any),
            Ask::NamesRole => Some(&self.role),
            Ask::NamesDirectly => Some(&self.directly),
        }
    }

    /// Whether the ask is met.
    pub(super) fn on(&self, ask: &Ask) -> Tri {
        self.heard(ask).map_or(Tri::No, Heard::tri)
    }

    pub(super) fn allows(&self, ask: &Ask) -> Vec<Source<'a>> {
        self.heard(ask).map_or_else(Vec::new, |heard| heard.yes.clone())
    }

    pub(super) fn doubts(&self, ask: &Ask) -> Vec<Doubt<'a>> {
        self.heard(ask).map_or_else(Vec::new, |heard| heard.maybe.clone())
    }
}

impl Request<'_> {
    /// Whether a statement speaks of the request, its principal aside.
    fn is_meant(&self, statement: &Statement, version: Version) -> Tri {
        let named = |list: &[String]| list.iter().any(|a| Pattern::action(a).matches(self.action));
        let action = match &statement.actions {
            Actions::Only(list) => named(list),
            Actions::Except(list) => !named(list),
        };
        if !action {
            return Tri::No;
        }
        let resource = match &statement.resources {
            None => Tri::Yes,
            Some(Resources::Only(list)) => self.is_among(list, version),
            Some(Resources::Except(list)) => !self.is_among(list, version),
        };
        resource.and(crate::condition::hold(&statement.conditions, version, self.context))
    }

    /// Whether the resource matches a pattern. With a variable that the request lacks a pattern
    /// matches nothing, in `NotResource` too.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value>
    fn is_among(&self, patterns: &[String], version: Version) -> Tri {
        let may_match = |text: &str| {
            let widest = Pattern::resource(text, version, Variables::Widest);
            widest.is_none_or(|pattern| pattern.matches(self.resource))
        };
        let one = |text: &String| {
            let value = |key: &str, default: Option<&str>| variable(self.context, key, default);
            match Pattern::resource_with(text, version, value) {
                Ok(pattern) => pattern.matches(self.resource).into(),
                Err(Unresolved::Absent) => Tri::No,
                Err(Unresolved::Unknown) if may_match(text) => Tri::Unknown,
                Err(Unresolved::Unknown) => Tri::No,
            }
        };
        patterns.iter().map(one).fold(Tri::No, Tri::or)
    }

    /// The keys and variables that leave open whether a statement speaks of the request.
    fn open_keys(&self, statement: &Statement, version: Version) -> Vec<String> {
        let open = |c: &&crate::Condition| c.holds(version, self.context) == Tri::Unknown;
        let conditions = statement.conditions.iter().filter(open);
        let mut keys: Vec<String> = conditions.map(|condition| condition.key.clone()).collect();
        let resources: &[String] = match &statement.resources {
            None => &[],
            Some(Resources::Only(list) | Resources::Except(list)) => list,
        };
        for piece in resources.iter().flat_map(|text| pieces(text, version)) {
            if let Piece::Variable { key, default } = piece
                && variable(self.context, key, default).is_err()
                && !keys.iter().any(|known| known == key)
            {
                keys.push(key.to_owned());
            }
        }
        keys
    }
}
