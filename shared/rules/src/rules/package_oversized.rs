use model::{
    Context, Evidence, Outcome, Parameter, Runtime, SettingKind, Severity, Snapshot, Verdict,
};

use crate::{Family, Rule};

static MEGABYTES: Parameter = Parameter {
    rule: "package-oversized",
    name: "megabytes",
    meaning: "Size of the uploaded package accepted at most, in millions of bytes, without layers",
    kind: SettingKind::Number(50),
};

pub(super) static RULE: Rule = Rule {
    id: "package-oversized",
    family: Family::Hygiene,
    title: "The deployment package is large",
    severity: Severity::Low,
    why: "Every cold start loads the package, every deployment uploads it, and what is in it \
          and never used is still attacked, scanned and patched.",
    fix: "Leave out tests, tools and what the runtime already brings, build with tree shaking, \
          or move to a container image whose layers are loaded as they are needed. `megabytes` \
          in the baseline sets another bound.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html",
    ],
    control: None,
    parameters: &[&MEGABYTES],
    since: "0.1.0",
    examples: include_str!("../../examples/package-oversized.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    if let Runtime::Image = function.runtime.get("runtime")? {
        return Ok(Outcome::NotApplicable("container image: Lambda does not tell its size"));
    }
    let size = function.operation.configuration.get("configuration")?.code_size;
    let most = u64::from(cx.baseline.number(&MEGABYTES));
    Ok(if size <= most * 1_000_000 {
        Outcome::Pass
    } else {
        let megabytes = size.div_ceil(1_000_000);
        Evidence::fail("CodeSize", format!("the package has {megabytes} MB, more than {most}"))
    })
}
