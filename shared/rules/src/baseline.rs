//! The baseline file: read whole, or refused with the place and what would be accepted.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Baseline, ExemptionPolicy, Organization, Parameter, RepairMode, RepairPolicy, RuleSettings,
    Setting, SettingKind, Severity,
};
use serde::Deserialize;
use toml::{Table, Value};

use crate::{
    AccountRule, exemption::FIELDS, find, nearest::did_you_mean, repairable::most_automatic,
};

/// What is wrong with a baseline file: one line that names the place and what is accepted there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BaselineError(String);

/// The file before the names in it are checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub(crate) struct File {
    organization: Organization,
    exemptions: ExemptionPolicy,
    repair: RepairPolicy,
    rules: BTreeMap<String, Table>,
}

/// Reads a baseline. What it does not name keeps its default; an empty text is the default.
///
/// # Errors
/// The text is no TOML, or names something that does not exist. The error does not name the
/// file: the caller does.
pub fn parse(text: &str) -> Result<Baseline, BaselineError> {
    let file = toml::from_str(text).map_err(|error| {
        let what = error.message().lines().next().unwrap_or_default();
        let (line, column) = place(text, error.span().map_or(0, |span| span.start));
        BaselineError(format!("line {line}, column {column}: {what}"))
    })?;
    checked(file)
}

/// The baseline in `file`, every name in it looked up.
pub(crate) fn checked(file: File) -> Result<Baseline, BaselineError> {
    let File { organization, exemptions, repair, rules } = file;
    check_organization(&organization)?;
    check_exemptions(&exemptions)?;
    check_repair(&repair)?;
    let rules = rules
        .into_iter()
        .map(|(id, table)| {
            let parameters = match AccountRule::find(&id) {
                Some(_) => &[],
                None => {
                    find(&id).map_err(|e| BaselineError(format!("`rules.{id}`: {e}")))?.parameters
                }
            };
            let settings = settings(&id, parameters, &table)?;
            Ok((id, settings))
        })
        .collect::<Result<_, BaselineError>>()?;
    Ok(Baseline { organization, exemptions, repair, rules })
}

fn settings(
    id: &str,
    parameters: &[&Parameter],
    table: &Table,
) -> Result<RuleSettings, BaselineError> {
    let mut settings = RuleSettings::default();
    for (name, value) in table {
        let refused = |accepted: &str| BaselineError(format!("`rules.{id}.{name}` {accepted}"));
        match name.as_str() {
            "enabled" => {
                let enabled = value.as_bool().ok_or_else(|| refused("must be true or false"))?;
                settings.enabled = Some(enabled);
            }
            "severity" => {
                settings.severity = Some(severity(value).map_err(|e| refused(&e))?);
            }
            "repair" => settings.repair = Some(repair_mode(id, value).map_err(|e| refused(&e))?),
            _ => {
                let known = parameters.iter().find(|parameter| parameter.name == name);
                let parameter = known.ok_or_else(|| refused(&accepted(parameters, name)))?;
                let setting = setting(parameter, value).map_err(refused)?;
                settings.parameters.insert(name.clone(), setting);
            }
        }
    }
    Ok(settings)
}

fn severity(value: &Value) -> Result<Severity, String> {
    Severity::deserialize(value.clone()).map_err(|_| {
        let names = ["informational", "low", "medium", "high", "critical"];
        let meant = value.as_str().map_or_else(String::new, |text| did_you_mean(text, names));
        format!("must be one of {}{meant}", quoted(names))
    })
}

/// What is done with the failures of `id`, as far as a repair is known and safe enough.
fn repair_mode(id: &str, value: &Value) -> Result<RepairMode, String> {
    let mode = RepairMode::deserialize(value.clone()).map_err(|_| {
        let names = ["off", "on-request", "auto"];
        let meant = value.as_str().map_or_else(String::new, |text| did_you_mean(text, names));
        format!("must be one of {}{meant}", quoted(names))
    })?;
    match most_automatic(id) {
        RepairMode::Off if mode != RepairMode::Off => {
            Err("must be `off`: no repair is known for this rule".to_owned())
        }
        RepairMode::OnRequest if mode == RepairMode::Auto => {
            Err("must be `off` or `on-request`: a person has to look at this repair".to_owned())
        }
        _ => Ok(mode),
    }
}

