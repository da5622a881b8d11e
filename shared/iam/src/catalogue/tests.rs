use super::*;
use crate::Actions;

fn names(pattern: &str) -> Vec<String> {
    expand(pattern).map(|action| action.to_string()).collect()
}

/// What `refresh.py` has to keep.
#[test]
fn the_data_holds_together() {
    assert!(DATE.bytes().enumerate().all(|(i, b)| (b == b'-') == (i == 4 || i == 7)), "{DATE}");
    let rest: usize = Service::all()
        .iter()
        .map(|s| {
            let head = format!("{} {} {}\n", s.prefix, s.types.len(), s.actions.len());
            head.len() + s.types.len() + s.actions.len()
        })
        .sum();
    assert_eq!(rest + DATA.lines().next().unwrap().len() + 1, DATA.len(), "every byte is read");
    assert!(Service::all().is_sorted_by(|a, b| compare(a.prefix, b.prefix).is_lt()));
    for service in Service::all() {
        let lines = service.actions.lines();
        let names: Vec<_> = lines.map(|line| line.split_once(' ').unwrap().0).collect();
        assert!(names.is_sorted_by(|a, b| compare(a, b).is_lt()), "{}", service.prefix);
    }
    for action in actions() {
        assert_eq!(super::action(&action.to_string()), Some(action), "{action}");
        let listed = action.details().split(',').count();
        let types: Vec<_> = action.resource_types().collect();
        assert_eq!(types.len(), if action.takes_resources() { listed } else { 0 }, "{action}");
        let arn = |arn: &str| arn.starts_with("arn:*:") && arn.split(':').count() >= 6;
        assert!(types.iter().all(|kind| kind.arns().all(arn)), "{action}");
    }
}

#[test]
fn the_data_is_whole_and_small() {
    assert!(actions().count() >= 22_000);
    assert!(services().count() >= 450);
    assert!(DATA.len() < 800_000, "{} bytes in every binary", DATA.len());
    assert!(Service::all().iter().all(|service| !service.actions.is_empty()));
}

#[test]
fn finds_an_action_whatever_its_case() {
    let found = action("S3:getOBJECT").unwrap();
    assert_eq!((found.service(), found.name()), ("s3", "GetObject"));
    assert_eq!(found.level(), AccessLevel::Read);
    let types: Vec<_> = found.resource_types().collect();
    assert!(types.iter().any(|t| t.name == "object" && t.arns().eq(["arn:*:s3:::*/*"])));
    let first = Service::all()[0].actions.lines().next().unwrap().split(' ').next().unwrap();
    assert!(action(&format!("{}:{first}", Service::all()[0].prefix)).is_some());
    for name in ["", "s3", "s3:", "s3:GetObjec", "s3:GetObject2", "s4:GetObject", "s3:zzz", "*"] {
        assert_eq!(action(name), None, "{name}");
    }
}

#[test]
fn knows_levels_and_actions_without_resources() {
    let cases = [
        ("s3:ListAllMyBuckets", AccessLevel::List, false),
        ("s3:ListBucket", AccessLevel::List, true),
        ("s3:PutObject", AccessLevel::Write, true),
        ("lambda:TagResource", AccessLevel::Tagging, true),
        ("iam:PutRolePolicy", AccessLevel::PermissionsManagement, true),
        ("sts:GetCallerIdentity", AccessLevel::Read, false),
    ];
    for (name, level, resources) in cases {
        let action = action(name).unwrap();
        assert_eq!((action.level(), action.takes_resources()), (level, resources), "{name}");
    }
}

#[test]
fn formats_of_one_type_are_told_apart() {
    let action = expand("apigateway:*").find(|a| a.resource_types().any(|t| t.name == "stage"));
    let stage = action.unwrap().resource_types().find(|t| t.name == "stage").unwrap();
    assert!(stage.arns().count() == 2 && stage.arns().all(|arn| !arn.contains(' ')));
}

