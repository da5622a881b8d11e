use model::{Context, Evidence, Outcome, Severity, Snapshot, Verdict};

use crate::{Family, Rule};

pub(super) static RULE: Rule = Rule {
    id: "concurrency-unreserved",
    family: Family::Resilience,
    title: "The function has no concurrency of its own",
    severity: Severity::Low,
    why: "All functions of an account and Region draw on one pool. One that is called in a \
          loop, by an attacker or by itself, takes what all others need, and nothing bounds \
          its bill.",
    fix: "Reserve concurrency for the function (`PutFunctionConcurrency`): it is both a \
          guarantee and a bound. Leave enough in the pool for the others.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html",
        "https://docs.aws.amazon.com/config/latest/developerguide/lambda-concurrency-check.html",
    ],
    control: None,
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/concurrency-unreserved.toml"),
    check,
};

fn check(function: &Snapshot, _: &Context) -> Verdict {
    Ok(match function.survey.reserved.get("reserved concurrency")? {
        Some(_) => Outcome::Pass,
        None => Evidence::fail("ReservedConcurrentExecutions", "nothing is reserved or bounded"),
    })
}
