//! Settings, URLs, resource policies and tags of a function.

use aws_sdk_lambda::{
    Client,
    types::{DeadLetterConfig, FunctionUrlAuthType, Runtime, TracingConfig, TracingMode},
};
use model::FunctionArn;
use scan::{
    Kind, PortError,
    repair::{Held, Slot, State},
};

use super::{changed, not_here, statement};
use crate::failure::{port_error, refuse};

const CONFIGURATION: &str = "lambda:GetFunctionConfiguration";
const UPDATE: &str = "lambda:UpdateFunctionConfiguration";
const POLICY: &str = "lambda:GetPolicy";
const URL: &str = "lambda:GetFunctionUrlConfig";

pub(super) async fn look(lambda: &Client, slot: &Slot) -> Result<Held, PortError> {
    match slot {
        Slot::Key { function }
        | Slot::Tracing { function }
        | Slot::Runtime { function }
        | Slot::DeadLetter { function } => configuration(lambda, function, slot).await,
        Slot::Concurrency { function } => concurrency(lambda, function).await,
        Slot::Url { function, qualifier } => url(lambda, function, qualifier.as_deref()).await,
        Slot::Statement { function, qualifier, sid } => {
            of_policy(lambda, function, qualifier.as_deref(), sid).await
        }
        Slot::Tag { function, key } => tag(lambda, function, key).await,
        _ => Err(not_here(slot)),
    }
}

/// Writes `to` where `held` was read just now.
pub(super) async fn put(
    lambda: &Client,
    slot: &Slot,
    held: &Held,
    to: &State,
) -> Result<(), PortError> {
    match slot {
        Slot::Key { .. }
        | Slot::Tracing { .. }
        | Slot::Runtime { .. }
        | Slot::DeadLetter { .. } => configure(lambda, slot, held, to).await,
        Slot::Concurrency { function } => reserve(lambda, function, to).await,
        Slot::Url { function, qualifier } => {
            authorise(lambda, function, qualifier.as_deref(), to).await
        }
        Slot::Statement { .. } => permit(lambda, slot, held, to).await,
        Slot::Tag { function, key } => set_tag(lambda, function, key, to).await,
        _ => Err(not_here(slot)),
    }
}

async fn configuration(
    lambda: &Client,
    function: &FunctionArn,
    slot: &Slot,
) -> Result<Held, PortError> {
    let answer = lambda.get_function_configuration().function_name(function.as_str()).send().await;
    let answer = answer.map_err(|error| port_error(CONFIGURATION, function.as_str(), error))?;
    let text = match slot {
        Slot::Key { .. } => answer.kms_key_arn.filter(|key| !key.is_empty()),
        Slot::Tracing { .. } => {
            let mode = answer.tracing_config.and_then(|tracing| tracing.mode);
            Some(mode.unwrap_or(TracingMode::PassThrough).as_str().to_owned())
        }
        Slot::Runtime { .. } => answer.runtime.map(|runtime| runtime.as_str().to_owned()),
        _ => answer
            .dead_letter_config
            .and_then(|config| config.target_arn)
            .filter(|arn| !arn.is_empty()),
    };
    Ok(Held { state: State(text), revision: answer.revision_id, irreversible: None })
}

/// One field alone is sent: Lambda leaves the others as they are, the variables among them.
async fn configure(lambda: &Client, slot: &Slot, held: &Held, to: &State) -> Result<(), PortError> {
    let Some(function) = slot.function() else { return Err(not_here(slot)) };
    let update = lambda
        .update_function_configuration()
        .function_name(function.as_str())
        .set_revision_id(held.revision.clone());
    let update = match (slot, to.text()) {
        // An empty name takes Lambda back to its own key, and to no target.
        (Slot::Key { .. }, key) => update.kms_key_arn(key.unwrap_or_default()),
        (Slot::DeadLetter { .. }, target) => update.dead_letter_config(
            DeadLetterConfig::builder().target_arn(target.unwrap_or_default()).build(),
        ),
        (Slot::Tracing { .. }, Some(mode)) => {
            update.tracing_config(TracingConfig::builder().mode(TracingMode::from(mode)).build())
        }
        (Slot::Runtime { .. }, Some(runtime)) => update.runtime(Runtime::from(runtime)),
        _ => return Err(not_here(slot)),
    };
    let done = update.send().await;
    done.map(drop).map_err(|error| port_error(UPDATE, function.as_str(), error))
}

async fn concurrency(lambda: &Client, function: &FunctionArn) -> Result<Held, PortError> {
    const OPERATION: &str = "lambda:GetFunctionConcurrency";
    let answer = lambda.get_function_concurrency().function_name(function.as_str()).send().await;
    let answer = answer.map_err(|error| port_error(OPERATION, function.as_str(), error))?;
    let reserved = answer.reserved_concurrent_executions;
    Ok(Held { state: State(reserved.map(|n| n.to_string())), ..Held::default() })
}

async fn reserve(lambda: &Client, function: &FunctionArn, to: &State) -> Result<(), PortError> {
    const PUT: &str = "lambda:PutFunctionConcurrency";
    const DELETE: &str = "lambda:DeleteFunctionConcurrency";
    let name = function.as_str();
    let Some(text) = to.text() else {
        let done = lambda.delete_function_concurrency().function_name(name).send().await;
        return done.map(drop).map_err(|error| port_error(DELETE, name, error));
    };
    let reserved: i32 = text.parse().map_err(|_| {
        refuse(PUT, name, Kind::Failed, format!("`{text}` is no number of executions"))
    })?;
    let put = lambda.put_function_concurrency().function_name(name);
    let done = put.reserved_concurrent_executions(reserved).send().await;
    done.map(drop).map_err(|error| port_error(PUT, name, error))
}

