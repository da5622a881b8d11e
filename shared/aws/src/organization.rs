//! AWS Organizations, as far as a night needs it.

use std::{collections::BTreeSet, sync::Arc};

use scan::{Organization, Place, PortError};
use serde::Deserialize;
use serde_json::Map;

use crate::{
    Cloud, Purpose,
    json_api::{JsonApi, LIST_ACCOUNTS},
};

/// The organisation that our own account is in. Its management account, or a delegated
/// administrator, may list the accounts.
#[derive(Clone, Debug)]
pub struct AwsOrganization {
    cloud: Arc<Cloud>,
}

impl AwsOrganization {
    /// The organisation as seen through `cloud`.
    pub fn new(cloud: Arc<Cloud>) -> Self {
        Self { cloud }
    }
}

impl Organization for AwsOrganization {
    async fn accounts(&self) -> Result<BTreeSet<String>, PortError> {
        let home = self.cloud.home().await?;
        let place = Place { region: home_of(&home.partition).to_owned(), ..home };
        let api = JsonApi::new(&self.cloud, &place, &LIST_ACCOUNTS).await?;
        let mut accounts = BTreeSet::new();
        let add = |page: Page| {
            let active = page.accounts.into_iter().filter(Account::is_active);
            accounts.extend(active.map(|account| account.id));
            page.next_token
        };
        api.pages("the organisation", Map::new(), "NextToken", add).await?;
        Ok(accounts)
    }

    async fn enter(&self, place: &Place) -> Result<(), PortError> {
        self.cloud.knock(place, Purpose::Read).await
    }
}

/// The one Region of a partition that answers for its organisations.
///
/// Source: <https://docs.aws.amazon.com/general/latest/gr/ao.html>
fn home_of(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-northwest-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    }
}

/// Without `Accounts` it is no answer: an organisation has one at least.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    accounts: Vec<Account>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Account {
    id: String,
    /// Deprecated in favour of `State`; AWS answers with both.
    status: Option<String>,
    state: Option<String>,
}

impl Account {
    fn is_active(&self) -> bool {
        self.state.as_ref().or(self.status.as_ref()).is_some_and(|state| state == "ACTIVE")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_active_accounts_count() {
        for (account, expected) in [
            (json!({"Id": "1", "Status": "ACTIVE"}), true),
            (json!({"Id": "1", "State": "ACTIVE"}), true),
            (json!({"Id": "1", "Status": "ACTIVE", "State": "PENDING_CLOSURE"}), false),
            (json!({"Id": "1", "Status": "SUSPENDED"}), false),
            (json!({"Id": "1"}), false),
        ] {
            let read: Account = serde_json::from_value(account.clone()).unwrap();
            assert_eq!(read.is_active(), expected, "{account}");
        }
    }
}
