use super::*;
use crate::Policy;

/// `conditions` is the JSON of a `Condition` element; `context` lists keys and values, `?` being
/// unknown, `!` present with unknown values.
fn holds(conditions: &str, context: &[(&str, &[&str])], version: Version) -> Tri {
    let statement = format!(r#"{{"Effect":"Allow","Action":"*","Condition":{conditions}}}"#);
    let policy = Policy::parse(&format!(r#"{{"Statement":{statement}}}"#)).unwrap();
    hold(&policy.statements[0].conditions, version, &|name| match context
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
    {
        None => Key::Absent,
        Some((_, ["?"])) => Key::Unknown,
        Some((_, ["!"])) => Key::Present,
        Some((_, values)) => Key::Values(values.iter().map(|v| v.to_string()).collect()),
    })
}

/// Each row: operator, values of the policy, value of the request, and whether they match.
#[test]
fn operators_compare() {
    use Tri::{No, Unknown, Yes};
    let cases = [
        ("StringEquals", r#"["a","b"]"#, "b", Yes),
        ("StringEquals", r#""a""#, "A", No),
        ("StringEquals", r#""a*""#, "ab", No),
        ("StringNotEquals", r#"["a","b"]"#, "b", No),
        ("StringNotEquals", r#"["a","b"]"#, "c", Yes),
        ("StringEqualsIgnoreCase", r#""Ab""#, "aB", Yes),
        ("StringNotEqualsIgnoreCase", r#""Ab""#, "aB", No),
        ("StringLike", r#""a?c*""#, "abcd", Yes),
        ("StringLike", r#""a?c*""#, "Abcd", No),
        ("StringNotLike", r#""a*""#, "abc", No),
        ("NumericEquals", "5", "5.0", Yes),
        ("NumericNotEquals", "5", "6", Yes),
        ("NumericLessThan", "5", "4", Yes),
        ("NumericLessThan", "5", "5", No),
        ("NumericLessThanEquals", "5", "5", Yes),
        ("NumericGreaterThan", "5", "5", No),
        ("NumericGreaterThan", "5", "10", Yes),
        ("NumericGreaterThanEquals", "5", "5", Yes),
        ("NumericEquals", "5", "five", Unknown),
        ("NumericNotEquals", r#""five""#, "5", Unknown),
        ("DateEquals", r#""2026-01-01""#, "2026-01-01T00:00:00Z", Yes),
        ("DateNotEquals", r#""2026-01-01""#, "2026-01-01T00:00:00Z", No),
        ("DateLessThan", r#""2026-01-01T02:00:00+02:00""#, "2025-12-31T23:59:59Z", Yes),
        ("DateLessThan", r#""2026-01-01T02:00:00+02:00""#, "2026-01-01T00:00:00Z", No),
        ("DateLessThanEquals", "1767225600", "2026-01-01T00:00:00Z", Yes),
        ("DateGreaterThan", r#""2026-01-01""#, "2026-01-02", Yes),
        ("DateGreaterThanEquals", r#""2026-01-01""#, "2025-01-02", No),
        ("DateGreaterThan", r#""soon""#, "2026-01-02", Unknown),
        ("Bool", "true", "True", Yes),
        ("Bool", r#""false""#, "true", No),
        ("BinaryEquals", r#""QmFy""#, "QmFy", Yes),
        ("BinaryEquals", r#""QmFy""#, "qmfy", No),
        ("IpAddress", r#""10.1.0.0/16""#, "10.1.255.1", Yes),
        ("IpAddress", r#"["10.1.0.0/16","10.3.0.1"]"#, "10.2.0.1", No),
        ("IpAddress", r#""10.3.0.1""#, "10.3.0.1", Yes),
        ("IpAddress", r#""0.0.0.0/0""#, "8.8.8.8", Yes),
        ("IpAddress", r#""0.0.0.0/0""#, "2001:db8::1", No),
        ("IpAddress", r#""2001:db8::/32""#, "2001:db8::1", Yes),
        ("IpAddress", r#""::/0""#, "2001:db8::1", Yes),
        ("IpAddress", r#""10.0.0.0/33""#, "10.0.0.1", Unknown),
        ("IpAddress", r#""office""#, "10.0.0.1", Unknown),
        ("IpAddress", r#""10.0.0.0/8""#, "AWS Internal", No),
        ("NotIpAddress", r#""10.0.0.0/8""#, "AWS Internal", Yes),
        ("ArnLike", r#""arn:aws:s3:::b*""#, "arn:aws:s3:::bucket", Yes),
        ("ArnEquals", r#""arn:aws:s3:::b*""#, "arn:aws:s3:::bucket", Yes),
        ("ArnNotLike", r#""arn:aws:s3:::b*""#, "arn:aws:s3:::bucket", No),
        ("ArnNotEquals", r#""arn:aws:s3:::b*""#, "arn:aws:sns:::bucket", Yes),
        ("Null", "true", "x", No),
        ("Null", "false", "x", Yes),
        ("Null", r#""maybe""#, "x", Unknown),
        ("StringEquals", "[]", "x", Unknown),
    ];
    for (operator, values, value, want) in cases {
        let conditions = format!(r#"{{"{operator}":{{"k":{values}}}}}"#);
        let got = holds(&conditions, &[("K", &[value])], Version::V2012);
        assert_eq!(got, want, "{conditions} {value}");
    }
}

/// Each row: operator, values of the policy, and the outcome when the key is absent, present with
/// unknown values, and unknown. Case 13 is the first row.
#[test]
fn what_is_not_known_decides_only_what_it_must() {
    use Tri::{No, Unknown, Yes};
    let cases = [
        ("StringEquals", r#""x""#, [No, Unknown, Unknown]),
        ("StringNotEquals", r#""x""#, [Yes, Unknown, Unknown]),
        ("StringEqualsIfExists", r#""x""#, [Yes, Unknown, Unknown]),
        ("StringNotEqualsIfExists", r#""x""#, [Yes, Unknown, Unknown]),
        ("StringLike", r#""*""#, [No, Yes, Unknown]),
        ("StringLike", r#"["x","*"]"#, [No, Yes, Unknown]),
        ("StringLikeIfExists", r#""*""#, [Yes, Yes, Yes]),
        ("StringNotLike", r#""*""#, [Yes, No, Unknown]),
        ("StringEquals", r#""*""#, [No, Unknown, Unknown]),
        ("ArnLike", r#""*""#, [No, Yes, Unknown]),
        ("ArnNotLikeIfExists", r#""arn:aws:s3:::b""#, [Yes, Unknown, Unknown]),
        ("Bool", "true", [No, Unknown, Unknown]),
        ("BoolIfExists", "true", [Yes, Unknown, Unknown]),
        ("NotIpAddress", r#""10.0.0.0/8""#, [Yes, Unknown, Unknown]),
        ("ForAllValues:StringEquals", r#""x""#, [Yes, Unknown, Unknown]),
        ("ForAllValues:StringLike", r#""*""#, [Yes, Yes, Yes]),
        ("ForAnyValue:StringEquals", r#""x""#, [No, Unknown, Unknown]),
        ("ForAnyValue:StringNotEquals", r#""x""#, [No, Unknown, Unknown]),
        ("ForAnyValue:StringEqualsIfExists", r#""x""#, [Yes, Unknown, Unknown]),
        ("Null", "true", [Yes, No, Unknown]),
        ("Null", "false", [No, Yes, Unknown]),
        ("Null", "[true,false]", [Yes, Yes, Unknown]),
    ];
    for (operator, values, want) in cases {
        let conditions = format!(r#"{{"{operator}":{{"k":{values}}}}}"#);
        let absent = holds(&conditions, &[], Version::V2012);
        assert_eq!(absent, holds(&conditions, &[("k", &[])], Version::V2012));
        let present = holds(&conditions, &[("k", &["!"])], Version::V2012);
        let unknown = holds(&conditions, &[("k", &["?"])], Version::V2012);
        assert_eq!([absent, present, unknown], want, "{conditions}");
    }
}

/// Each row: operator, and the outcome for values all, some and none of which are `a` or `b`.
#[test]
fn many_values_need_a_qualifier() {
    use Tri::{No, Unknown, Yes};
    let cases = [
        ("ForAllValues:StringEquals", [Yes, No, No]),
        ("ForAllValues:StringNotEquals", [No, No, Yes]),
        ("ForAnyValue:StringEquals", [Yes, Yes, No]),
        ("ForAnyValue:StringNotEquals", [No, Yes, Yes]),
        ("StringEquals", [Yes, Unknown, No]),
        ("StringNotEquals", [No, Unknown, Yes]),
    ];
    for (operator, want) in cases {
        let conditions = format!(r#"{{"{operator}":{{"k":["a","b"]}}}}"#);
        let values: [&[&str]; 3] = [&["a", "b"], &["c", "a"], &["c", "d"]];
        let got = values.map(|values| holds(&conditions, &[("k", values)], Version::V2012));
        assert_eq!(got, want, "{operator}");
    }
}

/// Case 14: variables.
#[test]
fn variables_stand_for_values_of_the_request() {
    use Tri::{No, Unknown, Yes};
    let equals = r#"{"StringEquals":{"k":"${aws:PrincipalTag/team}"}}"#;
    let unequal = r#"{"StringNotEquals":{"k":"${aws:PrincipalTag/team}"}}"#;
    let like = r#"{"StringLike":{"k":"${aws:PrincipalTag/team}/*"}}"#;
    let default = r#"{"StringEquals":{"k":"${aws:PrincipalTag/team, 'none'}"}}"#;
    let folded = r#"{"StringEqualsIgnoreCase":{"k":"${aws:PrincipalTag/team, 'None'}"}}"#;
    let star = r#"{"StringLike":{"k":"a${*}"}}"#;
    let team = "aws:principaltag/team";
    type Row<'a> = (&'a str, &'a [(&'a str, &'a [&'a str])], Tri);
    let cases: [Row<'_>; 14] = [
        (equals, &[("k", &["red"]), (team, &["red"])], Yes),
        (equals, &[("k", &["red"]), (team, &["blue"])], No),
        (equals, &[("k", &["red"])], No),
        (unequal, &[("k", &["red"])], Yes),
        (unequal, &[("k", &["red"]), (team, &["blue"])], Yes),
        (equals, &[("k", &["red"]), (team, &["?"])], Unknown),
        (equals, &[(team, &["red"])], No),
        (like, &[("k", &["red/x"]), (team, &["red"])], Yes),
        (like, &[("k", &["red/x"]), (team, &["r*"])], No),
        (default, &[("k", &["none"])], Yes),
        (default, &[("k", &["none"]), (team, &["red"])], No),
        (folded, &[("k", &["NONE"])], Yes),
        (star, &[("k", &["a*"])], Yes),
        (star, &[("k", &["ab"])], No),
    ];
    for (conditions, context, want) in cases {
        assert_eq!(holds(conditions, context, Version::V2012), want, "{conditions} {context:?}");
    }
    let literal = [("k", ["${aws:PrincipalTag/team}"].as_slice())];
    assert_eq!(holds(equals, &literal, Version::V2008), Yes);
}

#[test]
fn every_condition_must_hold() {
    let both = r#"{"StringEquals":{"a":"1","b":"2"},"Bool":{"c":"true"}}"#;
    let all: [(&str, &[&str]); 3] = [("a", &["1"]), ("b", &["2"]), ("c", &["true"])];
    assert_eq!(holds(both, &all, Version::V2012), Tri::Yes);
    assert_eq!(holds(both, &all[..2], Version::V2012), Tri::No);
    let unsure: [(&str, &[&str]); 3] = [("a", &["?"]), ("b", &["2"]), ("c", &["true"])];
    assert_eq!(holds(both, &unsure, Version::V2012), Tri::Unknown);
    assert_eq!(hold(&[], Version::V2012, &|_| Key::Unknown), Tri::Yes);
}
