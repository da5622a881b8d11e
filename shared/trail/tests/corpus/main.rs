//! Replays what fuzzing found worth keeping: see `fuzz/Cargo.toml`.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "what does not hold is a bug")]

use std::{fs, path::Path};

#[path = "../../fuzz/properties.rs"]
mod properties;

#[test]
fn the_corpus_holds() {
    for target in ["records", "file"] {
        let hold = if target == "records" { properties::records } else { properties::file };
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
        let files: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(files.len() >= 20, "{target}: {} files", files.len());
        for file in files {
            let data = fs::read(&file).unwrap();
            // The name of the file is what a failure needs.
            let replay = std::panic::catch_unwind(|| hold(&data));
            assert!(replay.is_ok(), "{}", file.display());
        }
    }
}
