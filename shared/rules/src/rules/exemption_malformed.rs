use model::{Context, Evidence, Outcome, Severity, Snapshot, Verdict};

use crate::{Family, Reading, Rule, opt_outs, words::listed};

pub(super) static RULE: Rule = Rule {
    id: "exemption-malformed",
    family: Family::Ourselves,
    title: "An opt-out tag does not count",
    severity: Severity::Low,
    why: "The team believes that an exception is in force. It is not: the failures it was meant \
          to cover count, and repairs it was meant to hold back may run.",
    fix: "Write the key as `warden:allow:<rule>` and the value as `until=2027-01-31 by=payments`, \
          with every field the baseline requires and an end no later than it allows.",
    sources: &["https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html"],
    control: None,
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/exemption-malformed.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let found = opt_outs(function.tags.get("tags")?, cx);
    if found.is_empty() {
        return Ok(Outcome::NotApplicable("no opt-out tags"));
    }
    let malformed: Vec<String> = found
        .into_iter()
        .filter_map(|opt_out| match opt_out.reading {
            Reading::Malformed(why) => Some(format!("`{}`: {why}", opt_out.tag)),
            Reading::Valid(_) | Reading::Expired(_) => None,
        })
        .collect();
    Ok(match malformed.is_empty() {
        true => Outcome::Pass,
        false => Evidence::fail("Tags", listed(&malformed)),
    })
}
