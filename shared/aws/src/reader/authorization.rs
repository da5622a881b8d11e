//! Every execution role of an account in one sweep.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use aws_sdk_iam::{
    Client,
    types::{AttachedPolicy, EntityType, ManagedPolicyDetail, PolicyDetail, RoleDetail},
};
use model::{Fact, NamedPolicy, Origin, Role, RoleState};
use scan::PortError;

use super::{documents, role::name_of};
use crate::failure::port_error;

/// Reads the roles `wanted` by ARN. One that does not exist is [`RoleState::Missing`].
///
/// # Errors
/// One page could not be read: nothing is known of any role.
pub(crate) async fn roles(
    iam: &Client,
    account: &str,
    wanted: &BTreeSet<String>,
) -> Result<HashMap<String, RoleState>, PortError> {
    const OPERATION: &str = "iam:GetAccountAuthorizationDetails";
    let kinds = [EntityType::Role, EntityType::LocalManagedPolicy, EntityType::AwsManagedPolicy];
    let sweep =
        iam.get_account_authorization_details().set_filter(Some(kinds.into())).max_items(1000);
    let mut pages = sweep.into_paginator().send();
    let mut details = Vec::new();
    let mut documents = HashMap::new();
    while let Some(page) =
        pages.try_next().await.map_err(|error| port_error(OPERATION, account, error))?
    {
        documents.extend(page.policies.unwrap_or_default().into_iter().filter_map(document));
        let roles = page.role_detail_list.unwrap_or_default().into_iter();
        details.extend(roles.filter(|role| role.arn().is_some_and(|arn| wanted.contains(arn))));
    }
    let mut states: HashMap<_, _> =
        wanted.iter().map(|arn| (arn.clone(), RoleState::Missing)).collect();
    for role in details.into_iter().filter_map(|detail| role(detail, &documents)) {
        states.insert(role.arn.clone(), RoleState::Present(Arc::new(role)));
    }
    Ok(states)
}

/// ARN and document of the default version, still encoded: few of them will be read.
fn document(policy: ManagedPolicyDetail) -> Option<(String, String)> {
    let versions = policy.policy_version_list.unwrap_or_default();
    let default = versions.into_iter().find(|version| version.is_default_version)?;
    Some((policy.arn?, default.document?))
}

fn role(detail: RoleDetail, documents: &HashMap<String, String>) -> Option<Role> {
    let inline = detail.role_policy_list.unwrap_or_default().into_iter().map(inline);
    let attached = detail.attached_managed_policies.unwrap_or_default();
    let attached = attached.into_iter().map(|policy| managed(attached_arn(policy)?, documents));
    let policies: Result<Vec<_>, String> = inline.chain(attached).collect();
    let boundary =
        detail.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn);
    let boundary = boundary.map(|arn| managed(arn, documents)).transpose();
    Some(Role {
        arn: detail.arn?,
        trust: documents::trust(detail.assume_role_policy_document.as_deref()),
        policies: policies.map_or_else(Fact::unknown, Fact::Known),
        boundary: boundary.map_or_else(Fact::unknown, Fact::Known),
    })
}

fn inline(policy: PolicyDetail) -> Result<NamedPolicy, String> {
    let name = policy.policy_name.unwrap_or_default();
    let document = documents::policy(&name, &policy.policy_document.unwrap_or_default())?;
    Ok(NamedPolicy { name, origin: Origin::Inline, document })
}

fn attached_arn(policy: AttachedPolicy) -> Result<String, String> {
    policy.policy_arn.ok_or_else(|| "an attached policy has no ARN".to_owned())
}

fn managed(arn: String, documents: &HashMap<String, String>) -> Result<NamedPolicy, String> {
    let name = name_of(&arn).to_owned();
    let text = documents.get(&arn).ok_or_else(|| {
        format!("iam:GetAccountAuthorizationDetails left out the policy `{name}`")
    })?;
    let document = documents::policy(&name, text)?;
    Ok(NamedPolicy { name, origin: Origin::Managed(arn), document })
}
