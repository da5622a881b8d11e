mod layers;

use super::*;

/// A statement in short: `Effect|Action or -NotAction|Resource or -NotResource|key of a condition`,
/// lists separated by spaces.
fn policy(statements: &[&str]) -> Policy {
    let list = |name: &str, text: &str| {
        let (not, text) = text.strip_prefix('-').map_or(("", text), |text| ("Not", text));
        (format!("{not}{name}"), text.split(' ').map(str::to_owned).collect::<Vec<_>>())
    };
    let statement = |text: &&str| {
        let parts: Vec<&str> = text.split('|').collect();
        let (action, actions) = list("Action", parts[1]);
        let (resource, resources) = list("Resource", parts[2]);
        let mut json = serde_json::json!({
            "Effect": parts[0], action: actions, resource: resources,
        });
        if let Some(key) = parts.get(3) {
            json["Condition"] = serde_json::json!({ "StringEquals": { *key: "x" } });
        }
        json
    };
    let statements: Vec<_> = statements.iter().map(statement).collect();
    let json = serde_json::json!({ "Version": "2012-10-17", "Statement": statements });
    Policy::parse(&json.to_string()).unwrap()
}

/// The grants of `action` as text: `resource -excluded !denied &bounded ?condition ~unless`.
fn granted(identity: &[&str], boundary: Option<&[&str]>, action: &str) -> Vec<String> {
    let (identity, boundary) = (policy(identity), boundary.map(policy));
    let grants = Grants::new(&[("p", &identity)], boundary.as_ref().map(|b| ("b", b)));
    let resources = |sets: &[&Resources], mark: char| {
        let text = |set: &&Resources| match set {
            Resources::Only(list) => format!(" {mark}{}", list.join(",")),
            Resources::Except(list) => format!(" {mark}-{}", list.join(",")),
        };
        sets.iter().map(text).collect::<String>()
    };
    let keys = |conditions: &[&Condition], mark: char| {
        conditions.iter().map(|c| format!(" {mark}{}", c.key)).collect::<String>()
    };
    let text = |grant: &Grant<'_>| {
        let excluded: String = grant.excluded.iter().map(|text| format!(" -{text}")).collect();
        let denied = resources(&grant.denied, '!') + &resources(&grant.bounded, '&');
        let conditions = keys(&grant.conditions, '?') + &keys(&grant.unless, '~');
        format!("{}{excluded}{denied}{conditions}", grant.resource)
    };
    grants.allows(action).iter().map(text).collect()
}

