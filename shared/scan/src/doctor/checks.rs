use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use model::Fact;

use super::Facts;
use crate::{Place, Summary};

/// What a check came to, and what was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// As it should be.
    Well(String),
    /// Not as it should be.
    Fault(String),
    /// It could not be told.
    Unknown(String),
}

/// A question to a deployment.
#[derive(Debug)]
pub struct Check {
    /// For programs.
    pub id: &'static str,
    /// What is to be done about a fault.
    pub mend: &'static str,
    /// A line for each thing that it is about.
    pub(super) judge: fn(&Facts) -> Vec<(String, Health)>,
}

/// The rules that hear changes, by their names in template.yaml and infra/member.yaml.
pub const FORWARDED: &[&str] =
    &["FunctionChanged", "TagsChanged", "RoleChanged", "KeyChanged", "NetworkChanged"];

/// Every question, in the order in which they are asked.
pub static CHECKS: &[Check] = &[
    Check {
        id: "stack",
        mend: "deploy it with `make deploy`, or name it with `--stack` and its Region with `--region`",
        judge: |facts| {
            one(&facts.stack, |stack| match stack.status.ends_with("_COMPLETE") {
                true if !stack.status.contains("ROLLBACK") => Health::Well(stack.status.clone()),
                _ => Health::Fault(format!("it is {}", stack.status)),
            })
        },
    },
    Check {
        id: "accounts-entered",
        mend: "deploy infra/member.yaml to the account, Region by Region, with this stack's outputs",
        judge: |facts| {
            one(&facts.night, |night| match night {
                Some(night) => missing(night, true),
                None => Health::Unknown(NO_NIGHT.to_owned()),
            })
        },
    },
    Check {
        id: "places-swept",
        mend: "read the reason: what is denied is granted by infra/member.yaml of this release; \
               Security Hub must be on",
        judge: |facts| {
            one(&facts.night, |night| match night {
                Some(night) => missing(night, false),
                None => Health::Unknown(NO_NIGHT.to_owned()),
            })
        },
    },
    Check {
        id: RULES,
        mend: "deploy the stack, in a member infra/member.yaml, again, or switch the rule on with \
               `aws events enable-rule`",
        judge: rules,
    },
    Check {
        id: "bus-lets-members-in",
        mend: "deploy the stack again with the parameter OrganizationId",
        judge: |facts| {
            let organization = parameter(facts, "OrganizationId");
            if organization.is_none() {
                return vec![well("one account alone: nobody else sends")];
            }
            one(&facts.bus_policy, |policy| match (policy, organization) {
                (Some(policy), Some(id)) if policy.contains(id) => {
                    Health::Well(format!("for `{id}`"))
                }
                (Some(_), _) => Health::Fault("its policy does not name the organisation".into()),
                (None, _) => Health::Fault("it has no policy".to_owned()),
            })
        },
    },
    Check {
        id: "changes-heard",
        mend: "tag a function and look again in ten minutes; if nothing is heard, check the trail \
               and the rules",
        judge: |facts| {
            one(&facts.heard, |heard| match heard {
                Some(at) => Health::Well(format!("last in the hour from {at}")),
                None => Health::Unknown(
                    "nothing for a fortnight: it may be that nobody changed \
                                         anything"
                        .to_owned(),
                ),
            })
        },
    },
    Check {
        id: "dead-letters",
        mend: "find the message's id in the log of on-change, mend what it says, and redrive the \
               queue",
        judge: |facts| {
            one(&facts.dead_letters, |waiting| match waiting {
                0 => Health::Well("none".to_owned()),
                n => Health::Fault(format!("{n} changes or nights were given up")),
            })
        },
    },
    Check {
        id: HUB,
        mend: "enable Security Hub CSPM in that account and Region",
        judge: |facts| {
            let hub = |(region, hub): (&String, &Fact<()>)| {
                let health = match hub {
                    Fact::Known(()) => Health::Well("it answers".to_owned()),
                    Fact::Unknown { unknown } if unknown.contains("Security Hub is off") => {
                        Health::Fault("it is off".to_owned())
                    }
                    Fact::Unknown { unknown } => Health::Unknown(unknown.clone()),
                };
                (Place { region: region.clone(), ..facts.home.clone() }.to_string(), health)
            };
            facts.hubs.iter().map(hub).collect()
        },
    },
    Check {
        id: "trail-logs",
        mend: "start the trail with `aws cloudtrail start-logging`, and let it write to its bucket: \
               without a trail EventBridge hears no changes either",
        judge: trails,
    },
    Check {
        id: "digests-current",
        mend: "the files under `missed/` of the night say why; the next night tries again",
        judge: |facts| {
            if parameter(facts, "TrailBucket").is_none() {
                return vec![well("switched off: the parameter TrailBucket is empty")];
            }
            one(&facts.night, |night| match night {
                None => Health::Unknown(NO_NIGHT.to_owned()),
                Some(Summary { logs: Some(why), .. }) => {
                    Health::Fault(format!("the days could not be listed: {why}"))
                }
                Some(Summary { digests: (ordered, 0, left), .. }) => {
                    Health::Well(format!("{ordered} days digested, {left} left for other nights"))
                }
                Some(Summary { digests: (ordered, failed, _), .. }) => {
                    Health::Fault(format!("{failed} of {ordered} days were not digested"))
                }
            })
        },
    },
    Check {
        id: "calendar-current",
        mend: "deploy a newer release: the dates on which AWS ends runtimes are part of it",
        judge: |facts| {
            let age = days_since(facts.calendar, facts.now);
            let saw = format!("runtimes as AWS told of them on {}", facts.calendar);
            vec![match age <= OLDEST_CALENDAR_DAYS {
                true => well(&saw),
                false => (String::new(), Health::Fault(format!("{saw}, {age} days ago"))),
            }]
        },
    },
    Check {
        id: "schedule-on",
        mend: "switch it on with `aws scheduler update-schedule`, or deploy the stack again",
        judge: |facts| {
            one(&facts.schedule, |on| match on {
                true => Health::Well("it is on".to_owned()),
                false => Health::Fault("it is switched off".to_owned()),
            })
        },
    },
    Check {
        id: "night-succeeded",
        mend: "the cause of the execution says where; mend it and start the state machine again",
        judge: |facts| {
            one(&facts.execution, |last| match last {
                None => Health::Unknown("it has never run; start it, or wait for its hour".into()),
                Some(last) => {
                    let saw = format!("{} since {}", last.status, last.started);
                    let is_late = facts.now.duration_since(last.started) > LATEST_NIGHT;
                    match last.status.as_str() {
                        "SUCCEEDED" if is_late => Health::Fault(format!("none for a day: {saw}")),
                        "SUCCEEDED" | "RUNNING" => Health::Well(saw),
                        _ => Health::Fault(saw),
                    }
                }
            })
        },
    },
];

