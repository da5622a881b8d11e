use model::{
    Context, Evidence, Outcome, Parameter, SettingKind, Severity, Snapshot, Subnet, Verdict,
};

use crate::{
    Family, Rule,
    network::{OUTSIDE, network},
    words::listed,
};

pub(super) static RULE: Rule = Rule {
    id: "vpc-addresses-low",
    family: Family::Network,
    title: "A subnet of the function is running out of addresses",
    severity: Severity::Medium,
    why: "When the last address is gone Lambda cannot add a network interface, and the function \
          fails just when it has to scale.",
    fix: "Release addresses that nothing uses, move other tenants out of the subnet, or attach \
          the function to a larger one.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html",
    ],
    control: None,
    parameters: &[&PERCENT],
    since: "0.1.0",
    examples: include_str!("../../examples/vpc-addresses-low.toml"),
    check,
};

static PERCENT: Parameter = Parameter {
    rule: "vpc-addresses-low",
    name: "percent",
    meaning: "Percent of a subnet's usable addresses that must be free",
    kind: SettingKind::Number(10),
};

/// Addresses of a subnet that AWS keeps for itself.
const RESERVED: u64 = 5;

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let Some(network) = network(function)? else { return Ok(Outcome::NotApplicable(OUTSIDE)) };
    let percent = u64::from(cx.baseline.number(&PERCENT));
    let low: Vec<String> = network
        .subnets
        .get("subnets")?
        .iter()
        .filter(|subnet| u64::from(subnet.free_addresses) * 100 < usable(subnet) * percent)
        .map(|s| format!("`{}` has {} of {} addresses free", s.id, s.free_addresses, usable(s)))
        .collect();
    Ok(match low.is_empty() {
        true => Outcome::Pass,
        false => Evidence::fail("VpcConfig.SubnetIds", listed(&low)),
    })
}

fn usable(subnet: &Subnet) -> u64 {
    let host_bits = 32_u32.saturating_sub(u32::from(subnet.prefix));
    (1_u64 << host_bits).saturating_sub(RESERVED)
}
