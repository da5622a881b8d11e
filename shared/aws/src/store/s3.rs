//! How a bucket is reached.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider},
};
use aws_smithy_runtime_api::client::{
    http::HttpConnector as _,
    orchestrator::{HttpRequest, HttpResponse},
};
use aws_smithy_types::body::SdkBody;
use object_store::{
    BackoffConfig, CredentialProvider, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder, AwsCredential},
};
use scan::{Kind, Place, PortError};
use tokio::sync::Mutex;

use super::{LIST, failed, http::Connector};
use crate::{
    cloud::Cloud,
    failure::refuse,
    service::{given_endpoint, suffix},
};

/// The bucket, with our own credentials; its owner's policy must let us in if it is not ours.
pub(super) async fn bucket(cloud: &Cloud, bucket: &str) -> Result<AmazonS3, PortError> {
    let named = format!("s3://{bucket}");
    let sdk = cloud.base().await;
    let Some(own) = sdk.credentials_provider() else {
        return Err(refuse("open", named, Kind::NoCredentials, "no credentials are configured"));
    };
    let home = sdk.region().map_or("us-east-1", AsRef::as_ref);
    let at = match given_endpoint(sdk, "S3") {
        // Emulators have no names for buckets.
        Some(url) => Endpoint { url, hosted: false, region: home.to_owned() },
        None => on_aws(cloud, bucket, home).await?,
    };
    let place =
        Place { partition: String::new(), account: String::new(), region: at.region.clone() };
    let (attempts, backoff) = cloud.patience();
    let retry = RetryConfig {
        backoff: BackoffConfig { init_backoff: backoff, ..BackoffConfig::default() },
        max_retries: usize::try_from(attempts.saturating_sub(1)).unwrap_or_default(),
        ..RetryConfig::default()
    };
    let connector = Connector {
        inner: cloud.connector().clone(),
        meter: cloud.meter().clone(),
        place: Arc::new(place),
    };
    let built = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(at.region)
        .with_endpoint(at.url)
        .with_virtual_hosted_style_request(at.hosted)
        .with_allow_http(true)
        .with_credentials(Arc::new(Signer { own, held: Mutex::default() }))
        .with_retry(retry)
        .with_http_connector(connector)
        .build();
    built.map_err(|error| failed("open", named, error))
}

struct Endpoint {
    url: String,
    /// The bucket is in the host's name.
    hosted: bool,
    region: String,
}

/// Asks where the bucket is; S3 tells anyone, signed or not.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>
async fn on_aws(cloud: &Cloud, bucket: &str, home: &str) -> Result<Endpoint, PortError> {
    let named = format!("s3://{bucket}");
    let suffix = suffix(partition(home));
    let unreachable = |why: String| refuse(LIST, named.clone(), Kind::Unreachable, why);
    let mut request = HttpRequest::new(SdkBody::empty());
    request.set_method("HEAD").map_err(|error| unreachable(error.to_string()))?;
    let url = format!("https://s3.{home}.{suffix}/{bucket}");
    request.set_uri(url).map_err(|error| unreachable(error.to_string()))?;
    let answer = cloud.connector().call(request).await;
    let answer: HttpResponse = answer.map_err(|error| unreachable(error.to_string()))?;
    let Some(region) = answer.headers().get("x-amz-bucket-region").map(str::to_owned) else {
        let reason = "S3 knows no such bucket in this partition";
        return Err(refuse(LIST, named, Kind::Gone, reason));
    };
    // The certificate covers one label before `s3`.
    let hosted = !bucket.contains('.');
    let url = match hosted {
        true => format!("https://{bucket}.s3.{region}.{suffix}"),
        false => format!("https://s3.{region}.{suffix}"),
    };
    Ok(Endpoint { url, hosted, region })
}

fn partition(region: &str) -> &'static str {
    match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("eusc-") => "aws-eusc",
        _ if region.starts_with("us-isob-") => "aws-iso-b",
        _ if region.starts_with("us-iso-") => "aws-iso",
        _ => "aws",
    }
}

/// Signs with our own credentials, and holds them while they are good.
struct Signer {
    own: SharedCredentialsProvider,
    held: Mutex<Option<(Arc<AwsCredential>, Option<SystemTime>)>>,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

/// So long before they end, credentials are fetched anew: a request may be tried for as long.
const MARGIN: Duration = Duration::from_secs(300);

#[async_trait::async_trait]
impl CredentialProvider for Signer {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let mut held = self.held.lock().await;
        if let Some((credential, end)) = held.as_ref()
            && end.is_none_or(|end| end > SystemTime::now() + MARGIN)
        {
            return Ok(credential.clone());
        }
        let found = self.own.provide_credentials().await;
        let found = found.map_err(|error| object_store::Error::Unauthenticated {
            path: String::new(),
            source: Box::new(error),
        })?;
        let end = found.expiry();
        let credential = Arc::new(credential(&found));
        *held = Some((credential.clone(), end));
        Ok(credential)
    }
}

fn credential(found: &Credentials) -> AwsCredential {
    AwsCredential {
        key_id: found.access_key_id().to_owned(),
        secret_key: found.secret_access_key().to_owned(),
        token: found.session_token().map(str::to_owned),
    }
}
