use std::collections::BTreeSet;

use iam::{Pattern, Variables, Version};

use super::text::escaped;

/// At most this many ARNs are written out.
const EXACT: usize = 8;

/// The patterns that stand for what an action was called on: the ARNs themselves, or where they are
/// many the text they begin with up to a delimiter. `None`: they have too little in common.
pub(super) fn ladder(arns: &BTreeSet<&str>) -> Option<Vec<String>> {
    // `${` would be read as a variable.
    if arns.is_empty() || arns.iter().any(|arn| arn.contains("${")) {
        return None;
    }
    if arns.len() <= EXACT {
        return Some(arns.iter().map(|arn| (*arn).to_owned()).collect());
    }
    let common = arns.iter().copied().reduce(common_prefix)?;
    let end = common.rfind(['/', ':'])? + 1;
    let prefix = common.get(..end)?;
    (prefix.matches(':').count() >= 5).then(|| vec![format!("{prefix}*")])
}

fn common_prefix<'a>(left: &'a str, right: &str) -> &'a str {
    let same = left.char_indices().zip(right.chars()).find(|((_, l), r)| l != r);
    let end = same.map_or(left.len().min(right.len()), |((at, _), _)| at);
    left.get(..end).unwrap_or_default()
}

/// What a granted pattern and a wanted one have in common, as far as one pattern can say it: never
/// more than is granted.
pub(super) fn meet(granted: &str, version: Version, wanted: &str) -> Option<String> {
    let want = Pattern::text(wanted);
    let narrowest = Pattern::resource(granted, version, Variables::Narrowest);
    if narrowest.is_some_and(|pattern| pattern.covers(&want)) {
        return Some(wanted.to_owned());
    }
    let widest = Pattern::resource(granted, version, Variables::Widest);
    widest.is_none_or(|pattern| pattern.overlaps(&want)).then(|| escaped(granted, version))
}

/// Leaves out what others cover.
pub(super) fn without_covered(patterns: BTreeSet<String>) -> BTreeSet<String> {
    if patterns.len() < 2 {
        return patterns;
    }
    let read = |text: &String, how| Pattern::resource(text, Version::V2012, how);
    let compiled: Vec<_> = patterns
        .iter()
        .map(|text| (read(text, Variables::Narrowest), read(text, Variables::Widest)))
        .collect();
    let covers = |wide: usize, narrow: usize| {
        let wide = compiled.get(wide).and_then(|(narrowest, _)| narrowest.as_ref());
        let narrow = compiled.get(narrow).and_then(|(_, widest)| widest.as_ref());
        wide.zip(narrow).is_some_and(|(wide, narrow)| wide.covers(narrow))
    };
    let count = patterns.len();
    let is_covered = |own: usize| {
        // Of two that are the same the first stays.
        (0..count)
            .any(|other| other != own && covers(other, own) && (other < own || !covers(own, other)))
    };
    patterns
        .into_iter()
        .enumerate()
        .filter(|(at, _)| !is_covered(*at))
        .map(|(_, text)| text)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_written_out_and_many_have_a_beginning_in_common() {
        let table = |n: usize| format!("arn:aws:dynamodb:eu-west-1:111122223333:table/t{n}");
        let many: Vec<String> = (0..9).map(table).collect();
        let all: BTreeSet<&str> = many.iter().map(String::as_str).collect();
        let expected = "arn:aws:dynamodb:eu-west-1:111122223333:table/*";
        assert_eq!(ladder(&all), Some(vec![expected.to_owned()]));
        let few: BTreeSet<&str> = many.iter().take(8).map(String::as_str).collect();
        assert_eq!(ladder(&few).map(|all| all.len()), Some(8));
        let far: Vec<String> =
            many.iter().map(|arn| arn.replace("eu-west-1", &arn[arn.len() - 2..])).collect();
        assert_eq!(ladder(&far.iter().map(String::as_str).collect()), None);
        assert_eq!(ladder(&BTreeSet::from(["arn:aws:s3:::b/${x}"])), None);
        assert_eq!(ladder(&BTreeSet::new()), None);
    }

    #[test]
    fn a_meeting_is_never_wider_than_the_grant() {
        let bucket = "arn:aws:s3:::b/*";
        for (granted, wanted, met) in [
            ("*", "arn:aws:s3:::b/k", Some("arn:aws:s3:::b/k")),
            (bucket, "arn:aws:s3:::b/k", Some("arn:aws:s3:::b/k")),
            (bucket, "arn:aws:s3:::c/k", None),
            ("arn:aws:s3:::b/k", bucket, Some("arn:aws:s3:::b/k")),
            ("arn:aws:s3:::b/*/x", "arn:aws:s3:::b/y*", Some("arn:aws:s3:::b/*/x")),
            (
                "arn:aws:s3:::b/${aws:userid}",
                "arn:aws:s3:::b/k",
                Some("arn:aws:s3:::b/${aws:userid}"),
            ),
            ("arn:aws:s3:::b/K", "arn:aws:s3:::b/k", None),
        ] {
            assert_eq!(meet(granted, Version::V2012, wanted).as_deref(), met, "{granted} {wanted}");
        }
        let old = meet("arn:aws:s3:::b/${x}*", Version::V2008, "arn:aws:s3:::b/*");
        assert_eq!(old.as_deref(), Some("arn:aws:s3:::b/${$}{x}*"));
    }

    #[test]
    fn what_others_cover_goes() {
        let set = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<BTreeSet<_>>();
        for (given, left) in [
            (&["a*", "ab", "b"][..], &["a*", "b"][..]),
            (&["*", "arn:aws:s3:::b"], &["*"]),
            (&["a**", "a*"], &["a*"]),
            (&["${aws:userid}", "a"], &["${aws:userid}", "a"]),
            (&["*", "${aws:userid}"], &["*"]),
        ] {
            assert_eq!(without_covered(set(given)), set(left), "{given:?}");
        }
    }
}
