//! Which functions have a code signing configuration, by a call for each of the few configurations
//! and not for each function.

use std::collections::HashMap;

use scan::PortError;

use super::Asked;
use crate::failure::port_error;

/// The configuration of each function that has one, by the function's ARN.
pub(super) async fn signed(asked: &Asked<'_>) -> Result<HashMap<String, String>, PortError> {
    let configs = asked.lambda.list_code_signing_configs().into_paginator().items().send();
    let configs: Result<Vec<_>, _> = configs.try_collect().await;
    let configs = configs
        .map_err(|error| port_error("lambda:ListCodeSigningConfigs", asked.subject(), error))?;
    let mut signed = HashMap::new();
    for config in configs {
        let arn = config.code_signing_config_arn;
        let list = asked.lambda.list_functions_by_code_signing_config();
        let list = list.code_signing_config_arn(&arn).into_paginator().items().send();
        let found: Result<Vec<_>, _> = list.try_collect().await;
        let found = found.map_err(|error| {
            port_error("lambda:ListFunctionsByCodeSigningConfig", arn.as_str(), error)
        })?;
        signed.extend(found.into_iter().map(|function| (function, arn.clone())));
    }
    Ok(signed)
}
