//! AWS services of which we need a few calls, without their SDK crates.
//!
//! Such calls go through the same runtime that SDK crates are made of: endpoint, signing, retries,
//! quota and count are theirs; only the text of requests and answers is ours.

use std::fmt;

use aws_config::SdkConfig;
use aws_runtime::{
    auth::{
        SigV4OperationSigningConfig,
        sigv4::{SCHEME_ID, SigV4AuthScheme},
    },
    retries::classifiers::AwsErrorCodeClassifier,
};
use aws_smithy_runtime::client::{
    orchestrator::operation::Operation,
    retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        auth::{AuthSchemeOptionResolverParams, static_resolver::StaticAuthSchemeOptionResolver},
        orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
        runtime_components::RuntimeComponentsBuilder,
        runtime_plugin::StaticRuntimePlugin,
    },
};
use aws_smithy_types::{
    config_bag::Layer,
    error::metadata::{ErrorMetadata, ProvideErrorMetadata},
    retry::RetryConfig,
};
use aws_types::{SigningName, region::SigningRegion, service_config::ServiceConfigKey};
use scan::{Place, PortError};
use serde::Deserialize;

use crate::{
    cloud::{Cloud, Purpose, partition},
    meter::Label,
};

/// A service in one place.
#[derive(Debug)]
pub(crate) struct Service {
    name: Name,
    place: Place,
    sdk: SdkConfig,
    endpoint: String,
    label: Label,
}

/// What a service is called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name {
    /// `SecurityHub`: calls are counted as `securityhub:…`, and `AWS_ENDPOINT_URL_SECURITYHUB`
    /// moves the endpoint.
    pub(crate) id: &'static str,
    /// `securityhub`: in the endpoint's host, and in signatures.
    pub(crate) host: &'static str,
}

impl Service {
    /// Sends nothing.
    ///
    /// # Errors
    /// The account cannot be entered.
    pub(crate) async fn new(
        cloud: &Cloud,
        place: &Place,
        purpose: Purpose,
        name: Name,
    ) -> Result<Self, PortError> {
        let sdk = cloud.enter(place, purpose).await?;
        let endpoint = endpoint(&sdk, place, name);
        Ok(Self { name, place: place.clone(), sdk, endpoint, label: cloud.label(place) })
    }

    /// A call, to be invoked with what `request` makes a request of.
    pub(crate) fn operation<I, O>(
        &self,
        name: &'static str,
        request: impl Fn(I) -> Result<HttpRequest, BoxError> + Send + Sync + 'static,
        response: impl Fn(&HttpResponse) -> Result<O, OrchestratorError<ServiceError>>
        + Send
        + Sync
        + 'static,
    ) -> Operation<I, O, ServiceError>
    where
        I: fmt::Debug + Send + Sync + 'static,
        O: fmt::Debug + Send + Sync + 'static,
    {
        let retry = self.sdk.retry_config().cloned().unwrap_or_else(RetryConfig::standard);
        let mut builder = Operation::builder()
            .service_name(self.name.id)
            .operation_name(name)
            .endpoint_url(&self.endpoint)
            .standard_retry(&retry)
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(TransientErrorClassifier::<ServiceError>::new())
            .retry_classifier(AwsErrorCodeClassifier::<ServiceError>::new())
            .with_connection_poisoning()
            .interceptor(self.label.clone())
            .runtime_plugin(self.signing());
        if let Some(client) = self.sdk.http_client() {
            builder = builder.http_client(client);
        }
        if let Some(timeout) = self.sdk.timeout_config() {
            builder = builder.timeout_config(timeout.clone());
        }
        if let Some(stalls) = self.sdk.stalled_stream_protection() {
            builder = builder.stalled_stream_protection(stalls);
        }
        builder.serializer(request).deserializer(response).build()
    }

    fn signing(&self) -> StaticRuntimePlugin {
        let mut components = RuntimeComponentsBuilder::new(self.name.host);
        components.push_auth_scheme(SigV4AuthScheme::new());
        components.set_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(
            vec![SCHEME_ID],
        )));
        components.set_identity_cache(self.sdk.identity_cache());
        if let Some(credentials) = self.sdk.credentials_provider() {
            components.set_identity_resolver(SCHEME_ID, credentials);
        }
        let mut layer = Layer::new(self.name.host);
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        layer.store_put(partition(self.name.host, &self.place));
        layer.store_put(SigV4OperationSigningConfig {
            region: self.sdk.region().cloned().map(SigningRegion::from),
            name: Some(SigningName::from_static(self.name.host)),
            ..SigV4OperationSigningConfig::default()
        });
        StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components)
    }
}

