//! Log files and digests in a bucket of the emulator and in a folder, and bad days of S3.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a helper that panics fails the test that called it"
)]

mod faults;
mod layouts;
mod ledger;
mod stage;
