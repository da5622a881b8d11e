//! Whether a deployment is well: what can be known of it, and a table of checks over that.

mod checks;

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
};

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};
use model::{Fact, FunctionArn};

use crate::{
    Files, Findings, Kind, Place, PortError, Summary,
    night::{folder, read_json},
};

pub use checks::{CHECKS, Check, FORWARDED, Health};

/// How far back is looked for an event that was heard, and for a night that was summed up.
const LOOK_BACK_DAYS: i64 = 14;

/// The Region whose default bus IAM's changes are told to.
const IAM_IS_HEARD_IN: &str = "us-east-1";

/// The stack, as CloudFormation tells of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stack {
    /// `CREATE_COMPLETE`, …
    pub status: String,
    /// By key.
    pub parameters: BTreeMap<String, String>,
    /// By key.
    pub outputs: BTreeMap<String, String>,
}

/// A rule of EventBridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRule {
    /// As CloudFormation made it: `lambda-warden-FunctionChanged-1A2B3C`.
    pub name: String,
    /// It is switched on.
    pub enabled: bool,
}

/// An execution of the night.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// `SUCCEEDED`, `FAILED`, `RUNNING`, …
    pub status: String,
    /// When it began.
    pub started: Timestamp,
}

/// A trail of CloudTrail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailHealth {
    /// Its ARN.
    pub arn: String,
    /// Where it delivers to.
    pub bucket: String,
    /// It is switched on.
    pub logging: bool,
    /// Why its last delivery failed, in CloudTrail's words.
    pub error: Option<String>,
}

/// What is asked about a deployment, with the credentials of who asks.
pub trait Deployment: Send + Sync {
    /// The stack of that name.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    fn stack(
        &self,
        home: &Place,
        name: &str,
    ) -> impl Future<Output = Result<Stack, PortError>> + Send;

    /// Messages that wait in the queue with that URL.
    ///
    /// # Errors
    /// It cannot be asked.
    fn waiting(
        &self,
        home: &Place,
        queue: &str,
    ) -> impl Future<Output = Result<u64, PortError>> + Send;

    /// When a message was last put into the queue of that name, since `since`, to the hour.
    ///
    /// # Errors
    /// It cannot be asked.
    fn last_message(
        &self,
        home: &Place,
        queue: &str,
        since: Timestamp,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<Timestamp>, PortError>> + Send;

    /// Whether the schedule is switched on.
    ///
    /// # Errors
    /// There is none, or it cannot be asked.
    fn schedule(
        &self,
        home: &Place,
        name: &str,
    ) -> impl Future<Output = Result<bool, PortError>> + Send;

    /// The latest execution of the state machine.
    ///
    /// # Errors
    /// It cannot be asked.
    fn last_execution(
        &self,
        home: &Place,
        machine: &str,
    ) -> impl Future<Output = Result<Option<Execution>, PortError>> + Send;

    /// The policy of the bus; `None`: it has none.
    ///
    /// # Errors
    /// There is no such bus, or it cannot be asked.
    fn bus_policy(
        &self,
        home: &Place,
        bus: &str,
    ) -> impl Future<Output = Result<Option<String>, PortError>> + Send;

    /// The rules of a bus (`default` or another name) that lead to `target`.
    ///
    /// # Errors
    /// They cannot be listed to the end.
    fn rules_to(
        &self,
        place: &Place,
        bus: &str,
        target: &str,
    ) -> impl Future<Output = Result<Vec<EventRule>, PortError>> + Send;

    /// Every trail that logs in `home`.
    ///
    /// # Errors
    /// They cannot be listed.
    fn trails(
        &self,
        home: &Place,
    ) -> impl Future<Output = Result<Vec<TrailHealth>, PortError>> + Send;
}

