//! Services whose names are not simply the end of an ARN.

use std::borrow::Cow;

use super::Places;
use super::arn::{arn, is_plain, resource};

/// The six characters that AWS adds to the name of a secret.
const SUFFIX: &str = "-??????";

/// A secret is named by its ARN, by the ARN without the last six characters, or by its name.
///
/// Source: <https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html>
pub(super) fn secrets(places: &mut Places<'_, '_, '_>) {
    let Some(secret) = places.text("secretId").or_else(|| places.text("name")) else {
        return places.usual();
    };
    if !is_plain(&secret) {
        return places.push_unknown();
    }
    let name = match resource(&secret) {
        Some(_) => {
            let end = secret.rsplit('-').next().unwrap_or_default();
            let is_full = end.len() == 6 && end.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if is_full {
                places.push(secret.clone());
            }
            secret.into_owned()
        }
        None => arn(places.event, "secretsmanager", &format!("secret:{secret}")),
    };
    // What looks like the six characters may be the end of the name.
    places.push_pattern(format!("{name}{SUFFIX}"));
}

/// Parameters are named with or without their first slash, perhaps with a version or a label.
///
/// Source: <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html>
pub(super) fn parameters(places: &mut Places<'_, '_, '_>) {
    let Some(raw) = places.parameters else { return places.usual() };
    if let Some(path) = places.text("path") {
        let path = path.trim_matches('/');
        if !path.is_empty() && !is_plain(path) {
            return places.push_unknown();
        }
        let below = if path.is_empty() { "*".to_owned() } else { format!("{path}/*") };
        if !path.is_empty() {
            places.push_pattern(arn(places.event, "ssm", &format!("parameter/{path}")));
        }
        return places.push_pattern(arn(places.event, "ssm", &format!("parameter/{below}")));
    }
    for key in ["name", "names"] {
        crate::actions::values(raw, key, &mut |value| match value.text() {
            Some(name) if name.starts_with("arn:") => {
                let mut fields = name.splitn(7, ':');
                let arn: Vec<&str> = fields.by_ref().take(6).collect();
                places.push(Cow::Owned(arn.join(":")));
            }
            Some(name) => {
                let name = name.split(':').next().unwrap_or_default().trim_start_matches('/');
                let arn = arn(places.event, "ssm", &format!("parameter/{name}"));
                places.push(Cow::Owned(arn));
            }
            None => places.push_unknown(),
        });
    }
}

/// A queue is named by its URL; it is in the Region that was called.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html>
pub(super) fn queues(places: &mut Places<'_, '_, '_>) {
    if places.listed() {
        return;
    }
    let mut event = *places.event;
    let url = places.text("queueUrl");
    let name = match &url {
        Some(url) => {
            let mut parts = url.rsplitn(3, '/');
            let (name, account) = (parts.next(), parts.next());
            let is_account =
                |text: &&str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
            let Some(account) = account.filter(is_account) else { return places.push_unknown() };
            event.account = account;
            name.map(|name| Cow::Owned(name.to_owned()))
        }
        None => places.text("queueName"),
    };
    let owner = places.text("queueOwnerAWSAccountId");
    event.account = owner.as_deref().unwrap_or(event.account);
    match name {
        Some(name) => places.push(Cow::Owned(arn(&event, "sqs", &name))),
        None => places.by_rows(),
    }
}

/// Keys are named by ARN, id or alias. What an alias stands for only the record's list tells.
///
/// Source: <https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id>
pub(super) fn keys(places: &mut Places<'_, '_, '_>) {
    if places.listed() {
        return;
    }
    if let Some(key) = places.text("keyId") {
        push_key(places, key);
    }
}

/// The key that a request parameter names.
pub(super) fn push_key<'a>(places: &mut Places<'_, '_, 'a>, key: Cow<'a, str>) {
    if key.starts_with("arn:") {
        places.push(key);
    } else if key.contains('/') {
        places.push_unknown();
    } else {
        places.push(Cow::Owned(arn(places.event, "kms", &format!("key/{key}"))));
    }
}

/// Log groups with all their streams, which come and go.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html>
pub(super) fn log_groups(places: &mut Places<'_, '_, '_>) {
    let Some(raw) = places.parameters else { return places.usual() };
    let on_streams = places.finder.has_type("log-stream");
    for key in ["logGroupName", "logGroupIdentifier", "logGroupNames", "logGroupIdentifiers"] {
        crate::actions::values(raw, key, &mut |value| {
            let name = value.text();
            let name = name.as_deref().map(|name| name.strip_suffix(":*").unwrap_or(name));
            let Some(name) = name.filter(|name| is_plain(name)) else {
                return places.push_unknown();
            };
            let group = match resource(name) {
                Some(_) => name.to_owned(),
                None => arn(places.event, "logs", &format!("log-group:{name}")),
            };
            if on_streams {
                places.push_pattern(format!("{group}:log-stream:*"));
            } else {
                // Both are checked, by one operation this and by another that.
                places.push_pattern(format!("{group}:*"));
                places.push_pattern(group);
            }
        });
    }
    if places.found.0.is_empty() {
        places.usual();
    }
}

/// Task definitions with all their revisions: the next deployment makes another.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html>
pub(super) fn task_definitions(places: &mut Places<'_, '_, '_>) {
    let Some(task) = places.text("taskDefinition").filter(|task| is_plain(task)) else { return };
    let family = match resource(&task) {
        Some(_) => task.rsplit_once(':').map_or(&*task, |(family, _)| family).to_owned(),
        None => {
            let family = task.split(':').next().unwrap_or_default();
            arn(places.event, "ecs", &format!("task-definition/{family}"))
        }
    };
    places.push_pattern(format!("{family}:*"));
}
