//! EC2 without its SDK crate.
//!
//! Six reads of the same form are needed. aws-sdk-ec2 costs 231 s of CPU and 7.4 GB of memory to
//! compile in debug (582 s and 8.7 GB for release), which many laptops do not have. So requests in
//! EC2's Query protocol go through the same runtime that SDK crates are made of: endpoint, signing,
//! retries, quota and count are theirs; only the form and the XML are ours.

mod shapes;

use std::fmt;

use aws_config::SdkConfig;
use aws_runtime::{
    auth::{
        SigV4OperationSigningConfig,
        sigv4::{SCHEME_ID, SigV4AuthScheme},
    },
    retries::classifiers::AwsErrorCodeClassifier,
};
use aws_sdk_lambda::config::retry::RetryPartition;
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
    body::SdkBody,
    config_bag::Layer,
    error::metadata::{ErrorMetadata, ProvideErrorMetadata},
    retry::RetryConfig,
};
use aws_types::{SigningName, region::SigningRegion, service_config::ServiceConfigKey};
use scan::{Kind, Place, PortError};
use serde::de::DeserializeOwned;

use crate::{
    cloud::{Cloud, Purpose, partition},
    failure::{port_error, refuse},
    meter::Label,
};
pub(crate) use shapes::{
    Endpoint, FlowLog, NatGateway, Permission, Resource, RouteTable, SecurityGroup, Subnet,
};

/// Reads of EC2 in one place.
#[derive(Debug)]
pub(crate) struct Ec2 {
    place: Place,
    sdk: SdkConfig,
    endpoint: String,
    label: Label,
}

/// `Filter.N`: a name and the values of which one must match. EC2 takes up to 200 values.
pub(crate) type Filter<'a> = (&'a str, Vec<&'a str>);

impl Ec2 {
    /// Sends nothing.
    ///
    /// # Errors
    /// The account cannot be entered.
    pub(crate) async fn new(cloud: &Cloud, place: &Place) -> Result<Self, PortError> {
        let sdk = cloud.enter(place, Purpose::Read).await?;
        let endpoint = endpoint(&sdk, place);
        Ok(Self { place: place.clone(), sdk, endpoint, label: cloud.label() })
    }

    /// Every `T` that passes `filters`, from as many pages as there are.
    ///
    /// # Errors
    /// One page could not be read.
    pub(crate) async fn describe<T: Resource>(
        &self,
        filters: &[Filter<'_>],
    ) -> Result<Vec<T>, PortError> {
        let subject = self.place.to_string();
        let operation = self.operation(T::OPERATION);
        let mut found = Vec::new();
        let mut token = None;
        loop {
            let body = form::<T>(filters, token.as_deref());
            let answer = operation.invoke(body).await;
            let xml = answer.map_err(|error| port_error(T::OPERATION, &subject, error))?;
            let page: shapes::Page<T> = read_xml(&xml).map_err(|error| {
                refuse(T::OPERATION, &subject, Kind::Failed, format!("unreadable answer: {error}"))
            })?;
            found.extend(page.set.item);
            match page.next_token.filter(|next| !next.is_empty()) {
                // A token that stays the same would be asked for ever.
                Some(next) if token.as_ref() == Some(&next) => {
                    let reason = "the same page was offered twice";
                    return Err(refuse(T::OPERATION, subject, Kind::Failed, reason));
                }
                Some(next) => token = Some(next),
                None => return Ok(found),
            }
        }
    }

    fn operation(&self, name: &'static str) -> Operation<String, String, Ec2Error> {
        let action = name.trim_start_matches("ec2:");
        let retry = self.sdk.retry_config().cloned().unwrap_or_else(RetryConfig::adaptive);
        let mut builder = Operation::builder()
            .service_name("EC2")
            .operation_name(action)
            .endpoint_url(&self.endpoint)
            .standard_retry(&retry)
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(TransientErrorClassifier::<Ec2Error>::new())
            .retry_classifier(AwsErrorCodeClassifier::<Ec2Error>::new())
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
        let mut components = RuntimeComponentsBuilder::new("ec2");
        components.push_auth_scheme(SigV4AuthScheme::new());
        components.set_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(
            vec![SCHEME_ID],
        )));
        components.set_identity_cache(self.sdk.identity_cache());
        if let Some(credentials) = self.sdk.credentials_provider() {
            components.set_identity_resolver(SCHEME_ID, credentials);
        }
        let mut layer = Layer::new("ec2");
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        layer.store_put::<RetryPartition>(partition("ec2", &self.place));
        layer.store_put(SigV4OperationSigningConfig {
            region: self.sdk.region().cloned().map(SigningRegion::from),
            name: Some(SigningName::from_static("ec2")),
            ..SigV4OperationSigningConfig::default()
        });
        StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components)
    }
}

