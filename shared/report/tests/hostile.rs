//! Texts of an attacker's in every form: none leaves its place.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a helper that panics fails the test that called it"
)]

use report::{Posture, csv, html, json, ocsf, sarif};
use serde_json::Value;

mod support;
use support::filled_with;

/// What names, tags, policies and reasons may hold.
const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "</title><img src=x onerror=alert(1)>",
    "\"><svg onload=alert(1)>",
    "' onmouseover='alert(1)",
    "</style><iframe src=https://evil.example>",
    "<!--",
    "]]>",
    "&lt;script&gt;&#60;b&#62;",
    "javascript:alert(1)",
    "https://evil.example/\" onclick=\"alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "\u{9b}31m\u{7f}\u{0}\u{8}",
    "line\nbreak\r\nand\ttab\u{b}\u{c}\u{85}",
    "pay\u{202e}gnp.exe",
    "a\u{202a}\u{202b}\u{202d}\u{202c}\u{200e}\u{200f}b",
    "\u{2066}\u{2067}\u{2068}isolated\u{2069}",
    "\u{61c}arabic mark",
    "line\u{2028}and\u{2029}paragraph",
    "zero\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}\u{ad}width",
    "tag\u{e0041}\u{e007f}s",
    "=HYPERLINK(\"https://evil.example\")",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1,1)",
    "\t=1+1",
    "\r=1+1",
    "\u{200b}=1+1",
    "＝1+1",
    "a,b\"c\";d",
    "{\"a\":[1]}\\u0000\\",
    "%0d%0aSet-Cookie: a",
    "`</code><script>alert(1)</script>` and ` alone",
    "日本語 naïve 🦀",
];

/// Moves a cursor, turns a line, or is not seen; line breaks are judged by each form.
fn acts(char: char) -> bool {
    (char.is_control() && char != '\n' && char != '\r')
        || "\u{ad}\u{61c}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202b}\
            \u{202c}\u{202d}\u{202e}\u{2060}\u{2066}\u{2067}\u{2068}\u{2069}\u{feff}\u{e0041}\u{e007f}"
            .contains(char)
}

/// What an innocent text makes; a hostile one must have the same skeleton.
fn innocent() -> Posture {
    filled_with("innocent")
}

