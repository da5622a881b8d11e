//! Three nights and what happens between them, while nearly everything breaks: the store ends as
//! it does where nothing breaks.
//!
//! The use cases and the adapter of Security Hub are the real ones, the hub is the stand-in. What
//! is broken is decided by a hash of a seed, the call and its attempt, so that a schedule that
//! fails fails again.

#![recursion_limit = "256"]
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests are tests; clippy knows those by their attribute alone"
)]

mod broken;
mod chaos;
mod converge;
mod days;
mod hubs;
mod kept;
mod world;
