//! Plays the history: nights as the state machine runs them, events as the queue delivers them.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    sync::{Arc, Mutex},
};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use model::{Baseline, Calendar};
use scan::{
    Done, Kind, Message, Missed, Night, Place, PortError, Run, Seen, Summary, Sweep, Warden,
    night::{read_json, write_json},
    summary::summarise,
    write_report,
};
use serde_json::{Value, json};

use crate::{
    broken::{Broken, Memory},
    chaos::Chaos,
    hubs::Hubs,
    world::{ACCOUNTS, HOME, REGION, STAGES, World, changes, enter, now, place, stage},
};

/// So often anything is tried: what does not come to its end by then never does. A summary of some
/// fifteen calls comes to it in one try of twenty.
const TRIES: usize = 400;

/// The baseline of the last night.
const SWITCHED_OFF: &str = "[rules.policy-public]\nenabled = false";

/// One playing of the history.
#[derive(Debug)]
pub(crate) struct Days {
    hubs: Hubs,
    files: Broken<Memory>,
    calendar: Calendar,
    /// Of all nights but the last, and of that: parsed once, for that takes longer than a sweep.
    baselines: [Baseline; 2],
    chaos: Arc<Chaos>,
    pub(crate) blind: Arc<Mutex<BTreeSet<String>>>,
}

impl Days {
    pub(crate) fn new(hub: &str, seed: Option<u64>) -> Self {
        let (chaos, blind) = (Arc::new(Chaos::of(seed)), Arc::default());
        let port = Memory::default();
        let files = Broken { port, chaos: Arc::clone(&chaos), blind: Arc::clone(&blind) };
        let baselines = ["", SWITCHED_OFF].map(|text| rules::baseline::parse(text).unwrap());
        let calendar = rules::calendar().unwrap();
        Self { hubs: Hubs::at(hub), files, calendar, baselines, chaos, blind }
    }

    pub(crate) async fn play(&self) {
        for at in 0..STAGES.len() {
            enter(at);
            match at % 2 {
                0 => self.night().await,
                _ => self.day().await,
            }
        }
    }

