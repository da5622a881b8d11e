use super::*;

const NOW: &str = "2026-11-26T12:00:00Z";

/// A deployment for an organisation in which all is well.
fn sound() -> Facts {
    let now: Timestamp = NOW.parse().unwrap();
    let home = Place {
        partition: "aws".into(),
        account: "111122223333".into(),
        region: "us-east-1".into(),
    };
    let text = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
    let parameters = [("OrganizationId", "o-abcdefghij"), ("TrailBucket", "logs")].map(text);
    let rule =
        |name: &&str| EventRule { name: format!("lambda-warden-{name}-1A2B"), enabled: true };
    let rules: Vec<_> = FORWARDED.iter().map(rule).collect();
    let night = serde_json::json!({
        "night": "2026-11-26", "planned": 2, "swept": 2, "missing": {}, "digests": [2, 0, 0],
        "all": {"functions": 3}, "accounts": {}, "seconds": 60, "refused": [],
    });
    Facts {
        stack: Fact::Known(Stack {
            status: "UPDATE_COMPLETE".into(),
            parameters: parameters.into(),
            outputs: BTreeMap::new(),
        }),
        night: Fact::Known(Some(serde_json::from_value(night).unwrap())),
        dead_letters: Fact::Known(0),
        heard: Fact::Known(Some("2026-11-26T11:00:00Z".parse().unwrap())),
        schedule: Fact::Known(true),
        execution: Fact::Known(Some(Execution {
            status: "SUCCEEDED".into(),
            started: "2026-11-26T01:30:00Z".parse().unwrap(),
        })),
        bus_policy: Fact::Known(Some(r#"{"aws:PrincipalOrgID": "o-abcdefghij"}"#.into())),
        rules: ["default", "lambda-warden"]
            .map(|bus| (bus.to_owned(), Fact::Known(rules.clone())))
            .into(),
        hubs: [("us-east-1".to_owned(), Fact::Known(()))].into(),
        trails: Fact::Known(vec![TrailHealth {
            arn: "trail".into(),
            bucket: "logs".into(),
            logging: true,
            error: None,
        }]),
        ..Facts::unknown(&home, "2026-11-01".parse().unwrap(), now)
    }
}

/// The checks that do not come to `Well`, each with what it came to.
fn ill(facts: &Facts) -> Vec<(&'static str, Health)> {
    let told = judge(facts).into_iter();
    told.filter(|one| !matches!(one.health, Health::Well(_)))
        .map(|one| (one.check.id, one.health))
        .collect()
}

#[test]
fn all_is_well_with_a_sound_deployment() {
    assert_eq!(ill(&sound()), []);
    assert_eq!(judge(&sound()).len(), CHECKS.len() + 1, "a line a check, and one a bus");
    let ids: BTreeSet<_> = CHECKS.iter().map(|check| check.id).collect();
    assert_eq!(ids.len(), CHECKS.len());
}

type Fault = (&'static str, fn(&mut Facts), &'static str);

/// Each fault by itself: what is made wrong, which check says so, and by which words.
const FAULTS: &[Fault] = &[
    ("stack", |facts| stack(facts).status = "ROLLBACK_COMPLETE".into(), "ROLLBACK_COMPLETE"),
    ("stack", |facts| stack(facts).status = "UPDATE_FAILED".into(), "UPDATE_FAILED"),
    ("accounts-entered", |facts| miss(facts, "cannot be entered: denied"), "cannot be entered"),
    ("places-swept", |facts| miss(facts, "was not swept: HubOff"), "HubOff"),
    (
        "places-swept",
        |facts| {
            let why = "was read in part: the list broke off".to_owned();
            night(facts).partial.insert("444455556666/eu-west-1".to_owned(), why);
        },
        "the list broke off",
    ),
    (
        "rules-forward",
        |facts| rules(facts).retain(|rule| !rule.name.contains("Tags")),
        "TagsChanged",
    ),
    ("rules-forward", |facts| rules(facts)[3].enabled = false, "KeyChanged"),
    ("bus-lets-members-in", |facts| facts.bus_policy = Fact::Known(None), "no policy"),
    (
        "bus-lets-members-in",
        |facts| facts.bus_policy = Fact::Known(Some("o-other".into())),
        "does not name",
    ),
    ("dead-letters", |facts| facts.dead_letters = Fact::Known(2), "2 changes"),
    (
        "security-hub",
        |facts| facts.hubs = hub("GetFindings: Security Hub is off; enable it"),
        "it is off",
    ),
    ("trail-logs", |facts| trail(facts).logging = false, "switched off"),
    ("trail-logs", |facts| trail(facts).error = Some("AccessDenied".into()), "AccessDenied"),
    ("digests-current", |facts| night(facts).digests = (5, 1, 0), "1 of 5"),
    (
        "digests-current",
        |facts| night(facts).logs = Some("s3:ListBucket denied".to_owned()),
        "s3:ListBucket denied",
    ),
    ("calendar-current", |facts| facts.calendar = "2026-08-27".parse().unwrap(), "91 days"),
    ("schedule-on", |facts| facts.schedule = Fact::Known(false), "switched off"),
    ("night-succeeded", |facts| execution(facts).status = "FAILED".into(), "FAILED"),
    (
        "night-succeeded",
        |facts| execution(facts).started = "2026-11-24T01:30:00Z".parse().unwrap(),
        "none for a day",
    ),
];

#[test]
fn each_fault_is_told_by_its_check_alone() {
    for (check, make, words) in FAULTS {
        let mut facts = sound();
        make(&mut facts);
        match ill(&facts).as_slice() {
            [(id, Health::Fault(saw))] => {
                assert_eq!(id, check, "{saw}");
                assert!(saw.contains(words), "{check}: {saw}");
            }
            other => panic!("{check}: {other:?}"),
        }
    }
    let checks: BTreeSet<_> = FAULTS.iter().map(|(check, ..)| *check).collect();
    // A silence is no fault: it may be that nobody changed anything.
    assert_eq!(checks.len(), CHECKS.len() - 1);
}

#[test]
fn what_cannot_be_told_is_neither_well_nor_a_fault() {
    let nothing = Facts {
        hubs: hub("denied"),
        ..Facts::unknown(&sound().home, sound().calendar, sound().now)
    };
    let unknown = ill(&nothing);
    assert!(unknown.iter().all(|(_, health)| matches!(health, Health::Unknown(_))), "{unknown:?}");
    assert_eq!(unknown.len(), CHECKS.len() - 4, "{unknown:?}");
    for make in [
        (|facts| facts.heard = Fact::Known(None)) as fn(&mut Facts),
        |facts| facts.execution = Fact::Known(None),
        |facts| facts.trails = Fact::Known(Vec::new()),
        |facts| trail(facts).bucket = "another".into(),
    ] {
        let mut facts = sound();
        make(&mut facts);
        assert!(matches!(ill(&facts).as_slice(), [(_, Health::Unknown(_))]), "{:?}", ill(&facts));
    }
}

#[test]
fn one_account_without_a_trail_is_well_too() {
    let mut facts = sound();
    stack(&mut facts).parameters.clear();
    facts.bus_policy = Fact::Known(None);
    assert_eq!(ill(&facts), []);
}

fn known<T>(fact: &mut Fact<T>) -> &mut T {
    match fact {
        Fact::Known(value) => value,
        Fact::Unknown { unknown } => panic!("{unknown}"),
    }
}

fn stack(facts: &mut Facts) -> &mut Stack {
    known(&mut facts.stack)
}

fn night(facts: &mut Facts) -> &mut Summary {
    known(&mut facts.night).as_mut().unwrap()
}

fn miss(facts: &mut Facts, why: &str) {
    night(facts).missing.insert("444455556666/eu-west-1".to_owned(), why.to_owned());
}

fn rules(facts: &mut Facts) -> &mut Vec<EventRule> {
    known(facts.rules.get_mut("lambda-warden").unwrap())
}

fn hub(why: &str) -> BTreeMap<String, Fact<()>> {
    [("us-east-1".to_owned(), Fact::unknown(why))].into()
}

fn trail(facts: &mut Facts) -> &mut TrailHealth {
    &mut known(&mut facts.trails)[0]
}

fn execution(facts: &mut Facts) -> &mut Execution {
    known(&mut facts.execution).as_mut().unwrap()
}
