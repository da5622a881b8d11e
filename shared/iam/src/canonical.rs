//! Writes policies: one form for all documents that mean the same, element by element.

use crate::grammar::Document;
use crate::json::Json;
use crate::{
    Actions, Condition, Effect, Operator, Policy, Principal, Principals, Resources, SetQualifier,
    Statement, Version,
};

impl From<Policy> for Document {
    fn from(policy: Policy) -> Self {
        let version = match policy.version {
            Version::V2008 => "2008-10-17",
            Version::V2012 => "2012-10-17",
        };
        let mut members = vec![member("Version", Json::String(version.to_owned()))];
        members.extend(policy.id.map(|id| member("Id", Json::String(id))));
        let statements = policy.statements.into_iter().map(statement).collect();
        members.push(member("Statement", Json::List(statements)));
        Document(Json::Object(members))
    }
}

fn statement(statement: Statement) -> Json {
    let effect = match statement.effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    };
    let mut members = Vec::new();
    members.extend(statement.sid.map(|sid| member("Sid", Json::String(sid))));
    members.push(member("Effect", Json::String(effect.to_owned())));
    members.extend(statement.principals.map(|principals| match principals {
        Principals::Only(list) => member("Principal", principal(list)),
        Principals::Except(list) => member("NotPrincipal", principal(list)),
    }));
    members.push(match statement.actions {
        Actions::Only(list) => member("Action", one_or_many(list)),
        Actions::Except(list) => member("NotAction", one_or_many(list)),
    });
    members.extend(statement.resources.map(|resources| match resources {
        Resources::Only(list) => member("Resource", one_or_many(list)),
        Resources::Except(list) => member("NotResource", one_or_many(list)),
    }));
    if !statement.conditions.is_empty() {
        members.push(member("Condition", conditions(statement.conditions)));
    }
    Json::Object(members)
}

/// `"*"` when that is all, else one member a kind in the order of their first appearance.
fn principal(list: Vec<Principal>) -> Json {
    if list == [Principal::Anyone] {
        return Json::String("*".to_owned());
    }
    let mut kinds: Vec<(&str, Vec<String>)> = Vec::new();
    for principal in list {
        let (kind, name) = match principal {
            Principal::Anyone => ("AWS", "*".to_owned()),
            Principal::Aws(name) => ("AWS", name),
            Principal::Service(name) => ("Service", name),
            Principal::Federated(name) => ("Federated", name),
            Principal::CanonicalUser(name) => ("CanonicalUser", name),
        };
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, names)) => names.push(name),
            None => kinds.push((kind, vec![name])),
        }
    }
    Json::Object(kinds.into_iter().map(|(kind, names)| member(kind, one_or_many(names))).collect())
}

/// Groups by operator in the order of their first appearance.
fn conditions(list: Vec<Condition>) -> Json {
    let mut operators: Vec<(String, Vec<(String, Json)>)> = Vec::new();
    for condition in list {
        let name = condition.operator_name();
        let entry = (condition.key, one_or_many(condition.values));
        match operators.iter_mut().find(|(known, _)| *known == name) {
            Some((_, keys)) => keys.push(entry),
            None => operators.push((name, vec![entry])),
        }
    }
    Json::Object(operators.into_iter().map(|(name, keys)| (name, Json::Object(keys))).collect())
}

impl Operator {
    /// As policies spell it, without prefix and suffix.
    pub fn name(self) -> &'static str {
        let found = Self::NAMES.iter().find(|(operator, _)| *operator == self);
        found.map_or("", |(_, name)| name)
    }
}

impl Condition {
    /// As policies spell it, e.g. `ForAnyValue:StringLikeIfExists`.
    pub fn operator_name(&self) -> String {
        let set = match self.set {
            None => "",
            Some(SetQualifier::ForAllValues) => "ForAllValues:",
            Some(SetQualifier::ForAnyValue) => "ForAnyValue:",
        };
        let suffix = if self.if_exists { "IfExists" } else { "" };
        format!("{set}{}{suffix}", self.operator.name())
    }
}

fn member(name: &str, value: Json) -> (String, Json) {
    (name.to_owned(), value)
}

fn one_or_many(mut list: Vec<String>) -> Json {
    match (list.len(), list.pop()) {
        (1, Some(only)) => Json::String(only),
        (_, last) => Json::List(list.into_iter().chain(last).map(Json::String).collect()),
    }
}
