//! The store of findings, over HTTP against the stand-in for Security Hub.

mod faults;
mod limits;
mod members;
mod refusals;
mod sample;
mod store;
mod written;
