use model::{
    Context, Evidence, Gap, Outcome, Qualifier, QualifierKind, Severity, Snapshot, Verdict,
};

use crate::{
    Family, Rule, controls,
    runtime::{aws_managed, is_dead, life},
    words::listed,
};

pub(super) static RULE: Rule = Rule {
    id: "version-on-dead-runtime",
    family: Family::Runtime,
    title: "A published version runs on a runtime that AWS no longer patches",
    severity: Severity::Medium,
    why: "A version is frozen with its runtime. Aliases and event sources go on calling it long \
          after `$LATEST` has moved on, and AWS's notices speak of `$LATEST` alone.",
    fix: "Publish a version on the successor runtime, move the aliases named to it, then delete \
          the old versions.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html",
    ],
    control: Some(&controls::LAMBDA_2),
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/version-on-dead-runtime.toml"),
    check,
};

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let qualifiers = function.qualifiers.get("versions and aliases")?;
    let mut published = false;
    let mut gap: Option<Gap> = None;
    let mut dead = Vec::new();
    for Qualifier { name, kind, .. } in qualifiers {
        let QualifierKind::Version { runtime } = kind else { continue };
        published = true;
        let Ok(id) = aws_managed(runtime) else { continue };
        match life(id, cx) {
            Ok(life) if is_dead(life, cx) => dead.push((aliases_of(name, qualifiers), name, id)),
            Ok(_) => {}
            Err(unknown) => gap = gap.or(Some(unknown)),
        }
    }
    dead.sort_by_key(|(aliases, name, _)| (aliases.is_empty(), name.parse().unwrap_or(u64::MAX)));
    Ok(match (dead.is_empty(), gap, published) {
        (false, ..) => {
            let places: Vec<String> = dead.iter().map(|(a, name, id)| place(a, name, id)).collect();
            Evidence::fail("Version", listed(&places))
        }
        (true, Some(gap), _) => return Err(gap),
        (true, None, false) => Outcome::NotApplicable("no published versions"),
        (true, None, true) => Outcome::Pass,
    })
}

/// The aliases that send traffic to `version`.
fn aliases_of<'a>(version: &str, qualifiers: &'a [Qualifier]) -> Vec<&'a str> {
    let reaches = |qualifier: &&Qualifier| match &qualifier.kind {
        QualifierKind::Alias { versions } => versions.iter().any(|reached| reached == version),
        QualifierKind::Version { .. } => false,
    };
    qualifiers.iter().filter(reaches).map(|alias| alias.name.as_str()).collect()
}

fn place(aliases: &[&str], version: &str, id: &str) -> String {
    match aliases {
        [] => format!("version {version} runs `{id}`"),
        [alias] => format!("version {version}, behind alias `{alias}`, runs `{id}`"),
        many => format!("version {version}, behind aliases `{}`, runs `{id}`", many.join("`, `")),
    }
}
