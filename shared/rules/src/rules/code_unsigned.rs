use model::{Context, Evidence, Outcome, Runtime, Severity, Snapshot, Verdict};

use crate::{Family, Rule};

pub(super) static RULE: Rule = Rule {
    id: "code-unsigned",
    family: Family::Hygiene,
    title: "Nothing proves who built the code",
    severity: Severity::Low,
    why: "Without a code signing configuration Lambda takes any package from anyone who may \
          call `UpdateFunctionCode`, whatever the pipeline has tested and signed.",
    fix: "Sign packages with AWS Signer and attach a code signing configuration with \
          `UntrustedArtifactOnDeployment` set to `Enforce`.",
    sources: &["https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html"],
    control: None,
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/code-unsigned.toml"),
    check,
};

fn check(function: &Snapshot, _: &Context) -> Verdict {
    if let Runtime::Image = function.runtime.get("runtime")? {
        return Ok(Outcome::NotApplicable("container image: Lambda does not check its signature"));
    }
    Ok(match function.survey.signing.get("code signing configuration")? {
        Some(_) => Outcome::Pass,
        None => Evidence::fail("CodeSigningConfigArn", "no code signing configuration"),
    })
}
