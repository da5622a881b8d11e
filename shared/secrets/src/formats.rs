//! Formats of tokens: what issuers publish, and what scanners with a permissive licence observed
//! (gitleaks, MIT; Kingfisher, Apache-2.0). A format is a mark, the alphabet and length of what
//! follows, and sometimes a checksum. Identifiers that grant nothing by themselves are left out:
//! Twilio `SK…` and `AC…`, IAM `AROA…`, publishable keys.

use std::{array, sync::LazyLock};

use crate::kind::{Kind, PRIVATE_KEY};
use crate::shape::made_up;
use crate::tokens::{airtable, any, crc32, digit, jwt, openai, sendgrid};

/// The first credential of a known format inside `value`.
pub(crate) fn find(value: &str) -> Option<Kind> {
    if value.len() < SHORTEST {
        return None;
    }
    prefixed(value).or_else(|| infixed(value)).or_else(|| private_key(value))
}

/// Every kind that a format can have.
pub(crate) fn kinds() -> impl Iterator<Item = Kind> {
    FORMATS.iter().map(|format| format.kind).chain(INFIXES.iter().map(|infix| infix.kind))
}

#[cfg(test)]
pub(crate) fn prefixes() -> impl Iterator<Item = &'static str> {
    FORMATS.iter().map(|format| format.prefix)
}

type Alphabet = fn(u8) -> bool;

struct Format {
    prefix: &'static str,
    alphabet: Alphabet,
    shortest: usize,
    longest: usize,
    /// Takes the whole token and what follows the prefix.
    check: fn(&str, &str) -> bool,
    kind: Kind,
}

/// A mark in the middle, with a run of known length on each side.
struct Infix {
    before: (Alphabet, usize, usize),
    mark: &'static str,
    after: (Alphabet, usize, usize),
    kind: Kind,
}

fn prefixed(value: &str) -> Option<Kind> {
    let rows = &*BY_INITIAL;
    let mut last = b' ';
    value.bytes().enumerate().find_map(|(at, byte)| {
        let inside = std::mem::replace(&mut last, byte).is_ascii_alphanumeric();
        let rows = if inside { None } else { rows.get(usize::from(byte)) }?;
        let rest = if rows.is_empty() { None } else { value.get(at..) }?;
        rows.iter().find(|format| format.matches(rest)).map(|format| format.kind)
    })
}

/// For each ASCII character, the rows whose prefix starts with it.
static BY_INITIAL: LazyLock<[&[Format]; 128]> =
    LazyLock::new(|| array::from_fn(|byte| u8::try_from(byte).map_or(&[][..], starting_with)));

/// An AWS access key id.
const SHORTEST: usize = 20;

/// The rows of the sorted table whose prefix starts with `byte`.
fn starting_with(byte: u8) -> &'static [Format] {
    let first = |format: &Format| format.prefix.bytes().next();
    let from = FORMATS.partition_point(|format| first(format) < Some(byte));
    let rows = FORMATS.get(from..).unwrap_or_default();
    let count = rows.partition_point(|format| first(format) == Some(byte));
    rows.get(..count).unwrap_or_default()
}

impl Format {
    fn matches(&self, text: &str) -> bool {
        let Some(after) = text.strip_prefix(self.prefix) else { return false };
        let length =
            after.bytes().take(self.longest + 1).take_while(|b| (self.alphabet)(*b)).count();
        let whole = text.get(..self.prefix.len() + length);
        let (Some(whole), Some(body)) = (whole, after.get(..length)) else { return false };
        (self.shortest..=self.longest).contains(&length)
            && !made_up(body)
            && (self.check)(whole, body)
    }
}

fn infixed(value: &str) -> Option<Kind> {
    INFIXES.iter().find(|infix| infix.matches(value)).map(|infix| infix.kind)
}

