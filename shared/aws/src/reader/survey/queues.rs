//! Queues that feed functions.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};
use model::Fact;
use scan::{Kind, PortError};
use serde::Deserialize;
use serde_json::json;

use super::Asked;
use crate::{
    failure::refuse,
    json_api::{GET_QUEUE_ATTRIBUTES, JsonApi},
    reader::{fact, unknown},
    service::suffix,
};

const AT_ONCE: usize = 8;

/// The visibility timeout of each queue, in seconds. Those of other accounts are not asked: our
/// roles have no business there.
pub(super) async fn visibility(
    asked: &Asked<'_>,
    queues: BTreeSet<String>,
) -> BTreeMap<String, Fact<u32>> {
    if queues.is_empty() {
        return BTreeMap::new();
    }
    let sqs = JsonApi::new(&asked.reader.cloud, asked.place, &GET_QUEUE_ATTRIBUTES).await;
    let sqs = &sqs;
    let read = stream::iter(queues).map(|arn| async move {
        let seconds = match (sqs, url(&arn, asked)) {
            (_, None) => Fact::unknown("the queue is in another account"),
            (Ok(sqs), Some(url)) => fact(seconds(sqs, &arn, &url).await),
            (Err(error), _) => unknown(error),
        };
        (arn, seconds)
    });
    read.buffer_unordered(AT_ONCE).collect().await
}

/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html>
async fn seconds(sqs: &JsonApi, arn: &str, url: &str) -> Result<u32, PortError> {
    let input = json!({"QueueUrl": url, "AttributeNames": ["VisibilityTimeout"]});
    let answer: Answer = sqs.send(arn, &input).await?;
    let seconds = answer.attributes.and_then(|all| all.visibility_timeout?.parse().ok());
    let wrong = || {
        refuse(GET_QUEUE_ATTRIBUTES.action, arn, Kind::Failed, "SQS names no visibility timeout")
    };
    seconds.ok_or_else(wrong)
}

/// `https://sqs.eu-west-1.amazonaws.com/111122223333/orders`; `None` in another account.
fn url(arn: &str, asked: &Asked<'_>) -> Option<String> {
    let mut parts = arn.splitn(6, ':').skip(3);
    let (region, account, name) = (parts.next()?, parts.next()?, parts.next()?);
    let end = suffix(&asked.place.partition);
    (account == asked.place.account).then(|| format!("https://sqs.{region}.{end}/{account}/{name}"))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    attributes: Option<Attributes>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attributes {
    visibility_timeout: Option<String>,
}
