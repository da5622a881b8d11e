use model::{Context, Evidence, Gap, Outcome, Severity, Snapshot, Verdict, account_of};

use crate::{Family, Rule, controls, exposure::trust};

pub(super) static RULE: Rule = Rule {
    id: "env-key-unusable",
    family: Family::Environment,
    title: "The key of the variables is disabled, doomed or out of the organisation's hands",
    severity: Severity::High,
    why: "Lambda decrypts the variables at each cold start. With a disabled or deleted key the \
          function stops at the next one; with a key of a stranger, the stranger decides when.",
    fix: "Enable the key, or cancel its deletion, or set `KMSKeyArn` to a customer managed key of \
          the function's own account. Add the account to `organization.trusted_accounts` in the \
          baseline if it is a partner's on purpose.",
    sources: &[
        "https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html",
    ],
    control: Some(&controls::KMS_3),
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/env-key-unusable.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let environment = function.environment.get("environment")?;
    let Some(arn) = &environment.key else {
        return Ok(Outcome::NotApplicable("no key is named"));
    };
    // The ARN tells the owner, even where the key itself may not be looked at.
    if let Some(owner) = account_of(arn).filter(|owner| !trust(function, cx).account(owner)) {
        let saw = format!("`{arn}` belongs to account {owner}, which is not trusted");
        return Ok(Evidence::fail("KMSKeyArn", saw));
    }
    let gap = |why: String| Gap { fact: "KMS key", why };
    let key = function.key.get("KMS key")?.as_ref();
    let key = key.ok_or_else(|| gap(format!("`{arn}` was not described")))?;
    match key.state.as_str() {
        "Enabled" | "Updating" => Ok(Outcome::Pass),
        "Creating"
        | "Deleted"
        | "Disabled"
        | "PendingDeletion"
        | "PendingImport"
        | "PendingReplicaDeletion"
        | "Unavailable" => {
            Ok(Evidence::fail("KMSKeyArn", format!("`{}` is in the state {}", key.arn, key.state)))
        }
        other => Err(gap(format!("`{other}` is no key state known here"))),
    }
}
