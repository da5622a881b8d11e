//! Whether one request is allowed, and by what.

mod heard;

use serde::Serialize;

use crate::caller::Caller;
use crate::layers::{Layer, Policies, Source};
use crate::{Context, Tri};

use heard::Hearing;

/// A request as far as it is known.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Who asks.
    pub caller: Caller<'a>,
    /// E.g. `s3:GetObject`.
    pub action: &'a str,
    /// An ARN, or `*` for actions that work on no resource.
    pub resource: &'a str,
    /// Account that owns the resource. `None`: the one its ARN names, or else the caller's.
    pub resource_account: Option<&'a str>,
    /// The condition keys.
    pub context: &'a Context<'a>,
}

/// What IAM answers, and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "decision")]
pub enum Decision<'a> {
    /// Each layer that had to allow does.
    Allowed {
        /// The statements that allow, layer by layer. None: the action needs no permission.
        by: Vec<Source<'a>>,
    },
    /// No `Deny` speaks of it, but some layer does not allow it.
    ImplicitlyDenied {
        /// The layers that would have had to.
        missing: Vec<Layer>,
    },
    /// A `Deny` speaks of it, whatever else allows.
    ExplicitlyDenied {
        /// The statements that deny.
        by: Vec<Source<'a>>,
    },
    /// It depends on what is not known of the request, or on policies that were not heard.
    Unknown {
        /// What would decide.
        why: Vec<Doubt<'a>>,
        /// Layers that would have to allow, and of which nothing is known.
        unheard: Vec<Layer>,
    },
}

/// A statement that may or may not speak of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Doubt<'a> {
    /// The statement.
    pub source: Source<'a>,
    /// The condition keys and variables it turns on, as written. Empty: it turns on who asks, or on
    /// what AWS does not document.
    pub keys: Vec<String>,
}

impl Decision<'_> {
    /// `Allowed`, `ImplicitlyDenied`, `ExplicitlyDenied` or `Unknown`: for people and programs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Allowed { .. } => "Allowed",
            Self::ImplicitlyDenied { .. } => "ImplicitlyDenied",
            Self::ExplicitlyDenied { .. } => "ExplicitlyDenied",
            Self::Unknown { .. } => "Unknown",
        }
    }

    /// Whether IAM lets the request through, for certain.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }
}

/// Allowed whatever the policies say, even where one denies it.
///
/// Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
const NEEDS_NOTHING: [&str; 1] = ["sts:GetCallerIdentity"];

/// Judges a request by all policies that have a say.
///
/// A `Deny` anywhere decides. Otherwise each level of service control policies must allow, and one
/// of these:
/// * the identity policies, within boundary and session policies;
/// * in the same account, a resource policy that names the role, within boundary and session
///   policies;
/// * in the same account, a resource policy that names the user, the role session, or anyone.
///
/// A resource policy that names the account leaves it to the account's identity policies. Where
/// resource and caller are of different accounts, or the resource is a key or a role to assume,
/// the resource policy must allow in any case; without it the answer is never [`Decision::Allowed`].
///
/// Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>,
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>
///
/// ```
/// use iam::{Caller, Keys, Layer, Policies, Policy, Request, decide};
///
/// let text = r#"{"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}"#;
/// let reads = Policy::parse(text).unwrap();
/// let identity = [("reads", &reads)];
/// let policies = Policies { identity: &identity, ..Policies::default() };
/// let caller = Caller::new("arn:aws:iam::111122223333:role/pay");
/// let resource = "arn:aws:s3:::b/k";
/// let keys = Keys::new(&caller, resource);
/// let context = |key: &str| keys.get(key);
/// let request = |action| {
///     Request { caller, action, resource, resource_account: None, context: &context }
/// };
/// assert_eq!(decide(&request("s3:GetObject"), &policies).name(), "Allowed");
/// assert_eq!(decide(&request("s3:PutObject"), &policies).name(), "ImplicitlyDenied");
/// ```
pub fn decide<'a>(request: &Request<'_>, policies: &Policies<'a>) -> Decision<'a> {
    if NEEDS_NOTHING.iter().any(|action| action.eq_ignore_ascii_case(request.action)) {
        return Decision::Allowed { by: vec![] };
    }
    let hearing = Hearing::of(request, policies);
    if !hearing.denials.yes.is_empty() {
        return Decision::ExplicitlyDenied { by: hearing.denials.yes };
    }
    let paths = paths(request, policies);
    let allows = |path: &[Ask]| path.iter().map(|ask| hearing.on(ask)).fold(Tri::Yes, Tri::and);
    let mut best = (Tri::No, &[][..]);
    for path in &paths {
        let answer = allows(path);
        if answer > best.0 {
            best = (answer, path);
        }
    }
    let unheard = unheard(request, policies);
    match (hearing.denials.tri(), best) {
        (_, (Tri::No, _)) => {
            let first = paths.first().map_or(&[][..], Vec::as_slice);
            let mut missing = layers(first.iter().filter(|ask| hearing.on(ask) == Tri::No));
            if policies.resource.is_some() && paths.len() > 1 {
                missing.push(Layer::Resource);
            }
            Decision::ImplicitlyDenied { missing }
        }
        (Tri::No, (Tri::Yes, path)) if unheard.is_empty() => {
            let by = path.iter().flat_map(|ask| hearing.allows(ask)).collect();
            Decision::Allowed { by }
        }
        _ => {
            let open = paths.iter().flatten().filter(|ask| hearing.on(ask) == Tri::Unknown);
            let mut why = hearing.denials.maybe.clone();
            for doubt in open.flat_map(|ask| hearing.doubts(ask)) {
                if !why.contains(&doubt) {
                    why.push(doubt);
                }
            }
            Decision::Unknown { why, unheard }
        }
    }
}

