//! Remedies that set something of the function itself.

use iam::{Actions, Effect, Pattern, Policy, Principal, Principals, Statement};
use model::{
    Destination, DestinationKind, Fact, KeyManager, LogGroup, NamedPolicy, Role, RoleState,
    Runtime, Snapshot, account_of,
};

use super::{Case, Draft};
use crate::repair::{Slot, State};

/// Puts the variables under the key of the baseline.
pub(super) fn key(case: &Case<'_>) -> Result<Draft, String> {
    let function = case.function;
    let Some((key, policy)) = &case.key else {
        return Err("the baseline names no key: set `key` under `[repair]`".to_owned());
    };
    if key.manager != KeyManager::Customer {
        return Err(format!("the key `{}` is AWS's own", key.arn));
    }
    if key.state != "Enabled" {
        return Err(format!("the key `{}` is not enabled but `{}`", key.arn, key.state));
    }
    if account_of(&key.arn) != Some(function.arn.account()) {
        return Err(format!("the key `{}` is of another account", key.arn));
    }
    lets_lambda_use_it(policy, function.arn.account())
        .map_err(|why| format!("the policy of the key `{}` {why}", key.arn))?;
    let mut mended = function.clone();
    if let Fact::Known(environment) = &mut mended.environment {
        environment.key = Some(key.arn.clone());
    }
    mended.key = Fact::Known(Some(key.clone()));
    let slot = Slot::Key { function: function.arn.clone() };
    let summary = format!("encrypt the variables with `{}`", key.arn);
    let draft = case.one(slot, State::of(key.arn.clone()), summary, mended);
    Ok(Draft { remarks: case.versions("key"), ..draft })
}

/// Lambda uses a key by a grant that the caller of `UpdateFunctionConfiguration` creates: the key's
/// policy must leave that to the account's IAM, and deny it to nobody.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html>
fn lets_lambda_use_it(policy: &Policy, account: &str) -> Result<(), String> {
    const NEEDED: [&str; 3] = ["kms:CreateGrant", "kms:Encrypt", "kms:Decrypt"];
    let speaks = |statement: &Statement, action: &str| match &statement.actions {
        Actions::Only(patterns) => patterns.iter().any(|one| Pattern::action(one).matches(action)),
        Actions::Except(patterns) => {
            !patterns.iter().any(|one| Pattern::action(one).matches(action))
        }
    };
    let is_account = |principal: &Principal| match principal {
        Principal::Aws(text) => {
            text == account || (account_of(text) == Some(account) && text.ends_with(":root"))
        }
        _ => false,
    };
    let leaves = |statement: &Statement| {
        statement.effect == Effect::Allow
            && statement.conditions.is_empty()
            && matches!(&statement.principals, Some(Principals::Only(all)) if all.iter().any(is_account))
    };
    for action in NEEDED {
        let of_action = || policy.statements.iter().filter(|one| speaks(one, action));
        if of_action().any(|statement| statement.effect == Effect::Deny) {
            return Err(format!("denies `{action}` to somebody, perhaps to us"));
        }
        if !of_action().any(leaves) {
            return Err(format!("does not leave `{action}` to the IAM policies of the account"));
        }
    }
    Ok(())
}

/// Switches active tracing on.
pub(super) fn tracing(case: &Case<'_>) -> Result<Draft, String> {
    let function = case.function;
    let role = role_of(function)?;
    if !may(role, "xray:PutTraceSegments", "*") {
        return Err(format!(
            "the role may not send traces: grant it `xray:PutTraceSegments` and \
             `xray:PutTelemetryRecords`, e.g. by `AWSXRayDaemonWriteAccess` (`{}`)",
            role.arn
        ));
    }
    let mut mended = function.clone();
    mended.settings.tracing = Some("Active".to_owned());
    if let Fact::Known(configuration) = &mut mended.operation.configuration {
        configuration.tracing = true;
    }
    let slot = Slot::Tracing { function: function.arn.clone() };
    let summary = "switch active tracing on".to_owned();
    let draft = case.one(slot, State::of("Active"), summary, mended);
    Ok(Draft { remarks: case.versions("tracing mode"), ..draft })
}

/// Moves `$LATEST` to the runtime that AWS names as successor.
pub(super) fn runtime(case: &Case<'_>) -> Result<Draft, String> {
    let function = case.function;
    let Some(Runtime::Managed(now)) = function.runtime.known() else {
        return Err("a container image brings its own runtime: build it anew".to_owned());
    };
    let mut next = now;
    // AWS names the next one, which may be as dead.
    for _ in 0..case.cx.calendar.runtimes.len() {
        let life = case.cx.calendar.runtimes.get(next);
        let Some(successor) = life.and_then(|life| life.successor.as_ref()) else { break };
        next = successor;
        let life = case.cx.calendar.runtimes.get(next);
        if life.is_some_and(|life| life.deprecated.is_none_or(|day| day > case.cx.today)) {
            break;
        }
    }
    if next == now {
        return Err(format!("no successor of `{now}` is known"));
    }
    let mut mended = function.clone();
    mended.runtime = Fact::Known(Runtime::Managed(next.clone()));
    let slot = Slot::Runtime { function: function.arn.clone() };
    let summary = format!("move from `{now}` to `{next}`");
    let draft = case.one(slot, State::of(next.clone()), summary, mended);
    let mut remarks = case.versions("runtime");
    remarks.push(format!(
        "the code and its packages were built for `{now}`: its errors are watched, and the old \
         runtime is put back when they rise, unless AWS blocks updates of it by then"
    ));
    Ok(Draft { remarks, ..draft })
}

