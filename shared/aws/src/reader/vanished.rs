//! Functions that are deleted while they are read.

use aws_sdk_lambda::Client;
use model::{Fact, Snapshot};
use scan::Kind;

use super::function::CONFIGURATION;
use crate::failure::port_error;

/// Whether the function does not exist any more, asked only if one of its own calls said so.
///
/// A policy that is not found says nothing: most functions have none.
pub(super) async fn vanished(lambda: &Client, function: &Snapshot) -> bool {
    let Snapshot { arn, tags, qualifiers, destinations, runtime_update, .. } = function;
    let own = [why(tags), why(qualifiers), why(destinations), why(runtime_update)];
    let gone = format!(" {}", Kind::Gone);
    if !own.into_iter().flatten().any(|why| why.starts_with("lambda:") && why.ends_with(&gone)) {
        return false;
    }
    let answer = lambda.get_function_configuration().function_name(arn.as_str()).send().await;
    let error = answer.map_err(|error| port_error(CONFIGURATION, arn.as_str(), error)).err();
    error.is_some_and(|error| error.kind == Kind::Gone)
}

fn why<T>(fact: &Fact<T>) -> Option<&str> {
    match fact {
        Fact::Known(_) => None,
        Fact::Unknown { unknown } => Some(unknown),
    }
}
