use super::*;
use crate::{BY_WISH, RULES, is_on};

const SHIPPED: &str = include_str!("../../../../infra/baseline.toml");

/// Every refusal is one line that names the place and the way out.
#[test]
fn a_mistake_is_named_with_its_place() {
    for (text, error) in [
        ("[rules", "line 1, column 7: unclosed table, expected `]`"),
        ("\nrules = 3", "line 2, column 9: invalid type: integer `3`, expected a map"),
        (
            "[rule.x]",
            "line 1, column 2: unknown field `rule`, expected one of `organization`, `exemptions`, `repair`, `rules`",
        ),
        (
            "[exemptions]\nlongest = 3",
            "line 2, column 1: unknown field `longest`, expected one of `longest_days`, `required`, `never`, `allow_all`",
        ),
        (
            "[exemptions]\nlongest_days = -1",
            "line 2, column 16: invalid value: integer `-1`, expected u32",
        ),
        (
            "[rules.runtime-expirng]",
            "`rules.runtime-expirng`: no rule is called `runtime-expirng`; did you mean `runtime-expiring`?",
        ),
        (
            "[rules.runtime-expiring]\ndays_ahed = 3",
            "`rules.runtime-expiring.days_ahed` does not exist; the rule has `days_ahead`, `enabled`, `severity`, `repair`; did you mean `days_ahead`?",
        ),
        (
            "[rules.runtime-expiring]\ndays_ahead = \"3\"",
            "`rules.runtime-expiring.days_ahead` must be a whole number, zero or more",
        ),
        (
            "[rules.runtime-expiring]\ndays_ahead = -3",
            "`rules.runtime-expiring.days_ahead` must be a whole number, zero or more",
        ),
        ("[rules.vpc-missing]\nalways = 1", "`rules.vpc-missing.always` must be true or false"),
        (
            "[rules.vpc-missing]\ntags = \"pii\"",
            "`rules.vpc-missing.tags` must be a list of texts, such as [\"a\", \"b\"]",
        ),
        (
            "[rules.vpc-missing]\ntags = [1]",
            "`rules.vpc-missing.tags` must be a list of texts, such as [\"a\", \"b\"]",
        ),
        (
            "[rules.vpc-missing]\nenabled = \"no\"",
            "`rules.vpc-missing.enabled` must be true or false",
        ),
        (
            "[rules.vpc-missing]\nseverity = \"hihg\"",
            "`rules.vpc-missing.severity` must be one of `informational`, `low`, `medium`, `high`, `critical`",
        ),
        (
            "[rules.vpc-missing]\nseverity = \"criticl\"",
            "`rules.vpc-missing.severity` must be one of `informational`, `low`, `medium`, `high`, `critical`; did you mean `critical`?",
        ),
        (
            "[rules.vpc-missing]\nrepair = \"auto\"",
            "`rules.vpc-missing.repair` must be `off`: no repair is known for this rule",
        ),
        (
            "[rules.runtime-deprecated]\nrepair = \"auto\"",
            "`rules.runtime-deprecated.repair` must be `off` or `on-request`: a person has to look at this repair",
        ),
        (
            "[rules.tracing-off]\nrepair = \"automatic\"",
            "`rules.tracing-off.repair` must be one of `off`, `on-request`, `auto`",
        ),
        (
            "[repair]\nlog_retention_days = 31",
            "`repair.log_retention_days` must be a number that CloudWatch Logs takes, e.g. 30, 90, 365",
        ),
        (
            "[repair]\nlonghest_hours = 3",
            "line 2, column 1: unknown field `longhest_hours`, expected one of `key`, `failure_queue`, `log_retention_days`, `reserved_concurrency`, `grace_hours`, `longest_hours`, `watch_days`",
        ),
        ("[repair]\nlongest_hours = 0", "`repair.longest_hours` must be from 1 to 720"),
        ("[repair]\ngrace_hours = 721", "`repair.grace_hours` must be at most 720"),
        ("[repair]\nwatch_days = 91", "`repair.watch_days` must be from 1 to 90"),
        (
            "[repair]\nkey = \"arn:aws:kms:eu-west-1:111122223333:key/1\"",
            "`repair.key` must be `alias/…` or a key's id: an ARN is of one account and Region",
        ),
        (
            "[repair]\nfailure_queue = \"a:b\"",
            "`repair.failure_queue` must be a standard queue's name, without account or Region",
        ),
        (
            "[organization]\naccounts = [\"1111\"]",
            "`organization.accounts` has `1111`; expected an account id of 12 digits, as text",
        ),
        (
            "[organization]\ntrusted_accounts = [\"1111\"]",
            "`organization.trusted_accounts` has `1111`; expected an account id of 12 digits, as text",
        ),
        (
            "[organization]\nlayer_accounts = [\"11112222333x\"]",
            "`organization.layer_accounts` has `11112222333x`; expected an account id of 12 digits, as text",
        ),
        (
            "[organization]\naccounts = [111122223333]",
            "line 2, column 13: invalid type: integer `111122223333`, expected a string",
        ),
        (
            "[organization]\nid = \"acme\"",
            "`organization.id` is `acme`; expected `o-` and 10 to 32 lower-case letters or digits",
        ),
        (
            "[organization]\nid = \"o-short\"",
            "`organization.id` is `o-short`; expected `o-` and 10 to 32 lower-case letters or digits",
        ),
        (
            "[organization]\nid = \"o-ABCDEFGHIJ\"",
            "`organization.id` is `o-ABCDEFGHIJ`; expected `o-` and 10 to 32 lower-case letters or digits",
        ),
        (
            "[exemptions]\nrequired = [\"tickt\"]",
            "`exemptions.required` has `tickt`; expected some of `until`, `by`, `ticket`; did you mean `ticket`?",
        ),
        (
            "[exemptions]\nnever = [\"runtime-old\"]",
            "`exemptions.never`: no rule is called `runtime-old`; `warden rules` lists them",
        ),
    ] {
        assert_eq!(parse(text).unwrap_err().to_string(), error, "{text}");
    }
}