    /// Faults so far, by name.
    pub(crate) fn met(&self) -> BTreeMap<&'static str, u64> {
        self.chaos.met.lock().unwrap().clone()
    }

    fn broken<P>(&self, port: P) -> Broken<P> {
        Broken { port, chaos: Arc::clone(&self.chaos), blind: Arc::clone(&self.blind) }
    }

    fn warden(&self) -> Warden<Broken<World>, Broken<Hubs>> {
        let is_last = stage() + 1 == STAGES.len();
        Warden {
            inventory: self.broken(World),
            findings: self.broken(self.hubs.clone()),
            calendar: self.calendar.clone(),
            baseline: self.baselines[usize::from(is_last)].clone(),
            clock: now,
        }
    }

    /// What is tried until it comes to its end, by one process after another.
    async fn until_done<T, F>(&self, what: &str, work: impl Fn() -> F) -> Result<T, PortError>
    where
        F: Future<Output = Result<Option<T>, PortError>>,
    {
        let mut why = String::new();
        for _ in 0..TRIES {
            match self.chaos.process(what, Box::pin(work())).await {
                Some(Ok(Some(done))) => return Ok(done),
                Some(Err(error)) if error.kind == Kind::Denied => return Err(error),
                Some(Err(error)) => why = error.chain(),
                Some(Ok(None)) => why = "not done".to_owned(),
                None => why = "killed".to_owned(),
            }
        }
        unreachable!("{what} never ends: {why}")
    }

    async fn night(&self) {
        let since = now();
        let sweeps = ACCOUNTS.map(|account| sweep_of(account, since)).to_vec();
        let night = sweeps[0].night;
        let (unreachable, digests) = (BTreeMap::new(), (0, 0));
        let plan = Night { night, since, sweeps: sweeps.clone(), unreachable, digests, logs: None };
        let write = async || write_json(&self.files, night, "plan.json", &plan).await.map(Some);
        self.until_done("plan", write).await.unwrap();
        for sweep in &sweeps {
            if let Err(error) = self.sweep(sweep).await {
                let missed = Missed {
                    account: sweep.account.clone(),
                    region: sweep.region.clone(),
                    day: None,
                    since: Some(since),
                    error: error.kind.to_string(),
                    cause: error.chain(),
                };
                let keep = async || missed.keep(&self.files, night).await.map(Some);
                self.until_done("missed", keep).await.unwrap();
            }
        }
        let home = place(HOME);
        let sum = async || {
            let warden = self.warden();
            let (store, baseline) = (&warden.findings, &warden.baseline);
            let seen = Seen::of(&self.files, night).await?;
            let summary = summarise(&self.files, store, &home, baseline, &seen, now()).await?;
            Ok(Some((summary, seen)))
        };
        let (summary, seen) = self.until_done("summary", sum).await.unwrap();
        assert!(summary.refused.is_empty(), "{:?}", summary.refused);
        assert_eq!(summary.planned - summary.missing.len(), summary.swept, "{summary:?}");
        let write = async || write_report(&self.files, &summary, &seen, now()).await.map(Some);
        self.until_done("report", write).await.unwrap();
        self.check_report(&summary).await;
    }

    /// The report counts what the summary counts, but of the places that it names.
    async fn check_report(&self, summary: &Summary) {
        let key = format!("nights/{}/posture.json", summary.night);
        let calm = Broken { chaos: Arc::default(), ..self.files.clone() };
        let posture: report::Posture = read_json(&calm, &key).await.unwrap();
        let untold = |gap: &&report::Gap| {
            let is_night = gap.of.starts_with("the night of ");
            !is_night && !summary.unseen().any(|(of, _)| *of == gap.of)
        };
        match posture.gaps.iter().find(untold) {
            Some(gap) => assert!(self.chaos.seed.is_some(), "{gap:?}"),
            None => assert_eq!(i64::try_from(posture.violations().count()), Ok(summary.open())),
        }
    }

    /// A list that broke off is swept again, as whoever reads the summary would have it.
    async fn sweep(&self, sweep: &Sweep) -> Result<Run, PortError> {
        let what = format!("sweep {}", sweep.account);
        let run = async || {
            let hurry = self.chaos.strikes("time short", 0.05, &what);
            let by = now() + SignedDuration::from_secs(if hurry { 1 } else { 900 });
            let run = self.warden().sweep(sweep, by, &self.files).await?;
            if !run.done {
                return Ok(None);
            }
            run.keep(&self.files, sweep).await?;
            let is_whole = run.told.cut_short.is_none() && run.refused.is_empty();
            Ok(is_whole.then_some(run))
        };
        self.until_done(&what, run).await
    }

    /// The changes of a day, some of them told twice, and each until it is heard.
    async fn day(&self) {
        let mut queue: BTreeMap<String, Message> = BTreeMap::new();
        let changed = ACCOUNTS.iter().flat_map(|account| changes(account));
        for (number, (arn, call)) in changed.enumerate() {
            let body = event(arn.account(), arn.name(), call, now());
            let twice = self.chaos.strikes("told twice", 0.2, arn.as_str());
            for copy in 0..1 + usize::from(twice) {
                let id = format!("{number}.{copy}");
                let body = body.to_string();
                queue.insert(id.clone(), Message { id, queued: Some(now()), body });
            }
        }
        let (mut done, mut why) = (Done::default(), String::new());
        for _ in 0..TRIES {
            // A batch is ten messages, in no order.
            let mut some: Vec<Message> = queue.values().cloned().collect();
            let order = |one: &Message| self.chaos.draw(&one.id).unwrap_or_default().to_bits();
            some.sort_by_cached_key(order);
            some.truncate(10);
            if some.is_empty() {
                return;
            }
            let by = now() + SignedDuration::from_secs(120);
            let warden = self.warden();
            let regions = [REGION.to_owned()];
            let batch = warden.on_change(&some, &regions, by, &done);
            match self.chaos.process("on-change", Box::pin(batch)).await {
                Some(batch) => {
                    why = format!("{:?}", batch.failed);
                    let heard = |one: &Message| !batch.failed.contains_key(&one.id);
                    some.iter().filter(|one| heard(one)).for_each(|one| {
                        queue.remove(&one.id);
                    });
                }
                None => done = Done::default(),
            }
        }
        unreachable!("messages that are never heard: {why}");
    }

    /// Once more the last night, without faults: how many calls it would write.
    pub(crate) async fn written_again(mut self) -> usize {
        self.chaos = Arc::default();
        let mut written = 0;
        for account in ACCOUNTS {
            written += self.sweep(&sweep_of(account, now())).await.unwrap().written;
        }
        written
    }
}

/// The order to sweep an account in the night that began then.
fn sweep_of(account: &str, since: Timestamp) -> Sweep {
    let Place { partition, account, region } = place(account);
    Sweep { partition, account, region, night: since.to_zoned(TimeZone::UTC).date(), since }
}

/// A call as CloudTrail tells it.
fn event(account: &str, name: &str, call: &str, at: Timestamp) -> Value {
    let arn = format!("arn:aws:lambda:{REGION}:{account}:function:{name}");
    let person = format!("arn:aws:sts::{account}:assumed-role/developer/alice");
    json!({
        "detail-type": "AWS API Call via CloudTrail", "source": "aws.lambda",
        "account": account, "region": REGION, "time": at,
        "detail": {
            "eventSource": "lambda.amazonaws.com", "eventName": call, "eventTime": at,
            "eventID": format!("{account} {name} {call}"),
            "awsRegion": REGION, "recipientAccountId": account,
            "userIdentity": { "type": "AssumedRole", "arn": person, "accountId": account },
            "requestParameters": { "functionName": name, "resource": arn },
        },
    })
}
