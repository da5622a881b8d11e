//! Names with values inside a longer text: JSON, connection strings, query strings, `.env` lines.

/// Each `name=value`, `"name": "value"` and `name: value` of `text`, in order.
pub(crate) fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let semicolons = text.contains(';');
    text.match_indices(['=', ':']).filter_map(move |(at, mark)| {
        let (left, right) = (text.get(..at)?, text.get(at + 1..)?);
        let (name, quoted) = name_before(left)?;
        let assigns = mark == "=" || quoted || right.starts_with(' ');
        let value = if assigns { value_after(right, semicolons) } else { None }?;
        Some((name, value))
    })
}

/// The word that `text` ends with, and whether it stands in quotes.
fn name_before(text: &str) -> Option<(&str, bool)> {
    let trimmed = text.trim_end_matches(' ');
    let bare = trimmed.trim_end_matches(['"', '\'', '\\']);
    let letter = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let length = bare.bytes().rev().take(LONGEST_NAME + 1).take_while(letter).count();
    let name = bare.get(bare.len() - length..)?;
    (1..=LONGEST_NAME).contains(&length).then_some((name, bare.len() < trimmed.len()))
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
        '\n' | '\r' | '"' | '\'' => true,
        ';' => true,
        '&' | ',' | ' ' | '}' => !semicolons,
        _ => false,
    };
    text.split(ends).next()
}

/// No field of a connection string or document has a longer name.
const LONGEST_NAME: usize = 64;
