use std::{io::Write, path::Path};

use iam::{
    Caller, Decision, Keys, Layer, Named, Pattern, Policies, Policy, Request, Source, catalogue,
    decide,
};
use report::printable;
use serde_json::{Value, json};

use crate::{
    args::{Can, ListFormat},
    exit::{Exit, Failure},
    inputs::{
        self,
        authorization::{Account, Principal},
    },
};

/// Says whether an identity may do something, and by which statements.
pub(crate) fn run(args: &Can) -> Result<Exit, Failure> {
    sound(args)?;
    let account = Account::read(&args.authorization_details)?;
    let principal = account.principal(&args.principal)?;
    let levels = args.scps.iter().map(|level| level.split(',').map(document).collect());
    let levels: Vec<Vec<(String, Policy)>> = levels.collect::<Result<_, Failure>>()?;
    let resource = args.resource_policy.as_ref();
    let resource = resource.map(|path| document(&path.to_string_lossy())).transpose()?;
    let identity: Vec<Named<'_>> =
        principal.policies.iter().map(|policy| (policy.name.as_str(), &policy.document)).collect();
    let scps: Vec<Vec<Named<'_>>> =
        levels.iter().map(|level| level.iter().map(named).collect()).collect();
    let policies = Policies {
        identity: &identity,
        boundary: principal.boundary.as_ref().map(|one| (one.name.as_str(), &one.document)),
        session: None,
        scps: &scps,
        resource: resource.as_ref().map(named),
    };
    let answer = Answer { args, principal: &principal, decision: ask(args, &principal, &policies) };
    let mut out = std::io::stdout().lock();
    match args.format {
        ListFormat::Json => writeln!(out, "{:#}", answer.json())?,
        ListFormat::Table => write!(out, "{}", answer.text())?,
    }
    Ok(if matches!(answer.decision, Decision::Unknown { .. }) { Exit::Blind } else { Exit::Clean })
}

/// Refuses what would be answered with a confident nonsense.
fn sound(args: &Can) -> Result<(), Failure> {
    let Can { action, resource, .. } = args;
    let named =
        action.split_once(':').is_some_and(|(prefix, name)| !prefix.is_empty() && !name.is_empty());
    if !named || action.contains(['*', '?']) {
        return Err(Failure::Usage(format!(
            "action `{action}` is not one action; expected SERVICE:ACTION, e.g. `s3:GetObject`"
        )));
    }
    if resource != "*" && resource.splitn(6, ':').count() < 6 {
        return Err(Failure::Usage(format!(
            "resource `{resource}` is not an ARN; expected `arn:PARTITION:SERVICE:REGION:ACCOUNT:…` or `*`"
        )));
    }
    let doubt = match catalogue::action(action) {
        None => format!("is no action in the catalogue of {}", catalogue::DATE),
        Some(known) if !works_on(known, resource) => {
            format!("never asks for `{resource}`, which is none of its resources")
        }
        Some(_) => return Ok(()),
    };
    let doubt = format!("`{action}` {doubt}: policies are compared with it as it is written");
    eprintln!("warden: {}", printable(&doubt));
    Ok(())
}

/// Whether a request for the action can name the resource.
fn works_on(action: catalogue::Action, resource: &str) -> bool {
    let mut arns = action.resource_types().flat_map(|kind| kind.arns());
    match resource {
        "*" => !action.takes_resources(),
        arn => arns.any(|pattern| Pattern::text(pattern).matches(arn)),
    }
}

fn document(path: &str) -> Result<(String, Policy), Failure> {
    Ok((path.to_owned(), inputs::policy(Path::new(path))?))
}

fn named((name, policy): &(String, Policy)) -> Named<'_> {
    (name, policy)
}

