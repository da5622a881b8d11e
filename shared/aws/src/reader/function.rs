//! One function, read call by call.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use aws_sdk_lambda::{
    Client,
    operation::get_function_configuration::GetFunctionConfigurationOutput,
    types::{FunctionConfiguration, UpdateRuntimeOn},
};
use jiff::Timestamp;
use model::{
    Context, Exposure, Fact, FunctionArn, Key, Needs, Network, Operation, Qualifier, RoleState,
    RoleUser, Runtime, RuntimeUpdate, Snapshot, Survey,
};
use scan::{Kind, Place, PortError};
use tokio::time::Instant;

use super::{
    NOT_READ, Reader, concurrency,
    configuration::Configuration,
    destinations::{self, BySource},
    exposure, fact, keys, needs, operation, role, role_needs,
    survey::{asked_for, logs},
    tags, unknown, usage,
    users::User,
    vanished::vanished,
};
use crate::{
    Purpose,
    failure::{port_error, refuse},
    json_api::{DESCRIBE_KEY, JsonApi},
};

pub(super) const CONFIGURATION: &str = "lambda:GetFunctionConfiguration";

/// Reads one function once no update of it is in progress.
pub(super) async fn read(
    reader: &Reader,
    arn: &FunctionArn,
    as_of: Timestamp,
) -> Result<Snapshot, PortError> {
    let place = Place::of(arn);
    let lambda = reader.cloud.lambda(&place).await?;
    let (read_at, configuration) = match settled(&lambda, arn, reader.patience_left()).await {
        Ok(settled) => settled,
        Err(error) => {
            if error.kind == Kind::Gone {
                reader.users.note(arn, None).await;
            }
            return Err(error);
        }
    };
    let role_arn = configuration.settings.role.clone();
    reader.users.note(arn, User::of(&configuration)).await;
    let context = needs::context();
    let (
        tags,
        (exposures, own, sizes),
        (users, sources),
        role,
        network,
        key,
        runtime_update,
        survey,
    ) = tokio::join!(
        tags::of_function(&lambda, arn),
        exposures(&lambda, arn, configuration.needs.clone()),
        users(reader, &lambda, arn, role_arn.as_deref(), as_of),
        role_state(reader, &place, role_arn.as_deref(), as_of),
        network(reader, &place, &configuration, as_of),
        key(reader, &place, configuration.environment.key.as_deref()),
        update_mode(&lambda, arn, &configuration.runtime, context.as_ref()),
        Box::pin(survey(reader, &lambda, &place, &configuration)),
    );
    let dead_letter = configuration.settings.dead_letter.as_deref();
    let (exposure, qualifiers) = exposures;
    let proves = reader.usage.is_some();
    let path = rules::failure_path_matters(&exposure, &qualifiers, &configuration.facts);
    let invocations = match path || destinations::matter(&role, arn.account(), proves) {
        true => destinations::invocations(&lambda, arn).await,
        false => Fact::unknown(NOT_READ),
    };
    let destinations = destinations::destinations(arn, dead_letter, &sources, invocations);
    let own =
        own.map(|own| Needs { destinations: destinations::asynchronous(&destinations), ..own });
    let role_users = users.map(|users| Arc::new(role_users(users, &sources, arn, own)));
    let usage = usage::of_role(reader, &place, &role, &role_users).await;
    let unsettled = configuration.unsettled;
    let snapshot = Snapshot {
        arn: arn.clone(),
        read_at,
        remembered: None,
        settings: configuration.settings,
        runtime: configuration.runtime,
        runtime_update,
        environment: Fact::Known(configuration.environment),
        key,
        tags: fact(tags),
        exposure,
        qualifiers,
        layers: Fact::Known(configuration.layers),
        destinations,
        role,
        role_users,
        network,
        usage,
        operation: Operation {
            configuration: configuration.facts,
            sources: destinations::feeds(&sources, arn),
            versions: sizes,
        },
        survey,
    };
    if vanished(&lambda, &snapshot).await {
        reader.users.note(arn, None).await;
        return Err(refuse(CONFIGURATION, arn.as_str(), Kind::Gone, "deleted while it was read"));
    }
    Ok(if unsettled { in_motion(snapshot) } else { snapshot })
}

/// Forgets everything that the update in progress may change. How long it was waited for is left
/// out, for the same gap must read the same.
fn in_motion(snapshot: Snapshot) -> Snapshot {
    let why = "an update was still in progress";
    Snapshot {
        runtime: Fact::unknown(why),
        environment: Fact::unknown(why),
        key: Fact::unknown(why),
        layers: Fact::unknown(why),
        destinations: Fact::unknown(why),
        role: Fact::unknown(why),
        role_users: Fact::unknown(why),
        network: Fact::unknown(why),
        usage: Fact::unknown(why),
        survey: Survey::unknown(why),
        operation: Operation { versions: snapshot.operation.versions, ..Operation::unknown(why) },
        ..snapshot
    }
}

