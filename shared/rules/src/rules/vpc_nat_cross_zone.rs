use model::{Context, DefaultRoute, Evidence, Gap, Outcome, Severity, Snapshot, Verdict};

use crate::{
    Family, Rule,
    network::{OUTSIDE, network},
    words::listed,
};

pub(super) static RULE: Rule = Rule {
    id: "vpc-nat-cross-zone",
    family: Family::Network,
    title: "A subnet of the function leaves through a NAT gateway in another zone",
    severity: Severity::Low,
    why: "When the gateway's zone fails, the subnet loses its way out although its own zone is \
          well; and every byte that crosses zones is charged.",
    fix: "Route each subnet to a NAT gateway of its own zone, or to a regional NAT gateway.",
    sources: &[
        "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html",
    ],
    control: None,
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/vpc-nat-cross-zone.toml"),
    check,
};

fn check(function: &Snapshot, _: &Context) -> Verdict {
    let Some(network) = network(function)? else { return Ok(Outcome::NotApplicable(OUTSIDE)) };
    let mut uses_nat = false;
    let mut gap: Option<Gap> = None;
    let mut crossing = Vec::new();
    for subnet in network.subnets.get("subnets")? {
        let route = match subnet.default_route.get("default route") {
            Ok(route) => route,
            Err(unknown) => {
                gap = gap.or(Some(unknown));
                continue;
            }
        };
        uses_nat |= matches!(route, DefaultRoute::Nat { .. } | DefaultRoute::RegionalNat(_));
        let DefaultRoute::Nat { id, zone } = route else { continue };
        match zone.get("zone of the NAT gateway") {
            Ok(zone) if *zone == subnet.zone => {}
            Ok(zone) => {
                crossing.push(format!("`{}` in {} uses `{id}` in {zone}", subnet.id, subnet.zone))
            }
            Err(unknown) => gap = gap.or(Some(unknown)),
        }
    }
    Ok(match (crossing.is_empty(), gap, uses_nat) {
        (false, ..) => Evidence::fail("VpcConfig.SubnetIds", listed(&crossing)),
        (true, Some(gap), _) => return Err(gap),
        (true, None, false) => Outcome::NotApplicable("no subnet uses a NAT gateway"),
        (true, None, true) => Outcome::Pass,
    })
}
