//! How AWS is reached, from what was typed.

use aws::{Quota, Roles, Settings};

use crate::args::{Endpoint, Rate, Reach};

/// With the member roles.
pub(crate) fn settings(reach: &Reach, region: Option<&String>) -> Settings {
    Settings {
        endpoint_url: reach.endpoint_url.clone(),
        profile: reach.profile.clone(),
        region: region.cloned(),
        roles: Some(Roles::new(
            reach.read_role.clone(),
            reach.publish_role.clone(),
            reach.external_id.clone(),
        )),
        quota: match reach.rate {
            Rate::Polite => Quota::default(),
            Rate::Full => Quota::Share(1.0),
            Rate::Unlimited => Quota::Unlimited,
        },
        ..Settings::default()
    }
}

/// With the caller's own credentials alone.
pub(crate) fn local(endpoint: &Endpoint) -> Settings {
    Settings {
        endpoint_url: endpoint.endpoint_url.clone(),
        profile: endpoint.profile.clone(),
        ..Settings::default()
    }
}
