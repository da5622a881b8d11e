//! The baseline file: read whole, or refused with the place and what would be accepted.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Baseline, ExemptionPolicy, Organization, Parameter, RuleSettings, Setting, SettingKind,
    Severity,
};
use serde::Deserialize;
use toml::{Table, Value};

use crate::{AccountRule, exemption::FIELDS, find, nearest::did_you_mean};

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
    let File { organization, exemptions, rules } = file;
    check_organization(&organization)?;
    check_exemptions(&exemptions)?;
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
    Ok(Baseline { organization, exemptions, rules })
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
    let names = || names.iter().copied().chain(["enabled", "severity"]);
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
