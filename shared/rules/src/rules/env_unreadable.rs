use model::{Context, Evidence, Fact, Outcome, Severity, Snapshot, Verdict};

use crate::{Family, Rule};

pub(super) static RULE: Rule = Rule {
    id: "env-unreadable",
    family: Family::Environment,
    title: "Lambda cannot show the variables to the scanner",
    severity: Severity::Low,
    why: "Secrets in these variables go unseen. The same answer comes where the key is broken, \
          and then the function itself fails at its next cold start.",
    fix: "Let the scanner's role use `kms:Decrypt` on the key, by its key policy, under the \
          condition `kms:ViaService` for Lambda. If nobody can decrypt, see `env-key-unusable`.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/api/API_EnvironmentError.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html",
    ],
    control: None,
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/env-unreadable.toml"),
    check,
};

fn check(function: &Snapshot, _: &Context) -> Verdict {
    Ok(match &function.environment.get("environment")?.variables {
        Fact::Known(_) => Outcome::Pass,
        Fact::Unknown { unknown } => Evidence::fail("Environment.Error", unknown.as_str()),
    })
}
