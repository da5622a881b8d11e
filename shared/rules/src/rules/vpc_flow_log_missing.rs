use model::{
    Context, Evidence, FlowLog, Outcome, Parameter, SettingKind, Severity, Snapshot, Verdict,
};

use crate::{
    Family, Rule, controls,
    network::{OUTSIDE, network},
    words::listed,
};

pub(super) static RULE: Rule = Rule {
    id: "vpc-flow-log-missing",
    family: Family::Network,
    title: "Traffic of the function's subnets is not logged in full",
    severity: Severity::Medium,
    why: "After an incident nobody can say which hosts the function talked to, or whether data \
          left: accepted traffic shows what happened, rejected traffic what was tried.",
    fix: "Create a flow log of `ALL` traffic on the VPC, or on each subnet of the function, and \
          see that its deliveries succeed.",
    sources: &["https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html"],
    control: Some(&controls::EC2_6),
    parameters: &[&PARTIAL],
    since: "0.1.0",
    examples: include_str!("../../examples/vpc-flow-log-missing.toml"),
    check,
};

static PARTIAL: Parameter = Parameter {
    rule: "vpc-flow-log-missing",
    name: "partial",
    meaning: "A log of accepted traffic alone, or of rejected traffic alone, suffices",
    kind: SettingKind::Flag(false),
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let Some(network) = network(function)? else { return Ok(Outcome::NotApplicable(OUTSIDE)) };
    let logs = network.flow_logs.get("flow logs")?;
    let partial = cx.baseline.flag(&PARTIAL);
    if lack(logs, &[&network.vpc], partial).is_none() {
        return Ok(Outcome::Pass);
    }
    let subnets = network.subnets.get("subnets")?;
    let lacking: Vec<String> = subnets
        .iter()
        .filter_map(|subnet| Some((subnet, lack(logs, &[&network.vpc, &subnet.id], partial)?)))
        .map(|(subnet, lack)| format!("`{}`: {lack}", subnet.id))
        .collect();
    Ok(match lacking.is_empty() {
        true => Outcome::Pass,
        false => Evidence::fail("VpcConfig.SubnetIds", listed(&lacking)),
    })
}

/// What the logs of `resources`, taken together, do not show.
fn lack(logs: &[FlowLog], resources: &[&String], partial: bool) -> Option<&'static str> {
    let of = |log: &&FlowLog| resources.contains(&&log.resource);
    let shown = |traffic: &str| {
        logs.iter().filter(of).any(|log| log.active && ["ALL", traffic].contains(&&*log.traffic))
    };
    match (shown("ACCEPT"), shown("REJECT")) {
        (true, true) => None,
        (true, false) | (false, true) if partial => None,
        (true, false) => Some("only accepted traffic is logged"),
        (false, true) => Some("only rejected traffic is logged"),
        (false, false) if logs.iter().any(|log| of(&log)) => Some("its flow log delivers nothing"),
        (false, false) => Some("no flow log"),
    }
}
