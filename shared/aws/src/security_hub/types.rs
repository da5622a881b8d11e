/// Every rule is a configuration check; what comes besides is by the first word of its id, for a
/// finding may outlive its rule.
///
/// Source: <https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-type-taxonomy.html>
pub(super) fn types(rule: &str) -> Vec<String> {
    let special = match (rule, rule.split('-').next()) {
        ("env-secret-in-plaintext", _) => Some("Sensitive Data Identifications/Passwords"),
        ("role-admin" | "role-privilege-escalation", _) => Some("TTPs/Privilege Escalation"),
        (_, Some("runtime" | "version")) => {
            Some("Software and Configuration Checks/Patch Management")
        }
        (_, Some("vpc")) => Some(
            "Software and Configuration Checks/AWS Security Best Practices/Network Reachability",
        ),
        (_, Some("policy" | "url" | "layer" | "destination")) => Some("Effects/Data Exposure"),
        _ => None,
    };
    let general = "Software and Configuration Checks/AWS Security Best Practices";
    [general].into_iter().chain(special).map(str::to_owned).collect()
}
