//! The use cases. They speak to AWS only through the ports below.

mod error;
mod finding;
mod ports;

pub use error::{Kind, PortError};
pub use finding::{
    AUTHOR, Finding, Note, Observed, Resource, Status, Workflow, WorkflowUpdate, finding_id,
};
pub use ports::{Estate, Findings, Inventory, Place, Refused};
