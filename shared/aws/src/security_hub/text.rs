/// `text` as the finding format takes it: one line of at most `limit` characters, `None` where
/// nothing in it can be seen.
///
/// Security Hub checks texts against `.*\S.*`, in which a dot stands for no line end; so control
/// characters become spaces.
pub(super) fn line(text: &str, limit: usize) -> Option<String> {
    let line = text.replace(char::is_control, " ");
    if line.trim().is_empty() {
        return None;
    }
    if line.chars().count() <= limit {
        return Some(line);
    }
    let kept = line.chars().take(limit.saturating_sub(1));
    Some(kept.chain(['…']).collect())
}

/// `text` without limit, `None` where nothing in it can be seen.
pub(super) fn visible(text: &str) -> Option<String> {
    line(text, usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters() {
        for (text, limit, expected) in [
            ("short", 5, Some("short")),
            ("longer", 5, Some("long…")),
            ("äöüßé", 5, Some("äöüßé")),
            ("äöüßéà", 5, Some("äöüß…")),
            ("👩‍🚀👩‍🚀", 3, Some("👩\u{200d}…")),
            ("two\nlines\tand a tab", 99, Some("two lines and a tab")),
            ("", 5, None),
            (" \n\u{0} ", 5, None),
        ] {
            assert_eq!(line(text, limit).as_deref(), expected, "{text:?}");
        }
    }
}
