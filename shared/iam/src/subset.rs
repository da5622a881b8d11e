//! Whether policies allow nothing that others do not.

use crate::layers::{Named, Origin};
use crate::{Actions, Condition, Effect, Pattern, Resources, Statement, Variables, Version};

/// What new policies may allow that the old ones do not, or what could not be proved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{statement} may allow `{action}` on `{resource}` where the old policies do not: {why}")]
pub struct Widening {
    /// The new statement, as [`Origin`] shows it.
    pub statement: String,
    /// As written; `*` for all but the `NotAction`.
    pub action: String,
    /// As written; `*` for all but the `NotResource`.
    pub resource: String,
    /// In words.
    pub why: String,
}

/// Proves that whatever `new` allows, on whatever resource, under whatever conditions, `old`
/// allows; of actions that AWS will only release, too.
///
/// Every pair of an action pattern and a resource pattern that is newly allowed must be covered by
/// one old statement whose conditions follow from those of the new one, and every old denial must
/// either miss the pair or still stand. Sound and not complete: an error does not prove the
/// opposite.
///
/// # Errors
///
/// The first pair of which that cannot be proved.
///
/// ```
/// use iam::{Policy, subset};
///
/// let policy = |action: &str| {
///     Policy::parse(&format!(r#"{{"Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}"#))
///         .unwrap()
/// };
/// let (wide, narrow) = (policy("s3:Get*"), policy("s3:GetObject"));
/// assert!(subset(&[("new", &narrow)], &[("old", &wide)]).is_ok());
/// assert_eq!(subset(&[("new", &wide)], &[("old", &narrow)]).unwrap_err().action, "s3:Get*");
/// ```
pub fn subset(new: &[Named<'_>], old: &[Named<'_>]) -> Result<(), Widening> {
    let (new, old) = (read(new), read(old));
    let effect = |effect| move |side: &&Side<'_>| side.statement.effect == effect;
    for allow in new.iter().filter(effect(Effect::Allow)) {
        for pair in allow.pairs() {
            let mut allowed = old.iter().filter(effect(Effect::Allow));
            if !allowed.any(|old| old.covers(&pair) && old.follows_from(allow)) {
                return Err(pair.widening("no statement of them covers it"));
            }
            for deny in old.iter().filter(effect(Effect::Deny)) {
                let mut denials = new.iter().filter(effect(Effect::Deny));
                let still = |new: &Side<'_>| deny.is_kept_by(new, &pair);
                if deny.touches(&pair) && !denials.any(still) {
                    return Err(pair.widening(&format!("the denial of {} is lost", deny.origin)));
                }
            }
        }
    }
    Ok(())
}

/// A statement with its patterns compiled.
struct Side<'a> {
    origin: Origin<'a>,
    statement: &'a Statement,
    version: Version,
    actions: Vec<Pattern>,
    resources: Vec<Written<'a>>,
}

/// A resource pattern with and without its variables.
struct Written<'a> {
    text: &'a str,
    version: Version,
    widest: Pattern,
    narrowest: Option<Pattern>,
}

/// An action pattern of a statement on one of its resource patterns; `None` is everything that the
/// statement's negation leaves.
struct Pair<'s, 'a> {
    side: &'s Side<'a>,
    action: Option<(&'s str, &'s Pattern)>,
    resource: Option<&'s Written<'a>>,
}

fn read<'a>(policies: &[Named<'a>]) -> Vec<Side<'a>> {
    let of = |(name, policy): &Named<'a>| {
        let (name, policy) = (*name, *policy);
        let statements = policy.statements.iter().enumerate();
        statements.map(move |(index, statement)| {
            Side::new(Origin::new(name, index, statement), statement, policy.version)
        })
    };
    policies.iter().flat_map(of).collect()
}

