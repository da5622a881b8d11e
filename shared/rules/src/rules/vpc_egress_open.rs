use model::{Context, EgressRule, Evidence, Outcome, Severity, Snapshot, Verdict};

use crate::{
    Family, Rule,
    network::{OUTSIDE, network},
    words::listed,
};

pub(super) static RULE: Rule = Rule {
    id: "vpc-egress-open",
    family: Family::Network,
    title: "A security group lets the function reach every address on every port",
    severity: Severity::Medium,
    why: "Code that is taken over can send what it reads to any host and fetch what it likes. A \
          new security group allows this until somebody removes the rule.",
    fix: "Replace the rule by one for each peer: the security group of a database, the prefix \
          list of a gateway endpoint, port 443 to the addresses really called.",
    sources: &[
        "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",
    ],
    control: None,
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/vpc-egress-open.toml"),
    check,
};

fn check(function: &Snapshot, _: &Context) -> Verdict {
    let Some(network) = network(function)? else { return Ok(Outcome::NotApplicable(OUTSIDE)) };
    let mut open = Vec::new();
    for group in network.security_groups.get("security groups")? {
        for rule in &group.egress {
            let (Some(what), Some(range)) = (everything(rule), everywhere(rule)) else { continue };
            open.push(format!("`{}` allows {what} to {range}", group.id));
        }
    }
    Ok(match open.is_empty() {
        true => Outcome::Pass,
        false => Evidence::fail("VpcConfig.SecurityGroupIds", listed(&open)),
    })
}

/// The rule's traffic in words, where it holds back nothing.
fn everything(rule: &EgressRule) -> Option<String> {
    match (rule.protocol.as_str(), rule.ports) {
        ("-1", _) => Some("every protocol".to_owned()),
        (name @ ("tcp" | "udp"), None | Some((0 | 1, u16::MAX))) => {
            Some(format!("every {name} port"))
        }
        _ => None,
    }
}

/// The range of the rule that holds every address.
fn everywhere(rule: &EgressRule) -> Option<&str> {
    rule.ranges.iter().map(String::as_str).find(|range| ["0.0.0.0/0", "::/0"].contains(range))
}
