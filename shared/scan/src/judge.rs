//! A snapshot and the rules in, judgements out.

use std::collections::BTreeMap;

use model::{Context, FunctionArn, Outcome, RoleState, Severity, Snapshot, Verdict};
use rules::{BY_SURVEY, Exemption, Family, RULES, Rule};
use serde_json::json;

use crate::{
    About, Finding, Resource, Status,
    finding::{FACTS_READ_AT, POLICIES, clip, fingerprint},
};

/// What one rule said of one function.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The rule.
    pub rule: &'static Rule,
    /// By the baseline, else the rule's own.
    pub severity: Severity,
    /// What it said.
    pub verdict: Verdict,
    /// The opt-out in force, whatever the verdict.
    pub exemption: Option<Exemption>,
}

/// One function with everything that was said of it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The facts.
    pub function: Snapshot,
    /// One a rule that is switched on and was asked.
    pub judgements: Vec<Judgement>,
    /// The rules that are switched on and were not asked. What is held of them stays as it is.
    pub unasked: Vec<&'static str>,
    /// Who changed the tags, where the event of the change is what brought us here.
    pub tagged_by: Option<String>,
}

/// How many judgements came out which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Violations nobody opted out of.
    pub failed: usize,
    /// Violations under an exemption.
    pub exempt: usize,
    /// Rules that could not see.
    pub gaps: usize,
    /// Rules that were content.
    pub passed: usize,
}

/// Judges one function of a survey by every rule that the baseline leaves on.
pub fn judge(function: Snapshot, cx: &Context) -> Judged {
    judged(function, cx, &[])
}

/// Judges a function that was looked at by itself: what only surveys tell is not asked.
pub fn judge_alone(function: Snapshot, cx: &Context) -> Judged {
    judged(function, cx, BY_SURVEY)
}

fn judged(function: Snapshot, cx: &Context, left: &[&str]) -> Judged {
    let (unasked, asked): (Vec<&Rule>, Vec<&Rule>) =
        enabled(cx).partition(|rule| left.contains(&rule.id));
    let judgements = asked
        .into_iter()
        .map(|rule| Judgement {
            rule,
            severity: severity(rule, cx),
            verdict: (rule.check)(&function, cx),
            exemption: rules::exemption(rule, &function, cx),
        })
        .collect();
    let unasked = unasked.into_iter().map(|rule| rule.id).collect();
    Judged { function, judgements, unasked, tagged_by: None }
}

/// The rules that the baseline leaves on.
pub fn enabled(cx: &Context) -> impl Iterator<Item = &'static Rule> + use<'_> {
    RULES.iter().copied().filter(|rule| rules::is_on(rule, &cx.baseline))
}

fn severity(rule: &Rule, cx: &Context) -> Severity {
    cx.baseline.rules.get(rule.id).and_then(|set| set.severity).unwrap_or(rule.severity)
}

impl Judgement {
    /// The violation, or the gap, that a person should hear of.
    pub fn status(&self) -> Option<Status> {
        match &self.verdict {
            Ok(Outcome::Fail(_)) => Some(Status::Failed),
            Ok(Outcome::Pass) => Some(Status::Passed),
            Ok(Outcome::NotApplicable(_)) => None,
            Err(_) => Some(Status::NotAvailable),
        }
    }

    /// What was seen, or why nothing was; one sentence without a final stop. Control characters,
    /// which somebody's policy may hold, become spaces: it is shown on terminals.
    pub fn says(&self) -> String {
        let said = match &self.verdict {
            Ok(Outcome::Fail(evidence)) => format!("{}: {}", evidence.at, evidence.saw),
            Ok(Outcome::Pass) => "the function complies".to_owned(),
            Ok(Outcome::NotApplicable(why)) => (*why).to_owned(),
            Err(gap) => format!("could not tell: {} unknown: {}", gap.fact, gap.why),
        };
        said.replace(char::is_control, " ")
    }

    /// The finding as it would be published for the first time; `None` where the rule does not
    /// speak of the function.
    pub fn finding(&self, function: &Snapshot) -> Option<Finding> {
        let status = self.status()?;
        let at = match &self.verdict {
            Ok(Outcome::Fail(evidence)) => Some(evidence.at.to_owned()),
            _ => None,
        };
        let facts_read_at = function
            .remembered
            .map(|at| (FACTS_READ_AT.to_owned(), at.strftime("%FT%TZ").to_string()));
        Some(Finding {
            about: About::Function(function.arn.clone()),
            rule: self.rule.id.to_owned(),
            title: self.rule.title.to_owned(),
            description: clip(
                &format!("{}: {}. {}", function.arn.name(), self.says(), self.rule.why),
                1024,
            ),
            severity: self.severity,
            status,
            archived: false,
            remedy: self.rule.fix.to_owned(),
            source: self.rule.sources.first().map(|source| (*source).to_owned()),
            requirements: self.rule.requirements().iter().map(|&text| text.to_owned()).collect(),
            created_at: function.read_at,
            updated_at: function.read_at,
            first_observed_at: function.read_at,
            last_observed_at: function.read_at,
            initial: None,
            fields: at
                .map(|at| ("at".to_owned(), at))
                .into_iter()
                .chain(facts_read_at)
                .chain(self.policies(function, status))
                .collect(),
            tags: function.tags.known().cloned().unwrap_or_default(),
            resource: Some(resource(function)),
        })
    }
}

