//! Amazon Bedrock.

use super::Places;
use super::arn::{arn, is_plain, partition};

/// Foundation models. An inference profile also needs the models behind it, in every Region it may
/// use, and the record does not name those.
///
/// Source: <https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html>
pub(super) fn models(places: &mut Places<'_, '_, '_>) {
    let Some(model) = places.text("modelId").or_else(|| places.text("modelIdentifier")) else {
        return;
    };
    if model.starts_with("arn:") {
        if model.contains("inference-profile/") || model.contains("prompt-router/") {
            places.push_unknown();
        }
        places.push(model);
    } else if is_plain(&model) && model.contains('.') && !is_profile(&model) {
        let event = places.event;
        let region = event.region;
        places.push_pattern(format!(
            "arn:{}:bedrock:{region}::foundation-model/{model}",
            partition(event)
        ));
    } else {
        places.push_unknown();
    }
}

/// `eu.anthropic.claude-…`: a group of Regions stands before the maker.
fn is_profile(model: &str) -> bool {
    let first = model.split('.').next().unwrap_or_default();
    first.len() <= 2 || matches!(first, "apac" | "global" | "us-gov")
}

/// What agents are made of.
pub(super) fn search(places: &mut Places<'_, '_, '_>) {
    if places.listed() {
        return;
    }
    let kinds = [
        ("agent-alias", "agent-alias", &["agentId", "agentAliasId"][..]),
        ("agent", "agent", &["agentId"]),
        ("knowledge-base", "knowledge-base", &["knowledgeBaseId"]),
        ("guardrail", "guardrail", &["guardrailIdentifier"]),
    ];
    for (kind, path, parameters) in kinds {
        if !places.finder.has_type(kind) {
            continue;
        }
        let ids: Option<Vec<_>> = parameters.iter().map(|name| places.text(name)).collect();
        let Some(ids) = ids else { continue };
        match ids.as_slice() {
            [id] if id.starts_with("arn:") => places.push(id.clone()),
            ids if ids.iter().all(|id| is_plain(id)) => {
                let arn = arn(places.event, "bedrock", &format!("{path}/{}", ids.join("/")));
                places.push_pattern(arn);
            }
            _ => places.push_unknown(),
        }
    }
}
