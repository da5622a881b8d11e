//! Judges many roles and says what that cost.
//!
//! `cargo run --release -p iam --example roles -- make 1000 1 | cargo run --release -p usage --example judge`
//!
//! Reads what `roles make` prints: one role a line, with the actions it used. Prints how many
//! actions were judged how, and the CPU time from the text of the policies to the verdicts.

#![expect(clippy::unwrap_used, reason = "a bench that cannot read its input stops")]

use std::collections::BTreeMap;
use std::io::{BufRead, stdin};

use iam::Policy;
use model::{Fact, NamedPolicy, Origin, Role, RoleUsage, RoleUser};
use serde::Deserialize;
use serde_json::json;
use usage::{Settings, Verdict, judge, propose};

#[derive(Deserialize)]
struct Line {
    policies: Vec<Policy>,
    used: Vec<String>,
}

fn main() {
    let lines: Vec<String> = stdin().lock().lines().map(Result::unwrap).collect();
    let usages: Vec<RoleUsage> = lines.iter().map(|line| seen(line)).collect();
    let users: Vec<RoleUser> = vec![function()];
    let settings = Settings::default();
    let proposing = std::env::args().any(|argument| argument == "--propose");
    // What everybody pays once: the catalogue's index.
    judge(&role("{\"policies\":[],\"used\":[]}"), &users, usages.first().unwrap(), &settings)
        .unwrap();
    let before = cpu();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (line, usage) in lines.iter().zip(&usages) {
        let role = role(line);
        let judgement = judge(&role, &users, usage, &settings).unwrap();
        for judged in &judgement.actions {
            *counts.entry(word(judged.verdict)).or_default() += 1;
        }
        if proposing {
            let proposal = propose(&role, &judgement).unwrap();
            *counts.entry("kept by the proposal").or_default() += proposal.kept;
        }
    }
    let spent = cpu().zip(before).map(|(after, before)| (after - before) / 1_000_000);
    for (verdict, count) in counts {
        println!("{count:>8} {verdict}");
    }
    match spent {
        Some(spent) => println!("{} roles, {spent} ms of CPU", lines.len()),
        None => println!("{} roles; this system does not tell the CPU time", lines.len()),
    }
}

fn role(line: &str) -> Role {
    let Line { policies, .. } = serde_json::from_str(line).unwrap();
    let named = (1..).zip(policies).map(|(number, document)| NamedPolicy {
        name: format!("policy-{number}"),
        origin: Origin::Inline,
        document,
        changed: None,
    });
    Role {
        arn: "arn:aws:iam::111122223333:role/pay".to_owned(),
        id: None,
        created: None,
        trust: Fact::unknown("not read"),
        policies: Fact::Known(named.collect()),
        boundary: Fact::Known(None),
    }
}

fn seen(line: &str) -> RoleUsage {
    let Line { used, .. } = serde_json::from_str(line).unwrap();
    let call = |action: &String| {
        json!({
            "function": function().arn, "qualifier": null, "attribution": "in-scope-of",
            "kind": "code", "action": action, "event": "x.amazonaws.com:X", "outcome": "ok",
            "region": "eu-west-1", "on": { "arns": [], "unknown": true },
            "first": "2026-09-01T00:00:00Z", "last": "2026-11-01T00:00:00Z", "count": 7,
        })
    };
    let usage = json!({
        "from": "2026-08-25", "to": "2026-11-22", "all_regions": true,
        "last_accessed": { "unknown": "not read" },
        "calls": used.iter().map(call).collect::<Vec<_>>(),
        "coverage": { "eu-west-1": { "days": 90, "reads": "yes", "writes": "yes" } },
    });
    serde_json::from_value(usage).unwrap()
}

fn function() -> RoleUser {
    let needs = json!({
        "log_groups": ["/aws/lambda/pay"], "vpc": true, "tracing": true,
        "destinations": [], "sources": [],
    });
    let arn = "arn:aws:lambda:eu-west-1:111122223333:function:pay";
    serde_json::from_value(json!({ "arn": arn, "needs": needs })).unwrap()
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Used | Verdict::OverBroad { .. } => "used",
        Verdict::NeededByLambda => "needed by Lambda",
        Verdict::Unused => "unused",
        Verdict::Unverifiable { .. } => "unverifiable",
        Verdict::AttemptedDenied => "denied",
        Verdict::Ineffective { .. } => "ineffective",
        Verdict::Invalid => "invalid",
    }
}

/// Nanoseconds on a CPU, by Linux's own count.
fn cpu() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok()
}