fn ask<'a>(args: &Can, principal: &Principal, policies: &Policies<'a>) -> Decision<'a> {
    let session = args.principal.rsplit('/').next().filter(|_| args.principal != principal.arn);
    let caller = Caller { arn: &principal.arn, session, id: principal.id.as_deref() };
    let tags = principal.tags.iter();
    let keys = tags.fold(Keys::new(&caller, &args.resource), |keys, (key, value)| {
        keys.with(&format!("aws:PrincipalTag/{key}"), value)
    });
    let told = args.context.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let keys = keys.with_all(told);
    let context = |key: &str| keys.get(key);
    let request = Request {
        caller,
        action: &args.action,
        resource: &args.resource,
        resource_account: None,
        context: &context,
    };
    decide(&request, policies)
}

struct Answer<'a> {
    args: &'a Can,
    principal: &'a Principal,
    decision: Decision<'a>,
}

impl Answer<'_> {
    /// `{"decision", "certain", "principal", "action", "resource", "by", "missing", "unknown"}`.
    /// A decision that is not certain is printed as the stricter one.
    fn json(&self) -> Value {
        let (by, missing, unknown) = match &self.decision {
            Decision::Allowed { by } | Decision::ExplicitlyDenied { by } => {
                (by.iter().map(|source| self.source(source)).collect(), json!([]), json!([]))
            }
            Decision::ImplicitlyDenied { missing } => {
                (vec![], missing.iter().map(ToString::to_string).collect(), json!([]))
            }
            Decision::Unknown { why, unheard } => {
                let missing = unheard.iter().map(ToString::to_string).collect();
                let doubts = why.iter().map(
                    |doubt| json!({"statement": self.source(&doubt.source), "keys": doubt.keys}),
                );
                (vec![], missing, doubts.collect())
            }
        };
        let certain = !matches!(self.decision, Decision::Unknown { .. });
        json!({
            "decision": if certain { self.decision.name() } else { "ImplicitlyDenied" },
            "certain": certain,
            "principal": self.principal.arn,
            "action": self.args.action,
            "resource": self.args.resource,
            "by": by,
            "missing": missing,
            "unknown": unknown,
        })
    }

    fn source(&self, source: &Source<'_>) -> Value {
        let policies = self.principal.policies.iter().chain(&self.principal.boundary);
        let found = policies.filter(|_| matches!(source.layer, Layer::Identity | Layer::Boundary));
        let mut found = found.filter(|policy| policy.name == source.origin.policy);
        let arn = found.find_map(|policy| match &policy.origin {
            model::Origin::Managed(arn) => Some(arn.clone()),
            model::Origin::Inline => None,
        });
        json!({
            "layer": source.layer,
            "policy": source.origin.policy,
            "policyArn": arn,
            "statement": source.origin.index + 1,
            "sid": source.origin.sid,
        })
    }

    fn text(&self) -> String {
        let Can { action, resource, .. } = self.args;
        let (who, action) = (printable(&self.principal.arn), printable(action));
        let resource = printable(resource);
        let list = |items: Vec<String>| -> String {
            items.iter().map(|item| format!("  {}\n", printable(item))).collect()
        };
        let sources = |by: &[Source<'_>]| list(by.iter().map(ToString::to_string).collect());
        match &self.decision {
            Decision::Allowed { by } => {
                format!("Allowed: `{who}` may `{action}` on `{resource}`, by\n{}", sources(by))
            }
            Decision::ExplicitlyDenied { by } => format!(
                "ExplicitlyDenied: `{who}` may not `{action}` on `{resource}`, which is denied by\n{}",
                sources(by)
            ),
            Decision::ImplicitlyDenied { missing } => format!(
                "ImplicitlyDenied: `{who}` may not `{action}` on `{resource}`. Nothing allows it in:\n{}",
                list(missing.iter().map(ToString::to_string).collect())
            ),
            Decision::Unknown { why, unheard } => format!(
                "Cannot tell whether `{who}` may `{action}` on `{resource}`. It turns on:\n{}{}Give what is \
                 known of the request with `--context KEY=VALUE`, and the policy of the resource with \
                 `--resource-policy FILE`.\n",
                list(unheard.iter().map(|layer| format!("{layer}, which must allow")).collect()),
                list(
                    why.iter()
                        .map(|doubt| format!("{}: {}", doubt.source, doubt.keys.join(", ")))
                        .collect()
                )
            ),
        }
    }
}
