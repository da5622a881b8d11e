//! KMS keys.

use model::{Key, KeyManager};
use scan::{Kind, PortError};
use serde::Deserialize;
use serde_json::json;

use crate::json_api::JsonApi;

/// The key behind an ARN of a key or an alias. One that is deleted for good is so described: only
/// customers' keys can be.
pub(crate) async fn key(kms: &JsonApi, arn: &str) -> Result<Key, PortError> {
    let answer: Answer = match kms.send(arn, &json!({"KeyId": arn})).await {
        Err(error) if error.kind == Kind::Gone => {
            let state = "Deleted".to_owned();
            return Ok(Key { arn: arn.to_owned(), manager: KeyManager::Customer, state });
        }
        answer => answer?,
    };
    let Metadata { arn, key_manager, key_state } = answer.key_metadata;
    let manager = match key_manager {
        Manager::Aws => KeyManager::Aws,
        Manager::Customer => KeyManager::Customer,
    };
    Ok(Key { arn, manager, state: key_state })
}

/// Whether what a function names may be the key: an alias may be any key's.
pub(super) fn may_be(named: &str, key: &str) -> bool {
    named == key || named.contains(":alias/")
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    key_metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    arn: String,
    key_manager: Manager,
    key_state: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Manager {
    Aws,
    Customer,
}