#[test]
fn what_is_not_named_keeps_its_default() {
    assert_eq!(parse("").unwrap(), Baseline::default());
    let text = "[rules.runtime-expiring]\ndays_ahead = 30\nseverity = \"low\"\nenabled = false\n";
    let read = parse(text).unwrap();
    let expiring = read.rules.get("runtime-expiring").unwrap();
    assert_eq!((expiring.enabled, expiring.severity), (Some(false), Some(Severity::Low)));
    let parameter = find("runtime-expiring").unwrap().parameters[0];
    assert_eq!((read.number(parameter), Baseline::default().number(parameter)), (30, 180));
}

/// The shipped file says what holds without it, and names every knob there is.
#[test]
fn the_shipped_baseline_spells_out_the_defaults() {
    let shipped = parse(SHIPPED).unwrap();
    assert_eq!(shipped.organization, Organization::default());
    assert_eq!(shipped.exemptions, ExemptionPolicy::default());
    assert_eq!(shipped.repair, model::RepairPolicy::default());
    for rule in RULES {
        let settings = shipped.rules.get(rule.id).cloned().unwrap_or_default();
        let off = settings.enabled == Some(false);
        assert_eq!(off, BY_WISH.contains(&rule.id), "infra/baseline.toml: {}", rule.id);
        assert_eq!(is_on(rule, &shipped), is_on(rule, &Baseline::default()), "{}", rule.id);
        assert_eq!(settings.severity.unwrap_or(rule.severity), rule.severity, "{}", rule.id);
        for parameter in rule.parameters {
            let default = match parameter.kind {
                SettingKind::Flag(flag) => Setting::Flag(flag),
                SettingKind::Number(number) => Setting::Number(number),
                SettingKind::List(names) => {
                    Setting::List(names.iter().map(|name| (*name).to_owned()).collect())
                }
            };
            assert_eq!(
                settings.parameters.get(parameter.name),
                Some(&default),
                "infra/baseline.toml: `rules.{}.{}`",
                rule.id,
                parameter.name
            );
        }
    }
}
