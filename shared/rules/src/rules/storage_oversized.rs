use std::collections::BTreeSet;

use model::{
    Context, Evidence, Outcome, Parameter, QualifierKind, SettingKind, Severity, Snapshot, Verdict,
};

use crate::{Family, Rule};

static MEGABYTES: Parameter = Parameter {
    rule: "storage-oversized",
    name: "megabytes",
    meaning: "Size of all versions that no alias names, in millions of bytes, accepted at most",
    kind: SettingKind::Number(1000),
};

pub(super) static RULE: Rule = Rule {
    id: "storage-oversized",
    family: Family::Hygiene,
    title: "Old versions fill the storage for code",
    severity: Severity::Low,
    why: "All packages of all versions of an account and Region share one quota of storage. \
          When it is full, every deployment fails, that of the urgent fix among them.",
    fix: "Delete versions that no alias names (`DeleteFunction` with a qualifier), and let the \
          pipeline do it from now on. `megabytes` in the baseline sets another bound.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html",
    ],
    control: None,
    parameters: &[&MEGABYTES],
    since: "0.1.0",
    examples: include_str!("../../examples/storage-oversized.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let versions = function.operation.versions.get("versions")?;
    let most = u64::from(cx.baseline.number(&MEGABYTES)) * 1_000_000;
    // Not even all of them are too much: no need to know which are in use.
    if versions.values().sum::<u64>() <= most {
        return Ok(Outcome::Pass);
    }
    let mut named = BTreeSet::new();
    for qualifier in function.qualifiers.get("versions and aliases")? {
        if let QualifierKind::Alias { versions } = &qualifier.kind {
            named.extend(versions);
        }
    }
    let old: Vec<u64> = versions
        .iter()
        .filter(|(name, _)| !named.contains(name))
        .map(|(_, bytes)| *bytes)
        .collect();
    let bytes: u64 = old.iter().sum();
    Ok(match bytes <= most {
        true => Outcome::Pass,
        false => {
            let (count, size) = (old.len(), bytes.div_ceil(1_000_000));
            Evidence::fail(
                "Version",
                format!("{count} versions that no alias names hold {size} MB"),
            )
        }
    })
}
