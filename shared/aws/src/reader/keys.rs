//! KMS keys.

use model::{Key, KeyManager};
use scan::PortError;
use serde::Deserialize;
use serde_json::json;

use crate::json_api::JsonApi;

/// The key behind an ARN of a key or an alias.
pub(crate) async fn key(kms: &JsonApi, arn: &str) -> Result<Key, PortError> {
    let answer: Answer = kms.send(arn, &json!({"KeyId": arn})).await?;
    let Metadata { arn, key_manager, key_state } = answer.key_metadata;
    let manager = match key_manager {
        Manager::Aws => KeyManager::Aws,
        Manager::Customer => KeyManager::Customer,
    };
    Ok(Key { arn, manager, state: key_state })
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
