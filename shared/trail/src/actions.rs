//! From a recorded event to the IAM actions it needed.
//!
//! The files in `data/` say what the names alone do not: see `aliases.txt`, `ignored.txt`,
//! `overrides.txt` and `implied.txt` there, each line under its source.

mod call;
mod partiql;
mod plan;
mod roles;
mod table;

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::{Event, Mapped, MappedCall, Raw, Rule};
use call::Calls;
use plan::Plan;
pub(crate) use table::lines;

/// So many names are kept. A trail has some hundreds; more are an attempt to fill the memory.
const REMEMBERED: usize = 8_192;

/// Finds the IAM actions behind recorded events. Keep one for each thread: it remembers names.
#[derive(Clone, Debug, Default)]
pub struct Mapper {
    /// By event source, then by event name.
    plans: HashMap<String, HashMap<String, Plan, RandomState>, RandomState>,
    remembered: usize,
}

impl Mapper {
    /// The actions that `event` needed, with the resources they were needed on.
    ///
    /// Where the parameters are missing, cut or hidden, everything the call may have needed is
    /// there, on an unknown resource; what is not certain is `inferred`.
    pub fn map<'a>(&mut self, event: &Event<'a>) -> Mapped<'a> {
        match self.plan(event) {
            Plan::Ignored => Mapped { calls: Vec::new(), known: true, ignored: true },
            Plan::Unknown => Mapped { calls: vec![unknown()], known: false, ignored: false },
            Plan::Known { needs, passes_roles } => {
                let mut calls = Calls::new(event);
                calls.add_all(needs);
                if let Some(pass_role) = passes_roles {
                    calls.add_roles(pass_role);
                }
                Mapped { calls: calls.into_vec(), known: true, ignored: false }
            }
        }
    }

    fn plan(&mut self, event: &Event<'_>) -> &Plan {
        let is_known =
            self.plans.get(event.source).is_some_and(|names| names.contains_key(event.name));
        if !is_known {
            if self.remembered >= REMEMBERED {
                self.plans.clear();
                self.remembered = 0;
            }
            self.remembered += 1;
            let names = self.plans.entry(event.source.to_owned()).or_default();
            names.insert(event.name.to_owned(), Plan::new(event.source, event.name));
        }
        let names = self.plans.get(event.source);
        names.and_then(|names| names.get(event.name)).unwrap_or(&Plan::Unknown)
    }
}

fn unknown<'a>() -> MappedCall<'a> {
    MappedCall { action: None, resource: None, inferred: false, rule: Rule::Unknown }
}

/// Every value at `path`, such as `targets.roleArn`, below `raw`. Lists on the way are gone
/// through; a `*` is every member.
pub(crate) fn values<'a>(raw: Raw<'a>, path: &str, found: &mut dyn FnMut(Raw<'a>)) {
    if raw.bytes().starts_with(b"[") {
        raw.items().for_each(|item| values(item, path, found));
        return;
    }
    let (key, rest) = match path.split_once('.') {
        Some((key, rest)) => (key, Some(rest)),
        None => (path, None),
    };
    let mut go_on = |value: Raw<'a>| match rest {
        Some(rest) => values(value, rest, found),
        None => elements(value, found),
    };
    if key == "*" {
        raw.members().for_each(|(_, value)| go_on(value));
    } else if let Some(value) = raw.get(key) {
        go_on(value);
    }
}

/// The value itself, or the elements of a list; nothing that says nothing.
fn elements<'a>(value: Raw<'a>, found: &mut dyn FnMut(Raw<'a>)) {
    match value.bytes() {
        b"null" | b"false" | b"{}" | b"[]" | b"\"\"" => {}
        bytes if bytes.starts_with(b"[") => value.items().for_each(|item| elements(item, found)),
        _ => found(value),
    }
}

#[cfg(test)]
mod tests;
