//! Who may use a function, by its resource policy.
//!
//! Policies are judged without a request at hand, so every question is put for one kind of caller
//! and answered for all callers of that kind at once. `Allow` is read as wide as it may be,
//! `Deny` as narrow, and what cannot be read is [`Reach::Unclear`]: neither public nor safe.
//!
//! * A value fixes an account or organisation only if it has no wildcard and no policy variable
//!   where that is named: nobody chooses his own account id, but anyone may open one more.
//! * A fixed network range, VPC, endpoint, token or unique id counts as chosen by whoever wrote
//!   the policy: narrow enough not to be public, nobody's account.
//! * `Resource` of an `Allow` is taken to be the function that holds the policy. A `Deny` counts
//!   only where it names all that an `Allow` does.
//!
//! Sources: <https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>

mod keys;
mod principals;
mod scope;

use std::collections::BTreeSet;
use std::fmt;

use iam::{Actions, Effect, Pattern, Policy, Resources, Statement};
use model::Organization;

use principals::Admitted;
use scope::Scope;

/// The kind of caller a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller<'a> {
    /// An IAM identity that signs its request.
    Identity,
    /// An AWS service that acts for one of its customers, by principal; `*` is any.
    Service(&'a str),
    /// Anyone with a browser, at a function URL whose `AuthType` is `NONE`.
    Unsigned,
}

/// Someone a policy names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Party {
    /// Account id.
    Account(String),
    /// `o-…`
    Organization(String),
    /// A network, token or unique id, in words.
    Named(&'static str),
}

/// Whom a policy need not fear.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trust<'a> {
    /// The function's own account.
    pub(crate) account: &'a str,
    /// What the baseline says of the others.
    pub(crate) organization: &'a Organization,
}

/// How far an `Allow` reaches, less what a `Deny` surely takes away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The own account, the organisation, trusted accounts, or a fixed network or token.
    Trusted,
    /// Someone outside, by name.
    Outside(BTreeSet<Party>),
    /// Anyone of this kind of caller.
    Anyone,
    /// Cannot be told, and why.
    Unclear(String),
}

/// One principal of one `Allow` statement, and how far it reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant<'a> {
    /// As asked, with the name of the service filled in.
    pub(crate) caller: Caller<'a>,
    /// The `Sid` in backticks, or the position counted from 1.
    pub(crate) statement: String,
    /// The service, where the statement names one.
    pub(crate) service: Option<&'a str>,
    /// Whom it lets in.
    pub(crate) reach: Reach,
}

/// Every grant of `action` that `policy` makes to callers of the kind of `caller`, in document
/// order; grants that are wholly denied are left out. The name in [`Caller::Service`] is not
/// looked at: each grant bears its own.
pub(crate) fn grants<'a>(
    policy: &'a Policy,
    action: &str,
    caller: Caller<'_>,
    trust: &Trust<'_>,
) -> Vec<Grant<'a>> {
    let mut found = Vec::new();
    for (index, allow) in policy.statements.iter().enumerate() {
        if allow.effect != Effect::Allow || !speaks_of(&allow.actions, action) {
            continue;
        }
        for admitted in principals::allowed(allow, caller) {
            let ask = Ask { policy, action, caller: admitted.caller };
            let Some(limit) = admitted.limit else { continue };
            let reach = ask.reach(allow, limit, trust);
            if let Some(reach) = reach {
                let statement = label(allow, index);
                let Admitted { caller, service, .. } = admitted;
                found.push(Grant { caller, statement, service, reach });
            }
        }
    }
    found
}

impl Grant<'_> {
    /// A service comes in through a statement that names none: who was told that the statement
    /// lets in others need not be told of services.
    pub(crate) fn is_by_the_way(&self) -> bool {
        self.service.is_none() && matches!(self.caller, Caller::Service(_))
    }
}

/// The statement as evidence names it: "statement `AllowAll`", or "statement 2".
pub(crate) fn label(statement: &Statement, index: usize) -> String {
    match statement.sid.as_deref().filter(|sid| !sid.is_empty()) {
        Some(sid) => format!("statement `{sid}`"),
        None => format!("statement {}", index + 1),
    }
}

/// Whether `actions` include `action`.
pub(crate) fn speaks_of(actions: &Actions, action: &str) -> bool {
    let named = |patterns: &[String]| patterns.iter().any(|p| Pattern::action(p).matches(action));
    match actions {
        Actions::Only(patterns) => named(patterns),
        Actions::Except(patterns) => !named(patterns),
    }
}

impl Trust<'_> {
    /// `None` where the baseline does not say.
    fn covers(&self, party: &Party) -> Option<bool> {
        let organization = self.organization;
        match party {
            Party::Account(id) => Some(
                id == self.account
                    || organization.accounts.contains(id)
                    || organization.trusted_accounts.contains(id),
            ),
            Party::Organization(id) => organization.id.as_ref().map(|ours| ours == id),
            Party::Named(_) => Some(true),
        }
    }

    /// The account is our own, our organisation's or trusted by the baseline.
    pub(crate) fn account(&self, id: &str) -> bool {
        self.covers(&Party::Account(id.to_owned())) == Some(true)
    }
}

