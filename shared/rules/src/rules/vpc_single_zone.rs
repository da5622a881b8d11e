use std::collections::BTreeSet;

use model::{Context, Evidence, Outcome, Parameter, SettingKind, Severity, Snapshot, Verdict};

use crate::{
    Family, Rule, controls,
    network::{OUTSIDE, network},
};

pub(super) static RULE: Rule = Rule {
    id: "vpc-single-zone",
    family: Family::Network,
    title: "The function's subnets lie in too few Availability Zones",
    severity: Severity::Medium,
    why: "When the zone fails, no new execution environment gets an address and the function \
          stops with it.",
    fix: "Add to `VpcConfig.SubnetIds` a subnet of another zone that has the same routes.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",
        "https://docs.aws.amazon.com/securityhub/latest/userguide/lambda-controls.html",
    ],
    control: Some(&controls::LAMBDA_5),
    parameters: &[&ZONES],
    since: "0.1.0",
    examples: include_str!("../../examples/vpc-single-zone.toml"),
    check,
};

static ZONES: Parameter = Parameter {
    rule: "vpc-single-zone",
    name: "zones",
    meaning: "Availability Zones wanted at least",
    kind: SettingKind::Number(2),
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let Some(network) = network(function)? else { return Ok(Outcome::NotApplicable(OUTSIDE)) };
    let subnets = network.subnets.get("subnets")?;
    let zones: BTreeSet<&str> = subnets.iter().map(|subnet| subnet.zone.as_str()).collect();
    let wanted = cx.baseline.number(&ZONES);
    Ok(match usize::try_from(wanted).is_ok_and(|wanted| zones.len() >= wanted) {
        true => Outcome::Pass,
        false => Evidence::fail(
            "VpcConfig.SubnetIds",
            format!(
                "{} of {wanted} zones wanted: {}",
                zones.len(),
                zones.into_iter().collect::<Vec<_>>().join(", ")
            ),
        ),
    })
}
