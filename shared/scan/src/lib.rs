//! The use cases. They speak to AWS only through the ports below.

mod account;
mod change;
mod digest;
pub mod doctor;
mod error;
mod evidence;
mod finding;
mod judge;
pub mod night;
mod night_report;
mod on_change;
mod ports;
mod posture;
mod publish;
mod reconcile;
pub mod repair;
pub mod summary;
mod sweep;
#[cfg(test)]
mod testing;
mod warden;
mod window;

pub use account::{Complaint, complain};
pub use change::{Change, Malformed, Subject};
pub use digest::{Digested, Digesting, Digests, Step, undigested};
pub use error::{Kind, PortError};
pub use evidence::{Found, Item, Ledger, LogFile, Logs, Wanted};
pub use finding::{
    AUTHOR, About, Finding, Note, Observed, Resource, Status, Workflow, WorkflowUpdate, finding_id,
};
pub use judge::{Judged, Judgement, Tally, enabled, judge, judge_alone};
pub use night::{Accounts, Files, Missed, Night, Organization, Planner, Sweep};
pub use night_report::write_report;
pub use on_change::{Batch, Done, Message};
pub use ports::{Estate, Findings, Inventory, Place, Progress, Refused, Turn, Used};
pub use posture::{Before, Part, Parts};
pub use reconcile::{Plan, Scope, reconcile};
pub use summary::{Seen, Summary, Swept};
pub use sweep::Run;
pub use warden::{Round, Warden};
pub use window::{WINDOW_DAYS, Window, usage_of};
