//! Making ARNs.

use crate::Event;

/// `arn:aws:sqs:eu-west-1:111122223333:` and `rest`, in the partition, Region and account of the
/// caller.
pub(super) fn arn(event: &Event<'_>, service: &str, rest: &str) -> String {
    let Event { region, account, .. } = event;
    format!("arn:{}:{service}:{region}:{account}:{rest}", partition(event))
}

/// The partition of the caller, by the Region where the record does not tell.
///
/// Source: <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>
pub(super) fn partition<'a>(event: &Event<'a>) -> &'a str {
    match event.partition {
        "" if event.region.starts_with("cn-") => "aws-cn",
        "" if event.region.starts_with("us-gov-") => "aws-us-gov",
        "" if event.region.starts_with("eusc-") => "aws-eusc",
        "" => "aws",
        partition => partition,
    }
}

/// Whether a policy would take `text` for itself: no wildcard, no variable, nothing unseen.
pub(crate) fn is_plain(text: &str) -> bool {
    let is_special = |byte: u8| matches!(byte, b'*' | b'?' | b'$') || !(b' '..0x7f).contains(&byte);
    !text.is_empty() && (!text.bytes().any(is_special) || is_plain_text(text))
}

fn is_plain_text(text: &str) -> bool {
    !text.contains("${") && !text.chars().any(|char| matches!(char, '*' | '?') || char.is_control())
}

/// The last of the six fields of an ARN.
pub(super) fn resource(arn: &str) -> Option<&str> {
    arn.splitn(6, ':').nth(5).filter(|_| arn.starts_with("arn:"))
}
