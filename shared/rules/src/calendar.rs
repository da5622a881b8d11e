use model::Calendar;
use serde::Deserialize;

/// The runtime calendar in the crate could not be read: a mistake in `data/runtimes.toml`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("runtime calendar: {0}")]
pub struct CalendarError(String);

/// The runtime calendar compiled in. Read it once and keep it.
///
/// # Errors
/// The data file is malformed; a test reads it, so that a release never carries such a file.
pub fn calendar() -> Result<Calendar, CalendarError> {
    parse(include_str!("../data/runtimes.toml"))
}

/// Reads a calendar in the format of `data/runtimes.toml`; dates are TOML dates.
pub(crate) fn parse(text: &str) -> Result<Calendar, CalendarError> {
    let error = |error: toml::de::Error| CalendarError(error.message().to_owned());
    // A `toml::Value` hands out its dates as text, which is what `model` reads.
    let table: toml::Value = toml::from_str(text).map_err(error)?;
    Calendar::deserialize(table).map_err(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_compiled_in_is_sound() {
        let calendar = calendar().unwrap();
        assert!(calendar.runtimes.len() > 40, "{} runtimes", calendar.runtimes.len());
        assert!(calendar.sources.iter().all(|source| source.starts_with("https://")));
        let python39 = calendar.runtimes.get("python3.9").unwrap();
        assert_eq!(python39.deprecated, Some("2025-12-15".parse().unwrap()));
        for (id, life) in &calendar.runtimes {
            let Some(successor) = &life.successor else { continue };
            let next = calendar.runtimes.get(successor).unwrap_or_else(|| panic!("{successor}"));
            assert!(next.deprecated.is_none_or(|day| day > calendar.read), "{id} -> {successor}");
        }
    }

    #[test]
    fn a_calendar_is_read_whole_or_refused() {
        let head = "read = 2026-11-23\nsources = []\n";
        for (body, refusal) in [
            ("[runtimes.\"x\"]\n", None),
            ("[runtimes.\"x\"]\ndeprecatd = 2026-11-23\n", Some("unknown field `deprecatd`")),
            ("[runtimes.\"x\"]\ndeprecated = 2026-02-30\n", Some("")),
            ("[runtimes.\"x\"]\ndeprecated = \"soon\"\n", Some("failed to parse")),
            ("runtimes = 1\n", Some("runtime calendar: ")),
        ] {
            let read = parse(&format!("{head}{body}"));
            match refusal {
                None => assert!(read.is_ok(), "{body}: {read:?}"),
                Some(words) => {
                    let error = read.expect_err(body).to_string();
                    assert!(error.contains(words), "{body}: {error}");
                }
            }
        }
    }
}
