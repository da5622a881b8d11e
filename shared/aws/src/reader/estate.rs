//! Every function of a place, by bulk calls.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use aws_sdk_lambda::{Client, types::FunctionVersion};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use model::{Context, Fact, FunctionArn, Key, Needs, Network, RoleState, RoleUser, Snapshot};
use scan::{Estate, Place, PortError};

use super::{
    NOT_READ, Reader, authorization,
    configuration::Configuration,
    destinations::{self, BySource},
    exposure, fact,
    function::runtime_update,
    keys, needs,
    network::View,
    role_needs,
    tags::{self, Tags},
    usage,
    vanished::vanished,
};
use crate::{
    ec2::Ec2,
    failure::port_error,
    json_api::{DESCRIBE_KEY, GET_RESOURCES, JsonApi},
    why,
};

/// Functions that are read at the same time. Quotas set the pace; this bounds memory.
const AT_ONCE: usize = 16;

/// Reads every function of `place`.
pub(super) async fn read(reader: &Reader, place: &Place) -> Result<Estate, PortError> {
    let read_at = Timestamp::now();
    let lambda = reader.cloud.lambda(place).await?;
    let Listed { functions, cut_short } = list(&lambda, place).await?;
    let shared = Arc::new(Shared::read(reader, place, &lambda, &functions).await);
    let snapshots = stream::iter(functions.into_values()).map(|listed| {
        let (lambda, shared) = (lambda.clone(), shared.clone());
        async move {
            let (snapshot, needs) = shared.snapshot(&lambda, listed, read_at).await;
            (!vanished(&lambda, &snapshot).await).then_some((snapshot, needs))
        }
    });
    let snapshots = snapshots.buffer_unordered(AT_ONCE);
    let read: Vec<(Snapshot, Needs)> = snapshots.filter_map(std::future::ready).collect().await;
    let users = users(&read, &cut_short);
    let mut functions: Vec<_> = read.into_iter().map(|(snapshot, _)| snapshot).collect();
    for snapshot in &mut functions {
        snapshot.role_users = pick(&users, snapshot.settings.role.as_deref());
    }
    add_usage(reader, place, &mut functions).await;
    functions.sort_by(|one, other| one.arn.cmp(&other.arn));
    Ok(Estate { functions, cut_short })
}

/// The list as far as it could be read.
struct Listed {
    functions: BTreeMap<FunctionArn, Function>,
    /// Why there may be more.
    cut_short: Option<String>,
}

struct Function {
    configuration: Configuration,
    versions: Fact<Vec<exposure::Version>>,
}

/// Lists functions and their published versions in one go.
async fn list(lambda: &Client, place: &Place) -> Result<Listed, PortError> {
    let list = lambda.list_functions().function_version(FunctionVersion::All);
    let mut pages = list.into_paginator().send();
    let mut latest = Vec::new();
    let mut versions: HashMap<FunctionArn, Vec<Configuration>> = HashMap::new();
    let mut first = true;
    let mut unreadable = None;
    let cut_short = loop {
        let page = pages.try_next().await;
        match page.map_err(|e| port_error("lambda:ListFunctions", place.to_string(), e)) {
            Ok(Some(page)) => {
                let found = page.functions.unwrap_or_default().into_iter();
                for found in found.map(Configuration::read) {
                    match found {
                        Ok(Some(found)) if found.is_latest() => latest.push(found),
                        Ok(Some(found)) if found.is_published() => {
                            versions.entry(found.arn.clone()).or_default().push(found);
                        }
                        Ok(_) => {}
                        Err(bad) => unreadable = Some(format!("lambda:ListFunctions: {bad}")),
                    }
                }
            }
            Ok(None) => break None,
            Err(error) if first => return Err(error),
            Err(error) => break Some(why(&error)),
        }
        first = false;
    };
    let with_versions = latest.into_iter().map(|mut configuration| {
        let found = versions.remove(&configuration.arn).unwrap_or_default();
        found.iter().for_each(|one| role_needs::add(&mut configuration.needs, &one.needs));
        let found = found.into_iter().map(|one| (one.version, one.runtime)).collect();
        let versions = match &cut_short {
            None => Fact::Known(found),
            // The rest of them may stand on a page that was not read.
            Some(why) => Fact::unknown(why),
        };
        (configuration.arn.clone(), Function { configuration, versions })
    });
    let functions = with_versions.collect();
    // A version bears its function's name, so what cannot be read is no version of these.
    Ok(Listed { functions, cut_short: cut_short.or(unreadable) })
}

