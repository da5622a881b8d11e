mod settings;

pub use settings::{Roles, Settings};

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use aws_config::{SdkConfig, sts::AssumeRoleProvider};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_lambda::config::retry::RetryPartition;
use aws_smithy_runtime_api::client::{
    http::{HttpConnectorSettings, SharedHttpClient, SharedHttpConnector},
    stalled_stream_protection::StalledStreamProtectionConfig,
};
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::region::Region;
use scan::{Kind, Place, PortError};
use tokio::sync::OnceCell;

use crate::{
    failure::{credentials_failure, innermost, port_error, refuse},
    meter::{Label, Meter, Metered},
    roots::{connector, http_client},
    service::given_endpoint,
};

/// What credentials are wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Inventory.
    Read,
    /// Security Hub.
    Publish,
    /// What repairs change.
    Repair,
}

/// Every account and Region that we can reach, and the bill for reaching them.
///
/// Making one costs nothing: configuration, credentials, certificates and connections come with
/// the first call that needs them. Share one in a process, for quotas are counted in it.
#[derive(Debug)]
pub struct Cloud {
    settings: Settings,
    http: SharedHttpClient,
    connector: OnceLock<SharedHttpConnector>,
    meter: Arc<Meter>,
    base: OnceCell<SdkConfig>,
    own_account: OnceCell<String>,
    sessions: Mutex<HashMap<(String, Purpose), SharedCredentialsProvider>>,
}

