//! Granted against used: what Lambda itself needs, a verdict for every granted action, and the
//! policy that would do. Pure.

mod actions;
mod class;
mod diff;
mod doubt;
mod evidence;
mod granted;
mod judge;
mod needs;
mod proposal;
mod propose;
mod sight;
pub mod size;
mod verdict;

pub use actions::ActionId;
pub use diff::{Line, diff};
pub use doubt::{Confidence, Doubt, Doubts};
pub use judge::{Runs, Settings, judge};
pub use needs::{Cause, Need, Needed, needed};
pub use proposal::{OwnRole, Place, Proposal, ProposedPolicy, Suggestion, Warning};
pub use propose::{is_service_linked, own_roles, propose};
pub use verdict::{
    Elsewhere, FunctionUse, Growing, Judged, Judgement, Masked, Name, Reason, Verdict, Window,
};

#[cfg(test)]
mod tests;