/// What bulk calls tell of all functions.
struct Shared {
    tags: Fact<BTreeMap<FunctionArn, Tags>>,
    roles: Fact<HashMap<String, RoleState>>,
    keys: HashMap<String, Fact<Key>>,
    sources: Fact<Arc<BySource>>,
    view: Fact<View>,
    context: Option<Context>,
    /// It is to be proved what roles need.
    proves: bool,
}

impl Shared {
    async fn read(
        reader: &Reader,
        place: &Place,
        lambda: &Client,
        functions: &BTreeMap<FunctionArn, Function>,
    ) -> Self {
        let named = functions.values().filter_map(|one| one.configuration.settings.role.clone());
        let wanted: BTreeSet<String> = named.collect();
        let subject = place.to_string();
        let (tags, roles, keys, sources, view) = tokio::join!(
            all_tags(reader, place, functions.is_empty()),
            roles(reader, place, &wanted),
            all_keys(reader, place, functions),
            all_sources(lambda, &subject, functions.is_empty()),
            view(reader, place, functions),
        );
        Self {
            tags: fact(tags),
            roles: fact(roles),
            keys,
            sources: fact(sources.map(Arc::new)),
            view: fact(view),
            context: needs::context(),
            proves: reader.usage.is_some(),
        }
    }

    /// All but who else has the role, and what makes Lambda use it for this function.
    async fn snapshot(
        &self,
        lambda: &Client,
        listed: Function,
        read_at: Timestamp,
    ) -> (Snapshot, Needs) {
        let Function { configuration, versions } = listed;
        let arn = &configuration.arn;
        let role_arn = configuration.settings.role.as_deref();
        let role = pick(&self.roles, role_arn);
        let (exposure, qualifiers) = exposure::exposures(lambda, arn, versions).await;
        let dead_letter = configuration.settings.dead_letter.as_deref();
        let destinations =
            destinations::destinations(lambda, arn, dead_letter, &self.sources, &role, self.proves)
                .await;
        let needs = role_needs::with_sources(configuration.needs.clone(), arn, &self.sources);
        let needs = Needs { destinations: destinations::asynchronous(&destinations), ..needs };
        let context = self.context.as_ref();
        let snapshot = Snapshot {
            read_at,
            runtime_update: runtime_update(lambda, arn, &configuration.runtime, context).await,
            key: self.key(configuration.environment.key.as_deref()),
            tags: match &self.tags {
                Fact::Known(tags) => Fact::Known(tags.get(arn).cloned().unwrap_or_default()),
                Fact::Unknown { unknown } => Fact::unknown(unknown),
            },
            exposure,
            qualifiers,
            destinations,
            role,
            role_users: Fact::unknown(NOT_READ),
            network: self.network(&configuration),
            usage: Fact::unknown(NOT_READ),
            environment: Fact::Known(configuration.environment),
            arn: configuration.arn,
            settings: configuration.settings,
            runtime: configuration.runtime,
            layers: Fact::Known(configuration.layers),
        };
        (snapshot, needs)
    }

    fn key(&self, arn: Option<&str>) -> Fact<Option<Key>> {
        match arn {
            None => Fact::Known(None),
            Some(arn) => match self.keys.get(arn) {
                Some(key) => key.clone().map(Some),
                None => Fact::unknown(NOT_READ),
            },
        }
    }

    fn network(&self, configuration: &Configuration) -> Fact<Option<Network>> {
        match (&configuration.vpc, &self.view) {
            (None, _) => Fact::Known(None),
            (Some(vpc), Fact::Known(view)) => Fact::Known(Some(view.network(vpc))),
            (Some(_), Fact::Unknown { unknown }) => Fact::unknown(unknown),
        }
    }
}

/// What is known by a role's ARN.
fn pick<T: Clone>(known: &Fact<HashMap<String, T>>, role: Option<&str>) -> Fact<T> {
    let Some(role) = role else { return Fact::unknown("Lambda names no role") };
    match known {
        Fact::Known(known) => match known.get(role) {
            Some(value) => Fact::Known(value.clone()),
            None => Fact::unknown(NOT_READ),
        },
        Fact::Unknown { unknown } => Fact::unknown(unknown),
    }
}

