//! The kinds of secret there are.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::formats;

/// A kind of secret: a stable id for machines and words for people.
///
/// Serialised as its id. There is one of each: two kinds are equal if their ids are.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kind {
    id: &'static str,
    words: &'static str,
}

impl Kind {
    pub(crate) const fn new(id: &'static str, words: &'static str) -> Self {
        Self { id, words }
    }

    /// The stable id, such as `github-token`.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.id
    }

    /// What a person calls it, to stand after "a" or "an" or alone: `GitHub token`.
    #[must_use]
    pub fn words(self) -> &'static str {
        self.words
    }

    /// The kind with this id.
    #[must_use]
    pub fn of(id: &str) -> Option<Self> {
        Self::all().find(|kind| kind.id == id)
    }

    /// Every kind [`classify`](crate::classify) may answer with.
    pub fn all() -> impl Iterator<Item = Self> {
        formats::kinds().chain(CONTEXT)
    }
}

pub(crate) const API_KEY: Kind = Kind::new("api-key", "API key");
pub(crate) const AWS_SECRET_KEY: Kind = Kind::new("aws-secret-key", "AWS secret access key");
pub(crate) const BASIC: Kind = Kind::new("basic-credentials", "user and password in base 64");
pub(crate) const CRYPTO_KEY: Kind = Kind::new("crypto-key", "encryption or signing key");
pub(crate) const EMBEDDED: Kind = Kind::new("embedded-secret", "secret inside a longer value");
pub(crate) const EMBEDDED_PASSWORD: Kind =
    Kind::new("embedded-password", "password inside a longer value");
pub(crate) const PASSWORD: Kind = Kind::new("password", "password");
pub(crate) const PRIVATE_KEY: Kind = Kind::new("private-key", "private key");
pub(crate) const SECRET: Kind = Kind::new("secret", "shared secret");
pub(crate) const SEED: Kind = Kind::new("seed-phrase", "seed phrase");
pub(crate) const SIGNATURE: Kind = Kind::new("signed-url", "signature that grants access");
pub(crate) const TOKEN: Kind = Kind::new("token", "access token");
pub(crate) const URL_PASSWORD: Kind = Kind::new("url-password", "password in a URL");

/// The kinds that no format tells, only what stands around the value.
const CONTEXT: [Kind; 13] = [
    API_KEY,
    AWS_SECRET_KEY,
    BASIC,
    CRYPTO_KEY,
    EMBEDDED,
    EMBEDDED_PASSWORD,
    PASSWORD,
    PRIVATE_KEY,
    SECRET,
    SEED,
    SIGNATURE,
    TOKEN,
    URL_PASSWORD,
];

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.words)
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.id)
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.id)
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let id = String::deserialize(from)?;
        Self::of(&id).ok_or_else(|| D::Error::custom(format!("no kind of secret is called `{id}`")))
    }
}