impl Cloud {
    /// A cloud that has not been reached yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            http: http_client(settings.roots),
            connector: OnceLock::new(),
            meter: Arc::new(Meter::new(settings.quota)),
            base: OnceCell::new(),
            own_account: OnceCell::new_with(settings.own_account.clone()),
            sessions: Mutex::default(),
            settings,
        }
    }

    /// Requests sent so far by IAM action name (`lambda:GetPolicy`), retries included.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.meter.calls()
    }

    /// Answers so far that said "later", by IAM action name.
    pub fn throttles(&self) -> BTreeMap<String, u64> {
        self.meter.throttles()
    }

    /// The account and Region of our own credentials.
    ///
    /// # Errors
    /// No credentials, no Region, or AWS does not answer.
    pub async fn home(&self) -> Result<Place, PortError> {
        const OPERATION: &str = "sts:GetCallerIdentity";
        let subject = "own credentials";
        let sdk = self.base().await;
        let wrong = |reason: String| refuse(OPERATION, subject, Kind::Failed, reason);
        let region = sdk.region().map(ToString::to_string).ok_or_else(|| {
            wrong("no Region is configured: set AWS_REGION or name one".to_owned())
        })?;
        if !is_region(&region) {
            return Err(wrong(format!(
                "`{region}` is no Region; expected one such as `eu-west-1`"
            )));
        }
        if let Some(url) = given_endpoint(sdk, "STS").filter(|url| !is_endpoint(url)) {
            let expected = "expected `http://HOST:PORT` or `https://HOST`";
            return Err(wrong(format!("`{url}` is no endpoint; {expected}")));
        }
        let config = aws_sdk_sts::config::Builder::from(&self.own(sdk, OPERATION)).build();
        let identity = aws_sdk_sts::Client::from_conf(config)
            .get_caller_identity()
            .send()
            .await
            .map_err(|error| port_error(OPERATION, subject, error))?;
        let partition = identity.arn().and_then(model::partition_of).unwrap_or("aws").to_owned();
        match identity.account {
            Some(account) => {
                // Another caller may have been faster, with the same answer.
                let _ = self.own_account.set(account.clone());
                Ok(Place { partition, account, region })
            }
            None => Err(refuse(OPERATION, subject, Kind::Failed, "the answer names no account")),
        }
    }

    /// Lambda in `place`.
    pub(crate) async fn lambda(&self, place: &Place) -> Result<aws_sdk_lambda::Client, PortError> {
        self.lambda_for(place, Purpose::Read).await
    }

    /// Lambda in `place`, with the credentials for `purpose`.
    pub(crate) async fn lambda_for(
        &self,
        place: &Place,
        purpose: Purpose,
    ) -> Result<aws_sdk_lambda::Client, PortError> {
        let sdk = self.enter(place, purpose).await?;
        let config = aws_sdk_lambda::config::Builder::from(&sdk)
            .interceptor(self.label(place))
            .retry_partition(partition("lambda", place));
        Ok(aws_sdk_lambda::Client::from_conf(config.build()))
    }

    /// IAM in the account of `place`.
    pub(crate) async fn iam(&self, place: &Place) -> Result<aws_sdk_iam::Client, PortError> {
        self.iam_for(place, Purpose::Read).await
    }

    /// IAM in the account of `place`, with the credentials for `purpose`.
    pub(crate) async fn iam_for(
        &self,
        place: &Place,
        purpose: Purpose,
    ) -> Result<aws_sdk_iam::Client, PortError> {
        let sdk = self.enter(place, purpose).await?;
        let config = aws_sdk_iam::config::Builder::from(&sdk)
            .interceptor(self.label(place))
            .retry_partition(partition("iam", place));
        Ok(aws_sdk_iam::Client::from_conf(config.build()))
    }

    /// Step Functions in our own account, in the Region of what is started.
    pub(crate) async fn step_functions(&self, region: &str) -> aws_sdk_sfn::Client {
        let sdk = self.own(self.base().await, "states:StartExecution");
        let sdk = sdk.to_builder().region(Region::new(region.to_owned())).build();
        aws_sdk_sfn::Client::new(&sdk)
    }

    /// Security Hub in `place`, with the credentials that publish.
    pub(crate) async fn security_hub(
        &self,
        place: &Place,
    ) -> Result<aws_sdk_securityhub::Client, PortError> {
        let sdk = self.enter(place, Purpose::Publish).await?;
        let config = aws_sdk_securityhub::config::Builder::from(&sdk)
            .interceptor(self.label(place))
            .retry_partition(partition("securityhub", place));
        Ok(aws_sdk_securityhub::Client::from_conf(config.build()))
    }

    /// What a service client for `place` is built from. Such a client also wants
    /// [`Cloud::label`], or its calls go uncounted.
    pub(crate) async fn enter(
        &self,
        place: &Place,
        purpose: Purpose,
    ) -> Result<SdkConfig, PortError> {
        let base = self.base().await;
        let http = Metered {
            inner: self.http.clone(),
            meter: self.meter.clone(),
            place: Arc::new(place.clone()),
            otherwise: None,
        };
        let mut builder =
            base.to_builder().region(Region::new(place.region.clone())).http_client(http);
        if let Some(session) = self.session(place, purpose).await? {
            builder = builder.credentials_provider(session);
        }
        Ok(builder.build())
    }

    /// Takes the role for `purpose` in the account of `place`, and does nothing with it.
    ///
    /// # Errors
    /// The account does not let us in.
    pub(crate) async fn knock(&self, place: &Place, purpose: Purpose) -> Result<(), PortError> {
        let Some(session) = self.session(place, purpose).await? else {
            return Ok(());
        };
        let taken = session.provide_credentials().await;
        let error = match taken {
            Ok(_) => return Ok(()),
            Err(error) => error,
        };
        let kind = credentials_failure(&error).unwrap_or(Kind::NoCredentials);
        Err(refuse("sts:AssumeRole", &place.account, kind, innermost(&error)))
    }

    /// Connections for requests that are signed elsewhere.
    pub(crate) fn connector(&self) -> &SharedHttpConnector {
        self.connector.get_or_init(|| {
            let settings = HttpConnectorSettings::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .read_timeout(READ_TIMEOUT);
            connector(self.settings.roots, settings.build())
        })
    }

    pub(crate) fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }

    /// Attempts of one call, and the longest wait before the second.
    pub(crate) fn patience(&self) -> (u32, Duration) {
        (self.settings.attempts.max(1), self.settings.backoff)
    }

    /// Counts the calls of a client; see [`Cloud::enter`].
    pub(crate) fn label(&self, place: &Place) -> Label {
        Label { meter: self.meter.clone(), place: place.clone() }
    }

    /// Credentials for another account; `None`: our own will do.
    async fn session(
        &self,
        place: &Place,
        purpose: Purpose,
    ) -> Result<Option<SharedCredentialsProvider>, PortError> {
        let own = match self.own_account.get() {
            Some(own) => own.clone(),
            None => self.home().await?.account,
        };
        if own == place.account {
            return Ok(None);
        }
        let roles = self.settings.roles.as_ref();
        let Some((roles, role)) = roles.and_then(|roles| Some((roles, roles.name(purpose)?)))
        else {
            let reason = format!("the credentials are of account {own}, and no role is configured");
            return Err(refuse("sts:AssumeRole", &place.account, Kind::NoCredentials, reason));
        };
        let key = (place.account.clone(), purpose);
        let known = || self.sessions.lock().unwrap_or_else(|broken| broken.into_inner());
        if let Some(session) = known().get(&key) {
            return Ok(Some(session.clone()));
        }
        let session = SharedCredentialsProvider::new(self.assume(roles, place, role).await);
        // Two callers may get here at once; the first session stays, so that it is cached once.
        Ok(Some(known().entry(key).or_insert(session).clone()))
    }

    async fn assume(&self, roles: &Roles, place: &Place, role: &str) -> AssumeRoleProvider {
        let arn = format!("arn:{}:iam::{}:role/{role}", place.partition, place.account);
        let mut builder = AssumeRoleProvider::builder(arn)
            .configure(&self.own(self.base().await, "sts:AssumeRole"))
            .session_name(&roles.session);
        if let Some(id) = &roles.external_id {
            builder = builder.external_id(id);
        }
        builder.build().await
    }

    /// Our own credentials in our own Region, for calls named `call`.
    fn own(&self, base: &SdkConfig, call: &'static str) -> SdkConfig {
        let nowhere =
            Place { partition: String::new(), account: String::new(), region: String::new() };
        let http = Metered {
            inner: self.http.clone(),
            meter: self.meter.clone(),
            place: Arc::new(nowhere),
            otherwise: Some(call),
        };
        base.to_builder().http_client(http).build()
    }

    pub(crate) async fn base(&self) -> &SdkConfig {
        self.base.get_or_init(|| load(&self.settings, self.http.clone())).await
    }
}