fn setting(parameter: &Parameter, value: &Value) -> Result<Setting, &'static str> {
    match parameter.kind {
        SettingKind::Flag(_) => value.as_bool().map(Setting::Flag).ok_or("must be true or false"),
        SettingKind::Number(_) => value
            .as_integer()
            .and_then(|number| u32::try_from(number).ok())
            .map(Setting::Number)
            .ok_or("must be a whole number, zero or more"),
        SettingKind::List(_) => Vec::<String>::deserialize(value.clone())
            .map(Setting::List)
            .map_err(|_| "must be a list of texts, such as [\"a\", \"b\"]"),
    }
}

/// What may stand under a rule in place of the unknown `name`.
fn accepted(parameters: &[&Parameter], name: &str) -> String {
    let names: Vec<&str> = parameters.iter().map(|parameter| parameter.name).collect();
    let names = || names.iter().copied().chain(["enabled", "severity", "repair"]);
    format!("does not exist; the rule has {}{}", quoted(names()), did_you_mean(name, names()))
}

fn check_organization(organization: &Organization) -> Result<(), BaselineError> {
    let Organization { id, accounts, exclude_accounts, trusted_accounts, layer_accounts } =
        organization;
    if let Some(id) = id.as_ref().filter(|id| !is_organization(id)) {
        return Err(BaselineError(format!(
            "`organization.id` is `{id}`; expected `o-` and 10 to 32 lower-case letters or digits"
        )));
    }
    for (name, accounts) in [
        ("accounts", accounts),
        ("exclude_accounts", exclude_accounts),
        ("trusted_accounts", trusted_accounts),
        ("layer_accounts", layer_accounts),
    ] {
        if let Some(account) = accounts.iter().find(|account| !model::is_account(account)) {
            return Err(BaselineError(format!(
                "`organization.{name}` has `{account}`; expected an account id of 12 digits, as text"
            )));
        }
    }
    Ok(())
}

fn check_exemptions(policy: &ExemptionPolicy) -> Result<(), BaselineError> {
    if let Some(name) = policy.required.iter().find(|name| !FIELDS.contains(&name.as_str())) {
        let meant = did_you_mean(name, FIELDS);
        return Err(BaselineError(format!(
            "`exemptions.required` has `{name}`; expected some of {}{meant}",
            quoted(FIELDS)
        )));
    }
    let unknown = |never: &BTreeSet<String>| never.iter().find_map(|id| find(id).err());
    match unknown(&policy.never) {
        Some(error) => Err(BaselineError(format!("`exemptions.never`: {error}"))),
        None => Ok(()),
    }
}

/// Days that CloudWatch Logs takes for the retention of a log group.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>
const RETENTIONS: [u32; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

fn check_repair(repair: &RepairPolicy) -> Result<(), BaselineError> {
    let refuse = |name: &str, what: &str| Err(BaselineError(format!("`repair.{name}` {what}")));
    if !RETENTIONS.contains(&repair.log_retention_days) {
        return refuse(
            "log_retention_days",
            "must be a number that CloudWatch Logs takes, e.g. 30, 90, 365",
        );
    }
    if repair.longest_hours == 0 || repair.longest_hours > 24 * 30 {
        return refuse("longest_hours", "must be from 1 to 720");
    }
    if repair.grace_hours > 24 * 30 {
        return refuse("grace_hours", "must be at most 720");
    }
    if !(1..=90).contains(&repair.watch_days) {
        return refuse("watch_days", "must be from 1 to 90");
    }
    if repair.key.as_deref().is_some_and(|key| key.contains(':')) {
        return refuse(
            "key",
            "must be `alias/…` or a key's id: an ARN is of one account and Region",
        );
    }
    let is_queue = |name: &str| {
        (1..=80).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    if repair.failure_queue.as_deref().is_some_and(|name| !is_queue(name)) {
        return refuse(
            "failure_queue",
            "must be a standard queue's name, without account or Region",
        );
    }
    Ok(())
}

/// Source: <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html>
fn is_organization(id: &str) -> bool {
    id.strip_prefix("o-").is_some_and(|rest| {
        (10..=32).contains(&rest.len())
            && rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    })
}

fn quoted<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Line and column of a byte, both from one.
fn place(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

#[cfg(test)]
#[path = "tests/baseline.rs"]
mod tests;
