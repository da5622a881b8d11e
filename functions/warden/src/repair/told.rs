//! A repair in words, or as JSON.

use std::io::Write;

use ::scan::repair::{Change, Repair, State};
use report::printable;
use serde_json::{Value, json};

use crate::{args::ListFormat, exit::Failure};

/// What would be done.
pub(crate) fn plan(
    mut out: impl Write,
    repair: &Repair,
    format: ListFormat,
) -> Result<(), Failure> {
    if format == ListFormat::Json {
        return Ok(writeln!(out, "{:#}", json!(repair))?);
    }
    writeln!(out, "Repair {} of {}", repair.id, printable(&repair.finding))?;
    writeln!(out, "  Wrong: {}", printable(&repair.saw))?;
    writeln!(out, "  To do: {}", printable(&repair.summary))?;
    for remark in &repair.remarks {
        writeln!(out, "  Note:  {}", printable(remark))?;
    }
    changes(&mut out, repair.changes.iter().map(|one| (one, &one.before, &one.after)))
}

/// What would be put back, the last change first.
pub(crate) fn way_back(
    mut out: impl Write,
    repair: &Repair,
    format: ListFormat,
) -> Result<(), Failure> {
    if format == ListFormat::Json {
        return Ok(writeln!(out, "{:#}", json!(repair))?);
    }
    writeln!(out, "Taking back repair {} of {}", repair.id, printable(&repair.finding))?;
    writeln!(out, "  It was: {}", json!(repair.stage).as_str().unwrap_or_default())?;
    changes(&mut out, repair.changes.iter().rev().map(|one| (one, &one.after, &one.before)))
}

fn changes<'a>(
    out: &mut impl Write,
    changes: impl Iterator<Item = (&'a Change, &'a State, &'a State)>,
) -> Result<(), Failure> {
    for (change, from, to) in changes {
        writeln!(out, "\n{}", printable(&change.slot.to_string()))?;
        let (from, to) = (lines(from), lines(to));
        // Documents differ in few lines; the others are shown once.
        let begin = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
        let rest = || from.iter().skip(begin).rev().zip(to.iter().skip(begin).rev());
        let end = rest().take_while(|(a, b)| a == b).count();
        let middle = |all: &[String]| -> Vec<String> {
            all.iter().take(all.len() - end).skip(begin).cloned().collect()
        };
        for line in from.iter().take(begin) {
            writeln!(out, "    {line}")?;
        }
        for line in middle(&from) {
            writeln!(out, "  - {line}")?;
        }
        for line in middle(&to) {
            writeln!(out, "  + {line}")?;
        }
        for line in from.iter().skip(from.len() - end) {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}

/// A document a member a line, anything else as it is, nothing as nothing.
fn lines(state: &State) -> Vec<String> {
    let Some(text) = state.text() else { return Vec::new() };
    match serde_json::from_str::<Value>(text) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => {
            format!("{value:#}").lines().map(printable).collect()
        }
        _ => vec![printable(text)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_shows_what_goes_and_what_comes() {
        let document = |action: &str| {
            State::of(
                json!({ "Statement": [{ "Action": action }], "Version": "2012-10-17" }).to_string(),
            )
        };
        for (from, to, expected) in [
            (State::ABSENT, State::of("Active"), "+ Active"),
            (State::of("NONE"), State::of("AWS_IAM"), "- NONE|+ AWS_IAM"),
            (State::of("x\u{1b}[2J"), State::ABSENT, "- x [2J"),
            (
                document("s3:*"),
                document("s3:GetObject"),
                "{|\"Statement\": [|{|- \"Action\": \"s3:*\"|+ \"Action\": \"s3:GetObject\"|}|],|\"Version\": \"2012-10-17\"|}",
            ),
        ] {
            let function = "arn:aws:lambda:eu-west-1:111122223333:function:pay".parse().unwrap();
            let slot = ::scan::repair::Slot::Tracing { function };
            let change = Change { slot, before: from.clone(), after: to.clone() };
            let mut out = Vec::new();
            changes(&mut out, [(&change, &from, &to)].into_iter()).unwrap();
            let text = String::from_utf8(out).unwrap();
            let said: Vec<String> = text
                .lines()
                .skip(2)
                .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
                .collect();
            assert_eq!(said.join("|"), expected);
        }
    }
}
