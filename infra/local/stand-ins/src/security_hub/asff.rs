//! Checks JSON against the shapes of `data/asff.json`, which `data/generate.py` derives from
//! botocore's model of Security Hub. Messages have the form of AWS's own, for example
//! `data.Title should NOT be longer than 256 characters`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex_lite::Regex;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::time;

static MODEL: LazyLock<Model> = LazyLock::new(|| {
    // A broken file yields no shapes, and then nothing passes.
    serde_json::from_str(include_str!("../../data/asff.json")).unwrap_or_default()
});

/// Appends to `problems` what keeps `value` from being a `shape`; `path` says where it stands.
///
/// * `shape`: a name of the model, for example `AwsSecurityFinding`.
/// * A member that is JSON `null` counts as absent, as in AWS's protocol.
pub(super) fn check(shape: &str, value: &Value, path: &str, problems: &mut Vec<String>) {
    let Some(rule) = MODEL.shapes.get(shape) else {
        problems.push(format!("{path} has the unknown shape {shape}"));
        return;
    };
    match (rule.kind, value) {
        (Kind::Any, _)
        | (Kind::Boolean, Value::Bool(_))
        | (Kind::Double | Kind::Float, Value::Number(_)) => {}
        (Kind::Structure, Value::Object(map)) => structure(rule, map, path, problems),
        (Kind::Map, Value::Object(map)) => entries(rule, map, path, problems),
        (Kind::List, Value::Array(items)) => {
            for (at, item) in items.iter().enumerate() {
                check(&rule.member, item, &format!("{path}[{at}]"), problems);
            }
        }
        (Kind::String, Value::String(text)) => string(rule, text, path, problems),
        (Kind::Integer | Kind::Long, Value::Number(number)) if number.is_i64() => {
            Bounds { min: rule.min, max: rule.max, ..Bounds::default() }
                .check(value, path, problems);
        }
        (kind, _) => problems.push(format!("{path} should be {}", kind.noun())),
    }
}

fn structure(rule: &Shape, map: &Map<String, Value>, path: &str, problems: &mut Vec<String>) {
    for name in &rule.required {
        if map.get(name).is_none_or(Value::is_null) {
            problems.push(format!("{path} should have required property '{name}'"));
        }
    }
    for (name, value) in map.iter().filter(|(_, value)| !value.is_null()) {
        let at = format!("{path}.{name}");
        match rule.members.get(name) {
            None => problems.push(format!("{at} should NOT be an additional property")),
            Some(member) => {
                check(&member.shape, value, &at, problems);
                member.bounds.check(value, &at, problems);
                if member.timestamp && value.as_str().is_some_and(|t| time::millis(t).is_none()) {
                    problems.push(format!("{at} should match format \"date-time\""));
                }
                namespaces(&member.namespaces, value, &at, problems);
            }
        }
    }
}

fn entries(rule: &Shape, map: &Map<String, Value>, path: &str, problems: &mut Vec<String>) {
    for (key, value) in map {
        check(&rule.key, &Value::String(key.clone()), path, problems);
        check(&rule.value, value, &format!("{path}['{key}']"), problems);
    }
}

fn string(rule: &Shape, text: &str, path: &str, problems: &mut Vec<String>) {
    if !rule.values.is_empty() && !rule.values.iter().any(|value| value == text) {
        problems.push(format!("{path} should be equal to one of the allowed values"));
    }
    if let Some(pattern) = rule.pattern.as_ref().filter(|pattern| !pattern.rule.is_match(text)) {
        problems.push(format!("{path} should match pattern \"{}\"", pattern.text));
    }
    let bounds = Bounds { min: rule.min, max: rule.max, ..Bounds::default() };
    bounds.check(&Value::String(text.into()), path, problems);
}

