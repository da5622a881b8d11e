use std::collections::BTreeMap;

use model::{
    Baseline, Context, Evidence, Gap, Outcome, Parameter, SettingKind, Severity, Snapshot, Verdict,
};
use usage::{Confidence, Judged, Judgement, Settings, is_service_linked, judge};

use crate::{
    Family, Rule, controls,
    role::{MISSING, role},
};

static WINDOW: Parameter = Parameter {
    rule: "role-permission-unused",
    name: "window_days",
    meaning: "days without use after which a permission counts as unused",
    kind: SettingKind::Number(90),
};

static GRACE: Parameter = Parameter {
    rule: "role-permission-unused",
    name: "grace_days",
    meaning: "days for which a new role, or a policy with a new version, is left alone",
    kind: SettingKind::Number(90),
};

static SURE: Parameter = Parameter {
    rule: "role-permission-unused",
    name: "sure_only",
    meaning: "speak of those permissions alone that are unused with high confidence, not medium",
    kind: SettingKind::Flag(false),
};

pub(super) static RULE: Rule = Rule {
    id: "role-permission-unused",
    family: Family::Role,
    title: "The execution role has permissions that no function uses",
    severity: Severity::Medium,
    why: "Whoever takes over the function may do all of what its role may, not only what its code does. \
          A permission that was never used gives the function nothing and the intruder a way on.",
    fix: "Replace the policies of the role by the proposal that `warden propose --role ARN` prints: what \
          was used, what Lambda needs and what nobody can tell, on the resources that were seen. \
          It is never wider than the policies of today.",
    sources: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#remove-credentials",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html",
    ],
    control: Some(&controls::LEAST_PRIVILEGE),
    parameters: &[&WINDOW, &GRACE, &SURE],
    since: "0.1.0",
    examples: include_str!("../../examples/role-permission-unused.toml"),
    check,
};

/// At most this many services are named.
const SERVICES: usize = 5;
/// At most this many actions are named of a service.
const ACTIONS: usize = 3;

/// A role that may do everything is judged as the others are: nowhere is more to take away.
fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let Some(role) = role(function)? else { return Ok(Outcome::NotApplicable(MISSING)) };
    if is_service_linked(&role.arn) {
        return Ok(Outcome::NotApplicable("the role is AWS's own: nobody can edit it"));
    }
    let usage = function.usage.get("calls of the role")?;
    let users = function.role_users.get("functions with the same role")?;
    let judgement = judge(role, users, usage, &usage_settings(&cx.baseline))?;
    let least = least_confidence(&cx.baseline);
    let unused: Vec<&Judged<'_>> = judgement
        .actions
        .iter()
        .filter(|judged| matches!(judged.verdict, usage::Verdict::Unused))
        .filter(|judged| judged.confidence.is_some_and(|confidence| confidence >= least))
        .collect();
    if unused.is_empty() {
        return untold(&judgement);
    }
    Ok(Evidence::fail("Role", sentence(&judgement, &unused, &role.arn)))
}

/// How long the use of a role is looked at, and what is too new to be judged.
pub fn usage_settings(baseline: &Baseline) -> Settings<'static> {
    let window_days = baseline.number(&WINDOW);
    let grace_days = baseline.number(&GRACE);
    Settings { window_days, grace_days, ..Settings::default() }
}

/// The least confidence with which a permission is called unused.
pub fn least_confidence(baseline: &Baseline) -> Confidence {
    if baseline.flag(&SURE) { Confidence::High } else { Confidence::Medium }
}

/// Without an unused permission: whether all of them could be told.
fn untold(judgement: &Judgement<'_>) -> Verdict {
    let reasons = judgement.actions.iter().filter_map(|judged| match judged.verdict {
        usage::Verdict::Unverifiable { reason } => Some(reason),
        _ => None,
    });
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    reasons.for_each(|reason| *counts.entry(reason).or_default() += 1);
    let doubtful = judgement.actions.iter().filter(|judged| {
        matches!(judged.verdict, usage::Verdict::Unused)
            && judged.confidence == Some(Confidence::Low)
    });
    let doubtful = doubtful.count();
    if counts.is_empty() && doubtful == 0 {
        return Ok(Outcome::Pass);
    }
    let mut told: Vec<String> =
        counts.iter().map(|(reason, count)| format!("{} ({count})", reason.words())).collect();
    if doubtful > 0 {
        told.push(format!("too many doubts ({doubtful})"));
    }
    let all = judgement.actions.len();
    let count = counts.values().sum::<usize>() + doubtful;
    let why =
        format!("whether {count} of {all} actions are used cannot be told: {}", told.join("; "));
    Err(Gap { fact: "use of the role", why })
}

/// How many of how many, of which services, in which days, how surely, and where the proposal is.
fn sentence(judgement: &Judgement<'_>, unused: &[&Judged<'_>], role: &str) -> String {
    let mut services: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for judged in unused {
        let name = judged.action.to_string();
        services.entry(judged.action.service()).or_default().push(name);
    }
    let mut services: Vec<(&str, Vec<String>)> = services.into_iter().collect();
    services.sort_by_key(|(_, names)| std::cmp::Reverse(names.len()));
    let of = |(service, names): &(&str, Vec<String>)| match names.len() {
        count if count <= ACTIONS => names.join(", "),
        count => format!("{service} ({count})"),
    };
    let mut named: Vec<String> = services.iter().take(SERVICES).map(of).collect();
    match services.len().saturating_sub(SERVICES) {
        0 => {}
        1 => named.push("1 service more".to_owned()),
        more => named.push(format!("{more} services more")),
    }
    let window = judgement.window;
    let low = unused.iter().filter_map(|judged| judged.confidence).min();
    let confidence = if low == Some(Confidence::High) { "high" } else { "medium" };
    format!(
        "{} of {} granted actions were not used from {} to {} ({} of {} days seen, confidence {confidence}): {}; `warden propose --role {role}` prints the policy that would do",
        unused.len(),
        judgement.actions.len(),
        window.from,
        window.to,
        window.seen,
        window.days,
        named.join(", "),
    )
}
