use std::borrow::Cow;

/// A document as IAM sends it, readable: percent-encoded by RFC 3986, or plain as the command line
/// of AWS prints it. A text that begins with a brace was never encoded.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyVersion.html>
pub fn decoded(text: &str) -> Cow<'_, str> {
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
            assert_eq!(decoded(given), expected);
        }
    }
}