/// Case 1 and 2 among others.
#[test]
fn expands_patterns() {
    let tagging = [
        "s3:GetBucketTagging",
        "s3:GetJobTagging",
        "s3:GetObjectTagging",
        "s3:GetObjectVersionTagging",
        "s3:GetStorageLensConfigurationTagging",
    ];
    assert_eq!(names("s3:Get*Tagging"), tagging);
    assert_eq!(names("S3:GET*TAGGING"), tagging);
    assert_eq!(names("s?:Get*Tagging"), tagging);
    for pattern in ["s3:Get?bject", "S3:GETOBJECT", "s3:GetObject", "s3?getobject", "s3?g*tobject"]
    {
        assert_eq!(names(pattern), ["s3:GetObject"], "{pattern}");
    }
    for pattern in ["", "s3", "s3:", "s3:Get", "nothing:*", "s3:Get*:*", "s3::*"] {
        assert!(names(pattern).is_empty(), "{pattern}");
    }
    for pattern in ["*", "**", "*:*", "?*:*", "*?:?*"] {
        assert_eq!(expand(pattern).count(), actions().count(), "{pattern}");
    }
}

#[test]
fn expansion_agrees_with_a_look_at_every_action() {
    for text in ["s3:*", "*:Get*", "ec2:Describe*s", "*:*Tag*", "iam:?et*", "*Object*", "a*:*e"] {
        let pattern = Pattern::action(text);
        let want: Vec<_> = actions().filter(|a| pattern.matches(&a.to_string())).collect();
        assert!(!want.is_empty() && expand(text).eq(want), "{text}");
    }
}

#[test]
fn sets_hold_what_patterns_expand_to() {
    let texts = [
        "*",
        "*:*",
        "**",
        "s3:*",
        "S3:get*",
        "s3:Get*Tagging",
        "s3:GetObject",
        "s3:GETOBJ??T",
        "s3:?*",
        "s?:Get*",
        "*:Get*",
        "a2c:*",
        "zzz:*",
        "s3:Nothing",
        "s3",
        "",
        "s3:",
        "xray:*",
        "*Object*",
        "s3:Get*:*",
        "iam:*?",
        "ec2:*s",
        "a*",
        "?3:*",
    ];
    for text in texts {
        let only = Actions::Only(vec![text.to_owned()]);
        let (set, want) = (ActionSet::of(&only), expand(text).collect::<Vec<_>>());
        assert!(set.iter().eq(want.iter().copied()), "{text}");
        assert_eq!((set.len(), set.is_empty()), (want.len(), want.is_empty()), "{text}");
        let others = ActionSet::of(&Actions::Except(vec![text.to_owned()]));
        assert_eq!(others.len() + set.len(), actions().count(), "{text}");
        assert!(!others.overlaps(&set) && ActionSet::all().covers(&others), "{text}");
    }
    for (at, action) in actions().enumerate() {
        assert_eq!(action.index(), at, "{action}");
    }
    let get = action("s3:GetObject").unwrap();
    let mut one = ActionSet::from_iter([get]);
    assert!(one.contains(get) && !one.contains(action("s3:PutObject").unwrap()));
    one -= &ActionSet::all();
    assert!(one.is_empty());
}

#[test]
fn sets_fall_into_services() {
    for text in ["*", "s3:*", "?3:*", "*:Get*", "s3:GetObject", "a*", "nothing:*"] {
        let set = ActionSet::of(&Actions::Only(vec![text.to_owned()]));
        let (mut all, mut services) = (ActionSet::new(), Vec::new());
        for part in set.by_service() {
            let service = part.iter().next().unwrap().service();
            assert!(part.iter().all(|action| action.service() == service), "{text}");
            services.push(service);
            all |= &part;
        }
        assert_eq!(all, set, "{text}");
        assert!(services.is_sorted_by(|a, b| a < b), "{text}: {services:?}");
    }
}
