//! What the Lambda `digest` is told, and what it answers.

use std::collections::BTreeSet;

use jiff::{ToSpan, civil::Date};
use lambda_runtime::{Diagnostic, tracing};
use scan::{Digests, Item, PortError, Wanted};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::ConfigError;

/// So many days back a day without a digest is made up for.
const WEEK: i32 = 7;

/// Where log files are read and digests are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// `WARDEN_LOGS`: `s3://bucket` or `s3://bucket/prefix`, above the folder `AWSLogs`.
    pub logs: String,
    /// `WARDEN_LEDGER`: `s3://bucket` or `s3://bucket/prefix`.
    pub ledger: String,
}

impl Places {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// The first variable that is missing.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// Reads `variable`. An empty value counts as absent.
    ///
    /// # Errors
    /// The first variable that is missing.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let need = |name| {
            let found = variable(name).filter(|value| !value.is_empty());
            found.ok_or(ConfigError { name, why: "is not set".to_owned() })
        };
        Ok(Self { logs: need("WARDEN_LOGS")?, ledger: need("WARDEN_LEDGER")? })
    }
}

/// What an invocation asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// These, whether they were digested before or not.
    Items(Vec<Item>),
    /// What has no digest yet.
    Missing(Wanted),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Event {
    One(Item),
    Batch(Batch),
    Rest(Rest),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch {
    items: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rest {
    account: Option<String>,
    region: Option<String>,
}

impl Order {
    /// Reads an event: `{"account", "region", "day"}`, `{"items": [those]}`, or neither day nor
    /// items, which means the week that ends yesterday, of one account or Region or of all.
    ///
    /// # Errors
    /// It is none of these.
    pub fn read(event: Value, today: Date) -> Result<Self, Diagnostic> {
        let event = serde_json::from_value(event).map_err(|_| Diagnostic {
            error_type: "BadEvent".to_owned(),
            error_message: "the event is none of `{\"account\", \"region\", \"day\"}`, \
                `{\"items\": […]}` and `{}`; mend what invokes this function"
                .to_owned(),
        })?;
        Ok(match event {
            Event::One(item) => Self::Items(vec![item]),
            Event::Batch(batch) => Self::Items(batch.items),
            Event::Rest(Rest { account, region }) => Self::Missing(Wanted {
                accounts: account.into_iter().collect::<BTreeSet<_>>(),
                regions: region.into_iter().collect(),
                from: today.saturating_sub(WEEK.days()),
                to: today.saturating_sub(1.day()),
            }),
        })
    }
}

/// The error as a state machine sees it: its kind by name, and what to do in words.
pub fn diagnose(error: &PortError) -> Diagnostic {
    Diagnostic { error_type: format!("{:?}", error.kind), error_message: error.advice() }
}

/// The answer, and a line of the log for each item.
///
/// # Errors
/// An item could not be digested; the others were.
pub fn summary(digests: &Digests) -> Result<Value, Diagnostic> {
    let mut items = Vec::new();
    for (item, done) in &digests.done {
        let (named, skipped) = (&done.named, done.skipped);
        if skipped > 0 {
            tracing::warn!(%item, skipped, ?named, "parts of the logs could not be read");
        }
        tracing::info!(%item, done.files, done.records, done.written, "digested");
        items.push(json!({
            "account": item.account,
            "region": item.region,
            "day": item.day,
            "files": done.files,
            "bytes": done.bytes,
            "records": done.records,
            "skipped": skipped,
            "named": named,
            "written": done.written,
        }));
    }
    for (item, error) in &digests.failed {
        tracing::error!(%item, error = error.advice(), "not digested");
    }
    if let Some((item, error)) = digests.failed.first_key_value() {
        let Diagnostic { error_type, error_message } = diagnose(error);
        let others = digests.failed.len() - 1;
        let error_message = match others {
            0 => format!("{item}: {error_message}"),
            _ => format!("{item} and {others} more: {error_message}"),
        };
        return Err(Diagnostic { error_type, error_message });
    }
    if !digests.strays.is_empty() {
        let strays = digests.strays.len();
        tracing::warn!(strays, first = digests.strays.first(), "files that are no log files");
    }
    Ok(json!({"items": items, "kept": digests.kept.len(), "strays": digests.strays.len()}))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use scan::{Digested, Kind};

    use super::*;

    fn item(day: &str) -> Item {
        Item {
            account: "111122223333".into(),
            region: "eu-west-1".into(),
            day: day.parse().unwrap(),
        }
    }

    fn missing(accounts: &[&str], regions: &[&str]) -> Order {
        let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Order::Missing(Wanted {
            accounts: set(accounts),
            regions: set(regions),
            from: "2026-05-15".parse().unwrap(),
            to: "2026-05-21".parse().unwrap(),
        })
    }

    #[test]
    fn an_event_says_what_to_digest() {
        let day = |day: &str| json!({"account": "111122223333", "region": "eu-west-1", "day": day});
        let whole = item("2026-05-20");
        for (event, expected) in [
            (day("2026-05-20"), Some(Order::Items(vec![whole.clone()]))),
            (json!({"items": [day("2026-05-20")]}), Some(Order::Items(vec![whole]))),
            (json!({}), Some(missing(&[], &[]))),
            (json!({"account": "111122223333"}), Some(missing(&["111122223333"], &[]))),
            (json!({"region": "eu-west-1"}), Some(missing(&[], &["eu-west-1"]))),
            (day("yesterday"), None),
            (json!({"items": [{"account": "111122223333"}]}), None),
            (json!({"acount": "111122223333"}), None),
            (json!("2026-05-20"), None),
        ] {
            let read = Order::read(event.clone(), "2026-05-22".parse().unwrap());
            match expected {
                Some(expected) => assert_eq!(read.unwrap(), expected, "{event}"),
                None => assert_eq!(read.unwrap_err().error_type, "BadEvent", "{event}"),
            }
        }
    }

    #[test]
    fn one_failure_fails_the_invocation_after_the_others_are_done() {
        let done = Digested { files: 2, records: 9, written: 70, ..Digested::default() };
        let mut digests =
            Digests { done: [(item("2026-05-20"), done)].into(), ..Digests::default() };
        assert_eq!(summary(&digests).unwrap()["items"][0]["records"], 9);
        let error = PortError {
            operation: "s3:GetObject",
            subject: "s3://logs/a".into(),
            kind: Kind::Throttled,
            source: "SlowDown".into(),
        };
        digests.failed = BTreeMap::from([(item("2026-05-21"), error)]);
        let failed = summary(&digests).unwrap_err();
        assert_eq!(failed.error_type, "Throttled");
        assert!(
            failed.error_message.starts_with("111122223333/eu-west-1/2026-05-21: s3:GetObject")
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let both = |name: &str| Some(format!("s3://{name}"));
        assert_eq!(Places::read(both).unwrap().logs, "s3://WARDEN_LOGS");
        for missing in ["WARDEN_LOGS", "WARDEN_LEDGER"] {
            let error = Places::read(|name| both(name).filter(|_| name != missing)).unwrap_err();
            assert_eq!(error.name, missing);
        }
    }
}
