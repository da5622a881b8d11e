//! What all events of one name have in common, worked out once.

use std::sync::Arc;

use iam::catalogue::{self, AccessLevel, Action};

use super::table::{On, Term, When, tables};
use crate::Rule;
use crate::resources::Finder;

/// How the events of one name are mapped.
#[derive(Clone, Debug)]
pub(super) enum Plan {
    Ignored,
    Unknown,
    Known {
        needs: Vec<Need>,
        /// `iam:PassRole`, if a role among the parameters is one that the call passes on.
        passes_roles: Option<Target>,
    },
}

/// An action that may be needed, under conditions.
#[derive(Clone, Debug)]
pub(super) struct Need {
    pub(super) what: What,
    pub(super) when: When,
    pub(super) on: On,
    pub(super) perhaps: bool,
    pub(super) rule: Rule,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Action(Target),
    /// `dynamodb:PartiQLSelect`, `…Insert`, `…Update`, `…Delete`.
    PartiQl([Target; 4]),
    /// Reading the source of a copy: `s3:GetObject`, `s3:GetObjectVersion`, `s3:GetObjectTagging`,
    /// `s3:ListBucket`.
    Copied([Target; 4]),
}

/// An action, and how its resources are found.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) name: Arc<str>,
    pub(super) finder: Finder,
}

impl Plan {
    pub(super) fn new(source: &str, name: &str) -> Self {
        let source = source.find(".amazonaws.com").map_or(source, |end| source.split_at(end).0);
        if tables().ignores(source, name) {
            return Self::Ignored;
        }
        let prefix = tables().prefix(source);
        let stripped = without_version(name);
        let named = named(prefix, name, Rule::Identity).map(|needs| (needs, name));
        let versioned = || Some((named_version(prefix, stripped?)?, stripped?));
        let verb = || Some((verb(prefix, stripped.unwrap_or(name))?, stripped.unwrap_or(name)));
        let Some((mut needs, name)) = named.or_else(versioned).or_else(verb) else {
            return Self::Unknown;
        };
        let passes = needs.iter().any(Need::may_pass_roles);
        let implied = tables().implied(prefix, name);
        needs.extend(implied.iter().filter_map(|term| Need::new(term, Rule::Implied)));
        needs.extend(tagging(prefix, name));
        let passes_roles = target("iam:PassRole").filter(|_| passes);
        Self::Known { needs, passes_roles }
    }
}

/// Whatever creates something with tags also needs to set tags.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html>
fn tagging(prefix: &str, name: &str) -> impl Iterator<Item = Need> {
    let creating = [
        "Allocate",
        "Copy",
        "Create",
        "Import",
        "Provision",
        "Purchase",
        "Put",
        "Register",
        "Request",
        "Restore",
        "Run",
        "Start",
        "Submit",
    ];
    let actions = [
        "AddTags",
        "AddTagsToResource",
        "AddTagsToStream",
        "CreateOrUpdateTags",
        "CreateTags",
        "TagDeliveryStream",
        "TagQueue",
        "TagResource",
    ];
    let creates = creating.iter().any(|verb| name.starts_with(verb)) && !actions.contains(&name);
    let names = actions.into_iter().filter(move |_| creates);
    let targets: Vec<_> =
        names.filter_map(|action| target(&format!("{prefix}:{action}"))).collect();
    targets.into_iter().map(move |target| Need {
        what: What::Action(target),
        when: When::Tagged,
        on: On::Usual,
        perhaps: true,
        rule: Rule::Implied,
    })
}

/// By the table, or by an action of the same name.
fn named(prefix: &str, name: &str, rule: Rule) -> Option<Vec<Need>> {
    if let Some(terms) = tables().overriding(prefix, name) {
        return Some(terms.iter().filter_map(|term| Need::new(term, Rule::Table)).collect());
    }
    let action = catalogue::action(&format!("{prefix}:{name}"))?;
    Some(vec![Need::always(action, rule)])
}

fn named_version(prefix: &str, name: &str) -> Option<Vec<Need>> {
    named(prefix, name, Rule::Version)
}

/// Amazon API Gateway's actions are the HTTP methods of its operations.
///
/// Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html>
fn verb(prefix: &str, name: &str) -> Option<Vec<Need>> {
    let verbs = [
        ("GET", &["Get", "Export"][..]),
        ("POST", &["Create", "Generate", "Import", "Test"]),
        ("PUT", &["Put", "Reimport"]),
        ("PATCH", &["Update"]),
        ("DELETE", &["Delete", "Flush", "Reset", "Untag"]),
    ];
    let begins = |starts: &[&str]| starts.iter().any(|start| name.starts_with(start));
    let (verb, _) = verbs.iter().find(|(_, starts)| prefix == "apigateway" && begins(starts))?;
    let action = catalogue::action(&format!("apigateway:{verb}"))?;
    Some(vec![Need::always(action, Rule::Table)])
}

/// `GetFunction20150331v2` without the day and version of its API, if it has them.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html>
pub(super) fn without_version(name: &str) -> Option<&str> {
    let numbered = name.trim_end_matches(|char: char| char.is_ascii_digit());
    let unnumbered = if numbered == name { None } else { numbered.strip_suffix('v') };
    unnumbered.and_then(without_day).or_else(|| without_day(name))
}

/// `GetFunction20150331`, `CreateDistribution2020_05_31` without the day.
fn without_day(name: &str) -> Option<&str> {
    let mut rest = name;
    for digits in [2, 2, 4] {
        let (before, number) = rest.split_at_checked(rest.len().checked_sub(digits)?)?;
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number || (digits == 4 && !number.starts_with("20")) {
            return None;
        }
        rest = before.strip_suffix('_').unwrap_or(before);
    }
    (!rest.is_empty()).then_some(rest)
}

impl Need {
    fn new(term: &Term, rule: Rule) -> Option<Self> {
        let what = match term.action {
            "partiql" => What::PartiQl([
                target("dynamodb:PartiQLSelect")?,
                target("dynamodb:PartiQLInsert")?,
                target("dynamodb:PartiQLUpdate")?,
                target("dynamodb:PartiQLDelete")?,
            ]),
            "copied" => What::Copied([
                target("s3:GetObject")?,
                target("s3:GetObjectVersion")?,
                target("s3:GetObjectTagging")?,
                target("s3:ListBucket")?,
            ]),
            action => What::Action(target(action)?),
        };
        let Term { when, on, perhaps, .. } = term.clone();
        Some(Self { what, when, on, perhaps: perhaps || rule == Rule::Implied, rule })
    }

    fn always(action: Action, rule: Rule) -> Self {
        let what = What::Action(Target::new(action));
        Self { what, when: When::Always, on: On::Usual, perhaps: false, rule }
    }

    /// A call that only reads passes no role, and one of IAM and STS speaks of roles otherwise.
    fn may_pass_roles(&self) -> bool {
        match &self.what {
            What::Action(target) => {
                let Some(action) = catalogue::action(&target.name) else { return false };
                !matches!(action.service(), "iam" | "sts" | "s3")
                    && !matches!(action.level(), AccessLevel::List | AccessLevel::Read)
            }
            What::PartiQl(_) | What::Copied(_) => false,
        }
    }
}

impl Target {
    fn new(action: Action) -> Self {
        Self { name: action.to_string().into(), finder: Finder::new(action) }
    }
}

fn target(name: &str) -> Option<Target> {
    catalogue::action(name).map(Target::new)
}
