//! The adapters. The only crate that names an AWS SDK.
//!
//! [`Cloud`] knows how to reach a place; what stands on it implements the ports of `scan`.
//! Decisions that cost or save something are written where they were taken: certificates in
//! `roots`, rates in `quota`, EC2 without its SDK in `ec2`.

mod changer;
mod cloud;
mod deployment;
mod ec2;
mod executions;
mod failure;
mod json_api;
mod memory;
mod meter;
mod metric_data;
mod organization;
mod quota;
mod reader;
mod roots;
mod security_hub;
mod service;
mod store;
mod trails;

pub use changer::Changer;
pub use cloud::{Cloud, Purpose, Roles, Settings};
pub use deployment::AwsDeployment;
pub use executions::StateMachine;
pub use failure::why;
pub use memory::Memory;
pub use organization::AwsOrganization;
pub use quota::Quota;
pub use reader::Reader;
pub use roots::Roots;
pub use security_hub::{SecurityHub, asff};
pub use store::{Digests, LogFiles, NightFiles};