/// Puts in what each role was used for; each is asked about once.
async fn add_usage(reader: &Reader, place: &Place, functions: &mut [Snapshot]) {
    let asked: BTreeMap<String, Asked> = functions
        .iter()
        .filter_map(|one| {
            let asked = (one.role.clone(), one.role_users.clone());
            Some((one.settings.role.clone()?, asked))
        })
        .collect();
    let answers = stream::iter(asked).map(|(arn, (role, users))| async move {
        (arn, usage::of_role(reader, place, &role, &users).await)
    });
    let answers: HashMap<_, _> = answers.buffer_unordered(AT_ONCE).collect().await;
    for one in functions {
        one.usage = match one.settings.role.as_ref().and_then(|role| answers.get(role)) {
            Some(usage) => usage.clone(),
            None => Fact::unknown("Lambda names no role"),
        };
    }
}

/// A role, and who has it.
type Asked = (Fact<RoleState>, Fact<Arc<Vec<RoleUser>>>);

/// Who has which role; unknown where the list broke off.
fn users(
    read: &[(Snapshot, Needs)],
    cut_short: &Option<String>,
) -> Fact<HashMap<String, Arc<Vec<RoleUser>>>> {
    if let Some(why) = cut_short {
        return Fact::unknown(why);
    }
    let mut users: HashMap<String, Vec<RoleUser>> = HashMap::new();
    for (snapshot, needs) in read {
        if let Some(role) = &snapshot.settings.role {
            let user = RoleUser { arn: snapshot.arn.clone(), needs: Fact::Known(needs.clone()) };
            users.entry(role.clone()).or_default().push(user);
        }
    }
    let sorted = users.into_iter().map(|(role, mut users)| {
        users.sort_by(|one, other| one.arn.cmp(&other.arn));
        (role, Arc::new(users))
    });
    Fact::Known(sorted.collect())
}

async fn all_tags(
    reader: &Reader,
    place: &Place,
    needless: bool,
) -> Result<BTreeMap<FunctionArn, Tags>, PortError> {
    if needless {
        return Ok(BTreeMap::new());
    }
    let tagging = JsonApi::new(&reader.cloud, place, &GET_RESOURCES).await?;
    tags::of_all(&tagging, &place.to_string()).await
}

async fn roles(
    reader: &Reader,
    place: &Place,
    wanted: &BTreeSet<String>,
) -> Result<HashMap<String, RoleState>, PortError> {
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let iam = reader.cloud.iam(place).await?;
    authorization::roles(&iam, &reader.managed, &place.account, wanted).await
}

async fn all_sources(
    lambda: &Client,
    subject: &str,
    needless: bool,
) -> Result<BySource, PortError> {
    if needless {
        return Ok(BySource::new());
    }
    destinations::sources(lambda, subject, None).await
}

/// Each key once, however many functions name it.
async fn all_keys(
    reader: &Reader,
    place: &Place,
    functions: &BTreeMap<FunctionArn, Function>,
) -> HashMap<String, Fact<Key>> {
    let named = functions.values().filter_map(|one| one.configuration.environment.key.clone());
    let named: BTreeSet<String> = named.collect();
    if named.is_empty() {
        return HashMap::new();
    }
    let kms = match JsonApi::new(&reader.cloud, place, &DESCRIBE_KEY).await {
        Ok(kms) => Arc::new(kms),
        Err(error) => {
            let unread = |arn| (arn, Fact::unknown(why(&error)));
            return named.into_iter().map(unread).collect();
        }
    };
    let described = stream::iter(named).map(|arn| {
        let kms = kms.clone();
        async move {
            let key = fact(keys::key(&kms, &arn).await);
            (arn, key)
        }
    });
    described.buffer_unordered(AT_ONCE).collect().await
}

async fn view(
    reader: &Reader,
    place: &Place,
    functions: &BTreeMap<FunctionArn, Function>,
) -> Result<View, PortError> {
    if functions.values().all(|function| function.configuration.vpc.is_none()) {
        return Ok(View::empty());
    }
    Ok(View::of_all(&Ec2::new(&reader.cloud, place).await?).await)
}
