use model::{Context, Evidence, Outcome, Parameter, SettingKind, Severity, Snapshot, Verdict};

use crate::{
    Family, Rule,
    access::{Caller, Grant, Reach},
    controls,
    exposure::{Opinion, bad_grants},
    words::listed,
};

static WITHOUT_SOURCE: Parameter = Parameter {
    rule: "policy-confused-deputy",
    name: "without_source",
    meaning: "service principals that call for AWS itself and so have no source to name",
    // CloudFront adds its grant to the versions that Lambda@Edge copies, and names no source.
    kind: SettingKind::List(&["replicator.lambda.amazonaws.com"]),
};

pub(super) static RULE: Rule = Rule {
    id: "policy-confused-deputy",
    family: Family::Exposure,
    title: "A service may call the function on behalf of any AWS account",
    severity: Severity::High,
    why: "A service calls for all its customers under one name. Whoever points a bucket, topic, rule \
          or API of his own account at the function has it run with his input. The name of a bucket \
          is no protection: it holds no account, and passes to whoever takes it once it is deleted.",
    fix: "Add `aws:SourceAccount` with your account, or `aws:SourceArn` with an ARN that has it in \
          plain digits, or `aws:SourceOrgID`, to the statement. For Amazon S3 always add \
          `aws:SourceAccount`. Alexa skills take `lambda:EventSourceToken`.",
    sources: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html#cross-service-confused-deputy-prevention",
        "https://docs.aws.amazon.com/securityhub/latest/userguide/lambda-controls.html#lambda-1",
        "https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html",
    ],
    control: Some(&controls::LAMBDA_1),
    parameters: &[&WITHOUT_SOURCE],
    since: "0.1.0",
    examples: include_str!("../../examples/policy-confused-deputy.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let spared = cx.baseline.list(&WITHOUT_SOURCE);
    let open = bad_grants(function, cx, &[Caller::Service("*")], |grant| deputy(grant, &spared))?;
    Ok(if open.is_empty() { Outcome::Pass } else { Evidence::fail("Policy", listed(&open)) })
}

/// A grant to everybody is `policy-public`'s business.
fn deputy(grant: &Grant<'_>, spared: &[&str]) -> Opinion {
    match (&grant.reach, grant.service) {
        (_, Some(name)) if spared.contains(&name) => Opinion::Fine,
        (Reach::Anyone, Some("*")) => {
            Opinion::Bad("every AWS service, for any account,".to_owned())
        }
        (Reach::Anyone, Some(name)) => Opinion::Bad(format!("`{name}`, for any account,")),
        (Reach::Unclear(why), Some(_)) => Opinion::Unclear(why.clone()),
        (_, None) | (Reach::Trusted | Reach::Outside(_), _) => Opinion::Fine,
    }
}
