//! What Access Analyzer finds on roles.

use std::collections::HashMap;

use scan::{Kind, PortError};
use serde::Deserialize;
use serde_json::{Map, json};

use super::Asked;
use crate::{
    failure::refuse,
    json_api::{JsonApi, LIST_ANALYZERS, LIST_FINDINGS_V2},
};

/// How many active findings of external access each role has, by ARN; `None` where nobody looks.
///
/// An analyzer of the organisation is seen in the account that administers it alone.
///
/// Source: <https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ListFindingsV2.html>
pub(super) async fn external(asked: &Asked<'_>) -> Result<Option<HashMap<String, u32>>, PortError> {
    let (cloud, place, subject) = (&asked.reader.cloud, asked.place, &asked.subject());
    let mut analyzers = Vec::new();
    let add = |page: Analyzers| {
        let external = |one: &Analyzer| ["ACCOUNT", "ORGANIZATION"].contains(&one.kind.as_str());
        analyzers.extend(page.analyzers.into_iter().filter(external));
        page.next_token
    };
    let list = JsonApi::new(cloud, place, &LIST_ANALYZERS).await?;
    list.pages(subject, Map::new(), "nextToken", add).await?;
    if analyzers.is_empty() {
        return Ok(None);
    }
    let looking = analyzers.into_iter().filter(|one| one.status == "ACTIVE");
    let Some(analyzer) = looking.map(|one| one.arn).min() else {
        let why = "no analyzer of external access is active";
        return Err(refuse(LIST_ANALYZERS.action, subject.as_str(), Kind::Failed, why));
    };
    let equal = |value: &str| json!({"eq": [value]});
    let input = Map::from_iter([
        ("analyzerArn".to_owned(), json!(analyzer)),
        ("maxResults".to_owned(), json!(100)),
        (
            "filter".to_owned(),
            json!({
                "resourceType": equal("AWS::IAM::Role"),
                "resourceOwnerAccount": equal(&place.account),
                "status": equal("ACTIVE"),
                "findingType": equal("ExternalAccess"),
            }),
        ),
    ]);
    let mut found: HashMap<String, u32> = HashMap::new();
    let add = |page: Findings| {
        for finding in page.findings {
            if let Some(resource) = finding.resource {
                *found.entry(resource).or_default() += 1;
            }
        }
        page.next_token
    };
    let list = JsonApi::new(cloud, place, &LIST_FINDINGS_V2).await?;
    list.pages(&analyzer, input, "nextToken", add).await?;
    Ok(Some(found))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Analyzers {
    #[serde(default)]
    analyzers: Vec<Analyzer>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
struct Analyzer {
    arn: String,
    #[serde(rename = "type")]
    kind: String,
    status: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Findings {
    #[serde(default)]
    findings: Vec<Finding>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
struct Finding {
    resource: Option<String>,
}
