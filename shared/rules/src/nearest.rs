/// The candidate nearest to `word`, if one is near enough to be what was meant: at most one edit
/// in three letters.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .min()
        .filter(|(edits, candidate)| edits * 3 <= candidate.chars().count())
        .map(|(_, candidate)| candidate)
}

/// `; did you mean …?`, or nothing: to be put behind an error that names `word`.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, candidates).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

/// Letters to insert, drop or replace until `from` reads `to`.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (index, letter) in from.chars().enumerate() {
        let mut left = index + 1;
        let mut next = vec![left];
        for (other, pair) in to.chars().zip(row.windows(2)) {
            let &[diagonal, above] = pair else { continue };
            left = (diagonal + usize::from(letter != other)).min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_edits() {
        for (from, to, edits) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("vpc-egress", "vpc-egress", 0),
            ("kitten", "sitting", 3),
            ("runtime-depracated", "runtime-deprecated", 1),
        ] {
            assert_eq!(distance(from, to), edits, "{from} -> {to}");
        }
    }

    #[test]
    fn only_a_near_name_is_offered() {
        let names = ["runtime-deprecated", "vpc-missing"];
        assert_eq!(nearest("runtime-deprectaed", names), Some("runtime-deprecated"));
        assert_eq!(nearest("vpc_missing", names), Some("vpc-missing"));
        assert_eq!(nearest("bx", ["by"]), None, "one edit in two letters");
        assert_eq!(nearest("abx", ["abc"]), Some("abc"), "one edit in three letters");
        assert_eq!(nearest("role-admin", names), None);
        assert_eq!(nearest("anything", []), None);
    }
}
