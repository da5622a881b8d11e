//! One module per rule.
//!
//! To add one: write its cases into `examples/<id>.toml`, copy the nearest module and change its
//! words and its `check`, add the two lines below and its parameters to `infra/baseline.toml`, run
//! `UPDATE=1 cargo test -p rules` and read what changed in `docs/RULES.md`.

mod alarm_missing;
mod architecture_x86;
mod code_unsigned;
mod concurrency_unreserved;
mod destination_foreign;
mod env_key_not_customer_managed;
mod env_key_unusable;
mod env_secret_in_plaintext;
mod env_unreadable;
mod exemption_expired;
mod exemption_malformed;
mod failure_path_missing;
mod function_unused;
mod invoke_not_trailed;
mod layer_foreign;
mod log_format_text;
mod log_group_missing;
mod log_retention_unset;
mod memory_oversized;
mod memory_tight;
mod package_oversized;
mod policy_confused_deputy;
mod policy_foreign_account;
mod policy_public;
mod provisioned_candidate;
mod provisioned_idle;
mod queue_visibility_short;
mod retry_unbounded;
mod role_action_wildcard;
mod role_admin;
mod role_boundary_missing;
mod role_external_access;
mod role_missing;
mod role_permission_unused;
mod role_privilege_escalation;
mod role_region_unbounded;
mod role_resource_wildcard;
mod role_shared;
mod role_trust_broad;
mod role_unscoped_passrole;
mod runtime_deprecated;
mod runtime_expiring;
mod runtime_pinned;
mod runtime_unknown;
mod runtime_update_blocked;
mod snapstart_off;
mod storage_oversized;
mod tags_missing;
mod timeout_near_limit;
mod tracing_off;
mod url_cors_open;
mod url_public;
mod version_on_dead_runtime;
mod vpc_addresses_low;
mod vpc_egress_open;
mod vpc_endpoint_missing;
mod vpc_flow_log_missing;
mod vpc_missing;
mod vpc_nat_cross_zone;
mod vpc_single_zone;
mod vpc_subnet_small;
mod warmer_schedule;

pub use role_permission_unused::{least_confidence, usage_settings};
pub use role_shared::most_users;

use model::Baseline;

use crate::Rule;

/// The rules that can tell little or nothing without a ledger of CloudTrail usage. Where none is set
/// up they are off unless the baseline switches them on: one question a function is no news.
pub static BY_LEDGER: &[&str] =
    &["invoke-not-trailed", "role-permission-unused", "role-region-unbounded"];

/// Matters of opinion, or dear to tell: off unless the baseline switches them on.
pub static BY_WISH: &[&str] = &[
    "architecture-x86",
    "code-unsigned",
    "concurrency-unreserved",
    "invoke-not-trailed",
    "log-format-text",
    "provisioned-candidate",
    "provisioned-idle",
    "role-external-access",
    "snapstart-off",
    "warmer-schedule",
];

/// Whether `baseline` wants `rule` judged.
pub fn is_on(rule: &Rule, baseline: &Baseline) -> bool {
    let set = baseline.rules.get(rule.id).and_then(|set| set.enabled);
    set.unwrap_or(!BY_WISH.contains(&rule.id))
}

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
    &vpc_addresses_low::RULE,
    &vpc_egress_open::RULE,
    &vpc_endpoint_missing::RULE,
    &vpc_flow_log_missing::RULE,
    &vpc_missing::RULE,
    &vpc_nat_cross_zone::RULE,
    &vpc_single_zone::RULE,
    &vpc_subnet_small::RULE,
    // Role.
    &role_action_wildcard::RULE,
    &role_admin::RULE,
    &role_boundary_missing::RULE,
    &role_external_access::RULE,
    &role_missing::RULE,
    &role_permission_unused::RULE,
    &role_privilege_escalation::RULE,
    &role_region_unbounded::RULE,
    &role_resource_wildcard::RULE,
    &role_shared::RULE,
    &role_trust_broad::RULE,
    &role_unscoped_passrole::RULE,
    // Exposure.
    &destination_foreign::RULE,
    &layer_foreign::RULE,
    &policy_confused_deputy::RULE,
    &policy_foreign_account::RULE,
    &policy_public::RULE,
    &url_cors_open::RULE,
    &url_public::RULE,
    // Resilience.
    &concurrency_unreserved::RULE,
    &failure_path_missing::RULE,
    &memory_tight::RULE,
    &queue_visibility_short::RULE,
    &retry_unbounded::RULE,
    &timeout_near_limit::RULE,
    // Observability.
    &alarm_missing::RULE,
    &invoke_not_trailed::RULE,
    &log_format_text::RULE,
    &log_group_missing::RULE,
    &log_retention_unset::RULE,
    &tracing_off::RULE,
    // Hygiene and cost.
    &architecture_x86::RULE,
    &code_unsigned::RULE,
    &function_unused::RULE,
    &memory_oversized::RULE,
    &package_oversized::RULE,
    &provisioned_candidate::RULE,
    &provisioned_idle::RULE,
    &snapstart_off::RULE,
    &storage_oversized::RULE,
    &tags_missing::RULE,
    &warmer_schedule::RULE,
    // Ourselves.
    &exemption_expired::RULE,
    &exemption_malformed::RULE,
];
