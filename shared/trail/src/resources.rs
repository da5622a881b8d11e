//! The ARNs that an action was needed on, as far as a record tells.
//!
//! The record's own list of resources comes first, then what the request parameters name; see
//! `data/resources.txt`, and the modules below for services whose ARNs take more than a template.
//! An ARN that none of the action's resource types matches is none, and a name that would read as
//! a pattern is none either.

mod api;
mod arn;
mod bedrock;
mod dynamodb;
mod events;
mod lambda;
mod names;
mod s3;
mod table;

use std::borrow::Cow;
use std::sync::Arc;

use iam::catalogue::Action;
use memchr::memmem;

use crate::{Event, Raw};

pub(crate) use arn::is_plain;
pub(crate) use dynamodb::table_arn as dynamodb_table;
pub(crate) use s3::source as s3_source;
#[cfg(test)]
pub(crate) use table::RESOURCES;

/// Finds the resources of one action.
#[derive(Clone, Debug)]
pub(crate) struct Finder {
    service: &'static str,
    types: Arc<[Type]>,
    search: Search,
    rows: Vec<&'static table::Row>,
}

/// A kind of resource the action can be granted on.
#[derive(Debug)]
struct Type {
    name: &'static str,
    /// What stands between the wildcards of each of its patterns.
    arns: Vec<Vec<&'static str>>,
}

#[derive(Clone, Copy, Debug)]
enum Search {
    /// The action is granted on `*` only.
    None,
    /// It takes several kinds of resources, and which of them a call needs nobody knows.
    Unclear,
    /// The record's list, then the rows of the table.
    Usual,
    /// As its service has it.
    Special(fn(&mut Places<'_, '_, '_>)),
}

/// What was found: ARNs, and `None` for each resource that is there and not known.
#[derive(Debug, Default)]
pub(crate) struct Found<'a>(Vec<Option<Cow<'a, str>>>);

impl<'a> Found<'a> {
    /// These ARNs, or an unknown one if there are none.
    pub(crate) fn known(arns: Vec<Cow<'a, str>>) -> Self {
        Self(if arns.is_empty() { vec![None] } else { arns.into_iter().map(Some).collect() })
    }

    pub(crate) fn is_unknown(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    pub(crate) fn into_vec(self) -> Vec<Option<Cow<'a, str>>> {
        self.0
    }
}

impl Finder {
    pub(crate) fn new(action: Action) -> Self {
        let types: Arc<[Type]> = action
            .resource_types()
            .map(|kind| Type { name: kind.name, arns: kind.arns().map(parts).collect() })
            .collect();
        let full_name = action.to_string();
        let search = match special(action.service(), &types) {
            _ if types.is_empty() => Search::None,
            Some(search) => Search::Special(search),
            None if types.len() == 1 || table::needs_either(&full_name, action.name()) => {
                Search::Usual
            }
            None => Search::Unclear,
        };
        let rows = table::rows_of(action.service(), &full_name).collect();
        Self { service: action.service(), types, search, rows }
    }

    /// The resources of a call with these `parameters`, `None` if those are not known.
    pub(crate) fn find<'a>(
        &self,
        event: &Event<'a>,
        parameters: Option<Raw<'a>>,
        found: &mut Found<'a>,
    ) {
        let mut places = Places { finder: self, event, parameters, found };
        match self.search {
            Search::None => places.found.0.push(Some(Cow::Borrowed("*"))),
            Search::Unclear => {}
            Search::Usual => places.usual(),
            Search::Special(search) => search(&mut places),
        }
        if found.0.is_empty() {
            found.0.push(None);
        }
    }

    /// The resource that `value`, the request parameter `parameter`, names.
    pub(crate) fn named<'a>(
        &self,
        event: &Event<'a>,
        parameter: &str,
        value: Raw<'a>,
        found: &mut Found<'a>,
    ) {
        let mut places = Places { finder: self, event, parameters: None, found };
        match value.text() {
            Some(text) => places.push_named(parameter, text),
            None => places.push_unknown(),
        }
    }

    pub(crate) fn fits(&self, arn: &str) -> bool {
        self.types.iter().any(|kind| kind.matches(arn))
    }

    fn has_type(&self, name: &str) -> bool {
        self.types.iter().any(|kind| kind.name == name)
    }
}

impl Type {
    fn matches(&self, arn: &str) -> bool {
        self.arns.iter().any(|parts| matches(parts, arn))
    }

    /// Whether CloudTrail's `AWS::Events::EventBus` is this kind, `event-bus`, and its
    /// `AWS::RDS::DBCluster` this, `cluster`.
    fn is_called(&self, type_name: &str) -> bool {
        let mut last = backwards(type_name);
        backwards(self.name).all(|letter| last.next() == Some(letter))
    }
}

