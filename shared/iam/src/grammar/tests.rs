use super::*;

/// A statement that says nothing beyond what a case is about.
fn plain() -> Statement {
    Statement {
        sid: None,
        effect: Effect::Allow,
        principals: None,
        actions: Actions::Only(vec!["s3:GetObject".into()]),
        resources: Some(Resources::Only(vec!["*".into()])),
        conditions: vec![],
    }
}

fn condition(operator: Operator, key: &str, values: &[&str]) -> Condition {
    let values = values.iter().map(|value| value.to_string()).collect();
    Condition { set: None, operator, if_exists: false, key: key.into(), values }
}

/// Reads `text`, expects `want`, writes it and reads it again in all three serde forms.
#[track_caller]
fn reads(text: &str, want: Statement) {
    let policy = Policy::parse(text).unwrap();
    assert_eq!(policy.statements, [want], "{text}");
    let written = serde_json::to_string(&policy).unwrap();
    assert_eq!(Policy::parse(&written).unwrap(), policy, "{written}");
    assert_eq!(serde_json::from_str::<Policy>(&written).unwrap(), policy);
    let quoted = serde_json::to_string(&written).unwrap();
    assert_eq!(serde_json::from_str::<Policy>(&quoted).unwrap(), policy);
    let again = serde_json::to_string(&Policy::parse(&written).unwrap()).unwrap();
    assert_eq!(again, written, "the written form is stable");
}

