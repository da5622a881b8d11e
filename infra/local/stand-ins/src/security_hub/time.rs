//! Timestamps as Security Hub accepts them: RFC 3339 with `Z` or an offset (`+01:00`, `+0100`,
//! `+01`) of at most 18 hours, and at most nine digits after the second. It keeps milliseconds.
//!
//! Source: <https://docs.aws.amazon.com/securityhub/1.0/APIReference/Welcome.html#timestamps>

use jiff::Timestamp;

/// Digits of `0000-00-00T00:00:00`, the part before fraction and offset.
const LOCAL: &str = "dddd-dd-ddTdd:dd:dd";
/// The farthest offset, in minutes.
const MOST_OFFSET: i64 = 18 * 60;

/// The moment that `text` names, in milliseconds since 1970; `None` if AWS would refuse it.
pub(super) fn millis(text: &str) -> Option<i64> {
    let (local, rest) = text.split_at_checked(LOCAL.len())?;
    if !has_shape(local, LOCAL) {
        return None;
    }
    let zone_at = rest.find(['Z', '+', '-'])?;
    let (fraction, zone) = rest.split_at(zone_at);
    let digits = fraction.strip_prefix('.').unwrap_or_default();
    let is_fraction = (1..=9).contains(&digits.len()) && is_number(digits);
    if !fraction.is_empty() && !is_fraction {
        return None;
    }
    let utc: Timestamp = format!("{local}{fraction}Z").parse().ok()?;
    Some(utc.as_millisecond() - offset(zone)? * 60_000)
}

/// Minutes of `Z`, `+01:00`, `+0100` or `+01`.
fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let (sign, digits) = zone.split_at_checked(1)?;
    if !["dd:dd", "dddd", "dd"].iter().any(|shape| has_shape(digits, shape)) {
        return None;
    }
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = minutes.trim_start_matches(':');
    let minutes: i64 = if minutes.is_empty() { 0 } else { minutes.parse().ok()? };
    let total = hours.parse::<i64>().ok()? * 60 + minutes;
    (total <= MOST_OFFSET).then_some(if sign == "-" { -total } else { total })
}

/// Whether `text` is as long as `shape` and has a digit at each `d`, and the same letter elsewhere.
fn has_shape(text: &str, shape: &str) -> bool {
    let fits = |(byte, wanted): (u8, u8)| match wanted {
        b'd' => byte.is_ascii_digit(),
        _ => byte == wanted,
    };
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(fits)
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
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
            ("1970-01-01T00:00:00.Z", None),
            ("1970-01-01T00:00:00,5Z", None),
            ("1970-01-01T00:00:00+1:00", None),
            ("1970-01-01T00:00:00+01:0", None),
            ("1970-01-01T00:00:00Zulu", None),
            ("1970-01-01t00:00:00Z", None),
            ("", None),
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
