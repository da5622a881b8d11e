//! The IAM policy language: grammar, algebra and the catalogue of actions. Pure.

mod caller;
mod canonical;
pub mod catalogue;
pub mod condition;
mod decide;
mod encoded;
pub mod events;
mod grammar;
mod grants;
mod json;
mod layers;
mod pattern;
mod policy;
mod subset;
mod tri;
mod variables;

pub use caller::{Caller, Keys};
pub use condition::{Context, Key};
pub use decide::{Decision, Doubt, Request, decide};
pub use encoded::decoded;
pub use grammar::ParseError;
pub use grants::{Grant, Grants, Group, Mask, Masked, Ruling};
pub use layers::{Layer, Named, Origin, Policies, Source};
pub use pattern::{Pattern, Variables};
pub use policy::{
    Actions, Condition, Effect, Operator, Policy, Principal, Principals, Resources, SetQualifier,
    Statement, Version,
};
pub use subset::{Widening, subset};
pub use tri::Tri;
