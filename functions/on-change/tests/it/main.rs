//! The compiled program between a Runtime API and a cloud that has bad days.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a helper that panics fails the test that called it"
)]

mod canary;
mod causes;
mod life;
mod queue;
mod secrecy;
mod stage;
mod trouble;
