//! Every execution role of an account in one sweep.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use aws_sdk_iam::{
    Client,
    types::{
        AttachedPermissionsBoundary, AttachedPolicy, EntityType, ManagedPolicyDetail, PolicyDetail,
        RoleDetail,
    },
};
use jiff::Timestamp;
use model::{Fact, NamedPolicy, Origin, Role, RoleState, name_of};
use scan::PortError;

use super::{
    NOT_READ, documents,
    role::{Dated, ManagedPolicies, Trouble, created},
};
use crate::failure::port_error;

/// Reads the roles `wanted` by ARN. One that does not exist is [`RoleState::Missing`].
///
/// # Errors
/// One page could not be read: nothing is known of any role.
pub(crate) async fn roles(
    iam: &Client,
    managed: &ManagedPolicies,
    account: &str,
    wanted: &BTreeSet<String>,
) -> Result<HashMap<String, RoleState>, PortError> {
    const OPERATION: &str = "iam:GetAccountAuthorizationDetails";
    let kinds = [EntityType::Role, EntityType::LocalManagedPolicy, EntityType::AwsManagedPolicy];
    let sweep =
        iam.get_account_authorization_details().set_filter(Some(kinds.into())).max_items(1000);
    let mut pages = sweep.into_paginator().send();
    let mut details = Vec::new();
    let mut documents = Documents::default();
    while let Some(page) =
        pages.try_next().await.map_err(|error| port_error(OPERATION, account, error))?
    {
        let policies = page.policies.unwrap_or_default().into_iter();
        documents.swept.extend(policies.filter_map(document));
        let roles = page.role_detail_list.unwrap_or_default().into_iter();
        details.extend(roles.filter(|role| role.arn().is_some_and(|arn| wanted.contains(arn))));
    }
    documents.complete(iam, managed, account, &details).await;
    let mut states: HashMap<_, _> =
        wanted.iter().map(|arn| (arn.clone(), RoleState::Missing)).collect();
    for role in details.into_iter().filter_map(|detail| role(detail, &documents)) {
        states.insert(role.arn.clone(), RoleState::Present(Arc::new(role)));
    }
    Ok(states)
}

/// Documents of managed policies by ARN.
#[derive(Default)]
struct Documents {
    /// Still encoded: few of them will be read.
    swept: HashMap<String, (String, Option<Timestamp>)>,
    /// Those that the sweep left out, or why they could not be read.
    apart: HashMap<String, Result<Dated, String>>,
}

impl Documents {
    /// Reads one by one what `roles` have attached and the sweep left out: a policy that was
    /// attached while it ran, or AWS's own where an emulator answers.
    async fn complete(
        &mut self,
        iam: &Client,
        managed: &ManagedPolicies,
        account: &str,
        roles: &[RoleDetail],
    ) {
        let attached = roles.iter().flat_map(RoleDetail::attached_managed_policies);
        let attached = attached.filter_map(AttachedPolicy::policy_arn);
        let boundaries = roles.iter().filter_map(RoleDetail::permissions_boundary);
        let boundaries =
            boundaries.filter_map(AttachedPermissionsBoundary::permissions_boundary_arn);
        let absent: BTreeSet<&str> =
            attached.chain(boundaries).filter(|arn| !self.swept.contains_key(*arn)).collect();
        let as_of = Timestamp::now();
        for arn in absent {
            let read = managed.document(iam, account, arn, as_of).await.map_err(Trouble::words);
            self.apart.insert(arn.to_owned(), read);
        }
    }

    fn named(&self, arn: String) -> Result<NamedPolicy, String> {
        let name = name_of(&arn).to_owned();
        let (document, changed) = match (self.swept.get(&arn), self.apart.get(&arn)) {
            (Some((text, made)), _) => (documents::policy(&name, text)?, *made),
            (None, Some(read)) => read.clone()?,
            (None, None) => return Err(format!("policy `{name}`: {NOT_READ}")),
        };
        Ok(NamedPolicy { name, origin: Origin::Managed(arn), document, changed })
    }
}

/// ARN and document of the default version, and when it was made.
fn document(policy: ManagedPolicyDetail) -> Option<(String, (String, Option<Timestamp>))> {
    let versions = policy.policy_version_list.unwrap_or_default();
    let default = versions.into_iter().find(|version| version.is_default_version)?;
    Some((policy.arn?, (default.document?, created(default.create_date))))
}

fn role(detail: RoleDetail, documents: &Documents) -> Option<Role> {
    let inline = detail.role_policy_list.unwrap_or_default().into_iter().map(inline);
    let attached = detail.attached_managed_policies.unwrap_or_default();
    let attached = attached.into_iter().map(|policy| documents.named(attached_arn(policy)?));
    let policies: Result<Vec<_>, String> = inline.chain(attached).collect();
    let boundary =
        detail.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn);
    let boundary = boundary.map(|arn| documents.named(arn)).transpose();
    Some(Role {
        arn: detail.arn?,
        id: detail.role_id,
        created: created(detail.create_date),
        trust: documents::trust(detail.assume_role_policy_document.as_deref()),
        policies: policies.map_or_else(Fact::unknown, Fact::Known),
        boundary: boundary.map_or_else(Fact::unknown, Fact::Known),
    })
}

fn inline(policy: PolicyDetail) -> Result<NamedPolicy, String> {
    let name = policy.policy_name.unwrap_or_default();
    let document = documents::policy(&name, &policy.policy_document.unwrap_or_default())?;
    Ok(NamedPolicy { name, origin: Origin::Inline, document, changed: None })
}

fn attached_arn(policy: AttachedPolicy) -> Result<String, String> {
    policy.policy_arn.ok_or_else(|| "an attached policy has no ARN".to_owned())
}
