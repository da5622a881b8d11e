//! Names with values inside a longer text: JSON, connection strings, query strings, `.env` lines.

/// Each `name=value`, `"name": "value"` and `name: value` of `text`, in order.
pub(crate) fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let semicolons = text.contains(';');
    let marks = text.bytes().enumerate().filter(|(_, byte)| matches!(byte, b'=' | b':'));
    marks.filter_map(move |(at, mark)| {
        let (left, right) = (text.get(..at)?, text.get(at + 1..)?);
        let assigns = mark == b'=' || right.starts_with(' ') || left.ends_with(['"', '\'']);
        let name = if assigns { name_before(left) } else { None }?;
        Some((name, value_after(right, semicolons)?))
    })
}

/// The word that `text` ends with, in quotes or not.
fn name_before(text: &str) -> Option<&str> {
    let bare = text.trim_end_matches([' ', '"', '\'', '\\']);
    let letter = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let length = bare.bytes().rev().take(LONGEST_NAME + 1).take_while(letter).count();
    let name = bare.get(bare.len() - length..)?;
    (1..=LONGEST_NAME).contains(&length).then_some(name)
}

/// The value that `text` begins with: up to the closing quote, or else to a separator.
fn value_after(text: &str, semicolons: bool) -> Option<&str> {
    let text = text.trim_start_matches(' ');
    for quote in ["\\\"", "\"", "'"] {
        if let Some(rest) = text.strip_prefix(quote) {
            return rest.split(quote).next();
        }
    }
    if text.starts_with(['{', '[', '(']) && !text.starts_with("{{") {
        return None;
    }
    let ends = |c: char| match c {
        '\n' | '\r' | '"' | '\'' | ';' => true,
        '&' | ',' | ' ' | '}' => !semicolons,
        _ => false,
    };
    text.split(ends).next()
}

/// No field of a connection string or document has a longer name.
const LONGEST_NAME: usize = 64;
