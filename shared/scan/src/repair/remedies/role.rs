//! The remedy of roles that may do too much: the proposal of what is granted against what is used.

use iam::{Policy, Principal, Principals};
use model::{FunctionArn, NamedPolicy, Origin, Role, RoleState, Snapshot};
use usage::{Warning, judge, propose, size};

use super::{Case, Draft, Wanted};
use crate::repair::{ATTACHED, Slot, State};

/// Replaces the policies of the role by the least that was used, is needed or cannot be told.
///
/// New policies are attached before old ones go. Policies that others share are detached and never
/// edited; AWS's own likewise.
pub(super) fn narrow(case: &Case<'_>) -> Result<Draft, String> {
    let function = case.function;
    let unknown = |gap: model::Gap| format!("{} unknown: {}", gap.fact, gap.why);
    let role = match function.role.get("execution role").map_err(unknown)? {
        RoleState::Present(role) => role,
        RoleState::Missing => return Err("the execution role does not exist".to_owned()),
    };
    trusts_lambda_alone(role)?;
    let usage = function.usage.get("calls of the role").map_err(unknown)?;
    let users = function.role_users.get("functions with the same role").map_err(unknown)?;
    let old = role.policies.get("policies of the role").map_err(unknown)?;
    let settings = rules::usage_settings(&case.cx.baseline);
    let judgement = judge(role, users, usage, &settings).map_err(unknown)?;
    let proposal = propose(role, &judgement).map_err(unknown)?;
    for warning in &proposal.warnings {
        match warning {
            Warning::Growing { .. } | Warning::KeptWhole { .. } => {}
            Warning::TrustsOthers => {
                return Err("others than Lambda may assume the role".to_owned());
            }
            Warning::ServiceLinked => return Err("AWS owns the role".to_owned()),
            Warning::TooLarge { size } => {
                return Err(format!("what it needs takes {size} characters, more than IAM allows"));
            }
        }
    }
    if !proposal.changes {
        return Err("nothing it is granted is known to be unused".to_owned());
    }
    let new: Vec<NamedPolicy> = proposal
        .policies
        .iter()
        .enumerate()
        .map(|(n, policy)| named(case.id, n, &policy.document))
        .collect();
    proved(&new, old)?;
    let wanted = steps(role, &new, old)?;
    let mut remarks = vec![format!(
        "{} granted actions stay, {} go, {} are narrowed to the resources that were seen",
        proposal.kept, proposal.removed, proposal.narrowed
    )];
    if users.len() > 1 {
        remarks.push(format!("{} functions share the role", users.len()));
    }
    Ok(Draft {
        summary: format!(
            "replace the {} of `{}` by what its functions use",
            match old.len() {
                1 => "policy".to_owned(),
                n => format!("{n} policies"),
            },
            role.arn
        ),
        remarks,
        proofs: proofs(&new, old)?,
        wanted,
        mended: Box::new(mended(function, role, new)),
        watched: users.iter().map(|user| user.arn.clone()).collect::<Vec<FunctionArn>>(),
    })
}

/// Whoever else may take the role leaves other traces than a function does.
fn trusts_lambda_alone(role: &Role) -> Result<(), String> {
    let trust = role.trust.get("trust policy");
    let trust = trust.map_err(|gap| format!("{} unknown: {}", gap.fact, gap.why))?;
    let is_lambda = |principal: &Principal| matches!(principal, Principal::Service(name) if name == "lambda.amazonaws.com");
    let is_fine = |statement: &iam::Statement| match &statement.principals {
        _ if statement.effect == iam::Effect::Deny => true,
        Some(Principals::Only(all)) => all.iter().all(is_lambda),
        _ => false,
    };
    match trust.statements.iter().all(is_fine) {
        true => Ok(()),
        false => {
            Err("others than Lambda may assume the role: its use cannot be told from logs of \
                      functions alone"
                .to_owned())
        }
    }
}

fn named(id: &str, n: usize, document: &Policy) -> NamedPolicy {
    NamedPolicy {
        name: format!("warden-{id}-{}", n + 1),
        origin: Origin::Inline,
        document: document.clone(),
        changed: None,
    }
}