/// The numbers are those of the project's list of correctness cases.
#[test]
fn denials_leave_what_they_do_not_wholly_take() {
    let b = "arn:aws:s3:::b/*";
    type Row<'a> = (&'a str, &'a [&'a str], &'a str, &'a [&'a str]);
    let cases: [Row<'_>; 27] = [
        ("2", &["Allow|S3:GETOBJ??T|*"], "s3:GetObject", &["*"]),
        ("4: granted", &["Allow|-iam:*|*"], "s3:GetObject", &["*"]),
        ("4: not granted", &["Allow|-iam:*|*"], "iam:PassRole", &[]),
        ("4: not denied", &["Allow|-iam:*|*", "Allow|iam:PassRole|*"], "iam:PassRole", &["*"]),
        (
            "5",
            &["Allow|s3:*|-arn:aws:s3:::secret/*"],
            "s3:GetObject",
            &["* -arn:aws:s3:::secret/*"],
        ),
        ("5: all", &["Allow|s3:*|-*"], "s3:GetObject", &[]),
        (
            "6: part",
            &["Allow|s3:*|*", "Deny|s3:Get*|arn:aws:s3:::b/*"],
            "s3:GetObject",
            &["* !arn:aws:s3:::b/*"],
        ),
        (
            "6: elsewhere",
            &["Allow|s3:*|*", "Deny|s3:Get*|arn:aws:s3:::b/*"],
            "s3:PutObject",
            &["*"],
        ),
        (
            "6: whole",
            &["Allow|s3:*|arn:aws:s3:::b/x*", "Deny|s3:Get*|arn:aws:s3:::b/*"],
            "s3:GetObject",
            &[],
        ),
        (
            "6: one of two",
            &["Allow|s3:*|arn:aws:s3:::a/* arn:aws:s3:::b/*", "Deny|s3:Get*|arn:aws:s3:::b/*"],
            "s3:GetObject",
            &["arn:aws:s3:::a/*"],
        ),
        (
            "6: apart",
            &["Allow|s3:*|arn:aws:s3:::a/*", "Deny|s3:*|arn:aws:s3:::b/*"],
            "s3:GetObject",
            &["arn:aws:s3:::a/*"],
        ),
        ("7: taken", &["Allow|*|*", "Deny|-sqs:*|*"], "s3:GetObject", &[]),
        ("7: left", &["Allow|*|*", "Deny|-sqs:*|*"], "sqs:SendMessage", &["*"]),
        (
            "deny NotResource",
            &["Allow|s3:*|*", "Deny|s3:*|-arn:aws:s3:::b/*"],
            "s3:GetObject",
            &["* !-arn:aws:s3:::b/*"],
        ),
        (
            "deny NotResource, apart",
            &["Allow|s3:*|arn:aws:s3:::a/*", "Deny|s3:*|-arn:aws:s3:::b/*"],
            "s3:GetObject",
            &[],
        ),
        (
            "deny NotResource, inside",
            &["Allow|s3:*|arn:aws:s3:::b/x", "Deny|s3:*|-arn:aws:s3:::b/*"],
            "s3:GetObject",
            &["arn:aws:s3:::b/x"],
        ),
        (
            "8",
            &["Allow|s3:*|*", "Deny|s3:*|*|aws:SecureTransport"],
            "s3:GetObject",
            &["* ~aws:SecureTransport"],
        ),
        ("12", &["Allow|s3:*|*|aws:RequestedRegion"], "s3:GetObject", &["* ?aws:RequestedRegion"]),
        (
            "14: may match",
            &["Allow|s3:*|arn:aws:s3:::b/${aws:PrincipalTag/t}/*"],
            "s3:GetObject",
            &["arn:aws:s3:::b/${aws:PrincipalTag/t}/*"],
        ),
        (
            "14: may not match",
            &["Allow|s3:*|arn:aws:s3:::b/x/*", "Deny|s3:*|arn:aws:s3:::b/${aws:PrincipalTag/t}/*"],
            "s3:GetObject",
            &["arn:aws:s3:::b/x/* !arn:aws:s3:::b/${aws:PrincipalTag/t}/*"],
        ),
        ("15", &["Allow|s3:*|arn:aws:s3:::b"], "s3:ListAllMyBuckets", &[]),
        ("15: all", &["Allow|s3:*|arn:aws:s3:::*"], "s3:ListAllMyBuckets", &["arn:aws:s3:::*"]),
        ("16", &["Allow|s3:*|arn:aws:s3:::b"], "s3:GetObject", &[]),
        ("16: right type", &["Allow|s3:*|arn:aws:s3:::b"], "s3:ListBucket", &["arn:aws:s3:::b"]),
        (
            "18",
            &["Allow|s3:*|arn:aws-cn:s3:::b/*", "Deny|s3:*|arn:aws:s3:::b/*"],
            "s3:GetObject",
            &["arn:aws-cn:s3:::b/*"],
        ),
        ("unknown action", &["Allow|s3:*|arn:aws:s3:::b/*"], "s3:BrandNewAction", &[b]),
        ("no allow", &["Deny|s3:*|*"], "s3:GetObject", &[]),
    ];
    for (name, statements, action, want) in cases {
        assert_eq!(granted(statements, None, action), want, "case {name}");
    }
}