/// A finding type is `namespace/category/classifier` with a namespace that AWS knows.
fn namespaces(known: &[String], value: &Value, path: &str, problems: &mut Vec<String>) {
    if known.is_empty() {
        return;
    }
    for (at, item) in value.as_array().into_iter().flatten().enumerate() {
        let namespace = item.as_str().and_then(|text| text.split('/').next()).unwrap_or_default();
        if !known.iter().any(|name| name == namespace) {
            problems.push(format!("{path}[{at}] should match pattern \"{}\"", known.join("|")));
        }
    }
}

#[derive(Debug, Default, Deserialize)]
struct Model {
    shapes: BTreeMap<String, Shape>,
}

#[derive(Debug, Deserialize)]
struct Shape {
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default)]
    required: Vec<String>,
    #[serde(default, rename = "enum")]
    values: Vec<String>,
    pattern: Option<Pattern>,
    min: Option<i64>,
    max: Option<i64>,
    #[serde(default)]
    members: BTreeMap<String, Member>,
    #[serde(default)]
    member: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    value: String,
}

/// A pattern of the model, compiled once.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Pattern {
    text: String,
    rule: Regex,
}

impl TryFrom<String> for Pattern {
    type Error = regex_lite::Error;

    /// The whole text must match, and a dot stands for a line break too.
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let rule = Regex::new(&format!("(?s)^(?:{text})$"))?;
        Ok(Self { text, rule })
    }
}

#[derive(Debug, Deserialize)]
struct Member {
    shape: String,
    #[serde(flatten)]
    bounds: Bounds,
    #[serde(default)]
    timestamp: bool,
    #[serde(default)]
    namespaces: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Any,
    Boolean,
    Double,
    Float,
    Integer,
    List,
    Long,
    Map,
    String,
    Structure,
}

impl Kind {
    fn noun(self) -> &'static str {
        match self {
            Self::Any => "anything",
            Self::Boolean => "boolean",
            Self::Double | Self::Float => "number",
            Self::Integer | Self::Long => "integer",
            Self::List => "array",
            Self::Map | Self::Structure => "object",
            Self::String => "string",
        }
    }
}

/// Numbers of characters of a text, items of a list or pairs of a map, or the range of a number.
#[derive(Debug, Default, Deserialize)]
struct Bounds {
    min: Option<i64>,
    max: Option<i64>,
    key_max: Option<i64>,
    value_max: Option<i64>,
}

impl Bounds {
    fn check(&self, value: &Value, path: &str, problems: &mut Vec<String>) {
        match value {
            Value::String(text) => {
                self.range(length(text), "shorter", "longer", "characters", path, problems);
            }
            Value::Array(items) => {
                self.range(count(items.len()), "fewer", "more", "items", path, problems);
            }
            Value::Object(map) => {
                self.range(count(map.len()), "fewer", "more", "properties", path, problems);
                for (key, value) in map {
                    let at = format!("{path}['{key}']");
                    let name = Self { max: self.key_max, ..Self::default() };
                    name.range(length(key), "shorter", "longer", "characters", &at, problems);
                    let text = Self { max: self.value_max, ..Self::default() };
                    let size = value.as_str().map_or(0, length);
                    text.range(size, "shorter", "longer", "characters", &at, problems);
                }
            }
            Value::Number(number) => {
                let number = number.as_i64().unwrap_or_default();
                self.range(number, "less", "greater", "", path, problems);
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn range(
        &self,
        size: i64,
        below: &str,
        above: &str,
        unit: &str,
        path: &str,
        problems: &mut Vec<String>,
    ) {
        if let Some(min) = self.min.filter(|min| size < *min) {
            problems.push(format!("{path} should NOT be {below} than {min} {unit}").trim().into());
        }
        if let Some(max) = self.max.filter(|max| size > *max) {
            problems.push(format!("{path} should NOT be {above} than {max} {unit}").trim().into());
        }
    }
}

fn length(text: &str) -> i64 {
    count(text.chars().count())
}

fn count(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}
