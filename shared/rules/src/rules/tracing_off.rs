use model::{Context, Evidence, Outcome, Severity, Snapshot, Verdict};

use crate::{Family, Rule, controls};

pub(super) static RULE: Rule = Rule {
    id: "tracing-off",
    family: Family::Observability,
    title: "Active tracing is off",
    severity: Severity::Low,
    why: "Without a trace nobody sees which call of a chain was slow or failed, and an \
          incident is pieced together from the logs of every function in it.",
    fix: "Set `TracingConfig.Mode` to `Active` and allow the role `xray:PutTraceSegments` and \
          `xray:PutTelemetryRecords`. In SAM it is `Tracing: Active`.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html",
        "https://docs.aws.amazon.com/securityhub/latest/userguide/lambda-controls.html#lambda-7",
    ],
    control: Some(&controls::LAMBDA_7),
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/tracing-off.toml"),
    check,
};

fn check(function: &Snapshot, _: &Context) -> Verdict {
    let configuration = function.operation.configuration.get("configuration")?;
    Ok(match configuration.tracing {
        true => Outcome::Pass,
        false => Evidence::fail("TracingConfig.Mode", "tracing is passed through, not active"),
    })
}
