//! Policies of a role.

use aws_sdk_iam::{Client, operation::delete_policy::DeletePolicyError};
use model::name_of;
use scan::{
    Kind, PortError,
    repair::{ATTACHED, Held, Slot, State},
};

use super::not_here;
use crate::failure::{port_error, refuse};

pub(super) async fn look(iam: &Client, slot: &Slot) -> Result<Held, PortError> {
    let state = match slot {
        Slot::Role { role } => State::of(id(iam, role).await?),
        Slot::RolePolicy { role, name } => inline(iam, role, name).await?,
        Slot::ManagedPolicy { policy } => managed(iam, policy).await?,
        Slot::Attachment { role, policy } => attachment(iam, role, policy).await?,
        _ => return Err(not_here(slot)),
    };
    Ok(Held { state, ..Held::default() })
}

pub(super) async fn put(iam: &Client, slot: &Slot, to: &State) -> Result<(), PortError> {
    match slot {
        Slot::RolePolicy { role, name } => put_inline(iam, role, name, to).await,
        Slot::ManagedPolicy { policy } => put_managed(iam, policy, to).await,
        Slot::Attachment { role, policy } => attach(iam, role, policy, to).await,
        _ => Err(not_here(slot)),
    }
}

/// What is not there is absent, unless the role itself is gone.
async fn inline(iam: &Client, role: &str, name: &str) -> Result<State, PortError> {
    const OPERATION: &str = "iam:GetRolePolicy";
    let get = iam.get_role_policy().role_name(name_of(role)).policy_name(name);
    match get.send().await.map_err(|error| port_error(OPERATION, role, error)) {
        Ok(answer) => Ok(text(&answer.policy_document)),
        Err(error) if error.kind == Kind::Gone => id(iam, role).await.map(|_| State::ABSENT),
        Err(error) => Err(error),
    }
}

/// `RoleId`, which no other role ever gets.
async fn id(iam: &Client, role: &str) -> Result<String, PortError> {
    let answer = iam.get_role().role_name(name_of(role)).send().await;
    let answer = answer.map_err(|error| port_error("iam:GetRole", role, error))?;
    match answer.role.filter(|found| found.arn == role) {
        Some(found) => Ok(found.role_id),
        None => Err(refuse("iam:GetRole", role, Kind::Gone, "another role has its name")),
    }
}

/// IAM encodes documents for URLs.
fn text(document: &str) -> State {
    State::of(iam::decoded(document))
}

async fn put_inline(iam: &Client, role: &str, name: &str, to: &State) -> Result<(), PortError> {
    const PUT: &str = "iam:PutRolePolicy";
    const DELETE: &str = "iam:DeleteRolePolicy";
    let role_name = name_of(role);
    match to.text() {
        Some(document) => {
            let put = iam.put_role_policy().role_name(role_name).policy_name(name);
            let done = put.policy_document(document).send().await;
            done.map(drop).map_err(|error| port_error(PUT, role, error))
        }
        None => {
            let done = iam.delete_role_policy().role_name(role_name).policy_name(name).send().await;
            done.map(drop).map_err(|error| port_error(DELETE, role, error))
        }
    }
}

async fn managed(iam: &Client, policy: &str) -> Result<State, PortError> {
    const GET: &str = "iam:GetPolicy";
    const VERSION: &str = "iam:GetPolicyVersion";
    let answer = iam.get_policy().policy_arn(policy).send().await;
    let answer = match answer.map_err(|error| port_error(GET, policy, error)) {
        Ok(answer) => answer,
        Err(error) if error.kind == Kind::Gone => return Ok(State::ABSENT),
        Err(error) => return Err(error),
    };
    let version = answer.policy.and_then(|policy| policy.default_version_id);
    let version = version.unwrap_or_else(|| "v1".to_owned());
    let get = iam.get_policy_version().policy_arn(policy).version_id(version);
    let answer = get.send().await.map_err(|error| port_error(VERSION, policy, error))?;
    let document = answer.policy_version.and_then(|version| version.document);
    Ok(text(&document.unwrap_or_default()))
}

async fn put_managed(iam: &Client, policy: &str, to: &State) -> Result<(), PortError> {
    const CREATE: &str = "iam:CreatePolicy";
    const DELETE: &str = "iam:DeletePolicy";
    match to.text() {
        Some(document) => {
            let create = iam.create_policy().policy_name(name_of(policy));
            let create = create.description("Made by a repair of lambda-warden");
            let done = create.policy_document(document).send().await;
            done.map(drop).map_err(|error| port_error(CREATE, policy, error))
        }
        None => {
            let done = iam.delete_policy().policy_arn(policy).send().await;
            let Err(error) = done else { return Ok(()) };
            let is_used = error
                .as_service_error()
                .is_some_and(DeletePolicyError::is_delete_conflict_exception);
            match is_used {
                true => Err(refuse(DELETE, policy, Kind::Changed, "others use it by now")),
                false => Err(port_error(DELETE, policy, error)),
            }
        }
    }
}

async fn attachment(iam: &Client, role: &str, policy: &str) -> Result<State, PortError> {
    const OPERATION: &str = "iam:ListAttachedRolePolicies";
    let list = iam.list_attached_role_policies().role_name(name_of(role));
    let all: Result<Vec<_>, _> = list.into_paginator().items().send().try_collect().await;
    let all = all.map_err(|error| port_error(OPERATION, role, error))?;
    let is_it = all.iter().any(|one| one.policy_arn.as_deref() == Some(policy));
    Ok(if is_it { State::of(ATTACHED) } else { State::ABSENT })
}

async fn attach(iam: &Client, role: &str, policy: &str, to: &State) -> Result<(), PortError> {
    const ATTACH: &str = "iam:AttachRolePolicy";
    const DETACH: &str = "iam:DetachRolePolicy";
    let role_name = name_of(role);
    match to.text() {
        Some(_) => {
            let done =
                iam.attach_role_policy().role_name(role_name).policy_arn(policy).send().await;
            done.map(drop).map_err(|error| port_error(ATTACH, role, error))
        }
        None => {
            let done =
                iam.detach_role_policy().role_name(role_name).policy_arn(policy).send().await;
            done.map(drop).map_err(|error| port_error(DETACH, role, error))
        }
    }
}
