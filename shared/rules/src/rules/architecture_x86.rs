use model::{Context, Evidence, Outcome, Severity, Snapshot, Verdict};

use crate::{Family, Rule};

pub(super) static RULE: Rule = Rule {
    id: "architecture-x86",
    family: Family::Hygiene,
    title: "The function runs on x86",
    severity: Severity::Informational,
    why: "Lambda charges a fifth less for the same seconds on arm64, and most interpreted code \
          runs there as it is.",
    fix: "Set `Architectures` to `arm64` once native dependencies and layers are built for it. \
          Measure before and after: some code is slower there.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html",
        "https://aws.amazon.com/lambda/pricing/",
    ],
    control: None,
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/architecture-x86.toml"),
    check,
};

fn check(function: &Snapshot, _: &Context) -> Verdict {
    let configuration = function.operation.configuration.get("configuration")?;
    Ok(match configuration.architecture.as_str() {
        "x86_64" => Evidence::fail("Architectures", "the architecture is `x86_64`"),
        _ => Outcome::Pass,
    })
}
