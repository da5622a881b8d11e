//! The IAM policy language: grammar, algebra and the catalogue of actions. Pure.

mod canonical;
pub mod catalogue;
pub mod condition;
mod decide;
pub mod events;
mod grammar;
mod grants;
mod json;
mod pattern;
mod policy;
mod tri;
mod variables;

pub use condition::{Context, Key};
pub use decide::{Decision, Request, decide};
pub use grammar::ParseError;
pub use grants::{Grant, Grants, Origin};
pub use pattern::{Pattern, Variables};
pub use policy::{
    Actions, Condition, Effect, Operator, Policy, Principal, Principals, Resources, SetQualifier,
    Statement, Version,
};
pub use tri::Tri;
