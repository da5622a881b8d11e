use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use jiff::Timestamp;
use lambda_runtime::tracing;
use scan::{Batch, Message};

/// The messages of a batch. One without id or body is left to [`scan`] to refuse.
pub fn messages(event: SqsEvent) -> Vec<Message> {
    let message = |record: aws_lambda_events::sqs::SqsMessage| Message {
        id: record.message_id.unwrap_or_default(),
        queued: record
            .attributes
            .get("SentTimestamp")
            .and_then(|sent| Timestamp::from_millisecond(sent.parse().ok()?).ok()),
        body: record.body.unwrap_or_default(),
    };
    event.records.into_iter().map(message).collect()
}

/// Tells the queue which messages to deliver again, and the log why.
///
/// After the queue's last try a message lies in the dead-letter queue; its id leads from there to
/// the line written here.
pub fn answer(batch: &Batch) -> SqsBatchResponse {
    let mut answer = SqsBatchResponse::default();
    for (message_id, reason) in &batch.failed {
        tracing::error!(message_id, reason, "message failed");
        let mut failure = BatchItemFailure::default();
        failure.item_identifier.clone_from(message_id);
        answer.batch_item_failures.push(failure);
    }
    for (message_id, reason) in &batch.ignored {
        tracing::debug!(message_id, reason, "message changes no finding");
    }
    for (place, round) in &batch.rounds {
        for one in &round.judged {
            let mut tally = scan::Tally::default();
            tally.add(&one.judgements);
            let function = one.function.arn.as_str();
            let scan::Tally { failed, exempt, gaps, passed } = tally;
            tracing::info!(function, failed, exempt, gaps, passed, "judged");
        }
        for function in round.gone.keys() {
            tracing::info!(function = function.as_str(), "gone; its findings are archived");
        }
        let (imported, updated) = round.written;
        tracing::info!(%place, imported, updated, "published");
    }
    answer
}
