//! Which kind of event a call leaves behind.

use std::sync::OnceLock;

use iam::catalogue;
use iam::events::{self, Class};

use crate::ActionId;

/// As [`events::class_of`], asked once for each action.
pub(crate) fn class(id: ActionId) -> Class {
    static KNOWN: OnceLock<Vec<OnceLock<Class>>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| catalogue::actions().map(|_| OnceLock::new()).collect());
    let Some(cell) = known.get(id.index()) else { return Class::Unknown };
    *cell.get_or_init(|| id.action().map_or(Class::Unknown, |action| events::class_of(&action)))
}

/// The IAM prefix of an event source such as `s3.amazonaws.com`, whether or not the catalogue has
/// the service.
///
/// Source: the service prefixes of
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
/// beside the event sources of
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-aws-service-specific-topics.html>.
pub(crate) fn service_of(source: &str) -> &str {
    let name = source.split('.').next().unwrap_or(source);
    match ALIASES.binary_search_by_key(&name, |(source, _)| source) {
        Ok(at) => ALIASES.get(at).map_or(name, |(_, prefix)| prefix),
        Err(_) => name,
    }
}

const ALIASES: [(&str, &str); 15] = [
    ("amazonmq", "mq"),
    ("appstream2", "appstream"),
    ("cloudcontrolapi", "cloudformation"),
    ("email", "ses"),
    ("migrationhub", "mgh"),
    ("models", "lex"),
    ("monitoring", "cloudwatch"),
    ("opensearchservice", "es"),
    ("pinpoint", "mobiletargeting"),
    ("pricelist", "pricing"),
    ("rdsdata", "rds-data"),
    ("runtime", "lex"),
    ("streams", "dynamodb"),
    ("tagging", "tag"),
    ("transcribestreaming", "transcribe"),
];

/// Whether [`is_beside_the_api`] holds of some action of a service.
pub(crate) fn has_rights(service: &str) -> bool {
    let whole = ["execute-api", "kafka-cluster", "neptune-db", "rds-db"];
    whole.contains(&service) || ["elasticfilesystem", "iam", "lambda", "s3files"].contains(&service)
}

/// Whether the action is no call to an API of AWS but a right that something else asks for, which
/// the records of service access do not show either.
pub(crate) fn is_beside_the_api(id: ActionId) -> bool {
    let Some(action) = id.action() else { return true };
    match action.service() {
        "execute-api" | "kafka-cluster" | "neptune-db" | "rds-db" => true,
        "iam" => action.name() == "PassRole",
        "lambda" => action.name().starts_with("Pass"),
        "elasticfilesystem" | "s3files" => action.name().starts_with("Client"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_of_services_that_have_some() {
        for action in catalogue::actions() {
            let id = ActionId::at(action.index()).unwrap();
            assert!(has_rights(action.service()) || !is_beside_the_api(id), "{action}");
        }
    }

    #[test]
    fn sources_have_prefixes() {
        assert!(ALIASES.is_sorted());
        for (source, prefix) in [
            ("s3.amazonaws.com", "s3"),
            ("monitoring.amazonaws.com", "cloudwatch"),
            ("streams.dynamodb.amazonaws.com", "dynamodb"),
            ("kms.amazonaws.com", "kms"),
            ("rdsdata.amazonaws.com", "rds-data"),
        ] {
            assert_eq!(service_of(source), prefix);
            assert!(catalogue::services().any(|known| known == prefix), "{prefix}");
        }
        for (_, prefix) in ALIASES {
            assert!(catalogue::services().any(|known| known == prefix), "{prefix}");
        }
    }
}
