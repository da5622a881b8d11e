//! What changes between two texts, line by line.

use iam::Policy;
use serde::Serialize;

/// A line of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Line {
    /// In both.
    Both(String),
    /// In the old text alone.
    Old(String),
    /// In the new text alone.
    New(String),
}

/// What changes between the policies of today and those proposed, each document as indented JSON in
/// the order given.
pub fn diff<'p>(
    old: impl IntoIterator<Item = &'p Policy>,
    new: impl IntoIterator<Item = &'p Policy>,
) -> Vec<Line> {
    let text = |policy: &Policy| serde_json::to_string_pretty(policy).unwrap_or_default();
    let old: Vec<String> = old.into_iter().map(text).collect();
    let new: Vec<String> = new.into_iter().map(text).collect();
    let lines = |texts: &'_ [String]| -> Vec<String> {
        texts.iter().flat_map(|text| text.lines()).map(str::to_owned).collect()
    };
    compared(lines(&old), lines(&new))
}

/// By the longest common subsequence.
fn compared(old: Vec<String>, new: Vec<String>) -> Vec<Line> {
    let width = new.len() + 1;
    // `common[i * width + j]`: lines that `old[i..]` and `new[j..]` have in common.
    let mut common = vec![0_u32; (old.len() + 1) * width];
    let at = |common: &[u32], i: usize, j: usize| common.get(i * width + j).copied().unwrap_or(0);
    for (i, left) in old.iter().enumerate().rev() {
        for (j, right) in new.iter().enumerate().rev() {
            let best = if left == right {
                at(&common, i + 1, j + 1) + 1
            } else {
                at(&common, i + 1, j).max(at(&common, i, j + 1))
            };
            if let Some(cell) = common.get_mut(i * width + j) {
                *cell = best;
            }
        }
    }
    let mut lines = Vec::with_capacity(old.len() + new.len());
    let (mut left, mut right) =
        (old.into_iter().enumerate().peekable(), new.into_iter().enumerate().peekable());
    loop {
        match (left.peek(), right.peek()) {
            (Some((_, l)), Some((_, r))) if l == r => {
                lines.extend(left.next().map(|(_, text)| Line::Both(text)));
                right.next();
            }
            (Some((i, _)), Some((j, _))) if at(&common, i + 1, *j) < at(&common, *i, j + 1) => {
                lines.extend(right.next().map(|(_, text)| Line::New(text)));
            }
            (Some(_), _) => lines.extend(left.next().map(|(_, text)| Line::Old(text))),
            (None, Some(_)) => lines.extend(right.next().map(|(_, text)| Line::New(text))),
            (None, None) => return lines,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_kept_taken_and_put() {
        let text = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        for (old, new, expected) in [
            ("", "", ""),
            ("a", "a", " a"),
            ("a", "b", "-a +b"),
            ("a b c", "a c", " a -b  c"),
            ("a c", "a b c", " a +b  c"),
            ("a b c d", "x b d y", "-a +x  b -c  d +y"),
        ] {
            let told: Vec<String> = compared(text(old), text(new))
                .into_iter()
                .map(|line| match line {
                    Line::Both(text) => format!(" {text}"),
                    Line::Old(text) => format!("-{text}"),
                    Line::New(text) => format!("+{text}"),
                })
                .collect();
            assert_eq!(told.join(" "), expected, "{old} -> {new}");
        }
    }
}
