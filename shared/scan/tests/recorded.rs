//! Every event that our rules let through is understood, and says what was changed.

use std::{fs, path::Path};

use scan::{Change, Subject, Used};

/// Heard, and no finding depends on them.
const IGNORED: &[&str] =
    &["publish-layer-version", "update-code-signing-config", "delete-code-signing-config"];

#[test]
fn every_recorded_event_is_understood() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/events");
    let manifest = fs::read_to_string(folder.join("manifest.toml")).unwrap();
    let rows = manifest.lines().filter_map(|line| {
        let (name, rest) = line.split_once('=')?;
        Some((name.trim(), rest.split('"').nth(1)?))
    });
    let mut read = 0;
    // Clicks and denied calls are for repairs.
    let elsewhere = ["none", "Clicked", "Denied"];
    for (name, rule) in rows.filter(|(_, rule)| !elsewhere.contains(rule)) {
        let event = fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        let subject = Change::read(&event).unwrap().subject;
        let fits = match (rule, &subject) {
            ("FunctionChanged", Subject::Nothing(_)) => IGNORED.contains(&name),
            ("FunctionChanged", Subject::Used { what: Used::Layer(arn), .. }) => {
                arn.ends_with(":layer:shared:3")
            }
            ("FunctionChanged" | "TagsChanged", Subject::Function(_)) => true,
            ("RoleChanged", Subject::Role { .. } | Subject::Policy { .. }) => true,
            ("KeyChanged", Subject::Used { what: Used::Key(arn), .. }) => {
                arn.ends_with(":key/1234abcd-12ab-34cd-56ef-1234567890ab")
            }
            ("NetworkChanged", Subject::Used { what: Used::Network(ids), .. }) => {
                ids.iter().all(|id| id.ends_with("-0123456789abcdef0")) && ids.len() == 1
            }
            _ => false,
        };
        assert!(fits, "`{name}` of {rule} is {subject:?}");
        read += 1;
    }
    assert!(read > 80, "{read}");
}

#[test]
fn doctor_asks_for_every_rule_that_hears_changes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let member = fs::read_to_string(root.join("infra/member.yaml")).unwrap();
    let rules = member.split("Type: AWS::Events::Rule").count() - 1;
    // `Denied` is there for repairs only.
    assert_eq!(rules, scan::doctor::FORWARDED.len() + 1);
    for name in scan::doctor::FORWARDED {
        assert!(member.contains(&format!("\n  {name}:\n    Type: AWS::Events::Rule")), "{name}");
    }
}
