//! A judgement and a proposal in words, or as JSON.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    io::Write,
};

use ::usage::{Doubts, Judgement, Line, OwnRole, Place, Proposal, Verdict, Warning, diff};
use model::Role;
use report::printable;
use serde_json::{Value, json};

use crate::{exit::Failure, table};

/// As many actions are named in a cell; the JSON has all.
const NAMED: usize = 12;

/// Everything that is said of one role.
pub(crate) struct Told<'a> {
    pub(crate) role: &'a Role,
    pub(crate) judgement: &'a Judgement<'a>,
    pub(crate) proposal: &'a Proposal,
    /// Of each function of a shared role.
    pub(crate) own: &'a [OwnRole<'a>],
}

impl Told<'_> {
    /// `{"role", "judgement", "proposal", "ownRoles"}`.
    pub(crate) fn json(&self) -> Value {
        json!({
            "role": self.role.arn,
            "judgement": self.judgement,
            "proposal": self.proposal,
            "ownRoles": self.own,
        })
    }

    pub(crate) fn text(&self, mut out: impl Write, coloured: bool) -> Result<(), Failure> {
        let window = &self.judgement.window;
        writeln!(
            out,
            "{}\n{} to {}: the logs of {} days of {} were read; {} are asked for.\n",
            self.role.arn, window.from, window.to, window.seen, window.days, window.target
        )?;
        writeln!(out, "{}", self.verdicts())?;
        if self.judgement.functions.len() > 1 {
            writeln!(out, "Which function uses what:\n{}", self.functions())?;
        }
        write!(out, "{}", self.remarks())?;
        self.policies(&mut out, coloured)
    }

    /// One row for the actions of a service of which the same is said.
    fn verdicts(&self) -> String {
        let mut groups: BTreeMap<(&str, Verdict, Option<_>, Doubts), Vec<&str>> = BTreeMap::new();
        let names: Vec<String> =
            self.judgement.actions.iter().map(|one| one.action.to_string()).collect();
        for (one, name) in self.judgement.actions.iter().zip(&names) {
            let key = (one.action.service(), one.verdict, one.confidence, one.doubts);
            let short = name.split_once(':').map_or(name.as_str(), |(_, short)| short);
            groups.entry(key).or_default().push(short);
        }
        let mut table = table::plain(&["Service", "Verdict", "Confidence", "Actions"]);
        for ((service, verdict, confidence, doubts), actions) in groups {
            let sure = confidence.map(|sure| word(&json!(sure))).unwrap_or_default();
            let doubts: Vec<String> = doubts.iter().map(|doubt| word(&json!(doubt))).collect();
            let sure = match doubts.as_slice() {
                [] => sure,
                some => format!("{sure}: {}", some.join(", ")),
            };
            table.add_row(vec![
                &printable(service),
                &verdict_words(verdict),
                &sure,
                &listed(&actions),
            ]);
        }
        table.to_string()
    }

    fn functions(&self) -> String {
        let mut table = table::plain(&["Function", "Its code uses", "Lambda needs for it"]);
        for one in &self.judgement.functions {
            let value = json!(one);
            let actions = |name: &str| -> String {
                let list = value.get(name).and_then(Value::as_array);
                let list: Vec<&str> =
                    list.into_iter().flatten().filter_map(Value::as_str).collect();
                listed(&list)
            };
            table.add_row(vec![
                one.function.name().to_owned(),
                actions("used"),
                actions("needed-by-lambda"),
            ]);
        }
        table.to_string()
    }

    /// What a person should know besides.
    fn remarks(&self) -> String {
        let Judgement { unmapped, foreign, missing, elsewhere, unknown, .. } = self.judgement;
        let mut text = String::new();
        let mut say = |what: &str, items: Vec<String>| {
            if !items.is_empty() {
                let items: Vec<&str> = items.iter().map(String::as_str).collect();
                let _ = writeln!(text, "{what}: {}", listed(&items));
            }
        };
        let owned = |set: &BTreeSet<&str>| set.iter().map(|&s| s.to_owned()).collect();
        say("Not known of a function's configuration", owned(unknown));
        say("Events that map to no action, so that their services are kept", owned(unmapped));
        say("Used by sessions that are no function's", owned(foreign));
        say(
            "Needed by Lambda and granted nowhere",
            unique(missing.iter().map(|need| need.action.to_string())),
        );
        say(
            "Used though no policy of the role grants it",
            unique(elsewhere.iter().map(|one| one.action.to_owned())),
        );
        let growing = self.judgement.growing.iter();
        say(
            "Patterns that will grant what AWS has yet to add",
            growing.map(|one| format!("`{}` of `{}`", one.pattern, one.policy)).collect(),
        );
        for warning in &self.proposal.warnings {
            let _ = writeln!(text, "Mind: {}", printable(&warning_words(warning)));
        }
        for one in &self.proposal.suggestions {
            let _ = writeln!(
                text,
                "Consider for `{}`: a condition `StringEquals` `{}` of {}",
                one.sid,
                one.key,
                one.values.join(", ")
            );
        }
        text
    }

    fn policies(&self, mut out: impl Write, coloured: bool) -> Result<(), Failure> {
        let Proposal { policies, replaces, kept, removed, narrowed, changes, .. } = self.proposal;
        if !changes {
            writeln!(out, "Nothing to take away: {kept} actions stay as they are granted.")?;
            return Ok(());
        }
        writeln!(
            out,
            "Proposed: {kept} actions stay, {narrowed} of them on fewer resources, and {removed} go. \
             In place of {}:",
            printable(&replaces.join(", "))
        )?;
        for policy in policies {
            let place = match policy.place {
                Place::Inline => "inline policy",
                Place::Managed => "managed policy",
            };
            writeln!(
                out,
                "  {place} `{}`: {} of {} characters",
                policy.name, policy.size, policy.limit
            )?;
        }
        writeln!(out)?;
        let today = self.role.policies.known().into_iter().flatten().map(|policy| &policy.document);
        for line in diff(today, policies.iter().map(|policy| &policy.document)) {
            let (mark, colour, text) = match line {
                Line::Both(text) => (' ', "", text),
                Line::Old(text) => ('-', "31", text),
                Line::New(text) => ('+', "32", text),
            };
            if coloured && !colour.is_empty() {
                writeln!(out, "\u{1b}[{colour}m{mark} {text}\u{1b}[0m")?;
            } else {
                writeln!(out, "{mark} {text}")?;
            }
        }
        Ok(())
    }
}

