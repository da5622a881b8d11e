//! Timestamps as Security Hub accepts them: RFC 3339 with `Z` or an offset (`+01:00`, `+0100`,
//! `+01`) of at most 18 hours, and at most nine digits after the second. It keeps milliseconds.
//!
//! Source: <https://docs.aws.amazon.com/securityhub/1.0/APIReference/Welcome.html#timestamps>

use std::sync::LazyLock;

use jiff::Timestamp;
use regex_lite::Regex;

static SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(?:Z|([+-])(\d{2})(?::?(\d{2}))?)$",
    )
    .ok()
});

/// The moment that `text` names, in milliseconds since 1970; `None` if AWS would refuse it.
pub(super) fn millis(text: &str) -> Option<i64> {
    let parts = SHAPE.as_ref()?.captures(text)?;
    let local = parts.get(1)?.as_str();
    let offset = match parts.get(2) {
        None => 0,
        Some(sign) => {
            let number = |at| parts.get(at).map_or(Some(0), |digits| digits.as_str().parse().ok());
            let minutes: i64 = number(3)? * 60 + number(4)?;
            if minutes > 18 * 60 {
                return None;
            }
            if sign.as_str() == "-" { -minutes } else { minutes }
        }
    };
    let utc: Timestamp = format!("{local}Z").parse().ok()?;
    Some(utc.as_millisecond() - offset * 60_000)
}

/// `now` as Security Hub writes it: UTC, three digits after the second.
pub(super) fn written(now: Timestamp) -> String {
    format!("{now:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps() {
        for (text, expected) in [
            ("1970-01-01T00:00:01Z", Some(1000)),
            ("1970-01-01T00:00:00.123456789Z", Some(123)),
            ("1970-01-01T01:00:00+01:00", Some(0)),
            ("1969-12-31T19:00:00.5-0500", Some(500)),
            ("1970-01-01T18:00:00+18", Some(0)),
            ("1970-01-01T18:01:00+18:01", None),
            ("1970-01-01T00:00:00.1234567890Z", None),
            ("1970-01-01T00:00:00", None),
            ("1970-01-01 00:00:00Z", None),
            ("1970-13-01T00:00:00Z", None),
            ("1970-02-30T00:00:00Z", None),
            ("yesterday", None),
        ] {
            assert_eq!(millis(text), expected, "{text}");
        }
    }

    #[test]
    fn written_to_the_millisecond() {
        assert_eq!(written("2026-11-23T01:02:03Z".parse().unwrap()), "2026-11-23T01:02:03.000Z");
    }
}
