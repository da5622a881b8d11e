//! The functions of a place and their published versions.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_lambda::{Client, types::FunctionVersion};
use model::{Fact, FunctionArn};
use scan::{Place, PortError};

use super::{configuration::Configuration, exposure, operation, role_needs};
use crate::{failure::port_error, why};

/// The list as far as it could be read.
pub(super) struct List {
    pub(super) functions: BTreeMap<FunctionArn, Listed>,
    /// Why there may be more.
    pub(super) cut_short: Option<String>,
}

pub(super) struct Listed {
    pub(super) configuration: Configuration,
    pub(super) versions: Fact<Vec<exposure::Version>>,
    /// Bytes of each version's package.
    pub(super) sizes: Fact<BTreeMap<String, u64>>,
}

impl Listed {
    /// The numbers of the published versions, sorted.
    pub(super) fn versions(&self) -> Option<Vec<String>> {
        let versions = self.versions.known()?;
        let mut names: Vec<_> = versions.iter().map(|(name, _)| name.clone()).collect();
        names.sort();
        Some(names)
    }
}

/// Lists functions and their published versions in one go.
pub(super) async fn list(lambda: &Client, place: &Place) -> Result<List, PortError> {
    let list = lambda.list_functions().function_version(FunctionVersion::All);
    let mut pages = list.into_paginator().send();
    let mut latest = Vec::new();
    let mut versions: HashMap<FunctionArn, Vec<Configuration>> = HashMap::new();
    let mut first = true;
    let mut unreadable = None;
    let cut_short = loop {
        let page = pages.try_next().await;
        match page.map_err(|e| port_error("lambda:ListFunctions", place.to_string(), e)) {
            Ok(Some(page)) => {
                let found = page.functions.unwrap_or_default().into_iter();
                for found in found.map(Configuration::read) {
                    match found {
                        Ok(Some(found)) if found.is_latest() => latest.push(found),
                        Ok(Some(found)) if found.is_published() => {
                            versions.entry(found.arn.clone()).or_default().push(found);
                        }
                        Ok(_) => {}
                        Err(bad) => unreadable = Some(format!("lambda:ListFunctions: {bad}")),
                    }
                }
            }
            Ok(None) => break None,
            Err(error) if first => return Err(error),
            Err(error) => break Some(why(&error)),
        }
        first = false;
    };
    let with_versions = latest.into_iter().map(|mut configuration| {
        let found = versions.remove(&configuration.arn).unwrap_or_default();
        found.iter().for_each(|one| role_needs::add(&mut configuration.needs, &one.needs));
        let (versions, sizes) = match &cut_short {
            None => {
                let sizes = operation::sizes(&found);
                let found = found.into_iter().map(|one| (one.version, one.runtime)).collect();
                (Fact::Known(found), sizes)
            }
            // The rest of them may stand on a page that was not read.
            Some(why) => (Fact::unknown(why), Fact::unknown(why)),
        };
        (configuration.arn.clone(), Listed { configuration, versions, sizes })
    });
    let functions = with_versions.collect();
    // A version bears its function's name, so what cannot be read is no version of these.
    Ok(List { functions, cut_short: cut_short.or(unreadable) })
}
