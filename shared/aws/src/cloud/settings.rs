//! How AWS is reached, and by which roles.

use std::time::Duration;

use aws_credential_types::provider::SharedCredentialsProvider;

use crate::{Purpose, quota::Quota, roots::Roots};

/// How AWS is reached. `Settings::default()` is right for a laptop.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whose certificates are trusted.
    pub roots: Roots,
    /// One endpoint for every service, e.g. of an emulator. `None`: `AWS_ENDPOINT_URL_<SERVICE>`,
    /// `AWS_ENDPOINT_URL` and the profile decide.
    pub endpoint_url: Option<String>,
    /// Named profile; `None`: `AWS_PROFILE` or the default one.
    pub profile: Option<String>,
    /// Our own credentials; `None`: the SDK's usual chain finds them.
    pub credentials: Option<SharedCredentialsProvider>,
    /// The caller's own Region; `None`: `AWS_REGION` or the profile's.
    pub region: Option<String>,
    /// Account of our own credentials, where known. Saves a `GetCallerIdentity`.
    pub own_account: Option<String>,
    /// How other accounts are entered; `None`: only the own account can be.
    pub roles: Option<Roles>,
    /// How much of AWS's quotas we take.
    pub quota: Quota,
    /// Attempts of one call, the first included.
    pub attempts: u32,
    /// Longest wait before the second attempt; doubles with each further one.
    pub backoff: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            roots: Roots::default(),
            endpoint_url: None,
            profile: None,
            credentials: None,
            region: None,
            own_account: None,
            roles: None,
            quota: Quota::default(),
            attempts: 5,
            backoff: Duration::from_secs(1),
        }
    }
}

impl Settings {
    /// Right for a Lambda: Amazon's certificates alone, which are quicker to load.
    pub fn lambda(roles: Roles) -> Self {
        Self { roots: Roots::Amazon, roles: Some(roles), ..Self::default() }
    }
}

/// The roles by which other accounts are entered. They have the same names everywhere.
#[derive(Clone, Debug)]
pub struct Roles {
    /// Name, with path if it has one, of the role that reads.
    pub read: String,
    /// Name of the role that publishes findings.
    pub publish: String,
    /// Name of the role that repairs; `None`: nothing is repaired elsewhere.
    pub repair: Option<String>,
    /// `sts:ExternalId` that all ask for.
    pub external_id: Option<String>,
    /// Shown in the other account's CloudTrail, at most 64 characters.
    pub session: String,
}

impl Roles {
    /// With the role that repairs.
    #[must_use]
    pub fn repair(self, role: String) -> Self {
        Self { repair: Some(role), ..self }
    }

    /// The role for a purpose, if there is one.
    pub(crate) fn name(&self, purpose: Purpose) -> Option<&str> {
        match purpose {
            Purpose::Read => Some(&self.read),
            Purpose::Publish => Some(&self.publish),
            Purpose::Repair => self.repair.as_deref(),
        }
    }

    /// Entered in the product's name, by which the event patterns know our own calls.
    pub fn new(read: String, publish: String, external_id: Option<String>) -> Self {
        Self { read, publish, repair: None, external_id, session: "lambda-warden".to_owned() }
    }
}
