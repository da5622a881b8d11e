//! One execution role, read call by call.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use aws_sdk_iam::{Client, types::Role as Answer};
use iam::Policy;
use jiff::Timestamp;
use model::{Fact, NamedPolicy, Origin, Role, RoleState, name_of};
use scan::{Kind, PortError};

use super::{documents, unknown};
use crate::{
    failure::{port_error, refuse},
    why,
};

/// Managed policies that were read before. Many roles share few, and one read after the event that
/// brought us here is as good as one read now.
#[derive(Debug, Default)]
pub(crate) struct ManagedPolicies {
    /// By account, for AWS's own policies have the same ARN in all, and by ARN.
    known: Mutex<HashMap<(String, String), (Timestamp, Dated)>>,
}

/// The default version of a managed policy, and when it was made.
pub(super) type Dated = (Policy, Option<Timestamp>);

/// Why a policy is unknown: a call that failed, or a document that is none.
#[derive(Debug)]
pub(super) enum Trouble {
    Call(PortError),
    Document(String),
}

impl From<PortError> for Trouble {
    fn from(error: PortError) -> Self {
        Self::Call(error)
    }
}

impl From<String> for Trouble {
    fn from(reason: String) -> Self {
        Self::Document(reason)
    }
}

impl Trouble {
    /// In the words of a fact.
    pub(super) fn words(self) -> String {
        match self {
            Self::Call(error) => why(&error),
            Self::Document(reason) => reason,
        }
    }

    fn into_fact<T>(self) -> Fact<T> {
        Fact::unknown(self.words())
    }
}

/// Reads the role that a function names by `arn`.
pub(crate) async fn role(
    iam: &Client,
    managed: &ManagedPolicies,
    arn: &str,
    as_of: Timestamp,
) -> Fact<RoleState> {
    let name = name_of(arn);
    let answer = match iam.get_role().role_name(name).send().await {
        Ok(answer) => answer.role,
        Err(error) => {
            let error = port_error("iam:GetRole", arn, error);
            return match error.kind {
                Kind::Gone => Fact::Known(RoleState::Missing),
                _ => unknown(&error),
            };
        }
    };
    match answer {
        // The name lives again under another path: the role that the function names does not.
        Some(answer) if answer.arn != arn => Fact::Known(RoleState::Missing),
        Some(answer) => {
            Fact::Known(RoleState::Present(Arc::new(complete(iam, managed, answer, as_of).await)))
        }
        None => Fact::unknown("iam:GetRole answered nothing"),
    }
}

/// When a role was made.
pub(super) fn created(time: Option<aws_smithy_types::DateTime>) -> Option<Timestamp> {
    Timestamp::from_second(time?.secs()).ok()
}

async fn complete(
    iam: &Client,
    managed: &ManagedPolicies,
    answer: Answer,
    as_of: Timestamp,
) -> Role {
    let (inline, attached, boundary) = tokio::join!(
        inline(iam, &answer.role_name),
        attached(iam, managed, &answer, as_of),
        boundary(iam, managed, &answer, as_of),
    );
    let policies = inline.and_then(|mut policies| {
        policies.extend(attached?);
        Ok(policies)
    });
    Role {
        id: Some(answer.role_id).filter(|id| !id.is_empty()),
        created: created(Some(answer.create_date)),
        trust: documents::trust(answer.assume_role_policy_document.as_deref()),
        policies: policies.map_or_else(Trouble::into_fact, Fact::Known),
        boundary: boundary.map_or_else(Trouble::into_fact, Fact::Known),
        arn: answer.arn,
    }
}

async fn inline(iam: &Client, role: &str) -> Result<Vec<NamedPolicy>, Trouble> {
    let list = iam.list_role_policies().role_name(role).into_paginator().items().send();
    let names: Result<Vec<String>, _> = list.try_collect().await;
    let names = names.map_err(|error| port_error("iam:ListRolePolicies", role, error))?;
    let mut policies = Vec::with_capacity(names.len());
    for name in names {
        let call = iam.get_role_policy().role_name(role).policy_name(&name);
        let answer = call.send().await;
        let answer = answer.map_err(|error| port_error("iam:GetRolePolicy", role, error))?;
        let document = documents::policy(&name, &answer.policy_document)?;
        policies.push(NamedPolicy { name, origin: Origin::Inline, document, changed: None });
    }
    Ok(policies)
}

