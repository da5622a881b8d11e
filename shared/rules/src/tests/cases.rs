//! The cases of `examples/<id>.toml`, each laid over one healthy function.
//!
//! ```toml
//! [[bad]]                         # or [[good]], [[skip]], [[gap]]
//! name = "deprecated a year ago"
//! given.runtime.managed = "python3.9"     # laid over healthy.json, field by field
//! absent = ["network"]                    # these fields become null
//! baseline.rules.runtime-expiring.days_ahead = 30   # optional
//! today = "2026-11-10"                    # optional
//! saw = "…"                               # [[bad]]: the evidence, exactly
//! why = "…"                               # [[skip]] and [[gap]]: the reason, exactly
//! ```
//! A list replaces a list, `{}` empties a table, `unknown` replaces what was known.

use model::{Baseline, Context, Gap, Outcome, Snapshot, Verdict};
use serde::Deserialize;
use serde_json::Value;

use super::{TODAY, context};
use crate::{Rule, baseline};

type Table = serde_json::Map<String, Value>;

/// The examples of one rule, by the verdict they must get.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Examples {
    pub(super) bad: Vec<Case>,
    pub(super) good: Vec<Case>,
    #[serde(default)]
    pub(super) skip: Vec<Case>,
    #[serde(default)]
    pub(super) gap: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub(super) name: String,
    #[serde(default)]
    pub(super) given: Table,
    #[serde(default)]
    pub(super) absent: Vec<String>,
    #[serde(default)]
    pub(super) baseline: Table,
    #[serde(default = "today")]
    pub(super) today: String,
    pub(super) saw: Option<String>,
    pub(super) why: Option<String>,
}

fn today() -> String {
    TODAY.to_owned()
}

impl Examples {
    pub(super) fn of(rule: &Rule) -> Self {
        toml::from_str(rule.examples).unwrap_or_else(|e| panic!("examples/{}.toml: {e}", rule.id))
    }

    pub(super) fn by_verdict(&self) -> [(&'static str, &[Case]); 4] {
        [("bad", &self.bad), ("good", &self.good), ("skip", &self.skip), ("gap", &self.gap)]
    }
}

impl Case {
    /// What the rule says of this case, and the reason it must give: `saw` or `why`.
    pub(super) fn judge(&self, rule: &Rule) -> Verdict {
        let place = format!("{}: {}", rule.id, self.name);
        let function = self.function().unwrap_or_else(|e| panic!("{place}: {e}"));
        let cx = self.context().unwrap_or_else(|e| panic!("{place}: {e}"));
        (rule.check)(&function, &cx)
    }

    pub(super) fn function(&self) -> Result<Snapshot, String> {
        let mut value = healthy();
        for path in &self.absent {
            let pointer = format!("/{}", path.replace('.', "/"));
            *value.pointer_mut(&pointer).ok_or(format!("`{path}` is not there"))? = Value::Null;
        }
        overlay(value.as_object_mut().unwrap(), &self.given);
        serde_json::from_value(value).map_err(|e| e.to_string())
    }

    pub(super) fn context(&self) -> Result<Context, String> {
        let mut value = serde_json::to_value(trusting()).map_err(|e| e.to_string())?;
        overlay(value.as_object_mut().unwrap(), &self.baseline);
        let file = serde_json::from_value(value).map_err(|e| e.to_string())?;
        let baseline = baseline::checked(file).map_err(|e| e.to_string())?;
        let today = self.today.parse().map_err(|e| format!("today: {e}"))?;
        Ok(Context { today, baseline, ..context() })
    }
}

/// The default baseline of an organisation with one more account and one vendor.
pub(super) fn trusting() -> Baseline {
    let mut baseline = Baseline::default();
    baseline.organization.id = Some("o-abcdefghij".to_owned());
    baseline.organization.accounts = ["222233334444".to_owned()].into();
    baseline.organization.trusted_accounts = ["777788889999".to_owned()].into();
    baseline
}

/// A function that passes every rule.
pub(super) fn healthy() -> Value {
    serde_json::from_str(include_str!("healthy.json")).unwrap()
}

/// The verdict in one word and the reason given with it.
pub(super) fn told(verdict: Verdict) -> (&'static str, Option<String>) {
    match verdict {
        Ok(Outcome::Pass) => ("good", None),
        Ok(Outcome::Fail(evidence)) => ("bad", Some(evidence.saw)),
        Ok(Outcome::NotApplicable(why)) => ("skip", Some(why.to_owned())),
        Err(Gap { why, .. }) => ("gap", Some(why)),
    }
}

/// Lays `patch` over `base`. `{}` and `unknown` say that nothing is there or known: they replace.
fn overlay(base: &mut Table, patch: &Table) {
    for (key, value) in patch {
        let slot = base.entry(key).or_insert(Value::Null);
        match (slot, value) {
            (Value::Object(below), Value::Object(above))
                if !above.is_empty() && !above.contains_key("unknown") =>
            {
                overlay(below, above);
            }
            (slot, value) => *slot = value.clone(),
        }
    }
}
