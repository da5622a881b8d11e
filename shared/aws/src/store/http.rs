//! S3's requests over the HTTP client that every other call takes.

use std::{error::Error, fmt, sync::Arc};

use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector as _, SharedHttpConnector},
        orchestrator::{HttpRequest as SdkRequest, HttpResponse as SdkResponse},
        result::ConnectorError,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt;
use object_store::{
    ClientOptions,
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
        HttpResponseBody, HttpService,
    },
};
use scan::Place;

use crate::{failure::THROTTLES, meter::Meter};

/// Makes clients of the connector that it wraps.
#[derive(Clone, Debug)]
pub(super) struct Connector {
    pub(super) inner: SharedHttpConnector,
    pub(super) meter: Arc<Meter>,
    pub(super) place: Arc<Place>,
}

impl HttpConnector for Connector {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

/// S3 said no, or something between it and us did.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// `AccessDenied`, `SlowDown`, …; empty where the answer names none, as to `HEAD`.
    pub(crate) code: String,
    message: String,
    /// Where the bucket is, told to those who ask elsewhere.
    region: Option<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code.as_str() {
            "" => write!(f, "HTTP status {}", self.status)?,
            code => write!(f, "{code}: {}", self.message)?,
        }
        match &self.region {
            Some(region) if self.status == 301 => write!(f, " (the bucket is in {region})"),
            _ => Ok(()),
        }
    }
}

impl Error for Refusal {}

#[async_trait::async_trait]
impl HttpService for Connector {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let call = call_of(&request);
        self.meter.admit(call, &self.place).await;
        let answer = self.inner.call(sdk(request).await?).await.map_err(unanswered)?;
        if !answer.status().is_success() {
            let refusal = refusal(answer).await;
            let later = is_later(&refusal);
            if later {
                self.meter.throttled(call, &self.place);
            }
            // Tried again: what may pass, be it load or a fault of the server.
            let kind = match later || refusal.status >= 500 {
                true => HttpErrorKind::Request,
                false => HttpErrorKind::Unknown,
            };
            return Err(HttpError::new(kind, refusal));
        }
        let answer =
            answer.try_into_http1x().map_err(|e| HttpError::new(HttpErrorKind::Decode, e))?;
        Ok(answer.map(|body| HttpResponseBody::new(body.map_err(broken))))
    }
}

/// The call as IAM calls it.
fn call_of(request: &HttpRequest) -> &'static str {
    let query = request.uri().query().unwrap_or_default();
    let lists = query.contains("list-type=");
    let deletes = query.split('&').any(|part| part == "delete" || part == "delete=");
    match *request.method() {
        http::Method::POST if deletes => "s3:DeleteObject",
        http::Method::PUT | http::Method::POST => "s3:PutObject",
        _ if lists => "s3:ListBucket",
        _ => "s3:GetObject",
    }
}

fn is_later(refusal: &Refusal) -> bool {
    refusal.status == 429 || THROTTLES.contains(&refusal.code.as_str())
}

/// Bodies are small, and copied once so that they may be sent again.
async fn sdk(request: HttpRequest) -> Result<SdkRequest, HttpError> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let request = http::Request::from_parts(parts, SdkBody::from(body));
    SdkRequest::try_from(request).map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))
}

/// What S3 says of a refusal; only code and message, for the rest may show how the request was
/// signed.
async fn refusal(answer: SdkResponse) -> Refusal {
    let status = StatusCode::as_u16(answer.status());
    let region = answer.headers().get("x-amz-bucket-region").map(str::to_owned);
    let body = answer.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let body = String::from_utf8_lossy(&body);
    Refusal { status, code: element(&body, "Code"), message: element(&body, "Message"), region }
}

fn element(xml: &str, name: &str) -> String {
    let after = xml.split_once(&format!("<{name}>")).map(|(_, rest)| rest);
    let inner = after.and_then(|rest| rest.split_once('<')).map(|(inner, _)| inner);
    inner.unwrap_or_default().to_owned()
}

fn unanswered(error: ConnectorError) -> HttpError {
    let kind = match &error {
        error if error.is_timeout() => HttpErrorKind::Timeout,
        error if error.is_io() => HttpErrorKind::Interrupted,
        error if error.is_user() => HttpErrorKind::Unknown,
        _ => HttpErrorKind::Request,
    };
    HttpError::new(kind, error)
}

/// The connection ended in the middle of an answer.
fn broken(error: Box<dyn Error + Send + Sync>) -> HttpError {
    HttpError::new_boxed(HttpErrorKind::Interrupted, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_have_the_names_of_their_grants() {
        for (method, uri, call) in [
            ("GET", "https://b.s3.eu-west-1.amazonaws.com/?list-type=2&prefix=a", "s3:ListBucket"),
            ("GET", "https://b.s3.eu-west-1.amazonaws.com/a/list-type", "s3:GetObject"),
            ("PUT", "http://127.0.0.1:1/b/a", "s3:PutObject"),
            ("POST", "http://127.0.0.1:1/b?delete", "s3:DeleteObject"),
        ] {
            let request = http::Request::builder().method(method).uri(uri);
            let request = request.body(object_store::client::HttpRequestBody::empty()).unwrap();
            assert_eq!(call_of(&request), call, "{method} {uri}");
        }
    }

    #[test]
    fn of_a_refusal_code_and_message_are_kept_and_nothing_else() {
        let body = "<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message>\
                    <StringToSign>AKIAEXAMPLE</StringToSign></Error>";
        let refusal = Refusal {
            status: 403,
            code: element(body, "Code"),
            message: element(body, "Message"),
            region: None,
        };
        assert_eq!(refusal.to_string(), "SignatureDoesNotMatch: no");
        assert_eq!(element("", "Code"), "");
    }
}
