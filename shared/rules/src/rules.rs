//! One module per rule, in the order of the printed list.

use crate::Rule;

/// Every rule, by family and then by id.
pub static RULES: &[&Rule] = &[];
