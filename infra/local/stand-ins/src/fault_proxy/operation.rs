//! Which AWS operation a request is.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::{HeaderMap, Method, Uri, header};
use serde::Deserialize;

use crate::Caller;

static PATHS: LazyLock<Paths> = LazyLock::new(|| {
    // Without the file, operations of REST services go by method and path.
    serde_json::from_str(include_str!("../../data/operations.json")).unwrap_or_default()
});

/// Method, path pattern and name of each operation, by service.
#[derive(Debug, Default, Deserialize)]
struct Paths {
    services: BTreeMap<String, Vec<(String, String, String)>>,
}

/// An operation, and how its service writes errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Operation {
    pub(super) service: String,
    pub(super) name: String,
    pub(super) protocol: Protocol,
}

/// Source: <https://smithy.io/2.0/aws/protocols/index.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// Lambda, Security Hub: the path names the operation.
    RestJson,
    /// KMS, tagging, EventBridge: the header `X-Amz-Target` does.
    Json,
    /// IAM, STS: the form field `Action` does; answers are XML.
    Query,
    /// The same with other error documents.
    Ec2,
    /// S3: method, path and query name the operation; errors are XML.
    RestXml,
}

impl Operation {
    pub(super) fn of(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let service = Caller::of(headers).map(|caller| caller.service).unwrap_or_default();
        if let Some(target) = text(header::HeaderName::from_static("x-amz-target")) {
            let name = target.rsplit('.').next().unwrap_or(target).to_owned();
            return Self { service, name, protocol: Protocol::Json };
        }
        let form = text(header::CONTENT_TYPE).is_some_and(|kind| kind.contains("urlencoded"));
        let fields = if form { std::str::from_utf8(body).ok() } else { uri.query() };
        let action = fields.and_then(|all| all.split('&').find_map(|f| f.strip_prefix("Action=")));
        if let Some(name) = action {
            let protocol = if service == "ec2" { Protocol::Ec2 } else { Protocol::Query };
            return Self { service, name: name.to_owned(), protocol };
        }
        if service == "s3" {
            let name = s3_name(method, uri);
            return Self { service, name: name.to_owned(), protocol: Protocol::RestXml };
        }
        let name = rest_name(&service, method.as_str(), uri)
            .map_or_else(|| format!("{method} {}", uri.path()), str::to_owned);
        Self { service, name, protocol: Protocol::RestJson }
    }
}

/// The few operations of S3 that are told apart, with the bucket in the path.
fn s3_name(method: &Method, uri: &Uri) -> &'static str {
    let lists = uri.query().is_some_and(|query| query.contains("list-type=2"));
    let is_object = uri.path().trim_matches('/').contains('/');
    match (method.as_str(), is_object) {
        ("GET", _) if lists => "ListObjectsV2",
        ("GET", true) => "GetObject",
        ("PUT", true) => "PutObject",
        _ => "Other",
    }
}

/// The operation whose pattern fits `uri`; of several, the one that says most literally.
fn rest_name(service: &str, method: &str, uri: &Uri) -> Option<&'static str> {
    let fits = |(way, pattern, name): &'static (String, String, String)| {
        (way == method).then(|| fit(pattern, uri)).flatten().map(|literals| (literals, name))
    };
    let best = PATHS.services.get(service)?.iter().filter_map(fits).max_by_key(|(n, _)| *n);
    best.map(|(_, name)| name.as_str())
}

/// How many parts of `uri` the pattern names literally; `None` if it does not fit.
///
/// A pattern is a path with `{placeholders}`, and perhaps a query that the request must have.
fn fit(pattern: &str, uri: &Uri) -> Option<usize> {
    let (pattern, query) = pattern.split_once('?').unwrap_or((pattern, ""));
    let mut literals = usize::from(!query.is_empty());
    if literals > 0 && !uri.query()?.split('&').any(|field| field == query) {
        return None;
    }
    let mut segments = uri.path().trim_matches('/').split('/');
    for part in pattern.trim_matches('/').split('/') {
        let segment = segments.next()?;
        if part.ends_with("+}") {
            return Some(literals);
        }
        if part.starts_with('{') {
            if segment.is_empty() {
                return None;
            }
        } else if part == segment {
            literals += 1;
        } else {
            return None;
        }
    }
    segments.next().is_none().then_some(literals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_operations() {
        for (method, path, name) in [
            ("GET", "/bucket?list-type=2&prefix=a%2Fb", "ListObjectsV2"),
            ("GET", "/bucket/a/b?x-id=GetObject", "GetObject"),
            ("PUT", "/bucket/a", "PutObject"),
            ("PUT", "/bucket", "Other"),
        ] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            assert_eq!(s3_name(&method, &path.parse().unwrap()), name, "{method} {path}");
        }
    }

    #[test]
    fn rest_operations() {
        for (service, method, path, name) in [
            ("lambda", "GET", "/2015-03-31/functions", Some("ListFunctions")),
            ("lambda", "GET", "/2015-03-31/functions/", Some("ListFunctions")),
            ("lambda", "GET", "/2015-03-31/functions/f", Some("GetFunction")),
            ("lambda", "GET", "/2015-03-31/functions/arn%3Aaws%3Alambda", Some("GetFunction")),
            ("lambda", "GET", "/2015-03-31/functions/f/policy", Some("GetPolicy")),
            ("lambda", "DELETE", "/2015-03-31/functions/f", Some("DeleteFunction")),
            ("lambda", "GET", "/2015-03-31/functions/f/aliases", Some("ListAliases")),
            ("securityhub", "POST", "/findings/import", Some("BatchImportFindings")),
            ("securityhub", "POST", "/findings", Some("GetFindings")),
            ("securityhub", "PATCH", "/findings/batchupdate", Some("BatchUpdateFindings")),
            ("securityhub", "DELETE", "/actionTargets/arn:a/b/c", Some("DeleteActionTarget")),
            (
                "lambda",
                "GET",
                "/2019-09-30/functions/f/provisioned-concurrency?Qualifier=1",
                Some("GetProvisionedConcurrencyConfig"),
            ),
            (
                "lambda",
                "GET",
                "/2019-09-30/functions/f/provisioned-concurrency?List=ALL&MaxItems=5",
                Some("ListProvisionedConcurrencyConfigs"),
            ),
            ("securityhub", "GET", "/automationrulesv2/list", Some("ListAutomationRulesV2")),
            ("securityhub", "GET", "/automationrulesv2/other", Some("GetAutomationRuleV2")),
            ("lambda", "GET", "/nowhere", None),
            ("other", "GET", "/2015-03-31/functions", None),
        ] {
            assert_eq!(rest_name(service, method, &path.parse().unwrap()), name, "{method} {path}");
        }
    }
}
