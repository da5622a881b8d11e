use std::cmp::Ordering;
use std::net::IpAddr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Context, Unresolved, variable};
use crate::pattern::arn_like;
use crate::{Operator, Pattern, Tri, Version};

/// A value of a condition, ready to be compared with the values of a request.
pub(super) enum Wanted {
    /// As written.
    Text(String),
    /// With its variables replaced; for operators on strings and ARNs.
    Pattern(Pattern),
    /// It has a variable that the request lacks and that has no default, so that nothing matches,
    /// and a negated operator holds.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value>
    Nothing,
    /// It has a variable whose value is not known.
    Unknown,
}

impl Wanted {
    pub(super) fn new(op: Operator, text: &str, version: Version, context: &Context<'_>) -> Self {
        let value = |key: &str, default: Option<&str>| {
            variable(context, key, default).map_err(|unresolved| match unresolved {
                Unresolved::Absent => Self::Nothing,
                Unresolved::Unknown => Self::Unknown,
            })
        };
        let pattern = match op.kind() {
            Kind::Exact => Pattern::with_variables(text, version, false, value),
            Kind::ExactIgnoreCase => {
                let value = |key: &str, default: Option<&str>| {
                    Ok(value(key, default)?.map(|text| text.to_lowercase()))
                };
                Pattern::with_variables(&text.to_lowercase(), version, false, value)
            }
            Kind::Like | Kind::Arn => Pattern::with_variables(text, version, true, value),
            _ => return Self::Text(text.to_owned()),
        };
        pattern.map_or_else(|unresolved| unresolved, Self::Pattern)
    }

    /// Whether every value is wanted, whatever the operator.
    pub(super) fn is_universal(&self) -> bool {
        matches!(self, Self::Pattern(pattern) if pattern.is_universal())
    }

    /// Whether `value` is wanted, before any negation.
    pub(super) fn compare(&self, operator: Operator, value: &str) -> Tri {
        match (self, operator.kind()) {
            (Self::Unknown, _) => Tri::Unknown,
            (Self::Nothing, _) => Tri::No,
            (Self::Pattern(wanted), Kind::Arn) => arn_like(wanted, value).into(),
            (Self::Pattern(wanted), Kind::ExactIgnoreCase) => {
                wanted.matches(&value.to_lowercase()).into()
            }
            (Self::Pattern(wanted), _) => wanted.matches(value).into(),
            (Self::Text(wanted), Kind::Number(test)) => order(wanted, value, test, number),
            (Self::Text(wanted), Kind::Date(test)) => order(wanted, value, test, instant),
            (Self::Text(wanted), Kind::Ip) => within(wanted, value),
            (Self::Text(wanted), Kind::Bool) => wanted.eq_ignore_ascii_case(value).into(),
            (Self::Text(wanted), _) => (wanted == value).into(),
        }
    }
}

/// What an operator compares, and how.
#[derive(Clone, Copy)]
enum Kind {
    Exact,
    ExactIgnoreCase,
    Like,
    Arn,
    Number(fn(Ordering) -> bool),
    Date(fn(Ordering) -> bool),
    Ip,
    Bool,
    Binary,
    Null,
}

impl Operator {
    /// Whether it holds when nothing matches, and so when the key is absent.
    pub fn is_negated(self) -> bool {
        matches!(
            self,
            Self::StringNotEquals
                | Self::StringNotEqualsIgnoreCase
                | Self::StringNotLike
                | Self::NumericNotEquals
                | Self::DateNotEquals
                | Self::NotIpAddress
                | Self::ArnNotEquals
                | Self::ArnNotLike
        )
    }

    fn kind(self) -> Kind {
        match self {
            Self::StringEquals | Self::StringNotEquals => Kind::Exact,
            Self::StringEqualsIgnoreCase | Self::StringNotEqualsIgnoreCase => Kind::ExactIgnoreCase,
            Self::StringLike | Self::StringNotLike => Kind::Like,
            Self::ArnEquals | Self::ArnLike | Self::ArnNotEquals | Self::ArnNotLike => Kind::Arn,
            Self::NumericEquals | Self::NumericNotEquals => Kind::Number(Ordering::is_eq),
            Self::NumericLessThan => Kind::Number(Ordering::is_lt),
            Self::NumericLessThanEquals => Kind::Number(Ordering::is_le),
            Self::NumericGreaterThan => Kind::Number(Ordering::is_gt),
            Self::NumericGreaterThanEquals => Kind::Number(Ordering::is_ge),
            Self::DateEquals | Self::DateNotEquals => Kind::Date(Ordering::is_eq),
            Self::DateLessThan => Kind::Date(Ordering::is_lt),
            Self::DateLessThanEquals => Kind::Date(Ordering::is_le),
            Self::DateGreaterThan => Kind::Date(Ordering::is_gt),
            Self::DateGreaterThanEquals => Kind::Date(Ordering::is_ge),
            Self::IpAddress | Self::NotIpAddress => Kind::Ip,
            Self::Bool => Kind::Bool,
            Self::BinaryEquals => Kind::Binary,
            Self::Null => Kind::Null,
        }
    }
}

/// Compares values of the request with the one of the policy. Unknown if either cannot be read.
fn order<T: PartialOrd>(
    wanted: &str,
    value: &str,
    test: fn(Ordering) -> bool,
    read: fn(&str) -> Option<T>,
) -> Tri {
    let (Some(wanted), Some(value)) = (read(wanted), read(value)) else { return Tri::Unknown };
    value.partial_cmp(&wanted).map_or(Tri::Unknown, |ordering| test(ordering).into())
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok()
}

/// ISO 8601 with or without the time of day, or seconds since 1970.
fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Timestamp::from_second(seconds).ok();
    }
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok();
    text.parse().ok().or_else(|| day().map(|day| day.timestamp()))
}

/// An address that is none is in no range; a range that is none is a mistake in the policy.
fn within(range: &str, value: &str) -> Tri {
    let (network, bits) = match range.split_once('/') {
        None => (range, None),
        Some((network, bits)) => match bits.parse::<u32>() {
            Ok(bits) => (network, Some(bits)),
            Err(_) => return Tri::Unknown,
        },
    };
    let Ok(network) = network.parse::<IpAddr>() else { return Tri::Unknown };
    let Ok(value) = value.parse::<IpAddr>() else { return Tri::No };
    let (network, value, width) = match (network, value) {
        (IpAddr::V4(network), IpAddr::V4(value)) => {
            (u128::from(network.to_bits()), u128::from(value.to_bits()), 32)
        }
        (IpAddr::V6(network), IpAddr::V6(value)) => (network.to_bits(), value.to_bits(), 128),
        _ => return Tri::No,
    };
    let Some(rest) = bits.map_or(Some(0), |bits| u32::checked_sub(width, bits)) else {
        return Tri::Unknown;
    };
    let cut = |bits: u128| bits.checked_shr(rest).unwrap_or(0);
    (cut(network) == cut(value)).into()
}
