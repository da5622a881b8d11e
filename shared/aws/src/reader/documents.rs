//! Policy documents as IAM sends them.

use std::borrow::Cow;

use iam::Policy;
use model::Fact;

/// Reads a document, percent-encoded as IAM sends it or plain as some emulators do.
pub(crate) fn policy(name: &str, document: &str) -> Result<Policy, String> {
    Policy::parse(&decode(document)).map_err(|error| format!("policy `{name}`: {error}"))
}

/// A trust policy.
pub(crate) fn trust(document: Option<&str>) -> Fact<Policy> {
    match document.filter(|text| !text.is_empty()) {
        None => Fact::unknown("IAM sent no trust policy"),
        Some(text) => match Policy::parse(&decode(text)) {
            Ok(policy) => Fact::Known(policy),
            Err(error) => Fact::unknown(format!("the trust policy is unreadable: {error}")),
        },
    }
}

/// Undoes RFC 3986 encoding. A text that begins with a brace was never encoded.
fn decode(text: &str) -> Cow<'_, str> {
    if text.trim_start().starts_with('{') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        match (first, tail) {
            (b'%', [high, low, after @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                let value = hex(*high).unwrap_or_default() << 4 | hex(*low).unwrap_or_default();
                bytes.push(value);
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_decoded_once() {
        for (given, expected) in [
            ("%7B%22a%22%3A%20%22%C3%A9%22%7D", "{\"a\": \"é\"}"),
            // A plus is a plus; a percent sign that was encoded stays one.
            ("%7B+%2520%7D", "{+%20}"),
            ("{\"a\": \"%20\"}", "{\"a\": \"%20\"}"),
            ("%7B%2", "{%2"),
        ] {
            assert_eq!(decode(given), expected);
        }
    }

    #[test]
    fn a_document_that_is_no_policy_says_so() {
        let error = policy("pay", "%7B%7D").unwrap_err();
        assert!(error.starts_with("policy `pay`: "), "{error}");
        assert!(trust(Some("nonsense")).known().is_none());
        assert!(trust(None).known().is_none());
    }
}
