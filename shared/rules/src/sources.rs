//! What the rules on event sources share.

use model::Source;

/// A Kinesis or DynamoDB stream: records in order, tried until they succeed or expire.
pub(crate) fn is_stream(source: &Source) -> bool {
    let service = source.arn.as_deref().and_then(model::service_of);
    matches!(service, Some("kinesis" | "dynamodb"))
}

/// How a source is named in evidence.
pub(crate) fn name(source: &Source) -> &str {
    source.arn.as_deref().unwrap_or("self-managed Kafka")
}

/// A queue of SQS.
pub(crate) fn is_queue(source: &Source) -> bool {
    source.arn.as_deref().and_then(model::service_of) == Some("sqs")
}