/// Reserves the concurrency of the baseline.
pub(super) fn concurrency(case: &Case<'_>) -> Result<Draft, String> {
    let Some(reserved) = case.cx.baseline.repair.reserved_concurrency else {
        return Err(
            "the baseline names no number: set `reserved_concurrency` under `[repair]`".to_owned()
        );
    };
    let function = case.function;
    let mut mended = function.clone();
    mended.survey.reserved = Fact::Known(Some(reserved));
    let slot = Slot::Concurrency { function: function.arn.clone() };
    let summary = format!("reserve {reserved} concurrent executions");
    let draft = case.one(slot, State::of(reserved.to_string()), summary, mended);
    let remarks = vec![format!(
        "more than {reserved} at a time are throttled from then on, and other functions have \
         {reserved} fewer to share"
    )];
    Ok(Draft { remarks, ..draft })
}

/// Lets the log group forget after the days of the baseline.
pub(super) fn retention(case: &Case<'_>) -> Result<Draft, String> {
    let function = case.function;
    let configuration = function.operation.configuration.known();
    let Some(configuration) = configuration else {
        return Err("the function's log group is not known".to_owned());
    };
    let days = case.cx.baseline.repair.log_retention_days;
    let group = configuration.log_group.clone();
    let summary = format!("keep the events of `{group}` for {days} days");
    let mut mended = function.clone();
    mended.survey.log_group = Fact::Known(Some(LogGroup { retention: Some(days) }));
    let slot = Slot::Retention { function: function.arn.clone(), group };
    let draft = case.one(slot, State::of(days.to_string()), summary, mended);
    let remarks = vec![format!(
        "CloudWatch Logs deletes events older than {days} days, and no rollback brings them back"
    )];
    Ok(Draft { remarks, ..draft })
}

/// Sends events that fail to the queue of the baseline.
pub(super) fn failure_path(case: &Case<'_>) -> Result<Draft, String> {
    let function = case.function;
    let Some(queue) = &case.cx.baseline.repair.failure_queue else {
        return Err("the baseline names no queue: set `failure_queue` under `[repair]`".to_owned());
    };
    let arn = &function.arn;
    let target = format!("arn:{}:sqs:{}:{}:{queue}", arn.partition(), arn.region(), arn.account());
    let role = role_of(function)?;
    if !may(role, "sqs:SendMessage", &target) {
        return Err(format!("the role may not `sqs:SendMessage` to `{target}`: grant it first"));
    }
    let mut mended = function.clone();
    mended.settings.dead_letter = Some(target.clone());
    if let Fact::Known(configuration) = &mut mended.operation.configuration {
        configuration.dead_letter = Some(target.clone());
    }
    if let Fact::Known(destinations) = &mut mended.destinations {
        let kind = DestinationKind::DeadLetter;
        destinations.push(Destination { kind, qualifier: None, arn: target.clone() });
    }
    let slot = Slot::DeadLetter { function: arn.clone() };
    let summary = format!("keep events that fail in `{target}`");
    let draft = case.one(slot, State::of(target), summary, mended);
    Ok(Draft { remarks: case.versions("dead-letter target"), ..draft })
}

fn role_of(function: &Snapshot) -> Result<&Role, String> {
    match function.role.get("execution role") {
        Ok(RoleState::Present(role)) => Ok(role),
        Ok(RoleState::Missing) => Err("the execution role does not exist".to_owned()),
        Err(gap) => Err(format!("{} unknown: {}", gap.fact, gap.why)),
    }
}

/// Whether some policy of the role surely grants `action` on `resource`.
fn may(role: &Role, action: &str, resource: &str) -> bool {
    let (Some(policies), Some(boundary)) = (role.policies.known(), role.boundary.known()) else {
        return false;
    };
    let all: Vec<_> = policies.iter().map(NamedPolicy::named).collect();
    let boundary = boundary.as_ref().map(NamedPolicy::named);
    let grants = iam::Grants::new(&all, boundary);
    grants.allows(action).iter().any(|grant| {
        grant.conditions.is_empty()
            && !grant.is_conditional
            && grant.unless.is_empty()
            && grant.denied.is_empty()
            && grant.bounded.is_empty()
            && Pattern::text(grant.resource).matches(resource)
    })
}
