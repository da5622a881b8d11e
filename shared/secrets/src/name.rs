//! What the name of a variable, or of a field inside a value, promises.

/// What a name says its value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub noun: Noun,
    /// How far the name alone is to be believed.
    pub trust: Trust,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noun {
    /// User and password in base 64, as HTTP's basic authentication and Docker have it.
    Basic,
    Password,
    Secret,
    Token,
    ApiKey,
    /// A key of something: `DATADOG_KEY`.
    Key,
    CryptoKey,
    AwsSecretKey,
    Seed,
    Signature,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// `SESSION_SECRET`: the value is the secret itself, chosen by chance or by a person.
    Sure,
    /// `DB_SECRET`: as likely the name of one.
    Likely,
    /// `TOKEN_VALIDATION`: another word follows, so only a random value counts.
    Faint,
}

/// The claim of `name`, or none: `KEY`, `SECRET_ARN`, `TOKEN_TTL`, `PASSWORD_MIN_LENGTH`,
/// `PUBLIC_KEY` promise nothing.
pub(crate) fn claim(name: &str) -> Option<Claim> {
    let words = words(name);
    let (at, noun) = (0..words.len()).rev().find_map(|at| Some((at, noun(&words, at)?)))?;
    let before = words.get(..at).unwrap_or_default();
    let after = words.get(at + 1..).unwrap_or_default();
    let is = |list: &[&str], word: &String| list.contains(&word.as_str());
    if after.iter().any(|word| is(SETTINGS, word)) || before.iter().any(|word| is(NEGATIONS, word))
    {
        return None;
    }
    let neutral = |word: &String| is(NEUTRAL, word) || word.bytes().all(|b| b.is_ascii_digit());
    let direct = before.last().is_some_and(|word| is(DIRECT, word));
    let trust = match noun {
        Noun::Key | Noun::Signature => Trust::Faint,
        _ if !after.iter().all(neutral) => Trust::Faint,
        Noun::Password | Noun::Seed | Noun::AwsSecretKey => Trust::Sure,
        _ if direct => Trust::Sure,
        _ => Trust::Likely,
    };
    Some(Claim { noun, trust })
}

/// Whether the name speaks of Systems Manager parameters.
pub(crate) fn of_parameter(name: &str) -> bool {
    let of = |word: &String| {
        matches!(word.as_str(), "SSM" | "PARAM" | "PARAMS" | "PARAMETER" | "PARAMETERS")
    };
    words(name).iter().any(of)
}

