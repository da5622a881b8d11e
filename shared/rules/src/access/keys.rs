//! What each condition key says of a caller, by kind.
//!
//! Source: the "Availability" of every key in
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>, and
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html> for the keys of function URLs.

use iam::{Condition, Operator, Version};

use super::{Caller, Party};

/// What a key holds in the requests of one kind of caller.
pub(super) enum Value<'a> {
    /// Nothing, ever.
    Absent,
    /// The same text in every request.
    Text(&'a str),
    /// Who the caller is, or is acting for: nothing he could choose.
    Identity {
        /// Present in every request.
        always: bool,
        /// Whom a value of the condition stands for.
        read: fn(&Fixed<'_>) -> Fixes,
    },
    /// Whatever the caller likes, or the same for friend and stranger.
    Free,
    /// We do not know.
    Unknown,
}

/// A condition's value, with what decides whether it is fixed.
pub(super) struct Fixed<'a> {
    pub(super) text: &'a str,
    pub(super) condition: &'a Condition,
    pub(super) version: Version,
}

/// Whom a condition's value stands for.
pub(super) enum Fixes {
    /// Requests of this party; of all its requests if `whole`.
    Party { party: Party, whole: bool },
    /// Requests of anyone.
    Anyone,
    /// No request there is.
    Nobody,
}

/// What `key` holds when `caller` asks for `action`.
pub(super) fn value<'a>(key: &str, action: &str, caller: Caller<'a>) -> Value<'a> {
    let key = key.to_ascii_lowercase();
    match key.as_str() {
        "aws:principalorgid" | "aws:principalorgpaths" => signed(caller, false, organization),
        "aws:principalaccount" if caller == Caller::Unsigned => Value::Text("anonymous"),
        "aws:principalaccount" => Value::Identity { always: true, read: account },
        "aws:principalarn" => signed(caller, true, arn),
        "aws:userid" => signed(caller, true, unique_id),
        "aws:sourceaccount" | "aws:sourceowner" => serviced(caller, account),
        "aws:sourcearn" => serviced(caller, arn),
        "aws:sourceorgid" | "aws:sourceorgpaths" => serviced(caller, organization),
        "lambda:sourcefunctionarn" => signed(caller, false, arn),
        "lambda:eventsourcetoken" => Value::Identity { always: false, read: token },
        "aws:sourceip" | "aws:vpcsourceip" if !is_service(caller) => {
            Value::Identity { always: key == "aws:sourceip", read: range }
        }
        "aws:sourcevpc" | "aws:sourcevpce" | "aws:sourcevpcarn" if !is_service(caller) => {
            Value::Identity { always: false, read: network }
        }
        "aws:vpceaccount" if !is_service(caller) => {
            Value::Identity { always: false, read: account }
        }
        "aws:vpceorgid" | "aws:vpceorgpaths" if !is_service(caller) => {
            Value::Identity { always: false, read: organization }
        }
        "aws:sourceip" | "aws:vpcsourceip" | "aws:sourcevpc" | "aws:sourcevpce"
        | "aws:sourcevpcarn" | "aws:vpceaccount" | "aws:vpceorgid" | "aws:vpceorgpaths" => {
            Value::Absent
        }
        "aws:principalisawsservice" => match caller {
            Caller::Identity => Value::Text("false"),
            Caller::Service(_) => Value::Text("true"),
            Caller::Unsigned => Value::Absent,
        },
        "aws:principalservicename" | "aws:principalservicenameslist" => match caller {
            Caller::Service("*") => Value::Free,
            Caller::Service(name) => Value::Text(name),
            Caller::Identity | Caller::Unsigned => Value::Absent,
        },
        "aws:securetransport" => Value::Text("true"),
        "lambda:functionurlauthtype" => match (action, caller) {
            ("lambda:InvokeFunctionUrl", Caller::Unsigned) => Value::Text("NONE"),
            ("lambda:InvokeFunctionUrl", _) => Value::Text("AWS_IAM"),
            _ => Value::Absent,
        },
        "lambda:invokedviafunctionurl" => match action {
            "lambda:InvokeFunctionUrl" => Value::Text("true"),
            _ => Value::Absent,
        },
        key if is_free(key) => Value::Free,
        _ => Value::Unknown,
    }
}

/// Keys that a stranger fills as he pleases, or that do not depend on who calls.
fn is_free(key: &str) -> bool {
    key.starts_with("aws:principaltag/")
        || key.starts_with("aws:requesttag/")
        || [
            "aws:calledvia",
            "aws:calledviafirst",
            "aws:calledvialast",
            "aws:federatedprovider",
            "aws:multifactorauthage",
            "aws:multifactorauthpresent",
            "aws:principaltype",
            "aws:referer",
            "aws:requestedregion",
            "aws:sourceidentity",
            "aws:tagkeys",
            "aws:tokenissuetime",
            "aws:useragent",
            "aws:username",
            "aws:viaawsservice",
            // Told by the caller, and no secret: AWS shows it in plain text.
            "sts:externalid",
            "sts:rolesessionname",
            "sts:sourceidentity",
            "sts:transitivetagkeys",
        ]
        .contains(&key)
}

