//! A cloud of one function in memory: what stands in its slots decides what a snapshot shows.
//!
//! Every call is counted, and one of them can fail: before it has any effect, or after.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    sync::{LazyLock, Mutex},
};

use iam::Policy;
use jiff::{SignedDuration, Timestamp};
use model::{
    Calendar, Destination, DestinationKind, Exposure, Fact, FunctionArn, Key, KeyManager, LogGroup,
    NamedPolicy, Origin, Role, RoleState, RoleUser, Runtime, Snapshot,
};

use super::{super::*, cases};
use crate::{
    Estate, Files, Finding, Kind, Note, Refused, Status, Turn, Used, Workflow, WorkflowUpdate,
};

pub(super) const FUNCTION: &str = "arn:aws:lambda:eu-west-1:111122223333:function:pay";
pub(super) const ROLE: &str = "arn:aws:iam::111122223333:role/service-role/runs-pay";
const START: &str = "2026-11-23T06:00:00Z";

static HEALTHY: LazyLock<Snapshot> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../../rules/src/tests/healthy.json")).unwrap()
});
static CALENDAR: LazyLock<Calendar> = LazyLock::new(|| rules::calendar().unwrap());

thread_local! {
    /// Milliseconds since the start; each look at the clock is a millisecond later.
    static NOW: Cell<i64> = const { Cell::new(0) };
}

pub(super) fn clock() -> Timestamp {
    NOW.with(|now| now.set(now.get() + 1));
    let start: Timestamp = START.parse().unwrap();
    start + SignedDuration::from_millis(NOW.with(Cell::get))
}

pub(super) fn wait(hours: i64) {
    NOW.with(|now| now.set(now.get() + hours * 3_600_000));
}

/// When a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing has happened.
    Before,
    /// It has happened, and nobody heard of it.
    After,
}

#[derive(Default)]
pub(super) struct Inner {
    pub(super) slots: BTreeMap<Slot, String>,
    pub(super) tags: Option<BTreeMap<String, String>>,
    pub(super) gone: bool,
    pub(super) no_log_group: bool,
    pub(super) role_id: String,
    pub(super) trust: Option<Policy>,
    /// Other functions with the same role, and their tags.
    pub(super) beside: BTreeMap<FunctionArn, Option<BTreeMap<String, String>>>,
    /// On which days before now functions ran that do not run each day.
    pub(super) days: BTreeMap<FunctionArn, BTreeSet<u16>>,
    /// Functions of other Regions with the same role.
    pub(super) elsewhere: Vec<FunctionArn>,
    pub(super) findings: BTreeMap<String, Observed>,
    pub(super) files: BTreeMap<String, Vec<u8>>,
    pub(super) vitals: Vitals,
    /// Of functions that fare otherwise.
    pub(super) others: BTreeMap<FunctionArn, Vitals>,
    pub(super) advice: Option<Advice>,
    pub(super) irreversible: Option<String>,
    /// What rises with every write.
    pub(super) revision: u64,
    pub(super) calls: Vec<String>,
    pub(super) fault: Option<(usize, Fault)>,
    /// Whether others have their turn between two calls.
    pub(super) turns: bool,
}

/// The cloud. Cloned handles are the same cloud.
#[derive(Clone, Default)]
pub(super) struct World(pub(super) std::sync::Arc<Mutex<Inner>>);

pub(super) type Us = Mender<World, World, World, World>;

impl World {
    pub(super) fn new(slots: impl IntoIterator<Item = (Slot, String)>) -> Self {
        let world = Self::default();
        NOW.with(|now| now.set(0));
        world.with(|it| {
            it.slots = slots.into_iter().collect();
            it.tags = Some(BTreeMap::new());
            it.role_id = "AROAFIRST".to_owned();
            it.vitals = Vitals { invocations: 1000.0, errors: 0.0 };
        });
        world
    }

    pub(super) fn with<T>(&self, what: impl FnOnce(&mut Inner) -> T) -> T {
        what(&mut self.0.lock().unwrap())
    }

    pub(super) fn mender(&self, baseline: &str) -> Us {
        Mender {
            warden: Warden {
                inventory: self.clone(),
                findings: self.clone(),
                calendar: CALENDAR.clone(),
                baseline: rules::baseline::parse(baseline).unwrap(),
                clock,
            },
            changer: self.clone(),
            vault: self.clone(),
            regions: vec!["eu-west-1".into(), "us-east-1".into()],
            ours: "lambda-warden".into(),
        }
    }

    /// Publishes what is wrong with the function, as a sweep would.
    pub(super) async fn publish(&self, mender: &Us) {
        let function: FunctionArn = FUNCTION.parse().unwrap();
        let round = mender.warden.look(std::slice::from_ref(&function), clock()).await;
        mender.warden.publish(&Place::of(&function), round).await.unwrap();
    }

