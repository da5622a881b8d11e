//! What Security Hub remembers, per account and Region.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::rate::Bucket;
use super::{Options, event, time};
use crate::Caller;
use crate::api_error::ApiError;
use crate::clock::locked;

/// A finding in the AWS Security Finding Format.
pub(super) type Finding = Map<String, Value>;

/// Account and Region.
pub(super) type Place = (String, String);

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// One call, as it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// For example `BatchImportFindings`.
    pub operation: &'static str,
    /// Account of the caller.
    pub account: String,
    /// Region of the endpoint.
    pub region: String,
    /// Status of the answer, for example 200 or 429.
    pub status: u16,
    /// Code of the error, for example `TooManyRequestsException`.
    pub error: Option<&'static str>,
}

/// A request that says who sent it.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) operation: &'static str,
    pub(super) caller: Caller,
    pub(super) body: &'a [u8],
    pub(super) now: Timestamp,
}

impl Request<'_> {
    /// The body as a JSON object; an empty body is an empty object.
    pub(super) fn json(&self) -> Result<Map<String, Value>, ApiError> {
        if self.body.is_empty() {
            return Ok(Map::new());
        }
        serde_json::from_slice(self.body)
            .map_err(|error| ApiError::new(400, "SerializationException", error.to_string()))
    }

    pub(super) fn place(&self) -> Place {
        (self.caller.account.clone(), self.caller.region.clone())
    }
}

/// All hubs behind one lock, so that a call is all or nothing.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) options: Options,
    state: Mutex<State>,
}

/// What changes.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) hubs: BTreeMap<Place, Hub>,
    buckets: BTreeMap<(Place, &'static str), Bucket>,
    calls: Vec<Call>,
    events: Vec<Value>,
    numbers: u64,
}

/// Security Hub in one account and Region.
#[derive(Debug)]
pub(super) struct Hub {
    pub(super) on: bool,
    pub(super) since: String,
    /// By product ARN and id.
    pub(super) findings: BTreeMap<(String, String), Stored>,
    /// Custom actions by ARN.
    pub(super) actions: BTreeMap<String, Value>,
}

/// A finding with what Security Hub knows about it and does not show.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) finding: Finding,
    /// Order of arrival.
    pub(super) number: u64,
    /// Last millisecond it is kept.
    pub(super) expires: i64,
    /// Top-level attributes that `BatchUpdateFindings` has set, and imports no longer touch.
    pub(super) by_customer: BTreeSet<&'static str>,
}

impl Store {
    pub(super) fn new(options: Options) -> Self {
        Self { options, state: Mutex::default() }
    }

    /// Runs one call: rate, expiry, `act`, record, events.
    pub(super) fn answer(
        &self,
        request: &Request<'_>,
        act: fn(&mut State, &Options, &Request<'_>) -> Result<Value, ApiError>,
    ) -> Result<Value, ApiError> {
        let mut state = locked(&self.state);
        let known = state.events.len();
        let answer = state.admit(&self.options, request).and_then(|()| {
            state.expire(request.now);
            act(&mut state, &self.options, request)
        });
        let error = answer.as_ref().err();
        state.calls.push(Call {
            operation: request.operation,
            account: request.caller.account.clone(),
            region: request.caller.region.clone(),
            status: error.map_or(200, |error| error.status),
            error: error.map(|error| error.code),
        });
        let fresh = state.events.get(known..).unwrap_or_default().to_vec();
        drop(state);
        if let Some(sink) = &self.options.on_event {
            fresh.iter().for_each(|event| sink(event));
        }
        answer
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        locked(&self.state).calls.clone()
    }

    pub(super) fn events(&self) -> Vec<Value> {
        locked(&self.state).events.clone()
    }

    pub(super) fn findings(&self, account: &str, region: &str) -> Vec<Value> {
        let mut state = locked(&self.state);
        state.expire(self.options.clock.now());
        let hub = state.hubs.get(&(account.to_owned(), region.to_owned()));
        let mut found: Vec<&Stored> =
            hub.into_iter().flat_map(|hub| hub.findings.values()).collect();
        found.sort_by_key(|stored| stored.number);
        found.into_iter().map(|stored| Value::Object(stored.finding.clone())).collect()
    }
}

impl State {
    fn admit(&mut self, options: &Options, request: &Request<'_>) -> Result<(), ApiError> {
        let now = request.now;
        if !options.rate_limits {
            return Ok(());
        }
        self.buckets
            .entry((request.place(), request.operation))
            .or_insert_with(|| Bucket::of(request.operation, now))
            .take(now)
    }

    /// Drops what AWS would have dropped.
    fn expire(&mut self, now: Timestamp) {
        for hub in self.hubs.values_mut() {
            hub.findings.retain(|_, stored| now.as_millisecond() <= stored.expires);
        }
    }

    /// The hub of `place`, made on first sight.
    pub(super) fn hub(&mut self, place: &Place, options: &Options, now: Timestamp) -> &mut Hub {
        self.hubs.entry(place.clone()).or_insert_with(|| Hub {
            on: !options.hubs_off.contains(place),
            since: time::written(now),
            findings: BTreeMap::new(),
            actions: BTreeMap::new(),
        })
    }

    /// The caller's hub, if it is on.
    pub(super) fn open_hub(
        &mut self,
        options: &Options,
        request: &Request<'_>,
    ) -> Result<&mut Hub, ApiError> {
        let hub = self.hub(&request.place(), options, request.now);
        if hub.on { Ok(hub) } else { Err(not_subscribed(&request.caller.account)) }
    }

    /// A number that no other finding has.
    pub(super) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// Notes the event of a custom action, in the account and Region where it was picked.
    pub(super) fn act(
        &mut self,
        (account, region): &Place,
        action: (&str, &Value),
        finding: &Finding,
        now: Timestamp,
    ) {
        let number = self.events.len();
        self.events.push(event::custom_action(number, (account, region), action, finding, now));
    }

    /// Notes the event that AWS sends for each finding imported or updated.
    pub(super) fn emit(
        &mut self,
        options: &Options,
        place: &Place,
        finding: &Finding,
        now: Timestamp,
    ) {
        let (account, region) = place;
        let also = options.administrator.as_ref().filter(|admin| *admin != account);
        for account in std::iter::once(account).chain(also) {
            let number = self.events.len();
            self.events.push(event::imported(number, account, region, finding, now));
        }
    }
}

/// The last millisecond that a finding is kept: active ones live 90 days and archived ones 30 days
/// from when they were last processed or updated.
///
/// Source: <https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings.html>
pub(super) fn expiry(finding: &Finding) -> i64 {
    let at = |name| text(finding, name).and_then(time::millis);
    let days = if text(finding, "RecordState") == Some("ARCHIVED") { 30 } else { 90 };
    at("ProcessedAt").max(at("UpdatedAt")).unwrap_or_default() + days * DAY
}

/// Places whose findings `caller` may see and update: its own, and all of them for the
/// administrator.
pub(super) fn visible(options: &Options, caller: &Caller, place: &Place) -> bool {
    let (account, region) = place;
    *region == caller.region
        && (*account == caller.account || options.administrator.as_ref() == Some(&caller.account))
}

/// The answer where Security Hub is off.
pub(super) fn not_subscribed(account: &str) -> ApiError {
    let message = format!("Account {account} is not subscribed to AWS Security Hub");
    ApiError::new(401, "InvalidAccessException", message)
}

/// A text attribute of a finding.
pub(super) fn text<'a>(finding: &'a Finding, name: &str) -> Option<&'a str> {
    finding.get(name).and_then(Value::as_str)
}
