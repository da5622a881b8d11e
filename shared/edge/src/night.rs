//! What the Lambda `plan-sweep` is told, and what it answers.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};
use lambda_runtime::{Diagnostic, tracing};
use scan::{Accounts, Missed, Night, PortError, Summary};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Config, ConfigError, metrics::line};

/// Where a night's files are, and whose night it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NightConfig {
    /// `WARDEN_BUCKET`: `s3://bucket`, where nights keep their files.
    pub bucket: String,
    /// `WARDEN_LOGS`: CloudTrail's log files; without them there is nothing to digest.
    pub logs: Option<String>,
    /// `WARDEN_ACCOUNTS`: ids separated by commas. Without it the organisation's, where
    /// `WARDEN_ORGANIZATION_ID` names one, else our own alone.
    pub accounts: Accounts,
}

impl NightConfig {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// The first variable that is missing or wrong.
    pub fn from_env(config: &Config) -> Result<Self, ConfigError> {
        Self::read(config, |name| std::env::var(name).ok())
    }

    /// Reads `variable`. An empty value counts as absent.
    ///
    /// # Errors
    /// The first variable that is missing or wrong.
    pub fn read(
        config: &Config,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let text = |name: &str| variable(name).filter(|value| !value.is_empty());
        let accounts = match text("WARDEN_ACCOUNTS") {
            Some(list) => Accounts::Listed(listed(&list)?),
            None if config.baseline.organization.id.is_some() => Accounts::Organization,
            None => Accounts::Own,
        };
        Ok(Self { bucket: config.bucket()?, logs: text("WARDEN_LOGS"), accounts })
    }
}

fn listed(list: &str) -> Result<BTreeSet<String>, ConfigError> {
    let ids = list.split(',').map(str::trim);
    match ids.clone().find(|id| !model::is_account(id)) {
        Some(wrong) => Err(ConfigError {
            name: "WARDEN_ACCOUNTS",
            why: format!("has `{wrong}`; expected account ids of 12 digits, separated by commas"),
        }),
        None => Ok(ids.map(str::to_owned).collect()),
    }
}

/// What an invocation asks for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "task", rename_all = "lowercase", deny_unknown_fields)]
pub enum Task {
    /// Say what this night is to do.
    Plan {},
    /// Keep that a place was not swept, or a day not digested.
    Missed {
        /// Name of the night.
        night: Date,
        /// What was to be done.
        item: ItemOfNight,
        /// What came instead.
        error: StateError,
    },
    /// Sum the night up.
    Summarise {
        /// Name of the night.
        night: Date,
    },
}

/// The place, the night's beginning, and for a digest the day, of a work item.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ItemOfNight {
    account: String,
    region: String,
    day: Option<Date>,
    since: Timestamp,
}

/// An error as a state machine hands it to who catches it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StateError {
    error: String,
    #[serde(default)]
    cause: String,
}

impl Task {
    /// Reads an event.
    ///
    /// # Errors
    /// It is none of ours.
    pub fn read(event: Value) -> Result<Self, Diagnostic> {
        serde_json::from_value(event).map_err(|error| Diagnostic {
            error_type: "BadEvent".to_owned(),
            error_message: format!(
                "{error}; expected `task` to be `plan`, `missed` or `summarise`, as \
                 infra/nightly.asl.json has it"
            ),
        })
    }
}

/// What came instead of `item`, as the night's files keep it.
pub fn missed(item: ItemOfNight, error: StateError) -> Missed {
    /// Longest cause that is kept: it ends in a finding of 1,024 characters.
    const LONGEST: usize = 700;
    let of_lambda = serde_json::from_str::<Value>(&error.cause).ok();
    let message = of_lambda.as_ref().and_then(|cause| cause.get("errorMessage")?.as_str());
    let cause = message.unwrap_or(&error.cause).chars().take(LONGEST).collect();
    let ItemOfNight { account, region, day, since } = item;
    Missed { account, region, day, since: Some(since), error: error.error, cause }
}

