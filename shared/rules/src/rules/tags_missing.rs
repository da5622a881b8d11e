use model::{Context, Evidence, Outcome, Parameter, SettingKind, Severity, Snapshot, Verdict};

use crate::{Family, Rule, controls, words::listed};

static KEYS: Parameter = Parameter {
    rule: "tags-missing",
    name: "keys",
    meaning: "Keys of the tags that every function must have, with a value; empty: none",
    kind: SettingKind::List(&[]),
};

pub(super) static RULE: Rule = Rule {
    id: "tags-missing",
    family: Family::Hygiene,
    title: "Tags that the baseline demands are missing",
    severity: Severity::Low,
    why: "Whoever answers a finding at night needs to know whose function it is, what it costs \
          whom, and whether it may be touched. Tags are where AWS keeps that.",
    fix: "Set the tags on the function, or in SAM and CloudFormation on the whole stack.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html",
        "https://docs.aws.amazon.com/securityhub/latest/userguide/lambda-controls.html#lambda-6",
    ],
    control: Some(&controls::LAMBDA_6),
    parameters: &[&KEYS],
    since: "0.1.0",
    examples: include_str!("../../examples/tags-missing.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let wanted = cx.baseline.list(&KEYS);
    if wanted.is_empty() {
        return Ok(Outcome::NotApplicable("the baseline demands no tags"));
    }
    let tags = function.tags.get("tags")?;
    let is_set = |key: &&str| tags.get(*key).is_some_and(|value| !value.trim().is_empty());
    let missing: Vec<String> =
        wanted.into_iter().filter(|key| !is_set(key)).map(|key| format!("`{key}`")).collect();
    Ok(match missing.is_empty() {
        true => Outcome::Pass,
        false => Evidence::fail("Tags", format!("missing or empty: {}", listed(&missing))),
    })
}
