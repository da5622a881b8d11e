use model::{Context, Evidence, Outcome, Severity, Snapshot, Verdict};

use crate::{
    Family, Rule, controls,
    runtime::{aws_managed, life, outlook},
};

pub(super) static RULE: Rule = Rule {
    id: "runtime-update-blocked",
    family: Family::Runtime,
    title: "Lambda refuses to update a function with this runtime",
    severity: Severity::Critical,
    why: "A leaked key, a vulnerable library or a plain error in the code can no longer be fixed \
          by deploying: Lambda refuses every update that keeps the runtime.",
    fix: "Move to the successor runtime now, while there is time to test. Changing `Runtime` is \
          the one update that Lambda still accepts.",
    sources: &["https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"],
    control: Some(&controls::LAMBDA_2),
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/runtime-update-blocked.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let id = match aws_managed(function.runtime.get("runtime")?) {
        Ok(id) => id,
        Err(why) => return Ok(Outcome::NotApplicable(why)),
    };
    let life = life(id, cx)?;
    Ok(match life.update_block {
        Some(day) if day <= cx.today => {
            let outlook = outlook(life, cx);
            Evidence::fail("Runtime", format!("`{id}` cannot be updated{outlook}"))
        }
        _ => Outcome::Pass,
    })
}
