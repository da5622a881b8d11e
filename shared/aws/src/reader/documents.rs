//! Policy documents as IAM sends them.

use iam::{Policy, decoded};
use model::Fact;

/// Reads a document, percent-encoded as IAM sends it or plain as some emulators do.
pub(crate) fn policy(name: &str, document: &str) -> Result<Policy, String> {
    Policy::parse(&decoded(document)).map_err(|error| format!("policy `{name}`: {error}"))
}

/// A trust policy.
pub(crate) fn trust(document: Option<&str>) -> Fact<Policy> {
    match document.filter(|text| !text.is_empty()) {
        None => Fact::unknown("IAM sent no trust policy"),
        Some(text) => match Policy::parse(&decoded(text)) {
            Ok(policy) => Fact::Known(policy),
            Err(error) => Fact::unknown(format!("the trust policy is unreadable: {error}")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_that_is_no_policy_says_so() {
        let error = policy("pay", "%7B%7D").unwrap_err();
        assert!(error.starts_with("policy `pay`: "), "{error}");
        assert!(trust(Some("nonsense")).known().is_none());
        assert!(trust(None).known().is_none());
    }
}
