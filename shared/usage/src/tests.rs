//! The numbers are those of the list of cases that the engine must get right.

mod cases;
mod properties;
mod proposals;

use model::{Call, Role, RoleUsage, RoleUser};
use serde_json::{Value, json};

use crate::{Judgement, Runs, Settings, Verdict, judge};

pub(crate) const PAY: &str = "arn:aws:lambda:eu-west-1:111122223333:function:pay";
pub(crate) const REFUND: &str = "arn:aws:lambda:eu-west-1:111122223333:function:refund";
const SQS: &str = r#""arn:aws:sqs:eu-west-1:111122223333:q""#;

/// A role, its functions and what was seen of them. Everything could have been seen.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) role: Value,
    pub(crate) users: Value,
    pub(crate) usage: Value,
    pub(crate) calls: Vec<Call>,
    pub(crate) settings: Settings<'static>,
}

impl World {
    /// Grants `statements`, the text of one or of several with commas between.
    pub(crate) fn new(statements: &str) -> Self {
        let ran = Runs { last: Some("2026-11-20".parse().unwrap()), period_days: None };
        let runs = [PAY, REFUND].map(|arn| (arn.parse().unwrap(), ran)).into();
        Self {
            role: json!({
                "arn": "arn:aws:iam::111122223333:role/service/pay",
                "created": "2020-01-01T00:00:00Z",
                "trust": trust(&["lambda.amazonaws.com"]),
                "policies": [policy("pay", statements)],
                "boundary": null,
            }),
            users: json!([user(PAY)]),
            usage: json!({
                "from": "2026-08-25", "to": "2026-11-22", "all_regions": true, "calls": [],
                "last_accessed": { "unknown": "not read" },
                "coverage": { "eu-west-1": {
                    "days": 90, "reads": "yes", "writes": "yes",
                    "data": ["AWS::S3::Object", "AWS::DynamoDB::Table", "AWS::SQS::Queue",
                        "AWS::Lambda::Function"],
                } },
            }),
            calls: Vec::new(),
            settings: Settings { runs, ..Settings::default() },
        }
    }

    /// Lays values over the usage: `coverage.eu-west-1.reads`, …
    pub(crate) fn usage(mut self, path: &str, value: Value) -> Self {
        *self.usage.pointer_mut(&format!("/{}", path.replace('.', "/"))).unwrap() = value;
        self
    }

    pub(crate) fn role(mut self, field: &str, value: Value) -> Self {
        self.role[field] = value;
        self
    }

    pub(crate) fn users(mut self, users: Value) -> Self {
        self.users = users;
        self
    }

    pub(crate) fn boundary(self, statements: &str) -> Self {
        self.role("boundary", policy("boundary", statements))
    }

    pub(crate) fn calls(mut self, calls: &[&str]) -> Self {
        self.calls.extend(calls.iter().map(|text| call(text)));
        self
    }

    pub(crate) fn read(&self) -> (Role, Vec<RoleUser>, RoleUsage) {
        let mut usage: RoleUsage = serde_json::from_value(self.usage.clone()).unwrap();
        usage.calls = self.calls.clone();
        let users = serde_json::from_value(self.users.clone()).unwrap();
        (serde_json::from_value(self.role.clone()).unwrap(), users, usage)
    }

    pub(crate) fn judged<T>(&self, look: impl FnOnce(&Role, &Judgement<'_>) -> T) -> T {
        let (role, users, usage) = self.read();
        let judgement = judge(&role, &users, &usage, &self.settings).unwrap();
        look(&role, &judgement)
    }
}

pub(crate) fn policy(name: &str, statements: &str) -> Value {
    let document = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    json!({ "name": name, "origin": "inline", "document": document })
}

pub(crate) fn user(arn: &str) -> Value {
    let needs = json!({ "log_groups": [], "destinations": [], "sources": [] });
    json!({ "arn": arn, "needs": needs })
}

pub(crate) fn trust(services: &[&str]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "Service": services }, "Action": "sts:AssumeRole" }] })
}

/// `code ok s3:GetObject eu-west-1 arn:…,arn:… pay`: kind, outcome, action or event, Region,
/// resources (`?` where one is not known, `-` where there are none), function (`-` for nobody knows
/// which).
pub(crate) fn call(text: &str) -> Call {
    let fields: Vec<&str> = text.split(' ').collect();
    let [kind, outcome, action, region, on, function] = fields[..] else { panic!("{text}") };
    let is_event = action.contains(".amazonaws.com:");
    let arns: Vec<&str> = on.split(',').filter(|arn| !["?", "-"].contains(arn)).collect();
    let function = match function {
        "-" => Value::Null,
        name => json!(format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}")),
    };
    let event = if is_event { action.to_owned() } else { format!("x.amazonaws.com:{action}") };
    serde_json::from_value(json!({
        "function": function, "qualifier": null,
        "attribution": if function.is_null() { "nothing" } else { "in-scope-of" },
        "kind": kind, "action": (!is_event).then_some(action), "event": event,
        "outcome": outcome, "region": region,
        "on": { "arns": arns, "unknown": on.contains('?') },
        "first": "2026-09-01T00:00:00Z", "last": "2026-11-01T00:00:00Z", "count": 7,
    }))
    .unwrap()
}

/// `unverifiable data-events-off`, `over-broad 2`, `unused high`.
pub(crate) fn told(judgement: &Judgement<'_>, action: &str) -> String {
    let found = judgement.actions.iter().find(|judged| judged.action.to_string() == action);
    let Some(judged) = found else { return "not granted".to_owned() };
    let word = |value: Value| value.as_str().unwrap_or_default().to_owned();
    let verdict = serde_json::to_value(judged.verdict).unwrap();
    let mut text = word(verdict["verdict"].clone());
    match judged.verdict {
        Verdict::OverBroad { resources } => text += &format!(" {resources}"),
        Verdict::Unverifiable { .. } | Verdict::Ineffective { .. } => {
            text += &format!(" {}", word(verdict["reason"].clone()));
        }
        Verdict::Unused => {
            text += &format!(" {}", word(serde_json::to_value(judged.confidence).unwrap()));
        }
        _ => {}
    }
    text
}
