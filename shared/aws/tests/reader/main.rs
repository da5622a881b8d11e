//! The reader, over HTTP against a server whose answers each test programs.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a helper that panics fails the test that called it"
)]

mod accounts;
mod aws;
mod budget;
mod causes;
mod estate;
mod function;
mod identity;
mod memory;
mod needs;
mod network;
mod organization;
mod secrecy;
mod stage;
mod survey;
mod trails;
mod trouble;
mod usage;
