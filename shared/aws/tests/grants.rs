//! The roles of the Lambdas may do what the adapters do for them, and nothing else.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests are tests; clippy knows those by their attribute alone"
)]

use std::{collections::BTreeSet, fs, path::Path};

use iam::{Pattern, catalogue::AccessLevel};

/// Granted, but called by Lambda or by another service on the function's behalf and not by this
/// crate.
const ON_BEHALF_OF_ALL: &[&str] = &[
    // Our own variables, those of the functions we read, and what is encrypted in queue and bucket.
    "kms:Decrypt",
    // Logs and traces.
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
];

/// The queue's poller.
const ON_BEHALF_OF_ON_CHANGE: &[&str] =
    &["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"];

/// S3, for what we put into a bucket.
const ON_BEHALF_OF_WRITERS: &[&str] = &["kms:GenerateDataKey"];

/// What `digest` calls; what none but it calls comes first.
const DIGEST: (&[&str], &[&str]) = (
    &["cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors", "cloudtrail:GetTrailStatus"],
    &["s3:GetObject", "s3:ListBucket", "s3:PutObject"],
);

/// What `plan-sweep` calls; what none but it calls comes first.
const PLAN_SWEEP: (&[&str], &[&str]) = (
    &["organizations:ListAccounts"],
    &[
        "s3:GetObject",
        "s3:ListBucket",
        "s3:PutObject",
        "securityhub:BatchImportFindings",
        "securityhub:BatchUpdateFindings",
        "securityhub:GetFindings",
        "sts:AssumeRole",
    ],
);

/// What is called in the security account alone, with our own credentials.
const AT_HOME: &[&str] =
    &["s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject", "sts:AssumeRole"];

/// What none but `on-change` calls: it looks at one function, or for the users of one role.
const ON_CHANGE: &[&str] = &[
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListEntitiesForPolicy",
    "iam:ListRolePolicies",
    "lambda:ListTags",
    "lambda:ListVersionsByFunction",
];

/// What none but `sweep` calls.
const SWEEP: &[&str] = &[
    "access-analyzer:ListAnalyzers",
    "access-analyzer:ListFindings",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "cloudwatch:ListMetrics",
    "events:ListRules",
    "events:ListTargetsByRule",
    "lambda:GetAccountSettings",
    "lambda:ListCodeSigningConfigs",
    "lambda:ListFunctionsByCodeSigningConfig",
    "lambda:ListProvisionedConcurrencyConfigs",
    "s3:DeleteObject",
    "sqs:GetQueueAttributes",
];

/// What a member's role that publishes is for.
const PUBLISH: &[&str] = &[
    "securityhub:BatchImportFindings",
    "securityhub:BatchUpdateFindings",
    "securityhub:GetFindings",
];

/// What `warden doctor` asks with the credentials of who runs it: no role of ours needs it.
const DOCTOR: &[&str] = &[
    "cloudformation:DescribeStacks",
    "cloudwatch:GetMetricStatistics",
    "events:DescribeEventBus",
    "events:DescribeRule",
    "events:ListRuleNamesByTarget",
    "scheduler:GetSchedule",
    "states:ListExecutions",
];

/// What repairs call; what nothing but a repair calls comes first.
const REPAIR: (&[&str], &[&str]) = (
    &[
        "access-analyzer:CheckNoNewAccess",
        "access-analyzer:ValidatePolicy",
        "iam:AttachRolePolicy",
        "iam:CreatePolicy",
        "iam:DeletePolicy",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "iam:PutRolePolicy",
        "kms:GetKeyPolicy",
        "lambda:AddPermission",
        "lambda:DeleteFunctionConcurrency",
        "lambda:GetFunctionUrlConfig",
        "lambda:PutFunctionConcurrency",
        "lambda:RemovePermission",
        "lambda:TagResource",
        "lambda:UntagResource",
        "lambda:UpdateFunctionConfiguration",
        "lambda:UpdateFunctionUrlConfig",
        "logs:DeleteRetentionPolicy",
        "logs:PutRetentionPolicy",
    ],
    &[
        "iam:GetPolicy",
        "iam:GetPolicyVersion",
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
        "kms:DescribeKey",
        "lambda:GetFunctionConcurrency",
        "lambda:GetFunctionConfiguration",
        "lambda:GetPolicy",
        "lambda:ListTags",
        "logs:DescribeLogGroups",
    ],
);