/// `AWS_ENDPOINT_URL_EC2`, `AWS_ENDPOINT_URL` and the profile first, as SDK crates do.
fn endpoint(sdk: &SdkConfig, place: &Place) -> String {
    let configured = || {
        let key = ServiceConfigKey::builder()
            .service_id("EC2")
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build()
            .ok()?;
        sdk.service_config()?.load_config(key)
    };
    let by_hand = sdk.get_origin("endpoint_url").is_client_config();
    let given = if by_hand { None } else { configured() };
    if let Some(url) = given.or_else(|| sdk.endpoint_url().map(str::to_owned)) {
        return url;
    }
    let suffix = match place.partition.as_str() {
        "aws-cn" => "amazonaws.com.cn",
        "aws-eusc" => "amazonaws.eu",
        "aws-iso" => "c2s.ic.gov",
        "aws-iso-b" => "sc2s.sgov.gov",
        _ => "amazonaws.com",
    };
    // GovCloud's ordinary endpoints are its FIPS endpoints.
    let fips = sdk.use_fips() == Some(true) && place.partition != "aws-us-gov";
    let host = if fips { "ec2-fips" } else { "ec2" };
    format!("https://{host}.{}.{suffix}", place.region)
}

/// The body of a request, in the form that HTML forms have.
fn form<T: Resource>(filters: &[Filter<'_>], token: Option<&str>) -> String {
    let action = T::OPERATION.trim_start_matches("ec2:");
    let mut body = format!("Action={action}&Version=2016-11-15&MaxResults={}", T::PAGE);
    for (index, (name, values)) in (1..).zip(filters) {
        body.push_str(&format!("&Filter.{index}.Name={}", encode(name)));
        for (position, value) in (1..).zip(values) {
            body.push_str(&format!("&Filter.{index}.Value.{position}={}", encode(value)));
        }
    }
    if let Some(token) = token {
        body.push_str(&format!("&NextToken={}", encode(token)));
    }
    body
}

fn encode(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}

fn request(body: String) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST")?;
    request.set_uri("/")?;
    let headers = request.headers_mut();
    headers.try_insert("content-type", "application/x-www-form-urlencoded; charset=utf-8")?;
    headers.try_insert("user-agent", "lambda-warden")?;
    Ok(request)
}

fn response(response: &HttpResponse) -> Result<String, OrchestratorError<Ec2Error>> {
    let body = response.body().bytes().unwrap_or_default();
    let text = std::str::from_utf8(body).map_err(OrchestratorError::other)?;
    if response.status().is_success() {
        return Ok(text.to_owned());
    }
    let error = read_xml::<shapes::ErrorAnswer>(text).unwrap_or_default().errors.error;
    let meta = ErrorMetadata::builder().code(error.code).message(error.message).build();
    Err(OrchestratorError::operation(Ec2Error(meta)))
}

fn read_xml<T: DeserializeOwned>(text: &str) -> Result<T, quick_xml::DeError> {
    quick_xml::de::from_str(text)
}

/// EC2 refused.
#[derive(Debug)]
pub(crate) struct Ec2Error(ErrorMetadata);

impl fmt::Display for Ec2Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.0.code().unwrap_or("no error code");
        write!(f, "{code}: {}", self.0.message().unwrap_or("no message"))
    }
}

impl std::error::Error for Ec2Error {}

impl ProvideErrorMetadata for Ec2Error {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_a_form() {
        let filters = [("vpc-id", vec!["vpc-1"]), ("group-id", vec!["sg-1", "sg-2"])];
        assert_eq!(
            form::<RouteTable>(&filters, Some("a+b/c=")),
            "Action=DescribeRouteTables&Version=2016-11-15&MaxResults=100\
             &Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1\
             &Filter.2.Name=group-id&Filter.2.Value.1=sg-1&Filter.2.Value.2=sg-2\
             &NextToken=a%2Bb%2Fc%3D"
        );
    }

    #[test]
    fn every_partition_has_its_endpoint() {
        for (partition, region, fips, expected) in [
            ("aws", "eu-west-1", false, "https://ec2.eu-west-1.amazonaws.com"),
            ("aws", "us-east-1", true, "https://ec2-fips.us-east-1.amazonaws.com"),
            ("aws-us-gov", "us-gov-west-1", true, "https://ec2.us-gov-west-1.amazonaws.com"),
            ("aws-cn", "cn-north-1", false, "https://ec2.cn-north-1.amazonaws.com.cn"),
        ] {
            let sdk = SdkConfig::builder().use_fips(fips).build();
            let place =
                Place { partition: partition.into(), account: "1".into(), region: region.into() };
            assert_eq!(endpoint(&sdk, &place), expected);
        }
    }
}
