//! Who may invoke a function, its versions and its aliases.

use std::collections::BTreeMap;

use aws_sdk_lambda::{
    Client,
    error::ProvideErrorMetadata,
    types::{AliasConfiguration, FunctionUrlAuthType, FunctionUrlConfig},
};
use iam::Policy;
use model::{Exposure, Fact, FunctionArn, Qualifier, QualifierKind, Runtime, Url};
use scan::PortError;

use super::{NOT_READ, fact};
use crate::failure::port_error;

/// A published version: its number and what executes it.
pub(crate) type Version = (String, Fact<Runtime>);

/// Policies and URLs of the function itself and of everything that qualifies it.
pub(crate) async fn exposures(
    lambda: &Client,
    arn: &FunctionArn,
    versions: Fact<Vec<Version>>,
) -> (Exposure, Fact<Vec<Qualifier>>) {
    let mut function = exposure(policy(lambda, arn, None).await);
    let mut qualifiers = qualifiers(lambda, arn, versions).await;
    if rules::url_matters(&function, &qualifiers) {
        let urls = fact(urls(lambda, arn).await);
        function.url = url_of(&urls, None);
        if let Fact::Known(qualifiers) = &mut qualifiers {
            for qualifier in qualifiers {
                qualifier.exposure.url = url_of(&urls, Some(&qualifier.name));
            }
        }
    }
    (function, qualifiers)
}

async fn qualifiers(
    lambda: &Client,
    arn: &FunctionArn,
    versions: Fact<Vec<Version>>,
) -> Fact<Vec<Qualifier>> {
    let versions = match versions {
        Fact::Known(versions) => versions,
        Fact::Unknown { unknown } => return Fact::Unknown { unknown },
    };
    let aliases = match aliases(lambda, arn).await {
        Ok(aliases) => aliases,
        Err(error) => return fact(Err(error)),
    };
    let mut kinds = Vec::new();
    for (name, runtime) in versions {
        match runtime {
            Fact::Known(runtime) => kinds.push((name, QualifierKind::Version { runtime })),
            Fact::Unknown { unknown } => {
                return Fact::unknown(format!("version {name}: {unknown}"));
            }
        }
    }
    kinds.extend(aliases.into_iter().filter_map(alias));
    let mut found = Vec::with_capacity(kinds.len());
    for (name, kind) in kinds {
        let exposure = exposure(policy(lambda, arn, Some(&name)).await);
        found.push(Qualifier { name, kind, exposure });
    }
    Fact::Known(found)
}

/// The URL is read later, if a policy lets anyone use it.
fn exposure(policy: Fact<Option<Policy>>) -> Exposure {
    Exposure { policy, url: Fact::unknown(NOT_READ) }
}

/// The resource policy of the function or of one qualifier.
async fn policy(
    lambda: &Client,
    arn: &FunctionArn,
    qualifier: Option<&str>,
) -> Fact<Option<Policy>> {
    const OPERATION: &str = "lambda:GetPolicy";
    let call = lambda.get_policy().function_name(arn.as_str());
    match call.set_qualifier(qualifier.map(str::to_owned)).send().await {
        Ok(answer) => match answer.policy.filter(|text| !text.is_empty()) {
            None => Fact::Known(None),
            Some(text) => match Policy::parse(&text) {
                Ok(policy) => Fact::Known(Some(policy)),
                Err(error) => Fact::unknown(format!("the resource policy is unreadable: {error}")),
            },
        },
        // Lambda answers so for a function without policy; one that is gone shows elsewhere.
        Err(error) if error.code() == Some("ResourceNotFoundException") => Fact::Known(None),
        Err(error) => fact(Err(port_error(OPERATION, arn.as_str(), error))),
    }
}

async fn aliases(lambda: &Client, arn: &FunctionArn) -> Result<Vec<AliasConfiguration>, PortError> {
    let pages = lambda.list_aliases().function_name(arn.as_str()).into_paginator().items().send();
    pages.try_collect().await.map_err(|e| port_error("lambda:ListAliases", arn.as_str(), e))
}

