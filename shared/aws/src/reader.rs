//! Reads functions: [`scan::Inventory`] over AWS.
//!
//! Calls are what it costs, for the quota is shared with the owner's deployments. A place is read
//! by bulk calls; by itself a function costs `GetPolicy` and `ListAliases` (an alias may point to
//! `$LATEST`, so that no list of versions makes it needless), one `GetPolicy` for each version and
//! alias, and what the rules say can matter beyond: [`rules::url_matters`],
//! [`rules::destinations_matter`], [`rules::runtime_update_matters`]. With a ledger of usage, also
//! what [`rules::may_send`] says, and a report on each role of which it can say more than the trail.

mod accessed;
mod authorization;
mod concurrency;
mod configuration;
mod destinations;
mod documents;
mod estate;
mod exposure;
mod function;
mod keys;
mod list;
mod needs;
mod network;
mod operation;
mod own;
mod part;
mod recall;
mod role;
mod role_needs;
mod survey;
mod tags;
mod usage;
mod users;
mod vanished;
mod views;

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use model::{Baseline, Fact, FunctionArn, Snapshot};
use rules::Wanted;
use scan::{Estate, Inventory, Place, PortError, Turn, Used};

use crate::{Cloud, Digests, Memory, ec2::Ec2, why};
pub(crate) use keys::key;
pub(crate) use own::Own;
use part::Part;
use role::ManagedPolicies;
pub(crate) use survey::logs::group;
use usage::Usage;
use users::{User, Users};
use views::Views;

/// The words of a fact that no rule can need. The rules say "not read" as well.
const NOT_READ: &str = "not read";

/// Reads functions.
#[derive(Debug)]
pub struct Reader {
    cloud: Arc<Cloud>,
    patience: Duration,
    /// Milliseconds since 1970.
    ends: AtomicI64,
    managed: ManagedPolicies,
    users: Users,
    views: Views,
    usage: Option<Usage>,
    memory: Option<Memory>,
    /// What surveys read besides.
    wanted: Wanted,
    /// What is read of it for a function by itself.
    wanted_alone: Wanted,
}

impl Reader {
    /// A reader of what the rules ask that `baseline` leaves on, which waits a minute for an update in
    /// progress.
    pub fn new(cloud: Arc<Cloud>, baseline: &Baseline) -> Self {
        Self {
            cloud,
            patience: Duration::from_secs(60),
            ends: AtomicI64::new(i64::MAX),
            managed: ManagedPolicies::default(),
            users: Users::default(),
            views: Views::default(),
            usage: None,
            memory: None,
            wanted: rules::wanted(baseline),
            wanted_alone: rules::wanted_alone(baseline),
        }
    }

    /// Tells what roles were used for, by the digests of the `days` that end yesterday.
    #[must_use]
    pub fn ledger(self, ledger: Digests, days: u16) -> Self {
        Self { usage: Some(Usage::new(ledger, days)), ..self }
    }

    /// Remembers what only calls about single functions can tell, and spends those calls on what is
    /// new, changed or old.
    #[must_use]
    pub fn memory(self, memory: Memory) -> Self {
        Self { memory: Some(memory), ..self }
    }

    /// Waits `patience` for an update in progress before it gives up.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// From now on waits for updates in progress no longer than half of what is left until `by`.
    pub fn hurry(&self, by: Timestamp) {
        self.ends.store(by.as_millisecond(), Ordering::Relaxed);
    }

    fn patience_left(&self) -> Duration {
        let ends = self.ends.load(Ordering::Relaxed);
        let left = ends.saturating_sub(Timestamp::now().as_millisecond()) / 2;
        self.patience.min(Duration::from_millis(u64::try_from(left).unwrap_or_default()))
    }
}

impl Inventory for Reader {
    async fn function(&self, arn: &FunctionArn, as_of: Timestamp) -> Result<Snapshot, PortError> {
        function::read(self, arn, as_of).await
    }

    async fn functions(&self, place: &Place, turn: Turn) -> Result<Estate, PortError> {
        // On the heap: it holds the calls of a whole place.
        Box::pin(estate::read(self, place, turn)).await
    }

    async fn changed(&self, arn: &FunctionArn, at: Timestamp) -> Result<(), PortError> {
        match &self.memory {
            Some(memory) => memory.touch(arn, at).await,
            None => Ok(()),
        }
    }

    async fn users(
        &self,
        place: &Place,
        what: &Used,
        as_of: Timestamp,
    ) -> Result<Vec<FunctionArn>, PortError> {
        let lambda = self.cloud.lambda(place).await?;
        let found = match what {
            Used::Role(role) => {
                let uses = |user: &User| model::name_of(&user.role) == role;
                self.users.find(&lambda, place, as_of, uses).await
            }
            Used::Key(key) => {
                let uses =
                    |user: &User| user.key.as_ref().is_some_and(|own| keys::may_be(own, key));
                self.users.find(&lambda, place, as_of, uses).await
            }
            Used::Layer(layer) => {
                let uses = |user: &User| user.layers.contains(layer);
                self.users.find(&lambda, place, as_of, uses).await
            }
            Used::Network(ids) => {
                let part = Part::find(&Ec2::new(&self.cloud, place).await?, ids).await?;
                let uses = |user: &User| user.vpc.as_ref().is_some_and(|vpc| part.has(vpc));
                self.users.find(&lambda, place, as_of, uses).await
            }
        };
        Ok(found?.into_iter().map(|(arn, _)| arn).collect())
    }

    async fn roles_of_policy(&self, place: &Place, policy: &str) -> Result<Vec<String>, PortError> {
        role::roles_of_policy(&self.cloud.iam(place).await?, policy).await
    }
}

/// What was read, or the reason it could not be.
fn fact<T>(read: Result<T, PortError>) -> Fact<T> {
    match read {
        Ok(value) => Fact::Known(value),
        Err(error) => unknown(&error),
    }
}

fn unknown<T>(error: &PortError) -> Fact<T> {
    tracing::debug!(operation = error.operation, error = error.chain(), "a part was not read");
    Fact::unknown(why(error))
}