/// One form, and what of it only our own source may decide.
type Form = (&'static str, fn(&Posture) -> String, fn(&str) -> Vec<String>);

const FORMS: [Form; 5] = [
    ("html", html, tags),
    ("csv", csv, shape_of_csv),
    ("json", json, keys),
    ("sarif", sarif, keys),
    ("ocsf", ocsf, keys),
];

#[test]
fn nothing_leaves_its_place() {
    for text in HOSTILE {
        let posture = filled_with(text);
        for (name, render, skeleton) in FORMS {
            let written = render(&posture);
            assert!(!written.contains(acts), "{name} of {text:?} acts");
            // Links come and go with what may be followed; everything else stays.
            assert_eq!(skeleton(&written), skeleton(&render(&innocent())), "{name} of {text:?}");
        }
    }
}

#[test]
fn what_is_kept_reads_back_the_same() {
    for text in HOSTILE {
        let posture = filled_with(text);
        let read: Posture = serde_json::from_str(&json(&posture)).unwrap();
        assert!(read == posture, "{text:?}");
    }
}

#[test]
fn ten_megabytes_are_kept_once_and_shown_in_part() {
    let long = "<&\"'\u{202e}=long".repeat(10 * 1024 * 1024 / 12);
    let mut posture = innocent();
    posture.findings.iter_mut().take(1).for_each(|one| one.evidence.clone_from(&long));
    for (name, render, skeleton) in FORMS {
        let written = render(&posture);
        assert_eq!(skeleton(&written), skeleton(&render(&innocent())), "{name}");
        match name {
            "json" => assert!(serde_json::from_str::<Posture>(&written).unwrap() == posture),
            _ => assert!(written.len() < 200_000, "{name}: {} bytes", written.len()),
        }
    }
}

#[test]
fn only_plain_addresses_become_links() {
    for (source, is_link) in [
        ("https://docs.aws.amazon.com/lambda/latest/dg/a.html#b", true),
        ("http://docs.aws.amazon.com/", false),
        ("javascript:alert(1)", false),
        ("https://evil.example/\"onclick=", false),
        ("https://evil.example/<b>", false),
        ("https://evil.example/\u{202e}", false),
    ] {
        let mut posture = innocent();
        posture.rules.values_mut().for_each(|rule| rule.source = Some(source.to_owned()));
        assert_eq!(html(&posture).contains("<a rel="), is_link, "{source}");
        assert_eq!(sarif(&posture).contains("helpUri"), is_link, "{source}");
    }
}

#[test]
fn the_page_loads_and_runs_nothing() {
    let page = html(&innocent());
    for word in ["<script", "<link", "<img", "src=", "@import", "url(", " style=", " on"] {
        let found =
            page.match_indices(word).find(|(at, _)| word != " on" || is_handler(&page[*at..]));
        assert!(found.is_none(), "{word} in the page");
    }
    assert!(page.contains("default-src 'none'; style-src 'unsafe-inline'"));
}

/// ` onload=`, and no English word.
fn is_handler(text: &str) -> bool {
    let word: String = text.trim_start().chars().take_while(|c| c.is_ascii_alphabetic()).collect();
    text.trim_start()[word.len()..].starts_with('=')
}

/// Every tag with its attributes' names, as a browser's tokenizer would find them.
fn tags(page: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        let (mut tag, mut quote, mut end) = (String::new(), None, rest.len());
        for (at, char) in rest.char_indices() {
            match (quote, char) {
                (None, '>') => {
                    end = at + 1;
                    break;
                }
                (None, '"' | '\'') => quote = Some(char),
                (Some(open), _) if open == char => quote = None,
                (None, _) => tag.push(char),
                (Some(_), _) => {}
            }
        }
        // What stands between backticks is code, and nothing else.
        if !matches!(tag.as_str(), "<code" | "</code") {
            tags.push(tag);
        }
        rest = &rest[end..];
    }
    tags
}

/// Cells a line, after RFC 4180; a cell that a spreadsheet would calculate is none.
fn shape_of_csv(text: &str) -> Vec<String> {
    let (mut shape, mut cells, mut cell, mut quoted) = (vec![], 0, String::new(), false);
    let mut chars = text.chars().peekable();
    let done = |cell: &mut String, cells: &mut usize| {
        let formula = cell.trim_start().starts_with(['=', '+', '-', '@', '＝']);
        assert!(!formula, "{cell:?} is a formula");
        cell.clear();
        *cells += 1;
    };
    while let Some(char) = chars.next() {
        match char {
            '"' if quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => done(&mut cell, &mut cells),
            '\r' if !quoted => {
                assert_eq!(chars.next(), Some('\n'));
                done(&mut cell, &mut cells);
                shape.push(cells.to_string());
                cells = 0;
            }
            '\n' => panic!("a line break inside a cell"),
            other => cell.push(other),
        }
    }
    assert!(cell.is_empty() && !quoted, "the last line does not end");
    shape
}

/// The keys and the kinds of values, without texts and without what follows from them.
fn keys(text: &str) -> Vec<String> {
    fn walk(value: &Value, at: &str, into: &mut Vec<String>) {
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| {
                // The rules of a kept posture are keyed by id.
                let key = if at == "/rules" { "*" } else { key };
                walk(value, &format!("{at}/{key}"), into);
            }),
            // Requirements name frameworks, or do not.
            Value::Array(_) if at.ends_with("/standards") => {}
            Value::Array(all) => all.iter().for_each(|one| walk(one, &format!("{at}/-"), into)),
            _ => into.push(at.to_owned()),
        }
    }
    let mut all = Vec::new();
    walk(&serde_json::from_str(text).unwrap(), "", &mut all);
    all
}
