use std::collections::BTreeMap;

use scan::{Judged, Judgement, Status, Tally};
use serde_json::{Value, json};

use crate::scan::{Missed, Scanned};

/// `{"places": [{account, region, complete, …, findings: […]}], "missed": [{account, region, why}],
/// "calls": {operation: count}}`
pub(crate) fn scan(scanned: &[Scanned], missed: &[Missed], calls: &BTreeMap<String, u64>) -> Value {
    let places: Vec<Value> = scanned.iter().map(place).collect();
    let why = |Missed { place, error }: &Missed| {
        let why = error.advice();
        json!({"account": place.account, "region": place.region, "why": why})
    };
    let missed: Vec<Value> = missed.iter().map(why).collect();
    json!({"places": places, "missed": missed, "calls": calls})
}

fn place(scanned: &Scanned) -> Value {
    let Scanned { place, round } = scanned;
    let mut tally = Tally::default();
    round.judged.iter().for_each(|one| tally.add(&one.judgements));
    let findings: Vec<Value> = round
        .judged
        .iter()
        .flat_map(|one| one.judgements.iter().filter_map(|judgement| finding(one, judgement)))
        .collect();
    let refused: Vec<Value> = round
        .refused
        .iter()
        .map(|one| json!({"id": one.id, "code": one.code, "message": one.message}))
        .collect();
    json!({
        "account": place.account,
        "region": place.region,
        "functions": round.judged.len(),
        "complete": round.cut_short.is_none(),
        "cutShort": round.cut_short,
        "violations": tally.failed,
        "exempt": tally.exempt,
        "gaps": tally.gaps,
        "passed": tally.passed,
        "imported": round.written.0,
        "updated": round.written.1,
        "refused": refused,
        "findings": findings,
    })
}

fn finding(one: &Judged, judgement: &Judgement) -> Option<Value> {
    let status = match judgement.status()? {
        Status::Failed => "FAILED",
        Status::NotAvailable => "NOT_AVAILABLE",
        Status::Passed => return None,
    };
    let exemption = judgement.exemption.as_ref().map(|exemption| {
        json!({
            "until": exemption.until,
            "by": exemption.by,
            "ticket": exemption.ticket,
            "tag": exemption.tag,
        })
    });
    Some(json!({
        "function": one.function.arn,
        "rule": judgement.rule.id,
        "severity": judgement.severity.label(),
        "status": status,
        "says": judgement.says(),
        "fix": judgement.rule.fix,
        "exemption": exemption,
    }))
}
