//! Which rules' failures can be repaired, and how boldly.

use model::RepairMode;

/// The rules whose failures can be repaired, each with the boldest mode that its repair is safe
/// enough for. A repair that changes what a caller or the code meets is made on request only.
pub const REPAIRABLE: &[(&str, RepairMode)] = &[
    ("concurrency-unreserved", RepairMode::OnRequest),
    ("env-key-not-customer-managed", RepairMode::Auto),
    ("failure-path-missing", RepairMode::Auto),
    ("log-retention-unset", RepairMode::Auto),
    ("policy-public", RepairMode::Auto),
    ("role-action-wildcard", RepairMode::Auto),
    ("role-admin", RepairMode::Auto),
    ("role-permission-unused", RepairMode::Auto),
    ("runtime-deprecated", RepairMode::OnRequest),
    ("tracing-off", RepairMode::Auto),
    ("url-public", RepairMode::Auto),
];

/// The boldest mode that the repair of `rule` is safe enough for; `Off`: none is known.
pub fn most_automatic(rule: &str) -> RepairMode {
    let found = REPAIRABLE.iter().find(|(id, _)| *id == rule);
    found.map_or(RepairMode::Off, |(_, mode)| *mode)
}
