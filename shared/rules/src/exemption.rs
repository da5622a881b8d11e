//! Opt-outs: a tag `warden:allow:<rule>` with the value `until=2027-01-31 by=payments ticket=SEC-1`.

use std::collections::BTreeMap;

use jiff::civil::Date;
use model::{Context, Snapshot};

use crate::{Family, Rule, days::days_after, find, nearest::did_you_mean};

/// What every opt-out tag's key begins with; a rule's id follows, or `all`.
const PREFIX: &str = "warden:allow:";

/// The fields of the value. `until` is never optional: an opt-out ends.
pub(crate) const FIELDS: [&str; 3] = ["until", "by", "ticket"];

/// An opt-out that was read in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemption {
    /// The last day on which it holds, UTC.
    pub until: Date,
    /// Who answers for it.
    pub by: Option<String>,
    /// Where it was decided.
    pub ticket: Option<String>,
    /// Key of the tag.
    pub tag: String,
}

/// A tag that means to opt out, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptOut {
    /// Key of the tag.
    pub tag: String,
    /// What its value says.
    pub reading: Reading,
}

/// What an opt-out tag says on the day of [`Context::today`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// It holds: today is `until` or an earlier day.
    Valid(Exemption),
    /// It held until a day that is over.
    Expired(Exemption),
    /// It never held: why, and what is expected. No final full stop.
    Malformed(String),
}

/// The opt-out that keeps a failure of `rule` from counting, if one holds today.
///
/// The rule's own tag is asked before `warden:allow:all`. Keys match exactly, case included.
/// Tags that could not be read exempt nothing.
pub fn exemption(rule: &Rule, function: &Snapshot, cx: &Context) -> Option<Exemption> {
    let tags = function.tags.known()?;
    if is_final(rule, cx) {
        return None;
    }
    [rule.id, "all"].into_iter().find_map(|scope| {
        let (tag, value) = tags.get_key_value(&format!("{PREFIX}{scope}"))?;
        match read(tag, value, cx) {
            Reading::Valid(exemption) => Some(exemption),
            Reading::Expired(_) | Reading::Malformed(_) => None,
        }
    })
}

/// Every tag that means to opt out, by key: also those whose key is nearly right.
pub fn opt_outs(tags: &BTreeMap<String, String>, cx: &Context) -> Vec<OptOut> {
    let stem = PREFIX.trim_end_matches(':');
    tags.iter()
        .filter(|(tag, _)| tag.trim().to_ascii_lowercase().starts_with(stem))
        .map(|(tag, value)| OptOut { tag: tag.clone(), reading: read(tag, value, cx) })
        .collect()
}

/// Nothing exempts from what the baseline reserves, nor from rules about opt-outs.
fn is_final(rule: &Rule, cx: &Context) -> bool {
    rule.family == Family::Ourselves || cx.baseline.exemptions.never.contains(rule.id)
}

fn read(tag: &str, value: &str, cx: &Context) -> Reading {
    let exemption = scope(tag, cx).and_then(|()| fields(tag, value, cx));
    match exemption {
        Ok(exemption) if exemption.until < cx.today => Reading::Expired(exemption),
        Ok(exemption) => Reading::Valid(exemption),
        Err(why) => Reading::Malformed(why),
    }
}

/// The key names something that the baseline lets a team opt out of.
fn scope(tag: &str, cx: &Context) -> Result<(), String> {
    let scope = tag
        .strip_prefix(PREFIX)
        .ok_or_else(|| format!("the key must begin with `{PREFIX}`, to the letter"))?;
    if scope == "all" {
        let allowed = cx.baseline.exemptions.allow_all;
        return allowed.then_some(()).ok_or("the baseline does not permit `all`".to_owned());
    }
    let rule = find(scope).map_err(|unknown| unknown.to_string())?;
    let reserved = || format!("nothing exempts from `{scope}`");
    (!is_final(rule, cx)).then_some(()).ok_or_else(reserved)
}

fn fields(tag: &str, value: &str, cx: &Context) -> Result<Exemption, String> {
    let mut found: BTreeMap<&str, &str> = BTreeMap::new();
    for word in value.split_whitespace() {
        let (name, text) = word
            .split_once('=')
            .ok_or_else(|| format!("`{word}` is not of the form `field=value`"))?;
        if !FIELDS.contains(&name) {
            return Err(format!("unknown field `{name}`{}", did_you_mean(name, FIELDS)));
        }
        if text.is_empty() {
            return Err(format!("`{name}` is empty"));
        }
        if found.insert(name, text).is_some() {
            return Err(format!("`{name}` is given twice"));
        }
    }
    let policy = &cx.baseline.exemptions;
    let wanted = |name: &&str| *name == "until" || policy.required.contains(*name);
    if let Some(name) = FIELDS.iter().find(|name| wanted(name) && !found.contains_key(**name)) {
        return Err(format!("`{name}` is missing; expected {}", form(wanted)));
    }
    let text = |name| found.get(name).map(|text: &&str| (*text).to_owned());
    let until = day(found.get("until").copied().unwrap_or_default())?;
    let latest = days_after(cx.today, policy.longest_days);
    if until > latest {
        let longest = policy.longest_days;
        return Err(format!("`until` is more than {longest} days ahead; the latest is {latest}"));
    }
    Ok(Exemption { until, by: text("by"), ticket: text("ticket"), tag: tag.to_owned() })
}

/// `until=YYYY-MM-DD by=…`, of the fields that are wanted.
fn form(wanted: impl Fn(&&str) -> bool) -> String {
    let fields = FIELDS.iter().filter(|name| wanted(name)).map(|name| match *name {
        "until" => "until=YYYY-MM-DD".to_owned(),
        other => format!("{other}=…"),
    });
    format!("`{}`", fields.collect::<Vec<_>>().join(" "))
}

fn day(text: &str) -> Result<Date, String> {
    let date = text.parse::<Date>().ok().filter(|date| date.to_string() == text);
    date.ok_or_else(|| format!("`until={text}` is no day; expected `until=YYYY-MM-DD`"))
}

#[cfg(test)]
#[path = "tests/exemption.rs"]
mod tests;