impl Infix {
    fn matches(&self, value: &str) -> bool {
        // Finding one byte is far cheaper than preparing the search for several.
        let rare = |mark: &str| mark.chars().next().is_some_and(|first| value.contains(first));
        rare(self.mark)
            && value.match_indices(self.mark).any(|(at, mark)| {
                let before = value.get(..at).unwrap_or_default().bytes().rev();
                let after = value.get(at + mark.len()..).unwrap_or_default();
                let length = |bytes: &mut dyn Iterator<Item = u8>,
                              (alphabet, _, longest): (_, _, usize)| {
                    let alphabet: Alphabet = alphabet;
                    bytes.take(longest + 1).take_while(|b| alphabet(*b)).count()
                };
                let (left, right) =
                    (length(&mut { before }, self.before), length(&mut after.bytes(), self.after));
                (self.before.1..=self.before.2).contains(&left)
                    && (self.after.1..=self.after.2).contains(&right)
                    && !made_up(after.get(..right).unwrap_or_default())
            })
    }
}

/// A PEM or PGP private key with a body: real line ends or written as `\n`.
fn private_key(value: &str) -> Option<Kind> {
    let begins = if value.len() < 64 { "" } else { value };
    begins.split("-----BEGIN ").skip(1).find_map(|block| {
        let (label, body) = block.split_once("-----")?;
        let body = body.split("-----END").next().unwrap_or_default();
        let long = body.bytes().filter(u8::is_ascii_alphanumeric).count() >= 40;
        (label.contains("PRIVATE KEY") && long && !made_up(body)).then_some(PRIVATE_KEY)
    })
}

const ANY: Alphabet = |_| true;
const HEX: Alphabet = |b| b.is_ascii_digit() || matches!(b, b'a'..=b'f');
const DIGIT: Alphabet = |b| b.is_ascii_digit();
const BASE32: Alphabet = |b| b.is_ascii_uppercase() || matches!(b, b'2'..=b'7');
const ALPHA: Alphabet = |b| b.is_ascii_alphabetic();
const ALNUM: Alphabet = |b| b.is_ascii_alphanumeric();
const WORD: Alphabet = |b| b.is_ascii_alphanumeric() || b == b'_';
const URL: Alphabet = |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'=');
const DOTTED: Alphabet = |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
const BASE64: Alphabet = |b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
const PATH: Alphabet = |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'/');
const HOOK: Alphabet = |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'/' | b'@');
const TILDE: Alphabet = |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'~');