/// Calls to one place slow each other down when throttled, and nobody else.
pub(crate) fn partition(service: &str, place: &Place) -> RetryPartition {
    RetryPartition::new(format!("{service} {place}"))
}

fn is_region(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// The SDK would answer with the whole request that it could not send there.
fn is_endpoint(url: &str) -> bool {
    let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    host.is_some_and(|host| host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '['))
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
const READ_TIMEOUT: Duration = Duration::from_secs(30);

async fn load(settings: &Settings, http: SharedHttpClient) -> SdkConfig {
    // Not the SDK's adaptive mode: it measures what this client sent lately, and after one
    // throttle a client that has just started falls to a call in two seconds. Our buckets adapt,
    // by pool and for all clients.
    let retry = RetryConfig::standard()
        .with_max_attempts(settings.attempts.max(1))
        .with_initial_backoff(settings.backoff);
    // No timeout on attempts or operations: both include the wait for quota.
    let timeout =
        TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(READ_TIMEOUT);
    // Uploads are small, and stand still while they wait for quota.
    let stalls = StalledStreamProtectionConfig::enabled().upload_enabled(false).build();
    let mut loader = aws_config::defaults(aws_config::BehaviorVersion::latest())
        .http_client(http)
        .retry_config(retry)
        .timeout_config(timeout.build())
        .stalled_stream_protection(stalls);
    if let Some(url) = &settings.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(credentials) = &settings.credentials {
        loader = loader.credentials_provider(credentials.clone());
    }
    if let Some(region) = &settings.region {
        loader = loader.region(Region::new(region.clone()));
    }
    loader.load().await
}
