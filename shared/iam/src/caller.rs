//! Who asks, and which condition keys follow from that.

use std::collections::BTreeMap;

use crate::{Key, Principal, Principals, Tri};

/// The identity that makes a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller<'a> {
    /// Of a role or user, with path: `arn:aws:iam::111122223333:role/service-role/pay`.
    pub arn: &'a str,
    /// Name of the role session. `None`: not known, or a user.
    pub session: Option<&'a str>,
    /// `AROA…` or `AIDA…`. `None`: not known.
    pub id: Option<&'a str>,
}

impl<'a> Caller<'a> {
    /// An identity of which nothing but the ARN is known.
    pub fn new(arn: &'a str) -> Self {
        Self { arn, session: None, id: None }
    }

    /// The twelve digits; empty if `arn` is none.
    pub fn account(&self) -> &'a str {
        self.field(4)
    }

    /// Whether it is a role, and so a session of one.
    pub fn is_role(&self) -> bool {
        self.field(5).starts_with("role/")
    }

    fn field(&self, index: usize) -> &'a str {
        self.arn.splitn(6, ':').nth(index).unwrap_or_default()
    }

    /// Without the path, which session ARNs lack.
    fn name(&self) -> &'a str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }
}

/// Whom a principal names, for one caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// The user, the role session, or anyone at all.
    pub(crate) directly: Tri,
    /// The role whose session asks.
    pub(crate) role: Tri,
    /// The account.
    pub(crate) account: Tri,
}

impl Named {
    const NOBODY: Self = Self { directly: Tri::No, role: Tri::No, account: Tri::No };

    pub(crate) fn any(self) -> Tri {
        self.directly.or(self.role).or(self.account)
    }

    fn or(self, other: Self) -> Self {
        Self {
            directly: self.directly.or(other.directly),
            role: self.role.or(other.role),
            account: self.account.or(other.account),
        }
    }
}

/// Whom of a caller's names an `Allow` speaks of.
///
/// `NotPrincipal` lets in everyone it does not list, as `*` would.
pub(crate) fn allowed(principals: &Principals, caller: &Caller<'_>) -> Named {
    match principals {
        Principals::Only(list) => listed(list, caller),
        Principals::Except(list) => {
            Named { directly: !listed(list, caller).any(), ..Named::NOBODY }
        }
    }
}

/// Whether a `Deny` speaks of a caller.
///
/// `NotPrincipal` spares only whom it lists by every name: the account, the role and the session.
/// Of those listed by some names AWS says that they "might" be denied: [`Tri::Unknown`].
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>
pub(crate) fn denied(principals: &Principals, caller: &Caller<'_>) -> Tri {
    match principals {
        Principals::Only(list) => listed(list, caller).any(),
        Principals::Except(list) if list.contains(&Principal::Anyone) => Tri::No,
        Principals::Except(list) => {
            let named = listed(list, caller);
            let role = if caller.is_role() { named.role } else { Tri::Yes };
            let fully = named.directly.and(role).and(named.account);
            (!fully).or_else(!named.any())
        }
    }
}

fn listed(list: &[Principal], caller: &Caller<'_>) -> Named {
    list.iter().map(|principal| named(principal, caller)).fold(Named::NOBODY, Named::or)
}

fn named(principal: &Principal, caller: &Caller<'_>) -> Named {
    match principal {
        Principal::Anyone => Named { directly: Tri::Yes, ..Named::NOBODY },
        Principal::Aws(name) => aws(name, caller),
        Principal::Service(_) | Principal::Federated(_) => Named::NOBODY,
        // An account by another name, which nothing here knows.
        Principal::CanonicalUser(_) => Named { account: Tri::Unknown, ..Named::NOBODY },
    }
}

fn aws(name: &str, caller: &Caller<'_>) -> Named {
    let itself = |known: Tri| match caller.is_role() {
        true => Named { role: known, ..Named::NOBODY },
        false => Named { directly: known, ..Named::NOBODY },
    };
    let fields: Vec<&str> = name.splitn(6, ':').collect();
    let ["arn", partition, service, "", account, rest] = fields.as_slice() else {
        let same = Tri::from(name == caller.account());
        return match caller.id {
            Some(id) if id == name => itself(Tri::Yes),
            None if is_unique_id(name) => itself(Tri::Unknown),
            _ => Named { account: same, ..Named::NOBODY },
        };
    };
    if (*partition, *account) != (caller.field(1), caller.account()) {
        return Named::NOBODY;
    }
    match (*service, *rest) {
        ("iam", "root") => Named { account: Tri::Yes, ..Named::NOBODY },
        ("iam", _) => itself((name == caller.arn).into()),
        ("sts", rest) if caller.is_role() => {
            let session = rest.strip_prefix("assumed-role/").and_then(|rest| rest.split_once('/'));
            let same = session.filter(|(role, _)| *role == caller.name()).map(|(_, wanted)| {
                caller.session.map_or(Tri::Unknown, |session| (session == wanted).into())
            });
            Named { directly: same.unwrap_or(Tri::No), ..Named::NOBODY }
        }
        _ => Named::NOBODY,
    }
}