/// Of members, read for the watch after repairs, with the role that reads.
const WATCH: &[&str] = &["cloudwatch:GetMetricData"];

/// Lambda, with a key that it is told to use.
const ON_BEHALF_OF_KEYS: &[&str] = &["kms:CreateGrant", "kms:Encrypt", "kms:Decrypt"];

/// Starting repairs, and the dead letters of what could not be.
const STARTS: &[&str] = &["states:StartExecution"];
const ON_BEHALF_OF_REMEDIATE: &[&str] = &["sqs:SendMessage"];

/// Called, but AWS asks for no permission.
const NEEDS_NO_GRANT: &[&str] = &["sts:GetCallerIdentity"];

/// Keys of conditions, which are spelt as actions are.
const KEYS: &[&str] = &[
    "aws:PrincipalOrgID",
    "lambda:EventSourceToken",
    "lambda:FunctionUrlAuthType",
    "lambda:InvokedViaFunctionUrl",
];

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// `service:Operation` anywhere in `text`, for the services that `text` may speak of.
fn actions(text: &str) -> BTreeSet<String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == ':' || c == '-';
    text.split(|c: char| !is_word(c))
        .filter(|word| {
            let mut parts = word.split(':');
            let (service, name) = (parts.next().unwrap(), parts.next().unwrap_or_default());
            let is_service = service.len() > 1
                && service
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            let is_name = name.len() > 3 && name.starts_with(|c: char| c.is_ascii_uppercase());
            parts.next().is_none()
                && is_service
                && is_name
                && name.chars().any(|c| c.is_ascii_lowercase())
        })
        .map(str::to_owned)
        .collect()
}

/// What the roles need for what this crate calls.
fn called_by_roles() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    called(&root().join("shared/aws/src"), &mut found);
    for action in DOCTOR {
        assert!(found.remove(*action), "{action} is called no more");
    }
    found
}

fn called(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            called(&path, found);
        } else {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let production = text.split("#[cfg(test)]").next().unwrap_or_default();
            let literals = production.lines().filter(|line| !line.trim_start().starts_with("//"));
            let quoted: String = literals
                .flat_map(|line| line.split('"').skip(1).step_by(2))
                .map(|s| format!("{s} "))
                .collect();
            found.extend(actions(&quoted));
            found.retain(|action| !KEYS.contains(&action.as_str()));
        }
    }
}

/// What stands under `Action` in the policies of a role.
fn granted(role: &str) -> BTreeSet<String> {
    let (file, role) = role.split_once(' ').unwrap_or(("template.yaml", role));
    let template = fs::read_to_string(root().join(file)).unwrap();
    let role = template.split(&format!("\n  {role}:")).nth(1).unwrap();
    let policies = role.split("Policies:").nth(1).unwrap();
    let end = policies.find("\n\n  ").unwrap();
    let lines = policies[..end].lines().map(str::trim);
    let granting = lines.filter(|line| line.starts_with("Action:") || line.starts_with("- "));
    actions(&granting.filter(|line| !line.contains("!Sub")).collect::<Vec<_>>().join("\n"))
}

fn compare(role: &str, needed: impl IntoIterator<Item = String>, on_behalf: &[&[&str]]) {
    let mut needed: BTreeSet<String> = needed.into_iter().collect();
    needed.retain(|action| !NEEDS_NO_GRANT.contains(&action.as_str()));
    needed.extend(on_behalf.iter().copied().flatten().map(|action| (*action).to_owned()));
    let granted = granted(role);
    let missing: Vec<_> = needed.difference(&granted).collect();
    let surplus: Vec<_> = granted.difference(&needed).collect();
    assert!(missing.is_empty(), "called, but not granted to {role}: {missing:?}");
    assert!(surplus.is_empty(), "granted to {role}, but called by nobody: {surplus:?}");
}

