//! Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, `${*}`.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>

use crate::Version;

/// A part of a string in a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// As written; wildcards are wildcards where the element knows them.
    Text(&'a str),
    /// `${*}`, `${?}` and `${$}`: the character itself.
    Literal(char),
    /// `${key}` or `${key, 'default'}`.
    Variable { key: &'a str, default: Option<&'a str> },
}

/// Splits a string at its variables. Under `2008-10-17` there are none.
pub(crate) fn pieces(text: &str, version: Version) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while version == Version::V2012
        && let Some((before, after)) = rest.split_once("${")
        && let Some((inside, after)) = after.split_once('}')
    {
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(variable(inside));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

fn variable(inside: &str) -> Piece<'_> {
    match inside {
        "*" => Piece::Literal('*'),
        "?" => Piece::Literal('?'),
        "$" => Piece::Literal('$'),
        _ => match inside.split_once(',') {
            None => Piece::Variable { key: inside.trim(), default: None },
            Some((key, default)) => {
                let default = default.trim();
                let bare = default.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
                Piece::Variable { key: key.trim(), default: Some(bare.unwrap_or(default)) }
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_at_variables() {
        let named = |key| Piece::Variable { key, default: None };
        let cases = [
            ("", vec![]),
            ("a*", vec![Piece::Text("a*")]),
            (
                "a/${aws:username}/b",
                vec![Piece::Text("a/"), named("aws:username"), Piece::Text("/b")],
            ),
            ("${a}${b}", vec![named("a"), named("b")]),
            ("${*}${?}${$}", vec![Piece::Literal('*'), Piece::Literal('?'), Piece::Literal('$')]),
            (
                "${aws:PrincipalTag/team, 'no one'}",
                vec![Piece::Variable { key: "aws:PrincipalTag/team", default: Some("no one") }],
            ),
            ("x${open", vec![Piece::Text("x${open")]),
        ];
        for (text, want) in cases {
            assert_eq!(pieces(text, Version::V2012), want, "{text}");
            let literal: Vec<_> =
                [Piece::Text(text)].into_iter().filter(|_| !text.is_empty()).collect();
            assert_eq!(pieces(text, Version::V2008), literal, "{text}");
        }
    }
}
