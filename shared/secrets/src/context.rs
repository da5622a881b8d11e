//! Judges a value by its name.

use crate::{
    kind::{self, Kind},
    name::{Claim, Noun, Trust, claim},
    reference,
    shape::{base64_text, hexadecimal, placeholder, random, uuid},
};

/// The kind of secret that `value` is, given what `name` promises.
pub(crate) fn judge(name: &str, value: &str) -> Option<Kind> {
    if value.strip_prefix("Basic ").is_some_and(user_and_password) {
        return Some(kind::BASIC);
    }
    let Claim { noun, trust } = claim(name)?;
    let value = bare(value);
    if inert(name, value) {
        return None;
    }
    let secret = match (noun, trust) {
        (Noun::Basic, _) => user_and_password(value),
        // Ids of documents and commits are shorter hexadecimal numbers than keys.
        (Noun::Key, _) => random(value, if hexadecimal(value) { 32 } else { 20 }),
        (_, Trust::Faint) => random(value, 20),
        (Noun::Password, _) => typed(value),
        (Noun::Seed, _) => value.split_whitespace().count() >= 12,
        (Noun::AwsSecretKey | Noun::Signature, _) => random(value, 20),
        (Noun::Secret, Trust::Sure) => chosen(value) || random(value, 12),
        (_, Trust::Sure) => random(value, 12) || uuid(value),
        (_, Trust::Likely) => random(value, 12) || uuid(value) || mixed(value),
    };
    secret.then_some(match noun {
        Noun::Basic => kind::BASIC,
        Noun::Password => kind::PASSWORD,
        Noun::Secret => kind::SECRET,
        Noun::Token => kind::TOKEN,
        Noun::ApiKey | Noun::Key => kind::API_KEY,
        Noun::CryptoKey => kind::CRYPTO_KEY,
        Noun::AwsSecretKey => kind::AWS_SECRET_KEY,
        Noun::Seed => kind::SEED,
        Noun::Signature => kind::SIGNATURE,
    })
}

/// `Bearer <token>` and `Basic <…>` without the scheme.
fn bare(value: &str) -> &str {
    SCHEMES.iter().find_map(|scheme| value.strip_prefix(scheme)).unwrap_or(value).trim()
}

/// Whether this cannot be a secret, whatever its name.
fn inert(name: &str, value: &str) -> bool {
    placeholder(value)
        || PUBLIC.iter().any(|prefix| value.starts_with(prefix))
        || value.contains("://")
        || reference::of(name, value).is_some()
        || path(value) && !random(value, 8)
        || host(value)
        || account_id(value)
}

/// Whether `value` is the base 64 of `user:password`.
fn user_and_password(value: &str) -> bool {
    let text = base64_text(value).unwrap_or_default();
    text.split_once(':').is_some_and(|(user, password)| {
        let plain = |part: &str| part.bytes().all(|b| b.is_ascii_graphic());
        !user.is_empty() && !password.is_empty() && plain(&text) && !placeholder(password)
    })
}

/// Whether a person may have typed this as a password. Paths and names of several words with
/// separators are where a password is kept.
fn typed(value: &str) -> bool {
    let words = || value.split(['-', '_', '/', '.', ':']);
    let lower = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    let name =
        words().count() >= 3 && words().all(lower) || value.contains('/') && words().all(lower);
    value.len() >= 4 && !name && !value.contains('\n')
}

/// Whether this may be a secret that a person made up: `mysupersecretkey`, but no name of one.
fn chosen(value: &str) -> bool {
    let last = value.rsplit(['-', '_', '/', '.']).next().unwrap_or_default().to_ascii_lowercase();
    let named = value.len() > last.len() && NAMES.contains(&last.as_str());
    value.len() >= 8 && typed(value) && !named && !value.contains(' ')
}

/// Letters, digits and a symbol in one short word: `s3cr3t!Value`.
fn mixed(value: &str) -> bool {
    let has = |wanted: fn(&u8) -> bool| value.bytes().any(|b| wanted(&b));
    let symbol = |b: &u8| matches!(b, b'!' | b'@' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*' | b'?');
    let wild = value.bytes().filter(|b| b"*?^\\|[]()".contains(b)).count() >= 2;
    value.len() >= 8
        && !wild
        && value.bytes().all(|b| b.is_ascii_graphic())
        && has(u8::is_ascii_alphabetic)
        && has(u8::is_ascii_digit)
        && has(symbol)
}

/// A file: absolute, relative to here or home, or on a drive.
fn path(value: &str) -> bool {
    ["/", "./", "../", "~/", "C:\\"].iter().any(|start| value.starts_with(start))
}

/// `db.internal.shop.com`, `db:5432` or `ops@shop.com`: dots or a port, and no other symbol.
fn host(value: &str) -> bool {
    let (name, port) = value.split_once(':').unwrap_or((value, ""));
    let name = name.split_once('@').map_or(name, |(_, host)| host);
    let letters = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.');
    let labels = name.split('.');
    let top = labels.clone().next_back().unwrap_or_default();
    let known = top.len() >= 2 && top.len() <= 8 && top.bytes().all(|b| b.is_ascii_lowercase());
    name.bytes().all(letters)
        && labels.clone().all(|label| (1..=40).contains(&label.len()))
        && port.bytes().all(|b| b.is_ascii_digit())
        && labels.count() >= 2
        && known
}

/// Twelve digits: an AWS account.
fn account_id(value: &str) -> bool {
    value.len() == 12 && value.bytes().all(|b| b.is_ascii_digit())
}

const SCHEMES: [&str; 6] = ["Bearer ", "bearer ", "Basic ", "basic ", "Token ", "token "];

/// Beginnings of what is meant to be seen, and of digests.
#[rustfmt::skip]
const PUBLIC: [&str; 24] = [
    "pk_live_", "pk_test_", "pubkey-", "pk.eyJ", "NRJS-", "sq0idp-", "glffct-", "sb_publishable_",
    "ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-", "-----BEGIN PUBLIC", "-----BEGIN RSA PUBLIC",
    "-----BEGIN CERTIFICATE", "-----BEGIN PGP PUBLIC", "sha256:", "sha512:", "sha256-", "$2a$",
    "$2b$", "$2y$", "$argon2", "{SSHA}", "age1",
];

/// Last words of the name of a secret.
const NAMES: [&str; 8] =
    ["secret", "secrets", "key", "token", "password", "credentials", "creds", "config"];
