//! AWS Security Hub CSPM, imitated from its documentation.
//!
//! Each module names the page it follows; `README.md` lists what differs from AWS.
//!
//! Source: <https://docs.aws.amazon.com/securityhub/1.0/APIReference/Welcome.html>

mod asff;
mod event;
mod filter;
mod find;
mod hub;
mod import;
mod rate;
mod route;
mod severity;
mod store;
mod time;
mod update;

use std::fmt;
use std::io;
use std::sync::Arc;

use axum::Router;
use serde_json::Value;

pub use event::forward_to;
pub use store::Call;

use crate::Clock;
use crate::server::Server;
use store::Store;

/// Receives every event that Security Hub would put on the default bus of an account.
pub type EventSink = Arc<dyn Fn(&Value) + Send + Sync>;

/// How a Security Hub behaves.
#[derive(Clone)]
pub struct Options {
    /// Drives `ProcessedAt`, notes, date ranges, expiry and the rates.
    pub clock: Clock,
    /// Whether calls above the documented rates are refused with status 429.
    pub rate_limits: bool,
    /// Accounts and Regions, for example `("111122223333", "eu-west-1")`, where Security Hub is
    /// off. It is on everywhere else.
    pub hubs_off: Vec<(String, String)>,
    /// How `BatchImportFindings` answers where Security Hub is off.
    pub refusal: Refusal,
    /// The account that sees and updates the findings of every account in its Region, and gets
    /// their events too.
    pub administrator: Option<String>,
    /// Called for each `Security Hub Findings - Imported` event, in the shape EventBridge delivers.
    pub on_event: Option<EventSink>,
}

/// How `BatchImportFindings` answers where Security Hub is off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Refusal {
    /// The call fails with `InvalidAccessException`, as tools in the field report.
    #[default]
    WholeCall,
    /// The call succeeds, each finding fails with `InvalidAccess`, as the user guide says.
    EachFinding,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: Clock::system(),
            rate_limits: true,
            hubs_off: Vec::new(),
            refusal: Refusal::default(),
            administrator: None,
            on_event: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("rate_limits", &self.rate_limits)
            .field("hubs_off", &self.hubs_off)
            .field("refusal", &self.refusal)
            .field("administrator", &self.administrator)
            .finish_non_exhaustive()
    }
}

/// A running Security Hub with an empty store. It ends when dropped.
///
/// ```
/// use stand_ins::security_hub::{Options, SecurityHub};
/// let hub = SecurityHub::start(Options { rate_limits: false, ..Options::default() }).unwrap();
/// assert!(hub.url().starts_with("http://127.0.0.1:"));
/// assert!(hub.findings("111122223333", "eu-west-1").is_empty());
/// ```
#[derive(Debug)]
pub struct SecurityHub {
    server: Server,
    store: Arc<Store>,
}

impl SecurityHub {
    /// Starts a Security Hub on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// The port or the thread could not be had.
    pub fn start(options: Options) -> io::Result<Self> {
        let store = Arc::new(Store::new(options));
        Ok(Self { server: Server::start(route::router(store.clone()))?, store })
    }

    /// The endpoint to give to an SDK client, for example `http://127.0.0.1:41234`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Every call so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.store.calls()
    }

    /// The findings of one account and Region as `GetFindings` would show them, oldest first.
    pub fn findings(&self, account: &str, region: &str) -> Vec<Value> {
        self.store.findings(account, region)
    }

    /// Every event so far, in order and in the shape EventBridge delivers.
    pub fn events(&self) -> Vec<Value> {
        self.store.events()
    }
}

/// The routes alone, with an empty store, to be served together with others.
pub fn router(options: Options) -> Router {
    route::router(Arc::new(Store::new(options)))
}
