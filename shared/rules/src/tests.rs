//! One checker, many cases: what every rule owes its reader.

mod cases;
mod page;
mod survey;

use std::{collections::BTreeSet, fs, path::Path};

use model::{Context, Operation, Outcome, Snapshot, Survey};
use serde_json::json;

use crate::{ACCOUNT_RULES, AccountRule, RULES, Rule, calendar};
use cases::{Case, Examples, healthy, told, trusting};

/// The day of every example that names none.
const TODAY: &str = "2026-11-23";

/// The context of an example that changes nothing of it.
pub(crate) fn context() -> Context {
    Context {
        today: TODAY.parse().unwrap(),
        calendar: calendar::parse(include_str!("tests/calendar.toml")).unwrap(),
        baseline: trusting(),
    }
}

/// A function that passes every rule.
pub(crate) fn function() -> Snapshot {
    serde_json::from_value(healthy()).unwrap()
}

#[test]
fn every_example_gets_its_verdict() {
    let mut wrong = Vec::new();
    for rule in RULES {
        for (verdict, cases) in Examples::of(rule).by_verdict() {
            for case in cases {
                let reason = if verdict == "bad" { &case.saw } else { &case.why };
                let got = told(case.judge(rule));
                if got != (verdict, reason.clone()) {
                    let (name, id) = (&case.name, rule.id);
                    wrong
                        .push(format!("{id}: {name}\n  want {verdict}: {reason:?}\n  got {got:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_is_shown_failing_passing_and_blind() {
    for rule in RULES {
        let examples = Examples::of(rule);
        assert!(!examples.bad.is_empty() && !examples.good.is_empty(), "{}", rule.id);
        assert!(!examples.gap.is_empty(), "{}: a gap case", rule.id);
        let mut names = BTreeSet::new();
        for case in examples.by_verdict().into_iter().flat_map(|(_, cases)| cases) {
            assert!(names.insert(&case.name), "{}: `{}` is there twice", rule.id, case.name);
        }
    }
}

#[test]
fn the_healthy_function_fails_nothing_and_hides_nothing() {
    let function = function();
    for rule in RULES {
        let verdict = (rule.check)(&function, &context());
        assert!(
            matches!(verdict, Ok(Outcome::Pass | Outcome::NotApplicable(_))),
            "{}: {verdict:?}",
            rule.id
        );
    }
}

#[test]
fn a_function_of_which_nothing_is_known_passes_nothing() {
    let mut value = healthy();
    let unknown = json!({ "unknown": "denied" });
    for fact in ["runtime", "runtime_update", "environment", "key", "tags", "qualifiers", "layers"]
    {
        value[fact] = unknown.clone();
    }
    for fact in ["destinations", "role", "role_users", "network", "usage"] {
        value[fact] = unknown.clone();
    }
    value["exposure"] = json!({ "policy": unknown, "url": unknown });
    value["operation"] = serde_json::to_value(Operation::unknown("denied")).unwrap();
    value["survey"] = serde_json::to_value(Survey::unknown("denied")).unwrap();
    let function: Snapshot = serde_json::from_value(value).unwrap();
    for rule in RULES {
        let verdict = (rule.check)(&function, &context());
        assert!(!matches!(verdict, Ok(Outcome::Pass)), "{}: passes by not seeing", rule.id);
    }
}

#[test]
fn a_typo_in_a_case_is_refused() {
    for given in [
        json!({ "runtmie": { "managed": "python3.13" } }),
        json!({ "runtime": { "manged": "python3.13" } }),
        json!({ "runtime": "imgae" }),
        json!({ "environment": { "kay": "x" } }),
        json!({ "environment": { "variables": { "A": "plian" } } }),
        json!({ "network": { "subnetz": [] } }),
        json!({ "network": { "subnets": [{ "id": "subnet-a" }] } }),
        json!({ "exposure": { "polcy": null } }),
        json!({ "role": { "present": { "trst": null } } }),
        json!({ "usage": { "days": 3 } }),
        json!({ "settings": { "memry": 3 } }),
    ] {
        let case: Case = serde_json::from_value(json!({ "name": "x", "given": given })).unwrap();
        assert!(case.function().is_err(), "{given}");
    }
    assert!(toml::from_str::<Case>("name = 'x'\ngivn.runtime = 'image'").is_err());
}

#[test]
fn every_file_belongs_to_a_rule() {
    let ids: BTreeSet<String> = RULES.iter().map(|rule| rule.id.to_owned()).collect();
    assert_eq!(ids.len(), RULES.len(), "an id is used twice");
    assert_eq!(stems("src/rules"), ids);
    assert_eq!(stems("examples"), ids);
    let keys: Vec<_> = RULES.iter().map(|rule| (rule.family, rule.id)).collect();
    assert!(keys.is_sorted(), "RULES is sorted by family, then id: {keys:?}");
}

fn stems(folder: &str) -> BTreeSet<String> {
    fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().replace('_', "-"))
        .collect()
}

/// The same function and context give the same verdict, whenever and wherever they are judged.
#[test]
fn rules_are_pure_and_ask_facts_with_get() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let code = fs::read_to_string(&path).unwrap();
        for word in [".known()", "now()", "Zoned", "std::env", "std::fs", "std::net", "SystemTime"]
        {
            assert!(!code.contains(word), "{}: {word}", path.display());
        }
    }
}

#[test]
fn ids_name_the_defect() {
    for Rule { id, .. } in RULES {
        let sound = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let first = id.split('-').next().unwrap();
        let forbidden = [
            "all", "allow", "avoid", "check", "deny", "disallow", "enable", "ensure", "has",
            "must", "no", "not", "require", "should", "use",
        ];
        assert!(sound && !forbidden.contains(&first), "the tag reads \"allow {id}\"");
        assert!(format!("warden:allow:{id}").len() <= 128, "`{id}` does not fit into a tag key");
    }
}

#[test]
fn texts_keep_to_the_style_and_to_the_limits() {
    for rule in RULES {
        let Rule { id, title, why, fix, sources, since, .. } = rule;
        assert!(title.chars().count() <= 256 && !title.ends_with('.'), "{id}: title");
        assert!(title.starts_with(|c: char| c.is_uppercase()), "{id}: title");
        assert!(fix.chars().count() <= 512 && fix.ends_with('.'), "{id}: fix");
        assert!(why.len() >= 40 && why.ends_with('.'), "{id}: why");
        for text in [title, why, fix] {
            assert!(!text.contains("  ") && text.trim() == *text, "{id}: white space in `{text}`");
        }
        let https = sources.iter().all(|source| source.starts_with("https://"));
        assert!(https && !sources.is_empty(), "{id}: sources");
        assert_eq!(since.split('.').count(), 3, "{id}: since");
    }
}

/// `NIST.800-53.r5 AC-6(10)`, or the standard's name and version, a slash, and the number.
#[test]
fn requirements_are_spelt_as_security_hub_spells_them() {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let is_nist = |text: &str| {
        let (family, number) = text.split_once('-').unwrap_or_default();
        let (number, more) = number.split_once('(').unwrap_or((number, "1)"));
        let is_family = family.len() == 2 && family.bytes().all(|b| b.is_ascii_uppercase());
        is_family && is_number(number) && more.strip_suffix(')').is_some_and(is_number)
    };
    let is_dotted = |text: &str| text.split('.').all(is_number);
    let is_control = |text: &str| text.split_once('.').is_some_and(|(_, n)| is_number(n));
    for rule in RULES {
        let requirements = rule.requirements();
        assert!(requirements.is_sorted() && requirements.len() <= 32, "{}", rule.id);
        assert!(rule.control.is_none_or(|control| control.page.starts_with("https://")));
        for text in requirements {
            let is_sound = match text.split_once('/') {
                None => text.strip_prefix("NIST.800-53.r5 ").is_some_and(is_nist),
                Some(("AWS Foundational Security Best Practices v1.0.0", id)) => is_control(id),
                Some(("PCI DSS v4.0.1", number)) => is_dotted(number),
                Some((standard, number)) => {
                    let version = standard.strip_prefix("CIS AWS Foundations Benchmark v");
                    version.is_some_and(is_dotted) && is_dotted(number)
                }
            };
            assert!(is_sound, "{}: `{text}`", rule.id);
        }
    }
}

#[test]
fn parameters_belong_to_their_rule() {
    for rule in RULES {
        for parameter in rule.parameters {
            assert_eq!(parameter.rule, rule.id, "{}", parameter.name);
            assert!(!["enabled", "severity"].contains(&parameter.name), "{}", rule.id);
            assert!(!parameter.meaning.ends_with('.'), "{}: {}", rule.id, parameter.name);
        }
    }
}

#[test]
fn evidence_is_a_sentence_without_a_stop() {
    for rule in RULES {
        for case in Examples::of(rule).bad {
            let saw = case.saw.unwrap_or_default();
            assert!(!saw.is_empty() && !saw.ends_with('.'), "{}: {saw}", rule.id);
        }
    }
}

#[test]
fn rules_about_accounts_keep_to_the_same_limits() {
    for AccountRule { id, title, why, fix, sources, since, .. } in ACCOUNT_RULES {
        assert!(RULES.iter().all(|rule| rule.id != *id), "{id} is used twice");
        assert!(title.chars().count() <= 256 && !title.ends_with('.'), "{id}: title");
        assert!(fix.chars().count() <= 512 && fix.ends_with('.'), "{id}: fix");
        assert!(why.len() >= 40 && why.ends_with('.') && !why.contains("  "), "{id}: why");
        assert!(sources.iter().all(|source| source.starts_with("https://")), "{id}: sources");
        assert_eq!(since.split('.').count(), 3, "{id}: since");
    }
    let set = crate::baseline::parse("[rules.coverage-gap]\nseverity = 'low'").unwrap();
    assert_eq!(crate::COVERAGE_GAP.severity(&set), Some(model::Severity::Low));
    let off = crate::baseline::parse("[rules.coverage-gap]\nenabled = false").unwrap();
    assert_eq!(crate::COVERAGE_GAP.severity(&off), None);
    let wrong = crate::baseline::parse("[rules.coverage-gap]\ndays = 3").unwrap_err();
    assert!(wrong.to_string().contains("`rules.coverage-gap.days` does not exist"), "{wrong}");
}