/// What the state machine needs of a plan.
///
/// * `bucket`: without `s3://`.
pub fn planned(plan: &Night, bucket: &str) -> Value {
    let file = |name: &str| {
        let (bucket, prefix) = bucket.split_once('/').unwrap_or((bucket, ""));
        let key = format!("{prefix}/{}/{name}", scan::night::folder(plan.night));
        json!({ "bucket": bucket, "key": key.trim_start_matches('/') })
    };
    json!({
        "night": plan.night,
        "since": plan.since,
        "items": file("items.json"),
        "digests": file("digests.json"),
        "counts": {
            "sweeps": plan.sweeps.len(),
            "digests": plan.digests.0,
            "digests_left": plan.digests.1,
            "unreachable": plan.unreachable.len(),
        },
    })
}

/// Bytes of a text in an answer. Step Functions carries 256 KiB, JSON may write a byte as six, and
/// the cause of a failed execution holds 32,768 characters.
const LONGEST: usize = 8_000;

/// As much of `text` as an answer holds.
fn short(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LONGEST)).unwrap_or_default()
}

/// What the state machine needs of a summary: how much, and under `trouble` why the night failed,
/// which is empty if it did not. What is listed stands in the night's `summary.json`.
pub fn summed_up(summary: &Summary, report: Result<(), PortError>) -> Value {
    let mut trouble = summary.trouble();
    if let Err(error) = report {
        tracing::error!(night = %summary.night, why = error.chain(), "the report was not written");
        trouble.push(format!("the report was not written: {}", error.advice()));
    }
    let trouble: Vec<&str> = trouble.iter().map(|one| short(one)).collect();
    json!({
        "night": summary.night,
        "planned": summary.planned,
        "swept": summary.swept,
        "partial": summary.partial.len(),
        "missing": summary.missing.len(),
        "digests": summary.digests,
        "functions": summary.all.functions,
        "open": summary.open(),
        "trouble": trouble.join(". "),
    })
}

