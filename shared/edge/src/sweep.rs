//! What the Lambda `sweep` is told, and what it answers.

use lambda_runtime::{Diagnostic, tracing};
use scan::{Run, Sweep};
use serde_json::{Value, json};

/// Reads an event: a work item of the night's plan.
///
/// # Errors
/// It is none.
pub fn sweep(event: Value) -> Result<Sweep, Diagnostic> {
    serde_json::from_value(event).map_err(|error| Diagnostic {
        error_type: "BadEvent".to_owned(),
        error_message: format!(
            "{error}; expected `partition`, `account`, `region`, `night` and `since`, as the \
             night's items.json has them"
        ),
    })
}

/// A part of our own that is not as it should be.
pub fn broken(error: &impl std::fmt::Display) -> Diagnostic {
    Diagnostic { error_type: "Failed".to_owned(), error_message: error.to_string() }
}

/// The answer, and a line of the log for each finding that was refused.
pub fn swept(sweep: &Sweep, run: &Run) -> Value {
    let place = sweep.place();
    for one in &run.refused {
        let (id, code, message) = (&one.id, &one.code, &one.message);
        tracing::error!(%place, id, code, message, "a finding was refused; the next night tries");
    }
    let told = &run.told;
    if let Some(why) = &told.cut_short {
        tracing::warn!(%place, why, "the list of functions is incomplete: nothing is cleared");
    }
    tracing::info!(%place, run.done, told.functions, told.gaps, run.written, run.archived, "swept");
    json!({
        "account": sweep.account,
        "region": sweep.region,
        "done": run.done,
        "functions": told.functions,
        "findings": told.findings,
        "gaps": told.gaps,
        "written": run.written,
        "archived": run.archived,
        "refused": run.refused.len(),
        "calls": told.calls,
        "throttles": told.throttles,
        "cut_short": told.cut_short,
    })
}
