use model::{Context, Evidence, Outcome, Severity, Snapshot, Verdict};

use crate::{
    Family, Rule,
    access::{Caller, Grant, Reach},
    controls,
    exposure::{Opinion, bad_grants},
    words::listed,
};

pub(super) static RULE: Rule = Rule {
    id: "policy-public",
    family: Family::Exposure,
    title: "The resource policy lets any AWS account in",
    severity: Severity::Critical,
    why: "Anyone with an AWS account of his own can run the function with input of his choosing: he \
          spends your money, reaches your data through the function's role and finds its flaws at \
          leisure. A policy on an alias or version opens it as much as one on the function.",
    fix: "Name the accounts in `Principal`, or keep `*` and add a condition whose value is fixed: \
          `aws:PrincipalOrgID`, or for a service `aws:SourceAccount`. Remove a statement that was left \
          behind by a deleted function URL; one that must stay for a URL takes \
          `lambda:InvokedViaFunctionUrl`. Use `RemovePermission` with the `Qualifier` the finding names.",
    sources: &[
        "https://docs.aws.amazon.com/securityhub/latest/userguide/lambda-controls.html#lambda-1",
        "https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
    ],
    control: Some(&controls::LAMBDA_1),
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/policy-public.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let callers = [Caller::Identity, Caller::Service("*")];
    let open = bad_grants(function, cx, &callers, public)?;
    Ok(if open.is_empty() { Outcome::Pass } else { Evidence::fail("Policy", listed(&open)) })
}

/// A service that is named is `policy-confused-deputy`'s business.
fn public(grant: &Grant<'_>) -> Opinion {
    match (&grant.reach, grant.service, grant.caller) {
        (_, Some(_), _) | (Reach::Trusted | Reach::Outside(_), ..) => Opinion::Fine,
        (Reach::Anyone, None, Caller::Service(_)) => {
            Opinion::Bad("anyone, through an AWS service,".to_owned())
        }
        (Reach::Anyone, None, _) => Opinion::Bad("anyone".to_owned()),
        (Reach::Unclear(why), None, _) => Opinion::Unclear(why.clone()),
    }
}
