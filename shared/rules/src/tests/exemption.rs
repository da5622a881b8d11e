use model::Fact;

use super::*;
use crate::tests::{context, function};

const TAG: &str = "warden:allow:runtime-deprecated";
const SOUND: &str = "until=2027-01-31 by=payments ticket=SEC-123";

fn reading(tag: &str, value: &str, cx: &Context) -> Option<Reading> {
    let tags = BTreeMap::from([(tag.to_owned(), value.to_owned())]);
    opt_outs(&tags, cx).pop().map(|found| found.reading)
}

#[test]
fn a_tag_is_valid_until_the_end_of_its_day() {
    for (today, expected) in [
        ("2026-11-23", "valid"),
        ("2027-01-31", "valid"),
        ("2027-02-01", "expired"),
        ("2026-01-31", "valid"), // 365 days ahead, the most the baseline allows.
        ("2026-01-30", "malformed"), // One more.
        ("2025-01-01", "malformed"),
    ] {
        let cx = Context { today: today.parse().unwrap(), ..context() };
        let got = match reading(TAG, SOUND, &cx) {
            Some(Reading::Valid(_)) => "valid",
            Some(Reading::Expired(_)) => "expired",
            Some(Reading::Malformed(_)) => "malformed",
            None => "nothing",
        };
        assert_eq!(got, expected, "{today}");
    }
}

#[test]
fn a_malformed_tag_says_why() {
    let expected = "expected `until=YYYY-MM-DD by=…`";
    for (tag, value, why) in [
        (TAG, "", format!("`until` is missing; {expected}")),
        (TAG, "   ", format!("`until` is missing; {expected}")),
        (TAG, "by=payments", format!("`until` is missing; {expected}")),
        (TAG, "until=2027-01-31", format!("`by` is missing; {expected}")),
        (TAG, "until=2027-01-31 by=", "`by` is empty".into()),
        (
            TAG,
            "until=31.01.2027 by=a",
            "`until=31.01.2027` is no day; expected `until=YYYY-MM-DD`".into(),
        ),
        (
            TAG,
            "until=2027-02-30 by=a",
            "`until=2027-02-30` is no day; expected `until=YYYY-MM-DD`".into(),
        ),
        (
            TAG,
            "until=20270131 by=a",
            "`until=20270131` is no day; expected `until=YYYY-MM-DD`".into(),
        ),
        (
            TAG,
            "until=2027-11-24 by=a",
            "`until` is more than 365 days ahead; the latest is 2027-11-23".into(),
        ),
        (TAG, "until=2027-01-31 by=a by=b", "`by` is given twice".into()),
        (
            TAG,
            "until=2027-01-31 by=a tiket=1",
            "unknown field `tiket`; did you mean `ticket`?".into(),
        ),
        (TAG, "true", "`true` is not of the form `field=value`".into()),
        (
            "warden:allow:runtime-depracated",
            SOUND,
            "no rule is called `runtime-depracated`; did you mean `runtime-deprecated`?".into(),
        ),
        (
            "warden:allow:runtime",
            SOUND,
            "no rule is called `runtime`; `warden rules` lists them".into(),
        ),
        ("warden:allow:", SOUND, "no rule is called ``; `warden rules` lists them".into()),
        ("warden:allow", SOUND, "the key must begin with `warden:allow:`, to the letter".into()),
        (
            "Warden:Allow:runtime-deprecated",
            SOUND,
            "the key must begin with `warden:allow:`, to the letter".into(),
        ),
        ("warden:allow:all", SOUND, "the baseline does not permit `all`".into()),
        (
            "warden:allow:exemption-expired",
            SOUND,
            "nothing exempts from `exemption-expired`".into(),
        ),
        ("warden:allow:vpc-missing", SOUND, "nothing exempts from `vpc-missing`".into()),
    ] {
        let mut cx = context();
        cx.baseline.exemptions.never.insert("vpc-missing".into());
        assert_eq!(reading(tag, value, &cx), Some(Reading::Malformed(why)), "{tag}: {value}");
    }
}

#[test]
fn other_tags_are_left_alone() {
    for tag in ["team", "allow:runtime-deprecated", "warden:owner", "my-warden:allow:x"] {
        assert_eq!(reading(tag, "anything", &context()), None, "{tag}");
    }
}

#[test]
fn an_exemption_holds_for_the_rule_it_names() {
    let rule = find("runtime-deprecated").unwrap();
    for (tag, value, allow_all, never, exempt) in [
        (TAG, SOUND, false, false, true),
        (TAG, SOUND, false, true, false),
        (TAG, "until=2026-11-22 by=a", false, false, false),
        (TAG, "until=2027-01-31", false, false, false),
        ("warden:allow:runtime-expiring", SOUND, false, false, false),
        ("warden:allow:runtime-deprecated ", SOUND, false, false, false),
        ("warden:allow:all", SOUND, false, false, false),
        ("warden:allow:all", SOUND, true, false, true),
        ("warden:allow:all", SOUND, true, true, false),
    ] {
        let mut cx = context();
        cx.baseline.exemptions.allow_all = allow_all;
        if never {
            cx.baseline.exemptions.never.insert(rule.id.to_owned());
        }
        let mut function = function();
        function.tags = Fact::Known([(tag.to_owned(), value.to_owned())].into());
        let found = exemption(rule, &function, &cx);
        assert_eq!(found.is_some(), exempt, "{tag}: {value}, {allow_all}, {never}");
    }
}

#[test]
fn an_exemption_names_who_why_and_until_when() {
    let mut function = function();
    function.tags = Fact::Known([(TAG.to_owned(), SOUND.to_owned())].into());
    let expected = Exemption {
        until: "2027-01-31".parse().unwrap(),
        by: Some("payments".into()),
        ticket: Some("SEC-123".into()),
        tag: TAG.into(),
    };
    let rule = find("runtime-deprecated").unwrap();
    assert_eq!(exemption(rule, &function, &context()), Some(expected));
}

#[test]
fn unreadable_tags_exempt_nothing() {
    let mut function = function();
    function.tags = Fact::unknown("lambda:ListTags denied");
    assert_eq!(exemption(find("runtime-deprecated").unwrap(), &function, &context()), None);
}

#[test]
fn opt_outs_themselves_cannot_be_opted_out_of() {
    let mut cx = context();
    cx.baseline.exemptions.allow_all = true;
    let mut function = function();
    function.tags = Fact::Known([("warden:allow:all".to_owned(), SOUND.to_owned())].into());
    for id in ["exemption-expired", "exemption-malformed"] {
        assert_eq!(exemption(find(id).unwrap(), &function, &cx), None, "{id}");
    }
}
