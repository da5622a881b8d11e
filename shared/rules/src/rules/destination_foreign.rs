use model::{
    Context, Destination, DestinationKind, Evidence, Gap, Outcome, Parameter, SettingKind,
    Severity, Snapshot, Verdict, account_of, service_of,
};

use crate::{Family, Rule, exposure::trust, needs::destinations_matter, words::listed};

static BUCKETS: Parameter = Parameter {
    rule: "destination-foreign",
    name: "buckets",
    meaning: "names of S3 buckets known to be the organisation's, for their ARNs hold no account",
    kind: SettingKind::List(&[]),
};

pub(super) static RULE: Rule = Rule {
    id: "destination-foreign",
    family: Family::Exposure,
    title: "Events or their failures are sent to an account that the organisation does not trust",
    severity: Severity::High,
    why: "Lambda hands over the whole event, and the answer or the error with its stack trace, without \
          the code having any part in it: data leaves by configuration, and nobody sees it in the code.",
    fix: "Send to a queue, topic, bus or bucket of your own, or name the account in the baseline under \
          `organization.trusted_accounts`. For a bucket, hold the role's `s3:PutObject` to your account \
          with `aws:ResourceAccount`, or name the bucket in the parameter `buckets`.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html",
    ],
    control: None,
    parameters: &[&BUCKETS],
    since: "0.1.0",
    examples: include_str!("../../examples/destination-foreign.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    if !destinations_matter(&function.role, function.arn.account()) {
        return Ok(Outcome::NotApplicable("the role can send nothing to another account"));
    }
    let trust = trust(function, cx);
    let ours = cx.baseline.list(&BUCKETS);
    let (mut foreign, mut doubt) = (Vec::new(), None);
    for destination in function.destinations.get("destinations")? {
        let Destination { arn, .. } = destination;
        match account_of(arn) {
            Some(account) if trust.account(account) => {}
            Some(_) => foreign.push(sentence(destination)),
            None => {
                let bucket = arn.rsplit(':').next().unwrap_or(arn);
                let known = service_of(arn) == Some("s3") && ours.contains(&bucket);
                let why = || {
                    format!("`{arn}` holds no account: name the bucket in `buckets` if it is ours")
                };
                if !known {
                    doubt.get_or_insert_with(|| Gap { fact: "destinations", why: why() });
                }
            }
        }
    }
    match doubt {
        _ if !foreign.is_empty() => Ok(Evidence::fail("DestinationConfig", listed(&foreign))),
        Some(gap) => Err(gap),
        None => Ok(Outcome::Pass),
    }
}

fn sentence(Destination { kind, qualifier, arn }: &Destination) -> String {
    let what = match kind {
        DestinationKind::DeadLetter => "dead letters",
        DestinationKind::OnSuccess => "events that succeeded",
        DestinationKind::OnFailure => "events that failed",
        DestinationKind::EventSource => "failed batches of an event source",
    };
    let of = qualifier.as_ref().map_or(String::new(), |name| format!(" of `{name}`"));
    format!("{what}{of} go to `{arn}`")
}
