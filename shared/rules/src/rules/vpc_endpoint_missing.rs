use std::collections::BTreeMap;

use model::{Context, Environment, Evidence, Gap, Outcome, Severity, Snapshot, Verdict};
use secrets::{Reference, Value};

use crate::{
    Family, Rule,
    endpoints::obstacle,
    network::{OUTSIDE, network},
    words::listed,
};

pub(super) static RULE: Rule = Rule {
    id: "vpc-endpoint-missing",
    family: Family::Network,
    title: "The function uses an AWS service that its VPC has no endpoint for",
    severity: Severity::Low,
    why: "The calls leave the VPC through a NAT gateway, which charges for each byte and sees no \
          endpoint policy; without a NAT gateway they time out.",
    fix: "Create an interface endpoint with private DNS for the service, or for S3 and DynamoDB a \
          gateway endpoint, which is free, in the route table of each subnet.",
    sources: &[
        "https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html",
        "https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html",
    ],
    control: None,
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/vpc-endpoint-missing.toml"),
    check,
};

fn check(function: &Snapshot, _: &Context) -> Verdict {
    let Some(network) = network(function)? else { return Ok(Outcome::NotApplicable(OUTSIDE)) };
    let endpoints = network.endpoints.get("VPC endpoints")?;
    let (services, mut gap) = services(function);
    let mut missing = Vec::new();
    for (service, user) in &services {
        match obstacle(service, endpoints, network) {
            Ok(None) => {}
            Ok(Some(obstacle)) => missing.push(format!("{obstacle} for `{service}`, which {user}")),
            Err(unknown) => gap = gap.or(Some(unknown)),
        }
    }
    match gap {
        _ if !missing.is_empty() => Ok(Evidence::fail("VpcConfig.VpcId", listed(&missing))),
        Some(gap) => Err(gap),
        None => Ok(Outcome::Pass),
    }
}

/// IAM prefixes of the services used and who says so; and what could not be asked.
fn services(function: &Snapshot) -> (BTreeMap<&str, String>, Option<Gap>) {
    let mut services = BTreeMap::new();
    let usage = function.usage.get("usage");
    for service in usage.iter().flat_map(|usage| usage.services_of(&function.arn)) {
        services.insert(service, "the function calls".to_owned());
    }
    let variables = function.environment.get("environment").and_then(variables);
    for (name, value) in variables.iter().copied().flatten() {
        let Value::Reference(Reference::Arn { service } | Reference::Endpoint { service }) = value
        else {
            continue;
        };
        services.entry(service).or_insert_with(|| format!("the variable `{name}` names"));
    }
    (services, usage.err().or(variables.err()))
}

fn variables(environment: &Environment) -> Result<&BTreeMap<String, Value>, Gap> {
    environment.variables.get("variables")
}
