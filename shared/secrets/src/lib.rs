//! Tells a secret from everything else a variable may hold. Pure.
//!
//! The adapter that reads a function's environment calls [`classify`] for each variable and drops
//! the value at once. The answer is chosen from fixed tables: no part, length or digest of the
//! value can be in it.
//!
//! # Why not somebody's detector
//! gitleaks (MIT) is Go, Kingfisher (Apache-2.0) brings a C++ regular expression engine, and their
//! rules are hundreds of expressions made for source code, to be compiled at each start by an engine
//! of about 1 MB. A variable has what source code lacks, a certain name and a certain end. So
//! formats are a sorted table (prefix, alphabet, length, checksum; `formats.rs`), and everything
//! else is judged by what its name promises (`name.rs`, `context.rs`): 0.1 MB of a Lambda's binary,
//! and some 60 µs for 4 KB of environment. `labelled.toml` measures precision and recall.

mod ciphertext;
mod context;
mod formats;
mod kind;
mod name;
mod pairs;
mod reference;
mod shape;
#[cfg(test)]
mod tests;
mod tokens;
mod url;

pub use kind::Kind;

use serde::{Deserialize, Serialize};

use ciphertext::ciphertext;
use kind::{EMBEDDED, EMBEDDED_PASSWORD};
use pairs::pairs;
use shape::base64_text;

/// What one variable's value is, told without keeping it.
///
/// In TOML and JSON: `"plain"`, `{ secret = "github-token" }`,
/// `{ reference = { arn = { service = "sqs" } } }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// Nothing, or white space.
    Empty,
    /// A setting: readable by whoever may read the configuration, and harmless.
    Plain,
    /// The name or address of something kept elsewhere.
    Reference(Reference),
    /// Encrypted before it was put into the variable, by KMS or a tool such as SOPS.
    Ciphertext,
    /// A credential in plaintext.
    Secret(Kind),
}

/// Where a value points to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reference {
    /// An ARN. `service` is its third part, which is the IAM service prefix (`secretsmanager`,
    /// `states`); `other` if it is no service this crate knows.
    Arn {
        /// IAM service prefix, or `other`.
        service: String,
    },
    /// An address of an AWS service: a URL, a bare host name or `s3://…`. `service` is the IAM
    /// service prefix (`sqs`, `execute-api`); `other` if it is no service this crate knows.
    Endpoint {
        /// IAM service prefix, or `other`.
        service: String,
    },
    /// A CloudFormation dynamic reference, `{{resolve:secretsmanager:…}}`, left for the code.
    Dynamic,
    /// The path of a Systems Manager parameter, `/shop/prod/db`.
    ParameterName,
    /// An item of another secret store: `op://…`, `vault:…`, `projects/…/secrets/…`.
    Store,
}

/// Says what the value of the variable `name` is.
///
/// A secret wins over everything else: an address of a service with a password in it is a secret.
/// Placeholders (`changeme`, `<token>`, `${TOKEN}`) and public halves of keys are plain.
///
/// ```
/// use secrets::{Value, classify};
/// assert_eq!(classify("TOKEN_TTL", "3600"), Value::Plain);
/// ```
#[must_use]
pub fn classify(name: &str, value: &str) -> Value {
    let value = value.trim();
    if value.is_empty() {
        return Value::Empty;
    }
    if ciphertext(value) {
        return Value::Ciphertext;
    }
    if let Some(kind) = secret(name, value) {
        return Value::Secret(kind);
    }
    reference::of(name, value).map_or(Value::Plain, Value::Reference)
}

fn secret(name: &str, value: &str) -> Option<Kind> {
    inside(value).or_else(|| inside(&base64_text(value)?)).or_else(|| context::judge(name, value))
}

/// A secret that needs no name, or brings its own.
fn inside(text: &str) -> Option<Kind> {
    // A password of several words is as likely the caption of a field.
    let mut words = pairs(text).filter(|(_, value)| !value.contains(' '));
    let mut named = || words.find_map(|(name, value)| context::judge(name, value));
    formats::find(text).or_else(|| url::password(text)).or_else(|| {
        named().map(|kind| if kind == kind::PASSWORD { EMBEDDED_PASSWORD } else { EMBEDDED })
    })
}
