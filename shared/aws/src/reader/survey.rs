//! What bulk calls about a place tell of its functions besides what Lambda itself lists, and what
//! is asked of it only where some rule wants to know: [`rules::wanted`].
//!
//! Of 10,000 functions that run, with log groups of Lambda's own names and without Lambda Insights,
//! this costs 1 + 200 + 20 + 20 calls and a page of alarms for each hundred of them. CloudWatch
//! charges for metrics asked of, $0.01 a thousand: some $0.20 a night.

mod alarms;
mod analyzer;
pub(crate) mod logs;
mod metrics;
mod queues;
mod schedules;
mod signing;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_lambda::Client;
use model::{Fact, FunctionArn, LogGroup, Schedule, Source, Survey};
use scan::{Place, PortError};

use super::{NOT_READ, Reader, fact, list::Listed, own::Own};
use alarms::Alarms;
use metrics::Measured;

/// What was read of a place.
pub(super) struct Surveyed {
    groups: Fact<HashMap<String, LogGroup>>,
    alarms: Fact<Alarms>,
    queues: BTreeMap<String, Fact<u32>>,
    signed: Fact<HashMap<String, String>>,
    schedules: Fact<HashMap<FunctionArn, Vec<Schedule>>>,
    external: Fact<Option<HashMap<String, u32>>>,
    measured: Measured,
}

/// The functions of a place that is read.
pub(super) struct Asked<'a> {
    pub(super) reader: &'a Reader,
    pub(super) place: &'a Place,
    pub(super) lambda: &'a Client,
    pub(super) functions: &'a BTreeMap<FunctionArn, Listed>,
}

impl Asked<'_> {
    fn subject(&self) -> String {
        self.place.to_string()
    }
}

impl Surveyed {
    /// * `owns`: what is known of each function by itself.
    /// * `queues`: those that feed some function.
    pub(super) async fn read(
        asked: &Asked<'_>,
        owns: &BTreeMap<FunctionArn, Own>,
        queues: BTreeSet<String>,
    ) -> Self {
        let wanted = asked.reader.wanted;
        let is_empty = asked.functions.is_empty();
        let (groups, alarms, queues, signed, schedules, external, measured) = tokio::join!(
            asked_for(wanted.log_group && !is_empty, logs::groups(asked)),
            asked_for(wanted.alarms && !is_empty, alarms::alarms(asked)),
            queues::visibility(asked, if wanted.queues { queues } else { BTreeSet::new() }),
            asked_for(wanted.signing && !is_empty, signing::signed(asked)),
            asked_for(wanted.schedules && !is_empty, schedules::schedules(asked)),
            asked_for(wanted.external && !is_empty, analyzer::external(asked)),
            Box::pin(metrics::measure(asked, owns, wanted)),
        );
        Self { groups, alarms, queues, signed, schedules, external, measured }
    }

    /// What of it concerns one function.
    ///
    /// * `reserves`: whether anything has reserved concurrency.
    pub(super) fn of(
        &self,
        listed: &Listed,
        own: &Own,
        reserves: &Fact<bool>,
        feeds: &Fact<Vec<Source>>,
    ) -> Survey {
        let arn = &listed.configuration.arn;
        let group = |groups: &HashMap<String, LogGroup>| match &listed.configuration.facts {
            Fact::Known(facts) => Fact::Known(groups.get(&facts.log_group).cloned()),
            Fact::Unknown { unknown } => Fact::unknown(unknown),
        };
        let named = feeds.known().into_iter().flatten().filter_map(|one| one.arn.as_ref());
        let queue = |arn: &String| Some((arn.clone(), self.queues.get(arn)?.clone()));
        let provisioned = own.provisioned.clone();
        Survey {
            log_group: of(&self.groups, group),
            alarms: of(&self.alarms, |alarms| Fact::Known(alarms.on(arn.name()))),
            queues: named.filter_map(queue).collect(),
            reserved: match reserves {
                Fact::Known(false) => Fact::Known(None),
                _ => own.reserved.clone(),
            },
            signing: of(&self.signed, |all| Fact::Known(all.get(arn.as_str()).cloned())),
            provisioned: provisioned.map(|all| self.measured.used(arn.name(), all)),
            schedules: of(&self.schedules, |all| {
                Fact::Known(all.get(arn).cloned().unwrap_or_default())
            }),
            external: of(&self.external, |all| match (all, &listed.configuration.settings.role) {
                (None, _) => Fact::Known(None),
                (Some(all), Some(role)) => {
                    Fact::Known(Some(all.get(role).copied().unwrap_or_default()))
                }
                (Some(_), None) => Fact::unknown("Lambda names no role"),
            }),
            metrics: self.measured.of(arn.name()),
        }
    }
}

/// The part of what is known that concerns somebody.
fn of<T, U>(all: &Fact<T>, pick: impl FnOnce(&T) -> Fact<U>) -> Fact<U> {
    match all {
        Fact::Known(all) => pick(all),
        Fact::Unknown { unknown } => Fact::unknown(unknown),
    }
}

/// What is read, if anybody wants to know.
pub(super) async fn asked_for<T>(
    wanted: bool,
    read: impl Future<Output = Result<T, PortError>>,
) -> Fact<T> {
    match wanted {
        // On the heap: many of these stand side by side, and their calls are large.
        true => fact(Box::pin(read).await),
        false => Fact::unknown(NOT_READ),
    }
}
