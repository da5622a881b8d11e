use model::{Context, Evidence, Outcome, Parameter, SettingKind, Severity, Snapshot, Verdict};

use crate::{
    Family, Rule,
    network::{OUTSIDE, network},
    words::listed,
};

pub(super) static RULE: Rule = Rule {
    id: "vpc-subnet-small",
    family: Family::Network,
    title: "A subnet of the function is small",
    severity: Severity::Low,
    why: "Lambda shares one network interface among functions with the same subnet and security \
          groups, and adds more as connections grow. Those, and every other tenant of the subnet, \
          draw on the same few addresses.",
    fix: "Attach the function to larger subnets: a subnet cannot be resized. Or set `prefix` in \
          the baseline where small subnets are kept for functions alone.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html",
    ],
    control: None,
    parameters: &[&PREFIX],
    since: "0.1.0",
    examples: include_str!("../../examples/vpc-subnet-small.toml"),
    check,
};

static PREFIX: Parameter = Parameter {
    rule: "vpc-subnet-small",
    name: "prefix",
    meaning: "Longest IPv4 prefix accepted, in bits; 24 leaves 256 addresses",
    kind: SettingKind::Number(24),
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let Some(network) = network(function)? else { return Ok(Outcome::NotApplicable(OUTSIDE)) };
    let longest = cx.baseline.number(&PREFIX);
    let small: Vec<String> = network
        .subnets
        .get("subnets")?
        .iter()
        .filter(|subnet| u32::from(subnet.prefix) > longest)
        .map(|subnet| format!("`{}` is a /{}", subnet.id, subnet.prefix))
        .collect();
    Ok(match small.is_empty() {
        true => Outcome::Pass,
        false => Evidence::fail("VpcConfig.SubnetIds", listed(&small)),
    })
}
