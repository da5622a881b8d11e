//! Which rules are left to surveys, and what is read for them.

use model::{Baseline, Fact, Metrics, Provisioned, RuleSettings, Snapshot, Survey};

use super::cases::Examples;
use crate::{BY_SURVEY, RULES, Rule, Wanted, wanted, wanted_alone};

/// A baseline that leaves `rule` on and no other.
fn only(rule: &Rule) -> Baseline {
    let set = |one: &&Rule| {
        let enabled = Some(one.id == rule.id);
        (one.id.to_owned(), RuleSettings { enabled, ..RuleSettings::default() })
    };
    Baseline { rules: RULES.iter().map(set).collect(), ..Baseline::default() }
}

/// What is left of a survey that reads no more than is wanted.
fn read(survey: &Survey, wanted: Wanted) -> Survey {
    fn kept<T: Clone>(fact: &Fact<T>, is_kept: bool) -> Fact<T> {
        if is_kept { fact.clone() } else { Fact::unknown("not read") }
    }
    let metrics = &survey.metrics;
    let used = |one: Provisioned| Provisioned { most: kept(&one.most, wanted.provisioned), ..one };
    Survey {
        log_group: kept(&survey.log_group, wanted.log_group),
        alarms: kept(&survey.alarms, wanted.alarms),
        queues: if wanted.queues { survey.queues.clone() } else { [].into() },
        reserved: kept(&survey.reserved, wanted.reserved),
        signing: kept(&survey.signing, wanted.signing),
        provisioned: kept(&survey.provisioned, wanted.provisioned)
            .map(|all| all.into_iter().map(used).collect()),
        schedules: kept(&survey.schedules, wanted.schedules),
        external: kept(&survey.external, wanted.external),
        metrics: Metrics {
            invocations: kept(&metrics.invocations, wanted.invocations),
            duration: kept(&metrics.duration, wanted.duration),
            busy: kept(&metrics.busy, wanted.busy),
            memory: kept(&metrics.memory, wanted.memory),
        },
    }
}

#[test]
fn a_survey_reads_what_its_rules_ask_and_no_other_rule_asks_anything_of_it() {
    for rule in RULES {
        let wanted = wanted(&only(rule));
        let mut asks = false;
        for case in Examples::of(rule).by_verdict().into_iter().flat_map(|(_, cases)| cases) {
            let (whole, cx) = (case.function().unwrap(), case.context().unwrap());
            let with = |survey| (rule.check)(&Snapshot { survey, ..whole.clone() }, &cx);
            let verdict = with(whole.survey.clone());
            assert_eq!(with(read(&whole.survey, wanted)), verdict, "{}: {}", rule.id, case.name);
            let alone = with(read(&whole.survey, wanted_alone(&only(rule))));
            assert!(BY_SURVEY.contains(&rule.id) || alone == verdict, "{}: {}", rule.id, case.name);
            asks |= alone != verdict;
        }
        assert_eq!(asks, BY_SURVEY.contains(&rule.id), "{}", rule.id);
    }
    assert!(BY_SURVEY.is_sorted());
}

#[test]
fn where_no_rule_asks_nothing_is_read() {
    let runtime = RULES.iter().find(|rule| rule.id == "runtime-deprecated").unwrap();
    let nothing = wanted(&only(runtime));
    let expected = Wanted {
        log_group: false,
        alarms: false,
        queues: false,
        reserved: false,
        signing: false,
        provisioned: false,
        schedules: false,
        external: false,
        invocations: false,
        duration: false,
        busy: false,
        memory: false,
    };
    assert_eq!(nothing, expected);
    let usual = wanted(&Baseline::default());
    assert!(!usual.reserved && !usual.signing && !usual.provisioned && !usual.busy);
}
