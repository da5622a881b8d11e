//! Concurrency that is reserved or provisioned.

use aws_sdk_lambda::Client;
use jiff::Timestamp;
use model::{Fact, FunctionArn, Qualifier};
use scan::PortError;

use super::{exposure::qualifier_of, fact};
use crate::failure::port_error;

/// Whether any function of the place has a reservation: the pool of the others is the smaller for
/// it. One call that mostly makes a call for each function needless.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_AccountLimit.html>
pub(crate) async fn any_reserved(lambda: &Client, subject: &str) -> Result<bool, PortError> {
    let answer = lambda.get_account_settings().send().await;
    let answer = answer.map_err(|e| port_error("lambda:GetAccountSettings", subject, e))?;
    // What is left out leaves room for a reservation.
    Ok(answer.account_limit.is_none_or(|limit| {
        limit.unreserved_concurrent_executions != Some(limit.concurrent_executions)
    }))
}

pub(crate) async fn reserved(lambda: &Client, arn: &FunctionArn) -> Fact<Option<u32>> {
    let answer = lambda.get_function_concurrency().function_name(arn.as_str()).send().await;
    let answer = answer.map_err(|e| port_error("lambda:GetFunctionConcurrency", arn.as_str(), e));
    let number = |given: Option<i32>| given.and_then(|number| u32::try_from(number).ok());
    fact(answer.map(|answer| number(answer.reserved_concurrent_executions)))
}

/// What has provisioned concurrency, and when each was set. Only versions and aliases can.
pub(crate) async fn provisioned(
    lambda: &Client,
    arn: &FunctionArn,
    qualifiers: &Fact<Vec<Qualifier>>,
) -> Fact<Vec<(String, Timestamp)>> {
    const OPERATION: &str = "lambda:ListProvisionedConcurrencyConfigs";
    if qualifiers.known().is_some_and(Vec::is_empty) {
        return Fact::Known(Vec::new());
    }
    let list = lambda.list_provisioned_concurrency_configs().function_name(arn.as_str());
    let found: Result<Vec<_>, _> = list.into_paginator().items().send().try_collect().await;
    let found = match found {
        Ok(found) => found,
        Err(error) => return fact(Err(port_error(OPERATION, arn.as_str(), error))),
    };
    let each = found.into_iter().map(|one| {
        let qualifier = qualifier_of(one.function_arn.as_deref()?)?.to_owned();
        // `2019-12-31T20:28:49+0000`
        let changed = Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", one.last_modified?).ok()?;
        Some((qualifier, changed))
    });
    match each.collect() {
        Some(found) => Fact::Known(found),
        None => Fact::unknown(format!("{OPERATION}: an answer without name or time")),
    }
}
