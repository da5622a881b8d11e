//! Who invokes a function asynchronously, by its resource policies.

use model::{Configuration, Exposure, Fact, Gap, Organization, Qualifier, Snapshot};

use crate::access::{Caller, Trust, grants};
use crate::exposure::POLICY;

/// Services that hand an event over and do not wait for the answer.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html>
const SERVICES: [&str; 7] = [
    "codecommit.amazonaws.com",
    "config.amazonaws.com",
    "events.amazonaws.com",
    "iot.amazonaws.com",
    "s3.amazonaws.com",
    "ses.amazonaws.com",
    "sns.amazonaws.com",
];

/// Whether `ListFunctionEventInvokeConfigs` can tell that events are lost: only where a service
/// invokes asynchronously and no dead-letter queue takes what fails. True where that is unknown.
pub fn failure_path_matters(
    function: &Exposure,
    qualifiers: &Fact<Vec<Qualifier>>,
    configuration: &Fact<Configuration>,
) -> bool {
    if configuration.known().is_some_and(|one| one.dead_letter.is_some()) {
        return false;
    }
    let Some(qualifiers) = qualifiers.known() else { return true };
    let mut exposures = [function].into_iter().chain(qualifiers.iter().map(|one| &one.exposure));
    exposures.any(|one| invoker(one).map_or(true, |service| service.is_some()))
}

/// What is invoked asynchronously, and by which service: `None` is the function itself.
///
/// # Errors
/// Versions, aliases or a policy could not be read.
pub(crate) fn invoked(function: &Snapshot) -> Result<Vec<(Option<&str>, &'static str)>, Gap> {
    let qualifiers = function.qualifiers.get("versions and aliases")?;
    let qualified = qualifiers.iter().map(|one| (Some(one.name.as_str()), &one.exposure));
    let mut found = Vec::new();
    for (qualifier, exposure) in [(None, &function.exposure)].into_iter().chain(qualified) {
        found.extend(invoker(exposure)?.map(|service| (qualifier, service)));
    }
    Ok(found)
}

/// The first of [`SERVICES`] that the policy lets invoke.
fn invoker(exposure: &Exposure) -> Result<Option<&'static str>, Gap> {
    let Some(policy) = exposure.policy.get(POLICY)? else { return Ok(None) };
    let trust = Trust { account: "", organization: &Organization::default() };
    let granted = grants(policy, "lambda:InvokeFunction", Caller::Service("*"), &trust);
    let named = |service: &&str| granted.iter().any(|grant| grant.service == Some(service));
    Ok(SERVICES.into_iter().find(named))
}
