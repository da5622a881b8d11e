use model::{Context, Evidence, Gap, KeyManager, Outcome, Severity, Snapshot, Verdict};

use crate::{Family, Rule};

pub(super) static RULE: Rule = Rule {
    id: "env-key-not-customer-managed",
    family: Family::Environment,
    title: "The variables rest under a key that nobody in the account controls",
    severity: Severity::Medium,
    why: "Lambda encrypts variables at rest in any case. Under the AWS managed key, whoever may \
          read the configuration reads the values; a key of your own adds a second permission, a \
          record of each use, and a way to cut access at once.",
    fix: "Set `KMSKeyArn` to a customer managed key of the same account and Region. Its key policy \
          must let the function's role decrypt and the deployer encrypt and create grants.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html",
    ],
    control: None,
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/env-key-not-customer-managed.toml"),
    check,
};

fn check(function: &Snapshot, _: &Context) -> Verdict {
    let environment = function.environment.get("environment")?;
    let variables = environment.variables.get("variables");
    let count = match variables {
        Ok(variables) if variables.is_empty() => return Ok(Outcome::NotApplicable("no variables")),
        Ok(variables) => variables.len(),
        // Where the key is the customer's, it does not matter whether there are variables.
        Err(gap) if environment.key.is_none() => return Err(gap),
        Err(_) => 0,
    };
    let Some(arn) = &environment.key else {
        return Ok(Evidence::fail("KMSKeyArn", format!("absent, with {}", counted(count))));
    };
    let key = function
        .key
        .get("KMS key")?
        .as_ref()
        .ok_or_else(|| Gap { fact: "KMS key", why: format!("`{arn}` was not described") })?;
    Ok(match key.manager {
        KeyManager::Customer => Outcome::Pass,
        KeyManager::Aws => Evidence::fail("KMSKeyArn", format!("`{arn}` is managed by AWS")),
    })
}

fn counted(variables: usize) -> String {
    match variables {
        1 => "1 variable".to_owned(),
        many => format!("{many} variables"),
    }
}