impl<'a> Side<'a> {
    fn new(origin: Origin<'a>, statement: &'a Statement, version: Version) -> Self {
        let (Actions::Only(actions) | Actions::Except(actions)) = &statement.actions;
        let resources: &'a [String] = match &statement.resources {
            None => &[],
            Some(Resources::Only(list) | Resources::Except(list)) => list,
        };
        Self {
            origin,
            statement,
            version,
            actions: actions.iter().map(|text| Pattern::action(text)).collect(),
            resources: resources.iter().map(|text| Written::new(text, version)).collect(),
        }
    }

    /// All that the statement speaks of.
    fn pairs(&self) -> Vec<Pair<'_, 'a>> {
        let actions: Vec<_> = match &self.statement.actions {
            Actions::Only(list) => {
                list.iter().map(String::as_str).zip(&self.actions).map(Some).collect()
            }
            Actions::Except(_) => vec![None],
        };
        let resources: Vec<_> = match &self.statement.resources {
            Some(Resources::Only(_)) => self.resources.iter().map(Some).collect(),
            Some(Resources::Except(_)) | None => vec![None],
        };
        let pairs = actions.iter().flat_map(|action| {
            resources.iter().map(|resource| Pair {
                side: self,
                action: *action,
                resource: *resource,
            })
        });
        pairs.collect()
    }

    /// Whether the statement speaks of the whole pair, its conditions aside.
    fn covers(&self, pair: &Pair<'_, '_>) -> bool {
        self.covers_actions(pair) && self.covers_resources(pair)
    }

    fn covers_actions(&self, pair: &Pair<'_, '_>) -> bool {
        match (&self.statement.actions, pair.action) {
            (Actions::Only(_), Some((_, wanted))) => self.actions.iter().any(|p| p.covers(wanted)),
            (Actions::Only(_), None) => self.actions.iter().any(Pattern::is_universal),
            (Actions::Except(_), Some((_, wanted))) => {
                !self.actions.iter().any(|p| p.overlaps(wanted))
            }
            (Actions::Except(_), None) => {
                let excepted =
                    |p: &Pattern| pair.side.actions.iter().any(|theirs| theirs.covers(p));
                self.actions.iter().all(excepted)
            }
        }
    }

    fn covers_resources(&self, pair: &Pair<'_, '_>) -> bool {
        match (&self.statement.resources, pair.resource) {
            (None, _) => true,
            (Some(Resources::Only(_)), Some(wanted)) => {
                self.resources.iter().any(|mine| mine.covers(wanted))
            }
            (Some(Resources::Only(_)), None) => {
                self.resources.iter().any(|mine| mine.widest.is_universal() && mine.is_plain())
            }
            (Some(Resources::Except(_)), Some(wanted)) => {
                !self.resources.iter().any(|mine| mine.widest.overlaps(&wanted.widest))
            }
            (Some(Resources::Except(_)), None) => {
                let theirs = &pair.side.resources;
                let excepted = |mine: &Written<'_>| theirs.iter().any(|t| t.covers(mine));
                pair.side.statement.resources.is_some() && self.resources.iter().all(excepted)
            }
        }
    }

    /// Whether the statement may speak of some of the pair.
    fn touches(&self, pair: &Pair<'_, '_>) -> bool {
        let actions = match (&self.statement.actions, pair.action) {
            (Actions::Only(_), Some((_, wanted))) => {
                self.actions.iter().any(|p| p.overlaps(wanted))
            }
            (Actions::Only(_), None) => {
                let excepted =
                    |p: &Pattern| pair.side.actions.iter().any(|theirs| theirs.covers(p));
                !self.actions.iter().all(excepted)
            }
            (Actions::Except(_), Some((_, wanted))) => {
                !self.actions.iter().any(|p| p.covers(wanted))
            }
            (Actions::Except(_), None) => true,
        };
        actions && self.touches_resources(pair)
    }

    fn touches_resources(&self, pair: &Pair<'_, '_>) -> bool {
        match (&self.statement.resources, pair.resource) {
            (None, _) => true,
            (Some(Resources::Only(_)), Some(wanted)) => {
                self.resources.iter().any(|mine| mine.widest.overlaps(&wanted.widest))
            }
            (Some(Resources::Only(_)), None) => {
                let theirs = &pair.side.resources;
                let excepted = |mine: &Written<'_>| theirs.iter().any(|t| t.covers(mine));
                pair.side.statement.resources.is_none() || !self.resources.iter().all(excepted)
            }
            (Some(Resources::Except(_)), Some(wanted)) => {
                !self.resources.iter().any(|mine| mine.covers(wanted))
            }
            (Some(Resources::Except(_)), None) => true,
        }
    }

    /// Whether `new` denies all of the pair that this old denial does.
    fn is_kept_by(&self, new: &Side<'_>, pair: &Pair<'_, '_>) -> bool {
        let mine = self.pairs();
        // What is denied of the pair is within the pair, and within one of the old denial's own.
        let kept = |old: &Pair<'_, '_>| {
            (new.covers_actions(pair) || new.covers_actions(old))
                && (new.covers_resources(pair) || new.covers_resources(old))
        };
        new.follows_from(self) && mine.iter().all(kept)
    }

    /// Whether the conditions hold wherever those of `other` do.
    fn follows_from(&self, other: &Side<'_>) -> bool {
        let same_language = self.version == other.version;
        let plain = |condition: &Condition| !condition.values.iter().any(|v| v.contains("${"));
        self.statement.conditions.iter().all(|wanted| {
            let known = |held: &&Condition| same_language || plain(wanted) && plain(held);
            other.statement.conditions.iter().filter(known).any(|held| follows(wanted, held))
        })
    }
}

/// Whether `wanted` holds wherever `held` does.
fn follows(wanted: &Condition, held: &Condition) -> bool {
    let same = (wanted.set, wanted.operator) == (held.set, held.operator)
        && wanted.key.eq_ignore_ascii_case(&held.key)
        && (wanted.if_exists || !held.if_exists);
    let within = |few: &[String], many: &[String]| few.iter().all(|value| many.contains(value));
    let (narrow, wide) = (&held.values, &wanted.values);
    let listed =
        if wanted.operator.is_negated() { within(wide, narrow) } else { within(narrow, wide) };
    // AWS does not say how a condition without values is read.
    let empty = narrow.is_empty() || wide.is_empty();
    same && if empty { narrow == wide } else { listed }
}

impl<'a> Written<'a> {
    fn new(text: &'a str, version: Version) -> Self {
        let read = |variables| Pattern::resource(text, version, variables);
        let widest = read(Variables::Widest).unwrap_or_else(|| Pattern::text("*"));
        Self { text, version, widest, narrowest: read(Variables::Narrowest) }
    }

    /// Without variables.
    fn is_plain(&self) -> bool {
        self.narrowest.is_some()
    }

    /// A pattern with variables covers itself: they have one value in one request.
    fn covers(&self, other: &Written<'_>) -> bool {
        let plain = self.narrowest.as_ref().is_some_and(|mine| mine.covers(&other.widest));
        plain || (self.text, self.version) == (other.text, other.version)
    }
}

impl Pair<'_, '_> {
    fn widening(&self, why: &str) -> Widening {
        Widening {
            statement: self.side.origin.to_string(),
            action: self.action.map_or("*", |(text, _)| text).to_owned(),
            resource: self.resource.map_or("*", |written| written.text).to_owned(),
            why: why.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
