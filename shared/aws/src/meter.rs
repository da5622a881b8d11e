//! Counts every request that is sent, and holds it back until its quota allows it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpClient, SharedHttpConnector,
        },
        interceptors::{
            Intercept,
            context::{
                AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
            },
            dyn_dispatch_hint,
        },
        orchestrator::{HttpRequest, HttpResponse, Metadata},
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use scan::Place;

use crate::{
    failure::THROTTLES,
    quota::{Buckets, Quota},
};

/// What was sent, by IAM action name.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    buckets: Buckets,
    calls: Mutex<BTreeMap<String, u64>>,
    throttles: Mutex<BTreeMap<String, u64>>,
}

impl Meter {
    pub(crate) fn new(quota: Quota) -> Self {
        Self { buckets: Buckets::new(quota), ..Self::default() }
    }

    pub(crate) fn calls(&self) -> BTreeMap<String, u64> {
        copy(&self.calls)
    }

    pub(crate) fn throttles(&self) -> BTreeMap<String, u64> {
        copy(&self.throttles)
    }

    pub(crate) fn throttled(&self, call: &str, place: &Place) {
        self.buckets.slow_down(call, place);
        add_one(&self.throttles, call);
    }

    /// Waits until `call` may be sent, and counts it.
    pub(crate) async fn admit(&self, call: &str, place: &Place) {
        self.buckets.wait(call, place).await;
        add_one(&self.calls, call);
    }
}

fn copy(counts: &Mutex<BTreeMap<String, u64>>) -> BTreeMap<String, u64> {
    counts.lock().unwrap_or_else(|broken| broken.into_inner()).clone()
}

fn add_one(counts: &Mutex<BTreeMap<String, u64>>, call: &str) {
    let mut counts = counts.lock().unwrap_or_else(|broken| broken.into_inner());
    match counts.get_mut(call) {
        Some(count) => *count += 1,
        None => {
            counts.insert(call.to_owned(), 1);
        }
    }
}

/// The name of a call, carried by the request from [`Label`] to [`Metered`].
#[derive(Clone, Debug)]
struct Call(String);

/// Writes the call's name on the request; counts the answer if it is a throttle, and slows down.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub(crate) meter: Arc<Meter>,
    pub(crate) place: Place,
}

#[dyn_dispatch_hint]
impl Intercept for Label {
    fn name(&self) -> &'static str {
        "Label"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(call) = config.load::<Metadata>().map(name) {
            context.request_mut().add_extension(Call(call));
        }
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(call) = config.load::<Metadata>().map(name)
            && is_throttle(context.response())
        {
            self.meter.throttled(&call, &self.place);
        }
        Ok(())
    }
}

/// `lambda:GetPolicy`
fn name(metadata: &Metadata) -> String {
    let service = match metadata.service() {
        "Resource Groups Tagging API" => "tag",
        "CloudWatch Logs" => "logs",
        "EventBridge" => "events",
        "AccessAnalyzer" => "access-analyzer",
        other => &other.to_ascii_lowercase(),
    };
    format!("{service}:{}", metadata.name())
}

fn is_throttle(response: &HttpResponse) -> bool {
    let status = response.status().as_u16();
    let named = |text: &str| THROTTLES.iter().any(|code| text.contains(code));
    match status {
        429 => true,
        400 | 503 => {
            let body = response.body().bytes().and_then(|body| std::str::from_utf8(body).ok());
            response.headers().get("x-amzn-errortype").is_some_and(named) || body.is_some_and(named)
        }
        _ => false,
    }
}

/// An HTTP client bound to a place. It counts what passes and holds it back by quota.
///
/// The wait comes after signing; a signature is good for minutes, a wait takes seconds, for
/// callers bound their own number.
#[derive(Clone, Debug)]
pub(crate) struct Metered {
    pub(crate) inner: SharedHttpClient,
    pub(crate) meter: Arc<Meter>,
    pub(crate) place: Arc<Place>,
    /// The name of requests that carry none.
    pub(crate) otherwise: Option<&'static str>,
}

impl HttpClient for Metered {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(MeteredConnector { inner, client: self.clone() })
    }

    // `validate_base_client_config` stays empty: the inner client would build a connector there,
    // and throw it away, each time an SDK client is made.
}

#[derive(Debug)]
struct MeteredConnector {
    inner: SharedHttpConnector,
    client: Metered,
}

impl HttpConnector for MeteredConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let inner = self.inner.clone();
        let Metered { meter, place, otherwise, .. } = self.client.clone();
        HttpConnectorFuture::new(async move {
            let call = request.extension::<Call>().map(|call| call.0.clone());
            if let Some(call) = call.as_deref().or(otherwise) {
                meter.admit(call, &place).await;
            }
            inner.call(request).await
        })
    }
}
