//! What the rules on the execution role share.

use iam::{Condition, Grant, Grants, Key, Origin, Tri, Version};
use model::{Fact, Gap, NamedPolicy, Role, RoleState, Snapshot};

/// Why the rules on permissions do not speak of a role that is gone.
pub(crate) const MISSING: &str = "the execution role does not exist";

/// Why the rules on details do not speak of a role that lacks nothing.
pub(crate) const ADMIN: &str = "the role may do everything already: see `role-admin`";

/// The fact's name in a gap.
const ROLE: &str = "execution role";

/// The role, `None` where it is missing.
///
/// # Errors
/// It could not be read.
pub(crate) fn role(function: &Snapshot) -> Result<Option<&Role>, Gap> {
    Ok(present(function.role.get(ROLE)?))
}

/// The role, if it is there.
pub(crate) fn present(state: &RoleState) -> Option<&Role> {
    match state {
        RoleState::Present(role) => Some(role),
        RoleState::Missing => None,
    }
}

/// What `look` finds in the permissions of `role`. An unknown boundary can only take something
/// away: it is a gap where there is something to take, and nothing where there is not.
///
/// # Errors
/// The policies could not be read, or the boundary could not and matters.
pub(crate) fn found_in<T>(
    role: &Role,
    look: impl Fn(&Grants<'_>) -> Result<Vec<T>, Gap>,
) -> Result<Vec<T>, Gap> {
    let policies = role.policies.get("policies of the role")?;
    let boundary = match &role.boundary {
        Fact::Known(boundary) => boundary.as_ref(),
        Fact::Unknown { .. } => None,
    };
    let found = look(&grants(policies, boundary))?;
    if !found.is_empty() {
        role.boundary.get("permissions boundary")?;
    }
    Ok(found)
}

/// Whether the role may do everything.
///
/// # Errors
/// As [`found_in`].
pub(crate) fn is_admin(role: &Role) -> Result<bool, Gap> {
    let all = found_in(role, |grants| Ok(grants.admin().map(drop).into_iter().collect()))?;
    Ok(!all.is_empty())
}

/// The permissions that `policies` give under `boundary`.
pub(crate) fn grants<'a>(
    policies: &'a [NamedPolicy],
    boundary: Option<&'a NamedPolicy>,
) -> Grants<'a> {
    let pair = |policy: &'a NamedPolicy| (policy.name.as_str(), &policy.document);
    let policies: Vec<_> = policies.iter().map(pair).collect();
    Grants::new(&policies, boundary.map(pair))
}

/// Where a statement stands, and whether anyone but AWS can edit it.
pub(crate) fn place(origin: Origin<'_>, role: &Role) -> String {
    let policies = role.policies.known().map_or(&[][..], Vec::as_slice);
    let named = policies.iter().find(|policy| policy.name == origin.policy);
    if named.is_some_and(NamedPolicy::is_aws_managed) {
        format!("AWS's own policy {origin} (replace it: only AWS can edit it)")
    } else {
        format!("policy {origin}")
    }
}

/// What a condition does to the resources of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Bound {
    /// Nothing: the function meets it on whatever resource.
    Free,
    /// We do not know the key.
    Unknown,
    /// It fixes which resources, so that the grant reaches some only.
    Fixed,
}

/// Keys of services that say which resource; those of tags are known by their names.
const OF_RESOURCES: [&str; 11] = [
    "cloudwatch:namespace",
    "ec2:instanceid",
    "ec2:subnet",
    "ec2:vpc",
    "ecs:cluster",
    "elasticfilesystem:accesspointarn",
    "kms:requestalias",
    "kms:resourcealiases",
    "lambda:functionarn",
    "s3:dataaccesspointarn",
    "secretsmanager:secretid",
];

/// Keys of services that say how, for whom or as what, on whatever resource.
const OF_REQUESTS: [&str; 6] = [
    "iam:passedtoservice",
    "iam:permissionsboundary",
    "iam:policyarn",
    "kms:viaservice",
    "s3:resourceaccount",
    "s3:tlsversion",
];

