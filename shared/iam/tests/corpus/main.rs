//! Replays what fuzzing found worth keeping: see `fuzz/Cargo.toml`.

#![expect(clippy::expect_used, reason = "what does not hold is a bug")]

use std::fs;
use std::path::Path;

#[path = "../../fuzz/properties.rs"]
mod properties;

#[test]
fn the_corpus_of_policies_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/policy");
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 20, "{} files", files.len());
    let mut policies = 0;
    for file in files {
        let data = fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&data).into_owned();
        policies += usize::from(iam::Policy::parse(&text).is_ok());
        // The name of the file is what a failure needs.
        let replay = std::panic::catch_unwind(|| properties::hold(&data));
        assert!(replay.is_ok(), "{}", file.display());
    }
    assert!(policies >= 10, "{policies} of the files are policies");
}
