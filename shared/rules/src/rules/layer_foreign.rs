use model::{Context, Evidence, Gap, Outcome, Severity, Snapshot, Verdict};

use crate::{Family, Rule, exposure::trust, layers::is_of_aws, words::listed};

pub(super) static RULE: Rule = Rule {
    id: "layer-foreign",
    family: Family::Exposure,
    title: "A layer comes from an account that nobody vouches for",
    severity: Severity::Medium,
    why: "A layer is code that runs inside the function with its role, its variables and its data. \
          Who publishes it can read the function's secrets from the next version on that you take, \
          and can withdraw a version, so that the function can no longer be deployed.",
    fix: "Publish the layer's content from an account of your own, or vouch for the publisher: name \
          his account in the baseline under `organization.layer_accounts`. AWS's own layers are known.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/permissions-layer-cross-account.html",
    ],
    control: None,
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/layer-foreign.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let layers = function.layers.get("layers")?;
    if layers.is_empty() {
        return Ok(Outcome::NotApplicable("the function has no layers"));
    }
    let trust = trust(function, cx);
    let vouched = &cx.baseline.organization.layer_accounts;
    let mut foreign = Vec::new();
    let mut unread = None;
    for arn in layers {
        match arn.split(':').collect::<Vec<_>>().as_slice() {
            ["arn", _, "lambda", _, account, "layer", name, ..] => {
                let known = trust.account(account)
                    || vouched.contains(*account)
                    || is_of_aws(name, account);
                if !known {
                    foreign.push(format!("`{name}` of account `{account}`"));
                }
            }
            _ => unread = Some(Gap { fact: "layers", why: format!("`{arn}` is no layer's ARN") }),
        }
    }
    match unread {
        _ if !foreign.is_empty() => Ok(Evidence::fail("Layers", listed(&foreign))),
        Some(gap) => Err(gap),
        None => Ok(Outcome::Pass),
    }
}
