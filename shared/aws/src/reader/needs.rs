//! Which calls can matter at all, in the rules' own words.

use jiff::{Timestamp, tz::TimeZone};
use model::{Baseline, Context, Fact, Runtime};

/// What the rules are told when they are asked whether a call can matter; `None` if the calendar
/// cannot be read, and then every call matters.
pub(crate) fn context() -> Option<Context> {
    Some(Context {
        today: Timestamp::now().to_zoned(TimeZone::UTC).date(),
        calendar: rules::calendar().ok()?,
        baseline: Baseline::default(),
    })
}

/// Whether the update mode of `runtime` can change a verdict. True where the runtime is unknown.
pub(crate) fn runtime_update_matters(runtime: &Fact<Runtime>, context: Option<&Context>) -> bool {
    match (runtime, context) {
        (Fact::Known(runtime), Some(context)) => rules::runtime_update_matters(runtime, context),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_runtime_needs_no_update_mode() {
        let context = context().unwrap();
        for (id, matters) in [("python3.6", false), ("cobol85", true)] {
            let runtime = Fact::Known(Runtime::Managed(id.into()));
            assert_eq!(runtime_update_matters(&runtime, Some(&context)), matters, "{id}");
        }
        assert!(runtime_update_matters(&Fact::unknown("lambda:GetFunction denied"), None));
    }
}
