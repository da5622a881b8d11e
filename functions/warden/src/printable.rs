/// A text of somebody else's for one place on a terminal: no control character, no line break, nothing
/// that turns the direction of reading.
pub(crate) fn printable(text: &str) -> String {
    let turns = |char: char| matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.replace(|char: char| char.is_control() || turns(char), " ")
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn nothing_moves_the_cursor_or_turns_the_line() {
        for (text, expected) in [
            ("plain, naïve, 日本", "plain, naïve, 日本"),
            ("\u{1b}[2Jx\r\ny", " [2Jx  y"),
            ("a\u{202e}b\u{2066}c\u{200f}d\u{9b}e", "a b c d e"),
        ] {
            assert_eq!(printable(text), expected);
        }
    }
}
