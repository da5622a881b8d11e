//! `Principal` and `NotPrincipal` for one kind of caller.

use std::collections::BTreeSet;

use iam::{Principal, Principals, Statement};

use super::{Caller, Party, Scope};

/// One way in through a statement's principals.
pub(super) struct Admitted<'a> {
    /// The kind asked about, with the service's name filled in.
    pub(super) caller: Caller<'a>,
    /// The service, where the statement names one.
    pub(super) service: Option<&'a str>,
    /// Whom of that kind; `None` where nobody answers to the name any more.
    pub(super) limit: Option<Scope>,
}

/// The ways in that an `Allow` opens to callers of this kind, read as wide as may be.
pub(super) fn allowed<'a>(statement: &'a Statement, caller: Caller<'_>) -> Vec<Admitted<'a>> {
    let way_in = |limit| match caller {
        Caller::Identity => Admitted { caller: Caller::Identity, service: None, limit },
        Caller::Unsigned => Admitted { caller: Caller::Unsigned, service: None, limit },
        Caller::Service(_) => Admitted { caller: Caller::Service("*"), service: None, limit },
    };
    let Some(Principals::Only(principals)) = &statement.principals else {
        // NotPrincipal lets in all others; a missing Principal shuts out nobody.
        return vec![way_in(Some(Scope::All))];
    };
    let mut found = Vec::new();
    for principal in principals {
        match (principal, caller) {
            (Principal::Anyone, _) => found.push(way_in(Some(Scope::All))),
            (Principal::Aws(name), Caller::Identity) => found.push(way_in(named(name))),
            // Names an account, but not by its id: it may be anybody's.
            (Principal::CanonicalUser(_), Caller::Identity) => found.push(way_in(Some(Scope::All))),
            (Principal::Service(name), Caller::Service(_)) => found.push(Admitted {
                caller: Caller::Service(name),
                service: Some(name),
                limit: Some(Scope::All),
            }),
            // Identities that come through a provider call as the role they assumed.
            _ => {}
        }
    }
    found
}

/// Whom a `Deny` surely shuts out of the callers of this kind.
pub(super) fn denied(statement: &Statement, caller: Caller<'_>) -> Scope {
    let nobody = Scope::Only(BTreeSet::new());
    match (&statement.principals, caller) {
        (None, _) => nobody,
        (Some(Principals::Only(list)), _) if list.contains(&Principal::Anyone) => Scope::All,
        (Some(Principals::Except(list)), _) if list.contains(&Principal::Anyone) => nobody,
        (Some(Principals::Only(list)), Caller::Identity) => {
            Scope::Only(list.iter().filter_map(whole_account).collect())
        }
        (Some(Principals::Except(list)), Caller::Identity) => {
            let mut spared = BTreeSet::new();
            for principal in list {
                match principal {
                    Principal::Aws(name) => match named(name) {
                        Some(Scope::Only(parties)) => spared.extend(parties),
                        Some(_) => return nobody,
                        None => {}
                    },
                    _ => return nobody,
                }
            }
            Scope::Except(spared)
        }
        (Some(Principals::Only(list)), Caller::Service(name)) => {
            let hits = |p: &Principal| matches!(p, Principal::Service(s) if s == "*" || s == name);
            if list.iter().any(hits) { Scope::All } else { nobody }
        }
        (Some(Principals::Except(list)), Caller::Service(name)) => {
            let spares = |p: &Principal| matches!(p, Principal::Service(s) if s == "*" || name == "*" || s == name);
            if list.iter().any(spares) { nobody } else { Scope::All }
        }
        (Some(Principals::Only(_)), Caller::Unsigned) => nobody,
        (Some(Principals::Except(_)), Caller::Unsigned) => Scope::All,
    }
}

/// The account behind `{"AWS": name}`. `None` for the unique id of a deleted identity, which
/// nobody can get again; everybody where the account is not fixed.
fn named(name: &str) -> Option<Scope> {
    let account = if name.contains(':') { model::account_of(name) } else { Some(name) };
    match account {
        Some(id) if model::is_account(id) => Some(only(id)),
        Some(id) if is_unique_id(id) => None,
        // `arn:aws:iam::cloudfront:user/…` and its kin: an account of AWS's own.
        Some(id) if !id.contains(['*', '?', '$']) => Some(only(id)),
        _ => Some(Scope::All),
    }
}

fn whole_account(principal: &Principal) -> Option<Party> {
    let Principal::Aws(name) = principal else { return None };
    let id = name.strip_suffix(":root").map_or(Some(name.as_str()), model_account)?;
    model::is_account(id).then(|| Party::Account(id.to_owned()))
}

/// The account of an ARN whose last part was cut off.
fn model_account(arn: &str) -> Option<&str> {
    arn.rsplit(':').next()
}

fn only(id: &str) -> Scope {
    Scope::Only([Party::Account(id.to_owned())].into())
}

/// `AIDA…`, `AROA…`: what IAM shows in place of an identity that is gone.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>
fn is_unique_id(id: &str) -> bool {
    id.len() >= 16
        && id.starts_with('A')
        && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}
