use iam::Policy;
use serde::{Deserialize, Serialize};

use crate::Fact;

/// The execution role a function names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RoleState {
    /// No such role: every call of the function will fail.
    Missing,
    /// The role as it is.
    Present(std::sync::Arc<Role>),
}

/// A role with everything that decides what it may do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// With path: `arn:aws:iam::111122223333:role/service-role/pay`.
    pub arn: String,
    /// Who may assume it.
    pub trust: Fact<Policy>,
    /// Inline policies and the default versions of attached ones.
    pub policies: Fact<Vec<NamedPolicy>>,
    /// The permissions boundary, if one is set.
    pub boundary: Fact<Option<NamedPolicy>>,
}

/// A policy and where it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedPolicy {
    /// `PolicyName`.
    pub name: String,
    /// Inline, or the ARN of a managed policy.
    pub origin: Origin,
    /// Parsed once, judged many times.
    pub document: Policy,
}

/// Where a policy of a role is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// In the role itself.
    Inline,
    /// A managed policy, by ARN. AWS's own have the account `aws`.
    Managed(String),
}

impl NamedPolicy {
    /// AWS wrote the policy: nobody in the account can narrow it, only replace it.
    pub fn is_aws_managed(&self) -> bool {
        matches!(&self.origin, Origin::Managed(arn) if crate::account_of(arn) == Some("aws"))
    }
}
