use axum::http::HeaderMap;

/// The account of credentials that name none, as in the local emulator.
const NO_ACCOUNT: &str = "000000000000";

/// Who calls, as far as the signature of a request tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Twelve digits. The header `x-account-id` wins; else an access key id of twelve digits *is*
    /// the account; else `000000000000`.
    pub account: String,
    /// Region of the credential scope; `us-east-1` if the request is not signed.
    pub region: String,
    /// Signing name of the service, for example `securityhub`; empty if the request is not signed.
    pub service: String,
}

impl Caller {
    /// Reads the caller from the headers of a request, or `None` if nothing in them says who it is.
    ///
    /// The signature is not verified.
    ///
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let mut scope = text("authorization")
            .and_then(|line| line.split("Credential=").nth(1))
            .and_then(|rest| rest.split([',', ' ']).next())
            .map(|scope| scope.split('/'));
        let mut part = || scope.as_mut().and_then(Iterator::next).unwrap_or_default();
        let (key, _day, region, service) = (part(), part(), part(), part());
        let account = match text("x-account-id") {
            Some(account) => account,
            None if key.is_empty() => return None,
            None if is_account(key) => key,
            None => NO_ACCOUNT,
        };
        let region = if region.is_empty() { "us-east-1" } else { region };
        Some(Self { account: account.into(), region: region.into(), service: service.into() })
    }
}

fn is_account(key: &str) -> bool {
    key.len() == 12 && key.bytes().all(|byte| byte.is_ascii_digit())
}
