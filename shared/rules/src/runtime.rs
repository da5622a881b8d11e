use model::{Context, Gap, Runtime, RuntimeLife};

use crate::words::listed;

/// The identifier of a runtime that its publisher withdraws, not AWS.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>
pub(crate) const CUSTOM: &str = "custom";

/// The identifier of a runtime that AWS withdraws, or why AWS does not.
pub(crate) fn aws_managed(runtime: &Runtime) -> Result<&str, &'static str> {
    match runtime {
        Runtime::Image => Err("container image: Lambda names no runtime"),
        Runtime::Managed(id) if id == CUSTOM => {
            Err("customer-managed runtime: its publisher withdraws it")
        }
        Runtime::Managed(id) => Ok(id),
    }
}

/// Whether the update mode of `runtime` may matter: only while AWS still patches it.
///
/// The adapter asks before it spends a call on `GetRuntimeManagementConfig`.
pub fn runtime_update_matters(runtime: &Runtime, cx: &Context) -> bool {
    aws_managed(runtime)
        .is_ok_and(|id| cx.calendar.runtimes.get(id).is_none_or(|life| !is_dead(life, cx)))
}

/// The days of the runtime `id`.
///
/// # Errors
/// The calendar has no such runtime: a gap, for it may be newer or older than the calendar.
pub(crate) fn life<'a>(id: &str, cx: &'a Context) -> Result<&'a RuntimeLife, Gap> {
    cx.calendar.runtimes.get(id).ok_or_else(|| Gap {
        fact: "runtime lifecycle",
        why: format!("`{id}` is not in the calendar of {}", cx.calendar.read),
    })
}

/// AWS patches the runtime no longer.
pub(crate) fn is_dead(life: &RuntimeLife, cx: &Context) -> bool {
    life.deprecated.is_some_and(|day| day <= cx.today)
}

/// What AWS blocks and when, and where to go: the tail of a sentence about a runtime.
pub(crate) fn outlook(life: &RuntimeLife, cx: &Context) -> String {
    let blocks = [(life.create_block, "new functions"), (life.update_block, "updates")];
    let mut parts: Vec<String> = blocks
        .into_iter()
        .filter_map(|(day, what)| day.map(|day| (day, what)))
        .map(|(day, what)| {
            let word = if day <= cx.today { "since" } else { "from" };
            format!("{what} are blocked {word} {day}")
        })
        .collect();
    parts.extend(life.successor.as_ref().map(|next| format!("the successor is `{next}`")));
    if parts.is_empty() { String::new() } else { format!("; {}", listed(&parts)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::context;

    #[test]
    fn the_update_mode_matters_while_aws_patches() {
        let cx = context();
        for (runtime, matters) in [
            (Runtime::Managed("python3.13".into()), true),
            (Runtime::Managed("nodejs26.x".into()), true),
            (Runtime::Managed("newer-than-the-calendar".into()), true),
            (Runtime::Managed("python3.9".into()), false),
            (Runtime::Managed("custom".into()), false),
            (Runtime::Image, false),
        ] {
            assert_eq!(runtime_update_matters(&runtime, &cx), matters, "{runtime:?}");
        }
    }
}
