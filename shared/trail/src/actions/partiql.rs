//! What a PartiQL statement for DynamoDB does, and on what.

/// The kinds of statement, in the order of the actions that allow them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Select,
    Insert,
    Update,
    Delete,
}

/// A table, and one of its indexes.
pub(super) type Target<'s> = (&'s str, Option<&'s str>);

/// Which kind `statement` is of, and its table and index if it is plain to see.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html>
pub(super) fn read(statement: &str) -> Option<(Kind, Option<Target<'_>>)> {
    let mut words = statement.split_whitespace();
    let kind = match words.next()?.to_ascii_uppercase().as_str() {
        "SELECT" => Kind::Select,
        "INSERT" => Kind::Insert,
        "UPDATE" => Kind::Update,
        "DELETE" => Kind::Delete,
        _ => return None,
    };
    let before = match kind {
        Kind::Select | Kind::Delete => Some("FROM"),
        Kind::Insert => Some("INTO"),
        Kind::Update => None,
    };
    let target = match before {
        Some(before) => words.skip_while(|word| !word.eq_ignore_ascii_case(before)).nth(1),
        None => words.next(),
    };
    Some((kind, target.and_then(names)))
}

/// `"Music"."by-artist"`, `Music`, …
fn names(target: &str) -> Option<Target<'_>> {
    let target = target.trim_end_matches([',', ';']);
    match target.strip_prefix('"') {
        Some(quoted) => {
            let (table, rest) = quoted.split_once('"')?;
            let index = match rest {
                "" => None,
                rest => Some(rest.strip_prefix(".\"")?.strip_suffix('"')?),
            };
            plain(table, index)
        }
        None => match target.split_once('.') {
            Some((table, index)) => plain(table, Some(index.trim_matches('"'))),
            None => plain(target, None),
        },
    }
}

fn plain<'s>(table: &'s str, index: Option<&'s str>) -> Option<Target<'s>> {
    let is_name = |name: &str| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
    };
    (is_name(table) && index.is_none_or(is_name)).then_some((table, index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_tells_what_it_does_and_on_what() {
        let cases = [
            (
                r#"SELECT * FROM "Music" WHERE Artist=?"#,
                Some((Kind::Select, Some(("Music", None)))),
            ),
            ("select a, b\nfrom Music", Some((Kind::Select, Some(("Music", None))))),
            (
                r#"SELECT a FROM "Music"."by-artist" WHERE b=?"#,
                Some((Kind::Select, Some(("Music", Some("by-artist"))))),
            ),
            (r#"INSERT INTO "Music" VALUE {'a':'b'}"#, Some((Kind::Insert, Some(("Music", None))))),
            (r#"UPDATE "a.b" SET x=1"#, Some((Kind::Update, Some(("a.b", None))))),
            (r#"DELETE FROM "Music" WHERE a=?"#, Some((Kind::Delete, Some(("Music", None))))),
            (r#"DELETE FROM "Mu*ic" WHERE a=?"#, Some((Kind::Delete, None))),
            (r#"SELECT * FROM "Music WHERE"#, Some((Kind::Select, None))),
            ("SELECT", Some((Kind::Select, None))),
            ("EXISTS(SELECT * FROM Music)", None),
            ("HIDDEN_DUE_TO_SECURITY_REASONS", None),
            ("**********", None),
            ("", None),
        ];
        for (statement, expected) in cases {
            assert_eq!(read(statement), expected, "{statement}");
        }
    }
}
