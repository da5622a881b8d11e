//! The shapes of real events against the rows they make.

use crate::records::{digest_of, gzip, log, shapes};

const COLUMNS: [&str; 7] =
    ["role", "function", "qualifier", "attribution", "kind", "event", "outcome"];

/// `UPDATE=1` writes the rows anew.
#[test]
fn shapes_make_the_rows_of_record() {
    let mut text = String::new();
    for (number, shape) in shapes().into_iter().enumerate() {
        text += &format!("# {}\n", shape["_case"].as_str().unwrap());
        let mut shape = shape;
        shape["eventID"] = format!("00000000-0000-4000-8000-{number:012}").into();
        let digest = digest_of(&[gzip(&log(&[shape]))]);
        for row in digest.rows() {
            let row = serde_json::to_value(row).unwrap();
            for column in COLUMNS {
                text += &format!("{column}: {}\n", row[column]);
            }
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/trail/lambda-role-rows.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap();
    assert!(text == expected, "rows differ from {path}; UPDATE=1 writes them anew\n{text}");
}
