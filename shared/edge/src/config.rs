use model::Baseline;

/// What a Lambda is told through its environment; `template.yaml` sets it.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// `WARDEN_ACCOUNT`: the account we run in. Saves asking for it.
    pub account: Option<String>,
    /// `WARDEN_READ_ROLE`: name of the role in member accounts that reads.
    pub read_role: String,
    /// `WARDEN_PUBLISH_ROLE`: name of the role in member accounts that publishes.
    pub publish_role: String,
    /// `WARDEN_EXTERNAL_ID`: sent when those roles are assumed.
    pub external_id: Option<String>,
    /// `WARDEN_REGIONS`: where functions of changed roles are looked for, separated by commas.
    /// Our own Region if empty.
    pub regions: Vec<String>,
    /// `WARDEN_LEDGER`: `s3://bucket` or `s3://bucket/prefix`, where the digests of CloudTrail's log
    /// files are. Without it, what a role was used for is unknown.
    pub ledger: Option<String>,
    /// `WARDEN_BUCKET`: `s3://bucket`, where is kept what is remembered of functions.
    pub bucket: Option<String>,
    /// `WARDEN_REPAIRS`: ARN of the state machine of repairs. Without it nothing is repaired.
    pub repairs: Option<String>,
    /// `WARDEN_BASELINE`: TOML in place of the built-in baseline. `WARDEN_ORGANIZATION_ID` fills
    /// in the organisation where the baseline names none.
    pub baseline: Baseline,
}

/// A variable of the environment is missing or wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("environment variable `{name}`: {why}; set it in the stack's parameters")]
pub struct ConfigError {
    /// Of the variable.
    pub name: &'static str,
    /// What is wrong, and what is accepted.
    pub why: String,
}

impl Config {
    /// The bucket, where nothing can be done without it.
    ///
    /// # Errors
    /// `WARDEN_BUCKET` is not set.
    pub fn bucket(&self) -> Result<String, ConfigError> {
        let missing = || ConfigError { name: "WARDEN_BUCKET", why: "is not set".to_owned() };
        self.bucket.clone().ok_or_else(missing)
    }

    /// Reads the configuration from the process's environment.
    ///
    /// # Errors
    /// The first variable that is missing or wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// Reads the configuration from `variable`. An empty value counts as absent.
    ///
    /// # Errors
    /// The first variable that is missing or wrong.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let text = |name: &str| variable(name).filter(|value| !value.is_empty());
        let need = |name| text(name).ok_or(ConfigError { name, why: "is not set".to_owned() });
        let baseline = match text("WARDEN_BASELINE") {
            Some(toml) => rules::baseline::parse(&toml),
            None => rules::baseline::parse(BUILT_IN_BASELINE),
        };
        let mut baseline = baseline
            .map_err(|error| ConfigError { name: "WARDEN_BASELINE", why: error.to_string() })?;
        if baseline.organization.id.is_none() {
            baseline.organization.id = text("WARDEN_ORGANIZATION_ID");
        }
        let ledger = text("WARDEN_LEDGER");
        if ledger.is_none() {
            for id in rules::BY_LEDGER {
                let set = baseline.rules.entry((*id).to_owned()).or_default();
                set.enabled.get_or_insert(false);
            }
        }
        let regions = match text("WARDEN_REGIONS") {
            Some(list) => list.split(',').map(|region| region.trim().to_owned()).collect(),
            None => vec![need("AWS_REGION")?],
        };
        Ok(Self {
            account: text("WARDEN_ACCOUNT"),
            read_role: need("WARDEN_READ_ROLE")?,
            publish_role: need("WARDEN_PUBLISH_ROLE")?,
            external_id: text("WARDEN_EXTERNAL_ID"),
            regions,
            ledger,
            bucket: text("WARDEN_BUCKET"),
            repairs: text("WARDEN_REPAIRS"),
            baseline,
        })
    }
}

/// The baseline that ships in the binary.
const BUILT_IN_BASELINE: &str = include_str!("../../../infra/baseline.toml");

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &[(&str, &str)] = &[
        ("AWS_REGION", "eu-west-1"),
        ("WARDEN_READ_ROLE", "lambda-warden-read"),
        ("WARDEN_PUBLISH_ROLE", "lambda-warden-publish"),
        ("WARDEN_EXTERNAL_ID", ""),
    ];

    fn read(extra: &[(&str, &str)], without: &str) -> Result<Config, ConfigError> {
        let all = [SOUND, extra].concat();
        Config::read(|name| {
            let found = all.iter().rev().find(|(key, _)| *key == name && name != without);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_sound_environment_is_read() {
        let config = read(&[], "").unwrap();
        assert_eq!(config.regions, ["eu-west-1"]);
        assert_eq!(config.external_id, None, "an empty value is no value");
        assert_eq!(config.baseline.organization.id, None);
        let is_off = |config: &Config, id: &str| {
            config.baseline.rules.get(id).is_some_and(|set| set.enabled == Some(false))
        };
        for id in rules::BY_LEDGER {
            assert!(rules::find(id).is_ok() && is_off(&config, id), "{id} asks without a ledger");
        }

        let more = [
            ("WARDEN_REGIONS", "eu-west-1, us-east-1"),
            ("WARDEN_ORGANIZATION_ID", "o-abcdefghij"),
            ("WARDEN_LEDGER", "s3://ledger"),
            ("WARDEN_BASELINE", "[rules.vpc-missing]\nalways = true"),
        ];
        let config = read(&more, "").unwrap();
        assert_eq!(config.regions, ["eu-west-1", "us-east-1"]);
        assert_eq!(config.baseline.organization.id.as_deref(), Some("o-abcdefghij"));
        assert_eq!(config.ledger.as_deref(), Some("s3://ledger"));
        assert!(config.baseline.rules.contains_key("vpc-missing"));
        assert!(rules::BY_LEDGER.iter().all(|id| !is_off(&config, id)));
        let wanted = [("WARDEN_BASELINE", "[rules.role-permission-unused]\nenabled = true")];
        assert!(!is_off(&read(&wanted, "").unwrap(), "role-permission-unused"), "asked for");
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let baseline = [("WARDEN_BASELINE", "[rules.vpc-misssing]\nalways = true")];
        for (extra, without, name) in [
            (&[][..], "WARDEN_READ_ROLE", "WARDEN_READ_ROLE"),
            (&[], "WARDEN_PUBLISH_ROLE", "WARDEN_PUBLISH_ROLE"),
            (&[], "AWS_REGION", "AWS_REGION"),
            (&baseline, "", "WARDEN_BASELINE"),
        ] {
            let error = read(extra, without).unwrap_err();
            assert_eq!(error.name, name);
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}
