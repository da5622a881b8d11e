//! Statements and their texts, from one document to another.

use iam::{Actions, Condition, Pattern, Resources, Statement, Version, catalogue};

/// A text of a policy as it must stand in one of version 2012-10-17 to mean the same.
pub(super) fn escaped(text: &str, version: Version) -> String {
    match version {
        Version::V2012 => text.to_owned(),
        Version::V2008 => text.replace("${", "${$}{"),
    }
}

/// Whatever tells two statements of one effect apart, but for the `Sid`.
pub(super) fn order_of(statement: &Statement) -> impl Ord + use<> {
    let (actions, all_but) = match &statement.actions {
        Actions::Only(list) => (list, false),
        Actions::Except(list) => (list, true),
    };
    let (resources, elsewhere) = match &statement.resources {
        None => (&Vec::new(), false),
        Some(Resources::Only(list)) => (list, false),
        Some(Resources::Except(list)) => (list, true),
    };
    let conditions = text_of(&statement.conditions, Version::V2012);
    (conditions, resources.clone(), actions.clone(), elsewhere, all_but)
}

/// A statement as it must stand in a document of version 2012-10-17 to mean the same.
pub(super) fn renewed(statement: &Statement, version: Version) -> Statement {
    let renew = |list: &Vec<String>| list.iter().map(|text| escaped(text, version)).collect();
    let mut statement = statement.clone();
    statement.resources = statement.resources.as_ref().map(|resources| match resources {
        Resources::Only(list) => Resources::Only(renew(list)),
        Resources::Except(list) => Resources::Except(renew(list)),
    });
    statement.conditions = statement.conditions.iter().map(|c| translated(c, version)).collect();
    statement
}

pub(super) fn translated(condition: &Condition, version: Version) -> Condition {
    let values = condition.values.iter().map(|value| escaped(value, version)).collect();
    Condition { values, ..condition.clone() }
}

/// Conditions in one text, the same for the same conditions.
pub(super) fn text_of(conditions: &[Condition], version: Version) -> String {
    let mut text = String::new();
    for condition in conditions {
        text.push_str(&condition.operator_name());
        for part in [&condition.key].into_iter().chain(&condition.values) {
            text.push('\u{1}');
            text.push_str(&escaped(part, version));
        }
        text.push('\u{2}');
    }
    text
}

/// The patterns of a statement that speak of a service, with no other service in them and without
/// the names of actions that the catalogue has; `None` if no patterns can say it.
pub(super) fn of_service(actions: &Actions, service: &str) -> Option<Vec<String>> {
    let whole = Pattern::action(&format!("{service}:*"));
    match actions {
        Actions::Except(list) => {
            if list.iter().any(|text| Pattern::action(text).covers(&whole)) {
                return Some(Vec::new());
            }
            let touched = list.iter().any(|text| Pattern::action(text).overlaps(&whole));
            (!touched).then(|| vec![format!("{service}:*")])
        }
        Actions::Only(list) => {
            let of = |text: &String| match text.split_once(':') {
                Some((prefix, name)) => {
                    Pattern::action(prefix).matches(service).then(|| format!("{service}:{name}"))
                }
                None => Pattern::action(text).covers(&whole).then(|| format!("{service}:*")),
            };
            let known = |text: &String| catalogue::action(text).is_some();
            Some(list.iter().filter_map(of).filter(|text| !known(text)).collect())
        }
    }
}

/// Whether actions match whatever a pattern matches.
pub(super) fn matches_all(actions: &Actions, pattern: &str) -> bool {
    let wanted = Pattern::action(pattern);
    match actions {
        Actions::Only(list) => list.iter().any(|text| Pattern::action(text).covers(&wanted)),
        Actions::Except(list) => !list.iter().any(|text| Pattern::action(text).overlaps(&wanted)),
    }
}