/// What is known of a deployment.
#[derive(Clone, Debug)]
pub struct Facts {
    /// When it was asked.
    pub now: Timestamp,
    /// The security account, where the stack is.
    pub home: Place,
    /// The day on which the runtime calendar's sources were read.
    pub calendar: Date,
    /// The stack.
    pub stack: Fact<Stack>,
    /// The last night that was summed up; `None`: none for a fortnight.
    pub night: Fact<Option<Summary>>,
    /// Letters that died.
    pub dead_letters: Fact<u64>,
    /// When a change was last heard.
    pub heard: Fact<Option<Timestamp>>,
    /// The night's schedule is on.
    pub schedule: Fact<bool>,
    /// The latest execution of the night.
    pub execution: Fact<Option<Execution>>,
    /// The policy of our bus.
    pub bus_policy: Fact<Option<String>>,
    /// IAM's changes are heard here too: everywhere by our own rules, by a member's in the one Region
    /// that is told of them.
    pub hears_iam: bool,
    /// Rules by the bus that they are on, `default` and ours, that lead to our queue; of a member,
    /// to our bus.
    pub rules: BTreeMap<String, Fact<Vec<EventRule>>>,
    /// Whether Security Hub answers in the security account, by Region.
    pub hubs: BTreeMap<String, Fact<()>>,
    /// Every trail that logs here.
    pub trails: Fact<Vec<TrailHealth>>,
}

/// What a check came to.
#[derive(Clone, Debug)]
pub struct Told {
    /// Which check.
    pub check: &'static Check,
    /// What of: a place, a rule, a queue; empty where there is one alone.
    pub about: String,
    /// What it came to.
    pub health: Health,
}

/// Asks everything, and judges it. Nothing is changed.
///
/// * `files`: opens the files of nights in a bucket.
/// * `calendar`: the day on which the runtime calendar's sources were read.
pub async fn examine<F: Files>(
    deployment: &impl Deployment,
    findings: &impl Findings,
    files: impl Fn(&str) -> F,
    home: &Place,
    stack: &str,
    (calendar, now): (Date, Timestamp),
) -> Vec<Told> {
    let stack = fact(deployment.stack(home, stack).await);
    let output = |key: &str| match stack.get("stack") {
        Ok(stack) => match stack.outputs.get(key).filter(|value| !value.is_empty()) {
            Some(value) => Fact::Known(value.clone()),
            None => Fact::unknown(format!("the stack has no output `{key}`")),
        },
        Err(_) => Fact::unknown("the stack is not known"),
    };
    let since = now - SignedDuration::from_hours(24 * LOOK_BACK_DAYS);
    let (dead, changes) = (output("DeadLettersUrl"), output("ChangesUrl"));
    let queue = changes.clone().map(|url| last_part(&url).to_owned());
    let queue_arn = queue
        .clone()
        .map(|name| format!("arn:{}:sqs:{}:{}:{name}", home.partition, home.region, home.account));
    let bus = output("BusArn").map(|arn| last_part(&arn).to_owned());
    let mut rules = BTreeMap::new();
    for bus in [Fact::Known("default".to_owned()), bus.clone()] {
        let Fact::Known(name) = bus else { continue };
        let found = ask(&queue_arn, |queue| deployment.rules_to(home, &name, queue)).await;
        rules.insert(name.clone(), found);
    }
    let night = match output("LedgerBucketName") {
        Fact::Known(bucket) => fact(last_night(&files(&format!("s3://{bucket}")), now).await),
        Fact::Unknown { unknown } => Fact::Unknown { unknown },
    };
    let facts = Facts {
        now,
        home: home.clone(),
        calendar,
        night,
        dead_letters: ask(&dead, |url| deployment.waiting(home, url)).await,
        heard: ask(&queue, |name| deployment.last_message(home, name, since, now)).await,
        schedule: ask(&output("NightlyStartName"), |name| deployment.schedule(home, name)).await,
        execution: ask(&output("NightlyArn"), |arn| deployment.last_execution(home, arn)).await,
        bus_policy: ask(&bus, |name| deployment.bus_policy(home, name)).await,
        hears_iam: true,
        rules,
        hubs: hubs(findings, home, stack.known()).await,
        trails: fact(deployment.trails(home).await),
        stack,
    };
    judge(&facts)
}