/// The endpoint set by hand, in the environment or in the profile, in the order of SDK crates.
pub(crate) fn given_endpoint(sdk: &SdkConfig, service: &str) -> Option<String> {
    let configured = || {
        let key = ServiceConfigKey::builder()
            .service_id(service)
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build()
            .ok()?;
        sdk.service_config()?.load_config(key)
    };
    let by_hand = sdk.get_origin("endpoint_url").is_client_config();
    let given = if by_hand { None } else { configured() };
    given.or_else(|| sdk.endpoint_url().map(str::to_owned))
}

fn endpoint(sdk: &SdkConfig, place: &Place, name: Name) -> String {
    if let Some(url) = given_endpoint(sdk, name.id) {
        return url;
    }
    // EC2's ordinary endpoints in GovCloud are its FIPS endpoints.
    let is_fips = name.host == "ec2" && place.partition == "aws-us-gov";
    let fips = if sdk.use_fips() == Some(true) && !is_fips { "-fips" } else { "" };
    format!("https://{}{fips}.{}.{}", name.host, place.region, suffix(&place.partition))
}

/// What the host names of a partition end in.
pub(crate) fn suffix(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "amazonaws.com.cn",
        "aws-eusc" => "amazonaws.eu",
        "aws-iso" => "c2s.ic.gov",
        "aws-iso-b" => "sc2s.sgov.gov",
        _ => "amazonaws.com",
    }
}

/// The body of a JSON answer, or the error that it is.
pub(crate) fn json(response: &HttpResponse) -> Result<Vec<u8>, OrchestratorError<ServiceError>> {
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        return Ok(body.to_vec());
    }
    let said: Said = serde_json::from_slice(body).unwrap_or_default();
    let named = response.headers().get("x-amzn-errortype").map(str::to_owned).or(said.code);
    // `Code:http://…`, `namespace#Code`
    let named = named.unwrap_or_default();
    let code = named.split(':').next().and_then(|part| part.rsplit('#').next()).unwrap_or_default();
    let meta = ErrorMetadata::builder().code(code).message(said.message.unwrap_or_default());
    Err(OrchestratorError::operation(ServiceError(meta.build())))
}

/// The body of an error.
///
/// Source: <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization>
#[derive(Debug, Default, Deserialize)]
struct Said {
    #[serde(alias = "Code", alias = "__type")]
    code: Option<String>,
    #[serde(alias = "Message")]
    message: Option<String>,
}

/// The service refused.
#[derive(Debug)]
pub(crate) struct ServiceError(pub(crate) ErrorMetadata);

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.0.code().unwrap_or("no error code");
        write!(f, "{code}: {}", self.0.message().unwrap_or("no message"))
    }
}

impl std::error::Error for ServiceError {}

impl ProvideErrorMetadata for ServiceError {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_partition_has_its_endpoint() {
        let hub = Name { id: "SecurityHub", host: "securityhub" };
        let ec2 = Name { id: "EC2", host: "ec2" };
        for (name, partition, region, fips, expected) in [
            (hub, "aws", "eu-west-1", false, "https://securityhub.eu-west-1.amazonaws.com"),
            (hub, "aws", "us-east-1", true, "https://securityhub-fips.us-east-1.amazonaws.com"),
            (ec2, "aws-us-gov", "us-gov-west-1", true, "https://ec2.us-gov-west-1.amazonaws.com"),
            (
                hub,
                "aws-us-gov",
                "us-gov-west-1",
                true,
                "https://securityhub-fips.us-gov-west-1.amazonaws.com",
            ),
            (hub, "aws-cn", "cn-north-1", false, "https://securityhub.cn-north-1.amazonaws.com.cn"),
            (
                hub,
                "aws-eusc",
                "eusc-de-east-1",
                false,
                "https://securityhub.eusc-de-east-1.amazonaws.eu",
            ),
        ] {
            let sdk = SdkConfig::builder().use_fips(fips).build();
            let place =
                Place { partition: partition.into(), account: "1".into(), region: region.into() };
            assert_eq!(endpoint(&sdk, &place, name), expected);
        }
    }
}
