use jiff::{Span, civil::Date};

/// The day that is `days` after `day`; the last day there is, where that lies beyond it.
pub(crate) fn days_after(day: Date, days: u32) -> Date {
    Span::new().try_days(days).and_then(|span| day.checked_add(span)).unwrap_or(Date::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_to_the_end_of_the_calendar() {
        let day: Date = "2026-11-23".parse().unwrap();
        for (days, expected) in [(0, "2026-11-23"), (8, "2026-12-01"), (365, "2027-11-23")] {
            assert_eq!(days_after(day, days).to_string(), expected);
        }
        assert_eq!(days_after(day, 7_000_000), Date::MAX);
        assert_eq!(days_after(day, u32::MAX), Date::MAX);
    }
}