/// One question to a policy.
struct Ask<'a> {
    policy: &'a Policy,
    action: &'a str,
    caller: Caller<'a>,
}

impl Ask<'_> {
    /// How far `allow` reaches for a principal already held to `limit`; `None` is nobody.
    fn reach(&self, allow: &Statement, limit: Scope, trust: &Trust<'_>) -> Option<Reach> {
        let (mut limits, mut doubts) = (vec![limit], Vec::new());
        for condition in &allow.conditions {
            match scope::widest(condition, self.policy.version, self.action, self.caller) {
                Ok(scope) => limits.push(scope),
                Err(doubt) => doubts.push(doubt),
            }
        }
        let (mut denied, mut maybe_denied) = (Vec::new(), Vec::new());
        for deny in self.denials(allow) {
            let (scopes, doubts) = self.narrowest(deny);
            match (scope::spared(&scopes), doubts.first()) {
                (Some(spared), None) => limits.push(Scope::Only(spared)),
                (None, None) => denied.push(scopes),
                (_, Some(_)) => maybe_denied.push((scopes, doubts.join("; "))),
            }
        }
        let mut outside = match strangers(limits, trust)? {
            Strangers::None => return Some(Reach::Trusted),
            Strangers::All if !doubts.is_empty() => {
                return Some(Reach::Unclear(doubts.join("; ")));
            }
            Strangers::All => None,
            Strangers::Some(parties) => Some(parties),
        };
        if let Some(parties) = &mut outside {
            parties.retain(|party| !denied.iter().any(|scopes| has(scopes, party, trust)));
            if parties.is_empty() {
                return None;
            }
        }
        let taken_away = |scopes: &[Scope]| match &outside {
            None => scope::spared(scopes).is_some(),
            Some(parties) => parties.iter().all(|party| has(scopes, party, trust)),
        };
        if let Some((_, why)) = maybe_denied.iter().find(|(scopes, _)| taken_away(scopes)) {
            return Some(Reach::Unclear(format!("a Deny may take it away: {why}")));
        }
        let Some(parties) = outside else { return Some(Reach::Anyone) };
        let unnamed = parties.iter().find(|party| trust.covers(party).is_none());
        Some(match unnamed {
            Some(party) => Reach::Unclear(format!(
                "{party} may be ours: the baseline sets no `organization.id`"
            )),
            None => Reach::Outside(parties),
        })
    }

    /// The scopes a Deny surely has, all of which must hold, and the conditions not understood.
    fn narrowest(&self, deny: &Statement) -> (Vec<Scope>, Vec<String>) {
        let mut scopes = vec![principals::denied(deny, self.caller)];
        let mut doubts = Vec::new();
        for condition in &deny.conditions {
            match scope::narrowest(condition, self.policy.version, self.action, self.caller) {
                Ok(scope) => scopes.push(scope),
                Err(doubt) => doubts.push(doubt),
            }
        }
        (scopes, doubts)
    }

    /// The Deny statements that speak of the action on all that `allow` names.
    fn denials(&self, allow: &Statement) -> impl Iterator<Item = &Statement> {
        let statements = self.policy.statements.iter();
        statements.filter(move |deny| {
            deny.effect == Effect::Deny
                && speaks_of(&deny.actions, self.action)
                && names_all_of(deny.resources.as_ref(), allow.resources.as_ref())
        })
    }
}

/// The callers within every limit that nobody vouches for.
enum Strangers {
    None,
    Some(BTreeSet<Party>),
    All,
}

/// `None` where the limits leave nobody at all.
fn strangers(limits: Vec<Scope>, trust: &Trust<'_>) -> Option<Strangers> {
    let mut left = Strangers::All;
    for limit in limits {
        let Scope::Only(parties) = limit else { continue };
        if parties.is_empty() {
            return None;
        }
        let strangers: BTreeSet<_> =
            parties.into_iter().filter(|party| trust.covers(party) != Some(true)).collect();
        left = match left {
            Strangers::None => Strangers::None,
            _ if strangers.is_empty() => Strangers::None,
            Strangers::Some(fewer) if fewer.len() <= strangers.len() => Strangers::Some(fewer),
            Strangers::Some(_) | Strangers::All => Strangers::Some(strangers),
        };
    }
    Some(left)
}

fn has(scopes: &[Scope], party: &Party, trust: &Trust<'_>) -> bool {
    scopes.iter().all(|scope| scope.surely_has(party, trust))
}

/// Whether a Deny on `deny` leaves nothing of an Allow on `allow`.
fn names_all_of(deny: Option<&Resources>, allow: Option<&Resources>) -> bool {
    let (Some(Resources::Only(deny)), Some(Resources::Only(allow))) = (deny, allow) else {
        return deny.is_none();
    };
    let covered = |narrow: &String| {
        deny.iter().any(|wide| Pattern::text(wide).covers(&Pattern::text(narrow)))
    };
    allow.iter().all(covered)
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(id) => write!(f, "account `{id}`"),
            Self::Organization(id) => write!(f, "organisation `{id}`"),
            Self::Named(what) => f.write_str(what),
        }
    }
}

#[cfg(test)]
mod tests;
