use iam::catalogue::{self, AccessLevel, Action};
use iam::{Actions, Grant, Grants, Origin, Pattern, Resources, Statement};
use model::{
    Context, Evidence, FunctionArn, Gap, Outcome, Parameter, SettingKind, Severity, Snapshot,
    Verdict,
};

use crate::{
    Family, Rule,
    access::speaks_of,
    controls,
    role::{ADMIN, Bound, MISSING, bound_of, found_in, is_admin, place, role},
    words::listed,
};

static READS: Parameter = Parameter {
    rule: "role-resource-wildcard",
    name: "reads",
    meaning: "judge actions that read contents as well as those that change something",
    kind: SettingKind::Flag(false),
};

pub(super) static RULE: Rule = Rule {
    id: "role-resource-wildcard",
    family: Family::Role,
    title: "The execution role may change every resource of a kind",
    severity: Severity::Medium,
    why: "The function works on one table or queue, but may change them all: a flaw in it, or a wrong \
          name in its configuration, reaches resources that are none of its business.",
    fix: "Write the ARNs of the resources into `Resource`, or a condition on their tags if they are not \
          known beforehand. What Lambda itself needs on `*`, logs, traces and network interfaces, may stay.",
    sources: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
        "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/lambda-permissions.html",
    ],
    control: Some(&controls::LEAST_PRIVILEGE),
    parameters: &[&READS],
    since: "0.1.0",
    examples: include_str!("../../examples/role-resource-wildcard.toml"),
    check,
};

/// What Lambda itself calls with the role on resources that have no name yet, and metrics, which
/// have none at all unless they go to a dataset.
///
/// Sources: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html>, the AWS managed
/// policies `AWSLambdaVPCAccessExecutionRole`, `AWSLambdaBasicExecutionRole` and
/// `AWSXRayDaemonWriteAccess`.
const NAMELESS: [&str; 10] = [
    "cloudwatch:PutMetricData",
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
];

fn check(function: &Snapshot, cx: &Context) -> Verdict {
    let Some(role) = role(function)? else { return Ok(Outcome::NotApplicable(MISSING)) };
    if is_admin(role)? {
        return Ok(Outcome::NotApplicable(ADMIN));
    }
    let judged = Judged { function: &function.arn, reads: cx.baseline.flag(&READS) };
    let found = found_in(role, |grants| {
        let wide = |least| {
            let statements = grants.statements();
            statements.filter_map(move |(origin, statement)| {
                let what = judged.wildcard(grants, origin, statement, least)?;
                Some(format!("{} has {what}", place(origin, role)))
            })
        };
        let found: Vec<String> = wide(Bound::Free).collect();
        match wide(Bound::Unknown).next() {
            Some(what) if found.is_empty() => Err(Gap {
                fact: "policies of the role",
                why: format!("{what}, under a condition that is not understood"),
            }),
            _ => Ok(found),
        }
    })?;
    Ok(if found.is_empty() { Outcome::Pass } else { Evidence::fail("Role", listed(&found)) })
}

/// What is judged besides the statements.
#[derive(Clone, Copy)]
struct Judged<'a> {
    function: &'a FunctionArn,
    reads: bool,
}

impl Judged<'_> {
    /// The first resource pattern of the statement that is too wide, with the first actions it is
    /// too wide for. `most`: what the conditions of the grant may at most do to it.
    fn wildcard(
        &self,
        grants: &Grants<'_>,
        origin: Origin<'_>,
        statement: &Statement,
        most: Bound,
    ) -> Option<String> {
        if matches!(&statement.resources, Some(Resources::Only(r)) if !r.iter().any(|r| is_pattern(r)))
        {
            return None;
        }
        let wide = |action: Action| {
            let granted = grants.allows(&action.to_string());
            let mut own = granted.iter().filter(|grant| grant.origin == origin);
            let found = own
                .find(|grant| bound_of(grant) <= most && is_wide(grant, &action, self.function))?;
            Some((found.resource.to_owned(), action.to_string()))
        };
        let mut found = named(statement).filter(|a| is_judged(a, self.reads)).filter_map(wide);
        let (resource, first) = found.next()?;
        let mut actions = vec![first];
        actions.extend(found.by_ref().filter(|(r, _)| *r == resource).map(|(_, a)| a).take(2));
        let more = if found.any(|(other, _)| other == resource) { " and more" } else { "" };
        Some(format!("`{resource}` for {}{more}", actions.join(", ")))
    }
}

/// The actions the statement speaks of, by the catalogue.
fn named(statement: &Statement) -> Box<dyn Iterator<Item = Action> + '_> {
    match &statement.actions {
        Actions::Only(patterns) => Box::new(patterns.iter().flat_map(|p| catalogue::expand(p))),
        Actions::Except(_) => {
            Box::new(catalogue::actions().filter(|a| speaks_of(&statement.actions, &a.to_string())))
        }
    }
}

fn is_judged(action: &Action, reads: bool) -> bool {
    let weighty = match action.level() {
        AccessLevel::List => false,
        AccessLevel::Read => reads,
        AccessLevel::Tagging | AccessLevel::Write | AccessLevel::PermissionsManagement => true,
    };
    weighty && action.takes_resources() && !NAMELESS.contains(&action.to_string().as_str())
}

fn is_wide(grant: &Grant<'_>, action: &Action, function: &FunctionArn) -> bool {
    let all = |pattern: &str| has_all_of_a_kind(pattern, action, function);
    let within = |set: &&Resources| match set {
        Resources::Only(patterns) => patterns.iter().any(|pattern| all(pattern)),
        Resources::Except(_) => true,
    };
    let bounded = !grant.bounded.is_empty() && !grant.bounded.iter().any(within);
    all(grant.resource) && !bounded
}

/// Whether `pattern` has every resource of some kind the action works on, be it of the function's
/// own account and Region only.
fn has_all_of_a_kind(pattern: &str, action: &Action, function: &FunctionArn) -> bool {
    let pattern = Pattern::text(pattern);
    let here = |arn: &str| {
        let ours = [
            None,
            Some(function.partition()),
            None,
            Some(function.region()),
            Some(function.account()),
            None,
        ];
        let fill = |(field, ours): (_, Option<_>)| ours.filter(|_| field == "*").unwrap_or(field);
        arn.splitn(6, ':').zip(ours).map(fill).collect::<Vec<_>>().join(":")
    };
    let mut kinds = action.resource_types().flat_map(|kind| kind.arns());
    kinds.any(|arn| pattern.covers(&Pattern::text(&here(arn))))
}

fn is_pattern(resource: &str) -> bool {
    resource.contains(['*', '?'])
}