fn parts(pattern: &'static str) -> Vec<&'static str> {
    pattern.split('*').collect()
}

/// Whether `text` is made of `parts` with anything in between; of a catalogue's patterns, which
/// have no other wildcard.
fn matches(parts: &[&str], text: &str) -> bool {
    let [first, middle @ .., last] = parts else {
        return parts.first() == Some(&text);
    };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    for part in middle {
        let found = memmem::find(rest.as_bytes(), part.as_bytes());
        let Some(after) = found.and_then(|at| rest.get(at + part.len()..)) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

/// The letters and digits of `text` from its end, in lower case.
fn backwards(text: &str) -> impl Iterator<Item = u8> {
    let letters = text.bytes().rev().filter(u8::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase())
}

/// How the services that are not in the table alone are searched.
fn special(service: &str, types: &[Type]) -> Option<fn(&mut Places<'_, '_, '_>)> {
    let one = match types {
        [kind] => kind.name,
        _ => "",
    };
    match (service, one) {
        ("s3", _) => Some(s3::search),
        ("apigateway", _) => Some(api::search),
        ("dynamodb", _) if dynamodb::knows(types) => Some(dynamodb::search),
        ("lambda", "function" | "layerversion" | "layer") => Some(lambda::search),
        ("bedrock", _) if types.iter().any(|kind| kind.name == "foundation-model") => {
            Some(bedrock::models)
        }
        ("bedrock", _) if types.len() == 1 => Some(bedrock::search),
        ("events", _) if events::knows(types) => Some(events::search),
        ("states", "statemachine") => Some(events::machines),
        ("scheduler", "schedule") => Some(events::schedules),
        ("ecs", "task-definition") => Some(names::task_definitions),
        ("kms", "key") => Some(names::keys),
        ("logs", "log-group" | "log-stream") => Some(names::log_groups),
        ("secretsmanager", "secret") => Some(names::secrets),
        ("sqs", "queue") => Some(names::queues),
        ("ssm", "parameter") => Some(names::parameters),
        _ => None,
    }
}

/// Where the resources of one call may be told.
struct Places<'p, 'f, 'a> {
    finder: &'f Finder,
    event: &'p Event<'a>,
    parameters: Option<Raw<'a>>,
    found: &'p mut Found<'a>,
}

impl<'a> Places<'_, '_, 'a> {
    /// The record's list, else the rows of the table.
    fn usual(&mut self) {
        if !self.listed() {
            self.by_rows();
        }
    }

    /// Those of the record's own list that are of the action's kinds. Whether there were any.
    fn listed(&mut self) -> bool {
        let before = self.found.0.len();
        for item in self.event.resources.into_iter().flat_map(Raw::items) {
            let (mut arn, mut type_name) = (None, None);
            for (name, value) in item.members() {
                match name.bytes() {
                    b"ARN" => arn = value.text(),
                    b"type" => type_name = value.text(),
                    _ => {}
                }
            }
            if let Some(arn) = arn
                && self.is_ours(type_name.as_deref(), &arn)
            {
                let is_plain = arn::is_plain(&arn);
                self.push_any(is_plain.then_some(arn));
            }
        }
        self.found.0.len() > before
    }

    fn is_ours(&self, type_name: Option<&str>, arn: &str) -> bool {
        match type_name {
            Some(name) => {
                let mut called = self.finder.types.iter().filter(|kind| kind.is_called(name));
                called.any(|kind| kind.matches(arn))
            }
            None => self.finder.fits(arn),
        }
    }

    fn by_rows(&mut self) {
        let Some(parameters) = self.parameters else { return };
        // The name of a registry's repository, and whose registry it is.
        if self.text("registryId").is_some_and(|account| account != self.event.account) {
            return self.push_unknown();
        }
        for row in &self.finder.rows {
            let before = self.found.0.len();
            crate::actions::values(parameters, row.parameter, &mut |value| match value.text() {
                Some(text) => self.push_by(row, text),
                None => self.push_unknown(),
            });
            if self.found.0.len() > before {
                return;
            }
        }
    }

    fn push_by(&mut self, row: &table::Row, value: Cow<'a, str>) {
        if value.starts_with("arn:") {
            return self.push(value);
        }
        match row.arn(self.event, self.finder.service, &value) {
            Some(arn) => self.push_pattern(arn),
            None => self.push_unknown(),
        }
    }

    /// What a parameter outside of its usual place names.
    fn push_named(&mut self, parameter: &str, value: Cow<'a, str>) {
        if value.starts_with("arn:") {
            self.push(value);
        } else if self.finder.service == "dynamodb" && parameter == "tableName" {
            self.push(Cow::Owned(dynamodb::table_arn(self.event, &value, None)));
        } else if self.finder.service == "kms" {
            names::push_key(self, value);
        } else {
            self.push_unknown();
        }
    }

    /// The text at `path` of the parameters, if there is one.
    fn text(&self, path: &str) -> Option<Cow<'a, str>> {
        let mut first = None;
        crate::actions::values(self.parameters?, path, &mut |value| {
            first = first.take().or_else(|| value.text());
        });
        first
    }

    /// Adds an ARN if it is one of the action's, and nothing a policy would read as a pattern.
    fn push(&mut self, arn: Cow<'a, str>) {
        let is_plain = is_plain(&arn) && self.finder.fits(&arn);
        self.push_any(is_plain.then_some(arn));
    }

    /// Adds a pattern made here of parts that are plain.
    fn push_pattern(&mut self, arn: String) {
        let fits = self.finder.fits(&arn);
        self.push_any(fits.then_some(Cow::Owned(arn)));
    }

    fn push_unknown(&mut self) {
        self.push_any(None);
    }

    fn push_any(&mut self, arn: Option<Cow<'a, str>>) {
        if !self.found.0.contains(&arn) {
            self.found.0.push(arn);
        }
    }
}

#[cfg(test)]
mod tests;
