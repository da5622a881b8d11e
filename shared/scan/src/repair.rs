//! Repair as a transaction: planned, applied, verified, watched, or rolled back.
//!
//! A repair is a list of changes, each of one [`Slot`] from a state to another, in an order in which
//! the function never has less than it needs. What stands in the slots tells how far a repair came,
//! so that every task may be killed and run again.

mod ports;
mod slot;

pub use ports::{Advice, Advisor, Changer, Executions, Monitor, Vault, Vitals};
pub use slot::{ATTACHED, Held, Slot, State};
