use model::{Context, Evidence, Exposure, Gap, Outcome, Severity, Snapshot, Verdict};

use crate::{
    Family, Rule, controls,
    exposure::{POLICY, each},
    needs::{Unsigned, unsigned},
    words::listed,
};

pub(super) static RULE: Rule = Rule {
    id: "url-public",
    family: Family::Exposure,
    title: "A function URL answers anyone on the internet",
    severity: Severity::High,
    why: "No credentials are needed and no request is logged with an identity: bots find such URLs, and \
          each call runs the code with the function's role and at your expense.",
    fix: "Set `AuthType` of the URL to `AWS_IAM` and grant `lambda:InvokeFunctionUrl` to those who call \
          it, or put CloudFront with origin access control, or an API with an authoriser, before it. \
          Remove the statement that lets `*` in. A URL that must be open gets an exemption with a date.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
        "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-lambda.html",
    ],
    control: Some(&controls::LAMBDA_1),
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/url-public.toml"),
    check,
};

fn check(function: &Snapshot, _: &Context) -> Verdict {
    let open = each(function, open)?;
    Ok(if open.is_empty() { Outcome::Pass } else { Evidence::fail("AuthType", listed(&open)) })
}

/// A URL needs `AuthType` `NONE` and a policy that lets anyone in; with either alone it refuses.
fn open(exposure: &Exposure) -> Result<Vec<String>, Gap> {
    let answer = unsigned(exposure);
    if answer == Unsigned::No {
        return Ok(Vec::new());
    }
    let is_open = exposure.url.get("function URL")?.as_ref().is_some_and(|url| url.unsigned);
    match answer {
        Unsigned::Yes(statement) if is_open => {
            Ok(vec![format!("`AuthType` is `NONE` and {statement} lets anyone call the URL")])
        }
        Unsigned::Unclear(why) if is_open => Err(Gap { fact: POLICY, why }),
        _ => Ok(Vec::new()),
    }
}