async fn url(
    lambda: &Client,
    function: &FunctionArn,
    qualifier: Option<&str>,
) -> Result<Held, PortError> {
    let get = lambda.get_function_url_config().function_name(function.as_str());
    let answer = get.set_qualifier(qualifier.map(str::to_owned)).send().await;
    match answer.map_err(|error| port_error(URL, function.as_str(), error)) {
        Ok(answer) => Ok(Held { state: State::of(answer.auth_type.as_str()), ..Held::default() }),
        Err(error) if error.kind == Kind::Gone => Ok(Held::default()),
        Err(error) => Err(error),
    }
}

async fn authorise(
    lambda: &Client,
    function: &FunctionArn,
    qualifier: Option<&str>,
    to: &State,
) -> Result<(), PortError> {
    const OPERATION: &str = "lambda:UpdateFunctionUrlConfig";
    let name = function.as_str();
    let Some(kind) = to.text() else {
        return Err(refuse(OPERATION, name, Kind::Failed, "a URL is not deleted"));
    };
    let update = lambda.update_function_url_config().function_name(name);
    let update = update.set_qualifier(qualifier.map(str::to_owned));
    let done = update.auth_type(FunctionUrlAuthType::from(kind)).send().await;
    done.map(drop).map_err(|error| port_error(OPERATION, name, error))
}

async fn of_policy(
    lambda: &Client,
    function: &FunctionArn,
    qualifier: Option<&str>,
    sid: &str,
) -> Result<Held, PortError> {
    let get = lambda.get_policy().function_name(function.as_str());
    let answer = get.set_qualifier(qualifier.map(str::to_owned)).send().await;
    let answer = match answer.map_err(|error| port_error(POLICY, function.as_str(), error)) {
        Ok(answer) => answer,
        Err(error) if error.kind == Kind::Gone => return Ok(Held::default()),
        Err(error) => return Err(error),
    };
    let revision = answer.revision_id;
    let found = statement::find(&answer.policy.unwrap_or_default(), sid)
        .map_err(|why| refuse(POLICY, function.as_str(), Kind::Failed, why))?;
    let Some(found) = found else { return Ok(Held { revision, ..Held::default() }) };
    let irreversible = statement::Permission::read(&found).err();
    Ok(Held { state: State::of(found.to_string()), revision, irreversible })
}

async fn permit(lambda: &Client, slot: &Slot, held: &Held, to: &State) -> Result<(), PortError> {
    const ADD: &str = "lambda:AddPermission";
    const REMOVE: &str = "lambda:RemovePermission";
    let Slot::Statement { function, qualifier, sid } = slot else { return Err(not_here(slot)) };
    let name = function.as_str();
    let (qualifier, revision) = (qualifier.clone(), held.revision.clone());
    if held.state.text().is_some() {
        let remove = lambda.remove_permission().function_name(name).statement_id(sid);
        let done = remove.set_qualifier(qualifier).set_revision_id(revision).send().await;
        done.map(drop).map_err(|error| port_error(REMOVE, name, error))?;
    }
    let Some(text) = to.text() else { return Ok(()) };
    let bad = |why: String| refuse(ADD, name, Kind::Failed, why);
    let value = serde_json::from_str(text).map_err(|error| bad(error.to_string()))?;
    let permission = statement::Permission::read(&value).map_err(bad)?;
    let qualifier = match slot {
        Slot::Statement { qualifier, .. } => qualifier.clone(),
        _ => None,
    };
    // Of a policy that another call has just changed, the revision is not known any more.
    let revision = held.revision.clone().filter(|_| held.state.text().is_none());
    let add = lambda
        .add_permission()
        .function_name(name)
        .set_qualifier(qualifier)
        .set_revision_id(revision)
        .statement_id(sid)
        .action(permission.action)
        .principal(permission.principal)
        .set_source_arn(permission.source_arn)
        .set_source_account(permission.source_account)
        .set_principal_org_id(permission.organization)
        .set_event_source_token(permission.token)
        .set_function_url_auth_type(permission.url_auth.as_deref().map(FunctionUrlAuthType::from))
        .set_invoked_via_function_url(permission.via_url);
    match add.send().await.map_err(|error| port_error(ADD, name, error)) {
        Ok(_) => Ok(()),
        // Lambda says so of a statement of that name.
        Err(error) if error.kind == Kind::Busy => Err(changed(ADD, slot)),
        Err(error) => Err(error),
    }
}

async fn tag(lambda: &Client, function: &FunctionArn, key: &str) -> Result<Held, PortError> {
    const OPERATION: &str = "lambda:ListTags";
    let answer = lambda.list_tags().resource(function.as_str()).send().await;
    let answer = answer.map_err(|error| port_error(OPERATION, function.as_str(), error))?;
    let value = answer.tags.and_then(|mut tags| tags.remove(key));
    Ok(Held { state: State(value), ..Held::default() })
}

async fn set_tag(
    lambda: &Client,
    function: &FunctionArn,
    key: &str,
    to: &State,
) -> Result<(), PortError> {
    const TAG: &str = "lambda:TagResource";
    const UNTAG: &str = "lambda:UntagResource";
    let name = function.as_str();
    match to.text() {
        Some(value) => {
            let done = lambda.tag_resource().resource(name).tags(key, value).send().await;
            done.map(drop).map_err(|error| port_error(TAG, name, error))
        }
        None => {
            let done = lambda.untag_resource().resource(name).tag_keys(key).send().await;
            done.map(drop).map_err(|error| port_error(UNTAG, name, error))
        }
    }
}
