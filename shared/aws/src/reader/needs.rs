//! Which calls can matter at all.

use iam::{Actions, Effect, Pattern};
use jiff::{Timestamp, tz::TimeZone};
use model::{Baseline, Context, Fact, RoleState, Runtime};

/// What Lambda does with the execution role to deliver to a destination.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html>
const DELIVERIES: [&str; 5] =
    ["events:PutEvents", "lambda:InvokeFunction", "s3:PutObject", "sns:Publish", "sqs:SendMessage"];

/// Whether destinations can change a verdict: only if the role may deliver anywhere. True where
/// the role or its policies could not be read.
pub(crate) fn destinations_matter(role: &Fact<RoleState>) -> bool {
    let policies = match role {
        Fact::Known(RoleState::Present(role)) => &role.policies,
        Fact::Known(RoleState::Missing) => return false,
        Fact::Unknown { .. } => return true,
    };
    let Some(policies) = policies.known() else { return true };
    let mut statements = policies.iter().flat_map(|policy| &policy.document.statements);
    statements.any(|statement| {
        statement.effect == Effect::Allow
            && match &statement.actions {
                Actions::Only(patterns) => patterns.iter().any(|pattern| {
                    let pattern = Pattern::action(pattern);
                    DELIVERIES.iter().any(|action| pattern.matches(action))
                }),
                Actions::Except(_) => true,
            }
    })
}

/// What the rules are told when they are asked whether a call can matter; `None` if the calendar
/// cannot be read, and then every call matters.
pub(crate) fn context() -> Option<Context> {
    Some(Context {
        today: Timestamp::now().to_zoned(TimeZone::UTC).date(),
        calendar: rules::calendar().ok()?,
        baseline: Baseline::default(),
    })
}

/// Whether the update mode of `runtime` can change a verdict. True where the runtime is unknown.
pub(crate) fn runtime_update_matters(runtime: &Fact<Runtime>, context: Option<&Context>) -> bool {
    match (runtime, context) {
        (Fact::Known(runtime), Some(context)) => rules::runtime_update_matters(runtime, context),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use iam::Policy;
    use model::{NamedPolicy, Origin, Role};

    use super::*;

    fn role(actions: &str) -> Fact<RoleState> {
        let text = format!(r#"{{"Statement": {{"Effect": "Allow", {actions}, "Resource": "*"}}}}"#);
        let document = Policy::parse(&text).unwrap();
        let policy = NamedPolicy { name: "p".into(), origin: Origin::Inline, document };
        Fact::Known(RoleState::Present(Arc::new(Role {
            arn: "arn:aws:iam::111122223333:role/r".into(),
            trust: Fact::unknown("not asked"),
            policies: Fact::Known(vec![policy]),
            boundary: Fact::Known(None),
        })))
    }

    #[test]
    fn destinations_matter_to_those_who_may_deliver() {
        for (role, matters) in [
            (role(r#""Action": ["logs:PutLogEvents", "s3:GetObject"]"#), false),
            (role(r#""Action": "sqs:send*""#), true),
            (role(r#""Action": "*""#), true),
            (role(r#""NotAction": "iam:*""#), true),
            (Fact::Known(RoleState::Missing), false),
            (Fact::unknown("iam:GetRole denied"), true),
        ] {
            assert_eq!(destinations_matter(&role), matters, "{role:?}");
        }
    }

    #[test]
    fn a_dead_runtime_needs_no_update_mode() {
        let context = context().unwrap();
        for (id, matters) in [("python3.6", false), ("cobol85", true)] {
            let runtime = Fact::Known(Runtime::Managed(id.into()));
            assert_eq!(runtime_update_matters(&runtime, Some(&context)), matters, "{id}");
        }
        assert!(runtime_update_matters(&Fact::unknown("lambda:GetFunction denied"), None));
    }
}
