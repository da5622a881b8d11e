//! Values that were encrypted before they were put into the variable.

/// Whether `value` is a KMS blob, a message of the AWS Encryption SDK, or what SOPS, Vault's
/// transit engine or Jasypt write.
///
/// A KMS blob is base 64 of a binary record whose first bytes do not change: version, type and
/// the length of the key's id. Observed; AWS documents no format.
pub(crate) fn ciphertext(value: &str) -> bool {
    let blob = KMS.iter().any(|prefix| value.starts_with(prefix));
    let letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    blob && value.len() >= 80 && value.bytes().all(letter)
        || ENVELOPES.iter().any(|(open, close)| value.starts_with(open) && value.ends_with(close))
}

const KMS: [&str; 5] = ["AQICAH", "AQECAH", "AQEDAH", "AYADe", "AgV4"];

const ENVELOPES: [(&str, &str); 3] = [("ENC[", "]"), ("ENC(", ")"), ("vault:v", "")];