fn alias(answer: AliasConfiguration) -> Option<(String, QualifierKind)> {
    let shifted = answer
        .routing_config
        .and_then(|routing| routing.additional_version_weights)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|(version, weight)| (weight > 0.0).then_some(version));
    let mut others: Vec<String> = shifted.collect();
    others.sort();
    let versions = answer.function_version.into_iter().chain(others).collect();
    Some((answer.name?, QualifierKind::Alias { versions }))
}

/// Every URL of a function, by qualifier; `None`: the function's own.
async fn urls(
    lambda: &Client,
    arn: &FunctionArn,
) -> Result<BTreeMap<Option<String>, Url>, PortError> {
    let list = lambda.list_function_url_configs().function_name(arn.as_str());
    let found: Result<Vec<_>, _> = list.into_paginator().items().send().try_collect().await;
    let found = found.map_err(|e| port_error("lambda:ListFunctionUrlConfigs", arn.as_str(), e))?;
    Ok(found.into_iter().map(url).collect())
}

fn url(answer: FunctionUrlConfig) -> (Option<String>, Url) {
    let cors = answer.cors.unwrap_or_else(|| aws_sdk_lambda::types::Cors::builder().build());
    let url = Url {
        unsigned: answer.auth_type != FunctionUrlAuthType::AwsIam,
        origins: cors.allow_origins.unwrap_or_default(),
        credentials: cors.allow_credentials.unwrap_or_default(),
    };
    (qualifier_of(&answer.function_arn).map(str::to_owned), url)
}

fn url_of(
    urls: &Fact<BTreeMap<Option<String>, Url>>,
    qualifier: Option<&str>,
) -> Fact<Option<Url>> {
    match urls {
        Fact::Known(urls) => Fact::Known(urls.get(&qualifier.map(str::to_owned)).cloned()),
        Fact::Unknown { unknown } => Fact::unknown(unknown),
    }
}

/// `live` of `arn:aws:lambda:eu-west-1:111122223333:function:pay:live`; `$LATEST` is no qualifier.
pub(crate) fn qualifier_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(7).filter(|name| !name.is_empty() && *name != "$LATEST")
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::types::AliasRoutingConfiguration;

    use super::*;

    #[test]
    fn an_alias_names_the_versions_that_get_traffic() {
        let routing = AliasRoutingConfiguration::builder()
            .additional_version_weights("9", 0.1)
            .additional_version_weights("8", 0.0)
            .build();
        let answer = AliasConfiguration::builder().name("live").function_version("7");
        let kind = alias(answer.routing_config(routing).build()).unwrap().1;
        assert_eq!(kind, QualifierKind::Alias { versions: vec!["7".into(), "9".into()] });
    }

    #[test]
    fn qualifiers_are_told_from_names() {
        let arn = "arn:aws:lambda:eu-west-1:111122223333:function:pay";
        for (suffix, expected) in [("", None), (":live", Some("live")), (":$LATEST", None)] {
            assert_eq!(qualifier_of(&format!("{arn}{suffix}")), expected);
        }
    }

    #[test]
    fn an_authorization_we_do_not_know_counts_as_none() {
        for (kind, unsigned) in [("AWS_IAM", false), ("NONE", true), ("SOMETHING", true)] {
            let answer = FunctionUrlConfig::builder()
                .function_url("https://x.lambda-url.eu-west-1.on.aws/")
                .function_arn("arn:aws:lambda:eu-west-1:111122223333:function:pay:live")
                .creation_time("t")
                .last_modified_time("t")
                .auth_type(kind.into())
                .build()
                .unwrap();
            let (qualifier, url) = url(answer);
            assert_eq!((qualifier.as_deref(), url.unsigned), (Some("live"), unsigned), "{kind}");
        }
    }
}
