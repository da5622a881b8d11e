//! One module per rule.

mod env_key_not_customer_managed;
mod env_key_unusable;
mod env_secret_in_plaintext;
mod env_unreadable;
mod exemption_expired;
mod exemption_malformed;
mod runtime_deprecated;
mod runtime_expiring;
mod runtime_pinned;
mod runtime_unknown;
mod runtime_update_blocked;
mod version_on_dead_runtime;
mod vpc_missing;

use crate::Rule;

/// Every rule, by family and then by id.
pub static RULES: &[&Rule] = &[
    // Runtime.
    &runtime_deprecated::RULE,
    &runtime_expiring::RULE,
    &runtime_pinned::RULE,
    &runtime_unknown::RULE,
    &runtime_update_blocked::RULE,
    &version_on_dead_runtime::RULE,
    // Environment.
    &env_key_not_customer_managed::RULE,
    &env_key_unusable::RULE,
    &env_secret_in_plaintext::RULE,
    &env_unreadable::RULE,
    // Network.
    &vpc_missing::RULE,
    // Role.
    // Exposure.
    // Ourselves.
    &exemption_expired::RULE,
    &exemption_malformed::RULE,
];
