//! `data/resources.txt`, read once.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use super::arn::{arn, is_plain, partition};
use crate::Event;

pub(crate) const RESOURCES: &str = include_str!("../../data/resources.txt");

/// A request parameter that names resources.
#[derive(Debug)]
pub(super) struct Row {
    /// An action, or the prefix of those that have no row of their own.
    pub(super) of: &'static str,
    pub(super) parameter: &'static str,
    /// What makes an ARN of a value that is none.
    pub(super) template: Option<&'static str>,
}

impl Row {
    /// The ARN, or the pattern of ARNs, of the resource called `name`.
    pub(super) fn arn(&self, event: &Event<'_>, service: &str, name: &str) -> Option<String> {
        let template = self.template.filter(|_| is_plain(name) && !name.starts_with('/'))?;
        let rest = template.replace("{}", name).replace("{partition}", partition(event));
        Some(if rest.starts_with("arn:") { rest } else { arn(event, service, &rest) })
    }
}

#[derive(Debug)]
struct Table {
    rows: HashMap<&'static str, Vec<Row>>,
    either: HashSet<&'static str>,
}

/// The rows for an action: its own if there are any, else those of its service.
pub(super) fn rows_of(service: &str, action: &str) -> impl Iterator<Item = &'static Row> {
    let rows = &table().rows;
    rows.get(action).or_else(|| rows.get(service)).into_iter().flatten()
}

/// Whether one resource, of whichever of its kinds, is all that a call of the action needs.
pub(super) fn needs_either(action: &str, name: &str) -> bool {
    let tags = ["AddTags", "ListTags", "RemoveTags", "TagResource", "UntagResource"];
    table().either.contains(action) || tags.iter().any(|start| name.starts_with(start))
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = Table { rows: HashMap::new(), either: HashSet::new() };
        for line in crate::actions::lines(RESOURCES) {
            if let Some(actions) = line.strip_prefix("either ") {
                table.either.extend(actions.split(' '));
            } else if let Some(row) = row(line) {
                table.rows.entry(row.of).or_default().push(row);
            }
        }
        table
    })
}

pub(super) fn row(line: &'static str) -> Option<Row> {
    let mut words = line.split(' ');
    Some(Row { of: words.next()?, parameter: words.next()?, template: words.next() })
}
