//! What CloudWatch measured, in bulk.

mod data;

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use model::{Fact, FunctionArn, Memory, Metrics, Provisioned};
use rules::{FORTNIGHT, QUARTER, Wanted};
use scan::PortError;

use super::{Asked, asked_for};
use crate::reader::own::Own;
use data::{DAY, HOUR, Points, Query, Source};

/// What was measured of a place, by function name.
pub(super) struct Measured {
    invocations: Fact<HashMap<String, Points>>,
    durations: Fact<HashMap<String, f64>>,
    busy: Fact<HashMap<String, f64>>,
    memory: Fact<HashMap<String, Memory>>,
    /// By name and qualifier.
    used: Fact<HashMap<(String, String), f64>>,
}

/// Asks only of what ran.
pub(super) async fn measure(
    asked: &Asked<'_>,
    owns: &BTreeMap<FunctionArn, Own>,
    wanted: Wanted,
) -> Measured {
    let names: Vec<&str> = asked.functions.keys().map(FunctionArn::name).collect();
    let source = &Source::new(asked);
    let is_there = !names.is_empty();
    let first = async {
        let invocations =
            asked_for(wanted.invocations && is_there, source.sums("Invocations", &names, QUARTER))
                .await;
        let ran: Vec<&str> = match &invocations {
            Fact::Known(all) => {
                names.iter().copied().filter(|name| ran(all, name, source)).collect()
            }
            Fact::Unknown { .. } => names.clone(),
        };
        let (durations, busy) = tokio::join!(
            asked_for(wanted.duration && is_there, durations(source, &ran)),
            asked_for(wanted.busy && is_there, busy(source, &ran)),
        );
        (invocations, durations, busy)
    };
    let ((invocations, durations, busy), memory, used) = tokio::join!(
        first,
        asked_for(wanted.memory && is_there, memory(source, &names)),
        asked_for(wanted.provisioned && is_there, used(source, owns)),
    );
    Measured { invocations, durations, busy, memory, used }
}

impl Measured {
    pub(super) fn of(&self, name: &str) -> Metrics {
        Metrics {
            invocations: find(&self.invocations, name).map(|points| points.map_or(0, sum)),
            duration: find(&self.durations, name).map(|most| most.copied()),
            busy: find(&self.busy, name).map(|copies| copies.copied().unwrap_or_default()),
            memory: find(&self.memory, name).map(|memory| memory.cloned()),
        }
    }

    /// The same provisioned concurrency with how much of it was in use.
    pub(super) fn used(&self, name: &str, all: Vec<(String, Timestamp)>) -> Vec<Provisioned> {
        let used = |(qualifier, changed): (String, Timestamp)| {
            let key = (name.to_owned(), qualifier);
            let most = match &self.used {
                Fact::Known(used) => Fact::Known(used.get(&key).copied().unwrap_or_default()),
                Fact::Unknown { unknown } => Fact::unknown(unknown),
            };
            Provisioned { qualifier: key.1, changed, most }
        };
        all.into_iter().map(used).collect()
    }
}

fn find<'a, T>(all: &'a Fact<HashMap<String, T>>, name: &str) -> Fact<Option<&'a T>> {
    match all {
        Fact::Known(all) => Fact::Known(all.get(name)),
        Fact::Unknown { unknown } => Fact::unknown(unknown),
    }
}

fn sum(points: &Points) -> u64 {
    // A count: far below 2^53, and never negative.
    points.values().sum::<f64>().max(0.0) as u64
}

/// Whether a function ran within the fortnight.
fn ran(all: &HashMap<String, Points>, name: &str, source: &Source<'_>) -> bool {
    let since = source.start(FORTNIGHT);
    all.get(name).is_some_and(|points| points.range(since..).any(|(_, count)| *count > 0.0))
}

/// The highest p99 of a day, in milliseconds.
async fn durations(source: &Source<'_>, ran: &[&str]) -> Result<HashMap<String, f64>, PortError> {
    let query =
        |name: &&str| ((*name).to_owned(), Query::of_function(name, "Duration", "p99", DAY));
    source.most(ran.iter().map(query).collect()).await
}

/// How many copies were busy in the quietest hour; of what was at rest on some day, that day's.
async fn busy(source: &Source<'_>, ran: &[&str]) -> Result<HashMap<String, f64>, PortError> {
    let queries = |names: &[&str], period| -> Vec<Query> {
        names.iter().map(|name| Query::of_function(name, "Duration", "Sum", period)).collect()
    };
    let days = source.data(&queries(ran, DAY), FORTNIGHT).await?;
    let mut busy: HashMap<String, f64> = HashMap::new();
    for (name, points) in ran.iter().zip(&days) {
        busy.insert((*name).to_owned(), least(points, DAY));
    }
    let always: Vec<&str> = ran
        .iter()
        .copied()
        .filter(|name| busy.get(*name).is_some_and(|copies| *copies >= 1.0))
        .collect();
    let hours = source.data(&queries(&always, HOUR), FORTNIGHT).await?;
    for (name, points) in always.iter().zip(&hours) {
        busy.insert((*name).to_owned(), least(points, HOUR));
    }
    Ok(busy)
}

/// Copies that were busy on average in the quietest of the periods, of the milliseconds that each
/// was worked in. A period without data was a quiet one.
fn least(points: &Points, period: i64) -> f64 {
    let periods = i64::from(FORTNIGHT) * DAY / period;
    if (points.len() as i64) < periods {
        return 0.0;
    }
    let copies = points.values().map(|worked| worked / 1000.0 / period as f64);
    copies.fold(f64::INFINITY, f64::min)
}

/// What Lambda Insights tells of memory, of the functions that it tells of at all.
async fn memory(source: &Source<'_>, names: &[&str]) -> Result<HashMap<String, Memory>, PortError> {
    const NAMESPACE: &str = "LambdaInsights";
    const METRIC: &str = "memory_utilization";
    const FUNCTION: &str = "function_name";
    let listed = source.listed(NAMESPACE, METRIC, FUNCTION).await?;
    let names: Vec<&str> = names.iter().copied().filter(|name| listed.contains(*name)).collect();
    let queries = |stat| {
        let query = |name: &&str| Query {
            namespace: NAMESPACE,
            metric: METRIC,
            dimensions: vec![(FUNCTION, (*name).to_owned())],
            stat,
            period: DAY,
        };
        names.iter().map(|name| ((*name).to_owned(), query(name))).collect()
    };
    let (p95, most) = (source.most(queries("p95")).await?, source.most(queries("Maximum")).await?);
    let both = |(name, p95): (String, f64)| {
        let most = most.get(&name).copied()?;
        Some((name, Memory { p95, most }))
    };
    Ok(p95.into_iter().filter_map(both).collect())
}

/// How much of each provisioned concurrency was in use at the busiest moment.
async fn used(
    source: &Source<'_>,
    owns: &BTreeMap<FunctionArn, Own>,
) -> Result<HashMap<(String, String), f64>, PortError> {
    let each = |(arn, own): (&FunctionArn, &Own)| -> Vec<(String, String)> {
        let all = own.provisioned.known().into_iter().flatten();
        all.map(|(qualifier, _)| (arn.name().to_owned(), qualifier.clone())).collect()
    };
    let query = |key: (String, String)| {
        let resource = format!("{}:{}", key.0, key.1);
        let mut query =
            Query::of_function(&key.0, "ProvisionedConcurrencyUtilization", "Maximum", DAY);
        query.dimensions.push(("Resource", resource));
        (key, query)
    };
    source.most(owns.iter().flat_map(each).map(query).collect()).await
}