#[test]
fn a_boundary_limits_and_grants_nothing() {
    type Row<'a> = (&'a str, &'a [&'a str], &'a [&'a str], &'a [&'a str]);
    let all: &[&str] = &["Allow|s3:*|*"];
    let b: &[&str] = &["Allow|s3:*|arn:aws:s3:::b/x"];
    let cases: [Row<'_>; 12] = [
        ("9", all, &["Allow|sqs:*|*"], &[]),
        ("10", &["Deny|sqs:*|*"], &["Allow|*|*"], &[]),
        ("same", all, &["Allow|s3:Get*|*"], &["*"]),
        (
            "part",
            all,
            &["Allow|s3:*|arn:aws:s3:::b/*", "Allow|s3:*|arn:aws:s3:::c/*"],
            &["* &arn:aws:s3:::b/* &arn:aws:s3:::c/*"],
        ),
        ("inside", b, &["Allow|s3:*|arn:aws:s3:::b/*"], &["arn:aws:s3:::b/x"]),
        ("apart", b, &["Allow|s3:*|arn:aws:s3:::c/*"], &[]),
        ("NotAction", all, &["Allow|-s3:*|*"], &[]),
        ("NotResource", all, &["Allow|s3:*|-arn:aws:s3:::b/*"], &["* &-arn:aws:s3:::b/*"]),
        ("denies too", all, &["Allow|*|*", "Deny|s3:Get*|*"], &[]),
        ("conditional", b, &["Allow|s3:*|*|k"], &["arn:aws:s3:::b/x ?k"]),
        (
            "elsewhere unconditional",
            all,
            &["Allow|*|*|k", "Allow|s3:*|arn:aws:s3:::b/*"],
            &["* &* &arn:aws:s3:::b/*"],
        ),
        ("also unconditional", b, &["Allow|s3:*|*|k", "Allow|*|*"], &["arn:aws:s3:::b/x"]),
    ];
    for (name, identity, boundary, want) in cases {
        assert_eq!(granted(identity, Some(boundary), "s3:GetObject"), want, "case {name}");
    }
}

#[test]
fn admin_is_everything_everywhere_always() {
    type Row<'a> = (&'a str, &'a [&'a str], Option<&'a [&'a str]>, Option<&'a [usize]>);
    let star = "Allow|*|*";
    let cases: [Row<'_>; 15] = [
        ("AdministratorAccess", &[star], None, Some(&[0])),
        ("other spellings", &["Allow|*:*|**"], None, Some(&[0])),
        ("two halves", &["Allow|-iam:*|*", "Allow|iam:*|*"], None, Some(&[0, 1])),
        ("two halves, one conditional", &["Allow|-iam:*|*", "Allow|iam:*|*|k"], None, None),
        ("PowerUserAccess", &["Allow|-iam:* organizations:*|*"], None, None),
        ("one service", &["Allow|s3:*|*"], None, None),
        ("some resources", &["Allow|*|arn:aws:*:*:*:*"], None, None),
        ("NotResource", &["Allow|*|-arn:aws:s3:::b"], None, None),
        ("conditional", &["Allow|*|*|aws:SourceIp"], None, None),
        ("denied in part", &[star, "Deny|iam:*|*"], None, None),
        ("denied nothing that exists", &[star, "Deny|nothing:*|*"], None, Some(&[0])),
        ("denied on condition", &[star, "Deny|*|*|aws:SecureTransport"], None, Some(&[0])),
        ("boundary", &[star], Some(&["Allow|s3:*|*"]), None),
        ("boundary that limits nothing", &[star], Some(&[star]), Some(&[0])),
        ("nothing", &[], None, None),
    ];
    for (name, identity, boundary, want) in cases {
        let (identity, boundary) = (policy(identity), boundary.map(policy));
        let grants = Grants::new(&[("p", &identity)], boundary.as_ref().map(|b| ("b", b)));
        let indices = grants.admin().map(|origins| origins.iter().map(|o| o.index).collect());
        assert_eq!(indices, want.map(Vec::from), "case {name}");
    }
}

#[test]
fn a_grant_names_its_statement() {
    let text = r#"{"Statement":[{"Effect":"Deny","Action":"sqs:*","Resource":"*"},
        {"Effect":"Allow","Action":"s3:*","Resource":"*"},
        {"Sid":"Read","Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}"#;
    let policy = Policy::parse(text).unwrap();
    let grants = Grants::new(&[("inline", &policy)], None);
    let names: Vec<_> =
        grants.allows("s3:GetObject").iter().map(|g| g.origin.to_string()).collect();
    assert_eq!(names, ["`inline`, statement 2", "`inline`, statement `Read`"]);
    let all: Vec<_> = grants.statements().map(|(origin, _)| origin.index).collect();
    assert_eq!(all, [1, 2]);
}
