//! Where events and errors are sent on the function's behalf.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use aws_sdk_lambda::{
    Client,
    types::{EventSourceMappingConfiguration, FunctionEventInvokeConfig},
};
use model::{Destination, DestinationKind, EventSource, Fact, FunctionArn, RoleState, Source};
use scan::PortError;

use super::{NOT_READ, configuration::filled, exposure::qualifier_of, fact, operation, role_needs};
use crate::failure::port_error;

/// What event sources tell, by function.
pub(crate) type BySource = BTreeMap<FunctionArn, Sources>;

/// The event sources of one function.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    /// As the role is needed for them.
    pub(crate) mappings: Vec<EventSource>,
    /// As they feed the function.
    pub(crate) feeds: Vec<Source>,
    /// Where batches that failed are sent.
    pub(crate) destinations: Vec<Destination>,
}

/// Whether the destinations of asynchronous invocation can matter.
///
/// * `proves`: it is to be proved what the role needs.
pub(crate) fn matter(role: &Fact<RoleState>, account: &str, proves: bool) -> bool {
    (proves && rules::may_send(role)) || rules::destinations_matter(role, account)
}

/// All destinations: the dead letter queue, those of `sources`, and those of asynchronous
/// invocation, [`invocations`].
pub(crate) fn destinations(
    arn: &FunctionArn,
    dead_letter: Option<&str>,
    sources: &Fact<Arc<BySource>>,
    invocations: Fact<Vec<Destination>>,
) -> Fact<Vec<Destination>> {
    let sources = match (sources, &invocations) {
        (_, Fact::Unknown { unknown }) if unknown == NOT_READ => return invocations,
        (Fact::Unknown { unknown }, _) => return Fact::unknown(unknown),
        (Fact::Known(sources), _) => {
            sources.get(arn).map(|sources| sources.destinations.clone()).unwrap_or_default()
        }
    };
    let kind = DestinationKind::DeadLetter;
    let dead = dead_letter.map(|arn| Destination { kind, qualifier: None, arn: arn.to_owned() });
    invocations.map(|found| dead.into_iter().chain(sources).chain(found).collect())
}

/// The destinations of asynchronous invocation.
pub(crate) async fn invocations(lambda: &Client, arn: &FunctionArn) -> Fact<Vec<Destination>> {
    let list = lambda.list_function_event_invoke_configs().function_name(arn.as_str());
    let found: Result<Vec<_>, _> = list.into_paginator().items().send().try_collect().await;
    let found =
        found.map_err(|e| port_error("lambda:ListFunctionEventInvokeConfigs", arn.as_str(), e));
    fact(found.map(|found| found.into_iter().flat_map(invocation).collect()))
}

fn invocation(answer: FunctionEventInvokeConfig) -> Vec<Destination> {
    let arn = answer.function_arn.unwrap_or_default();
    let qualifier = qualifier_of(&arn).map(str::to_owned);
    let Some(config) = answer.destination_config else { return Vec::new() };
    let success = config.on_success.and_then(|to| filled(to.destination));
    let failure = config.on_failure.and_then(|to| filled(to.destination));
    let pairs = [(DestinationKind::OnSuccess, success), (DestinationKind::OnFailure, failure)];
    pairs
        .into_iter()
        .filter_map(|(kind, arn)| {
            Some(Destination { kind, qualifier: qualifier.clone(), arn: arn? })
        })
        .collect()
}

/// Where asynchronous invocations lead, of all that is sent.
pub(crate) fn asynchronous(destinations: &Fact<Vec<Destination>>) -> Fact<BTreeSet<String>> {
    let is_asynchronous =
        |kind| matches!(kind, DestinationKind::OnSuccess | DestinationKind::OnFailure);
    match destinations {
        Fact::Known(all) => {
            let found = all.iter().filter(|one| is_asynchronous(one.kind));
            Fact::Known(found.map(|one| one.arn.clone()).collect())
        }
        Fact::Unknown { unknown } => Fact::unknown(unknown),
    }
}

/// What feeds `arn`, of the event sources of the place.
pub(crate) fn feeds(sources: &Fact<Arc<BySource>>, arn: &FunctionArn) -> Fact<Vec<Source>> {
    match sources {
        Fact::Known(all) => {
            Fact::Known(all.get(arn).map(|found| found.feeds.clone()).unwrap_or_default())
        }
        Fact::Unknown { unknown } => Fact::unknown(unknown),
    }
}

/// The event sources of `function`, or of every function of the place.
pub(crate) async fn sources(
    lambda: &Client,
    subject: &str,
    function: Option<&FunctionArn>,
) -> Result<BySource, PortError> {
    let name = function.map(|arn| arn.as_str().to_owned());
    let list = lambda.list_event_source_mappings().set_function_name(name);
    let found: Result<Vec<_>, _> = list.into_paginator().items().send().try_collect().await;
    let found = found.map_err(|e| port_error("lambda:ListEventSourceMappings", subject, e))?;
    let mut by_source = BySource::new();
    for mapping in found {
        let arn = mapping.function_arn.clone().unwrap_or_default();
        let Ok(function) = arn.parse() else { continue };
        let sources: &mut Sources = by_source.entry(function).or_default();
        sources.mappings.push(role_needs::source(&mapping));
        sources.feeds.push(operation::source(&mapping));
        sources.destinations.extend(destination(&arn, mapping));
    }
    Ok(by_source)
}

fn destination(arn: &str, mapping: EventSourceMappingConfiguration) -> Option<Destination> {
    let to = filled(mapping.destination_config?.on_failure?.destination)?;
    let qualifier = qualifier_of(arn).map(str::to_owned);
    Some(Destination { kind: DestinationKind::EventSource, qualifier, arn: to })
}
