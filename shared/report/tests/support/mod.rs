//! A posture with something of everything, shared by the tests.

use report::{Exemption, Finding, Gap, Night, Place, Posture, Role, Rule, Status};

/// A posture whose every text of somebody else's is `text`.
pub(crate) fn filled_with(text: &str) -> Posture {
    let finding = |status, exemption| Finding {
        rule: text.to_owned(),
        severity: model::Severity::High,
        function: "arn:aws:lambda:eu-west-1:111122223333:function:pay".parse().unwrap(),
        owner: Some(text.to_owned()),
        status,
        first_seen: Some("2026-01-02T03:04:05Z".parse().unwrap()),
        evidence: text.to_owned(),
        exemption,
    };
    let exemption = Exemption {
        until: "2026-02-03".parse().unwrap(),
        by: Some(text.to_owned()),
        ticket: Some(text.to_owned()),
    };
    let rule = Rule {
        title: text.to_owned(),
        why: text.to_owned(),
        fix: text.to_owned(),
        source: Some(text.to_owned()),
        requirements: vec![text.to_owned()],
    };
    Posture {
        at: "2026-01-31T02:03:04Z".parse().unwrap(),
        places: vec![Place {
            account: text.to_owned(),
            region: text.to_owned(),
            functions: 1,
            passed: 2,
        }],
        rules: [(text.to_owned(), rule)].into(),
        findings: vec![
            finding(Status::Failed, None),
            finding(Status::Failed, Some(exemption)),
            finding(Status::Unknown, None),
        ],
        gaps: vec![Gap { of: text.to_owned(), why: text.to_owned() }],
        history: vec![Night {
            night: "2026-01-30".parse().unwrap(),
            violations: [(model::Severity::High, u64::MAX), (model::Severity::Low, 1)].into(),
        }],
        roles: vec![Role {
            role: text.to_owned(),
            granted: 10,
            used: 3,
            unused: 5,
            unverifiable: 2,
        }],
    }
}
