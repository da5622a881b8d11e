//! The rules, the one list of them, and the baseline that tunes them.

mod rule;
mod rules;

pub use rule::{Family, Rule};
pub use rules::RULES;
