use iam::catalogue::{self, ActionSet};
use iam::{Actions, Effect, Pattern, Resources, Statement, Variables, Version};
use model::NamedPolicy;

use super::text::{escaped, text_of};

/// Writes the actions of a statement with wildcards where they match nothing else today, and where
/// a statement of today matches whatever they will match tomorrow. `wide`: what this statement and
/// others like it grant together. The patterns that are new.
pub(super) fn compress(
    statement: &mut Statement,
    set: &ActionSet,
    wide: &ActionSet,
    policies: &[NamedPolicy],
) -> Vec<String> {
    let Actions::Only(written) = &mut statement.actions else { return Vec::new() };
    let known = |text: &String| catalogue::action(text).is_some_and(|action| set.contains(action));
    let mut actions: Vec<String> = written.iter().filter(|text| !known(text)).cloned().collect();
    let today = Today::of(policies, statement);
    let mut patterns = Vec::new();
    let mut services: Vec<&str> = set.iter().map(|action| action.service()).collect();
    services.dedup();
    for service in services {
        let all: Vec<&str> =
            catalogue::expand(&format!("{service}:*")).map(|action| action.name()).collect();
        let (names, patterns_of) = (Vec::new(), Vec::new());
        let mut words = Words { service, set, wide, today: &today, names, patterns: patterns_of };
        words.visit("", &all);
        actions.append(&mut words.names);
        actions.extend(words.patterns.iter().cloned());
        patterns.append(&mut words.patterns);
    }
    actions.sort_unstable();
    statement.actions = Actions::Only(actions);
    patterns
}

/// The names of a service's actions, word by word.
struct Words<'w> {
    service: &'w str,
    set: &'w ActionSet,
    wide: &'w ActionSet,
    today: &'w Today<'w>,
    names: Vec<String>,
    patterns: Vec<String>,
}

impl Words<'_> {
    /// `names`: those that begin with `prefix`.
    fn visit(&mut self, prefix: &str, names: &[&str]) {
        let service = self.service;
        let is_in = |set: &ActionSet, name: &str| {
            let action = catalogue::action(&format!("{service}:{name}"));
            action.is_some_and(|action| set.contains(action))
        };
        if !names.iter().any(|name| is_in(self.set, name)) {
            return;
        }
        if let [only] = names {
            return self.names.push(format!("{service}:{only}"));
        }
        if names.iter().all(|name| is_in(self.wide, name)) {
            let pattern = format!("{service}:{prefix}*");
            let mut matched = ActionSet::new();
            matched.add_pattern(&pattern);
            if self.wide.covers(&matched) && self.today.allows(&pattern) {
                return self.patterns.push(pattern);
            }
        }
        let mut rest = names;
        while let Some(first) = rest.first() {
            let next = word_after(first, prefix);
            let same = rest.iter().take_while(|name| word_after(name, prefix) == next).count();
            let (together, after) = rest.split_at(same);
            if next.len() == prefix.len() {
                let named = together.iter().filter(|name| is_in(self.set, name));
                self.names.extend(named.map(|name| format!("{service}:{name}")));
            } else {
                self.visit(next, together);
            }
            rest = after;
        }
    }
}

/// `prefix` and the word that follows it in `name`; `prefix` alone at the end of the name.
fn word_after<'n>(name: &'n str, prefix: &str) -> &'n str {
    let Some(rest) = name.get(prefix.len()..) else { return name };
    let first = rest.chars().next().map_or(0, char::len_utf8);
    let tail = rest.get(first..).unwrap_or_default();
    let end = tail.find(|c: char| c.is_ascii_uppercase()).map_or(rest.len(), |at| first + at);
    name.get(..prefix.len() + end).unwrap_or(name)
}

/// The statements of today that stand behind one of the proposal.
struct Today<'t> {
    allows: Vec<Allow<'t>>,
    statement: &'t Statement,
}

/// A statement of today that grants under the conditions of the proposal's.
struct Allow<'t> {
    version: Version,
    statement: &'t Statement,
    actions: Wide<'t>,
}

/// Actions as far as patterns can be covered by them. A proposal may list ten thousand names, and
/// is asked about as many patterns.
enum Wide<'t> {
    /// Those with a wildcard, each with its service as written.
    Only(Vec<(&'t str, Pattern)>),
    Except(Vec<Pattern>),
}

impl<'t> Today<'t> {
    fn of(policies: &'t [NamedPolicy], statement: &'t Statement) -> Self {
        let conditions = text_of(&statement.conditions, Version::V2012);
        let mut allows = Vec::new();
        for policy in policies {
            let version = policy.document.version;
            let granting = policy.document.statements.iter().filter(|today| {
                today.effect == Effect::Allow && text_of(&today.conditions, version) == conditions
            });
            allows.extend(granting.map(|today| Allow {
                version,
                statement: today,
                actions: Wide::of(&today.actions),
            }));
        }
        Self { allows, statement }
    }

    /// Whether each resource of the statement has one of today that grants the whole pattern, under
    /// the same conditions.
    fn allows(&self, text: &str) -> bool {
        let pattern = Pattern::action(text);
        let service = text.split(':').next().unwrap_or_default();
        let covering: Vec<&Allow<'_>> =
            self.allows.iter().filter(|today| today.actions.cover(service, &pattern)).collect();
        let any = |resource| {
            let of_it =
                |t: &&Allow<'_>| covers_resource(t.statement, t.version, resource, self.statement);
            covering.iter().any(of_it)
        };
        match &self.statement.resources {
            Some(Resources::Only(list)) => list.iter().all(|resource| any(Some(resource))),
            Some(Resources::Except(_)) | None => any(None),
        }
    }
}

impl<'t> Wide<'t> {
    fn of(actions: &'t Actions) -> Self {
        match actions {
            Actions::Only(list) => {
                let wide = list.iter().filter(|text| text.contains(['*', '?']));
                let service = |text: &'t String| text.split(':').next().unwrap_or_default();
                Self::Only(wide.map(|text| (service(text), Pattern::action(text))).collect())
            }
            Actions::Except(list) => {
                Self::Except(list.iter().map(|text| Pattern::action(text)).collect())
            }
        }
    }

    /// `pattern` ends in a `*`, and so no name covers it.
    fn cover(&self, service: &str, pattern: &Pattern) -> bool {
        let is_same =
            |written: &str| written.contains(['*', '?']) || written.eq_ignore_ascii_case(service);
        match self {
            Self::Only(all) => {
                all.iter().any(|(written, mine)| is_same(written) && mine.covers(pattern))
            }
            Self::Except(all) => !all.iter().any(|mine| mine.overlaps(pattern)),
        }
    }
}

/// `None`: the statement's own `NotResource`, to the letter.
fn covers_resource(
    today: &Statement,
    version: Version,
    resource: Option<&str>,
    new: &Statement,
) -> bool {
    match (&today.resources, resource) {
        (Some(Resources::Only(list)), Some(resource)) => list.iter().any(|text| {
            let mine = Pattern::resource(text, version, Variables::Narrowest);
            let wanted = Pattern::resource(resource, Version::V2012, Variables::Widest);
            escaped(text, version) == resource
                || mine.zip(wanted).is_some_and(|(mine, wanted)| mine.covers(&wanted))
        }),
        (Some(Resources::Except(list)), None) => {
            let list = list.iter().map(|text| escaped(text, version)).collect();
            new.resources == Some(Resources::Except(list))
        }
        (None, None) => new.resources.is_none(),
        _ => false,
    }
}
