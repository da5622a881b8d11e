//! What a finding looks like in the AWS Security Finding Format.

use model::{FunctionArn, Severity};
use scan::{About, Finding, Status, Workflow};
use serde_json::{Value, json};

use crate::sample::{finding, time};

/// The healthy sample after `change`, as it goes over the wire.
fn written(change: impl FnOnce(&mut Finding)) -> Value {
    let mut finding = finding("pay", "runtime-deprecated");
    change(&mut finding);
    let input = aws::asff(&[finding]);
    input["Findings"][0].clone()
}

#[test]
fn a_finding_has_every_field_the_format_asks_for_and_no_environment() {
    let mut expected: Value = serde_json::from_str(include_str!("finding.json")).unwrap();
    let digest = finding("pay", "runtime-deprecated").digest();
    expected["ProductFields"]["lambda-warden/digest"] = json!(digest);
    assert_eq!(written(|_| {}), expected);
}

#[test]
fn one_change_of_a_finding_shows_in_one_place() {
    let long = "ü".repeat(3000);
    let cut = |limit: usize| json!(format!("{}…", "ü".repeat(limit - 1)));
    let fields = "/ProductFields";
    type Change = Box<dyn FnOnce(&mut Finding)>;
    let cases: Vec<(Change, &str, Value)> = vec![
        (set(|f| &mut f.title, &long), "/Title", cut(256)),
        (set(|f| &mut f.description, &long), "/Description", cut(1024)),
        (set(|f| &mut f.description, " "), "/Description", written(|_| {})["Title"].clone()),
        (set(|f| &mut f.description, "a\nb"), "/Description", json!("a b")),
        (set(|f| &mut f.remedy, &long), "/Remediation/Recommendation/Text", cut(512)),
        (set(|f| &mut f.remedy, ""), "/Remediation/Recommendation/Text", Value::Null),
        (Box::new(|f| f.archived = true), "/RecordState", json!("ARCHIVED")),
        (
            Box::new(|f| f.status = Status::Passed),
            "/FindingProviderFields/Severity",
            json!({ "Label": "INFORMATIONAL", "Original": "HIGH" }),
        ),
        (Box::new(|f| f.status = Status::Passed), "/Compliance/Status", json!("PASSED")),
        (
            Box::new(|f| f.status = Status::NotAvailable),
            "/Compliance/StatusReasons",
            json!([{
                "ReasonCode": "FACT_UNREADABLE",
                "Description": "Runtime: `python3.8`, deprecated on 2024-10-14",
            }]),
        ),
        (
            Box::new(|f| f.severity = Severity::Critical),
            "/FindingProviderFields/Severity",
            json!({ "Label": "CRITICAL", "Original": "CRITICAL" }),
        ),
        (Box::new(|f| f.requirements.clear()), "/Compliance/RelatedRequirements", Value::Null),
        (
            Box::new(|f| f.requirements = (0..40).map(|n| n.to_string()).collect()),
            "/Compliance/RelatedRequirements/32",
            Value::Null,
        ),
        (Box::new(|f| f.resource = None), "/Resources/0/Details", Value::Null),
        (
            Box::new(|f| _ = f.tags.insert("blank".to_owned(), String::new())),
            "/Resources/0/Tags",
            json!({ "team": "payments" }),
        ),
        (Box::new(|f| f.tags.clear()), "/Resources/0/Tags", Value::Null),
        (
            Box::new(|f| _ = f.fields.insert("rule".to_owned(), "another".to_owned())),
            "/ProductFields/lambda-warden~1rule",
            json!("runtime-deprecated"),
        ),
        (
            Box::new(|f| _ = f.fields.insert("at".to_owned(), "ü".repeat(3000))),
            "/ProductFields/lambda-warden~1at",
            cut(2048),
        ),
        (
            Box::new(|f| f.initial = Some((Workflow::Suppressed, "Exempt.".to_owned()))),
            "/Workflow/Status",
            json!("SUPPRESSED"),
        ),
        (
            Box::new(|f| f.initial = Some((Workflow::Suppressed, "Exempt.".to_owned()))),
            "/Note",
            json!({
                "Text": "Exempt.",
                "UpdatedBy": "lambda-warden",
                "UpdatedAt": "2026-11-23T08:00:00.004Z",
            }),
        ),
        (
            Box::new(|f| f.updated_at = time("2026-11-23T08:00:00.0049999Z")),
            "/UpdatedAt",
            json!("2026-11-23T08:00:00.004Z"),
        ),
    ];
    for (change, at, expected) in cases {
        let written = written(change);
        assert_eq!(written.pointer(at).unwrap_or(&Value::Null), &expected, "{at}");
    }
    let many = written(|f| f.fields = (0..90).map(|n| (n.to_string(), n.to_string())).collect());
    assert_eq!(many.pointer(fields).and_then(Value::as_object).map(|map| map.len()), Some(50));
}

fn set(part: fn(&mut Finding) -> &mut String, to: &str) -> Box<dyn FnOnce(&mut Finding)> {
    let to = to.to_owned();
    Box::new(move |finding| *part(finding) = to)
}

#[test]
fn partitions_are_spelt_as_the_format_knows_them() {
    for (partition, region, expected) in [
        ("aws-cn", "cn-north-1", json!("aws-cn")),
        ("aws-us-gov", "us-gov-west-1", json!("aws-us-gov")),
        ("aws-iso", "us-iso-east-1", json!("aws-us-iso")),
        ("aws-iso-b", "us-isob-east-1", json!("aws-us-iso-b")),
        ("aws-eusc", "eusc-de-east-1", Value::Null),
    ] {
        let there = FunctionArn::new(partition, region, "111122223333", "pay").unwrap();
        let written = written(|finding| finding.about = About::Function(there));
        let product = format!("arn:{partition}:securityhub:{region}:111122223333:product/");
        assert_eq!(written["Resources"][0]["Partition"], expected);
        assert!(written["ProductArn"].as_str().is_some_and(|arn| arn.starts_with(&product)));
    }
}

#[test]
fn a_rule_says_what_type_its_findings_are() {
    let general = "Software and Configuration Checks/AWS Security Best Practices";
    for (rule, special) in [
        ("runtime-expiring", Some("Software and Configuration Checks/Patch Management")),
        ("version-on-dead-runtime", Some("Software and Configuration Checks/Patch Management")),
        ("env-secret-in-plaintext", Some("Sensitive Data Identifications/Passwords")),
        ("env-key-unusable", None),
        (
            "vpc-egress-open",
            Some(
                "Software and Configuration Checks/AWS Security Best Practices/Network Reachability",
            ),
        ),
        ("role-admin", Some("TTPs/Privilege Escalation")),
        ("role-shared", None),
        ("policy-public", Some("Effects/Data Exposure")),
        ("url-public", Some("Effects/Data Exposure")),
        ("a-rule-long-forgotten", None),
    ] {
        let written = written(|finding| finding.rule = rule.to_owned());
        let expected: Vec<&str> = [general].into_iter().chain(special).collect();
        assert_eq!(written["FindingProviderFields"]["Types"], json!(expected), "{rule}");
    }
}
