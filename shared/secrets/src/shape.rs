//! What a value looks like, whatever its name.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};

/// Whether a person wrote this to be replaced: `changeme`, `<your-token>`, `${TOKEN}`, `xxxx`.
///
/// A deployed `changeme` may be a working password. It is still no leak: everybody knows it, and
/// a scanner that reports templates is soon switched off.
pub(crate) fn placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let fenced = FENCES.iter().any(|(open, close)| {
        lower
            .strip_prefix(open)
            .is_some_and(|rest| rest.len() >= close.len() && rest.ends_with(close))
    });
    fenced
        || lower.starts_with(['$', ':'])
            && lower.bytes().skip(1).all(|b| b.is_ascii_alphanumeric() || b == b'_')
        || template(&lower)
        || lower.split('|').any(|word| INERT_WORDS.contains(&word))
        || repeated(&lower, 4) == Some(lower.len())
}

/// Whether the random part of a token is not random: typed along the keyboard, or a template.
pub(crate) fn made_up(body: &str) -> bool {
    let lower = body.to_ascii_lowercase();
    let few = body.len() >= 16 && distinct(body) < 6;
    few || repeated(&lower, 6).is_some() || ascending(&lower) >= 8 || template(&lower)
}

/// Whether a word of templates occurs in `lower`: one pass, not one for each word.
fn template(lower: &str) -> bool {
    lower.bytes().enumerate().any(|(at, byte)| {
        let mut words = TEMPLATE_WORDS.iter().filter(|word| word.as_bytes().first() == Some(&byte));
        words.any(|word| lower.get(at..).is_some_and(|rest| rest.starts_with(word)))
    })
}

/// Whether chance wrote this: at least `shortest` characters without white space, of which few
/// form words, numbers or repetitions.
pub(crate) fn random(value: &str, shortest: usize) -> bool {
    value.len() >= shortest
        && value.bytes().all(|b| b.is_ascii_graphic())
        && value.bytes().any(|b| b.is_ascii_alphabetic())
        && distinct(value) >= (value.len() / 3).clamp(6, 10)
        && !made_up(value)
        && (hexadecimal(value) || readable(value) * 100 < value.len() * 55)
}

/// At least ten bytes in hexadecimal, in which long numbers are no words.
pub(crate) fn hexadecimal(value: &str) -> bool {
    let value = value.strip_prefix("0x").unwrap_or(value);
    value.len() >= 20
        && value.bytes().all(|b| b.is_ascii_hexdigit())
        && value.bytes().any(|b| b.is_ascii_digit())
}

/// How many characters of `value` a person would call words, separators or numbers.
fn readable(value: &str) -> usize {
    let bytes = value.as_bytes();
    let mut count = 0;
    let mut rest = bytes;
    while let Some(first) = rest.first() {
        let run = run_length(rest);
        let (word, tail) = rest.split_at(run);
        count += match class(*first) {
            Class::Letter if wordy(word) => run,
            Class::Digit if run >= 4 => run,
            Class::Other => run,
            _ => 0,
        };
        rest = tail;
    }
    count
}

/// Length of the word, number or separator that `bytes` begin with; `Word`, `word` and `WORD`
/// are words each. At least 1.
fn run_length(bytes: &[u8]) -> usize {
    let Some(first) = bytes.first() else { return 1 };
    let same = |from: usize, wanted: fn(&u8) -> bool| {
        from + bytes.iter().skip(from).take_while(|b| wanted(b)).count()
    };
    let length = match first {
        b'0'..=b'9' => same(0, u8::is_ascii_digit),
        b'a'..=b'z' => same(0, u8::is_ascii_lowercase),
        b'A'..=b'Z' => match same(1, u8::is_ascii_lowercase) {
            1 => same(0, u8::is_ascii_uppercase),
            length => length,
        },
        _ => 1,
    };
    length.max(1)
}

enum Class {
    Letter,
    Digit,
    Other,
}

fn class(byte: u8) -> Class {
    match byte {
        b'0'..=b'9' => Class::Digit,
        b'A'..=b'Z' | b'a'..=b'z' => Class::Letter,
        _ => Class::Other,
    }
}

/// Whether most pairs of neighbouring letters are usual in English and in identifiers.
fn wordy(letters: &[u8]) -> bool {
    let pairs = letters.len().saturating_sub(1);
    let usual = letters.windows(2).filter(|pair| matches!(pair, [a, b] if follows(*a, *b))).count();
    letters.len() >= 3 && usual * 10 >= pairs * 6
}