/// Asks a member, with its own credentials, whether it forwards to `bus` and has its Security Hub.
pub async fn examine_member(
    deployment: &impl Deployment,
    findings: &impl Findings,
    place: &Place,
    bus: &str,
    (calendar, now): (Date, Timestamp),
) -> Vec<Told> {
    let rules = fact(deployment.rules_to(place, "default", bus).await);
    let facts = Facts {
        hears_iam: place.region == IAM_IS_HEARD_IN,
        rules: [("default".to_owned(), rules)].into(),
        hubs: hubs(findings, place, None).await,
        ..Facts::unknown(place, calendar, now)
    };
    let is_asked = |told: &Told| [checks::RULES, checks::HUB].contains(&told.check.id);
    judge(&facts).into_iter().filter(is_asked).collect()
}

impl Facts {
    /// Nothing is known.
    fn unknown(home: &Place, calendar: Date, now: Timestamp) -> Self {
        fn unread<T>() -> Fact<T> {
            Fact::unknown("not asked")
        }
        Self {
            now,
            home: home.clone(),
            calendar,
            stack: unread(),
            night: unread(),
            dead_letters: unread(),
            heard: unread(),
            schedule: unread(),
            execution: unread(),
            bus_policy: unread(),
            hears_iam: true,
            rules: BTreeMap::new(),
            hubs: BTreeMap::new(),
            trails: unread(),
        }
    }
}

/// Every check over `facts`.
pub fn judge(facts: &Facts) -> Vec<Told> {
    let told = |check: &'static Check| {
        let found = (check.judge)(facts).into_iter();
        found.map(move |(about, health)| Told { check, about, health })
    };
    CHECKS.iter().flat_map(told).collect()
}

fn fact<T>(read: Result<T, PortError>) -> Fact<T> {
    read.map_or_else(|error| Fact::unknown(error.advice()), Fact::Known)
}

/// What follows from something that is known itself.
async fn ask<'a, I, T, A: Future<Output = Result<T, PortError>>>(
    about: &'a Fact<I>,
    then: impl FnOnce(&'a I) -> A,
) -> Fact<T> {
    match about {
        Fact::Known(about) => fact(then(about).await),
        Fact::Unknown { unknown } => Fact::unknown(unknown),
    }
}

/// `lambda-warden` of an ARN or a URL that ends in it.
fn last_part(named: &str) -> &str {
    named.rsplit(['/', ':']).next().unwrap_or_default()
}

/// Whether Security Hub answers in each Region of the stack: it is asked for the findings of a
/// function that is not there.
async fn hubs(
    findings: &impl Findings,
    home: &Place,
    stack: Option<&Stack>,
) -> BTreeMap<String, Fact<()>> {
    let listed = stack.and_then(|stack| stack.parameters.get("Regions"));
    let mut regions: BTreeSet<String> = listed
        .map(|list| list.split(',').map(|region| region.trim().to_owned()).collect())
        .unwrap_or_default();
    regions.remove("");
    regions.insert(home.region.clone());
    let mut hubs = BTreeMap::new();
    for region in regions {
        let Ok(nobody) = FunctionArn::new(&home.partition, &region, &home.account, "nobody") else {
            continue;
        };
        let place = Place { region: region.clone(), ..home.clone() };
        hubs.insert(region, fact(findings.observed(&place, Some(&[nobody])).await.map(drop)));
    }
    hubs
}

async fn last_night(files: &impl Files, now: Timestamp) -> Result<Option<Summary>, PortError> {
    let today = now.to_zoned(TimeZone::UTC).date();
    for back in 0..LOOK_BACK_DAYS {
        let key = format!("{}/summary.json", folder(today.saturating_sub(back.days())));
        match read_json(files, &key).await {
            Err(error) if error.kind == Kind::Gone => {}
            read => return read.map(Some),
        }
    }
    Ok(None)
}

#[cfg(test)]
#[path = "doctor_tests.rs"]
mod tests;
