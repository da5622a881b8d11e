//! Measures `classify` on `labelled.toml`, and holds it to its promises on arbitrary text.

use proptest::prelude::*;
use serde::Deserialize;

use crate::{Kind, Value, classify, formats, reference};

#[derive(Deserialize)]
struct Labelled {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    value: Vec<String>,
    is: Value,
    miss: Option<String>,
}

fn labelled() -> Vec<Case> {
    toml::from_str::<Labelled>(include_str!("../labelled.toml")).unwrap().cases
}

fn secret(value: &Value) -> bool {
    matches!(value, Value::Secret(_))
}

#[test]
fn every_label_holds() {
    for (number, case) in labelled().iter().enumerate() {
        let Case { name, value, is, miss } = case;
        let said = classify(name, &value.concat());
        match miss {
            None => assert_eq!(said, *is, "case {number}, `{name}`: {value:?}"),
            Some(why) => {
                assert_ne!(said, *is, "case {number}, `{name}`, is right now, though {why}")
            }
        }
    }
}

#[test]
fn precision_and_recall_stay_above_their_floors() {
    let (mut right, mut alarms, mut wanted) = (0.0, 0.0, 0.0);
    let cases = labelled();
    for case in &cases {
        let (said, is) = (secret(&classify(&case.name, &case.value.concat())), secret(&case.is));
        right += f64::from(said && is);
        alarms += f64::from(said);
        wanted += f64::from(is);
        if said != is {
            let fault = if said { "false alarm" } else { "overlooked" };
            println!("{fault}: `{}`, {}", case.name, case.miss.as_deref().unwrap_or("unexpected"));
        }
    }
    let (precision, recall) = (right / alarms, right / wanted);
    println!(
        "{} cases, {wanted} secrets: precision {precision:.3}, recall {recall:.3}",
        cases.len()
    );
    assert!(cases.len() >= 200);
    assert!(precision >= 0.98, "precision {precision:.3}");
    assert!(recall >= 0.95, "recall {recall:.3}");
}

#[test]
fn kinds_have_ids_and_words_of_their_own() {
    for kind in Kind::all() {
        assert_eq!(Kind::of(kind.id()), Some(kind), "{kind:?} shares its id");
        assert_eq!(Kind::of(kind.id()).unwrap().words(), kind.words(), "{kind:?}");
        assert!(
            kind.id().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        );
    }
}

#[test]
fn tables_are_sorted_for_the_search() {
    assert!(formats::prefixes().is_sorted());
    assert!(reference::SERVICES.is_sorted());
}

#[test]
fn the_wire_form_is_read_back() {
    for case in labelled() {
        let said = classify(&case.name, &case.value.concat());
        let wire = serde_json::to_string(&said).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&wire).unwrap(), said, "{wire}");
    }
    assert!(serde_json::from_str::<Value>(r#"{"secret":"astrolabe"}"#).is_err());
}

/// Capitals and digits: no word of ours is written in them.
const CANARY: &str = "[0-9A-Z]{20,44}";

/// Everything the answer can show of itself.
fn shown(value: &Value) -> String {
    format!("{value:?} {}", serde_json::to_string(value).unwrap())
}

fn leaks(shown: &str, canary: &str) -> bool {
    canary.as_bytes().windows(6).any(|part| shown.contains(std::str::from_utf8(part).unwrap()))
}

#[test]
fn the_leak_check_can_fail() {
    assert!(leaks("a reference to CDEFGH", "ABCDEFGHIJ"));
}

proptest! {
    #[test]
    fn any_text_is_classified(name in any::<String>(), value in any::<String>()) {
        let _ = classify(&name, &value);
    }

    #[test]
    fn text_in_the_shape_of_secrets_is_classified(
        name in "[A-Za-z_]{0,20}(PASSWORD|SECRET|TOKEN|API_KEY|KEY)?",
        value in r#"(\PC{0,5}(arn:|://|=|:|"|@|\.|eyJ|ghp_|-----BEGIN |PRIVATE KEY-----|\\|é)){0,12}"#,
    ) {
        let _ = classify(&name, &value);
    }

    #[test]
    fn no_answer_shows_the_value(at in any::<prop::sample::Index>(), canary in CANARY) {
        let case = &labelled()[at.index(labelled().len())];
        let value = case.value.concat();
        let middle = value.char_indices().nth(value.chars().count() / 2).map_or(0, |(at, _)| at);
        let (left, right) = value.split_at(middle);
        for planted in [
            format!("{canary}{value}"),
            format!("{left}{canary}{right}"),
            format!("{value}{canary}"),
            format!("arn:aws:{canary}:eu-west-1:123456789012:{canary}"),
            format!("https://{canary}.eu-west-1.amazonaws.com/{canary}"),
            format!("{{{{resolve:{canary}}}}}"),
            format!("/{canary}/{canary}"),
        ] {
            let said = shown(&classify(&case.name, &planted));
            prop_assert!(!leaks(&said, &canary), "{said}");
        }
    }
}
