//! A server that speaks as AWS does and answers what a test says.

use std::{
    collections::BTreeMap,
    net::TcpListener,
    sync::{Arc, Mutex},
    time::Duration,
};

use aws::{Cloud, Quota, Reader, Settings};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use axum::{
    Router,
    body::{Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, Response},
};
use model::Baseline;
use serde_json::{Value, json};

use crate::aws as answers;

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const REGION: &str = "eu-west-1";

/// A request as the tests see it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// `lambda:GetPolicy`
    pub(crate) call: String,
    /// Path parameter, decoded: the ARN of a function.
    pub(crate) subject: String,
    /// Query, form or JSON members, decoded.
    pub(crate) with: BTreeMap<String, String>,
    /// From the signature.
    pub(crate) access_key: String,
    /// From the signature.
    pub(crate) region: String,
}

/// What the server answers.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(body: Value) -> Self {
        Self { status: 200, code: String::new(), body: body.to_string() }
    }

    pub(crate) fn xml(body: impl Into<String>) -> Self {
        Self { status: 200, code: String::new(), body: body.into() }
    }

    pub(crate) fn error(status: u16, code: &str) -> Self {
        Self { status, code: code.to_owned(), body: String::new() }
    }
}

type Script = Box<dyn Fn(&Asked) -> Option<Answer> + Send + Sync>;

/// The far side of every call: what the test scripts, and else a healthy account.
#[derive(Clone)]
pub(crate) struct Stage {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Stage {
    /// Starts the server; `script` answers first, and a healthy account what it leaves.
    pub(crate) fn start(script: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let stage = Self { url, asked: asked.clone() };
        let script: Arc<Script> = Arc::new(Box::new(script));
        let router = Router::new().fallback(move |request: Request| {
            let (asked, script) = (asked.clone(), script.clone());
            async move {
                let (parts, body) = request.into_parts();
                let body = to_bytes(body, usize::MAX).await.unwrap();
                let seen = understand(
                    parts.method.as_str(),
                    &parts.uri.to_string(),
                    &parts.headers,
                    &body,
                );
                let answer = script(&seen).unwrap_or_else(|| answers::healthy(&seen));
                asked.lock().unwrap().push(seen.clone());
                write(&seen, answer)
            }
        });
        tokio::spawn(stand_ins::serve(listener, router));
        stage
    }

    pub(crate) fn settings(&self) -> Settings {
        let credentials = Credentials::new("AKOWN", "secret", None, None, "test");
        Settings {
            endpoint_url: Some(self.url.clone()),
            credentials: Some(SharedCredentialsProvider::new(credentials)),
            region: Some(REGION.to_owned()),
            own_account: Some(ACCOUNT.to_owned()),
            quota: Quota::Unlimited,
            attempts: 3,
            backoff: Duration::from_millis(1),
            ..Settings::default()
        }
    }

    pub(crate) fn reader(&self) -> (Reader, Arc<Cloud>) {
        self.reader_for(&Baseline::default())
    }

    pub(crate) fn reader_for(&self, baseline: &Baseline) -> (Reader, Arc<Cloud>) {
        let cloud = Arc::new(Cloud::new(self.settings()));
        (Reader::new(cloud.clone(), baseline).patience(Duration::from_millis(100)), cloud)
    }