/// The checks that a member is asked too.
pub(super) const RULES: &str = "rules-forward";
pub(super) const HUB: &str = "security-hub";

const NO_NIGHT: &str = "no night was summed up for a fortnight";

/// AWS announces the end of a runtime half a year ahead; a quarter is lost in good time.
const OLDEST_CALENDAR_DAYS: i64 = 90;

/// A day, and the time that a night and its window may take.
const LATEST_NIGHT: SignedDuration = SignedDuration::from_hours(36);

fn well(saw: &str) -> (String, Health) {
    (String::new(), Health::Well(saw.to_owned()))
}

/// One line, of one fact.
fn one<T>(fact: &Fact<T>, judge: impl FnOnce(&T) -> Health) -> Vec<(String, Health)> {
    let health = match fact {
        Fact::Known(value) => judge(value),
        Fact::Unknown { unknown } => Health::Unknown(unknown.clone()),
    };
    vec![(String::new(), health)]
}

fn parameter<'a>(facts: &'a Facts, key: &str) -> Option<&'a str> {
    let parameters = &facts.stack.known()?.parameters;
    parameters.get(key).map(String::as_str).filter(|value| !value.is_empty())
}

/// What the night did not see whole: accounts that could not be entered, or the other places.
fn missing(night: &Summary, entering: bool) -> Health {
    let is_meant = |why: &String| why.starts_with("cannot be entered") == entering;
    let missed: Vec<_> = night.unseen().filter(|(_, why)| is_meant(why)).collect();
    match (missed.first(), missed.len()) {
        (Some((place, why)), n) => {
            let more = if n > 1 { format!("; and {} more", n - 1) } else { String::new() };
            Health::Fault(format!("in the night of {}: `{place}` {why}{more}", night.night))
        }
        (None, _) if entering => Health::Well(format!("all, in the night of {}", night.night)),
        (None, _) => Health::Well(format!("{}, in the night of {}", night.swept, night.night)),
    }
}

/// A line for each bus whose rules should lead to our queue, or to our bus.
fn rules(facts: &Facts) -> Vec<(String, Health)> {
    let mut lines = Vec::new();
    for (bus, rules) in &facts.rules {
        let found = match rules {
            Fact::Known(found) => found,
            Fact::Unknown { unknown } => {
                lines.push((bus.clone(), Health::Unknown(unknown.clone())));
                continue;
            }
        };
        let lacking =
            |wanted: &&&str| !found.iter().any(|rule| rule.name.contains(**wanted) && rule.enabled);
        let wanted = || FORWARDED.iter().filter(|rule| facts.hears_iam || **rule != "RoleChanged");
        let lacking: Vec<&str> = wanted().filter(lacking).copied().collect();
        let health = match lacking.is_empty() {
            true => Health::Well(format!("{} rules", wanted().count())),
            false => Health::Fault(format!("missing or switched off: {}", lacking.join(", "))),
        };
        lines.push((bus.clone(), health));
    }
    lines
}

/// Where a bucket is named its trail counts, else any.
fn trails(facts: &Facts) -> Vec<(String, Health)> {
    let bucket = parameter(facts, "TrailBucket");
    one(&facts.trails, |trails| {
        let meant: Vec<_> =
            trails.iter().filter(|one| bucket.is_none_or(|bucket| one.bucket == bucket)).collect();
        let is_well = |one: &&&super::TrailHealth| one.logging && one.error.is_none();
        match (meant.iter().find(is_well), meant.first()) {
            (Some(one), _) => Health::Well(format!("`{}`", one.arn)),
            (None, Some(one)) if !one.logging => {
                Health::Fault(format!("`{}` is switched off", one.arn))
            }
            (None, Some(one)) => {
                let error = one.error.as_deref().unwrap_or_default();
                Health::Fault(format!("`{}` cannot deliver: {error}", one.arn))
            }
            // An organisation's trail may be hidden from all but its own account.
            (None, None) => Health::Unknown(match bucket {
                Some(bucket) => format!("no trail that is seen here delivers to `{bucket}`"),
                None => "no trail is seen here".to_owned(),
            }),
        }
    })
}

fn days_since(day: Date, now: Timestamp) -> i64 {
    let today = now.to_zoned(TimeZone::UTC).date();
    day.duration_until(today).as_hours() / 24
}
