use model::{Context, Evidence, Outcome, Severity, Snapshot, Verdict};

use crate::{Family, Reading, Rule, opt_outs, words::listed};

pub(super) static RULE: Rule = Rule {
    id: "exemption-expired",
    family: Family::Ourselves,
    title: "An opt-out tag has expired",
    severity: Severity::Low,
    why: "The exception a team asked for is over: the failure it covered counts again, and a tag \
          that means nothing suggests to readers that somebody still answers for it.",
    fix: "Remove the tag once the defect is repaired, or renew `until` with whoever decides on \
          exceptions.",
    sources: &["https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html"],
    control: None,
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/exemption-expired.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let found = opt_outs(function.tags.get("tags")?, cx);
    if found.is_empty() {
        return Ok(Outcome::NotApplicable("no opt-out tags"));
    }
    let expired: Vec<String> = found
        .into_iter()
        .filter_map(|opt_out| match opt_out.reading {
            Reading::Expired(was) => Some(format!("`{}` ended on {}", was.tag, was.until)),
            Reading::Valid(_) | Reading::Malformed(_) => None,
        })
        .collect();
    Ok(match expired.is_empty() {
        true => Outcome::Pass,
        false => Evidence::fail("Tags", listed(&expired)),
    })
}
