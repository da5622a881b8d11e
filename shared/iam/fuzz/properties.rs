//! What holds of every text, be it a policy or not. Shared by the fuzz target and by the replay of
//! its corpus in `cargo test`.

use iam::{Caller, Effect, Grants, Key, Policies, Policy, Request, decide, subset};

const REQUESTS: [(&str, &str); 3] = [
    ("s3:GetObject", "arn:aws:s3:::bucket/key"),
    ("iam:PassRole", "arn:aws:iam::111122223333:role/pay"),
    ("ec2:DescribeInstances", "*"),
];

/// Panics if one does not.
pub(crate) fn hold(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let policy = match Policy::parse(text) {
        Ok(policy) => policy,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let written = serde_json::to_string(&policy).expect("a policy can be written");
    assert_eq!(Policy::parse(&written).as_ref(), Ok(&policy), "{written}");

    let identity = [("p", &policy)];
    subset(&identity, &identity).expect("a policy is within itself");

    let grants = Grants::new(&identity, Some(("p", &policy)));
    let allows = policy.statements.iter().any(|statement| statement.effect == Effect::Allow);
    let (actions, groups) = (grants.actions(), grants.groups());
    assert!(allows || actions.is_empty());
    assert_eq!(groups.iter().map(|group| group.actions.len()).sum::<usize>(), actions.len());

    let caller = Caller::new("arn:aws:iam::111122223333:role/pay");
    for (action, resource) in REQUESTS {
        for key in [Key::Absent, Key::Unknown, Key::value("true")] {
            let context = |_: &str| key.clone();
            let request =
                Request { caller, action, resource, resource_account: None, context: &context };
            let alone = Policies { identity: &identity, ..Policies::default() };
            let allowed = decide(&request, &alone).is_allowed();
            let bounded =
                Policies { boundary: Some(("p", &policy)), scps: &[identity.to_vec()], ..alone };
            assert_eq!(decide(&request, &bounded).is_allowed(), allowed, "a policy bounds itself");
            assert!(
                !allowed || !grants.allows(action).is_empty(),
                "{action} is granted by nothing"
            );
            let with_resource =
                Policies { resource: Some(("p", &policy)), session: Some(&identity), ..alone };
            let _ = decide(&request, &with_resource);
        }
    }
}
