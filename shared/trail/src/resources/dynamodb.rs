//! Amazon DynamoDB: tables and their indexes.

use std::borrow::Cow;

use super::arn::{arn, is_plain};
use super::{Places, Type};
use crate::Event;

/// Whether the action is one on tables, or on a table or one of its indexes.
pub(super) fn knows(types: &[Type]) -> bool {
    types.iter().all(|kind| matches!(kind.name, "table" | "index"))
}

/// A query of an index needs the index and not the table, though the record lists the table.
///
/// Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_dynamodb.html>
pub(super) fn search(places: &mut Places<'_, '_, '_>) {
    let takes_index = places.finder.has_type("index");
    let index = if takes_index { places.text("indexName") } else { None };
    if takes_index && places.parameters.is_none() {
        return;
    }
    if index.is_none() && places.listed() {
        return;
    }
    if let Some(table) = places.text("tableName").or_else(|| places.text("tableArn")) {
        places.push(Cow::Owned(table_arn(places.event, &table, index.as_deref())));
    }
    let requested = places.parameters.and_then(|raw| raw.get("requestItems"));
    for (name, _) in requested.into_iter().flat_map(crate::Raw::members) {
        match name.as_str() {
            Some(table) => places.push(Cow::Owned(table_arn(places.event, table, None))),
            None => places.push_unknown(),
        }
    }
    if places.found.0.is_empty() {
        places.by_rows();
    }
}

/// The ARN of a table, which `table` may already be, or of one of its indexes.
pub(crate) fn table_arn(event: &Event<'_>, table: &str, index: Option<&str>) -> String {
    let table = match table {
        table if table.starts_with("arn:") => table.to_owned(),
        table if is_plain(table) => arn(event, "dynamodb", &format!("table/{table}")),
        // No ARN at all, and so none of a table.
        _ => return String::new(),
    };
    match index {
        Some(index) => format!("{table}/index/{index}"),
        None => table,
    }
}
