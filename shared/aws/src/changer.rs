//! Changes what repairs change: [`scan::repair::Changer`] over AWS, with the role that repairs.
//!
//! Each kind of slot is a pair of calls: one that tells what stands there, and one that writes it as
//! a whole. Where AWS knows a revision it is sent along, so that nothing else is overwritten; elsewhere
//! the slot is read again just before it is written.

mod advice;
mod function;
mod logs;
mod role;
mod statement;
mod vitals;

use std::{collections::BTreeSet, sync::Arc};

use iam::{Policy, Version};
use jiff::Timestamp;
use model::{FunctionArn, Key};
use scan::{
    Kind, Place, PortError,
    repair::{Advice, Advisor, Held, Monitor, Slot, State, Vitals},
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    Cloud, Purpose,
    failure::refuse,
    json_api::{DESCRIBE_KEY, GET_KEY_POLICY, JsonApi},
    reader::key,
};

/// Reads and writes slots.
#[derive(Debug)]
pub struct Changer {
    cloud: Arc<Cloud>,
}

impl Changer {
    /// Sends nothing.
    pub fn new(cloud: Arc<Cloud>) -> Self {
        Self { cloud }
    }

    async fn lambda(&self, place: &Place) -> Result<aws_sdk_lambda::Client, PortError> {
        self.cloud.lambda_for(place, Purpose::Repair).await
    }

    async fn iam(&self, place: &Place) -> Result<aws_sdk_iam::Client, PortError> {
        self.cloud.iam_for(place, Purpose::Repair).await
    }
}

impl scan::repair::Changer for Changer {
    async fn look(&self, place: &Place, slot: &Slot) -> Result<Held, PortError> {
        match slot {
            Slot::Role { .. }
            | Slot::RolePolicy { .. }
            | Slot::ManagedPolicy { .. }
            | Slot::Attachment { .. } => role::look(&self.iam(place).await?, slot).await,
            Slot::Retention { group, .. } => logs::look(&self.cloud, place, group).await,
            _ => function::look(&self.lambda(place).await?, slot).await,
        }
    }

    async fn put(
        &self,
        place: &Place,
        slot: &Slot,
        held: &Held,
        to: &State,
    ) -> Result<(), PortError> {
        let stands = self.look(place, slot).await?;
        if stands.state == *to {
            return Ok(());
        }
        if stands.state != held.state {
            return Err(changed("put", slot));
        }
        match slot {
            Slot::Role { .. }
            | Slot::RolePolicy { .. }
            | Slot::ManagedPolicy { .. }
            | Slot::Attachment { .. } => role::put(&self.iam(place).await?, slot, to).await,
            Slot::Retention { group, .. } => logs::put(&self.cloud, place, group, to).await,
            _ => function::put(&self.lambda(place).await?, slot, &stands, to).await,
        }
    }

    async fn key(&self, place: &Place, named: &str) -> Result<(Key, Policy), PortError> {
        let kms = JsonApi::entered(&self.cloud, place, Purpose::Repair, &DESCRIBE_KEY).await?;
        let key = key(&kms, named).await?;
        if key.state == "Deleted" {
            let none = Policy { version: Version::V2012, id: None, statements: Vec::new() };
            return Ok((key, none));
        }
        let kms = JsonApi::entered(&self.cloud, place, Purpose::Repair, &GET_KEY_POLICY).await?;
        let answer: KeyPolicy = kms.send(named, &json!({ "KeyId": key.arn })).await?;
        let policy = Policy::parse(&answer.policy)
            .map_err(|bad| refuse(GET_KEY_POLICY.action, named, Kind::Failed, bad.to_string()))?;
        Ok((key, policy))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct KeyPolicy {
    policy: String,
}

impl Advisor for Changer {
    async fn advise(&self, place: &Place, new: &str, old: &str) -> Result<Advice, PortError> {
        advice::advise(&self.cloud, place, new, old).await
    }
}

impl Monitor for Changer {
    async fn vitals(
        &self,
        function: &FunctionArn,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vitals, PortError> {
        vitals::between(&self.cloud, function, from, to).await
    }

    async fn days_invoked(
        &self,
        function: &FunctionArn,
        to: Timestamp,
        days: u16,
    ) -> Result<BTreeSet<u16>, PortError> {
        vitals::days_invoked(&self.cloud, function, to, days).await
    }
}

/// Something else stands there.
fn changed(operation: &'static str, slot: &Slot) -> PortError {
    refuse(operation, slot.to_string(), Kind::Changed, "something else stands there")
}

/// No slot of this kind is written by this part.
fn not_here(slot: &Slot) -> PortError {
    refuse("put", slot.to_string(), Kind::Failed, "it cannot be changed so")
}
