//! Every function of a place, by bulk calls.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use aws_sdk_lambda::Client;
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use model::{
    Context, Fact, FunctionArn, Key, Needs, Network, Operation, RoleState, RoleUser, Snapshot,
};
use scan::{Estate, Place, PortError, Progress, Turn};

use super::{
    NOT_READ, Reader, authorization, concurrency,
    configuration::Configuration,
    destinations::{self, BySource},
    fact, keys,
    list::{List, Listed, list},
    needs,
    network::View,
    own::{Own, Wanted},
    recall::Recall,
    role_needs,
    survey::{Asked, Surveyed, asked_for},
    tags::{self, Tags},
    usage,
    vanished::vanished,
};
use crate::{
    ec2::Ec2,
    json_api::{DESCRIBE_KEY, GET_RESOURCES, JsonApi},
    why,
};

/// Functions that are read at the same time. Quotas set the pace; this bounds memory.
const AT_ONCE: usize = 16;

/// So many functions are read between two times that they are saved.
const CHECKPOINT: usize = 500;

/// Reads every function of `place`.
pub(super) async fn read(reader: &Reader, place: &Place, turn: Turn) -> Result<Estate, PortError> {
    let read_at = Timestamp::now();
    let lambda = reader.cloud.lambda(place).await?;
    let mut recall = Recall::open(reader.memory.as_ref(), place, turn).await;
    let List { functions, cut_short } = list(&lambda, place).await?;
    let shared = Box::pin(Shared::read(reader, place, &lambda, &functions)).await;
    let unread: Vec<_> = functions
        .values()
        .filter_map(|listed| {
            let wanted = shared.wanted(&listed.configuration);
            (!recall.knows(listed, wanted, read_at)).then_some((listed, wanted))
        })
        .collect();
    for (round, some) in unread.chunks(CHECKPOINT).enumerate() {
        let reads = stream::iter(0..some.len()).map(|index| {
            // However late it is, a run brings the next one further.
            let is_first = round == 0 && index < AT_ONCE;
            let lambda = &lambda;
            async move {
                let (listed, wanted) = some.get(index)?;
                match is_first || Timestamp::now() < turn.by {
                    true => Some(Own::read(lambda, listed, *wanted).await),
                    false => None,
                }
            }
        });
        let read: Vec<Option<Own>> = reads.buffer_unordered(AT_ONCE).collect().await;
        let is_out_of_time = read.iter().any(Option::is_none);
        read.into_iter().flatten().for_each(|own| recall.learn(own));
        if is_out_of_time {
            recall.save().await?;
            let left = functions.keys().filter(|arn| !recall.holds(arn)).count();
            let progress = Progress { read: functions.len() - left, left };
            return Ok(Estate { cut_short, out_of_time: Some(progress), ..Estate::default() });
        }
        if let Err(error) = recall.save().await {
            tracing::warn!(%place, error = error.chain(), "what was read is not remembered");
        }
    }
    let asked = Asked { reader, place, lambda: &lambda, functions: &functions };
    let surveyed = Box::pin(Surveyed::read(&asked, recall.owns(), shared.queues())).await;
    let mut estate = Vec::with_capacity(functions.len());
    for (arn, listed) in functions {
        let Some(own) = recall.recall(&arn) else { continue };
        let (snapshot, needs) = shared.snapshot(listed, own, &surveyed, read_at, turn);
        if !vanished(&lambda, &snapshot).await {
            estate.push((snapshot, needs));
        }
    }
    recall.forget(&estate, &cut_short, read_at).await;
    let users = users(&estate, &cut_short);
    let mut functions: Vec<_> = estate.into_iter().map(|(snapshot, _)| snapshot).collect();
    for snapshot in &mut functions {
        snapshot.role_users = pick(&users, snapshot.settings.role.as_deref());
    }
    add_usage(reader, place, &mut functions).await;
    Ok(Estate { functions, cut_short, out_of_time: None })
}

/// What bulk calls tell of all functions.
struct Shared {
    tags: Fact<BTreeMap<FunctionArn, Tags>>,
    roles: Fact<HashMap<String, RoleState>>,
    keys: HashMap<String, Fact<Key>>,
    sources: Fact<Arc<BySource>>,
    view: Fact<View>,
    /// Some function has reserved concurrency.
    reserves: Fact<bool>,
    wanted: rules::Wanted,
    context: Option<Context>,
    /// It is to be proved what roles need.
    proves: bool,
}

