//! `docs/RULES.md`, written from the rules and their examples.

use std::{env, fmt::Write, fs, path::Path};

use model::{RepairMode, SettingKind};
use serde_json::Value;

use super::{
    TODAY,
    cases::{Case, Examples},
};
use crate::{
    ACCOUNT_RULES, AccountRule, BY_SURVEY, BY_WISH, Control, Family, RULES, Rule, most_automatic,
};

const HEAD: &str = "# The rules

<!-- Written by `UPDATE=1 cargo test -p rules` from `shared/rules`. Do not edit. -->

Each rule looks at one function and answers *passes*, *fails*, *does not apply* or *cannot tell*.
A rule that cannot tell says what it was denied; it never passes for want of an answer.

A team opts a function out of a rule with a tag on the function.
The key is `warden:allow:<rule>`, the value `until=2027-01-31 by=payments ticket=SEC-123`; the opt-out holds up to and on the day of `until`.
`infra/baseline.toml` switches rules off, sets other severities and parameters, and says which opt-outs count.

The cases under each rule are its tests.
Each changes the facts it names in [one healthy function](../shared/rules/src/tests/healthy.json), and is judged on 2026-11-23 by an organisation that owns the account 222233334444 and trusts 777788889999.

";

#[test]
fn the_page_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/RULES.md");
    let page = page();
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(page == committed, "docs/RULES.md is stale: UPDATE=1 cargo test -p rules");
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    page.push_str("| family | rule | severity | |\n|---|---|---|---|\n");
    for Rule { id, family, title, severity, .. } in RULES {
        let row = format!("| {family:?} | [`{id}`](#{id}) | {} | {title} |", severity.label());
        page.push_str(&(row + "\n"));
    }
    for AccountRule { id, title, severity, .. } in ACCOUNT_RULES {
        let row = format!("| Account | [`{id}`](#{id}) | {} | {title} |", severity.label());
        page.push_str(&(row + "\n"));
    }
    let mut family = None;
    for rule in RULES {
        if family.replace(rule.family) != Some(rule.family) {
            writeln!(page, "\n## {}", heading(rule.family)).unwrap();
        }
        section(&mut page, rule);
    }
    page.push_str("\n## Account: what could not be looked at\n\n");
    page.push_str("Findings about an account in a Region. No tag opts out of them.\n");
    for rule in ACCOUNT_RULES {
        account_section(&mut page, rule);
    }
    page
}

fn heading(family: Family) -> &'static str {
    match family {
        Family::Runtime => "Runtime: what executes the code",
        Family::Environment => "Environment: variables and the key they rest under",
        Family::Network => "Network: where the function is attached",
        Family::Role => "Role: what the function may do",
        Family::Exposure => "Exposure: who may call the function, and where its data goes",
        Family::Resilience => "Resilience: what becomes of what fails",
        Family::Observability => "Observability: what is seen of it",
        Family::Hygiene => "Hygiene and cost",
        Family::Ourselves => "Ourselves: opt-outs and the scanner",
    }
}