#[test]
fn the_roles_grant_what_is_called_and_nothing_else() {
    let mut called_by_us = called_by_roles();
    assert!(called_by_us.len() > 25, "the adapters name their calls as IAM does: {called_by_us:?}");
    let (alone, shared) = DIGEST;
    for action in alone.iter().chain(shared) {
        assert!(called_by_us.contains(*action), "{action} is called no more");
    }
    let digest = alone.iter().chain(shared).map(|action| (*action).to_owned());
    compare("DigestRole", digest, &[ON_BEHALF_OF_ALL, ON_BEHALF_OF_WRITERS]);
    let (alone_night, shared_night) = PLAN_SWEEP;
    let night = alone_night.iter().chain(shared_night).map(|action| (*action).to_owned());
    compare("PlanSweepRole", night, &[ON_BEHALF_OF_ALL, ON_BEHALF_OF_WRITERS]);
    called_by_us.retain(|action| {
        !alone.contains(&action.as_str()) && !alone_night.contains(&action.as_str())
    });
    for action in REPAIR.0.iter().chain(REPAIR.1) {
        assert!(called_by_us.contains(*action), "{action} is called no more");
    }
    let on_behalf =
        [ON_BEHALF_OF_ALL, ON_BEHALF_OF_WRITERS, ON_BEHALF_OF_KEYS, ON_BEHALF_OF_REMEDIATE];
    let mut remediate = called_by_us.clone();
    remediate.retain(|action| {
        let action = action.as_str();
        !SWEEP.contains(&action) || WATCH.contains(&action) || AT_HOME.contains(&action)
    });
    compare("RemediateRole", remediate, &on_behalf);
    called_by_us.retain(|action| !REPAIR.0.contains(&action.as_str()));
    let mut on_change = called_by_us.clone();
    on_change.retain(|action| !SWEEP.contains(&action.as_str()));
    let on_behalf = [ON_BEHALF_OF_ALL, ON_BEHALF_OF_ON_CHANGE, ON_BEHALF_OF_WRITERS];
    compare("OnChangeRole", on_change, &on_behalf);
    called_by_us.retain(|action| !ON_CHANGE.contains(&action.as_str()));
    compare("SweepRole", called_by_us, &[ON_BEHALF_OF_ALL, ON_BEHALF_OF_WRITERS]);
}

/// Of members, the same calls, split between reading and publishing.
#[test]
fn the_roles_of_members_grant_what_is_called_there() {
    let mut read = called_by_roles();
    let elsewhere = [DIGEST.0, PLAN_SWEEP.0, AT_HOME, PUBLISH, REPAIR.0, STARTS].concat();
    read.retain(|action| !elsewhere.contains(&action.as_str()));
    let publish = PUBLISH.iter().map(|action| (*action).to_owned());
    compare("infra/member.yaml PublishRole", publish, &[]);
    compare("infra/member.yaml ReadRole", read, &[&["kms:Decrypt"]]);
    let repair = REPAIR.0.iter().chain(REPAIR.1).map(|action| (*action).to_owned());
    compare("infra/member.yaml RepairRole", repair, &[ON_BEHALF_OF_KEYS]);
}

/// The patterns of a statement's `Action`, whatever its form.
fn patterns(statement: &str) -> Vec<Pattern> {
    let action = statement.split_once("Action:").unwrap().1;
    let action = action.split_once("Resource:").unwrap().0;
    let action = uncommented(action);
    let words = action.split(is_end).filter(|word| word.contains(':'));
    words.map(Pattern::action).collect()
}

fn uncommented(text: &str) -> String {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// What ends a word, in any form of a list.
fn is_end(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | ',' | '[' | ']')
}

