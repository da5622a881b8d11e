//! The house as docs/ARCHITECTURE.md draws it, checked by `cargo test` alone.

#![expect(clippy::unwrap_used, reason = "a test that cannot read the house fails")]

use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Files below `folder` whose names end in `.rs`, with their text.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}

/// Every crate of the workspace: its folder below the root, and its manifest.
fn crates() -> Vec<(String, String)> {
    let mut crates = Vec::new();
    for parent in ["functions", "shared", "infra/local"] {
        for entry in fs::read_dir(root().join(parent)).unwrap() {
            let folder = entry.unwrap().path();
            if let Ok(manifest) = fs::read_to_string(folder.join("Cargo.toml")) {
                let name = folder.file_name().unwrap().to_string_lossy();
                crates.push((format!("{parent}/{name}"), manifest));
            }
        }
    }
    assert!(crates.len() > 8, "the house has moved: {crates:?}");
    crates
}

/// Whom each dependency may be named by; everyone else must not.
#[test]
fn layers_hold() {
    let may = [
        ("aws-sdk-", &["shared/aws"][..]),
        ("aws-config", &["shared/aws"]),
        ("lambda_runtime", &["shared/edge", "functions/"]),
        ("tokio", &["shared/aws", "shared/scan", "functions/", "infra/"]),
        ("stand-ins", &["shared/aws", "functions/", "infra/"]),
    ];
    for (folder, manifest) in crates() {
        for (word, allowed) in may {
            let named = manifest.lines().any(|line| line.starts_with(word));
            let is_allowed = allowed.iter().any(|prefix| folder.starts_with(prefix));
            assert!(!named || is_allowed, "{folder} depends on {word}");
        }
    }
}

/// Stand-ins never ship: they are dev-dependencies, or nothing.
#[test]
fn stand_ins_stay_at_home() {
    for (folder, manifest) in crates() {
        let shipped = manifest.split("[dev-dependencies]").next().unwrap();
        let is_itself = folder.ends_with("/stand-ins");
        assert!(is_itself || !shipped.contains("stand-ins"), "{folder} would ship the stand-ins");
    }
}

/// Judging needs no clock, no environment, no file and no network.
#[test]
fn the_core_is_pure() {
    for name in ["iam", "model", "report", "rules", "secrets", "usage"] {
        for (path, text) in sources(&root().join("shared").join(name).join("src")) {
            if path.to_string_lossy().contains("tests") {
                continue;
            }
            let production = text.split("#[cfg(test)]").next().unwrap();
            for word in ["std::env", "std::fs", "TcpStream", "UdpSocket", "::now()", "SystemTime"] {
                assert!(!production.contains(word), "{} uses {word}", path.display());
            }
        }
    }
}

#[test]
fn mains_are_thin() {
    for entry in fs::read_dir(root().join("functions")).unwrap() {
        let main = entry.unwrap().path().join("src/main.rs");
        let lines = fs::read_to_string(&main).unwrap().lines().count();
        assert!(lines <= 80, "{} has {lines} lines", main.display());
    }
}

#[test]
fn files_stay_small() {
    for parent in ["functions", "shared", "infra/local/stand-ins"] {
        for (path, text) in sources(&root().join(parent)) {
            if path.to_string_lossy().contains("tests") {
                continue; // A table of cases is one idea, however long.
            }
            let lines = text.lines().count();
            assert!(lines <= 400, "{} has {lines} lines: is it one idea?", path.display());
        }
    }
}