const ADAFRUIT: Kind = Kind::new("adafruit-key", "Adafruit IO key");
const AGE: Kind = Kind::new("age-key", "age secret key");
const AIRTABLE: Kind = Kind::new("airtable-token", "Airtable token");
const ALIBABA: Kind = Kind::new("alibaba-access-key-id", "Alibaba Cloud access key id");
const ANTHROPIC: Kind = Kind::new("anthropic-key", "Anthropic API key");
const ARTIFACTORY: Kind = Kind::new("artifactory-token", "Artifactory token");
const ATLASSIAN: Kind = Kind::new("atlassian-token", "Atlassian token");
const AWS_ID: Kind = Kind::new("aws-access-key-id", "AWS access key id");
const AZURE_APP: Kind = Kind::new("azure-client-secret", "Azure application secret");
const BEDROCK: Kind = Kind::new("bedrock-key", "Amazon Bedrock API key");
const BREVO: Kind = Kind::new("brevo-key", "Brevo API key");
const BUILDKITE: Kind = Kind::new("buildkite-token", "Buildkite token");
const CLOUDFLARE: Kind = Kind::new("cloudflare-key", "Cloudflare key");
const CONTENTFUL: Kind = Kind::new("contentful-token", "Contentful token");
const DATABRICKS: Kind = Kind::new("databricks-token", "Databricks token");
const DIGITALOCEAN: Kind = Kind::new("digitalocean-token", "DigitalOcean token");
const DISCORD_HOOK: Kind = Kind::new("discord-webhook", "Discord webhook URL");
const DOCKER: Kind = Kind::new("docker-token", "Docker Hub token");
const DOPPLER: Kind = Kind::new("doppler-token", "Doppler token");
const DROPBOX: Kind = Kind::new("dropbox-token", "Dropbox token");
const DUFFEL: Kind = Kind::new("duffel-token", "Duffel token");
const DYNATRACE: Kind = Kind::new("dynatrace-token", "Dynatrace token");
const EASYPOST: Kind = Kind::new("easypost-key", "EasyPost API key");
const FIGMA: Kind = Kind::new("figma-token", "Figma token");
const FLY: Kind = Kind::new("fly-token", "Fly.io token");
const FRAME_IO: Kind = Kind::new("frame-io-token", "Frame.io token");
const GITHUB: Kind = Kind::new("github-token", "GitHub token");
const GITLAB: Kind = Kind::new("gitlab-token", "GitLab token");
const GOOGLE_OAUTH: Kind = Kind::new("google-oauth", "Google OAuth credential");
const GOOGLE: Kind = Kind::new("google-api-key", "Google API key");
const GRAFANA: Kind = Kind::new("grafana-token", "Grafana token");
const HEROKU: Kind = Kind::new("heroku-key", "Heroku API key");
const HUBSPOT: Kind = Kind::new("hubspot-token", "HubSpot token");
const HUGGING_FACE: Kind = Kind::new("hugging-face-token", "Hugging Face token");
const JWT: Kind = Kind::new("jwt", "JSON Web Token");
const LINEAR: Kind = Kind::new("linear-key", "Linear API key");
const MAILCHIMP: Kind = Kind::new("mailchimp-key", "Mailchimp API key");
const MAILGUN: Kind = Kind::new("mailgun-key", "Mailgun API key");
const MODEL_API: Kind = Kind::new("model-api-key", "API key of a language-model service");
const MONGODB: Kind = Kind::new("mongodb-secret", "MongoDB service account secret");
const NEW_RELIC: Kind = Kind::new("new-relic-key", "New Relic key");
const NOTION: Kind = Kind::new("notion-token", "Notion token");
const NPM: Kind = Kind::new("npm-token", "npm token");
const NUGET: Kind = Kind::new("nuget-key", "NuGet API key");
const ONE_PASSWORD: Kind = Kind::new("1password-token", "1Password service account token");
const OPENAI: Kind = Kind::new("openai-key", "OpenAI API key");
const PLANETSCALE: Kind = Kind::new("planetscale-credential", "PlanetScale credential");
const POSTHOG: Kind = Kind::new("posthog-key", "PostHog API key");
const POSTMAN: Kind = Kind::new("postman-key", "Postman API key");
const PREFECT: Kind = Kind::new("prefect-key", "Prefect API key");
const PULUMI: Kind = Kind::new("pulumi-token", "Pulumi token");
const PYPI: Kind = Kind::new("pypi-token", "PyPI token");
const README: Kind = Kind::new("readme-key", "ReadMe API key");
const RUBYGEMS: Kind = Kind::new("rubygems-key", "RubyGems API key");
const SENDGRID: Kind = Kind::new("sendgrid-key", "SendGrid API key");
const SENTRY: Kind = Kind::new("sentry-token", "Sentry token");
const SHIPPO: Kind = Kind::new("shippo-token", "Shippo token");
const SHOPIFY: Kind = Kind::new("shopify-token", "Shopify token");
const SLACK_HOOK: Kind = Kind::new("slack-webhook", "Slack webhook URL");
const SLACK: Kind = Kind::new("slack-token", "Slack token");
const SONARQUBE: Kind = Kind::new("sonarqube-token", "SonarQube token");
const SOURCEGRAPH: Kind = Kind::new("sourcegraph-token", "Sourcegraph token");
const SQUARE: Kind = Kind::new("square-token", "Square token");
const STRIPE_TEST: Kind = Kind::new("stripe-test-key", "Stripe test key");
const STRIPE: Kind = Kind::new("stripe-key", "Stripe live key");
const SUPABASE: Kind = Kind::new("supabase-key", "Supabase key");
const TEAMS_HOOK: Kind = Kind::new("teams-webhook", "Microsoft Teams webhook URL");
const TELEGRAM: Kind = Kind::new("telegram-token", "Telegram bot token");
const TERRAFORM: Kind = Kind::new("terraform-token", "HCP Terraform token");
const TYPEFORM: Kind = Kind::new("typeform-token", "Typeform token");
const VAULT: Kind = Kind::new("vault-token", "Vault token");
const WEBHOOK: Kind = Kind::new("webhook-secret", "webhook signing secret");

