//! Invocations and errors of one function.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use model::FunctionArn;
use scan::{Place, PortError, repair::Vitals};

use crate::{
    Cloud,
    metric_data::{Points, Query, metric_data},
};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// Invocations and errors from `from` to `to`. Where there is no data there was no invocation.
pub(super) async fn between(
    cloud: &Cloud,
    function: &FunctionArn,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vitals, PortError> {
    let seconds = to.duration_since(from).as_secs();
    // CloudWatch keeps minutes for 15 days, and five minutes for 63.
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
    let period = if seconds > 14 * DAY { HOUR } else { 60 };
    let metrics = ["Invocations", "Errors"];
    let found = sums(cloud, function, &metrics, (from, to), period).await?;
    let mut sums = found.iter().map(|points| points.values().sum());
    let (invocations, errors) = (sums.next(), sums.next());
    Ok(Vitals { invocations: invocations.unwrap_or(0.0), errors: errors.unwrap_or(0.0) })
}

/// The days before `to` with invocations, counted back.
pub(super) async fn days_invoked(
    cloud: &Cloud,
    function: &FunctionArn,
    to: Timestamp,
    days: u16,
) -> Result<BTreeSet<u16>, PortError> {
    let from = to.checked_sub(SignedDuration::from_hours(24 * i64::from(days)));
    let from = from.unwrap_or(Timestamp::MIN);
    let found = sums(cloud, function, &["Invocations"], (from, to), HOUR).await?;
    let ran = found.iter().flatten().filter(|(_, count)| **count > 0.0);
    let ago = |at: i64| u16::try_from((to.as_second() - at).max(0) / DAY).ok();
    Ok(ran.filter_map(|(at, _)| ago(*at)).collect())
}

async fn sums(
    cloud: &Cloud,
    function: &FunctionArn,
    metrics: &[&'static str],
    (from, to): (Timestamp, Timestamp),
    period: i64,
) -> Result<Vec<Points>, PortError> {
    let query = |metric: &&'static str| Query::of_function(function.name(), metric, "Sum", period);
    let queries: Vec<Query> = metrics.iter().map(query).collect();
    let seconds = (from.as_second(), to.as_second() + 1);
    metric_data(cloud, &Place::of(function), function.as_str(), &queries, seconds).await
}
