//! One module per rule.

mod exemption_expired;
mod exemption_malformed;
mod runtime_deprecated;
mod runtime_expiring;
mod runtime_update_blocked;
mod vpc_missing;

use crate::Rule;

/// Every rule, by family and then by id.
pub static RULES: &[&Rule] = &[
    // Runtime.
    &runtime_deprecated::RULE,
    &runtime_expiring::RULE,
    &runtime_update_blocked::RULE,
    // Environment.
    // Network.
    &vpc_missing::RULE,
    // Role.
    // Exposure.
    // Ourselves.
    &exemption_expired::RULE,
    &exemption_malformed::RULE,
];
