use model::{Context, Evidence, Outcome, RuntimeUpdate, Severity, Snapshot, Verdict};

use crate::{
    Family, Rule,
    runtime::{aws_managed, runtime_update_matters},
};

pub(super) static RULE: Rule = Rule {
    id: "runtime-pinned",
    family: Family::Runtime,
    title: "The runtime is pinned to one patch release",
    severity: Severity::Medium,
    why: "In manual mode Lambda applies no patch of the language or the operating system, not \
          even for a flaw under attack. The mode is meant for days, to roll back one bad release.",
    fix: "Set the runtime update mode to `Auto`, or to `FunctionUpdate` if patches must arrive \
          with deployments only.",
    sources: &["https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html"],
    control: None,
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/runtime-pinned.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let runtime = function.runtime.get("runtime")?;
    let id = match aws_managed(runtime) {
        Ok(id) => id,
        Err(why) => return Ok(Outcome::NotApplicable(why)),
    };
    if !runtime_update_matters(runtime, cx) {
        return Ok(Outcome::NotApplicable("already deprecated: there are no patches to hold back"));
    }
    Ok(match function.runtime_update.get("runtime update mode")? {
        RuntimeUpdate::Auto | RuntimeUpdate::FunctionUpdate => Outcome::Pass,
        RuntimeUpdate::Manual => Evidence::fail(
            "RuntimeManagementConfig.UpdateRuntimeOn",
            format!("`{id}` in manual mode: no patch release is applied"),
        ),
    })
}