/// Our own proof that nothing new is granted.
fn proved(new: &[NamedPolicy], old: &[NamedPolicy]) -> Result<(), String> {
    let new: Vec<_> = new.iter().map(NamedPolicy::named).collect();
    let old: Vec<_> = old.iter().map(NamedPolicy::named).collect();
    iam::subset(&new, &old)
        .map_err(|widening| format!("it is not proved that nothing new is granted: {widening}"))
}

/// New policies first, and then the old ones go. Inline while the role has room for both.
fn steps(role: &Role, new: &[NamedPolicy], old: &[NamedPolicy]) -> Result<Vec<Wanted>, String> {
    let is_inline = |policy: &&NamedPolicy| policy.origin == Origin::Inline;
    let inline: usize = old.iter().filter(is_inline).map(|one| size::size(&one.document)).sum();
    let attached = old.len() - old.iter().filter(is_inline).count();
    let added: usize = new.iter().map(|one| size::size(&one.document)).sum();
    let fits_inline = inline + added <= size::INLINE;
    let fits_attached = attached + new.len() <= size::ATTACHED
        && new.iter().all(|one| size::size(&one.document) <= size::MANAGED);
    if !fits_inline && !fits_attached {
        return Err("the role has no room for the new policies beside the old ones: IAM's limits \
                    on size and number; replace them by hand"
            .to_owned());
    }
    let mut wanted = Vec::new();
    for policy in new {
        let text = State::of(text(&policy.document)?);
        if fits_inline {
            let slot = Slot::RolePolicy { role: role.arn.clone(), name: policy.name.clone() };
            wanted.push(Wanted { slot, after: text });
        } else {
            let arn = managed(&role.arn, &policy.name);
            wanted.push(Wanted { slot: Slot::ManagedPolicy { policy: arn.clone() }, after: text });
            let slot = Slot::Attachment { role: role.arn.clone(), policy: arn };
            wanted.push(Wanted { slot, after: State::of(ATTACHED) });
        }
    }
    wanted.extend(old.iter().map(|policy| Wanted {
        slot: match &policy.origin {
            Origin::Inline => {
                Slot::RolePolicy { role: role.arn.clone(), name: policy.name.clone() }
            }
            Origin::Managed(arn) => {
                Slot::Attachment { role: role.arn.clone(), policy: arn.clone() }
            }
        },
        after: State::ABSENT,
    }));
    Ok(wanted)
}

/// ARN of a managed policy of ours in the role's account.
fn managed(role: &str, name: &str) -> String {
    let partition = model::partition_of(role).unwrap_or("aws");
    let account = model::account_of(role).unwrap_or_default();
    format!("arn:{partition}:iam::{account}:policy/{name}")
}

fn text(document: &Policy) -> Result<String, String> {
    serde_json::to_string(document).map_err(|bad| bad.to_string())
}

/// Each new document against all old ones taken as one.
fn proofs(new: &[NamedPolicy], old: &[NamedPolicy]) -> Result<Vec<(String, String)>, String> {
    let mut all = Policy { version: iam::Version::V2012, id: None, statements: Vec::new() };
    if old.iter().any(|one| one.document.version == iam::Version::V2008) {
        // Joined under another version, variables would mean something else.
        return Ok(Vec::new());
    }
    for policy in old {
        let statements = policy.document.statements.iter().cloned();
        // A `Sid` may stand once only.
        all.statements.extend(statements.map(|one| iam::Statement { sid: None, ..one }));
    }
    let old = text(&all)?;
    new.iter().map(|policy| Ok((text(&policy.document)?, old.clone()))).collect()
}

fn mended(function: &Snapshot, role: &Role, new: Vec<NamedPolicy>) -> Snapshot {
    let role = Role { policies: model::Fact::Known(new), ..role.clone() };
    Snapshot {
        role: model::Fact::Known(RoleState::Present(std::sync::Arc::new(role))),
        ..function.clone()
    }
}