impl Shared {
    async fn read(
        reader: &Reader,
        place: &Place,
        lambda: &Client,
        functions: &BTreeMap<FunctionArn, Listed>,
    ) -> Self {
        let named = functions.values().filter_map(|one| one.configuration.settings.role.clone());
        let wanted: BTreeSet<String> = named.collect();
        let subject = place.to_string();
        let asks = reader.wanted.reserved && !functions.is_empty();
        let (tags, roles, keys, sources, view, reserves) = tokio::join!(
            all_tags(reader, place, functions.is_empty()),
            roles(reader, place, &wanted),
            all_keys(reader, place, functions),
            all_sources(lambda, &subject, functions.is_empty()),
            view(reader, place, functions),
            asked_for(asks, concurrency::any_reserved(lambda, &subject)),
        );
        Self {
            tags: fact(tags),
            roles: fact(roles),
            keys,
            sources: fact(sources.map(Arc::new)),
            view: fact(view),
            reserves,
            wanted: reader.wanted,
            context: needs::context(),
            proves: reader.usage.is_some(),
        }
    }

    /// Which calls about the function alone can matter.
    fn wanted(&self, configuration: &Configuration) -> Wanted {
        let role = pick(&self.roles, configuration.settings.role.as_deref());
        let account = configuration.arn.account();
        Wanted {
            invocations: destinations::matter(&role, account, self.proves),
            runtime_update: needs::runtime_update_matters(
                &configuration.runtime,
                self.context.as_ref(),
            ),
            reserved: self.wanted.reserved && self.reserves != Fact::Known(false),
            provisioned: self.wanted.provisioned,
        }
    }

    /// All but who else has the role, and what makes Lambda use it for this function.
    fn snapshot(
        &self,
        listed: Listed,
        own: Own,
        surveyed: &Surveyed,
        read_at: Timestamp,
        turn: Turn,
    ) -> (Snapshot, Needs) {
        let feeds = destinations::feeds(&self.sources, &listed.configuration.arn);
        let survey = surveyed.of(&listed, &own, &self.reserves, &feeds);
        let configuration = listed.configuration;
        let arn = &configuration.arn;
        let role = pick(&self.roles, configuration.settings.role.as_deref());
        let dead_letter = configuration.settings.dead_letter.as_deref();
        let destinations =
            destinations::destinations(arn, dead_letter, &self.sources, own.invocations);
        let needs = role_needs::with_sources(configuration.needs.clone(), arn, &self.sources);
        let needs = Needs { destinations: destinations::asynchronous(&destinations), ..needs };
        let is_old = own.read_at < turn.since.min(read_at);
        let snapshot = Snapshot {
            read_at,
            remembered: is_old.then_some(own.read_at),
            runtime_update: own.runtime_update,
            key: self.key(configuration.environment.key.as_deref()),
            tags: match &self.tags {
                Fact::Known(tags) => Fact::Known(tags.get(arn).cloned().unwrap_or_default()),
                Fact::Unknown { unknown } => Fact::unknown(unknown),
            },
            exposure: own.exposure,
            qualifiers: own.qualifiers,
            destinations,
            role,
            role_users: Fact::unknown(NOT_READ),
            network: self.network(&configuration),
            usage: Fact::unknown(NOT_READ),
            operation: Operation {
                configuration: configuration.facts.clone(),
                sources: feeds,
                versions: listed.sizes,
            },
            survey,
            environment: Fact::Known(configuration.environment),
            arn: configuration.arn,
            settings: configuration.settings,
            runtime: configuration.runtime,
            layers: Fact::Known(configuration.layers),
        };
        (snapshot, needs)
    }

    /// The queues that feed some function.
    fn queues(&self) -> BTreeSet<String> {
        let feeds = self.sources.known().into_iter().flat_map(|all| all.values());
        let feeds = feeds.flat_map(|sources| &sources.feeds).filter(|one| one.enabled);
        let arns = feeds.filter_map(|one| one.arn.clone());
        arns.filter(|arn| model::service_of(arn) == Some("sqs")).collect()
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
    let asked: BTreeMap<String, Held> = functions
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
type Held = (Fact<RoleState>, Fact<Arc<Vec<RoleUser>>>);

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
    functions: &BTreeMap<FunctionArn, Listed>,
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
    functions: &BTreeMap<FunctionArn, Listed>,
) -> Result<View, PortError> {
    if functions.values().all(|function| function.configuration.vpc.is_none()) {
        return Ok(View::empty());
    }
    Ok(View::of_all(&Ec2::new(&reader.cloud, place).await?).await)
}
