use std::collections::BTreeSet;

use iam::Policy;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Fact, FunctionArn};

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
    /// `RoleId` (`AROA…`), which a role made again under the same name does not share. `None`: not
    /// told.
    #[serde(default)]
    pub id: Option<String>,
    /// When it was made. `None`: not told.
    #[serde(default)]
    pub created: Option<Timestamp>,
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
    /// When this document took effect: `CreateDate` of the default version. `None`: not told, as
    /// for every inline policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<Timestamp>,
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
    /// Name and document, as [`iam`] takes them.
    pub fn named(&self) -> iam::Named<'_> {
        (&self.name, &self.document)
    }

    /// AWS wrote the policy: nobody in the account can narrow it, only replace it.
    pub fn is_aws_managed(&self) -> bool {
        matches!(&self.origin, Origin::Managed(arn) if crate::account_of(arn) == Some("aws"))
    }
}

/// A function of a role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleUser {
    /// Unqualified.
    pub arn: FunctionArn,
    /// What makes Lambda itself use the role.
    pub needs: Fact<Needs>,
}

/// The configuration of one function as far as it makes Lambda itself act with the role.
///
/// Covers `$LATEST`, every published version and every alias: a flag is set if any of them needs it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    /// `LoggingConfig.LogGroup`, `/aws/lambda/<name>` unless set.
    pub log_groups: BTreeSet<String>,
    /// Attached to a VPC.
    #[serde(default)]
    pub vpc: bool,
    /// `TracingConfig.Mode` is `Active`.
    #[serde(default)]
    pub tracing: bool,
    /// Layer version ARNs; extensions of AWS's own use the role too.
    #[serde(default)]
    pub layers: BTreeSet<String>,
    /// `FileSystemConfigs`: ARNs of EFS access points, and of S3 Files.
    #[serde(default)]
    pub file_systems: BTreeSet<String>,
    /// Queue or topic of `DeadLetterConfig`.
    #[serde(default)]
    pub dead_letters: BTreeSet<String>,
    /// `DurableConfig` is set.
    #[serde(default)]
    pub durable: bool,
    /// Queues, topics, buses, functions and buckets of asynchronous invocation.
    pub destinations: Fact<BTreeSet<String>>,
    /// Event source mappings, switched off or not.
    pub sources: Fact<Vec<EventSource>>,
}

/// An event source mapping as far as it makes Lambda's pollers use the role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventSource {
    /// Queue, stream, cluster or broker; `None` for self-managed Kafka.
    pub arn: Option<String>,
    /// `DestinationConfig.OnFailure`.
    #[serde(default)]
    pub on_failure: Option<String>,
    /// Secrets of `SourceAccessConfigurations`.
    #[serde(default)]
    pub secrets: BTreeSet<String>,
    /// `SourceAccessConfigurations` name subnets or security groups.
    #[serde(default)]
    pub vpc: bool,
    /// A schema registry is configured, by ARN or URL.
    #[serde(default)]
    pub schema_registry: Option<String>,
}
