//! Security Hub of each account, reached as that account.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use aws::{Cloud, Quota, Roots, SecurityHub, Settings};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use model::FunctionArn;
use scan::{Finding, Findings, Observed, Place, PortError, Refused, WorkflowUpdate};

use crate::world::{ACCOUNTS, REGION};

#[derive(Clone, Debug)]
pub(crate) struct Hubs(BTreeMap<String, SecurityHub>);

impl Hubs {
    pub(crate) fn at(url: &str) -> Self {
        let hub = |account: &str| {
            let credentials = Credentials::new(account, "secret", None, None, "test");
            let settings = Settings {
                // The quickest to load; there is no TLS here.
                roots: Roots::Amazon,
                endpoint_url: Some(url.to_owned()),
                credentials: Some(SharedCredentialsProvider::new(credentials)),
                region: Some(REGION.to_owned()),
                own_account: Some(account.to_owned()),
                quota: Quota::Unlimited,
                backoff: Duration::from_millis(1),
                ..Settings::default()
            };
            (account.to_owned(), SecurityHub::new(Arc::new(Cloud::new(settings))))
        };
        Self(ACCOUNTS.map(hub).into())
    }
}

impl Findings for Hubs {
    async fn observed(
        &self,
        place: &Place,
        functions: Option<&[FunctionArn]>,
    ) -> Result<Vec<Observed>, PortError> {
        self.0[&place.account].observed(place, functions).await
    }

    async fn about_accounts(&self, place: &Place) -> Result<Vec<Observed>, PortError> {
        self.0[&place.account].about_accounts(place).await
    }

    async fn import(&self, place: &Place, findings: &[Finding]) -> Result<Vec<Refused>, PortError> {
        self.0[&place.account].import(place, findings).await
    }

    async fn update(
        &self,
        place: &Place,
        updates: &[WorkflowUpdate],
    ) -> Result<Vec<Refused>, PortError> {
        self.0[&place.account].update(place, updates).await
    }
}
