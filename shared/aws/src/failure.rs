//! From the SDK's errors to the port's.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use scan::{Kind, PortError};

/// Error codes by which AWS says "later". The SDK retries these; we count them and say so.
///
/// Source: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>
pub(crate) const THROTTLES: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

const DENIALS: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "OptInRequired",
    "UnauthorizedOperation",
];

/// The credentials themselves are no good: no grant would help.
const STRANGERS: &[&str] = &[
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];

const GONE: &[&str] =
    &["NoSuchEntity", "NoSuchEntityException", "NotFoundException", "ResourceNotFoundException"];

/// An error and what caused it, the outermost first.
pub(crate) fn chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| (*error).source())
}

/// What the last of an error's causes says: the others say only where the library was.
pub(crate) fn innermost(error: &(dyn Error + 'static)) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}

/// Turns an SDK error into the port's.
///
/// The raw HTTP response is dropped: a body that could not be read may hold a variable's value.
pub(crate) fn port_error<E>(
    operation: &'static str,
    subject: impl Into<String>,
    error: SdkError<E, HttpResponse>,
) -> PortError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let subject = subject.into();
    let (operation, kind) = match credentials_failure(&error) {
        Some(refused) => {
            (if refused == Kind::Denied { "sts:AssumeRole" } else { operation }, refused)
        }
        None => (operation, kind_of(operation, &error)),
    };
    if kind == Kind::NoCredentials && nobody_signed_in(&error) {
        // The SDK tells of each place where it looked, on a line of its own.
        let source = "none in the environment, the profile, or where the machine would have them";
        return PortError { operation, subject, kind, source: source.into() };
    }
    if let Some(said) = said(&error) {
        return PortError { operation, subject, kind, source: said.into() };
    }
    match error.into_source() {
        Ok(source) => PortError { operation, subject, kind, source },
        Err(whole) => PortError { operation, subject, kind, source: whole.to_string().into() },
    }
}

/// Puts a refusal of our own into the port's form.
pub(crate) fn refuse(
    operation: &'static str,
    subject: impl Into<String>,
    kind: Kind,
    reason: impl Into<String>,
) -> PortError {
    PortError { operation, subject: subject.into(), kind, source: reason.into().into() }
}

/// The error in the words of a `Fact::Unknown`: `lambda:GetPolicy throttled`. The same error gives
/// the same words: no request id, no time, no account.
pub fn why(error: &PortError) -> String {
    format!("{} {}", error.operation, error.kind)
}

/// What AWS said, as `Code: message`. The SDK writes errors that its model does not have as code.
fn said<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<String> {
    let answer = error.as_service_error()?;
    let code = answer.code().filter(|code| !code.is_empty())?;
    Some(match answer.message().filter(|message| !message.is_empty()) {
        Some(message) => format!("{code}: {message}"),
        None => code.to_owned(),
    })
}

fn kind_of<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> Kind
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    match error {
        SdkError::ServiceError(answer) => {
            let status = answer.raw().status().as_u16();
            kind_of_code(operation, answer.err().code().unwrap_or_default(), status)
        }
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) => Kind::Unreachable,
        _ => Kind::Failed,
    }
}

/// What a caller may do about an error of this code and HTTP status.
pub(crate) fn kind_of_code(operation: &str, code: &str, status: u16) -> Kind {
    if THROTTLES.contains(&code) || status == 429 {
        Kind::Throttled
    } else if STRANGERS.contains(&code) {
        Kind::NoCredentials
    } else if DENIALS.contains(&code) || status == 403 {
        Kind::Denied
    } else if GONE.contains(&code) || code.ends_with(".NotFound") {
        Kind::Gone
    } else if code == "PreconditionFailedException" || status == 412 {
        Kind::Changed
    } else if matches!(code, "ResourceConflictException" | "ConcurrentModification") {
        Kind::Busy
    } else if code == "InvalidAccessException" && operation.starts_with("securityhub:") {
        Kind::HubOff
    } else {
        Kind::Failed
    }
}

/// Tells whether the call failed for want of credentials: none found, or a role that may not be
/// assumed.
pub(crate) fn credentials_failure(error: &(dyn Error + 'static)) -> Option<Kind> {
    let mut link = Some(error);
    while let Some(cause) = link {
        if let Some(failure) = cause.downcast_ref::<CredentialsError>() {
            return Some(if assume_role_was_refused(failure) {
                Kind::Denied
            } else {
                Kind::NoCredentials
            });
        }
        link = cause.source();
    }
    None
}

fn nobody_signed_in(error: &(dyn Error + 'static)) -> bool {
    let mut link = Some(error);
    while let Some(cause) = link {
        if let Some(CredentialsError::CredentialsNotLoaded(_)) = cause.downcast_ref() {
            return true;
        }
        link = cause.source();
    }
    false
}

fn assume_role_was_refused(failure: &CredentialsError) -> bool {
    let mut link = failure.source();
    while let Some(cause) = link {
        if let Some(answer) =
            cause.downcast_ref::<aws_sdk_sts::operation::assume_role::AssumeRoleError>()
        {
            return answer.code().is_some_and(|code| DENIALS.contains(&code));
        }
        link = cause.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_tell_what_the_caller_may_do() {
        for (operation, code, status, expected) in [
            ("lambda:GetPolicy", "TooManyRequestsException", 429, Kind::Throttled),
            ("lambda:GetPolicy", "", 429, Kind::Throttled),
            ("iam:GetRole", "Throttling", 400, Kind::Throttled),
            ("ec2:DescribeSubnets", "RequestLimitExceeded", 503, Kind::Throttled),
            ("iam:GetRole", "AccessDenied", 403, Kind::Denied),
            ("ec2:DescribeSubnets", "UnauthorizedOperation", 403, Kind::Denied),
            ("lambda:GetPolicy", "", 403, Kind::Denied),
            ("lambda:GetPolicy", "ResourceNotFoundException", 404, Kind::Gone),
            ("iam:GetRole", "NoSuchEntity", 404, Kind::Gone),
            ("ec2:DescribeSubnets", "InvalidSubnetID.NotFound", 400, Kind::Gone),
            ("sts:GetCallerIdentity", "ExpiredToken", 403, Kind::NoCredentials),
            ("securityhub:GetFindings", "InvalidAccessException", 401, Kind::HubOff),
            ("lambda:GetPolicy", "InvalidAccessException", 401, Kind::Failed),
            // A wrong endpoint answers 404 too: that does not show a function to be gone.
            ("lambda:GetPolicy", "", 404, Kind::Failed),
            ("lambda:GetPolicy", "ServiceException", 500, Kind::Failed),
        ] {
            assert_eq!(
                kind_of_code(operation, code, status),
                expected,
                "{operation} {code} {status}"
            );
        }
    }

    #[test]
    fn a_reason_is_short_and_stable() {
        let error = refuse("iam:GetRole", "arn:aws:iam::1:role/r", Kind::Denied, "request id 7");
        assert_eq!(why(&error), "iam:GetRole denied");
    }
}