async fn attached(
    iam: &Client,
    managed: &ManagedPolicies,
    role: &Answer,
    as_of: Timestamp,
) -> Result<Vec<NamedPolicy>, Trouble> {
    let name = &role.role_name;
    let list = iam.list_attached_role_policies().role_name(name).into_paginator().items().send();
    let found: Result<Vec<_>, _> = list.try_collect().await;
    let found = found.map_err(|error| port_error("iam:ListAttachedRolePolicies", name, error))?;
    let mut policies = Vec::with_capacity(found.len());
    for arn in found.into_iter().filter_map(|policy| policy.policy_arn) {
        policies.push(managed.named(iam, &role.arn, arn, as_of).await?);
    }
    Ok(policies)
}

async fn boundary(
    iam: &Client,
    managed: &ManagedPolicies,
    role: &Answer,
    as_of: Timestamp,
) -> Result<Option<NamedPolicy>, Trouble> {
    let boundary = role.permissions_boundary.as_ref();
    match boundary.and_then(|boundary| boundary.permissions_boundary_arn.clone()) {
        Some(arn) => Ok(Some(managed.named(iam, &role.arn, arn, as_of).await?)),
        None => Ok(None),
    }
}

impl ManagedPolicies {
    async fn named(
        &self,
        iam: &Client,
        role: &str,
        arn: String,
        as_of: Timestamp,
    ) -> Result<NamedPolicy, Trouble> {
        let account = model::account_of(role).unwrap_or_default();
        let (document, changed) = self.document(iam, account, &arn, as_of).await?;
        let name = name_of(&arn).to_owned();
        Ok(NamedPolicy { name, origin: Origin::Managed(arn), document, changed })
    }

    /// The default version of a managed policy as `account` sees it, read at `as_of` or later.
    pub(super) async fn document(
        &self,
        iam: &Client,
        account: &str,
        arn: &str,
        as_of: Timestamp,
    ) -> Result<Dated, Trouble> {
        let key = (account.to_owned(), arn.to_owned());
        let known = || self.known.lock().unwrap_or_else(|broken| broken.into_inner());
        let fresh = known().get(&key).filter(|(read, _)| *read >= as_of).cloned();
        if let Some((_, document)) = fresh {
            return Ok(document);
        }
        let read = Timestamp::now();
        let document = default_version(iam, arn).await?;
        known().insert(key, (read, document.clone()));
        Ok(document)
    }
}

async fn default_version(iam: &Client, arn: &str) -> Result<Dated, Trouble> {
    let absent = |operation| refuse(operation, arn, Kind::Failed, "the answer lacks a field");
    let answer = iam.get_policy().policy_arn(arn).send().await;
    let answer = answer.map_err(|error| port_error("iam:GetPolicy", arn, error))?;
    let version = answer.policy.and_then(|policy| policy.default_version_id);
    let version = version.ok_or_else(|| absent("iam:GetPolicy"))?;
    let answer = iam.get_policy_version().policy_arn(arn).version_id(version).send().await;
    let answer = answer.map_err(|error| port_error("iam:GetPolicyVersion", arn, error))?;
    let version = answer.policy_version.ok_or_else(|| absent("iam:GetPolicyVersion"))?;
    let document = version.document.ok_or_else(|| absent("iam:GetPolicyVersion"))?;
    Ok((documents::policy(name_of(arn), &document)?, created(version.create_date)))
}

/// The names of the roles that a managed policy is attached to or bounds.
pub(crate) async fn roles_of_policy(iam: &Client, arn: &str) -> Result<Vec<String>, PortError> {
    const OPERATION: &str = "iam:ListEntitiesForPolicy";
    let list = iam
        .list_entities_for_policy()
        .policy_arn(arn)
        .entity_filter(aws_sdk_iam::types::EntityType::Role);
    let mut pages = list.into_paginator().send();
    let mut names = Vec::new();
    loop {
        match pages.try_next().await.map_err(|error| port_error(OPERATION, arn, error)) {
            Ok(Some(page)) => {
                names.extend(
                    page.policy_roles
                        .unwrap_or_default()
                        .into_iter()
                        .filter_map(|role| role.role_name),
                );
            }
            Ok(None) => break,
            Err(error) if error.kind == Kind::Gone => return Ok(Vec::new()),
            Err(error) => return Err(error),
        }
    }
    names.sort();
    names.dedup();
    Ok(names)
}