fn is_unique_id(name: &str) -> bool {
    name.starts_with("AROA") || name.starts_with("AIDA")
}

/// The condition keys of one request: what follows from who asks for what, and what was told.
///
/// ```
/// use iam::{Caller, Key, Keys};
///
/// let role = Caller::new("arn:aws:iam::111122223333:role/pay");
/// let keys = Keys::new(&role, "arn:aws:sqs:eu-west-1:111122223333:q").with("team", "red");
/// assert_eq!(keys.get("AWS:PrincipalAccount"), Key::value("111122223333"));
/// assert_eq!(keys.get("aws:RequestedRegion"), Key::value("eu-west-1"));
/// assert_eq!(keys.get("Team"), Key::value("red"));
/// assert_eq!(keys.get("aws:SourceIp"), Key::Absent);
/// assert_eq!(keys.unsaid(Key::Unknown).get("aws:SourceIp"), Key::Unknown);
/// ```
#[derive(Clone, Debug)]
pub struct Keys {
    /// By name in lower case.
    known: BTreeMap<String, Key>,
    unsaid: Key,
}

impl Keys {
    /// What follows from the caller and the ARN of the resource. A key that nobody speaks of is
    /// absent, as it is for IAM's own simulator.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
    pub fn new(caller: &Caller<'_>, resource: &str) -> Self {
        let mut keys = Self { known: BTreeMap::new(), unsaid: Key::Absent };
        let kind = if caller.is_role() { "AssumedRole" } else { "User" };
        let mut user_id = caller.id.map(str::to_owned);
        if caller.is_role() {
            user_id = user_id.zip(caller.session).map(|(id, session)| format!("{id}:{session}"));
            keys.set("aws:username", Key::Absent);
        } else {
            keys.set("aws:username", Key::value(caller.name()));
        }
        keys.set("aws:userid", user_id.map_or(Key::Present, Key::value));
        keys.set("aws:PrincipalArn", Key::value(caller.arn));
        keys.set("aws:PrincipalAccount", Key::value(caller.account()));
        keys.set("aws:PrincipalType", Key::value(kind));
        keys.set("aws:PrincipalIsAWSService", Key::value("false"));
        let fields: Vec<&str> = resource.splitn(6, ':').collect();
        if let ["arn", _, _, region, account, _] = fields.as_slice() {
            let named = |text: &&&str| !text.is_empty() && !text.contains(['*', '?']);
            let mut set = |key, text: &&str| {
                if let Some(text) = Some(text).filter(named) {
                    keys.set(key, Key::value(*text));
                }
            };
            set("aws:RequestedRegion", region);
            set("aws:ResourceAccount", account);
        }
        keys
    }

    /// A key with one value, whatever else would follow from caller and resource.
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.set(key, Key::value(value));
        self
    }

    /// As [`Keys::with`], with any number of pairs; a key named twice has both values.
    #[must_use]
    pub fn with_all<'k>(mut self, pairs: impl IntoIterator<Item = (&'k str, &'k str)>) -> Self {
        let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (key, value) in pairs {
            told.entry(key.to_ascii_lowercase()).or_default().push(value.to_owned());
        }
        self.known.extend(told.into_iter().map(|(key, values)| (key, Key::Values(values))));
        self
    }

    /// What is known of every key that nobody speaks of: [`Key::Absent`] or [`Key::Unknown`].
    #[must_use]
    pub fn unsaid(mut self, unsaid: Key) -> Self {
        self.unsaid = unsaid;
        self
    }

    /// What is known of a key, whatever its case. As a [`crate::Context`]: `&|key| keys.get(key)`.
    pub fn get(&self, key: &str) -> Key {
        self.known.get(&key.to_ascii_lowercase()).unwrap_or(&self.unsaid).clone()
    }

    fn set(&mut self, key: &str, value: Key) {
        self.known.insert(key.to_ascii_lowercase(), value);
    }
}
