//! The policies that have a say in one request, and where in them a statement stands.

use std::fmt;

use serde::Serialize;

use crate::{Policy, Statement};

/// A policy with a name to report it by.
pub type Named<'a> = (&'a str, &'a Policy);

/// All policies heard about one identity, and about the resource it asks for.
///
/// What is `None` or empty is not heard: the answer is that of the others alone, and unknown where
/// the policy of the resource would have to allow. A resource known to have no policy is given one
/// without statements.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policies<'a> {
    /// Of the role or user, its groups included.
    pub identity: &'a [Named<'a>],
    /// Limits what `identity` grants, and grants nothing.
    pub boundary: Option<Named<'a>>,
    /// Passed when the role was assumed; limit the session, and grant nothing.
    pub session: Option<&'a [Named<'a>]>,
    /// Service control policies, one list for the root, each unit on the way down, and the account.
    /// At each of them one must allow. None apply to the management account, nor to roles that AWS
    /// services made for themselves.
    pub scps: &'a [Vec<Named<'a>>],
    /// Of the resource, or the trust policy of a role that is assumed.
    pub resource: Option<Named<'a>>,
}

/// A kind of policy that has a say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// Of the role or user.
    Identity,
    /// Permissions boundary.
    Boundary,
    /// Session policies.
    Session,
    /// Service control policies, at the place in [`Policies::scps`] counted from 0.
    Scp(usize),
    /// Of the resource.
    Resource,
}

/// Where a statement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Origin<'a> {
    /// The name the policy was given.
    pub policy: &'a str,
    /// From 0.
    pub index: usize,
    /// `Sid`.
    pub sid: Option<&'a str>,
}

/// A statement of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Source<'a> {
    /// Which policies it belongs to.
    pub layer: Layer,
    /// Where it stands in them.
    pub origin: Origin<'a>,
}

impl<'a> Policies<'a> {
    /// Every policy with its layer.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Layer, Named<'a>)> {
        let of = |layer| move |named: &Named<'a>| (layer, *named);
        let session = self.session.unwrap_or_default().iter().map(of(Layer::Session));
        let scps = self.scps.iter().enumerate();
        let scps = scps.flat_map(move |(level, list)| list.iter().map(of(Layer::Scp(level))));
        let identity = self.identity.iter().map(of(Layer::Identity));
        let boundary = self.boundary.map(|named| (Layer::Boundary, named));
        let resource = self.resource.map(|named| (Layer::Resource, named));
        identity.chain(boundary).chain(session).chain(scps).chain(resource)
    }

    /// The layers besides the identity's own that must each allow.
    pub(crate) fn ceilings(&self) -> impl Iterator<Item = Layer> + use<> {
        let boundary = self.boundary.map(|_| Layer::Boundary);
        let session = self.session.map(|_| Layer::Session);
        boundary.into_iter().chain(session).chain((0..self.scps.len()).map(Layer::Scp))
    }
}

impl<'a> Origin<'a> {
    pub(crate) fn new(policy: &'a str, index: usize, statement: &'a Statement) -> Self {
        let sid = statement.sid.as_deref().filter(|sid| !sid.is_empty());
        Self { policy, index, sid }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identity => f.write_str("identity policies"),
            Self::Boundary => f.write_str("permissions boundary"),
            Self::Session => f.write_str("session policies"),
            Self::Scp(level) => write!(f, "service control policies of level {}", level + 1),
            Self::Resource => f.write_str("resource policy"),
        }
    }
}

impl fmt::Display for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sid {
            Some(sid) => write!(f, "`{}`, statement `{sid}`", self.policy),
            None => write!(f, "`{}`, statement {}", self.policy, self.index + 1),
        }
    }
}

impl fmt::Display for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.origin, self.layer)
    }
}
