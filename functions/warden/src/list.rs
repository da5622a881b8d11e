use std::io::Write;

use rules::RULES;
use serde_json::{Value, json};

use crate::{
    args::ListFormat,
    exit::{Exit, Failure},
    table,
};

pub(crate) fn rules(format: ListFormat) -> Result<Exit, Failure> {
    let mut out = std::io::stdout().lock();
    match format {
        ListFormat::Json => {
            let rules: Vec<Value> = RULES
                .iter()
                .map(|rule| {
                    json!({
                        "id": rule.id,
                        "family": format!("{:?}", rule.family).to_lowercase(),
                        "severity": rule.severity.label(),
                        "title": rule.title,
                        "why": rule.why,
                        "fix": rule.fix,
                        "sources": rule.sources,
                        "requirements": rule.requirements(),
                        "since": rule.since,
                    })
                })
                .collect();
            writeln!(out, "{:#}", Value::from(rules))?;
        }
        ListFormat::Table => {
            let mut table = table::plain(&["Rule", "Severity", "What it finds"]);
            for rule in RULES {
                table.add_row(vec![rule.id, &rule.severity.label().to_lowercase(), rule.title]);
            }
            writeln!(out, "{table}")?;
        }
    }
    Ok(Exit::Clean)
}

pub(crate) fn explain(id: &str) -> Result<Exit, Failure> {
    let rule = rules::find(id).map_err(|unknown| Failure::Usage(unknown.to_string()))?;
    write!(std::io::stdout().lock(), "{}", rules::page(rule))?;
    Ok(Exit::Clean)
}
