use model::{
    Context, Evidence, Outcome, Qualifier, QualifierKind, Runtime, Severity, Snapshot, Verdict,
};

use crate::{Family, Rule};

/// MB.
const LARGEST_STORAGE: u32 = 512;

pub(super) static RULE: Rule = Rule {
    id: "snapstart-off",
    family: Family::Hygiene,
    title: "Published versions of a Java function start without SnapStart",
    severity: Severity::Informational,
    why: "A Java program may take seconds to start. SnapStart resumes it from a snapshot in a \
          fraction of that, for Java at no charge.",
    fix: "Set `SnapStart.ApplyOn` to `PublishedVersions` and invoke versions or aliases. Make \
          sure that what must be unique, such as seeds and connections, is made after the \
          restore.",
    sources: &["https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html"],
    control: None,
    parameters: &[],
    since: "0.1.0",
    examples: include_str!("../../examples/snapstart-off.toml"),
    check,
};

fn check(function: &Snapshot, _: &Context) -> Verdict {
    let skip = |why| Ok(Outcome::NotApplicable(why));
    if !matches!(function.runtime.get("runtime")?, Runtime::Managed(id) if is_eligible(id)) {
        return skip("no Java runtime that has SnapStart free of charge");
    }
    let configuration = function.operation.configuration.get("configuration")?;
    if configuration.storage > LARGEST_STORAGE {
        return skip("SnapStart takes no more than 512 MB of ephemeral storage");
    }
    let published = |one: &Qualifier| matches!(one.kind, QualifierKind::Version { .. });
    if !function.qualifiers.get("published versions")?.iter().any(published) {
        return skip("no version is published: SnapStart does nothing for `$LATEST`");
    }
    Ok(match configuration.snap_start {
        true => Outcome::Pass,
        false => {
            Evidence::fail("SnapStart.ApplyOn", "versions are published, and SnapStart is off")
        }
    })
}

/// `java8.al2` and `java8` have none.
fn is_eligible(runtime: &str) -> bool {
    runtime.starts_with("java") && !runtime.starts_with("java8")
}
