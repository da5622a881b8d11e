use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

/// The meaning of a pattern, as plainly as it can be said.
fn naive(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        (['*', rest @ ..], _) => {
            naive(rest, text) || (!text.is_empty() && naive(pattern, &text[1..]))
        }
        (['?', rest @ ..], [_, after @ ..]) => naive(rest, after),
        ([want, rest @ ..], [char, after @ ..]) => want == char && naive(rest, after),
        _ => false,
    }
}

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

/// All texts of up to 9 characters over `a`, `b` and one that no pattern names.
static TEXTS: LazyLock<Vec<Vec<char>>> = LazyLock::new(|| {
    let mut all = vec![vec![]];
    let mut longest = all.clone();
    for _ in 0..9 {
        let longer = |text: &Vec<char>| ['a', 'b', '#'].map(|char| [text, &[char][..]].concat());
        longest = longest.iter().flat_map(longer).collect();
        all.extend_from_slice(&longest);
    }
    all
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    #[test]
    fn matches_as_the_naive_reference(pattern in "[ab*?]{0,9}", text in "[ab#é]{0,10}") {
        let want = naive(&chars(&pattern), &chars(&text));
        prop_assert_eq!(Pattern::text(&pattern).matches(&text), want);
        let shouted = text.to_ascii_uppercase();
        prop_assert_eq!(Pattern::action(&pattern).matches(&shouted), want);
    }

    /// A shortest counterexample needs no more characters than `narrow` and `wide` have together.
    #[test]
    fn covers_and_overlaps_as_the_naive_reference(wide in "[ab*?]{0,5}", narrow in "[ab*?]{0,4}") {
        let (w, n) = (chars(&wide), chars(&narrow));
        let matched: Vec<_> = TEXTS.iter().filter(|text| naive(&n, text)).collect();
        let both = matched.iter().filter(|text| naive(&w, text)).count();
        let (wide, narrow) = (Pattern::text(&wide), Pattern::text(&narrow));
        prop_assert_eq!(wide.covers(&narrow), both == matched.len());
        prop_assert_eq!(wide.overlaps(&narrow), both > 0);
        prop_assert_eq!(narrow.overlaps(&wide), both > 0);
    }

    #[test]
    fn covering_is_an_order(a in "[ab*?]{0,8}", b in "[ab*?]{0,8}", c in "[ab*?]{0,8}") {
        let [a, b, c] = [a, b, c].map(|text| Pattern::text(&text));
        prop_assert!(a.covers(&a));
        prop_assert!(!(a.covers(&b) && b.covers(&c)) || a.covers(&c));
        prop_assert!(!a.covers(&b) || a.overlaps(&b));
    }
}

#[test]
fn covers_gaps_that_only_their_length_decides() {
    let cases = [
        ("*a?*b", "a*b", false),
        ("*a?*b", "a*xb", true),
        ("a*b?*b", "a*bbb*b", true),
        ("*a??b*", "a*b", false),
        ("*a???*", "xa*abc*", true),
        ("*a?b*a*b*", "a*b", false),
        ("s3:*", "s3:get*", true),
        ("s3:get*", "s3:*", false),
        ("*", "", true),
        ("?", "*", false),
    ];
    for (wide, narrow, want) in cases {
        assert_eq!(Pattern::text(wide).covers(&Pattern::text(narrow)), want, "{wide} ⊇ {narrow}");
    }
}

#[test]
fn patterns_of_one_meaning_are_equal() {
    for (left, right) in [("a**b", "a*b"), ("*?", "?*"), ("*?*?", "??*")] {
        assert_eq!(Pattern::text(left), Pattern::text(right));
    }
    assert_ne!(Pattern::text("?"), Pattern::text("?*"));
}

#[test]
fn long_patterns_take_no_longer() {
    let many = Pattern::text(&"*a?".repeat(600));
    let text = "a".repeat(2000);
    assert!(!many.matches(&text[..1199]));
    assert!(many.matches(&text));
    assert!(Pattern::text("*").covers(&many) && many.covers(&many) && many.overlaps(&many));
    assert!(!Pattern::text(&"*a*".repeat(600)).covers(&Pattern::text(&"*b*".repeat(600))));
}

/// Cases 2 and 3: actions without, ARNs with regard to case.
#[test]
fn case_matters_in_arns_only() {
    for pattern in ["s3:Get?bject", "S3:GETOBJECT", "*:getobject", "s3:*"] {
        assert!(Pattern::action(pattern).matches("s3:GetObject"), "{pattern}");
    }
    let arn = Pattern::resource("arn:aws:s3:::b/K", Version::V2012, Variables::Widest).unwrap();
    assert!(arn.matches("arn:aws:s3:::b/K") && !arn.matches("arn:aws:s3:::b/k"));
}

/// Case 18 among others.
#[test]
fn resources_match_as_in_identity_policies() {
    let cases = [
        ("*", "arn:aws-cn:s3:::b", true),
        ("arn:aws:s3:::b", "arn:aws-cn:s3:::b", false),
        ("arn:aws-us-gov:s3:::*", "arn:aws:s3:::b", false),
        ("arn:*:s3:::b", "arn:aws-eusc:s3:::b", true),
        ("arn:aws:sqs:*", "arn:aws:sqs:eu-west-1:111122223333:q", true),
        ("arn:aws:sqs", "arn:aws:sqs:eu-west-1:111122223333:q", true),
        ("arn:aws:logs:*:*:*", "arn:aws:logs:r:1:log-group:g:log-stream:s", true),
        ("arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/ann/x", true),
        ("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/x", false),
        ("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/*", true),
    ];
    for (pattern, arn, want) in cases {
        let pattern = Pattern::resource(pattern, Version::V2012, Variables::Widest).unwrap();
        assert_eq!(pattern.matches(arn), want, "{pattern:?} {arn}");
    }
    let narrow = |text| Pattern::resource(text, Version::V2012, Variables::Narrowest);
    assert_eq!(narrow("arn:aws:s3:::b/${aws:username}"), None);
    assert!(narrow("arn:aws:s3:::b/${?}").is_some_and(|p| p.matches("arn:aws:s3:::b/?")));
    let old = Pattern::resource("${aws:username}", Version::V2008, Variables::Narrowest).unwrap();
    assert!(old.matches("${aws:username}") && !old.matches("ann"));
}

#[test]
fn arn_conditions_compare_field_by_field() {
    let cases = [
        ("arn:aws:s3:::b*", "arn:aws:s3:::bucket", true),
        ("arn:aws:sns:*:111122223333:*", "arn:aws:sns:eu-west-1:111122223333:t", true),
        ("arn:aws:sns:*:111122223333:*", "arn:aws:sns:a:b:444455556666:111122223333:t", false),
        ("arn:aws:logs:*:*:log-group:*", "arn:aws:logs:r:1:log-group:g:log-stream:s", true),
        ("arn:aws:s3:::b", "arn:aws-cn:s3:::b", false),
        ("*", "arn:aws:s3:::b", true),
        ("*", "no arn", true),
        ("arn:*", "arn:aws:s3:::b", true),
        ("arn:*", "arn:x", false),
    ];
    for (pattern, text, want) in cases {
        assert_eq!(arn_like(&Pattern::text(pattern), text), want, "{pattern} {text}");
    }
}