fn verdict_words(verdict: Verdict) -> String {
    let value = json!(verdict);
    let name = value.get("verdict").map(word).unwrap_or_default();
    match (verdict, value.get("reason").map(word)) {
        (Verdict::OverBroad { resources }, _) => format!("{name}: used on {resources}"),
        (_, Some(reason)) => format!("{name}: {reason}"),
        (_, None) => name,
    }
}

fn warning_words(warning: &Warning) -> String {
    match warning {
        Warning::Growing { pattern } => {
            format!("`{pattern}` will grant what AWS adds to the service")
        }
        Warning::KeptWhole { policy, statement } => format!(
            "statement {} of `{policy}` stays as it is: taken apart it would not fit",
            statement + 1
        ),
        Warning::TooLarge { size } => {
            format!("{size} characters are more than IAM takes; split the role")
        }
        Warning::TrustsOthers => {
            "others than Lambda may assume the role: ask them before anything is taken away"
                .to_owned()
        }
        Warning::ServiceLinked => "AWS owns the role; nobody can edit it".to_owned(),
    }
}

/// `kebab-case` in words.
fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().replace('-', " ")
}

fn unique(items: impl Iterator<Item = String>) -> Vec<String> {
    items.collect::<BTreeSet<_>>().into_iter().collect()
}

fn listed(items: &[&str]) -> String {
    let named: Vec<String> = items.iter().take(NAMED).map(|item| printable(item)).collect();
    let named = named.join(", ");
    match items.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
