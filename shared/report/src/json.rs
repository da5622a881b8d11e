use serde_json::Value;

use crate::{Posture, printable::is_unsafe};

/// The whole posture, to be kept and rendered again. Nothing is cut or replaced.
pub fn json(posture: &Posture) -> String {
    written(&serde_json::json!(posture))
}

/// JSON whose every unsafe character is an escape: it reads back the same, and does nothing to a
/// terminal.
pub(crate) fn written(value: &Value) -> String {
    let mut text = String::new();
    for char in format!("{value:#}\n").chars() {
        // Line breaks are ours: those inside a string are escapes already.
        if char == '\n' || !is_unsafe(char) {
            text.push(char);
        } else {
            for unit in char.encode_utf16(&mut [0; 2]) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    text
}
