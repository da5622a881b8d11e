use crate::{Posture, printable::brief};

const HEADER: [&str; 14] = [
    "status",
    "severity",
    "rule",
    "title",
    "account",
    "region",
    "function",
    "arn",
    "owner",
    "first_seen",
    "evidence",
    "fix",
    "exempt_until",
    "exempt_by",
];

/// One line a finding, after RFC 4180, and one a gap with the status `gap`.
///
/// No cell is a formula to a spreadsheet.
pub fn csv(posture: &Posture) -> String {
    let mut text = String::new();
    line(&mut text, HEADER.map(str::to_owned));
    for one in &posture.findings {
        let rule = posture.rule(&one.rule);
        let exemption = one.exemption.as_ref();
        line(
            &mut text,
            [
                one.word().to_owned(),
                one.severity.label().to_lowercase(),
                one.rule.clone(),
                rule.title,
                one.function.account().to_owned(),
                one.function.region().to_owned(),
                one.function.name().to_owned(),
                one.function.to_string(),
                one.owner.clone().unwrap_or_default(),
                one.first_seen.map(|at| at.to_string()).unwrap_or_default(),
                one.evidence.clone(),
                rule.fix,
                exemption.map(|one| one.until.to_string()).unwrap_or_default(),
                exemption.and_then(|one| one.by.clone()).unwrap_or_default(),
            ],
        );
    }
    for gap in &posture.gaps {
        let mut cells: [String; HEADER.len()] = Default::default();
        let [status, _, _, _, account, region, _, arn, _, _, evidence, ..] = &mut cells;
        "gap".clone_into(status);
        match gap.of.split_once('/') {
            Some(place) => (*account, *region) = (place.0.to_owned(), place.1.to_owned()),
            None => arn.clone_from(&gap.of),
        }
        evidence.clone_from(&gap.why);
        line(&mut text, cells);
    }
    text
}

fn line(text: &mut String, cells: [String; HEADER.len()]) {
    let cells = cells.map(|one| cell(&one));
    text.push_str(&cells.join(","));
    text.push_str("\r\n");
}

/// Quoted where it must be; neutral where a spreadsheet would calculate.
///
/// Source: <https://owasp.org/www-community/attacks/CSV_Injection>
fn cell(text: &str) -> String {
    let begins = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    let shown = brief(text);
    let is_formula = text.starts_with(begins) || shown.trim_start().starts_with(begins);
    let shown = if is_formula { format!("'{shown}") } else { shown };
    match shown.contains([',', '"']) {
        true => format!("\"{}\"", shown.replace('"', "\"\"")),
        false => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn cells_are_inert_and_whole() {
        for (text, expected) in [
            ("orders", "orders"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("a\r\nb", "a  b"),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "' x"),
            ("\rx", "' x"),
            ("  =1", "'  =1"),
            ("\u{200b}=1", "' =1"),
            ("＝1", "'＝1"),
            ("=\"a\",1", "\"'=\"\"a\"\",1\""),
        ] {
            assert_eq!(cell(text), expected, "{text:?}");
        }
    }
}