const fn of(
    prefix: &'static str,
    alphabet: Alphabet,
    shortest: usize,
    longest: usize,
    check: fn(&str, &str) -> bool,
    kind: Kind,
) -> Format {
    Format { prefix, alphabet, shortest, longest, check, kind }
}

static INFIXES: [Infix; 4] = [
    Infix { before: (DIGIT, 8, 10), mark: ":AA", after: (URL, 33, 33), kind: TELEGRAM },
    Infix { before: (TILDE, 4, 4), mark: "Q~", after: (TILDE, 31, 34), kind: AZURE_APP },
    Infix { before: (ALNUM, 14, 14), mark: ".atlasv1.", after: (URL, 60, 70), kind: TERRAFORM },
    Infix { before: (HEX, 32, 32), mark: "-us", after: (DIGIT, 1, 2), kind: MAILCHIMP },
];

/// Sorted by prefix, which a test checks; of two that fit, the first wins.
#[rustfmt::skip]
static FORMATS: &[Format] = &[
    of("1//0", URL, 40, 120, any, GOOGLE_OAUTH),
    of("ABIA", BASE32, 16, 16, any, AWS_ID),
    of("ABSK", BASE64, 100, 280, any, BEDROCK),
    of("ACCA", BASE32, 16, 16, any, AWS_ID),
    of("AGE-SECRET-KEY-1", ALNUM, 58, 58, any, AGE),
    of("AIza", URL, 35, 35, any, GOOGLE),
    of("AKCp", ALNUM, 69, 69, any, ARTIFACTORY),
    of("AKIA", BASE32, 16, 16, any, AWS_ID),
    of("ASIA", BASE32, 16, 16, any, AWS_ID),
    of("ATATT3", URL, 150, 250, any, ATLASSIAN),
    of("ATBB", ALNUM, 32, 32, any, ATLASSIAN),
    of("ATCTT3", URL, 150, 250, any, ATLASSIAN),
    of("CFPAT-", URL, 43, 43, any, CONTENTFUL),
    of("EAAA", URL, 60, 60, any, SQUARE),
    of("EZAK", ALNUM, 54, 54, any, EASYPOST),
    of("EZTK", ALNUM, 54, 54, any, EASYPOST),
    of("GOCSPX-", URL, 28, 28, any, GOOGLE_OAUTH),
    of("GR1348941", URL, 20, 20, any, GITLAB),
    of("HRKU-AA", URL, 58, 58, any, HEROKU),
    of("LTAI", ALNUM, 16, 20, any, ALIBABA),
    of("NRAK-", ALNUM, 27, 27, any, NEW_RELIC),
    of("PMAK-", URL, 59, 59, any, POSTMAN),
    of("PuTTY-User-Key-File-", ANY, 20, 4096, any, PRIVATE_KEY),
    of("SG.", DOTTED, 66, 66, sendgrid, SENDGRID),
    of("aio_", ALNUM, 28, 28, any, ADAFRUIT),
    of("api_org_", ALPHA, 34, 34, any, HUGGING_FACE),
    of("bedrock-api-key-", BASE64, 40, 4096, any, BEDROCK),
    of("bkua_", ALNUM, 40, 40, any, BUILDKITE),
    of("cmVmd", ALNUM, 59, 59, any, ARTIFACTORY),
    of("dapi", HEX, 32, 32, any, DATABRICKS),
    of("dckr_oat_", URL, 27, 40, any, DOCKER),
    of("dckr_pat_", URL, 27, 27, any, DOCKER),
    of("discord.com/api/webhooks/", PATH, 60, 120, any, DISCORD_HOOK),
    of("discordapp.com/api/webhooks/", PATH, 60, 120, any, DISCORD_HOOK),
    of("doo_v1_", HEX, 64, 64, any, DIGITALOCEAN),
    of("dop_v1_", HEX, 64, 64, any, DIGITALOCEAN),
    of("dor_v1_", HEX, 64, 64, any, DIGITALOCEAN),
    of("dp.audit.", ALNUM, 40, 44, any, DOPPLER),
    of("dp.ct.", ALNUM, 40, 44, any, DOPPLER),
    of("dp.pt.", ALNUM, 40, 44, any, DOPPLER),
    of("dp.sa.", ALNUM, 40, 44, any, DOPPLER),
    of("dp.scim.", ALNUM, 40, 44, any, DOPPLER),
    of("dp.st.", DOTTED, 40, 90, any, DOPPLER),
    of("dt0c01.", DOTTED, 89, 89, any, DYNATRACE),
    of("dt0s16.", DOTTED, 73, 89, any, DYNATRACE),
    of("duffel_live_", URL, 43, 43, any, DUFFEL),
    of("duffel_test_", URL, 43, 43, any, DUFFEL),
    of("eyJ", DOTTED, 30, 4096, jwt, JWT),
    of("figd_", URL, 40, 48, any, FIGMA),
    of("fio-u-", URL, 64, 64, any, FRAME_IO),
    of("fm1a_", BASE64, 100, 2000, any, FLY),
    of("fm1r_", BASE64, 100, 2000, any, FLY),
    of("fm2_", BASE64, 100, 2000, any, FLY),
    of("fo1_", URL, 43, 43, any, FLY),
    of("gho_", ALNUM, 36, 36, crc32, GITHUB),
    of("ghp_", ALNUM, 36, 36, crc32, GITHUB),
    of("ghr_", ALNUM, 36, 76, crc32, GITHUB),
    of("ghs_", ALNUM, 36, 36, crc32, GITHUB),
    of("ghu_", ALNUM, 36, 36, crc32, GITHUB),
    of("github_pat_", WORD, 82, 82, any, GITHUB),
    of("glagent-", URL, 50, 64, any, GITLAB),
    of("glc_", BASE64, 32, 400, any, GRAFANA),
    of("glcbt-", URL, 20, 64, any, GITLAB),
    of("gldt-", URL, 20, 64, any, GITLAB),
    of("glft-", URL, 20, 64, any, GITLAB),
    of("glimt-", URL, 25, 64, any, GITLAB),
    of("gloas-", URL, 64, 64, any, GITLAB),
    of("glpat-", DOTTED, 20, 320, any, GITLAB),
    of("glptt-", HEX, 40, 40, any, GITLAB),
    of("glrt-", DOTTED, 20, 320, any, GITLAB),
    of("glsa_", WORD, 41, 41, any, GRAFANA),
    of("glsoat-", URL, 20, 64, any, GITLAB),
    of("gsk_", ALNUM, 52, 52, any, MODEL_API),
    of("hf_", ALPHA, 34, 34, any, HUGGING_FACE),
    of("hooks.slack.com/services/", PATH, 30, 70, any, SLACK_HOOK),
    of("hooks.slack.com/triggers/", PATH, 30, 100, any, SLACK_HOOK),
    of("hooks.slack.com/workflows/", PATH, 30, 100, any, SLACK_HOOK),
    of("hvb.", URL, 100, 400, any, VAULT),
    of("hvr.", URL, 24, 200, any, VAULT),
    of("hvs.", URL, 24, 200, any, VAULT),
    of("key-", HEX, 32, 32, any, MAILGUN),
    of("lin_api_", ALNUM, 40, 40, any, LINEAR),
    of("lsv2_pt_", WORD, 40, 48, any, MODEL_API),
    of("lsv2_sk_", WORD, 40, 48, any, MODEL_API),
    of("mdb_sa_sk_", URL, 40, 40, any, MONGODB),
    of("npm_", ALNUM, 36, 36, any, NPM),
    of("ntn_", ALNUM, 46, 46, any, NOTION),
    of("ops_eyJ", BASE64, 250, 1500, any, ONE_PASSWORD),
    of("outlook.office.com/webhook/", HOOK, 100, 200, any, TEAMS_HOOK),
    of("oy2", ALNUM, 43, 43, any, NUGET),
    of("pat", DOTTED, 79, 79, airtable, AIRTABLE),
    of("pat-eu1-", URL, 36, 36, any, HUBSPOT),
    of("pat-na1-", URL, 36, 36, any, HUBSPOT),
    of("pcsk_", WORD, 50, 80, any, MODEL_API),
    of("phx_", URL, 40, 50, any, POSTHOG),
    of("pnu_", ALNUM, 36, 36, any, PREFECT),
    of("pplx-", ALNUM, 40, 64, any, MODEL_API),
    of("pscale_oauth_", DOTTED, 32, 64, any, PLANETSCALE),
    of("pscale_pw_", DOTTED, 32, 64, any, PLANETSCALE),
    of("pscale_tkn_", DOTTED, 32, 64, any, PLANETSCALE),
    of("pul-", HEX, 40, 40, any, PULUMI),
    of("pypi-AgEIcHlwaS5vcmc", URL, 50, 1000, any, PYPI),
    of("pypi-AgENdGVzdC5weXBpLm9yZ", URL, 50, 1000, any, PYPI),
    of("r8_", ALNUM, 37, 37, any, MODEL_API),
    of("rdme_", ALNUM, 70, 70, any, README),
    of("rk_live_", ALNUM, 15, 247, any, STRIPE),
    of("rk_test_", ALNUM, 15, 247, any, STRIPE_TEST),
    of("rubygems_", HEX, 48, 48, any, RUBYGEMS),
    of("sb_secret_", URL, 24, 64, any, SUPABASE),
    of("sbp_", HEX, 40, 40, any, SUPABASE),
    of("secret_", ALNUM, 43, 43, any, NOTION),
    of("sgp_", WORD, 40, 64, any, SOURCEGRAPH),
    of("shippo_live_", HEX, 40, 40, any, SHIPPO),
    of("shippo_test_", HEX, 40, 40, any, SHIPPO),
    of("shpat_", HEX, 32, 32, any, SHOPIFY),
    of("shpca_", HEX, 32, 32, any, SHOPIFY),
    of("shppa_", HEX, 32, 32, any, SHOPIFY),
    of("shpss_", HEX, 32, 32, any, SHOPIFY),
    of("sk-", ALNUM, 48, 48, openai, OPENAI),
    of("sk-admin-", URL, 40, 220, any, OPENAI),
    of("sk-ant-", URL, 60, 140, any, ANTHROPIC),
    of("sk-or-v1-", HEX, 64, 64, any, MODEL_API),
    of("sk-proj-", URL, 40, 220, any, OPENAI),
    of("sk-svcacct-", URL, 40, 220, any, OPENAI),
    of("sk_live_", ALNUM, 15, 247, any, STRIPE),
    of("sk_test_", ALNUM, 15, 247, any, STRIPE_TEST),
    of("sl.", URL, 130, 1300, any, DROPBOX),
    of("sntrys_", BASE64, 60, 500, any, SENTRY),
    of("sntryu_", HEX, 64, 64, any, SENTRY),
    of("sq0atp-", URL, 22, 22, any, SQUARE),
    of("sq0csp-", URL, 43, 43, any, SQUARE),
    of("sqa_", HEX, 40, 40, any, SONARQUBE),
    of("sqp_", HEX, 40, 40, any, SONARQUBE),
    of("squ_", HEX, 40, 40, any, SONARQUBE),
    of("tfp_", WORD, 59, 59, any, TYPEFORM),
    of("v1.0-", URL, 160, 180, any, CLOUDFLARE),
    of("webhook.office.com/webhookb2/", HOOK, 100, 200, any, TEAMS_HOOK),
    of("whsec_", BASE64, 24, 88, any, WEBHOOK),
    of("xai-", ALNUM, 80, 80, any, MODEL_API),
    of("xapp-", URL, 40, 255, digit, SLACK),
    of("xkeysib-", URL, 81, 81, any, BREVO),
    of("xoxa-", URL, 20, 255, digit, SLACK),
    of("xoxb-", URL, 20, 255, digit, SLACK),
    of("xoxe-", URL, 20, 255, digit, SLACK),
    of("xoxe.xox", URL, 40, 255, digit, SLACK),
    of("xoxp-", URL, 20, 255, digit, SLACK),
    of("xoxr-", URL, 20, 255, digit, SLACK),
    of("xoxs-", URL, 20, 255, digit, SLACK),
    of("ya29.", DOTTED, 20, 2048, any, GOOGLE_OAUTH),
];
