use crate::{RULES, Rule, nearest::nearest};

/// No rule has this id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no rule is called `{id}`; {}", way_out(id))]
pub struct UnknownRule {
    /// As asked for.
    pub id: String,
}

/// The rule with this id.
///
/// # Errors
/// There is none; the text names the nearest id, if one is near.
pub fn find(id: &str) -> Result<&'static Rule, UnknownRule> {
    RULES
        .iter()
        .copied()
        .find(|rule| rule.id == id)
        .ok_or_else(|| UnknownRule { id: id.to_owned() })
}

fn way_out(id: &str) -> String {
    nearest(id, RULES.iter().map(|rule| rule.id)).map_or_else(
        || "`warden rules` lists them".to_owned(),
        |near| format!("did you mean `{near}`?"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_id_is_answered_with_the_nearest() {
        assert_eq!(find("runtime-deprecated").unwrap().id, "runtime-deprecated");
        assert_eq!(
            find("runtime-depracated").unwrap_err().to_string(),
            "no rule is called `runtime-depracated`; did you mean `runtime-deprecated`?"
        );
        assert_eq!(
            find("xyz").unwrap_err().to_string(),
            "no rule is called `xyz`; `warden rules` lists them"
        );
        assert!(find("Runtime-Deprecated").is_err(), "ids match exactly");
    }
}