fn is_service(caller: Caller<'_>) -> bool {
    matches!(caller, Caller::Service(_))
}

/// Held by requests that an IAM identity signs. A service has neither organisation nor ARN.
fn signed<'a>(caller: Caller<'_>, always: bool, read: fn(&Fixed<'_>) -> Fixes) -> Value<'a> {
    match caller {
        Caller::Identity => Value::Identity { always, read },
        Caller::Service(_) | Caller::Unsigned => Value::Absent,
    }
}

/// Held by requests of a service, of most services.
fn serviced<'a>(caller: Caller<'_>, read: fn(&Fixed<'_>) -> Fixes) -> Value<'a> {
    match caller {
        Caller::Service(_) => Value::Identity { always: false, read },
        Caller::Identity | Caller::Unsigned => Value::Absent,
    }
}

impl Fixed<'_> {
    /// Whether `part` of the value stands for itself alone: `None` if the operator would compare
    /// a wildcard letter by letter, which no id of AWS's equals.
    fn is_plain(&self, part: &str) -> Option<bool> {
        let has_variable = part.contains("${") && self.version == Version::V2012;
        match (part.contains(['*', '?']), self.reads_wildcards()) {
            _ if has_variable => Some(false),
            (true, true) => Some(false),
            (true, false) => None,
            (false, _) => Some(true),
        }
    }

    fn reads_wildcards(&self) -> bool {
        use Operator::{ArnEquals, ArnLike, ArnNotEquals, ArnNotLike, StringLike, StringNotLike};
        let wild = [StringLike, StringNotLike, ArnEquals, ArnLike, ArnNotEquals, ArnNotLike];
        wild.contains(&self.condition.operator)
    }

    fn reads_arns(&self) -> bool {
        use Operator::{ArnEquals, ArnLike, ArnNotEquals, ArnNotLike};
        [ArnEquals, ArnLike, ArnNotEquals, ArnNotLike].contains(&self.condition.operator)
    }

    /// The party that `part` names.
    fn party(&self, part: &str, whole: bool, make: fn(String) -> Party) -> Fixes {
        match self.is_plain(part) {
            Some(true) if !part.is_empty() => Fixes::Party { party: make(part.to_owned()), whole },
            Some(true) | None => Fixes::Nobody,
            Some(false) => Fixes::Anyone,
        }
    }
}

fn account(value: &Fixed<'_>) -> Fixes {
    value.party(value.text, true, Party::Account)
}

/// An id, or a path that begins with one: `o-a1b2c3/r-f6g7/*`.
fn organization(value: &Fixed<'_>) -> Fixes {
    let (id, path) = value.text.split_once('/').unwrap_or((value.text, "*"));
    value.party(id, path == "*", Party::Organization)
}

/// An ARN fixes its account if it names one. `StringLike` lets a wildcard before it run over the
/// colons, so that a stranger can write the account into a name of his own.
fn arn(value: &Fixed<'_>) -> Fixes {
    let mut fields = value.text.splitn(6, ':');
    let before: Vec<&str> = fields.by_ref().take(4).collect();
    let (Some(account), Some(_)) = (fields.next(), fields.next()) else {
        // `*`, or no ARN at all.
        return match value.is_plain(value.text) {
            Some(false) => Fixes::Anyone,
            Some(true) | None => Fixes::Nobody,
        };
    };
    let spills =
        !value.reads_arns() && before.iter().any(|field| value.is_plain(field) == Some(false));
    if spills || account.is_empty() {
        return Fixes::Anyone;
    }
    value.party(account, false, Party::Account)
}

/// `AROA…:session`: nobody can take over the id.
fn unique_id(value: &Fixed<'_>) -> Fixes {
    let (id, _) = value.text.split_once(':').unwrap_or((value.text, ""));
    value.party(id, false, |_| Party::Named("a fixed user id"))
}

fn token(value: &Fixed<'_>) -> Fixes {
    value.party(value.text, false, |_| Party::Named("a fixed event source token"))
}

fn network(value: &Fixed<'_>) -> Fixes {
    value.party(value.text, true, |_| Party::Named("a fixed VPC or endpoint"))
}

/// A range is anyone's if it is wider than a /8, or a /32 of IPv6: what Amazon S3 calls public.
fn range(value: &Fixed<'_>) -> Fixes {
    let (address, prefix) = value.text.split_once('/').unwrap_or((value.text, ""));
    let is_v6 = address.contains(':');
    let whole = if is_v6 { 128 } else { 32 };
    let length = if prefix.is_empty() { Ok(whole) } else { prefix.parse::<u8>() };
    let named = [Operator::IpAddress, Operator::NotIpAddress].contains(&value.condition.operator);
    match length {
        Ok(length) if named && length >= if is_v6 { 32 } else { 8 } => {
            Fixes::Party { party: Party::Named("a fixed address range"), whole: true }
        }
        _ => Fixes::Anyone,
    }
}