/// Asks until the function is at rest, or patience ends; and when the last answer was asked for.
async fn settled(
    lambda: &Client,
    arn: &FunctionArn,
    patience: Duration,
) -> Result<(Timestamp, Configuration), PortError> {
    let deadline = Instant::now() + patience;
    let mut pause = (patience / 20).min(Duration::from_millis(500));
    loop {
        let asked_at = Timestamp::now();
        let answer = lambda.get_function_configuration().function_name(arn.as_str()).send().await;
        let answer = answer.map_err(|error| port_error(CONFIGURATION, arn.as_str(), error))?;
        let refused = |kind, reason: String| refuse(CONFIGURATION, arn.as_str(), kind, reason);
        let configuration = Configuration::read(plain(answer))
            .map_err(|bad| refused(Kind::Failed, bad.to_string()))?
            .ok_or_else(|| {
                refused(Kind::Gone, "Lambda@Edge made it of a function elsewhere".to_owned())
            })?;
        if !configuration.unsettled || Instant::now() + pause > deadline {
            return Ok((asked_at, configuration));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(5));
    }
}

/// The SDK has two types of the same shape; lists use the other.
fn plain(answer: GetFunctionConfigurationOutput) -> FunctionConfiguration {
    FunctionConfiguration::builder()
        .set_function_arn(answer.function_arn)
        .set_version(answer.version)
        .set_master_arn(answer.master_arn)
        .set_state(answer.state)
        .set_last_update_status(answer.last_update_status)
        .set_package_type(answer.package_type)
        .set_runtime(answer.runtime)
        .set_role(answer.role)
        .set_handler(answer.handler)
        .set_timeout(answer.timeout)
        .set_memory_size(answer.memory_size)
        .set_code_sha256(answer.code_sha256)
        .set_last_modified(answer.last_modified)
        .set_revision_id(answer.revision_id)
        .set_architectures(answer.architectures)
        .set_tracing_config(answer.tracing_config)
        .set_dead_letter_config(answer.dead_letter_config)
        .set_environment(answer.environment)
        .set_kms_key_arn(answer.kms_key_arn)
        .set_layers(answer.layers)
        .set_file_system_configs(answer.file_system_configs)
        .set_logging_config(answer.logging_config)
        .set_durable_config(answer.durable_config)
        .code_size(answer.code_size)
        .set_ephemeral_storage(answer.ephemeral_storage)
        .set_snap_start(answer.snap_start)
        .set_vpc_config(answer.vpc_config)
        .build()
}

async fn published(lambda: &Client, arn: &FunctionArn) -> Fact<Vec<Configuration>> {
    const OPERATION: &str = "lambda:ListVersionsByFunction";
    let list = lambda.list_versions_by_function().function_name(arn.as_str());
    let found: Result<Vec<_>, _> = list.into_paginator().items().send().try_collect().await;
    let found = match found {
        Ok(found) => found,
        Err(error) => return unknown(&port_error(OPERATION, arn.as_str(), error)),
    };
    match found.into_iter().map(Configuration::read).collect::<Result<Vec<_>, _>>() {
        Ok(found) => {
            let published = found.into_iter().flatten().filter(Configuration::is_published);
            Fact::Known(published.collect())
        }
        Err(bad) => Fact::unknown(format!("{OPERATION}: {bad}")),
    }
}

/// Who may invoke the function, and what it and its versions make Lambda do; unknown with the list
/// of versions.
async fn exposures(
    lambda: &Client,
    arn: &FunctionArn,
    latest: Needs,
) -> ((Exposure, Fact<Vec<Qualifier>>), Fact<Needs>, Fact<BTreeMap<String, u64>>) {
    let published = published(lambda, arn).await;
    let mut needs = latest;
    for version in published.known().into_iter().flatten() {
        role_needs::add(&mut needs, &version.needs);
    }
    let needs = match &published {
        Fact::Known(_) => Fact::Known(needs),
        Fact::Unknown { unknown } => Fact::unknown(unknown),
    };
    let sizes = match &published {
        Fact::Known(all) => operation::sizes(all),
        Fact::Unknown { unknown } => Fact::unknown(unknown),
    };
    let version = |version: Configuration| (version.version, version.runtime);
    let versions = published.map(|all| all.into_iter().map(version).collect());
    (exposure::exposures(lambda, arn, versions).await, needs, sizes)
}

async fn role_state(
    reader: &Reader,
    place: &Place,
    arn: Option<&str>,
    as_of: Timestamp,
) -> Fact<RoleState> {
    let Some(arn) = arn else { return Fact::unknown("Lambda names no role") };
    match reader.cloud.iam(place).await {
        Ok(iam) => role::role(&iam, &reader.managed, arn, as_of).await,
        Err(error) => unknown(&error),
    }
}