fn section(page: &mut String, rule: &Rule) {
    let Rule { id, title, severity, why, fix, since, .. } = rule;
    writeln!(page, "\n### {id}\n\n{title}.").unwrap();
    let off =
        if BY_WISH.contains(id) { " Off unless the baseline says `enabled = true`." } else { "" };
    let night = match BY_SURVEY.contains(id) {
        true => " Told by looks at a whole account and Region; a change leaves it alone.",
        false => "",
    };
    writeln!(page, "Severity {}, since {since}.{off}{night}\n", severity.label()).unwrap();
    writeln!(page, "**Why.** {why}\n\n**Fix.** {fix}\n").unwrap();
    if rule.family != Family::Ourselves {
        writeln!(page, "**Opt out.** `warden:allow:{id}`\n").unwrap();
    }
    match most_automatic(id) {
        RepairMode::Off => {}
        RepairMode::OnRequest => page.push_str("**Repair.** On request.\n\n"),
        RepairMode::Auto => page.push_str("**Repair.** On request, or by itself.\n\n"),
    }
    if let Some(Control { id, page: source, requirements }) = rule.control {
        write!(page, "**Requirements**, as published with [{id}]({source}): ").unwrap();
        writeln!(page, "{}.\n", requirements.join(", ")).unwrap();
    }
    if !rule.parameters.is_empty() {
        writeln!(page, "**Parameters**, under `[rules.{id}]` of the baseline:\n").unwrap();
        for parameter in rule.parameters {
            let (name, default) = (parameter.name, default(&parameter.kind));
            writeln!(page, "- `{name} = {default}`: {}.", parameter.meaning).unwrap();
        }
        page.push('\n');
    }
    let Examples { bad, good, skip, gap } = Examples::of(rule);
    page.push_str("**Cases**\n\n");
    bad.iter().for_each(|case| line(page, "fails", case));
    good.iter().for_each(|case| line(page, "passes", case));
    skip.iter().for_each(|case| line(page, "does not apply", case));
    gap.iter().for_each(|case| line(page, "cannot tell", case));
    page.push_str("\n**Sources**\n\n");
    for source in rule.sources {
        writeln!(page, "- <{source}>").unwrap();
    }
}

fn account_section(page: &mut String, rule: &AccountRule) {
    let AccountRule { id, title, severity, why, fix, told_by, since, .. } = rule;
    writeln!(page, "\n### {id}\n\n{title}.").unwrap();
    writeln!(page, "Severity {}, since {since}.\n", severity.label()).unwrap();
    writeln!(page, "**Why.** {why}\n\n**Fix.** {fix}\n\n**Seen by.** {told_by}\n").unwrap();
    page.push_str("**Sources**\n\n");
    for source in rule.sources {
        writeln!(page, "- <{source}>").unwrap();
    }
}

fn default(kind: &SettingKind) -> String {
    match kind {
        SettingKind::Flag(flag) => flag.to_string(),
        SettingKind::Number(number) => number.to_string(),
        SettingKind::List(names) => format!("{names:?}"),
    }
}

/// One case: its name, what it changes of the healthy function, what the rule says.
fn line(page: &mut String, verdict: &str, case: &Case) {
    write!(page, "- *{verdict}*: {}.", case.name).unwrap();
    if case.today != TODAY {
        write!(page, " On {}.", case.today).unwrap();
    }
    let mut facts: Vec<String> =
        case.absent.iter().map(|path| format!("{path} is absent")).collect();
    for (name, value) in &case.baseline {
        flat(&format!("baseline.{name}"), value, &mut facts);
    }
    for (name, value) in &case.given {
        flat(name, value, &mut facts);
    }
    for fact in facts {
        write!(page, "\n  - `{fact}`").unwrap();
    }
    if let Some(reason) = case.saw.as_ref().or(case.why.as_ref()) {
        write!(page, "\n  - > {reason}").unwrap();
    }
    page.push('\n');
}

/// `runtime.managed = "python3.9"` for every leaf, and a line for every table of a list. Facts that
/// a case gives as `not read` are left out; a policy given as text is read.
fn flat(path: &str, value: &Value, facts: &mut Vec<String>) {
    match value {
        Value::Object(table) if !table.is_empty() => {
            for (key, value) in table {
                flat(&format!("{path}.{key}"), value, facts);
            }
        }
        Value::Array(list) if list.iter().any(Value::is_object) => {
            facts.extend(list.iter().map(|element| format!("{path}: {}", inline(element))));
        }
        Value::String(text) if text == "not read" => {}
        Value::String(text) if text.trim_start().starts_with('{') => {
            flat(path, &serde_json::from_str(text).unwrap(), facts);
        }
        leaf => facts.push(format!("{path} = {leaf}")),
    }
}

/// A value in one line; the fields of a table without braces.
fn inline(value: &Value) -> String {
    let mut facts = Vec::new();
    match value {
        Value::Object(table) => table.iter().for_each(|(key, value)| flat(key, value, &mut facts)),
        leaf => facts.push(leaf.to_string()),
    }
    facts.join(", ")
}
