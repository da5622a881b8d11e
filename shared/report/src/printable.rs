/// A text of somebody else's for one place on a terminal or a page: no control character, no line
/// break, nothing that turns the direction of reading, nothing that is not seen.
pub fn printable(text: &str) -> String {
    text.replace(is_unsafe, " ")
}

/// As [`printable`], and no longer than a reader bears.
pub(crate) fn brief(text: &str) -> String {
    const MOST: usize = 2_000;
    // Cut first: ten megabytes of somebody else's cost no more than what is shown of them.
    match text.char_indices().nth(MOST) {
        Some((end, _)) => printable(text.get(..end).unwrap_or_default()) + "…",
        None => printable(text),
    }
}

/// A character that shows itself by what it does to others.
pub(crate) fn is_unsafe(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            // The soft hyphen, the marks and isolates of direction, what breaks a line, what has
            // no width, notes between lines, and the tags that spell invisible words.
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::{brief, printable};

    #[test]
    fn nothing_moves_the_cursor_or_turns_the_line() {
        for (text, expected) in [
            ("plain, naïve, 日本", "plain, naïve, 日本"),
            ("\u{1b}[2Jx\r\ny", " [2Jx  y"),
            ("a\u{202e}b\u{2066}c\u{200f}d\u{9b}e", "a b c d e"),
            ("a\u{61c}b\u{2028}c\u{2029}d\u{200b}e\u{feff}f", "a b c d e f"),
        ] {
            assert_eq!(printable(text), expected);
        }
    }

    #[test]
    fn what_is_long_is_cut_between_characters() {
        assert_eq!(brief(&"é".repeat(2_000)), "é".repeat(2_000));
        assert_eq!(brief(&"é".repeat(2_001)), "é".repeat(2_000) + "…");
    }
}
