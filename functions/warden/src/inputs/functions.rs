//! What `aws lambda list-functions` and `aws lambda list-event-source-mappings` print.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use model::{EventSource, Fact, FunctionArn, Needs, RoleUser};
use serde::Deserialize;

use super::{read, whole};
use crate::exit::Failure;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    functions: Vec<Function>,
    #[serde(alias = "NextMarker", default)]
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Function {
    function_arn: FunctionArn,
    role: String,
    #[serde(default)]
    vpc_config: Option<Vpc>,
    #[serde(default)]
    tracing_config: Option<Tracing>,
    #[serde(default)]
    dead_letter_config: Option<Target>,
    #[serde(default)]
    layers: Vec<Arn>,
    #[serde(default)]
    file_system_configs: Vec<Arn>,
    #[serde(default)]
    logging_config: Option<Logging>,
    #[serde(default)]
    durable_config: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct Vpc {
    subnet_ids: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tracing {
    mode: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Target {
    target_arn: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Arn {
    arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Logging {
    log_group: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Mappings {
    event_source_mappings: Vec<Mapping>,
    #[serde(alias = "NextMarker", default)]
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Mapping {
    function_arn: FunctionArn,
    event_source_arn: Option<String>,
    #[serde(default)]
    destination_config: Option<Destinations>,
    #[serde(default)]
    source_access_configurations: Vec<Access>,
    #[serde(default)]
    amazon_managed_kafka_event_source_config: Option<Kafka>,
    #[serde(default)]
    self_managed_kafka_event_source_config: Option<Kafka>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Destinations {
    on_failure: Option<Destination>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Destination {
    destination: Option<String>,
}

#[derive(Deserialize)]
struct Access {
    #[serde(rename = "Type")]
    kind: String,
    #[serde(rename = "URI")]
    uri: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Kafka {
    schema_registry_config: Option<Registry>,
}

#[derive(Deserialize)]
struct Registry {
    #[serde(rename = "SchemaRegistryURI")]
    uri: Option<String>,
}

/// The functions that name `role`, each once, with what their configurations need of it.
///
/// Without `mappings` the event sources are unknown; asynchronous destinations always are, for no
/// list has them.
///
/// # Errors
/// A file cannot be read, is something else, or holds a part only.
pub(crate) fn users_of(
    role: &str,
    functions: &Path,
    mappings: Option<&Path>,
) -> Result<Vec<RoleUser>, Failure> {
    const PROGRAM: &str = "aws lambda list-functions";
    let listed: Listed = read(functions, PROGRAM)?;
    whole(functions, PROGRAM, listed.next_token.as_ref())?;
    let sources = mappings.map(event_sources).transpose()?;
    let mut users: BTreeMap<FunctionArn, Needs> = BTreeMap::new();
    for function in listed.functions.into_iter().filter(|one| one.role == role) {
        let arn = function.function_arn.clone();
        let sources = match &sources {
            Some(sources) => Fact::Known(sources.get(&arn).cloned().unwrap_or_default()),
            None => Fact::unknown("no event source mappings given; see `--event-sources`"),
        };
        match users.entry(arn) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(function.needs(sources));
            }
            // Another version of it.
            std::collections::btree_map::Entry::Occupied(mut place) => {
                add(place.get_mut(), function.needs(sources));
            }
        }
    }
    Ok(users.into_iter().map(|(arn, needs)| RoleUser { arn, needs: Fact::Known(needs) }).collect())
}

impl Function {
    fn needs(self, sources: Fact<Vec<EventSource>>) -> Needs {
        let group = self.logging_config.and_then(|logging| logging.log_group);
        let group = group.unwrap_or_else(|| format!("/aws/lambda/{}", self.function_arn.name()));
        let arns = |list: Vec<Arn>| list.into_iter().map(|one| one.arn).collect();
        Needs {
            log_groups: [group].into(),
            vpc: self.vpc_config.is_some_and(|vpc| !vpc.subnet_ids.is_empty()),
            tracing: self.tracing_config.is_some_and(|tracing| tracing.mode == "Active"),
            layers: arns(self.layers),
            file_systems: arns(self.file_system_configs),
            dead_letters: self
                .dead_letter_config
                .and_then(|one| one.target_arn)
                .into_iter()
                .collect(),
            durable: self.durable_config.is_some_and(|value| !value.is_null()),
            destinations: Fact::unknown("asynchronous destinations are in no list"),
            sources,
        }
    }
}

/// What any version needs, the function needs.
fn add(all: &mut Needs, more: Needs) {
    all.log_groups.extend(more.log_groups);
    all.vpc |= more.vpc;
    all.tracing |= more.tracing;
    all.layers.extend(more.layers);
    all.file_systems.extend(more.file_systems);
    all.dead_letters.extend(more.dead_letters);
    all.durable |= more.durable;
}

fn event_sources(path: &Path) -> Result<BTreeMap<FunctionArn, Vec<EventSource>>, Failure> {
    const PROGRAM: &str = "aws lambda list-event-source-mappings";
    let listed: Mappings = read(path, PROGRAM)?;
    whole(path, PROGRAM, listed.next_token.as_ref())?;
    let mut sources: BTreeMap<FunctionArn, Vec<EventSource>> = BTreeMap::new();
    for mapping in listed.event_source_mappings {
        sources.entry(mapping.function_arn.clone()).or_default().push(mapping.source());
    }
    Ok(sources)
}

impl Mapping {
    fn source(self) -> EventSource {
        let kafka = self.amazon_managed_kafka_event_source_config;
        let kafka = kafka.or(self.self_managed_kafka_event_source_config);
        let registry = kafka.and_then(|kafka| kafka.schema_registry_config);
        let access = self.source_access_configurations;
        let is_secret = |uri: &&String| model::service_of(uri) == Some("secretsmanager");
        let secrets: BTreeSet<String> =
            access.iter().map(|one| &one.uri).filter(is_secret).cloned().collect();
        EventSource {
            arn: self.event_source_arn.filter(|arn| !arn.is_empty()),
            on_failure: self.destination_config.and_then(|one| one.on_failure?.destination),
            secrets,
            vpc: access.iter().any(|one| one.kind.starts_with("VPC_")),
            schema_registry: registry.and_then(|one| one.uri),
        }
    }
}
