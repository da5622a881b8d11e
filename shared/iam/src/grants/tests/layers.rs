use super::*;

/// What is masked of `action`, as text: `resource: why`.
fn masked(
    identity: &[&str],
    boundary: Option<&[&str]>,
    scps: &[&[&str]],
    action: &str,
) -> Vec<String> {
    let (identity, boundary) = (policy(identity), boundary.map(policy));
    let scps: Vec<Policy> = scps.iter().map(|statements| policy(statements)).collect();
    let levels: Vec<Vec<_>> = scps.iter().map(|scp| vec![("scp", scp)]).collect();
    let identity = [("p", &identity)];
    let boundary = boundary.as_ref().map(|b| ("b", b));
    let policies = Policies { identity: &identity, boundary, scps: &levels, ..Policies::default() };
    let text = |masked: &Masked<'_>| match masked.by {
        Mask::OnlyOnAll => format!("{}: only on *", masked.resource),
        Mask::OtherKind => format!("{}: other kind", masked.resource),
        Mask::Excluded => format!("{}: excluded", masked.resource),
        Mask::Denied(source) => format!("{}: denied by {source}", masked.resource),
        Mask::NotAllowed(layer) => format!("{}: not in {layer}", masked.resource),
    };
    Grants::of(&policies).ruling(action).masked.iter().map(text).collect()
}

/// The numbers are those of the project's list of correctness cases.
#[test]
fn what_is_allowed_in_vain_says_why() {
    type Row<'a> =
        (&'a str, &'a [&'a str], Option<&'a [&'a str]>, &'a [&'a [&'a str]], &'a [&'a str]);
    let all: &[&str] = &["Allow|s3:*|*"];
    let cases: [Row<'_>; 13] = [
        ("nothing", &[], None, &[], &[]),
        ("in effect", all, None, &[], &[]),
        ("5: excluded", &["Allow|s3:*|-*"], None, &[], &["*: excluded"]),
        (
            "6: whole",
            &["Allow|s3:*|arn:aws:s3:::b/x", "Deny|s3:*|arn:aws:s3:::b/*"],
            None,
            &[],
            &["arn:aws:s3:::b/x: denied by `p`, statement 2 (identity policies)"],
        ),
        ("6: part", &["Allow|s3:*|*", "Deny|s3:*|arn:aws:s3:::b/*"], None, &[], &[]),
        ("8: on condition", &["Allow|s3:*|*", "Deny|s3:*|*|k"], None, &[], &[]),
        ("9", all, Some(&["Allow|sqs:*|*"]), &[], &["*: not in permissions boundary"]),
        (
            "11: denied",
            all,
            None,
            &[&["Allow|*|*", "Deny|s3:Get*|*"]],
            &["*: denied by `scp`, statement 2 (service control policies of level 1)"],
        ),
        (
            "11: one level lacks it",
            all,
            None,
            &[&["Allow|*|*"], &["Allow|sqs:*|*"], &["Allow|*|*"]],
            &["*: not in service control policies of level 2"],
        ),
        ("11: every level has it", all, None, &[&["Allow|*|*"], &["Allow|s3:*|*"]], &[]),
        ("16", &["Allow|s3:*|arn:aws:s3:::b"], None, &[], &["arn:aws:s3:::b: other kind"]),
        (
            "16: other service",
            &["Allow|s3:*|arn:aws:sqs:r:1:q arn:aws:s3:::b/*"],
            None,
            &[],
            &["arn:aws:sqs:r:1:q: other kind"],
        ),
        (
            "18",
            &["Allow|s3:*|arn:aws-cn:s3:::b/*"],
            Some(&["Allow|s3:*|arn:aws:s3:::b/*"]),
            &[],
            &["arn:aws-cn:s3:::b/*: not in permissions boundary"],
        ),
    ];
    for (name, identity, boundary, scps, want) in cases {
        assert_eq!(masked(identity, boundary, scps, "s3:GetObject"), want, "case {name}");
    }
    let bucket: &[&str] = &["Allow|s3:*|arn:aws:s3:::b"];
    let found = masked(bucket, None, &[], "s3:ListAllMyBuckets");
    assert_eq!(found, ["arn:aws:s3:::b: only on *"], "case 15");
}

#[test]
fn groups_say_of_each_action_what_its_own_ruling_says() {
    let allow: &[&[&str]] = &[
        &["Allow|*|*"],
        &["Allow|-iam:*|*", "Deny|s3:*|*"],
        &[
            "Allow|s3:* sqs:*|arn:aws:s3:::b/* arn:aws:s3:::b",
            "Allow|s3:Get*|*",
            "Deny|s3:Put*|*|k",
        ],
        &["Allow|*|arn:aws:s3:::*", "Allow|lambda:*|arn:aws:lambda:*", "Deny|-s3:*|*"],
        &["Allow|s3:*|arn:*:s3:::b/${aws:username}/*"],
        &["Allow|*|arn:aws:*"],
        &[],
    ];
    let (bound, scp) =
        (policy(&["Allow|s3:* lambda:*|*"]), policy(&["Allow|*|*", "Deny|*:Delete*|*"]));
    let levels = [vec![("scp", &scp)]];
    for statements in allow {
        let identity = policy(statements);
        let identity = [("p", &identity)];
        for boundary in [None, Some(("b", &bound))] {
            let policies =
                Policies { identity: &identity, boundary, scps: &levels, ..Policies::default() };
            let grants = Grants::of(&policies);
            let groups = grants.groups();
            let mut all = ActionSet::new();
            for group in &groups {
                assert!(!all.overlaps(&group.actions) && !group.actions.is_empty());
                all |= &group.actions;
                let nameless = group.actions.iter().filter(|a| !a.takes_resources()).step_by(11);
                for action in group.actions.iter().step_by(23).chain(nameless) {
                    assert_eq!(
                        grants.ruling(&action.to_string()),
                        group.ruling,
                        "{action} of {statements:?}"
                    );
                }
            }
            assert_eq!(all, grants.actions());
            assert!(groups.len() < 40, "{} groups of {statements:?}", groups.len());
        }
    }
}

/// Case 52.
#[test]
fn names_of_no_action_are_told() {
    let policy = policy(&[
        "Allow|bedrock:Converse s3:GetObject s3:Gone*|*",
        "Allow|-nothing:*|*",
        "Deny|x:y|*",
    ]);
    let grants = Grants::new(&[("p", &policy)], None);
    let found: Vec<_> = grants.unknown().map(|(origin, name)| (origin.index, name)).collect();
    assert_eq!(found, [(0, "bedrock:Converse"), (0, "s3:Gone*")]);
}
