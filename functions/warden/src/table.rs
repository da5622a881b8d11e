use std::{collections::BTreeMap, fmt::Write as _};

use comfy_table::{ContentArrangement, Table, presets};
use report::printable;
use scan::{Judged, Judgement, Status, Tally};

use crate::scan::Scanned;

/// A table with room for its columns: as wide as the terminal, or as its contents in a pipe.
pub(crate) fn plain(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header.to_vec());
    table
}

/// Violations, the most severe first; then what could not be told; then the bill.
pub(crate) fn scan(scanned: &[Scanned], calls: &BTreeMap<String, u64>) -> String {
    let mut text = String::new();
    for one in scanned {
        place(one, &mut text);
    }
    let mut table = plain(&["API call", "Times"]);
    for (operation, count) in calls {
        table.add_row(vec![operation.clone(), count.to_string()]);
    }
    let functions: usize = scanned.iter().map(|one| one.round.judged.len()).sum();
    let total: u64 = calls.values().sum();
    let _ = writeln!(text, "{table}\n{total} calls for {functions} functions.");
    text
}

fn place(scanned: &Scanned, text: &mut String) {
    let Scanned { place, round } = scanned;
    let mut rows: Vec<(&Judged, &Judgement)> = round
        .judged
        .iter()
        .flat_map(|one| one.judgements.iter().map(move |judgement| (one, judgement)))
        .filter(|(_, judgement)| judgement.status().is_some_and(|s| s != Status::Passed))
        .collect();
    rows.sort_by_key(|(one, judgement)| {
        let order = (judgement.status() != Some(Status::Failed), judgement.exemption.is_some());
        (order, std::cmp::Reverse(judgement.severity), judgement.rule.id, &one.function.arn)
    });
    if !rows.is_empty() {
        let mut table = plain(&["Severity", "Rule", "Function", "What was seen"]);
        for (one, judgement) in rows {
            let function = one.function.arn.name();
            let says = printable(&judgement.says());
            table.add_row(vec![&label(judgement), judgement.rule.id, function, &says]);
        }
        let _ = writeln!(text, "{table}");
    }
    let mut tally = Tally::default();
    round.judged.iter().for_each(|one| tally.add(&one.judgements));
    let Tally { failed, exempt, gaps, passed } = tally;
    let _ = writeln!(
        text,
        "{place}: {} functions; {failed} violations, {exempt} exempt, {gaps} could not be told, \
         {passed} passed.",
        round.judged.len(),
    );
    if let Some(why) = &round.cut_short {
        let _ = writeln!(text, "The list of functions is incomplete: {}", printable(why));
    }
    let (imported, updated) = round.written;
    if imported + updated > 0 {
        let _ = writeln!(text, "Security Hub: {imported} findings imported, {updated} updated.");
    }
    for refused in &round.refused {
        let said = format!("{}: {}: {}", refused.id, refused.code, refused.message);
        let _ = writeln!(text, "Refused: {}", printable(&said));
    }
}

fn label(judgement: &Judgement) -> String {
    match (judgement.status(), &judgement.exemption) {
        (Some(Status::NotAvailable), _) => "unknown".to_owned(),
        (_, Some(exemption)) => format!("exempt until {}", exemption.until),
        _ => judgement.severity.label().to_lowercase(),
    }
}
