//! The store of findings, over HTTP against the stand-in for Security Hub.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests are tests; clippy knows those by their attribute alone"
)]

mod answers;
mod faults;
mod limits;
mod members;
mod refusals;
mod sample;
mod store;
mod written;