#[test]
fn reads_every_shape_of_a_list() {
    let one = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#;
    let lists = r#"{"Effect":"Allow","Action":["s3:GetObject"],"Resource":["*"]}"#;
    for statement in [one, lists] {
        reads(&format!(r#"{{"Statement":{statement}}}"#), plain());
        reads(
            &format!(r#"{{"Version":"2012-10-17","Id":"x","Statement":[{statement}]}}"#),
            plain(),
        );
    }
}

#[test]
fn reads_every_element() {
    let cases = [
        (
            r#""Effect":"Deny","NotAction":["iam:*","sts:*"],"Resource":"*""#,
            Statement {
                effect: Effect::Deny,
                actions: Actions::Except(vec!["iam:*".into(), "sts:*".into()]),
                ..plain()
            },
        ),
        (
            r#""Sid":"S","Effect":"Allow","Action":"s3:GetObject","NotResource":["a","b"]"#,
            Statement {
                sid: Some("S".into()),
                resources: Some(Resources::Except(vec!["a".into(), "b".into()])),
                ..plain()
            },
        ),
        (
            r#""Effect":"Allow","Action":"s3:GetObject","Principal":"*""#,
            Statement {
                principals: Some(Principals::Only(vec![Principal::Anyone])),
                resources: None,
                ..plain()
            },
        ),
        (
            r#""Effect":"Allow","Action":"s3:GetObject","Principal":{"AWS":"*"}"#,
            Statement {
                principals: Some(Principals::Only(vec![Principal::Anyone])),
                resources: None,
                ..plain()
            },
        ),
        (
            r#""Effect":"Deny","Action":"s3:GetObject","NotPrincipal":{"Service":"a.com",
                "AWS":["*",111122223333],"Federated":"f","CanonicalUser":"c"}"#,
            Statement {
                effect: Effect::Deny,
                principals: Some(Principals::Except(vec![
                    Principal::Service("a.com".into()),
                    Principal::Anyone,
                    Principal::Aws("111122223333".into()),
                    Principal::Federated("f".into()),
                    Principal::CanonicalUser("c".into()),
                ])),
                resources: None,
                ..plain()
            },
        ),
        (
            r#""Effect":"Allow","Action":"s3:GetObject","Principal":{"AWS":["*","111122223333"]}"#,
            Statement {
                principals: Some(Principals::Only(vec![
                    Principal::Anyone,
                    Principal::Aws("111122223333".into()),
                ])),
                resources: None,
                ..plain()
            },
        ),
        (
            r#""Effect":"Allow","Action":[],"Resource":[],"Condition":{}"#,
            Statement {
                actions: Actions::Only(vec![]),
                resources: Some(Resources::Only(vec![])),
                ..plain()
            },
        ),
    ];
    for (elements, want) in cases {
        reads(&format!(r#"{{"Statement":[{{{elements}}}]}}"#), want);
    }
}

#[test]
fn reads_every_shape_of_a_condition() {
    use Operator::{Bool, Null, NumericEquals, StringEquals, StringLike};
    let set = |set, if_exists, plain| Condition { set: Some(set), if_exists, ..plain };
    let cases = [
        (r#"{"StringEquals":{"a":"x"}}"#, vec![condition(StringEquals, "a", &["x"])]),
        (r#"{"stringequals":{"a":["x","y"]}}"#, vec![condition(StringEquals, "a", &["x", "y"])]),
        (r#"{"Bool":{"a":true}}"#, vec![condition(Bool, "a", &["true"])]),
        (r#"{"Null":{"a":[false]}}"#, vec![condition(Null, "a", &["false"])]),
        (
            r#"{"NumericEquals":{"a":[443,1.5,-1]}}"#,
            vec![condition(NumericEquals, "a", &["443", "1.5", "-1"])],
        ),
        (
            r#"{"StringLike":{"b":"x","a":"y"},"Bool":{"b":"true"}}"#,
            vec![
                condition(StringLike, "b", &["x"]),
                condition(StringLike, "a", &["y"]),
                condition(Bool, "b", &["true"]),
            ],
        ),
        (
            r#"{"StringEqualsIfExists":{"a":"x"}}"#,
            vec![Condition { if_exists: true, ..condition(StringEquals, "a", &["x"]) }],
        ),
        (
            r#"{"ForAnyValue:StringLike":{"a":"x"},"ForAllValues:StringLikeIfExists":{"a":[]}}"#,
            vec![
                set(SetQualifier::ForAnyValue, false, condition(StringLike, "a", &["x"])),
                set(SetQualifier::ForAllValues, true, condition(StringLike, "a", &[])),
            ],
        ),
    ];
    for (json, conditions) in cases {
        let rest = r#""Effect":"Allow","Action":"s3:GetObject","Resource":"*""#;
        let text = format!(r#"{{"Statement":{{{rest},"Condition":{json}}}}}"#);
        reads(&text, Statement { conditions, ..plain() });
    }
}

#[test]
fn every_operator_reads_its_own_name() {
    for (operator, name) in Operator::NAMES {
        assert_eq!(Operator::read(name), Some((None, operator, false)));
        let suffixed = Operator::read(&format!("{name}IfExists"));
        let want = (operator != Operator::Null).then_some((None, operator, true));
        assert_eq!(suffixed, want, "{name}");
        assert_eq!(operator.name(), name);
    }
}

#[test]
fn writes_the_shortest_form() {
    let text = r#"{"Statement":[{"Resource":["*"],"Action":["a:B","a:C"],"Effect":"Allow",
        "Condition":{"Bool":{"x":[true]}},"Principal":{"AWS":["*"]}}]}"#;
    let want = concat!(
        r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","#,
        r#""Action":["a:B","a:C"],"Resource":"*","Condition":{"Bool":{"x":"true"}}}]}"#,
    );
    assert_eq!(serde_json::to_string(&Policy::parse(text).unwrap()).unwrap(), want);
}

#[test]
fn version_is_the_old_one_unless_named() {
    let version =
        |head: &str| Policy::parse(&format!(r#"{{{head}"Statement":[]}}"#)).unwrap().version;
    assert_eq!(version(""), Version::V2008);
    assert_eq!(version(r#""Version":"2008-10-17","#), Version::V2008);
    assert_eq!(version(r#""Version":"2012-10-17","#), Version::V2012);
}

#[test]
fn refuses_what_aws_refuses() {
    let documents = [
        ("", "policy is not JSON: EOF while parsing a value at line 1 column 0"),
        ("[]", "policy is not a JSON object"),
        (r#""{}""#, "policy is not a JSON object"),
        ("{}", "`Statement` is missing"),
        (r#"{"statement":[]}"#, "`statement` is not an element of a policy here"),
        (r#"{"Version":"2020","Statement":[]}"#, "`Version` must be `2012-10-17` or `2008-10-17`"),
        (r#"{"Id":7,"Statement":[]}"#, "`Id` must be a string, is a number"),
        (r#"{"Statement":[7]}"#, "statement 1: must be an object, is a number"),
        (
            r#"{"Statement":[],"Statement":[]}"#,
            "policy is not JSON: `Statement` stands twice in one object at line 1 column 31",
        ),
    ];
    for (text, want) in documents {
        assert_eq!(Policy::parse(text).unwrap_err().to_string(), want, "{text}");
    }
    let both = "cannot stand beside its negation; keep one of the two";
    let statements = [
        (r#""Action":"a:B""#, "`Effect` is missing".to_owned()),
        (r#""Effect":"Allow""#, "`Action` is missing".into()),
        (
            r#""Effect":"allow","Action":"a:B""#,
            "`Effect` must be `Allow` or `Deny`, in this case".into(),
        ),
        (r#""Efect":"Allow""#, "`Efect` is not an element of a policy here".into()),
        (r#""Action":"a:B","NotAction":"a:C""#, format!("`NotAction` {both}")),
        (r#""NotResource":"b","Resource":"a""#, format!("`Resource` {both}")),
        (r#""Principal":"*","NotPrincipal":"*""#, format!("`NotPrincipal` {both}")),
        (r#""Action":["a:B",7]"#, "`Action` must be a string, is a number".into()),
        (
            r#""Principal":"me""#,
            r#"`Principal` must be `*` or an object such as {"AWS": "…"}"#.into(),
        ),
        (r#""Principal":{"aws":"x"}"#, "`Principal.aws` is not an element of a policy here".into()),
        (r#""Principal":{"AWS":null}"#, "`Principal.AWS` must be a string, is null".into()),
        (r#""Condition":[]"#, "`Condition` must be an object, is a list".into()),
        (
            r#""Condition":{"StringIs":{}}"#,
            "`Condition.StringIs` is not a condition operator of IAM".into(),
        ),
        (
            r#""Condition":{"NullIfExists":{}}"#,
            "`Condition.NullIfExists` is not a condition operator of IAM".into(),
        ),
        (
            r#""Condition":{"Some:Bool":{}}"#,
            "`Condition.Some:Bool` is not a condition operator of IAM".into(),
        ),
        (
            r#""Condition":{"Bool":{"a":{}}}"#,
            "`Condition.Bool.a` must be a string, is an object".into(),
        ),
        (
            r#""Condition":{"Bool":{"a":"true"},"bool":{"A":"false"}}"#,
            "`Condition.bool.A` stands twice".into(),
        ),
    ];
    for (elements, want) in statements {
        let text = format!(r#"{{"Statement":[{{{elements}}}]}}"#);
        let error = Policy::parse(&text).unwrap_err();
        assert_eq!(error.to_string(), format!("statement 1: {want}"), "{text}");
        let text = format!(r#"{{"Statement":[{{{elements},"Sid":"Mine"}}]}}"#);
        let error = Policy::parse(&text).unwrap_err();
        assert_eq!(error.to_string(), format!("statement `Mine`: {want}"), "{text}");
    }
}
