use model::{Context, Evidence, Outcome, Severity, Snapshot, Verdict};

use crate::{
    Family, Rule, controls,
    runtime::{aws_managed, is_dead, life, outlook},
};

pub(super) static RULE: Rule = Rule {
    id: "runtime-deprecated",
    family: Family::Runtime,
    title: "AWS no longer patches the runtime",
    severity: Severity::High,
    why: "A flaw found in the language or in the operating system below it stays open for as long \
          as the function runs, and the day comes on which it cannot even be updated.",
    fix: "Move the function to the successor runtime: change `Runtime`, test, deploy, and move the \
          aliases. An upgrade is always allowed; the way back may be blocked, so keep the last \
          published version until the new one has proved itself.",
    sources: &["https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"],
    control: Some(&controls::LAMBDA_2),
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/runtime-deprecated.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let id = match aws_managed(function.runtime.get("runtime")?) {
        Ok(id) => id,
        Err(why) => return Ok(Outcome::NotApplicable(why)),
    };
    let life = life(id, cx)?;
    Ok(match life.deprecated {
        Some(day) if is_dead(life, cx) => {
            let outlook = outlook(life, cx);
            Evidence::fail("Runtime", format!("`{id}`, deprecated on {day}{outlook}"))
        }
        _ => Outcome::Pass,
    })
}
