//! Amazon EventBridge, its Scheduler, and AWS Step Functions.

use std::borrow::Cow;

use super::arn::{arn, is_plain, resource};
use super::{Places, Type};

/// Whether the action is one on buses, or on rules.
pub(super) fn knows(types: &[Type]) -> bool {
    let on_buses = types.iter().all(|kind| kind.name.starts_with("event-bus"));
    let on_rules = |kind: &Type| kind.name.starts_with("rule-on-");
    on_buses || types.iter().all(on_rules)
}

/// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-manage-iam-access.html>
pub(super) fn search(places: &mut Places<'_, '_, '_>) {
    if places.listed() {
        return;
    }
    let Some(parameters) = places.parameters else { return };
    if places.finder.has_type("rule-on-default-event-bus") {
        rule(places);
    } else if let Some(entries) = parameters.get("entries") {
        for entry in entries.items() {
            let bus = entry.get("eventBusName").and_then(crate::Raw::text);
            push_bus(places, bus.unwrap_or(Cow::Borrowed("default")));
        }
    } else if let Some(name) = places.text("name") {
        push_bus(places, name);
    }
}

fn push_bus<'a>(places: &mut Places<'_, '_, 'a>, bus: Cow<'a, str>) {
    if bus.starts_with("arn:") {
        places.push(bus);
    } else {
        let arn = arn(places.event, "events", &format!("event-bus/{bus}"));
        places.push(Cow::Owned(arn));
    }
}

fn rule(places: &mut Places<'_, '_, '_>) {
    let Some(rule) = places.text("rule").or_else(|| places.text("name")) else { return };
    let bus = places.text("eventBusName");
    let bus = bus.as_deref().map(|bus| {
        resource(bus).and_then(|resource| resource.strip_prefix("event-bus/")).unwrap_or(bus)
    });
    let path = match bus {
        None | Some("default") => format!("rule/{rule}"),
        Some(bus) => format!("rule/{bus}/{rule}"),
    };
    places.push(Cow::Owned(arn(places.event, "events", &path)));
}

/// A version or an alias of a state machine is started with the rights on the machine.
///
/// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-alias.html>
pub(super) fn machines(places: &mut Places<'_, '_, '_>) {
    let Some(machine) = places.text("stateMachineArn") else {
        if let Some(name) = places.text("name") {
            let arn = arn(places.event, "states", &format!("stateMachine:{name}"));
            return places.push(Cow::Owned(arn));
        }
        return places.usual();
    };
    let base: Vec<&str> = machine.splitn(8, ':').take(7).collect();
    let base = base.join(":");
    if base != *machine {
        places.push(Cow::Owned(base));
    }
    places.push(machine);
}

/// Source: <https://docs.aws.amazon.com/scheduler/latest/UserGuide/security_iam_service-with-iam.html>
pub(super) fn schedules(places: &mut Places<'_, '_, '_>) {
    let Some(name) = places.text("name").filter(|name| is_plain(name)) else { return };
    let group = places.text("groupName").unwrap_or(Cow::Borrowed("default"));
    let arn = arn(places.event, "scheduler", &format!("schedule/{group}/{name}"));
    places.push(Cow::Owned(arn));
}
