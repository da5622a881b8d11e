//! Access Analyzer's opinion of a policy: whether it grants anything new, and whether it is sound.

use aws_smithy_runtime_api::{box_error::BoxError, client::orchestrator::HttpRequest};
use aws_smithy_types::body::SdkBody;
use scan::{Kind, Place, PortError, repair::Advice};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    Cloud, Purpose,
    failure::{port_error, refuse},
    service::{Name, Service, json},
};

const CHECK: &str = "access-analyzer:CheckNoNewAccess";
const VALIDATE: &str = "access-analyzer:ValidatePolicy";
const SUBJECT: &str = "the proposed policy";

/// <https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckNoNewAccess.html>
#[derive(Deserialize)]
struct Checked {
    result: String,
    #[serde(default)]
    reasons: Vec<Reason>,
}

#[derive(Deserialize)]
struct Reason {
    #[serde(default)]
    description: String,
}

/// <https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ValidatePolicy.html>
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Validated {
    #[serde(default)]
    findings: Vec<Finding>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    finding_type: String,
    #[serde(default)]
    issue_code: String,
    #[serde(default)]
    finding_details: String,
}

pub(super) async fn advise(
    cloud: &Cloud,
    place: &Place,
    new: &str,
    old: &str,
) -> Result<Advice, PortError> {
    let name = Name { id: "AccessAnalyzer", host: "access-analyzer" };
    let service = Service::new(cloud, place, Purpose::Repair, name).await?;
    let mut page: Option<String> = None;
    loop {
        let (path, input) = (
            match &page {
                Some(token) => format!("/policy/validation?nextToken={}", encoded(token)),
                None => "/policy/validation".to_owned(),
            },
            json!({ "policyDocument": new, "policyType": "IDENTITY_POLICY" }),
        );
        let answer: Validated = send(&service, VALIDATE, "ValidatePolicy", path, &input).await?;
        let is_bad = |one: &&Finding| matches!(&*one.finding_type, "ERROR" | "SECURITY_WARNING");
        if let Some(bad) = answer.findings.iter().find(is_bad) {
            return Ok(Advice::Against(format!("{}: {}", bad.issue_code, bad.finding_details)));
        }
        match answer.next_token.filter(|token| !token.is_empty()) {
            Some(token) if page.as_ref() == Some(&token) => {
                return Err(refuse(VALIDATE, SUBJECT, Kind::Failed, "a page was offered twice"));
            }
            Some(token) => page = Some(token),
            None => break,
        }
    }
    let input = json!({
        "newPolicyDocument": new, "existingPolicyDocument": old, "policyType": "IDENTITY_POLICY",
    });
    let path = "/policy/check-no-new-access".to_owned();
    let answer: Checked = send(&service, CHECK, "CheckNoNewAccess", path, &input).await?;
    Ok(match answer.result.as_str() {
        "PASS" => Advice::Fine,
        _ => {
            let reasons: Vec<String> =
                answer.reasons.into_iter().map(|reason| reason.description).collect();
            Advice::Against(format!("it may grant something new: {}", reasons.join("; ")))
        }
    })
}

async fn send<T: DeserializeOwned>(
    service: &Service,
    action: &'static str,
    name: &'static str,
    path: String,
    input: &Value,
) -> Result<T, PortError> {
    let operation = service.operation(name, move |body| request(&path, body), json);
    let answer = operation.invoke(input.to_string()).await;
    let body = answer.map_err(|error| port_error(action, SUBJECT, error))?;
    serde_json::from_slice(&body).map_err(|error| {
        refuse(action, SUBJECT, Kind::Failed, format!("unreadable answer: {error}"))
    })
}

fn request(path: &str, body: String) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST")?;
    request.set_uri(path.to_owned())?;
    let headers = request.headers_mut();
    headers.try_insert("content-type", "application/json")?;
    headers.try_insert("user-agent", "lambda-warden")?;
    Ok(request)
}

/// For a query: all but letters and digits.
fn encoded(text: &str) -> String {
    let one = |byte: u8| match byte.is_ascii_alphanumeric() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}
