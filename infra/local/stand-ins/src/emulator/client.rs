//! The calls by which a test sets up an account and looks into it.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

/// An empty zip file; nothing here is ever invoked.
const NO_CODE: &str = "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==";

/// Longer than any answer takes on a loaded machine.
const TIMEOUT: Duration = Duration::from_secs(60);

/// One account in one Region.
#[derive(Clone, Debug)]
pub struct Account {
    url: String,
    hub: String,
    id: String,
    region: String,
}

impl Account {
    pub(super) fn new(url: &str, hub: &str, id: &str, region: &str) -> Self {
        Self { url: url.into(), hub: hub.into(), id: id.into(), region: region.into() }
    }

    /// Twelve digits.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// For example `eu-west-1`.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// A call of Lambda.
    ///
    /// # Errors
    /// It fails; the answer is in the error.
    pub fn lambda(&self, method: &str, path: &str, body: &Value) -> io::Result<Value> {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        parsed(&self.send(&self.url, "lambda", method, path, &[JSON], &text)?)
    }

    /// A call of IAM, in its form encoding; the answer is XML.
    ///
    /// # Errors
    /// It fails; the answer is in the error.
    pub fn iam(&self, action: &str, fields: &[(&str, &str)]) -> io::Result<String> {
        let mut form = format!("Action={action}&Version=2010-05-08");
        for (name, value) in fields {
            form += &format!("&{name}={}", escaped(value));
        }
        let kind = ("content-type", "application/x-www-form-urlencoded");
        self.send(&self.url, "iam", "POST", "/", &[kind], &form)
    }

    /// A call of KMS.
    ///
    /// # Errors
    /// It fails; the answer is in the error.
    pub fn kms(&self, operation: &str, body: &Value) -> io::Result<Value> {
        self.json("kms", &format!("TrentService.{operation}"), body)
    }

    /// A call of a service that speaks AWS JSON, by its target: `AmazonSQS.CreateQueue`.
    ///
    /// # Errors
    /// It fails; the answer is in the error.
    pub fn json(&self, service: &str, target: &str, body: &Value) -> io::Result<Value> {
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target)];
        parsed(&self.send(&self.url, service, "POST", "/", &headers, &body.to_string())?)
    }

    /// A call of CloudWatch Logs.
    ///
    /// # Errors
    /// It fails; the answer is in the error.
    pub fn logs(&self, operation: &str, body: &Value) -> io::Result<Value> {
        let target = format!("Logs_20140328.{operation}");
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", &target)];
        parsed(&self.send(&self.url, "logs", "POST", "/", &headers, &body.to_string())?)
    }

    /// A call of S3, with the bucket in the path.
    ///
    /// # Errors
    /// It fails; the answer is in the error.
    pub fn s3(&self, method: &str, path: &str, body: &str) -> io::Result<String> {
        self.send(&self.url, "s3", method, path, &[], body)
    }

    /// A call of Security Hub.
    ///
    /// # Errors
    /// It fails; the answer is in the error.
    pub fn hub(&self, method: &str, path: &str, body: &Value) -> io::Result<Value> {
        parsed(&self.send(&self.hub, "securityhub", method, path, &[JSON], &body.to_string())?)
    }

    /// Every finding, oldest first.
    ///
    /// # Errors
    /// Security Hub is off.
    pub fn findings(&self) -> io::Result<Vec<Value>> {
        let (mut found, mut token) = (Vec::new(), Value::Null);
        loop {
            let mut page = self.hub("POST", "/findings", &json!({ "NextToken": token }))?;
            if let Some(Value::Array(findings)) = page.get_mut("Findings").map(Value::take) {
                found.extend(findings);
            }
            match page.get_mut("NextToken").map(Value::take) {
                None | Some(Value::Null) => return Ok(found),
                Some(next) => token = next,
            }
        }
    }

    /// What Security Hub holds of each function: `pay role-admin` → `FAILED NEW`, or `ARCHIVED`.
    ///
    /// # Errors
    /// Security Hub is off. A finding is none of ours.
    pub fn states(&self) -> io::Result<BTreeMap<String, String>> {
        let state = |finding: &Value| {
            let (arn, rule) = finding["Id"].as_str()?.rsplit_once('/')?;
            let text = |path| finding.pointer(path).and_then(Value::as_str);
            let state = match text("/RecordState")? {
                "ARCHIVED" => "ARCHIVED".to_owned(),
                _ => format!("{} {}", text("/Compliance/Status")?, text("/Workflow/Status")?),
            };
            Some((format!("{} {rule}", arn.rsplit(':').next()?), state))
        };
        let strange = |finding| io::Error::other(format!("not a finding of ours: {finding}"));
        let ours = |finding: &Value| state(finding).ok_or_else(|| strange(finding.clone()));
        self.findings()?.iter().map(ours).collect()
    }

    /// Makes a role that Lambda may assume, with rights to its own log and `statements` besides;
    /// returns its ARN.
    ///
    /// # Errors
    /// A call fails.
    pub fn role(&self, name: &str, statements: &[Value]) -> io::Result<String> {
        let service = json!({"Service": "lambda.amazonaws.com"});
        let trust = json!({"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"});
        let trust = document(&[trust]);
        self.iam("CreateRole", &[("RoleName", name), ("AssumeRolePolicyDocument", &trust)])?;
        let Self { region, id, .. } = self;
        let log = json!({
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": format!("arn:aws:logs:{region}:{id}:log-group:/aws/lambda/{name}:*"),
        });
        let own = document(&[&[log], statements].concat());
        let fields = [("RoleName", name), ("PolicyName", "own"), ("PolicyDocument", own.as_str())];
        self.iam("PutRolePolicy", &fields)?;
        Ok(format!("arn:aws:iam::{id}:role/{name}"))
    }

    /// Makes a function of the role `<name>` and a current runtime, with the members of
    /// `CreateFunction` in `with` over that; returns its ARN.
    ///
    /// # Errors
    /// The call fails.
    pub fn function(&self, name: &str, with: &Value) -> io::Result<String> {
        let mut body = json!({
            "FunctionName": name,
            "Runtime": "python3.13",
            "Role": format!("arn:aws:iam::{}:role/{name}", self.id),
            "Handler": "index.handler",
            "Code": {"ZipFile": NO_CODE},
            "TracingConfig": {"Mode": "Active"},
        });
        if let (Some(all), Some(with)) = (body.as_object_mut(), with.as_object()) {
            all.extend(with.clone());
        }
        let made = self.lambda("POST", "/2015-03-31/functions", &body)?;
        super::member(&made, "FunctionArn")
    }

    fn send(
        &self,
        endpoint: &str,
        service: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> io::Result<String> {
        let host = endpoint.trim_start_matches("http://");
        let scope = format!("{}/20260101/{}/{service}/aws4_request", self.id, self.region);
        let mut request = format!(
            "{method} {path} HTTP/1.0\r\nhost: {host}\r\ncontent-length: {}\r\nauthorization: \
             AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0\r\n",
            body.len(),
        );
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        let mut stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.write_all(format!("{request}\r\n{body}").as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        if head.split(' ').nth(1).is_some_and(|status| status.starts_with('2')) {
            return Ok(body.to_owned());
        }
        Err(io::Error::other(format!("{service} {method} {path}: {head}\n{body}")))
    }
}

const JSON: (&str, &str) = ("content-type", "application/json");

/// A policy document of these statements.
pub fn document(statements: &[Value]) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn parsed(body: &str) -> io::Result<Value> {
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(body).map_err(|error| io::Error::other(format!("{error}: {body}")))
}

fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}
