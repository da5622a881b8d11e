use model::{Context, Evidence, Outcome, Severity, Snapshot, Source, Verdict};

use crate::{
    Family, Rule,
    sources::{is_stream, name},
    words::listed,
};

pub(super) static RULE: Rule = Rule {
    id: "retry-unbounded",
    family: Family::Resilience,
    title: "One bad record blocks a stream until it expires",
    severity: Severity::Medium,
    why: "A batch that fails is tried again until its records expire, up to a year in Kinesis. \
          Until then nothing behind it in the shard is read, and every retry is paid for.",
    fix: "Set `MaximumRetryAttempts` or `MaximumRecordAgeInSeconds` on the event source, with \
          `DestinationConfig.OnFailure` to keep what is given up. `BisectBatchOnFunctionError` \
          finds the bad record, but does not let it go.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-errors.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html",
    ],
    control: None,
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/retry-unbounded.toml"),
    check,
};

fn check(function: &Snapshot, _: &Context) -> Verdict {
    let sources = function.operation.sources.get("event sources")?;
    let streams: Vec<&Source> =
        sources.iter().filter(|one| one.enabled && is_stream(one)).collect();
    if streams.is_empty() {
        return Ok(Outcome::NotApplicable("no stream feeds the function"));
    }
    let endless = |one: &&Source| one.retries.is_none() && one.longest_age.is_none();
    let found: Vec<String> =
        streams.into_iter().filter(endless).map(|one| format!("`{}`", name(one))).collect();
    Ok(match found.is_empty() {
        true => Outcome::Pass,
        false => Evidence::fail(
            "MaximumRetryAttempts",
            format!("neither attempts nor age of records are bounded: {}", listed(&found)),
        ),
    })
}
