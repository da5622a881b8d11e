//! The calls of one event, as the plan for its name and its parameters have them.

use std::borrow::Cow;
use std::sync::Arc;

use memchr::memmem;

use super::partiql::{self, Kind};
use super::plan::{Need, Target, What};
use super::roles::roles;
use super::table::{On, When};
use super::values;
use crate::resources::{Found, dynamodb_table, s3_source};
use crate::{Event, MappedCall, Raw, Rule};

pub(super) struct Calls<'e, 'a> {
    event: &'e Event<'a>,
    /// `None` where they are missing, cut or hidden.
    parameters: Option<Raw<'a>>,
    calls: Vec<MappedCall<'a>>,
}

/// Where the services have tags for what a call creates.
const TAGS: &[&str] = &[
    "tags",
    "tagList",
    "tagSet",
    "tagSpecificationSet",
    "tagSpecifications",
    "*.TagSpecification",
    "*.tagSpecificationSet",
];

/// Whether a condition holds; `None` where the parameters do not tell.
type Holds = Option<bool>;

impl<'e, 'a> Calls<'e, 'a> {
    pub(super) fn new(event: &'e Event<'a>) -> Self {
        let parameters = event.parameters.filter(|raw| raw.bytes().starts_with(b"{"));
        Self { event, parameters, calls: Vec::new() }
    }