/// Whether `condition` bounds the resources of a grant.
///
/// An encryption context belongs to the ciphertext, and so to what was encrypted. Global keys speak of the request, those of tags of the resource. A condition that holds where
/// the key is absent bounds nothing, nor does a negated one, nor a value that matches all.
pub(crate) fn bound(condition: &Condition) -> Bound {
    let key = condition.key.to_ascii_lowercase();
    let anything = |value: &String| value.chars().all(|c| c == '*');
    if condition.values.iter().any(anything) || !asks_for_value(condition) {
        Bound::Free
    } else if key.starts_with("kms:encryptioncontext:")
        || key.contains("resourcetag/")
        || OF_RESOURCES.contains(&key.as_str())
    {
        Bound::Fixed
    } else if ["aws:", "s3:x-amz-"].iter().any(|prefix| key.starts_with(prefix))
        || OF_REQUESTS.contains(&key.as_str())
    {
        Bound::Free
    } else {
        Bound::Unknown
    }
}

/// Whether the condition wants the key to be there with one of its values.
pub(crate) fn asks_for_value(condition: &Condition) -> bool {
    let holds = |known: Key| condition.holds(Version::V2012, &move |_| known.clone());
    let impossible = Key::value("\u{0}");
    holds(Key::Absent) == Tri::No && holds(impossible) != Tri::Yes
}

/// What the conditions of a grant do to its resources together.
pub(crate) fn bound_of(grant: &Grant<'_>) -> Bound {
    grant.conditions.iter().map(|condition| bound(condition)).max().unwrap_or(Bound::Free)
}

#[cfg(test)]
mod tests {
    use iam::Policy;
    use serde_json::json;

    use super::*;

    #[test]
    fn conditions_bound_resources_or_requests() {
        use Bound::{Fixed, Free, Unknown};
        for (operator, key, value, expected) in [
            ("StringEquals", "aws:ResourceTag/team", "pay", Fixed),
            ("StringEquals", "ec2:ResourceTag/team", "pay", Fixed),
            ("StringLike", "secretsmanager:ResourceTag/team", "p*", Fixed),
            ("ArnEquals", "ecs:cluster", "arn:aws:ecs:eu-west-1:111122223333:cluster/pay", Fixed),
            ("StringEquals", "CloudWatch:Namespace", "pay", Fixed),
            ("ForAnyValue:StringEquals", "kms:ResourceAliases", "alias/pay", Fixed),
            ("StringLike", "kms:EncryptionContext:aws:lambda:FunctionArn", "arn:*:pay", Fixed),
            ("StringLike", "aws:ResourceTag/team", "*", Free),
            ("StringNotEquals", "aws:ResourceTag/team", "pay", Free),
            ("StringEqualsIfExists", "aws:ResourceTag/team", "pay", Free),
            ("ForAllValues:StringEquals", "aws:ResourceTag/team", "pay", Free),
            ("Null", "aws:ResourceTag/team", "false", Free),
            ("Null", "aws:ResourceTag/team", "true", Free),
            ("StringEquals", "aws:RequestedRegion", "eu-west-1", Free),
            ("StringEquals", "aws:ResourceAccount", "111122223333", Free),
            ("StringEquals", "iam:PassedToService", "lambda.amazonaws.com", Free),
            ("StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com", Free),
            ("StringEquals", "s3:x-amz-acl", "private", Free),
            ("StringEquals", "dynamodb:Select", "COUNT", Unknown),
        ] {
            let text = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow",
                "Action": "*", "Resource": "*", "Condition": { operator: { key: value } } } });
            let policy = Policy::parse(&text.to_string()).unwrap();
            assert_eq!(bound(&policy.statements[0].conditions[0]), expected, "{operator} {key}");
        }
    }
}
