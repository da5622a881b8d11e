//! The IAM policy language: grammar, algebra and the catalogue of actions. Pure.

mod policy;

pub use policy::{
    Actions, Condition, Effect, Operator, Policy, Principal, Principals, Resources, SetQualifier,
    Statement, Version,
};
