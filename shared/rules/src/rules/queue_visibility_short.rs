use model::{
    Context, Evidence, Fact, Outcome, Parameter, SettingKind, Severity, Snapshot, Verdict,
};

use crate::{Family, Rule, sources::is_queue, words::listed};

static TIMES: Parameter = Parameter {
    rule: "queue-visibility-short",
    name: "times",
    meaning: "Visibility timeout wanted at least, in timeouts of the function",
    kind: SettingKind::Number(6),
};

pub(super) static RULE: Rule = Rule {
    id: "queue-visibility-short",
    family: Family::Resilience,
    title: "Messages come back while they are still being worked on",
    severity: Severity::Medium,
    why: "A message that becomes visible before the function is done, or while it is throttled, \
          is handed out again: work is done twice, and good messages end in the dead-letter \
          queue.",
    fix: "Set the queue's visibility timeout to six times the function's timeout, plus the \
          batching window of the event source. `times` in the baseline sets another factor.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html",
    ],
    control: None,
    parameters: &[&TIMES],
    since: "0.1.0",
    examples: include_str!("../../examples/queue-visibility-short.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let sources = function.operation.sources.get("event sources")?;
    let queues = sources.iter().filter(|one| one.enabled && is_queue(one));
    let queues: Vec<_> = queues.filter_map(|one| Some((one.arn.as_deref()?, one.window))).collect();
    if queues.is_empty() {
        return Ok(Outcome::NotApplicable("no queue feeds the function"));
    }
    let timeout = function.operation.configuration.get("configuration")?.timeout;
    let (mut short, mut gap) = (Vec::new(), None);
    for (arn, window) in queues {
        let wanted = timeout.saturating_mul(cx.baseline.number(&TIMES)).saturating_add(window);
        let visibility = function.survey.queues.get(arn).cloned();
        let visibility = visibility.unwrap_or_else(|| Fact::unknown("not read"));
        match visibility.get("visibility timeout") {
            Ok(seconds) if *seconds < wanted => {
                short.push(format!("`{arn}` hides messages for {seconds} s, less than {wanted}"));
            }
            Ok(_) => {}
            Err(unread) => drop(gap.get_or_insert(unread)),
        }
    }
    match gap {
        _ if !short.is_empty() => Ok(Evidence::fail("VisibilityTimeout", listed(&short))),
        Some(gap) => Err(gap),
        None => Ok(Outcome::Pass),
    }
}