impl Judgement {
    /// Which policies of the role are spoken of, so that a failure is not believed of others.
    fn policies(&self, function: &Snapshot, status: Status) -> Option<(String, String)> {
        if self.rule.family != Family::Role || status == Status::Passed {
            return None;
        }
        let RoleState::Present(role) = function.role.known()? else { return None };
        let mut all: Vec<String> =
            role.policies.known()?.iter().map(|policy| json!(policy).to_string()).collect();
        all.sort();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        Some((POLICIES.to_owned(), fingerprint(&all)))
    }
}

impl Tally {
    /// Counts `judgements` in.
    pub fn add(&mut self, judgements: &[Judgement]) {
        for judgement in judgements {
            match judgement.status() {
                Some(Status::Failed) if judgement.exemption.is_some() => self.exempt += 1,
                Some(Status::Failed) => self.failed += 1,
                Some(Status::NotAvailable) => self.gaps += 1,
                Some(Status::Passed) => self.passed += 1,
                None => {}
            }
        }
    }
}

fn resource(function: &Snapshot) -> Resource {
    let environment = function.environment.known();
    let network = function.network.known().and_then(Option::as_ref);
    Resource {
        settings: function.settings.clone(),
        runtime: function.runtime.known().and_then(|runtime| match runtime {
            model::Runtime::Managed(id) => Some(id.clone()),
            model::Runtime::Image => None,
        }),
        key: environment.and_then(|environment| environment.key.clone()),
        layers: function.layers.known().cloned().unwrap_or_default(),
        vpc: network.map(|network| {
            let subnets = network.subnets.known();
            let groups = network.security_groups.known();
            (
                network.vpc.clone(),
                subnets.into_iter().flatten().map(|subnet| subnet.id.clone()).collect(),
                groups.into_iter().flatten().map(|group| group.id.clone()).collect(),
            )
        }),
    }
}

/// The judged functions by ARN.
pub(crate) fn by_arn(judged: &[Judged]) -> BTreeMap<&FunctionArn, &Judged> {
    judged.iter().map(|one| (&one.function.arn, one)).collect()
}

#[cfg(test)]
mod tests {
    use model::{Evidence, Gap};

    use super::*;

    #[test]
    fn a_function_alone_is_not_judged_by_what_surveys_tell() {
        let baseline = "[rules.function-unused]\nenabled = false";
        let cx = Context {
            today: "2026-06-01".parse().unwrap(),
            calendar: rules::calendar().unwrap(),
            baseline: rules::baseline::parse(baseline).unwrap(),
        };
        let whole = judge(crate::testing::snapshot(), &cx);
        let alone = judge_alone(crate::testing::snapshot(), &cx);
        let asked = |one: &Judged| one.judgements.iter().map(|j| j.rule.id).collect::<Vec<_>>();
        assert!(whole.unasked.is_empty() && asked(&whole).contains(&"alarm-missing"));
        assert!(alone.unasked.contains(&"alarm-missing"));
        assert!(!alone.unasked.contains(&"function-unused"), "off: its findings are archived");
        let mut all = [asked(&alone), alone.unasked.clone()].concat();
        all.sort();
        let mut expected = asked(&whole);
        expected.sort();
        assert_eq!(all, expected);
        assert!(!asked(&alone).iter().any(|id| BY_SURVEY.contains(id)));
    }

    #[test]
    fn nothing_that_is_said_moves_the_cursor() {
        let verdicts = [
            Ok(Evidence::fail("Policy", "statement `\u{1b}[2J` lets anyone\nin")),
            Err(Gap { fact: "policy", why: "condition on `aws:\u{7}\u{9b}` is strange".into() }),
        ];
        for verdict in verdicts {
            let rule = RULES[0];
            let one = Judgement { rule, severity: rule.severity, verdict, exemption: None };
            let said = one.says();
            assert!(!said.contains(char::is_control), "{said:?}");
            assert!(said.contains('`'), "{said}");
        }
    }
}
