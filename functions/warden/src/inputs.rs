//! Files that other programs printed, read as input.

pub(crate) mod authorization;
pub(crate) mod functions;

use std::{fs, path::Path};

use serde::de::DeserializeOwned;

use crate::exit::Failure;

/// Reads the JSON that `program` prints.
///
/// # Errors
/// The file cannot be read, or is not what `program` prints.
fn read<T: DeserializeOwned>(path: &Path, program: &str) -> Result<T, Failure> {
    let wrong = |what: String| Failure::Usage(format!("`{}`: {what}", path.display()));
    let bytes = fs::read(path).map_err(|error| wrong(error.to_string()))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| wrong(format!("{error}; expected the JSON that `{program}` prints")))
}

/// Refuses a file that holds the beginning of an answer only.
fn whole(path: &Path, program: &str, next: Option<&String>) -> Result<(), Failure> {
    match next {
        None => Ok(()),
        Some(_) => Err(Failure::Usage(format!(
            "`{}` holds only the first part of the answer; run `{program}` without \
             `--max-items` and `--no-paginate`",
            path.display()
        ))),
    }
}

/// Reads one policy document.
///
/// # Errors
/// The file cannot be read, or is no policy.
pub(crate) fn policy(path: &Path) -> Result<iam::Policy, Failure> {
    let wrong = |what: String| Failure::Usage(format!("`{}`: {what}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    iam::Policy::parse(&text).map_err(|error| wrong(error.to_string()))
}
