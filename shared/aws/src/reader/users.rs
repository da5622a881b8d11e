//! Which functions name which role, and what makes Lambda use it for them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use aws_sdk_lambda::{Client, types::FunctionVersion};
use jiff::Timestamp;
use model::{BadArn, FunctionArn, Needs};
use scan::{Kind, Place, PortError};
use tokio::sync::Mutex;

use super::{
    configuration::Configuration,
    destinations::{self, BySource},
    role_needs,
};
use crate::failure::{port_error, refuse};

/// The roles of every function, by place. A burst of events asks for it again and again, and a
/// list read after the last of them answers all.
#[derive(Debug, Default)]
pub(crate) struct Users {
    places: Mutex<HashMap<Place, Index>>,
    sources: Mutex<HashMap<Place, (Timestamp, Arc<BySource>)>>,
}

#[derive(Debug)]
struct Index {
    /// When its reading began.
    read: Timestamp,
    functions: BTreeMap<FunctionArn, User>,
}

/// A function as the user of a role.
#[derive(Clone, Debug)]
pub(crate) struct User {
    /// ARN of the role that the function names.
    pub(crate) role: String,
    /// Of the function and its published versions.
    pub(crate) needs: Needs,
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
    ) -> Result<Vec<(FunctionArn, Needs)>, PortError> {
        // Held while the list is read, so that two askers do not read it twice.
        let mut places = self.places.lock().await;
        if places.get(place).is_none_or(|index| index.read < as_of) {
            let read = Timestamp::now();
            let functions = list(lambda, place).await?;
            places.insert(place.clone(), Index { read, functions });
        }
        let functions = places.get(place).map(|index| &index.functions).into_iter().flatten();
        let users = functions.filter(|(_, user)| is_asked_for(&user.role));
        Ok(users.map(|(arn, user)| (arn.clone(), user.needs.clone())).collect())
    }

    /// The event sources of every function of the place, read at `as_of` or later.
    ///
    /// # Errors
    /// The list cannot be read to its end.
    pub(crate) async fn sources(
        &self,
        lambda: &Client,
        place: &Place,
        as_of: Timestamp,
    ) -> Result<Arc<BySource>, PortError> {
        let mut known = self.sources.lock().await;
        if let Some((_, sources)) = known.get(place).filter(|(read, _)| *read >= as_of) {
            return Ok(sources.clone());
        }
        let read = Timestamp::now();
        let sources = Arc::new(destinations::sources(lambda, &place.to_string(), None).await?);
        known.insert(place.clone(), (read, sources.clone()));
        Ok(sources)
    }

    /// Notes the role of a function that was just read; `None`: the function is gone.
    pub(crate) async fn note(&self, arn: &FunctionArn, user: Option<User>) {
        let mut places = self.places.lock().await;
        let Some(index) = places.get_mut(&Place::of(arn)) else { return };
        match (user, index.functions.get_mut(arn)) {
            (Some(User { role, needs }), Some(known)) => {
                known.role = role;
                role_needs::add(&mut known.needs, &needs); // The list knows its versions too.
            }
            (Some(user), None) => drop(index.functions.insert(arn.clone(), user)),
            (None, _) => drop(index.functions.remove(arn)),
        }
    }
}

async fn list(lambda: &Client, place: &Place) -> Result<BTreeMap<FunctionArn, User>, PortError> {
    const OPERATION: &str = "lambda:ListFunctions";
    let list = lambda.list_functions().function_version(FunctionVersion::All);
    let mut pages = list.into_paginator().send();
    let mut functions = BTreeMap::new();
    let mut versions: Vec<(FunctionArn, Needs)> = Vec::new();
    while let Some(page) =
        pages.try_next().await.map_err(|error| port_error(OPERATION, place.to_string(), error))?
    {
        for function in page.functions.unwrap_or_default() {
            // One that we cannot name may have any of the roles.
            let found = Configuration::read(function).map_err(|bad: BadArn| {
                refuse(OPERATION, place.to_string(), Kind::Failed, bad.to_string())
            })?;
            let Some(Configuration { arn, version, settings, needs, .. }) = found else { continue };
            match settings.role {
                Some(role) if version == "$LATEST" => {
                    functions.insert(arn, User { role, needs });
                }
                _ => versions.push((arn, needs)),
            }
        }
    }
    for (arn, needs) in versions {
        if let Some(user) = functions.get_mut(&arn) {
            role_needs::add(&mut user.needs, &needs);
        }
    }
    Ok(functions)
}
