//! The stand-ins from outside, over HTTP. What boto3 sees of Security Hub is tested in
//! `infra/local/tests/test_security_hub.py`; here is what needs a clock, a callback or a process.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests, outside the test functions that clippy.toml exempts"
)]

mod fault_proxy;
mod http;
mod runtime_api;
mod security_hub;