type Found = Vec<(FunctionArn, Needs)>;

/// Who has the role, and the event sources: of the function alone, or of all where it shares its
/// role.
async fn users(
    reader: &Reader,
    lambda: &Client,
    arn: &FunctionArn,
    role: Option<&str>,
    as_of: Timestamp,
) -> (Fact<Found>, Fact<Arc<BySource>>) {
    let place = Place::of(arn);
    let users = match role {
        Some(role) => {
            fact(reader.users.find(lambda, &place, as_of, |user| user.role == role).await)
        }
        None => Fact::unknown("Lambda names no role"),
    };
    let sources = match users.known() {
        Some(users) if users.len() > 1 => reader.users.sources(lambda, &place, as_of).await,
        _ => destinations::sources(lambda, arn.as_str(), Some(arn)).await.map(Arc::new),
    };
    (users, fact(sources))
}

/// `found` with what was read of their event sources; of `arn` more is known.
fn role_users(
    found: Found,
    sources: &Fact<Arc<BySource>>,
    arn: &FunctionArn,
    own: Fact<Needs>,
) -> Vec<RoleUser> {
    let needs = |user: &FunctionArn, listed: Needs| match &own {
        own if user == arn => own.clone(),
        _ => Fact::Known(listed),
    };
    let user = |(user, listed)| RoleUser {
        needs: needs(&user, listed).map(|needs| role_needs::with_sources(needs, &user, sources)),
        arn: user,
    };
    found.into_iter().map(user).collect()
}

async fn network(
    reader: &Reader,
    place: &Place,
    configuration: &Configuration,
    as_of: Timestamp,
) -> Fact<Option<Network>> {
    let Some(vpc) = &configuration.vpc else { return Fact::Known(None) };
    match reader.views.of(&reader.cloud, place, vpc, as_of).await {
        Ok(view) => Fact::Known(Some(view.network(vpc))),
        Err(error) => unknown(&error),
    }
}

async fn key(reader: &Reader, place: &Place, arn: Option<&str>) -> Fact<Option<Key>> {
    let Some(arn) = arn else { return Fact::Known(None) };
    match JsonApi::new(&reader.cloud, place, &DESCRIBE_KEY).await {
        Ok(kms) => fact(keys::key(&kms, arn).await.map(Some)),
        Err(error) => unknown(&error),
    }
}

/// What of a survey is told of one function too.
async fn survey(
    reader: &Reader,
    lambda: &Client,
    place: &Place,
    configuration: &Configuration,
) -> Survey {
    let wanted = reader.wanted_alone;
    let log_group = match &configuration.facts {
        Fact::Unknown { unknown } => Fact::unknown(unknown),
        Fact::Known(facts) => {
            let read = logs::group(&reader.cloud, place, Purpose::Read, &facts.log_group);
            asked_for(wanted.log_group, read).await
        }
    };
    let reserved = match wanted.reserved {
        true => concurrency::reserved(lambda, &configuration.arn).await,
        false => Fact::unknown(NOT_READ),
    };
    Survey { log_group, reserved, ..Survey::unknown(NOT_READ) }
}

/// When Lambda patches the runtime, asked for only if it can matter.
async fn update_mode(
    lambda: &Client,
    arn: &FunctionArn,
    runtime: &Fact<Runtime>,
    context: Option<&Context>,
) -> Fact<RuntimeUpdate> {
    match needs::runtime_update_matters(runtime, context) {
        true => runtime_update(lambda, arn).await,
        false => Fact::unknown(NOT_READ),
    }
}

/// When Lambda patches the runtime.
pub(super) async fn runtime_update(lambda: &Client, arn: &FunctionArn) -> Fact<RuntimeUpdate> {
    const OPERATION: &str = "lambda:GetRuntimeManagementConfig";
    let answer = lambda.get_runtime_management_config().function_name(arn.as_str()).send().await;
    match answer {
        Ok(answer) => match answer.update_runtime_on {
            Some(UpdateRuntimeOn::Auto) => Fact::Known(RuntimeUpdate::Auto),
            Some(UpdateRuntimeOn::FunctionUpdate) => Fact::Known(RuntimeUpdate::FunctionUpdate),
            Some(UpdateRuntimeOn::Manual) => Fact::Known(RuntimeUpdate::Manual),
            Some(other) => {
                Fact::unknown(format!("`{}` is no update mode known here", other.as_str()))
            }
            None => Fact::unknown("Lambda names no update mode"),
        },
        Err(error) => unknown(&port_error(OPERATION, arn.as_str(), error)),
    }
}
