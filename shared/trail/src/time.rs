use jiff::Timestamp;

/// Seconds since 1970 of an event's time, `2026-05-21T23:02:19Z`.
pub(crate) fn seconds(text: &[u8]) -> Option<i64> {
    quickly(text).or_else(|| {
        let text = std::str::from_utf8(text).ok()?;
        text.parse::<Timestamp>().ok().map(Timestamp::as_second)
    })
}

/// The one form that CloudTrail writes.
fn quickly(text: &[u8]) -> Option<i64> {
    let text: &[u8; 20] = text.try_into().ok()?;
    let [
        y1,
        y2,
        y3,
        y4,
        b'-',
        m1,
        m2,
        b'-',
        d1,
        d2,
        b'T',
        h1,
        h2,
        b':',
        i1,
        i2,
        b':',
        s1,
        s2,
        b'Z',
    ] = *text
    else {
        return None;
    };
    let digits = [y1, y2, y3, y4, m1, m2, d1, d2, h1, h2, i1, i2, s1, s2];
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let two = |a: u8, b: u8| i64::from(a - b'0') * 10 + i64::from(b - b'0');
    let (year, month, day) = (two(y1, y2) * 100 + two(y3, y4), two(m1, m2), two(d1, d2));
    let (hour, minute, second) = (two(h1, h2), two(i1, i2), two(s1, s2));
    let is_sound = (1970..9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=28).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    // The last days of a month need a calendar.
    is_sound.then(|| (days(year, month, day) * 24 + hour) * 3600 + minute * 60 + second)
}

/// Days since 1970 in the Gregorian calendar, counted from March so that a leap day comes last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    year * 365 + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_agree() {
        for day in (0..40_000).step_by(13) {
            let time = Timestamp::from_second(day * 86_400 + 12_345).unwrap();
            let text = time.to_string();
            assert_eq!(seconds(text.as_bytes()), Some(time.as_second()), "{text}");
        }
        assert_eq!(seconds(b"2026-02-31T00:00:00Z"), None);
        assert_eq!(seconds(b"2024-02-29T00:00:00.5Z"), Some(1_709_164_800));
        assert_eq!(seconds(b""), None);
    }
}
