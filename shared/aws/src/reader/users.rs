//! Which functions name which role.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_lambda::Client;
use jiff::Timestamp;
use model::{BadArn, FunctionArn};
use scan::{Kind, Place, PortError};
use tokio::sync::Mutex;

use super::configuration::filled;
use crate::failure::{port_error, refuse};

/// The roles of every function, by place. A burst of events asks for it again and again, and a
/// list read after the last of them answers all.
#[derive(Debug, Default)]
pub(crate) struct Users {
    places: Mutex<HashMap<Place, Index>>,
}

#[derive(Debug)]
struct Index {
    /// When its reading began.
    read: Timestamp,
    /// ARN of the role that a function names.
    roles: BTreeMap<FunctionArn, String>,
}

impl Users {
    /// The functions whose role's ARN is the one asked for, by a list read at `as_of` or later.
    ///
    /// # Errors
    /// The list cannot be read to its end.
    pub(crate) async fn find(
        &self,
        lambda: &Client,
        place: &Place,
        as_of: Timestamp,
        is_asked_for: impl Fn(&str) -> bool,
    ) -> Result<Vec<FunctionArn>, PortError> {
        // Held while the list is read, so that two askers do not read it twice.
        let mut places = self.places.lock().await;
        if places.get(place).is_none_or(|index| index.read < as_of) {
            let read = Timestamp::now();
            let roles = list(lambda, place).await?;
            places.insert(place.clone(), Index { read, roles });
        }
        let roles = places.get(place).map(|index| &index.roles).into_iter().flatten();
        let users = roles.filter(|(_, role)| is_asked_for(role)).map(|(arn, _)| arn.clone());
        Ok(users.collect())
    }

    /// Notes the role of a function that was just read; `None`: the function is gone.
    pub(crate) async fn note(&self, arn: &FunctionArn, role: Option<&str>) {
        let mut places = self.places.lock().await;
        let Some(index) = places.get_mut(&Place::of(arn)) else { return };
        match role {
            Some(role) => index.roles.insert(arn.clone(), role.to_owned()),
            None => index.roles.remove(arn),
        };
    }
}

async fn list(lambda: &Client, place: &Place) -> Result<BTreeMap<FunctionArn, String>, PortError> {
    const OPERATION: &str = "lambda:ListFunctions";
    let mut pages = lambda.list_functions().into_paginator().send();
    let mut roles = BTreeMap::new();
    while let Some(page) =
        pages.try_next().await.map_err(|error| port_error(OPERATION, place.to_string(), error))?
    {
        for function in page.functions.unwrap_or_default() {
            if filled(function.master_arn).is_some() {
                continue;
            }
            // One that we cannot name may have any of the roles.
            let arn = function.function_arn.unwrap_or_default().parse();
            let arn = arn.map_err(|bad: BadArn| {
                refuse(OPERATION, place.to_string(), Kind::Failed, bad.to_string())
            })?;
            if let Some(role) = filled(function.role) {
                roles.insert(arn, role);
            }
        }
    }
    Ok(roles)
}