fn follows(a: u8, b: u8) -> bool {
    let row = usize::from(a.to_ascii_lowercase().wrapping_sub(b'a'));
    FOLLOWERS.get(row).is_some_and(|row| row.as_bytes().contains(&b.to_ascii_lowercase()))
}

/// How many different bytes there are.
pub(crate) fn distinct(value: &str) -> usize {
    let seen = value.bytes().fold([0_u128; 2], |[low, high], byte| match byte {
        0..128 => [low | 1 << byte, high],
        _ => [low, high | 1 << (byte - 128)],
    });
    seen.iter().map(|half| half.count_ones() as usize).sum()
}

/// The longest run of one character, if it is at least `shortest` long.
fn repeated(value: &str, shortest: usize) -> Option<usize> {
    longest(value, |a, b| a == b).filter(|length| *length >= shortest)
}

/// The longest run such as `12345` or `abcde`.
fn ascending(value: &str) -> usize {
    longest(value, |a, b| b == a.wrapping_add(1)).unwrap_or_default()
}

/// The longest run in which each byte follows the one before by `next`.
fn longest(value: &str, next: fn(u8, u8) -> bool) -> Option<usize> {
    let mut run = 1;
    let mut best = 1;
    for pair in value.as_bytes().windows(2) {
        run = if matches!(pair, [a, b] if next(*a, *b)) { run + 1 } else { 1 };
        best = best.max(run);
    }
    (!value.is_empty()).then_some(best)
}

/// The text that `value` is the base 64 of, if it is one and long enough to hold a credential.
pub(crate) fn base64_text(value: &str) -> Option<String> {
    let letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    let shaped = value.len() >= 16 && value.bytes().all(letter);
    let bytes =
        if shaped { STANDARD_NO_PAD.decode(value.trim_end_matches('=')).ok() } else { None }?;
    String::from_utf8(bytes).ok()
}

/// Whether this is `8-4-4-4-12` hexadecimal digits, and not the same few again and again.
pub(crate) fn uuid(value: &str) -> bool {
    value.len() == 36
        && distinct(value) >= 6
        && value.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Openings and endings of a place to be filled in.
const FENCES: [(&str, &str); 10] = [
    ("<", ">"),
    ("${", "}"),
    ("#{", "}"),
    ("{{", "}}"),
    ("{", "}"),
    ("$(", ")"),
    ("%(", ")s"),
    ("%", "%"),
    ("[", "]"),
    ("__", "__"),
];

/// Words that occur in templates and practically never in what chance wrote.
#[rustfmt::skip]
const TEMPLATE_WORDS: [&str; 22] = [
    "example", "placeholder", "changeme", "change-me", "change_me", "change-this", "change_this",
    "replaceme", "replace-me", "replace_me", "replace-with", "replace_with", "redacted", "your-",
    "your_", "dummy", "xxxxx", "*****", "to-be-", "to_be_", "not-set", "not_set",
];

/// Whole values that are settings.
#[rustfmt::skip]
const INERT_WORDS: [&str; 45] = [
    "true", "false", "yes", "no", "on", "off", "none", "null", "nil", "undefined", "unset",
    "enabled", "disabled", "required", "optional", "default", "auto", "todo", "tbd", "fixme", "n/a",
    "string", "number", "text", "hidden", "masked", "iam", "ssm", "vault", "env", "file",
    "environment", "secretsmanager", "secrets-manager", "parameter-store", "kms", "bearer", "basic",
    "oauth", "oauth2", "jwt", "plain", "plaintext", "encrypted", "unused",
];

/// For `a` to `z`, the letters that usually follow, counted over English technical prose.
#[rustfmt::skip]
const FOLLOWERS: [&str; 26] = [
    "bcdgiklmnprstuvy", "aeilorsu", "acehikloqrtu", "abdeiorsuy", "acdefglmnpqrstvwxy", "aefilortu",
    "aehilnorsu", "aeioruty", "abcdefglmnoprstvz", "aou", "eis", "adeiklostuvy", "abeimopu",
    "acdefgiknosty", "bcdfgklmnoprstuvw", "aehiloprstu", "u", "acdegikmnorstuvy", "acehikmopstuy",
    "aehilorstuwy", "abcdegilmnprst", "aeio", "aehiors", "aceipt", "eimnopst", "aeioz",
];
