//! The use cases. They speak to AWS only through the ports below.

mod change;
mod error;
mod finding;
mod judge;
mod on_change;
mod ports;
mod reconcile;
#[cfg(test)]
mod testing;
mod warden;

pub use change::{Change, Malformed, Subject};
pub use error::{Kind, PortError};
pub use finding::{
    AUTHOR, Finding, Note, Observed, Resource, Status, Workflow, WorkflowUpdate, finding_id,
};
pub use judge::{Judged, Judgement, Tally, enabled, judge};
pub use on_change::{Batch, Message};
pub use ports::{Estate, Findings, Inventory, Place, Refused};
pub use reconcile::{Plan, Scope, reconcile};
pub use warden::{Round, Warden};
