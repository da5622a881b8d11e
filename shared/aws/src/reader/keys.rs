//! KMS keys. The SDK crate is used: `DescribeKey` is one call, but JSON, errors and endpoints of
//! all partitions come with it.

use aws_sdk_kms::{Client, types::KeyManagerType};
use model::{Key, KeyManager};
use scan::{Kind, PortError};

use crate::failure::{port_error, refuse};

/// The key behind an ARN of a key or an alias.
pub(crate) async fn key(kms: &Client, arn: &str) -> Result<Key, PortError> {
    const OPERATION: &str = "kms:DescribeKey";
    let answer = kms.describe_key().key_id(arn).send().await;
    let answer = answer.map_err(|error| port_error(OPERATION, arn, error))?;
    let found = answer.key_metadata.and_then(|key| {
        let manager = match key.key_manager? {
            KeyManagerType::Aws => KeyManager::Aws,
            KeyManagerType::Customer => KeyManager::Customer,
            _ => return None,
        };
        Some(Key { arn: key.arn?, manager, state: key.key_state?.as_str().to_owned() })
    });
    found.ok_or_else(|| refuse(OPERATION, arn, Kind::Failed, "the answer lacks a field"))
}