    pub(super) fn into_vec(self) -> Vec<MappedCall<'a>> {
        self.calls
    }

    pub(super) fn add_all(&mut self, needs: &[Need]) {
        needs.iter().for_each(|need| self.add(need));
        // Parameters that fit none of the conditions hide what decides: any of them may hold.
        if !self.calls.iter().any(|call| call.rule != Rule::Implied) {
            self.parameters = None;
            needs.iter().for_each(|need| self.add(need));
        }
    }

    /// `pass_role` on every role of the account that the parameters name.
    pub(super) fn add_roles(&mut self, pass_role: &Target) {
        let Some(parameters) = self.parameters else { return };
        for role in roles(self.event, parameters) {
            self.push(&pass_role.name, Some(role), true, Rule::Implied);
        }
    }

    fn add(&mut self, need: &Need) {
        if self.holds(&need.when) == Some(false) {
            return;
        }
        match &need.what {
            What::Action(target) => self.add_action(need, target),
            What::PartiQl(targets) => self.add_statements(need, targets),
            What::Copied(targets) => self.add_source(targets),
        }
    }

    /// What is always needed is certain, and what an unseen parameter would have changed.
    fn is_inferred(&self, need: &Need) -> bool {
        need.perhaps || (matches!(need.when, When::Present(_)) && self.parameters.is_none())
    }

    fn holds(&self, when: &When) -> Holds {
        let parameters = self.parameters;
        let any = |paths: &[&str]| parameters.map(|raw| paths.iter().any(|path| has(raw, path)));
        match when {
            When::Always => Some(true),
            When::Present(paths) => any(paths),
            When::Absent(path) => any(&[path]).map(|is_there| !is_there),
            When::Failed(codes) => Some(codes.contains(&self.event.error)),
            When::Tagged => Some(may_have_tags(parameters) && any(TAGS) == Some(true)),
        }
    }

    fn add_action(&mut self, need: &Need, target: &Target) {
        let inferred = self.is_inferred(need);
        match (need.on, self.parameters) {
            (On::Usual, parameters) => {
                let mut found = Found::default();
                target.finder.find(self.event, parameters, &mut found);
                if need.rule == Rule::Implied && found.is_unknown() {
                    found = self.created(target);
                }
                self.push_all(target, found, inferred, need.rule);
            }
            (On::Path(_) | On::Roles, None) => self.push(&target.name, None, true, need.rule),
            (On::Path(path), Some(parameters)) => {
                let parameter = path.rsplit('.').next().unwrap_or(path);
                let mut found = Found::default();
                values(parameters, path, &mut |value| {
                    target.finder.named(self.event, parameter, value, &mut found);
                });
                self.push_all(target, found, inferred, need.rule);
            }
            (On::Roles, Some(parameters)) => {
                let roles = roles(self.event, parameters);
                if roles.is_empty() {
                    self.push(&target.name, None, true, need.rule);
                }
                for role in roles {
                    self.push(&target.name, Some(role), true, need.rule);
                }
            }
        }
    }

    /// What the call creates, if `target` can be needed on it: its tags are set on nothing else.
    fn created(&self, target: &Target) -> Found<'a> {
        let creates = ["Create", "Put"].iter().any(|verb| self.event.name.starts_with(verb));
        let known = self.calls.iter().filter(|call| creates && call.rule != Rule::Implied);
        let arns = known.filter_map(|call| call.resource.clone());
        Found::known(arns.filter(|arn| target.finder.fits(arn)).collect())
    }

    fn add_statements(&mut self, need: &Need, targets: &[Target; 4]) {
        let mut statements = Vec::new();
        if let (Some(parameters), On::Path(path)) = (self.parameters, need.on) {
            values(parameters, path, &mut |value| statements.push(value.text()));
        }
        let read: Option<Vec<_>> =
            statements.iter().map(|text| partiql::read(text.as_deref()?)).collect();
        let [select, insert, update, delete] = targets;
        // One statement that cannot be read may be of any kind.
        let Some(read) = read.filter(|read| !read.is_empty()) else {
            for target in targets {
                self.push(&target.name, None, true, need.rule);
            }
            return;
        };
        for (kind, on) in read {
            let target = match kind {
                Kind::Select => select,
                Kind::Insert => insert,
                Kind::Update => update,
                Kind::Delete => delete,
            };
            let resource =
                on.map(|(table, index)| Cow::Owned(dynamodb_table(self.event, table, index)));
            self.push(&target.name, resource, need.perhaps, need.rule);
        }
    }

    /// Of a copy the parameters name the source in a header of its own.
    fn add_source(&mut self, [get, get_version, get_tags, list]: &[Target; 4]) {
        let header = self.parameters.and_then(|raw| raw.get("x-amz-copy-source")?.text());
        let source = header.as_deref().map(|header| s3_source(self.event, header));
        let (resource, is_version) = match &source {
            Some(source) => (source.arn.clone(), Some(source.is_version)),
            None => (None, None),
        };
        let bucket = resource.as_deref().filter(|arn| arn.contains(":s3:::"));
        let bucket = bucket.and_then(|arn| Some(Cow::Owned(arn.split_once('/')?.0.to_owned())));
        let resource = resource.map(Cow::Owned);
        if is_version != Some(true) {
            self.push(&get.name, resource.clone(), false, Rule::Table);
        }
        if is_version != Some(false) {
            self.push(&get_version.name, resource.clone(), is_version.is_none(), Rule::Table);
        }
        // The tags are copied with the object, if it has any.
        self.push(&get_tags.name, resource, true, Rule::Table);
        // As data/implied.txt has it for objects that are read.
        if matches!(self.event.error, "NoSuchKey" | "NoSuchVersion") {
            self.push(&list.name, bucket, true, Rule::Implied);
        }
    }

    fn push_all(&mut self, target: &Target, found: Found<'a>, inferred: bool, rule: Rule) {
        for resource in found.into_vec() {
            self.push(&target.name, resource, inferred, rule);
        }
    }

    fn push(
        &mut self,
        action: &Arc<str>,
        resource: Option<Cow<'a, str>>,
        inferred: bool,
        rule: Rule,
    ) {
        let call = MappedCall { action: Some(Arc::clone(action)), resource, inferred, rule };
        let is_same =
            |known: &MappedCall<'_>| known.action == call.action && known.resource == call.resource;
        if !self.calls.iter().any(is_same) {
            self.calls.push(call);
        }
    }
}

/// Few parameters have the letters anywhere.
fn may_have_tags(parameters: Option<Raw<'_>>) -> bool {
    parameters.is_some_and(|raw| memmem::find(raw.bytes(), b"ag").is_some())
}

fn has(raw: Raw<'_>, path: &str) -> bool {
    let mut is_there = false;
    values(raw, path, &mut |_| is_there = true);
    is_there
}
