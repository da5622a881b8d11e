//! A proxy before any AWS endpoint that counts the calls and breaks chosen ones, the same ones in
//! every run.

mod fault;
mod operation;
mod protocol;
mod rule;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State as Shared};
use axum::http::{HeaderMap, Method, Request, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

pub use rule::{Fault, Rule, Target};

use crate::clock::locked;
use crate::server::Server;
use operation::Operation;

/// One call, as it went through.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Signing name, for example `lambda`, `iam`, `tagging`; empty if the call was not signed.
    pub service: String,
    /// For example `GetPolicy`; `GET /path` if unknown.
    pub operation: String,
    /// Status of the answer.
    pub status: u16,
    /// What was done to it.
    pub fault: Option<Fault>,
}

/// A running proxy. It ends when dropped.
///
/// ```
/// use stand_ins::fault_proxy::{Fault, FaultProxy, Target};
/// # let upstream = stand_ins::security_hub::SecurityHub::start(Default::default()).unwrap();
/// let proxy = FaultProxy::start(
///     &upstream.url(),
///     vec![
///         Target::call("lambda", "GetPolicy").mentioning("payments").always(Fault::Deny),
///         Target::service("iam").nth(2, Fault::Throttle),
///         Target::any().sometimes(0.01, 42, Fault::Status(503)),
///     ],
/// )
/// .unwrap();
/// let endpoint = proxy.url(); // For the SDK's clients.
/// assert!(proxy.calls().is_empty());
/// ```
#[derive(Debug)]
pub struct FaultProxy {
    server: Server,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    upstream: String,
    client: Client<HttpConnector, Full<Bytes>>,
    rules: Mutex<Vec<Rule>>,
    seen: Mutex<Vec<Seen>>,
}

impl FaultProxy {
    /// Starts a proxy before `upstream`, for example `http://127.0.0.1:4566`. Of the rules that
    /// match a call, the first that fires decides; with no rules the proxy only counts.
    ///
    /// # Errors
    /// The port or the thread could not be had.
    pub fn start(upstream: &str, rules: Vec<Rule>) -> io::Result<Self> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let state = Arc::new(State {
            upstream: upstream.trim_end_matches('/').to_owned(),
            client: Client::builder(TokioExecutor::new()).build(connector),
            rules: Mutex::new(rules),
            seen: Mutex::default(),
        });
        let router = Router::new()
            .fallback(pass)
            .layer(DefaultBodyLimit::disable())
            .with_state(state.clone());
        Ok(Self { server: Server::start(router)?, state })
    }

    /// The endpoint to give to SDK clients.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// How often each operation of each service was called, broken calls included.
    pub fn calls(&self) -> BTreeMap<(String, String), usize> {
        let mut counts = BTreeMap::new();
        for call in locked(&self.state.seen).iter() {
            *counts.entry((call.service.clone(), call.operation.clone())).or_default() += 1;
        }
        counts
    }

    /// Every call in order.
    pub fn seen(&self) -> Vec<Seen> {
        locked(&self.state.seen).clone()
    }

    /// Forgets the calls so far, and goes on with other rules.
    pub fn restart(&self, rules: Vec<Rule>) {
        *locked(&self.state.rules) = rules;
        locked(&self.state.seen).clear();
    }
}

async fn pass(
    Shared(state): Shared<Arc<State>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let operation = Operation::of(&method, &uri, &headers, &body);
    let fault = locked(&state.rules)
        .iter_mut()
        .find_map(|rule| rule.fires(&operation, &uri, &body).then_some(rule.fault));
    let answer = match fault {
        Some(Fault::Throttle) => protocol::throttled(&operation),
        Some(Fault::Deny) => protocol::denied(&operation),
        Some(Fault::Status(status)) => protocol::failed(&operation, status),
        Some(Fault::CutConnection) => fault::cut(state.forward(method, &uri, headers, body).await),
        Some(Fault::TruncatePage) => {
            fault::truncate(state.forward(method, &uri, headers, body).await)
        }
        Some(Fault::Unsettle) => {
            fault::unsettle(state.forward(method, &uri, headers, body).await).into_response()
        }
        Some(Fault::FailOneFinding(at)) => match fault::take_finding(&body, at) {
            Some((None, id)) => fault::fail_finding(None, &id),
            Some((Some(rest), id)) => {
                fault::fail_finding(Some(state.forward(method, &uri, headers, rest).await), &id)
            }
            None => state.forward(method, &uri, headers, body).await.into_response(),
        },
        None => state.forward(method, &uri, headers, body).await.into_response(),
    };
    locked(&state.seen).push(Seen {
        service: operation.service,
        operation: operation.name,
        status: answer.status().as_u16(),
        fault,
    });
    answer
}

/// An answer of the endpoint, read whole.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        (self.status, self.headers, Body::from(self.body)).into_response()
    }
}

impl State {
    /// Sends the request on with its own `Host`, so that a verified signature stays true.
    async fn forward(
        &self,
        method: Method,
        uri: &Uri,
        mut headers: HeaderMap,
        body: Bytes,
    ) -> Answer {
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        drop_hop_headers(&mut headers);
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.headers_mut() = headers;
        match format!("{}{path}", self.upstream).parse() {
            Ok(target) => *request.uri_mut() = target,
            Err(error) => return unreachable_upstream(&self.upstream, &error.to_string()),
        }
        match self.client.request(request).await {
            Ok(answer) => {
                let (mut head, body) = answer.into_parts();
                drop_hop_headers(&mut head.headers);
                match body.collect().await {
                    Ok(body) => {
                        Answer { status: head.status, headers: head.headers, body: body.to_bytes() }
                    }
                    Err(error) => unreachable_upstream(&self.upstream, &error.to_string()),
                }
            }
            Err(error) => unreachable_upstream(&self.upstream, &error.to_string()),
        }
    }
}

/// Lengths and connections are the business of each leg.
fn drop_hop_headers(headers: &mut HeaderMap) {
    for name in [header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING] {
        headers.remove(name);
    }
}

fn unreachable_upstream(upstream: &str, why: &str) -> Answer {
    Answer {
        status: StatusCode::BAD_GATEWAY,
        headers: HeaderMap::new(),
        body: Bytes::from(format!("cannot reach `{upstream}`: {why}")),
    }
}
