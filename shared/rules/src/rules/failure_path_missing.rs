use model::{
    Context, Destination, DestinationKind, Evidence, Gap, Outcome, Severity, Snapshot, Verdict,
};

use crate::{
    Family, Rule,
    asynchronous::invoked,
    sources::{is_stream, name},
    words::listed,
};

pub(super) static RULE: Rule = Rule {
    id: "failure-path-missing",
    family: Family::Resilience,
    title: "What fails is lost",
    severity: Severity::Medium,
    why: "Nobody waits for the answer of an asynchronous invocation. Lambda tries an event \
          three times and a record until it expires, and then drops it, without a trace unless \
          something is told to keep it.",
    fix: "Set a destination for failures (`PutFunctionEventInvokeConfig`) or a dead-letter \
          queue on the function, and `DestinationConfig.OnFailure` on the event source of a \
          stream.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-errors.html",
    ],
    control: None,
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/failure-path-missing.toml"),
    check,
};

fn check(function: &Snapshot, _: &Context) -> Verdict {
    let parts = [events(function), records(function)];
    let (mut lost, mut gap, mut applies) = (Vec::new(), None, false);
    for part in parts {
        match part {
            Ok(Some(found)) => {
                applies = true;
                lost.extend(found);
            }
            Ok(None) => {}
            Err(why) => drop(gap.get_or_insert(why)),
        }
    }
    match gap {
        _ if !lost.is_empty() => Ok(Evidence::fail("DestinationConfig.OnFailure", listed(&lost))),
        Some(gap) => Err(gap),
        None if applies => Ok(Outcome::Pass),
        None => Ok(Outcome::NotApplicable("nothing invokes it asynchronously, no stream feeds it")),
    }
}

/// What is lost of some kind; `None` where nothing of the kind comes in.
type Lost = Result<Option<Vec<String>>, Gap>;

/// Asynchronous invocations. A dead-letter queue is set on the function and published with its
/// versions; a destination is that of one qualifier.
fn events(function: &Snapshot) -> Lost {
    let invoked = invoked(function)?;
    if invoked.is_empty() {
        return Ok(None);
    }
    if function.operation.configuration.get("configuration")?.dead_letter.is_some() {
        return Ok(Some(Vec::new()));
    }
    let kept = function.destinations.get("destinations")?;
    let is_kept = |qualifier: Option<&str>| {
        let of = |one: &Destination| {
            one.kind == DestinationKind::OnFailure && one.qualifier.as_deref() == qualifier
        };
        kept.iter().any(of)
    };
    let lost = invoked.into_iter().filter(|(qualifier, _)| !is_kept(*qualifier));
    let sentence = |(qualifier, service): (Option<&str>, &str)| match qualifier {
        None => format!("nothing keeps the events of `{service}` that fail"),
        Some(name) => format!("nothing keeps the events of `{service}` to `{name}` that fail"),
    };
    Ok(Some(lost.map(sentence).collect()))
}

fn records(function: &Snapshot) -> Lost {
    let sources = function.operation.sources.get("event sources")?;
    let streams: Vec<_> = sources.iter().filter(|one| one.enabled && is_stream(one)).collect();
    if streams.is_empty() {
        return Ok(None);
    }
    let lost = streams.into_iter().filter(|one| one.on_failure.is_none());
    let sentence = |one| format!("nothing keeps the records of `{}` that fail", name(one));
    Ok(Some(lost.map(sentence).collect()))
}