    pub(super) fn finding(&self, rule: &str) -> Option<Observed> {
        self.with(|it| it.findings.get(&format!("{FUNCTION}/{rule}")).cloned())
    }

    pub(super) fn note(&self, rule: &str) -> String {
        self.finding(rule).and_then(|held| held.note).map(|note| note.text).unwrap_or_default()
    }

    /// One call: counted, and failed where it is its turn.
    async fn call<T>(
        &self,
        name: &'static str,
        what: impl FnOnce(&mut Inner) -> Result<T, PortError>,
    ) -> Result<T, PortError> {
        if self.with(|it| it.turns) {
            tokio::task::yield_now().await;
        }
        self.with(|it| {
            it.calls.push(name.to_owned());
            let fault = it.fault.filter(|(at, _)| *at == it.calls.len()).map(|(_, fault)| fault);
            let failed = || error(name, Kind::Failed, "cut off");
            match fault {
                Some(Fault::Before) => Err(failed()),
                Some(Fault::After) => what(it).and_then(|_| Err(failed())),
                None => what(it),
            }
        })
    }
}

fn error(operation: &'static str, kind: Kind, why: &str) -> PortError {
    PortError { operation, subject: "pay".to_owned(), kind, source: why.to_owned().into() }
}

impl Inner {
    fn text(&self, slot: &Slot) -> Option<String> {
        self.slots.get(slot).cloned()
    }

    /// The function, or one beside it.
    fn of(&self, arn: &FunctionArn) -> Snapshot {
        let mut one = self.snapshot();
        if let Some(tags) = self.beside.get(arn) {
            one.arn = arn.clone();
            one.tags = tags.clone().map_or(Fact::unknown("lambda:ListTags denied"), Fact::Known);
        }
        if let Fact::Known(users) = &mut one.role_users {
            let like = users[0].clone();
            let other = |arn: &FunctionArn| RoleUser { arn: arn.clone(), ..like.clone() };
            std::sync::Arc::make_mut(users).extend(self.beside.keys().map(other));
        }
        one
    }

    /// The healthy function with what stands in the slots.
    fn snapshot(&self) -> Snapshot {
        let mut one = HEALTHY.clone();
        let function = one.arn.clone();
        one.read_at = clock();
        one.settings.revision_id = Some(self.revision.to_string());
        one.tags = match &self.tags {
            Some(tags) => Fact::Known(tags.clone()),
            None => Fact::unknown("lambda:ListTags denied"),
        };
        let key = self.text(&Slot::Key { function: function.clone() });
        if let Fact::Known(environment) = &mut one.environment {
            environment.key.clone_from(&key);
        }
        one.key = Fact::Known(key.map(|arn| self.key_at(&arn)));
        if let Some(runtime) = self.text(&Slot::Runtime { function: function.clone() }) {
            one.runtime = Fact::Known(Runtime::Managed(runtime));
        }
        let dead_letter = self.text(&Slot::DeadLetter { function: function.clone() });
        if let Fact::Known(configuration) = &mut one.operation.configuration {
            configuration.tracing = self.text(&Slot::Tracing { function: function.clone() })
                != Some("PassThrough".to_owned());
            configuration.dead_letter.clone_from(&dead_letter);
        }
        let days = self.text(&cases::retention()).map(|days| days.parse().unwrap());
        one.survey.log_group =
            Fact::Known((!self.no_log_group).then_some(LogGroup { retention: days }));
        let reserved = self.text(&Slot::Concurrency { function });
        one.survey.reserved = Fact::Known(reserved.map(|n| n.parse().unwrap()));
        one.destinations = Fact::Known(
            dead_letter
                .map(|arn| Destination { kind: DestinationKind::DeadLetter, qualifier: None, arn })
                .into_iter()
                .collect(),
        );
        self.expose(&mut one);
        self.role(&mut one);
        one
    }

    fn key_at(&self, arn: &str) -> Key {
        Key { arn: arn.to_owned(), manager: KeyManager::Customer, state: "Enabled".into() }
    }

    fn expose(&self, one: &mut Snapshot) {
        let mut exposures: Vec<(Option<String>, &mut Exposure)> = vec![(None, &mut one.exposure)];
        if let Fact::Known(all) = &mut one.qualifiers {
            exposures.extend(all.iter_mut().map(|one| (Some(one.name.clone()), &mut one.exposure)));
        }
        for (name, exposure) in exposures {
            for (slot, text) in &self.slots {
                match slot {
                    Slot::Statement { qualifier, .. } if *qualifier == name => {
                        let read = Policy::parse(&format!("{{\"Statement\":[{text}]}}")).unwrap();
                        match &mut exposure.policy {
                            Fact::Known(Some(policy)) => policy.statements.extend(read.statements),
                            policy => *policy = Fact::Known(Some(read)),
                        }
                    }
                    Slot::Url { qualifier, .. } if *qualifier == name => {
                        exposure.url = Fact::Known(Some(model::Url {
                            unsigned: text == "NONE",
                            origins: vec![],
                            credentials: false,
                        }));
                    }
                    _ => {}
                }
            }
        }
    }

