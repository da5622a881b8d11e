//! Functions of three accounts, and how they change from stage to stage.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    time::Duration,
};

use jiff::Timestamp;
use model::{FunctionArn, Snapshot};
use scan::{Estate, Inventory, Kind, Place, PortError, Turn, Used};
use serde_json::{Value, json};
use stand_ins::Clock;

use crate::chaos::refused;

pub(crate) const REGION: &str = "eu-west-1";
pub(crate) const HOME: &str = "111122223333";
/// Lets nobody in during the second night.
pub(crate) const DENIED: &str = "777788889999";
pub(crate) const ACCOUNTS: [&str; 3] = [HOME, "444455556666", DENIED];

/// Night, events, night, events, night.
pub(crate) const STAGES: [&str; 5] = [
    "2026-11-24T01:30:00Z",
    "2026-11-24T12:00:00Z",
    "2026-11-25T01:30:00Z",
    "2026-11-25T12:00:00Z",
    "2026-11-26T01:30:00Z",
];

/// Every function and what it is in each stage: `-` is not there.
const HISTORY: [(&str, &str); 14] = [
    ("sound", "good good good good good"),
    ("neglected", "old old old old old"),
    ("mended", "old good good good good"),
    ("mended-at-night", "old old good good good"),
    ("spoilt", "good old old old old"),
    ("spoilt-at-night", "good good secret secret secret"),
    ("new", "- open open open open"),
    ("new-at-night", "- - - - secret"),
    ("deleted", "old - - - -"),
    ("deleted-at-night", "secret secret secret secret -"),
    ("recreated", "open - open open open"),
    ("relapsed", "old good good old old"),
    ("exempt-for-a-day", "old exempt exempt exempt exempt"),
    ("exempt-at-once", "- exempt exempt good good"),
];

thread_local! {
    static CLOCK: RefCell<Clock> = RefCell::default();
    /// Functions by ARN and state: to read one takes longer than to judge it.
    static READ: RefCell<BTreeMap<(FunctionArn, &'static str), Snapshot>> = RefCell::default();
    static STAGE: Cell<usize> = const { Cell::new(0) };
}

pub(crate) fn now() -> Timestamp {
    CLOCK.with_borrow(Clock::now)
}

pub(crate) fn stage() -> usize {
    STAGE.get()
}

/// Begins the history anew, on a clock of its own.
pub(crate) fn begin() -> Clock {
    STAGE.set(0);
    CLOCK.replace(Clock::fixed(STAGES[0].parse().unwrap()));
    CLOCK.with_borrow(Clone::clone)
}

pub(crate) fn enter(stage: usize) {
    STAGE.set(stage);
    let until: Timestamp = STAGES[stage].parse().unwrap();
    let left = until.duration_since(now());
    tick(Duration::try_from(left).unwrap());
}

fn tick(by: Duration) {
    CLOCK.with_borrow(|clock| clock.advance(by));
}

pub(crate) fn place(account: &str) -> Place {
    let part = |text: &str| text.to_owned();
    Place { partition: part("aws"), account: part(account), region: part(REGION) }
}

fn state(name: &str, stage: usize) -> &'static str {
    let (_, states) = HISTORY.iter().find(|(known, _)| *known == name).unwrap();
    states.split(' ').nth(stage).unwrap()
}

/// Functions of an account that changed in this stage, and the call that did it.
pub(crate) fn changes(account: &str) -> Vec<(FunctionArn, &'static str)> {
    let now = stage();
    let change = |(name, _): &(&str, &str)| {
        let (was, is) = (state(name, now - 1), state(name, now));
        let call = match (was, is) {
            _ if was == is => return None,
            (_, "-") => "DeleteFunction20150331",
            (_, "exempt") => "TagResource20170331v2",
            _ => "UpdateFunctionConfiguration20150331v2",
        };
        Some((FunctionArn::new("aws", REGION, account, name).unwrap(), call))
    };
    HISTORY.iter().filter_map(change).collect()
}

/// The facts of a function as they are now.
fn snapshot(arn: &FunctionArn) -> Option<Snapshot> {
    let state = state(arn.name(), stage());
    if state == "-" {
        return None;
    }
    READ.with_borrow_mut(|read| {
        let known = read.entry((arn.clone(), state)).or_insert_with(|| facts(arn, state));
        Some(Snapshot { read_at: now(), ..known.clone() })
    })
}

fn facts(arn: &FunctionArn, state: &str) -> Snapshot {
    let healthy = include_str!("../../../rules/src/tests/healthy.json")
        .replace(HOME, arn.account())
        .replace(":function:pay", &format!(":function:{}", arn.name()));
    let mut facts: Value = serde_json::from_str(&healthy).unwrap();
    let anyone = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunction",
          "Resource": arn.as_str() }] });
    match state {
        "old" => facts["runtime"] = json!({ "managed": "python2.7" }),
        "exempt" => {
            facts["runtime"] = json!({ "managed": "python2.7" });
            facts["tags"] = json!({
                "warden:allow:runtime-deprecated": "until=2026-11-25 by=payments ticket=SEC-1"
            });
        }
        "secret" => {
            facts["environment"]["variables"]["DB_PASSWORD"] = json!({ "secret": "password" });
        }
        "open" => facts["exposure"]["policy"] = anyone,
        _ => {}
    }
    serde_json::from_value(facts).unwrap()
}

/// Tells what is so. Each question takes a second.
#[derive(Debug)]
pub(crate) struct World;

impl Inventory for World {
    async fn function(&self, arn: &FunctionArn, _: Timestamp) -> Result<Snapshot, PortError> {
        tick(Duration::from_secs(1));
        let gone = || refused("lambda:GetFunctionConfiguration", arn.as_str(), Kind::Gone);
        snapshot(arn).ok_or_else(gone)
    }

    async fn functions(&self, place: &Place, _: Turn) -> Result<Estate, PortError> {
        tick(Duration::from_secs(1));
        if place.account == DENIED && stage() == 2 {
            return Err(refused("sts:AssumeRole", DENIED, Kind::Denied));
        }
        let arn = |(name, _): &(&str, &str)| {
            FunctionArn::new("aws", &place.region, &place.account, name).unwrap()
        };
        let functions = HISTORY.iter().map(arn).filter_map(|arn| snapshot(&arn)).collect();
        Ok(Estate { functions, ..Estate::default() })
    }

    async fn changed(&self, _: &FunctionArn, _: Timestamp) -> Result<(), PortError> {
        Ok(())
    }

    async fn users(
        &self,
        _: &Place,
        _: &Used,
        _: Timestamp,
    ) -> Result<Vec<FunctionArn>, PortError> {
        Ok(Vec::new())
    }

    async fn roles_of_policy(&self, _: &Place, _: &str) -> Result<Vec<String>, PortError> {
        Ok(Vec::new())
    }
}
