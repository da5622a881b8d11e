use std::collections::BTreeSet;

use model::{
    Baseline, CallKind, CallOutcome, Context, Evidence, Fact, FunctionArn, Outcome, Parameter,
    RoleUsage, SettingKind, Severity, Snapshot, Verdict,
};

use crate::{Family, Rule, controls};

static MOST: Parameter = Parameter {
    rule: "role-shared",
    name: "most",
    meaning: "functions of one account and Region that may use the same role",
    kind: SettingKind::Number(1),
};

pub(super) static RULE: Rule = Rule {
    id: "role-shared",
    family: Family::Role,
    title: "Several functions use the same execution role",
    severity: Severity::Medium,
    why: "Each function can do what any of them needs, so a flaw in the least of them reaches the data of \
          all. Nobody dares to take a permission away, and a trail of the role's calls does not say \
          at once whose they were.",
    fix: "Give the function a role of its own with the permissions it needs. Functions that are one \
          service and change together may share: raise `most` for that, or exempt them.",
    sources: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/lambda-security.html",
    ],
    control: Some(&controls::LEAST_PRIVILEGE),
    parameters: &[&MOST],
    since: "0.1.0",
    examples: include_str!("../../examples/role-shared.toml"),
    check,
};

/// How many functions may share a role before the rule speaks of each of them.
pub fn most_users(baseline: &Baseline) -> usize {
    usize::try_from(baseline.number(&MOST)).unwrap_or(usize::MAX)
}

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let users = function.role_users.get("functions with the same role")?;
    if users.len() <= most_users(&cx.baseline) {
        return Ok(Outcome::Pass);
    }
    let others: Vec<_> =
        users.iter().map(|user| &user.arn).filter(|arn| **arn != function.arn).collect();
    let usage = match &function.usage {
        Fact::Known(usage) => Some(usage.as_ref()),
        Fact::Unknown { .. } => None,
    };
    let named: Vec<_> = others.iter().take(5).map(|user| told(user, usage)).collect();
    let more = match others.len().saturating_sub(named.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let own = usage.map_or(String::new(), |usage| {
        let used = used_by(&function.arn, usage);
        format!("; this function {}", used.unwrap_or_else(|| "was not seen to use it".to_owned()))
    });
    Ok(Evidence::fail("Role", format!("the role is also that of {}{more}{own}", named.join(", "))))
}

/// A function, with what it was seen to use the role for.
fn told(user: &FunctionArn, usage: Option<&RoleUsage>) -> String {
    let used = usage.and_then(|usage| used_by(user, usage));
    used.map_or_else(|| format!("`{}`", user.name()), |used| format!("`{}` ({used})", user.name()))
}

/// At most this many actions are named of a function.
const ACTIONS: usize = 3;

/// What the code of a function was seen to do with the role; `None`: nothing.
fn used_by(function: &FunctionArn, usage: &RoleUsage) -> Option<String> {
    let own = usage.calls.iter().filter(|call| {
        call.function.as_ref() == Some(function)
            && matches!(call.kind, CallKind::Code | CallKind::Forwarded | CallKind::Inferred)
            && call.outcome != CallOutcome::Denied
    });
    let actions: BTreeSet<&str> = own.filter_map(|call| call.action.as_deref()).collect();
    let named: Vec<&str> = actions.iter().copied().take(ACTIONS).collect();
    let more = match actions.len().saturating_sub(ACTIONS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!named.is_empty()).then(|| format!("used {}{more}", named.join(", ")))
}
