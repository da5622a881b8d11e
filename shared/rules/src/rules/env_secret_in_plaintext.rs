use model::{Context, Evidence, Outcome, Severity, Snapshot, Verdict};
use secrets::Value;

use crate::{Family, Rule, controls, words::listed};

pub(super) static RULE: Rule = Rule {
    id: "env-secret-in-plaintext",
    family: Family::Environment,
    title: "A variable holds a credential in plaintext",
    severity: Severity::Critical,
    why: "Everyone who may read the configuration reads the credential: the console, deployment \
          tools, templates and every published version show it, and nothing rotates it.",
    fix: "Revoke the credential, for it has been readable. Keep the new one in Secrets Manager or \
          in a `SecureString` parameter, put its ARN or name into the variable, and read it at \
          start. Then delete the published versions that still carry the old one.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html",
        "https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets_lambda.html",
    ],
    control: Some(&controls::CODE_BUILD_2),
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/env-secret-in-plaintext.toml"),
    check,
};

fn check(function: &Snapshot, _: &Context) -> Verdict {
    let variables = function.environment.get("environment")?.variables.get("variables")?;
    if variables.is_empty() {
        return Ok(Outcome::NotApplicable("no variables"));
    }
    let found: Vec<String> = variables
        .iter()
        .filter_map(|(name, value)| match value {
            Value::Secret(kind) => Some(format!("`{name}` ({})", kind.words())),
            Value::Empty | Value::Plain | Value::Reference(_) | Value::Ciphertext => None,
        })
        .collect();
    Ok(match found.is_empty() {
        true => Outcome::Pass,
        false => Evidence::fail("Environment.Variables", listed(&found)),
    })
}
