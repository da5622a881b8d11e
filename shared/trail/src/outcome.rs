use model::CallOutcome;

/// What came of a call, by its `errorCode`.
///
/// Services spell a denial in three ways: `AccessDenied`, `Client.UnauthorizedOperation`, and
/// something that ends in `AccessDeniedException`. A dry run that "fails" would have succeeded.
pub(crate) fn outcome(code: &str, message: &str) -> CallOutcome {
    let code = bare(code);
    let has = |words: &[&str]| words.iter().any(|word| code.contains(word));
    if code.is_empty() || has(&["DryRunOperation"]) {
        CallOutcome::Ok
    } else if has(DENIED)
        || (code == "Forbidden" || code == "403")
        || denied_action(message).is_some()
    {
        CallOutcome::Denied
    } else if has(UNDECIDED) {
        CallOutcome::Unclear
    } else {
        CallOutcome::Ok
    }
}

/// The action that was refused, as the message names it: `… is not authorized to perform:
/// s3:GetObject on resource …`.
pub(crate) fn denied_action(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once(" authorized to perform: ")?;
    let is_end = |c: char| !(c.is_ascii_alphanumeric() || ":-_".contains(c));
    let action = rest.split(is_end).next()?;
    let (service, name) = action.split_once(':')?;
    let is_sound = !service.is_empty() && name.starts_with(|c: char| c.is_ascii_alphabetic());
    is_sound.then_some(action)
}

/// Without the side that EC2 blames, and without the namespace that some SDKs leave.
fn bare(code: &str) -> &str {
    code.trim_start_matches("Client.").trim_start_matches("Server.")
}

/// Parts of codes that mean: refused for want of permission.
const DENIED: &[&str] = &[
    "AccessDenied",
    "UnauthorizedOperation",
    "NotAuthorizedForOperation",
    "AuthorizationError",
    "UnauthorizedAccess",
    "OperationNotPermitted",
    "MissingAuthentication",
];

/// Parts of codes of failures that may come before the caller's permission is looked at.
const UNDECIDED: &[&str] = &[
    "Throttl",
    "RequestLimitExceeded",
    "TooManyRequests",
    "SlowDown",
    "ValidationE",
    "ValidationException",
    "InvalidParameter",
    "MissingParameter",
    "MalformedInput",
    "SerializationException",
    "ExpiredToken",
    "RequestExpired",
    "InvalidClientTokenId",
    "UnrecognizedClient",
    "SignatureDoesNotMatch",
    "InvalidSignature",
    "IncompleteSignature",
    "AuthFailure",
    "OptInRequired",
    "SubscriptionRequired",
    "InternalError",
    "InternalFailure",
    "InternalServer",
    "ServiceUnavailable",
    "Unavailable",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_apart() {
        let cases = [
            ("", CallOutcome::Ok),
            // Case 27.
            ("AccessDenied", CallOutcome::Denied),
            ("AccessDeniedException", CallOutcome::Denied),
            ("KMSAccessDeniedException", CallOutcome::Denied),
            ("Client.UnauthorizedOperation", CallOutcome::Denied),
            ("UnauthorizedOperation", CallOutcome::Denied),
            ("AuthorizationErrorException", CallOutcome::Denied),
            ("VpceAccessDenied", CallOutcome::Denied),
            // Case 28.
            ("ThrottlingException", CallOutcome::Unclear),
            ("Client.RequestLimitExceeded", CallOutcome::Unclear),
            ("ValidationError", CallOutcome::Unclear),
            ("ExpiredTokenException", CallOutcome::Unclear),
            ("NoSuchBucketPolicy", CallOutcome::Ok),
            ("ResourceNotFoundException", CallOutcome::Ok),
            ("Client.InvalidInstanceID.NotFound", CallOutcome::Ok),
            ("ConditionalCheckFailedException", CallOutcome::Ok),
            // A user's password in Cognito, not a permission.
            ("NotAuthorizedException", CallOutcome::Ok),
            // Case 29.
            ("DryRunOperationException", CallOutcome::Ok),
            ("Client.DryRunOperation", CallOutcome::Ok),
        ];
        for (code, expected) in cases {
            assert_eq!(outcome(code, ""), expected, "{code}");
        }
    }

    #[test]
    fn messages_name_what_was_refused() {
        let cases = [
            (
                "User: arn:aws:sts::111122223333:assumed-role/r/f is not authorized to perform: \
              dynamodb:PutItem on resource: x",
                Some("dynamodb:PutItem"),
            ),
            (
                "User is not authorized to perform: logs:CreateLogStream",
                Some("logs:CreateLogStream"),
            ),
            ("You are not authorized to perform: this operation", None),
            ("You are not authorized to perform this operation.", None),
            ("", None),
        ];
        for (message, expected) in cases {
            assert_eq!(denied_action(message), expected, "{message}");
        }
        let wrapped = outcome("InvalidRequestException", cases[0].0);
        assert_eq!(wrapped, CallOutcome::Denied);
    }
}