    /// Every request of `call` so far, in order.
    pub(crate) fn asked(&self, call: &str) -> Vec<Asked> {
        self.asked.lock().unwrap().iter().filter(|asked| asked.call == call).cloned().collect()
    }
}

fn understand(method: &str, uri: &str, headers: &HeaderMap, body: &Bytes) -> Asked {
    let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let scope = header("authorization").split("Credential=").nth(1).unwrap_or_default();
    let mut scope = scope.split('/');
    let (access_key, region) = (scope.next().unwrap_or_default(), scope.nth(1).unwrap_or_default());
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let body = std::str::from_utf8(body).unwrap();
    let (call, subject, with) = match header("x-amz-target").split_once('.') {
        Some((target, operation)) => {
            let service = match target {
                "TrentService" => "kms",
                "CloudTrail_20131101" => "cloudtrail",
                "AWSOrganizationsV20161128" => "organizations",
                "Logs_20140328" => "logs",
                "GraniteServiceVersion20100801" => "cloudwatch",
                "AmazonSQS" => "sqs",
                "AWSEvents" => "events",
                _ => "tag",
            };
            (format!("{service}:{operation}"), String::new(), members(body))
        }
        None if path == "/findingv2" => {
            ("access-analyzer:ListFindingsV2".to_owned(), String::new(), members(body))
        }
        None if path == "/analyzer" => {
            ("access-analyzer:ListAnalyzers".to_owned(), String::new(), pairs(query))
        }
        None if method == "POST" => {
            let form = pairs(body);
            let service = match form["Version"].as_str() {
                "2010-05-08" => "iam",
                "2011-06-15" => "sts",
                "2016-11-15" => "ec2",
                other => panic!("unexpected version {other}"),
            };
            (format!("{service}:{}", form["Action"]), String::new(), form)
        }
        None => {
            let (operation, subject) = lambda_operation(path);
            (format!("lambda:{operation}"), subject, pairs(query))
        }
    };
    Asked { call, subject, with, access_key: access_key.to_owned(), region: region.to_owned() }
}

/// Members of a JSON object; what is no text, as JSON.
fn members(body: &str) -> BTreeMap<String, String> {
    let members: BTreeMap<String, Value> = serde_json::from_str(body).unwrap();
    let text = |v: Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    members.into_iter().map(|(k, v)| (k, text(v))).collect()
}

/// The routes of botocore's model of Lambda that a reader may take.
fn lambda_operation(path: &str) -> (&'static str, String) {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let operation = match parts.as_slice() {
        ["2015-03-31", "functions"] => "ListFunctions",
        ["2015-03-31", "functions", _, "configuration"] => "GetFunctionConfiguration",
        ["2015-03-31", "functions", _, "policy"] => "GetPolicy",
        ["2015-03-31", "functions", _, "versions"] => "ListVersionsByFunction",
        ["2015-03-31", "functions", _, "aliases"] => "ListAliases",
        ["2015-03-31", "event-source-mappings"] => "ListEventSourceMappings",
        ["2017-03-31", "tags", _] => "ListTags",
        ["2019-09-25", "functions", _, "event-invoke-config", "list"] => {
            "ListFunctionEventInvokeConfigs"
        }
        ["2016-08-19", "account-settings"] => "GetAccountSettings",
        ["2019-09-30", "functions", _, "concurrency"] => "GetFunctionConcurrency",
        ["2019-09-30", "functions", _, "provisioned-concurrency"] => {
            "ListProvisionedConcurrencyConfigs"
        }
        ["2020-04-22", "code-signing-configs"] => "ListCodeSigningConfigs",
        ["2020-04-22", "code-signing-configs", _, "functions"] => {
            "ListFunctionsByCodeSigningConfig"
        }
        ["2021-07-20", "functions", _, "runtime-management-config"] => "GetRuntimeManagementConfig",
        ["2021-10-31", "functions", _, "urls"] => "ListFunctionUrlConfigs",
        _ => panic!("unexpected path {path}"),
    };
    (operation, parts.get(2).map(|part| decode(part)).unwrap_or_default())
}

fn pairs(form: &str) -> BTreeMap<String, String> {
    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(key, value)| (decode(key), decode(value))).collect()
}

fn decode(text: &str) -> String {
    let mut parts = text.split('%');
    let mut decoded = parts.next().unwrap().to_owned();
    for part in parts {
        let (code, rest) = part.split_at(2);
        decoded.push(char::from(u8::from_str_radix(code, 16).unwrap()));
        decoded.push_str(rest);
    }
    decoded
}

fn write(asked: &Asked, answer: Answer) -> Response<String> {
    let Answer { status, code, body } = answer;
    let service = asked.call.split(':').next().unwrap();
    let body = match (code.as_str(), service) {
        ("", _) => body,
        (code, "ec2") => format!(
            "<Response><Errors><Error><Code>{code}</Code><Message>no</Message></Error></Errors>\
             <RequestID>r</RequestID></Response>"
        ),
        (code, "iam" | "sts") => format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message>\
             </Error><RequestId>r</RequestId></ErrorResponse>"
        ),
        (code, _) => json!({"__type": code, "Type": "User", "Message": "no"}).to_string(),
    };
    let response = Response::builder().status(status);
    if code.is_empty() {
        return response.body(body).unwrap();
    }
    response.header("x-amzn-errortype", &code).body(body).unwrap()
}