    fn role(&self, one: &mut Snapshot) {
        let Fact::Known(RoleState::Present(healthy)) = &one.role else { return };
        let parse = |text: &str| Policy::parse(text).unwrap();
        let mut policies = Vec::new();
        for (slot, text) in &self.slots {
            let policy = |name: &str, origin, document| NamedPolicy {
                name: name.to_owned(),
                origin,
                document,
                changed: None,
            };
            match slot {
                Slot::RolePolicy { name, .. } => {
                    policies.push(policy(name, Origin::Inline, parse(text)));
                }
                Slot::Attachment { policy: arn, .. } => {
                    let slot = Slot::ManagedPolicy { policy: arn.clone() };
                    let document = parse(&self.text(&slot).unwrap());
                    let name = arn.rsplit('/').next().unwrap();
                    policies.push(policy(name, Origin::Managed(arn.clone()), document));
                }
                _ => {}
            }
        }
        if policies.is_empty() && !self.slots.keys().any(|slot| slot.role().is_some()) {
            policies = healthy.policies.known().cloned().unwrap();
        }
        let trust = self.trust.clone().map_or(healthy.trust.clone(), Fact::Known);
        let arn = ROLE.to_owned();
        let id = Some(self.role_id.clone());
        let role = Role { arn, id, policies: Fact::Known(policies), trust, ..(**healthy).clone() };
        one.role = Fact::Known(RoleState::Present(role.into()));
    }
}

impl Inventory for World {
    async fn function(&self, arn: &FunctionArn, _: Timestamp) -> Result<Snapshot, PortError> {
        self.call("read", |it| match it.gone {
            true => Err(error("read", Kind::Gone, "deleted")),
            false => Ok(it.of(arn)),
        })
        .await
    }

    async fn functions(&self, _: &Place, _: Turn) -> Result<Estate, PortError> {
        Ok(Estate::default())
    }

    async fn changed(&self, _: &FunctionArn, _: Timestamp) -> Result<(), PortError> {
        Ok(())
    }

    async fn users(
        &self,
        place: &Place,
        _: &Used,
        _: Timestamp,
    ) -> Result<Vec<FunctionArn>, PortError> {
        self.call("users of role", |it| {
            let here = it.elsewhere.iter().filter(|arn| arn.region() == place.region);
            Ok(here.cloned().collect())
        })
        .await
    }

    async fn roles_of_policy(&self, _: &Place, _: &str) -> Result<Vec<String>, PortError> {
        Ok(Vec::new())
    }
}

impl Findings for World {
    async fn observed(
        &self,
        _: &Place,
        _: Option<&[FunctionArn]>,
    ) -> Result<Vec<Observed>, PortError> {
        self.call("findings", |it| Ok(it.findings.values().cloned().collect())).await
    }

    /// As Security Hub does: strictly later only, and what reopens is NEW.
    async fn import(&self, _: &Place, all: &[Finding]) -> Result<Vec<Refused>, PortError> {
        self.call("import", |it| {
            for one in all {
                let held = it.findings.get(&one.id()).cloned();
                if held.as_ref().is_some_and(|held| held.finding.updated_at >= one.updated_at) {
                    continue;
                }
                let (workflow, note) = match (&held, &one.initial) {
                    (Some(held), _) => {
                        let was_right = held.finding.status == Status::Passed;
                        let reopens = was_right && one.status != Status::Passed;
                        (if reopens { Workflow::New } else { held.workflow }, held.note.clone())
                    }
                    (None, Some((workflow, text))) => {
                        (*workflow, Some(Note { text: text.clone(), by: crate::AUTHOR.into() }))
                    }
                    (None, None) => (Workflow::New, None),
                };
                let finding = Finding { resource: None, initial: None, ..one.clone() };
                it.findings.insert(one.id(), Observed { finding, workflow, note });
            }
            Ok(Vec::new())
        })
        .await
    }

    async fn update(&self, _: &Place, all: &[WorkflowUpdate]) -> Result<Vec<Refused>, PortError> {
        self.call("update", |it| {
            for one in all {
                if let Some(held) = it.findings.get_mut(&one.id) {
                    held.workflow = one.workflow;
                    held.note = Some(Note { text: one.note.clone(), by: crate::AUTHOR.into() });
                }
            }
            Ok(Vec::new())
        })
        .await
    }
}

