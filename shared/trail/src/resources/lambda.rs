//! AWS Lambda: functions with their versions and aliases, and layers.

use std::borrow::Cow;

use super::Places;
use super::arn::{arn, is_plain, resource};

/// A function is named by its ARN, by `account:function:name`, or by its name, each of them
/// perhaps with a version or an alias.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>
pub(super) fn search(places: &mut Places<'_, '_, '_>) {
    if !places.finder.has_type("function") {
        return layers(places);
    }
    match places.text("functionName").or_else(|| places.text("functionArn")) {
        Some(name) => {
            let qualifier = places.text("qualifier");
            match full(places, &name).filter(|_| is_plain(&name)) {
                Some((function, named)) => {
                    let qualifier = named.or(qualifier.as_deref()).filter(|text| is_plain(text));
                    match qualifier {
                        Some(qualifier) => {
                            places.push(Cow::Owned(format!("{function}:{qualifier}")));
                        }
                        None => invoked(places, &function),
                    }
                    places.push(Cow::Owned(function));
                }
                None => places.push_unknown(),
            }
        }
        None => listed(places),
    }
}

fn listed(places: &mut Places<'_, '_, '_>) {
    if !places.listed() {
        return;
    }
    let known: Vec<_> = places.found.0.iter().flatten().map(|arn| arn.to_string()).collect();
    for function in known {
        invoked(places, &function);
    }
}

/// An invocation is recorded with the version that ran, and not with the alias that was asked for.
fn invoked(places: &mut Places<'_, '_, '_>, function: &str) {
    let ran = places.event.additional.and_then(|raw| raw.get("functionVersion")?.plain());
    let is_latest = ran.is_some_and(|arn| arn.ends_with(":$LATEST"));
    if places.event.name.starts_with("Invoke") && !is_latest {
        places.push_pattern(format!("{function}:*"));
    }
}

/// The ARN of a function, and the version or alias in its name.
fn full<'n>(places: &Places<'_, '_, '_>, name: &'n str) -> Option<(String, Option<&'n str>)> {
    let fields: Vec<&str> = name.split(':').collect();
    let (account, function, qualifier) = match fields.as_slice() {
        ["arn", partition, "lambda", region, account, "function", function, rest @ ..] => {
            let arn = format!("arn:{partition}:lambda:{region}:{account}:function:{function}");
            return Some((arn, rest.first().copied()));
        }
        [account, "function", function, rest @ ..] => (Some(*account), *function, rest.first()),
        [function, rest @ ..] => (None, *function, rest.first()),
        [] => return None,
    };
    let mut event = *places.event;
    event.account = account.unwrap_or(event.account);
    let arn = arn(&event, "lambda", &format!("function:{function}"));
    Some((arn, qualifier.copied()))
}

/// Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_lambda.html>
fn layers(places: &mut Places<'_, '_, '_>) {
    let Some(layer) = places.text("layerName") else { return places.usual() };
    let version = places.parameters.and_then(|raw| raw.get("versionNumber"));
    let version = version.and_then(|raw| std::str::from_utf8(raw.bytes()).ok());
    let version = version.map(|text| text.trim_matches('"')).filter(|text| is_plain(text));
    let base = match resource(&layer) {
        Some(_) => layer.into_owned(),
        None => arn(places.event, "lambda", &format!("layer:{layer}")),
    };
    match version.filter(|_| places.finder.has_type("layerversion")) {
        Some(version) => places.push(Cow::Owned(format!("{base}:{version}"))),
        None => places.push(Cow::Owned(base)),
    }
}