/// A night as metrics, in lines of the log.
pub fn night_metrics(summary: &Summary, now: Timestamp) -> Vec<String> {
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let all = &summary.all;
    let places = count(summary.swept + summary.missing.len());
    let whole = summary.swept.saturating_sub(summary.partial.len());
    let covered = (100 * count(whole)).checked_div(places).unwrap_or(0);
    let age = all.oldest.map_or(0, |oldest| now.duration_since(oldest).as_hours() / 24);
    let open = u64::try_from(summary.open()).unwrap_or(0);
    let (ordered, failed, left) = summary.digests;
    let totals = [
        ("PlacesSwept", count(summary.swept)),
        ("PlacesPartial", count(summary.partial.len())),
        ("PlacesMissing", count(summary.missing.len())),
        ("CoveragePercent", covered),
        ("Functions", all.functions),
        ("OpenFindings", open),
        ("FindingsRise", summary.rise.and_then(|rise| u64::try_from(rise).ok()).unwrap_or(0)),
        ("OldestFindingDays", u64::try_from(age).unwrap_or(0)),
        ("UnseenVerdicts", all.gaps),
        ("FindingsRefused", summary.all_refused()),
        ("NightThrottles", all.throttles),
        ("NightCalls", all.calls.values().sum()),
        ("NightSeconds", u64::try_from(summary.seconds).unwrap_or(0)),
        ("DigestsOrdered", count(ordered)),
        ("DigestsFailed", count(failed)),
        ("DigestsLeft", count(left)),
        ("LogsUnlisted", u64::from(summary.logs.is_some())),
    ];
    let by = |dimension: &'static str, found: &std::collections::BTreeMap<String, u64>| {
        let one =
            |(key, n): (&String, &u64)| line(now, &[(dimension, key)], &[("OpenFindings", *n)]);
        found.iter().map(one).collect::<Vec<_>>()
    };
    let mut lines = vec![line(now, &[], &totals)];
    lines.extend(by("Severity", &all.findings));
    lines.extend(by("Rule", &all.rules));
    lines.extend(by("Account", &summary.accounts));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_says_what_to_do() {
        let night: Date = "2026-11-26".parse().unwrap();
        let item = json!({
            "partition": "aws", "account": "111122223333", "region": "eu-west-1",
            "night": night, "since": "2026-11-26T01:30:00Z",
        });
        let cause = r#"{"errorMessage":"iam:GetRole on `x`: denied","errorType":"Denied"}"#;
        let missed = json!({
            "task": "missed", "night": night, "item": item,
            "error": {"Error": "Denied", "Cause": cause},
        });
        let Task::Missed { item, error, .. } = Task::read(missed).unwrap() else { panic!() };
        let kept = super::missed(item, error);
        assert_eq!((kept.cause.as_str(), kept.day), ("iam:GetRole on `x`: denied", None));
        assert_eq!(kept.since, "2026-11-26T01:30:00Z".parse().ok());
        assert_eq!(Task::read(json!({"task": "plan"})).unwrap(), Task::Plan {});
        for wrong in [json!({}), json!({"task": "plna"}), json!({"task": "summarise"}), json!(1)] {
            assert_eq!(Task::read(wrong).unwrap_err().error_type, "BadEvent");
        }
    }

    #[test]
    fn accounts_are_listed_the_organisations_or_our_own() {
        let config = |organization: &str, bucket: &str| {
            Config::read(|name| match name {
                "WARDEN_BUCKET" => Some(bucket.to_owned()),
                "AWS_REGION" => Some("eu-west-1".to_owned()),
                "WARDEN_READ_ROLE" | "WARDEN_PUBLISH_ROLE" => Some("role".to_owned()),
                "WARDEN_ORGANIZATION_ID" => Some(organization.to_owned()),
                _ => None,
            })
            .unwrap()
        };
        let ids = ["111122223333", "444455556666"].map(str::to_owned);
        for (organization, list, expected) in [
            ("", "", Ok(Accounts::Own)),
            ("o-abcdefghij", "", Ok(Accounts::Organization)),
            ("o-abcdefghij", "444455556666, 111122223333", Ok(Accounts::Listed(ids.into()))),
            ("", "4444", Err("WARDEN_ACCOUNTS")),
        ] {
            let read = NightConfig::read(&config(organization, "s3://bucket"), |name| match name {
                "WARDEN_ACCOUNTS" => Some(list.to_owned()),
                _ => None,
            });
            assert_eq!(read.map(|read| read.accounts).map_err(|error| error.name), expected);
        }
        let missing = NightConfig::read(&config("", ""), |_| None).unwrap_err();
        assert_eq!(missing.name, "WARDEN_BUCKET");
    }

    fn refused(subject: String) -> PortError {
        let (kind, source) = (scan::Kind::Denied, "no".into());
        PortError { operation: "s3:PutObject", subject, kind, source }
    }

    #[test]
    fn a_report_that_was_not_written_is_said_beside_the_summary() {
        let summary = Summary { planned: 4, swept: 3, ..Summary::default() };
        let whole = summed_up(&summary, Ok(()));
        assert_eq!((&whole["planned"], &whole["swept"]), (&json!(4), &json!(3)));
        assert_eq!(whole["trouble"], "");
        let mut cut = summed_up(&summary, Err(refused("nights/posture.json".to_owned())));
        let said = std::mem::take(&mut cut["trouble"]);
        assert!(said.as_str().unwrap().contains("s3:PutObject"), "{said}");
        cut["trouble"] = "".into();
        assert_eq!(cut, whole, "the summary is told whatever becomes of the report");
        let failed = Summary { swept: 1, ..summary };
        let both = &summed_up(&failed, Err(refused(String::new())))["trouble"];
        let both = both.as_str().unwrap();
        assert!(both.starts_with("3 of 4 places were not swept. the report was not"), "{both}");
    }

    /// Whatever the texts are made of, and wherever the cut falls in a character.
    #[test]
    fn step_functions_can_carry_every_answer() {
        /// <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
        const CARRIED: usize = 256 * 1024;
        for (letter, before) in
            [("x", 0), ("\u{1}", 0), ("\"", 1), ("€", 1), ("€", 2), ("\u{202e}", 0), ("🦀", 3)]
        {
            let why = "x".repeat(before) + &letter.repeat(300_000);
            let missing: std::collections::BTreeMap<_, _> =
                (0..20).map(|n| (format!("{n:012}/eu-west-1"), why.clone())).collect();
            let accounts = (0..20_000).map(|n| (format!("{n:012}"), n)).collect();
            let plan = Night {
                night: Date::default(),
                since: Timestamp::UNIX_EPOCH,
                sweeps: Vec::new(),
                unreachable: missing.clone(),
                digests: (0, 0),
                logs: Some(why.clone()),
            };
            let refusals = vec![why.clone(); 20];
            let summary = Summary {
                missing,
                accounts,
                refused: refusals,
                logs: Some(why.clone()),
                ..Summary::default()
            };
            let whole = planned(&plan, &"b".repeat(63));
            let answer = summed_up(&summary, Err(refused(why)));
            for answer in [&whole, &answer] {
                let size = answer.to_string().len();
                assert!(size < CARRIED / 2, "{size} bytes of {letter:?}");
            }
            let said = answer["trouble"].as_str().unwrap();
            assert!(said.len() > 2 * (LONGEST - 4), "the cut takes no more than it has to");
            assert!(said.len() < 32_768, "a cause of a failure holds no more");
        }
    }

    #[test]
    fn a_night_is_counted_in_all_and_by_severity_rule_and_account() {
        let now: Timestamp = "2026-11-26T03:30:00Z".parse().unwrap();
        let summary: Summary = serde_json::from_value(json!({
            "night": "2026-11-26", "planned": 4, "swept": 3,
            "missing": {"111122223333/eu-west-1": "was not swept"},
            "partial": {"444455556666/eu-west-1": "was read in part"},
            "digests": [5, 1, 0], "logs": "denied", "seconds": 7200, "refused": ["one"],
            "accounts": {"444455556666": 7},
            "all": {
                "functions": 10, "findings": {"HIGH": 3, "LOW": 4}, "rules": {"role-admin": 7},
                "oldest": "2026-11-20T00:00:00Z", "throttles": 2, "refused": 3, "calls": {"iam:GetRole": 9},
            },
        }))
        .unwrap();
        let lines: Vec<Value> = night_metrics(&summary, now)
            .iter()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let total = &lines[0];
        for (name, expected) in [
            ("CoveragePercent", 50),
            ("PlacesSwept", 3),
            ("PlacesPartial", 1),
            ("OpenFindings", 7),
            ("FindingsRise", summary.rise.and_then(|rise| u64::try_from(rise).ok()).unwrap_or(0)),
            ("OldestFindingDays", 6),
            ("NightThrottles", 2),
            ("PlacesMissing", 1),
            ("FindingsRefused", 4),
            ("DigestsFailed", 1),
            ("LogsUnlisted", 1),
        ] {
            assert_eq!(total[name], expected, "{name}");
        }
        let names = total["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap();
        let names: Vec<_> = names.iter().map(|one| one["Name"].as_str().unwrap()).collect();
        let operations = include_str!("../../../docs/OPERATIONS.md");
        let listed =
            operations.split_once("\nOf each night: ").unwrap().1.split_once(';').unwrap().0;
        assert_eq!(format!("`{}`", names.join("`, `")), listed, "docs/OPERATIONS.md lists them");
        let by: Vec<_> = lines[1..]
            .iter()
            .map(|line| line["_aws"]["CloudWatchMetrics"][0]["Dimensions"][0][0].as_str().unwrap())
            .collect();
        assert_eq!(by, ["Severity", "Severity", "Rule", "Account"]);
    }
}
