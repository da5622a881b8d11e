//! What the crate makes of CloudTrail's log files, from outside.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot make its files fails"
)]

mod cases;
mod files;
mod golden;
mod merging;
mod records;
