//! Which functions use which role, key, layers and network, and what makes Lambda use the role.

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
    configuration::{Configuration, Vpc},
    destinations::{self, BySource},
    role_needs,
};
use crate::failure::{port_error, refuse};

/// What every function uses, by place. A burst of events asks for it again and again, and a
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

/// A function as the user of what others may change.
#[derive(Clone, Debug)]
pub(crate) struct User {
    /// ARN of the role that the function names.
    pub(crate) role: String,
    /// ARN of the key of its variables, or of an alias of it.
    pub(crate) key: Option<String>,
    /// ARNs of its layers' versions.
    pub(crate) layers: Vec<String>,
    /// Where it is attached.
    pub(crate) vpc: Option<Vpc>,
    /// Of the function and its published versions.
    pub(crate) needs: Needs,
}

impl User {
    /// What the function uses; `None`: Lambda names no role, which every function has.
    pub(crate) fn of(configuration: &Configuration) -> Option<Self> {
        Some(Self {
            role: configuration.settings.role.clone()?,
            key: configuration.environment.key.clone(),
            layers: configuration.layers.clone(),
            vpc: configuration.vpc.clone(),
            needs: configuration.needs.clone(),
        })
    }
}

impl Users {
    /// The functions that use what is asked for, by a list read at `as_of` or later.
    ///
    /// # Errors
    /// The list cannot be read to its end.
    pub(crate) async fn find(
        &self,
        lambda: &Client,
        place: &Place,
        as_of: Timestamp,
        uses: impl Fn(&User) -> bool,
    ) -> Result<Vec<(FunctionArn, Needs)>, PortError> {
        // Held while the list is read, so that two askers do not read it twice.
        let mut places = self.places.lock().await;
        if places.get(place).is_none_or(|index| index.read < as_of) {
            let read = Timestamp::now();
            let functions = list(lambda, place).await?;
            places.insert(place.clone(), Index { read, functions });
        }
        let functions = places.get(place).map(|index| &index.functions).into_iter().flatten();
        let users = functions.filter(|(_, user)| uses(user));
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

    /// Notes what a function uses that was just read; `None`: the function is gone.
    pub(crate) async fn note(&self, arn: &FunctionArn, user: Option<User>) {
        let mut places = self.places.lock().await;
        let Some(index) = places.get_mut(&Place::of(arn)) else { return };
        match (user, index.functions.get_mut(arn)) {
            (Some(mut user), Some(known)) => {
                role_needs::add(&mut user.needs, &known.needs); // The list knows its versions too.
                *known = user;
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
            let Some(found) = found else { continue };
            match User::of(&found) {
                Some(user) if found.is_latest() => drop(functions.insert(found.arn, user)),
                _ => versions.push((found.arn, found.needs)),
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
