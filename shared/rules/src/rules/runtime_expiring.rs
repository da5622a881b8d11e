use model::{Context, Evidence, Outcome, Parameter, SettingKind, Severity, Snapshot, Verdict};

use crate::{
    Family, Rule,
    days::days_after,
    runtime::{aws_managed, is_dead, life, outlook},
};

pub(super) static RULE: Rule = Rule {
    id: "runtime-expiring",
    family: Family::Runtime,
    title: "AWS stops patching the runtime soon",
    severity: Severity::Medium,
    why: "A new major version of a language takes months to adopt, and security patches end on a \
          known day. AWS announces that day at least 180 days ahead, and only for `$LATEST`.",
    fix: "Plan the move to the successor runtime before the day named: raise `Runtime` in a test \
          stage first, then deploy and move the aliases.",
    sources: &["https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"],
    control: None,
    parameters: &[&DAYS_AHEAD],
    since: "0.1.0",
    examples: include_str!("../../examples/runtime-expiring.toml"),
    check,
};

static DAYS_AHEAD: Parameter = Parameter {
    rule: "runtime-expiring",
    name: "days_ahead",
    meaning: "Days before the deprecation from which the rule speaks",
    kind: SettingKind::Number(180),
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let id = match aws_managed(function.runtime.get("runtime")?) {
        Ok(id) => id,
        Err(why) => return Ok(Outcome::NotApplicable(why)),
    };
    let life = life(id, cx)?;
    if is_dead(life, cx) {
        return Ok(Outcome::NotApplicable("already deprecated: see `runtime-deprecated`"));
    }
    let horizon = days_after(cx.today, cx.baseline.number(&DAYS_AHEAD));
    Ok(match life.deprecated {
        Some(day) if day <= horizon => {
            let outlook = outlook(life, cx);
            Evidence::fail("Runtime", format!("`{id}`, to be deprecated on {day}{outlook}"))
        }
        _ => Outcome::Pass,
    })
}
