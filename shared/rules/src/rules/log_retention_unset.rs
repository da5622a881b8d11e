use model::{Context, Evidence, Outcome, Parameter, SettingKind, Severity, Snapshot, Verdict};

use crate::{Family, Rule, controls};

static LEAST_DAYS: Parameter = Parameter {
    rule: "log-retention-unset",
    name: "least_days",
    meaning: "Days that logs must be kept at least; 0: any bound will do",
    kind: SettingKind::Number(0),
};

pub(super) static RULE: Rule = Rule {
    id: "log-retention-unset",
    family: Family::Observability,
    title: "Logs are kept for ever, or not long enough",
    severity: Severity::Low,
    why: "A log group that nobody bounds keeps everything for ever: it is paid for every month, \
          and personal data in it outlives every promise to delete it.",
    fix: "Set a retention on the log group (`PutRetentionPolicy`), or in the template that \
          creates it. `least_days` in the baseline demands a minimum.",
    sources: &[
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
        "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-16",
    ],
    control: Some(&controls::CLOUD_WATCH_16),
    parameters: &[&LEAST_DAYS],
    since: "0.1.0",
    examples: include_str!("../../examples/log-retention-unset.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let Some(group) = function.survey.log_group.get("log group")? else {
        return Ok(Outcome::NotApplicable("it has no log group"));
    };
    let name = &function.operation.configuration.get("configuration")?.log_group;
    let least = cx.baseline.number(&LEAST_DAYS);
    let saw = match group.retention {
        None => format!("`{name}` keeps logs for ever"),
        Some(days) if days < least => {
            format!("`{name}` keeps logs for {days} days, less than {least}")
        }
        Some(_) => return Ok(Outcome::Pass),
    };
    Ok(Evidence::fail("RetentionInDays", saw))
}