impl Changer for World {
    async fn look(&self, _: &Place, slot: &Slot) -> Result<Held, PortError> {
        self.call("look", |it| {
            if it.gone && slot.function().is_some() {
                return Err(error("look", Kind::Gone, "deleted"));
            }
            if let Slot::Role { .. } = slot {
                return Ok(Held { state: State::of(it.role_id.clone()), ..Held::default() });
            }
            if it.no_log_group && matches!(slot, Slot::Retention { .. }) {
                return Err(error("look", Kind::Gone, "no such log group"));
            }
            Ok(Held {
                state: State(it.text(slot)),
                revision: Some(it.revision.to_string()),
                irreversible: it.irreversible.clone(),
            })
        })
        .await
    }

    async fn put(&self, _: &Place, slot: &Slot, held: &Held, to: &State) -> Result<(), PortError> {
        self.call("put", |it| {
            if State(it.text(slot)) != held.state {
                return Err(error("put", Kind::Changed, "not what it was"));
            }
            if let (Some(_), Slot::Attachment { policy, .. }) = (&to.0, slot) {
                let managed = Slot::ManagedPolicy { policy: policy.clone() };
                if !it.slots.contains_key(&managed) {
                    return Err(error("put", Kind::Gone, "no such policy"));
                }
            }
            it.revision += 1;
            match (&to.0, slot) {
                (None, slot) => drop(it.slots.remove(slot)),
                (Some(text), Slot::Tag { key, .. }) => {
                    it.tags.as_mut().unwrap().insert(key.clone(), text.clone());
                }
                (Some(text), slot) => drop(it.slots.insert(slot.clone(), text.clone())),
            }
            Ok(())
        })
        .await
    }

    async fn key(&self, _: &Place, named: &str) -> Result<(Key, Policy), PortError> {
        let policy = r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}}"#;
        let arn = format!("arn:aws:kms:eu-west-1:111122223333:key/{}", &named[6..]);
        self.call("key", |it| Ok((it.key_at(&arn), Policy::parse(policy).unwrap()))).await
    }
}

impl Advisor for World {
    async fn advise(&self, _: &Place, _: &str, _: &str) -> Result<Advice, PortError> {
        self.call("advise", |it| {
            it.advice.clone().ok_or_else(|| error("advise", Kind::Unreachable, "not here"))
        })
        .await
    }
}

impl Monitor for World {
    async fn vitals(
        &self,
        arn: &FunctionArn,
        _: Timestamp,
        _: Timestamp,
    ) -> Result<Vitals, PortError> {
        self.call("vitals", |it| Ok(it.others.get(arn).copied().unwrap_or(it.vitals))).await
    }

    async fn days_invoked(
        &self,
        arn: &FunctionArn,
        _: Timestamp,
        _: u16,
    ) -> Result<BTreeSet<u16>, PortError> {
        let daily = || (0..40).collect();
        self.call("days invoked", |it| Ok(it.days.get(arn).cloned().unwrap_or_else(daily))).await
    }
}

impl Files for World {
    async fn read(&self, key: &str) -> Result<Vec<u8>, PortError> {
        self.call("read file", |it| {
            it.files.get(key).cloned().ok_or_else(|| error("read", Kind::Gone, "no such file"))
        })
        .await
    }

    async fn write(&self, key: &str, bytes: Vec<u8>) -> Result<(), PortError> {
        self.call("write file", |it| {
            it.files.insert(key.to_owned(), bytes);
            Ok(())
        })
        .await
    }

    async fn list(&self, folder: &str) -> Result<Vec<String>, PortError> {
        let prefix = format!("{folder}/");
        self.call("list files", |it| {
            Ok(it.files.keys().filter(|key| key.starts_with(&prefix)).cloned().collect())
        })
        .await
    }
}

impl Vault for World {
    async fn fetch(&self, key: &str) -> Result<(Vec<u8>, Version), PortError> {
        let bytes = self.read(key).await?;
        let version = version(&bytes);
        Ok((bytes, version))
    }

    async fn swap(
        &self,
        key: &str,
        bytes: Vec<u8>,
        then: Option<&Version>,
    ) -> Result<Option<Version>, PortError> {
        self.call("swap file", |it| {
            let now = it.files.get(key).map(|bytes| version(bytes));
            if now.as_ref() != then {
                return Ok(None);
            }
            let written = version(&bytes);
            it.files.insert(key.to_owned(), bytes);
            Ok(Some(written))
        })
        .await
    }

    async fn remove(&self, key: &str) -> Result<(), PortError> {
        self.call("remove file", |it| {
            it.files.remove(key);
            Ok(())
        })
        .await
    }
}

/// As S3's ETag: of what is in it.
fn version(bytes: &[u8]) -> Version {
    Version(String::from_utf8_lossy(bytes).into_owned())
}
