//! What a token must satisfy beyond its prefix, alphabet and length. Each check takes the whole
//! token and the part after the prefix.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

pub(crate) fn any(_: &str, _: &str) -> bool {
    true
}

/// Slack's tokens carry numbers of the workspace and the application.
pub(crate) fn digit(_: &str, body: &str) -> bool {
    body.bytes().filter(u8::is_ascii_digit).count() >= 6
}

/// The last six characters are the CRC-32 of the thirty before them, in base 62.
///
/// GitHub's; longer tokens, which GitHub announced without a checksum, pass.
/// Source: <https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/>
pub(crate) fn crc32(_: &str, body: &str) -> bool {
    if body.len() != 36 {
        return true;
    }
    let (Some(random), Some(sum)) = (body.get(..30), body.get(30..)) else { return false };
    let value = sum.bytes().try_fold(0_u64, |value, byte| {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'A'..=b'Z' => byte - b'A' + 10,
            b'a'..=b'z' => byte - b'a' + 36,
            _ => return None,
        };
        Some(value * 62 + u64::from(digit))
    });
    value == Some(u64::from(crc32_of(random.as_bytes())))
}

/// CRC-32 as in IEEE 802.3, bit by bit: thirty bytes at a time need no table.
fn crc32_of(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 }
        })
    })
}

/// OpenAI puts its own name, in base 64, into the middle of older keys.
pub(crate) fn openai(_: &str, body: &str) -> bool {
    body.contains("T3BlbkFJ")
}

/// `SG.<22>.<43>`.
pub(crate) fn sendgrid(_: &str, body: &str) -> bool {
    body.find('.') == Some(22)
}

/// `pat<14>.<64 hexadecimal>`.
pub(crate) fn airtable(_: &str, body: &str) -> bool {
    body.find('.') == Some(14)
}

/// A JSON Web Token (RFC 7519): the first part decodes to a header that names an algorithm, and
/// a signature follows. Supabase's `anon` tokens are made to be public.
pub(crate) fn jwt(whole: &str, _: &str) -> bool {
    let mut parts = whole.trim_end_matches('.').split('.');
    let (Some(header), Some(payload), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let decode = |part: &str| {
        URL_SAFE_NO_PAD.decode(part).ok().and_then(|bytes| String::from_utf8(bytes).ok())
    };
    let signed = decode(header).is_some_and(|header| header.contains("\"alg\""));
    let public = decode(payload).is_some_and(|payload| payload.contains("\"role\":\"anon\""));
    signed && !public
}
