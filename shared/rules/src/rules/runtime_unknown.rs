use model::{Context, Evidence, Outcome, Runtime, Severity, Snapshot, Verdict};

use crate::{Family, Rule, runtime::CUSTOM};

pub(super) static RULE: Rule = Rule {
    id: "runtime-unknown",
    family: Family::Runtime,
    title: "The day on which the runtime loses its patches is not known",
    severity: Severity::Low,
    why: "AWS sends notices for its own runtimes alone. For a customer-managed runtime, or one \
          that the calendar lacks, nobody here will hear that patches have ended.",
    fix: "For a customer-managed runtime, learn the end date from its publisher and opt out until \
          that day. For any other, update the scanner: its calendar is older than the runtime.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
        "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html",
    ],
    control: None,
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/runtime-unknown.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    Ok(match function.runtime.get("runtime")? {
        Runtime::Image => Outcome::NotApplicable("container image: Lambda names no runtime"),
        Runtime::Managed(id) if id == CUSTOM => Evidence::fail(
            "Runtime",
            "customer-managed runtime: AWS names no days and sends no notices",
        ),
        Runtime::Managed(id) if cx.calendar.runtimes.contains_key(id) => Outcome::Pass,
        Runtime::Managed(id) => Evidence::fail(
            "Runtime",
            format!("`{id}` is not in the calendar of {}", cx.calendar.read),
        ),
    })
}