/// What must allow and is not heard: see [`Policies`].
fn unheard(request: &Request<'_>, policies: &Policies<'_>) -> Vec<Layer> {
    let needed = !request.is_within_account() || request.needs_resource_policy();
    let missing = needed && policies.resource.is_none();
    missing.then_some(Layer::Resource).into_iter().collect()
}

/// A layer that must allow, and for the resource policy: whom it must name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    Layer(Layer),
    /// The caller by whatever name.
    NamesAny,
    /// The role or the caller itself.
    NamesRole,
    /// The caller itself, or anyone.
    NamesDirectly,
}

/// The ways to be allowed: all asks of one must be met. The identity's own comes first.
fn paths(request: &Request<'_>, policies: &Policies<'_>) -> Vec<Vec<Ask>> {
    let limits: Vec<Ask> = policies.ceilings().map(Ask::Layer).collect();
    let outer = |ask: &&Ask| matches!(ask, Ask::Layer(Layer::Scp(_)));
    let scps: Vec<Ask> = limits.iter().filter(outer).copied().collect();
    let own = [vec![Ask::Layer(Layer::Identity)], limits.clone()].concat();
    if policies.resource.is_none() {
        return vec![own];
    }
    let named = [own.clone(), vec![Ask::NamesAny]].concat();
    if !request.is_within_account() {
        return vec![named];
    }
    let first = if request.needs_resource_policy() { named } else { own };
    let through_role = [vec![Ask::NamesRole], limits].concat();
    vec![first, through_role, [vec![Ask::NamesDirectly], scps].concat()]
}

fn layers<'i>(asks: impl Iterator<Item = &'i Ask>) -> Vec<Layer> {
    let layer = |ask: &Ask| match ask {
        Ask::Layer(layer) => *layer,
        Ask::NamesAny | Ask::NamesRole | Ask::NamesDirectly => Layer::Resource,
    };
    asks.map(layer).collect()
}

impl Request<'_> {
    /// The policies of keys and of roles to assume must allow even within the account.
    fn needs_resource_policy(&self) -> bool {
        let action = self.action.to_ascii_lowercase();
        let name = self.resource.splitn(6, ':').nth(5).unwrap_or_default();
        let is_key = action.starts_with("kms:") && name.starts_with("key/");
        is_key || action.starts_with("sts:assumerole")
    }

    fn is_within_account(&self) -> bool {
        let named = self.resource.split(':').nth(4).filter(|account| !account.is_empty());
        let owner = self.resource_account.or(named).unwrap_or(self.caller.account());
        // What is AWS's own, such as its managed policies, has no policy that could object.
        owner == self.caller.account() || owner == "aws"
    }
}

#[cfg(test)]
mod tests;