/// A boundary lets through what its role is granted; and of what changes functions and roles,
/// nothing may be done to our own.
#[test]
fn the_boundaries_of_repairs_stand_in_no_repairs_way() {
    for (file, role) in [("template.yaml", "RemediateRole"), ("infra/member.yaml", "RepairRole")] {
        let template = fs::read_to_string(root().join(file)).unwrap();
        let boundary = template.split("\n  RepairBoundary:").nth(1).unwrap();
        let boundary = boundary.split("\n\n  ").next().unwrap();
        let [allow, deny, ours] =
            boundary.split("- Sid: ").skip(1).collect::<Vec<_>>().try_into().unwrap();
        let (allow, deny, ours) = (patterns(allow), patterns(deny), patterns(ours));
        let is_in = |all: &[Pattern], action: &str| all.iter().any(|one| one.matches(action));
        let granted = granted(&format!("{file} {role}"));
        assert!(granted.len() > 20, "{file}: {granted:?}");
        for action in &granted {
            assert!(is_in(&allow, action) && !is_in(&deny, action), "{file}: {action}");
        }
        let writes = REPAIR.0.iter().filter(|action| {
            let known = iam::catalogue::action(action).unwrap();
            let reads = matches!(known.level(), AccessLevel::Read | AccessLevel::List);
            let of = |kind: &str| known.resource_types().any(|one| one.name == kind);
            !reads
                && granted.contains(**action)
                && (of("role") || (of("function") && file == "template.yaml"))
        });
        let unheld: Vec<_> = writes.filter(|action| !is_in(&ours, action)).collect();
        assert!(unheld.is_empty(), "{file}: {unheld:?} may be done to what is ours");
    }
}

/// The download link of the code must never be asked for.
#[test]
fn the_code_stays_out_of_reach() {
    for role in [
        "OnChangeRole",
        "RemediateRole",
        "infra/member.yaml ReadRole",
        "infra/member.yaml RepairRole",
    ] {
        assert!(!granted(role).contains("lambda:GetFunction"));
    }
}

/// What takes no resource is granted on everything; what is granted on ARNs works on such ARNs. Else
/// it is not granted at all.
#[test]
fn what_is_granted_can_be_granted_on_its_resources() {
    let (mut seen, mut compared, mut wrong) = (0, 0, Vec::new());
    for file in ["template.yaml", "infra/member.yaml"] {
        let template = fs::read_to_string(root().join(file)).unwrap();
        for statement in template.split("- Sid: ").skip(1) {
            let statement = statement.split("\n\n").next().unwrap_or_default();
            let Some((head, rest)) = statement.split_once("Resource:") else { continue };
            let resource = rest.split("Condition").next().unwrap_or_default();
            let arns = arns(resource);
            for action in actions(&uncommented(head)) {
                let Some(known) = iam::catalogue::action(&action) else { continue };
                seen += 1;
                let everything = resource.trim_start().starts_with("\"*\"");
                if !known.takes_resources() && !everything {
                    wrong.push(format!("{file}: {action} takes no resource"));
                }
                let fits = |arn: &String| {
                    let mut kinds = known.resource_types().flat_map(|kind| kind.arns());
                    kinds.any(|kind| is_such(arn, kind))
                };
                // One statement may grant several actions on several kinds: each action needs one.
                if known.takes_resources() && !arns.is_empty() {
                    compared += 1;
                    if !arns.iter().any(fits) {
                        wrong.push(format!("{file}: {action} on {arns:?}"));
                    }
                }
            }
        }
    }
    assert!(seen > 150 && compared > 60, "{seen} {compared}");
    assert_eq!(wrong, Vec::<String>::new());
}

/// Whether the pattern `arn` is of the service of `kind`, and may name such resources there.
fn is_such(arn: &str, kind: &str) -> bool {
    let parts = |arn: &str| arn.splitn(6, ':').map(Pattern::text).collect::<Vec<_>>();
    let (arn, kind) = (parts(arn), parts(kind));
    arn.len() == 6 && kind.len() == 6 && arn.iter().zip(&kind).all(|(a, b)| a.overlaps(b))
}

/// The ARNs of a statement that are spelt out, with `*` for what is left open.
fn arns(resource: &str) -> Vec<String> {
    let arns = resource.split(is_end).filter(|word| word.starts_with("arn:"));
    let filled = |arn: &str| {
        let mut parts = arn.split("${");
        let first = parts.next().unwrap_or_default().to_owned();
        let rest = parts.filter_map(|part| part.split_once('}'));
        rest.fold(first, |sofar, (_, rest)| sofar + "*" + rest)
    };
    arns.map(filled).collect()
}
