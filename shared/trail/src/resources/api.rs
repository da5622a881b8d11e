//! Amazon API Gateway, whose resources are the paths of its own API.

use super::Places;
use super::arn::{is_plain, partition};

/// An API and everything below it. What is not below an API is not told apart.
///
/// Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html>
pub(super) fn search(places: &mut Places<'_, '_, '_>) {
    let event = places.event;
    for (parameter, path) in [("restApiId", "restapis"), ("apiId", "apis")] {
        let Some(id) = places.text(parameter).filter(|id| is_plain(id)) else { continue };
        let api = format!("arn:{}:apigateway:{}::/{path}/{id}", partition(event), event.region);
        // The catalogue lacks some of these paths, so they are not held against it.
        places.push_any(Some(format!("{api}/*").into()));
        places.push_any(Some(api.into()));
    }
}