/// The words of a name, in capitals: `dbPassword`, `db-password` and `DB_PASSWORD` are the same.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut last = ' ';
    for letter in name.chars().take(LONGEST_NAME) {
        let new = !letter.is_ascii_alphanumeric()
            || last.is_ascii_lowercase() && letter.is_ascii_uppercase();
        if new {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_ascii_alphanumeric()) {
            word.push(letter.to_ascii_uppercase());
        }
        last = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The noun that ends at word `at`.
fn noun(words: &[String], at: usize) -> Option<Noun> {
    let word = words.get(at)?.as_str();
    let back = |by: usize| at.checked_sub(by).and_then(|at| words.get(at)).map(String::as_str);
    let stem = word.strip_suffix('S').filter(|stem| !stem.ends_with('S')).unwrap_or(word);
    let (qualifier, key) = match stem.strip_suffix("KEY") {
        Some("") => (back(1)?, true),
        Some(qualifier) => (qualifier, true),
        None => (stem, false),
    };
    if key && word != "KEYS" {
        return match (back(2), qualifier) {
            (Some("SECRET"), "ACCESS") | (Some("AWS"), "SECRET") | (_, "SECRETACCESS") => {
                Some(Noun::AwsSecretKey)
            }
            (_, qualifier) if API_KEYS.contains(&qualifier) => Some(Noun::ApiKey),
            (_, qualifier) if CRYPTO_KEYS.contains(&qualifier) => Some(Noun::CryptoKey),
            (_, qualifier) if word == "KEY" && !OTHER_KEYS.contains(&qualifier) => Some(Noun::Key),
            _ => None,
        };
    }
    match stem {
        "PW" | "PWD" | "PASS" | "PASSPHRASE" | "PASSCODE" | "PSWD" | "DBPASS" | "DBPWD"
        | "DBPW" => Some(Noun::Password),
        _ if stem.ends_with("PASSWORD") || stem.ends_with("PASSWD") => Some(Noun::Password),
        "CREDENTIAL" | "CREDS" | "CRED" => Some(Noun::Secret),
        _ if stem.ends_with("SECRET") => Some(Noun::Secret),
        "PAT" | "BEARER" | "AUTHORIZATION" | "JWT" => Some(Noun::Token),
        // `TOKENS` counts them: `MAX_TOKENS`.
        _ if word.ends_with("TOKEN") => Some(Noun::Token),
        "AUTH" => Some(Noun::Basic),
        "SIG" | "SIGNATURE" => Some(Noun::Signature),
        "MNEMONIC" => Some(Noun::Seed),
        "PHRASE" if matches!(back(1), Some("SEED" | "RECOVERY")) => Some(Noun::Seed),
        _ => None,
    }
}

/// Lambda itself limits the environment to 4 KB.
const LONGEST_NAME: usize = 256;

/// Words before `KEY` that make it a credential. `KEY` alone is not one.
#[rustfmt::skip]
const API_KEYS: &[&str] = &[
    "API", "ACCESS", "AUTH", "SECRET", "ACCOUNT", "LICENSE", "APP", "APPLICATION", "ADMIN",
    "STORAGE", "SUBSCRIPTION", "WRITE", "INTEGRATION", "INGEST", "INGESTION", "ROUTING", "SERVICE",
    "CONSUMER", "CLIENT", "DEPLOY", "WEBHOOK", "SHAREDACCESS",
];

/// Words before `KEY` that make it an entry of a table, a place in a store or a name.
#[rustfmt::skip]
const OTHER_KEYS: &[&str] = &[
    "PARTITION", "SORT", "HASH", "RANGE", "PRIMARY", "FOREIGN", "UNIQUE", "NATURAL", "COMPOSITE",
    "SHARD", "INDEX", "GSI", "LSI", "CACHE", "REDIS", "OBJECT", "S3", "BUCKET", "FILE", "ARTIFACT",
    "CODE", "PACKAGE", "LAYER", "MANIFEST", "TEMPLATE", "IDEMPOTENCY", "DEDUPLICATION", "GROUP",
    "LOOKUP", "MESSAGE", "EVENT", "TABLE", "QUEUE", "KMS", "CMK", "PUBLIC", "PUB", "SCHEMA",
    "SEQUENCE", "TRANSLATION", "DOCUMENT", "CONFIG", "FLAG", "FEATURE", "CONTEXT", "TRACE", "TAG",
    "BUILD", "COMMIT", "VERSION", "STATE", "LOCK", "PROJECT", "ISSUE", "TENANT", "ROW", "ITEM",
    "PASSWORD", "TOKEN", "USER", "JSON", "DICT", "SITE",
];

#[rustfmt::skip]
const CRYPTO_KEYS: &[&str] = &[
    "PRIVATE", "ENCRYPTION", "ENCRYPT", "DECRYPTION", "SIGNING", "SIGNATURE", "MASTER", "HMAC",
    "SHARED", "SESSION", "CRYPTO", "AES", "JWT", "CIPHER", "COOKIE",
];

/// Words before a noun after which the value is the secret itself.
#[rustfmt::skip]
const DIRECT: &[&str] = &[
    "JWT", "SESSION", "CLIENT", "APP", "COOKIE", "SIGNING", "WEBHOOK", "HMAC", "AUTH", "CONSUMER",
    "OAUTH", "OAUTH2", "SHARED", "ENCRYPTION", "CSRF", "NEXTAUTH", "TOTP", "API", "ACCESS",
    "BEARER", "REFRESH", "BOT",
];

/// Words after a noun that leave it what it is.
#[rustfmt::skip]
const NEUTRAL: &[&str] = &[
    "PROD", "PRODUCTION", "DEV", "DEVELOPMENT", "STAGING", "STAGE", "STG", "TEST", "LIVE", "QA",
    "UAT", "SANDBOX", "OLD", "NEW", "CURRENT", "PREVIOUS", "NEXT", "PRIMARY", "SECONDARY", "V1",
    "V2", "V3", "VALUE", "PLAINTEXT", "PLAIN", "RAW", "BASE64", "B64", "ENCODED", "DEFAULT",
    "STRING", "JSON", "EU", "US", "RO", "RW",
];

/// Words before a noun that take its meaning away.
#[rustfmt::skip]
const NEGATIONS: &[&str] = &[
    "PUBLIC", "PUBLISHABLE", "ANON", "NO", "HAS", "IS", "USE", "ENABLE", "DISABLE", "REQUIRE",
    "ALLOW", "MAX", "MIN", "NUM", "FORGOT", "RESET", "LOST", "CHANGE", "PREFIX", "IDEMPOTENCY", "PARTITION", "CANCELLATION",
];

/// Words after a noun that make the value a setting of it or its name.
#[rustfmt::skip]
const SETTINGS: &[&str] = &[
    "ARN", "ARNS", "NAME", "NAMES", "ID", "IDS", "URL", "URLS", "URI", "ENDPOINT", "HOST", "PORT",
    "PATH", "PATHS", "FILE", "FILENAME", "DIR", "LOCATION", "PREFIX", "SUFFIX", "TTL", "EXPIRY",
    "EXPIRES", "EXPIRATION", "LIFETIME", "DURATION", "TIMEOUT", "LENGTH", "SIZE", "LIMIT", "COUNT",
    "MIN", "MAX", "POLICY", "REGEX", "PATTERN", "TYPE", "TYPES", "ALGORITHM", "ALG", "VERSION",
    "ROTATION", "ENABLED", "DISABLED", "REQUIRED", "MODE", "FORMAT", "FIELD", "COLUMN", "HEADER",
    "PARAM", "PARAMETER", "REF", "REFERENCE", "STORE", "PROVIDER", "ISSUER", "AUDIENCE", "SCOPE",
    "SCOPES", "TABLE", "BUCKET", "QUEUE", "TOPIC", "REGION", "HASH", "FINGERPRINT", "THUMBPRINT",
    "CHECKSUM", "HINT", "ALIAS", "LABEL", "KIND", "SERVICE", "SERVER", "STRATEGY", "SECONDS",
    "MINUTES", "HOURS", "DAYS", "MS", "AGE", "USER", "USERNAME", "EMAIL", "ROLE", "GROUP", "DOMAIN",
    "SOURCE", "MANAGER", "BACKEND", "ENGINE", "CLASS", "HANDLER", "FUNCTION", "LIST", "SSM", "KEY",
];
