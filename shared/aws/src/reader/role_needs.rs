//! What makes Lambda itself use a function's role, as far as configurations tell.

use std::sync::Arc;

use aws_sdk_lambda::types::{
    EventSourceMappingConfiguration, FunctionConfiguration, KafkaSchemaRegistryConfig,
    SourceAccessConfiguration, SourceAccessType, TracingMode,
};
use model::{EventSource, Fact, FunctionArn, Needs};

use super::{NOT_READ, configuration::filled, destinations::BySource};

/// The needs of `$LATEST` or of one version. What lists of their own tell is not read here.
pub(crate) fn of(arn: &FunctionArn, answer: &FunctionConfiguration) -> Needs {
    let logging = answer.logging_config.as_ref().and_then(|logging| logging.log_group.clone());
    let dead = answer.dead_letter_config.as_ref().and_then(|dead| dead.target_arn.clone());
    let layers = answer.layers().iter().filter_map(|layer| filled(layer.arn.clone()));
    let vpc = answer.vpc_config.as_ref().and_then(|vpc| filled(vpc.vpc_id.clone()));
    let tracing = answer.tracing_config.as_ref().and_then(|tracing| tracing.mode.as_ref());
    Needs {
        log_groups: [filled(logging).unwrap_or_else(|| format!("/aws/lambda/{}", arn.name()))]
            .into(),
        vpc: vpc.is_some(),
        tracing: tracing == Some(&TracingMode::Active),
        layers: layers.collect(),
        file_systems: answer
            .file_system_configs()
            .iter()
            .map(|system| system.arn.clone())
            .collect(),
        dead_letters: filled(dead).into_iter().collect(),
        durable: answer.durable_config.is_some(),
        destinations: Fact::unknown(NOT_READ),
        sources: Fact::unknown(NOT_READ),
    }
}

/// Adds what another version needs.
pub(crate) fn add(needs: &mut Needs, other: &Needs) {
    needs.log_groups.extend(other.log_groups.iter().cloned());
    needs.layers.extend(other.layers.iter().cloned());
    needs.file_systems.extend(other.file_systems.iter().cloned());
    needs.dead_letters.extend(other.dead_letters.iter().cloned());
    needs.vpc |= other.vpc;
    needs.tracing |= other.tracing;
    needs.durable |= other.durable;
}

/// Puts in what the list of event sources tells of `arn`.
pub(crate) fn with_sources(
    needs: Needs,
    arn: &FunctionArn,
    sources: &Fact<Arc<BySource>>,
) -> Needs {
    let sources = match sources {
        Fact::Known(all) => {
            let found = all.get(arn).map(|sources| sources.mappings.clone());
            Fact::Known(found.unwrap_or_default())
        }
        Fact::Unknown { unknown } => Fact::unknown(unknown),
    };
    Needs { sources, ..needs }
}

/// What an event source mapping makes Lambda's pollers do.
pub(crate) fn source(answer: &EventSourceMappingConfiguration) -> EventSource {
    let access = answer.source_access_configurations();
    let amazon = answer.amazon_managed_kafka_event_source_config.as_ref();
    let own = answer.self_managed_kafka_event_source_config.as_ref();
    let registry = amazon.and_then(|kafka| kafka.schema_registry_config.as_ref());
    let registry = registry.or(own.and_then(|kafka| kafka.schema_registry_config.as_ref()));
    let failure = answer.destination_config.as_ref().and_then(|to| to.on_failure.as_ref());
    EventSource {
        arn: filled(answer.event_source_arn.clone()),
        on_failure: failure.and_then(|to| filled(to.destination.clone())),
        secrets: access
            .iter()
            .filter(|one| !is_network(one))
            .filter_map(uri)
            .chain(registry_secrets(registry))
            .collect(),
        vpc: access.iter().any(is_network),
        schema_registry: registry.and_then(|registry| filled(registry.schema_registry_uri.clone())),
    }
}

fn registry_secrets(
    registry: Option<&KafkaSchemaRegistryConfig>,
) -> impl Iterator<Item = String> + '_ {
    let access = registry.into_iter().flat_map(KafkaSchemaRegistryConfig::access_configs);
    access.filter_map(|one| secret(one.uri.as_deref()))
}

fn is_network(access: &SourceAccessConfiguration) -> bool {
    matches!(access.r#type, Some(SourceAccessType::VpcSubnet | SourceAccessType::VpcSecurityGroup))
}

fn uri(access: &SourceAccessConfiguration) -> Option<String> {
    secret(access.uri.as_deref())
}

/// A virtual host is named in the same place as a secret is.
fn secret(uri: Option<&str>) -> Option<String> {
    uri.filter(|uri| model::service_of(uri) == Some("secretsmanager")).map(str::to_owned)
}
