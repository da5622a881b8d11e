use std::collections::BTreeMap;

use model::{Context, Evidence, Gap, Outcome, Parameter, SettingKind, Severity, Snapshot, Verdict};

use crate::{Family, Rule, controls};

pub(super) static RULE: Rule = Rule {
    id: "vpc-missing",
    family: Family::Network,
    title: "The function runs outside any VPC although its data demands one",
    severity: Severity::Medium,
    why: "Outside a VPC no security group, endpoint policy or flow log of yours sees the traffic: \
          a function that is taken over may send its data to any address.",
    fix: "Set `VpcConfig` with private subnets in two zones and a security group that names its \
          peers; give the role the network interface permissions of \
          `AWSLambdaVPCAccessExecutionRole`.",
    sources: &["https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html"],
    control: Some(&controls::LAMBDA_3),
    parameters: &[&ALWAYS, &TAGS],
    since: "0.1.0",
    examples: include_str!("../../examples/vpc-missing.toml"),
    check,
};

static ALWAYS: Parameter = Parameter {
    rule: "vpc-missing",
    name: "always",
    meaning: "Every function must be in a VPC",
    kind: SettingKind::Flag(false),
};

static TAGS: Parameter = Parameter {
    rule: "vpc-missing",
    name: "tags",
    meaning: "Functions with one of these tags must be in a VPC; each is `key` or `key=value`",
    kind: SettingKind::List(&[]),
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let Some(demand) = demand(function, cx)? else {
        return Ok(Outcome::NotApplicable("neither the baseline nor a tag demands a VPC"));
    };
    Ok(match function.network.get("VPC configuration")? {
        Some(_) => Outcome::Pass,
        None => Evidence::fail(
            "VpcConfig.VpcId",
            format!("outside any VPC, though {demand} demands one"),
        ),
    })
}

/// What demands a VPC of this function: the baseline, or the tag that was found.
fn demand(function: &Snapshot, cx: &Context) -> Result<Option<String>, Gap> {
    if cx.baseline.flag(&ALWAYS) {
        return Ok(Some("the baseline".to_owned()));
    }
    let wanted = cx.baseline.list(&TAGS);
    if wanted.is_empty() {
        return Ok(None);
    }
    let tags = function.tags.get("tags")?;
    Ok(wanted.into_iter().find(|tag| carries(tags, tag)).map(|tag| format!("the tag `{tag}`")))
}

fn carries(tags: &BTreeMap<String, String>, wanted: &str) -> bool {
    tags.iter().any(|(key, value)| key == wanted || format!("{key}={value}") == wanted)
}
