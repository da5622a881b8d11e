//! From Lambda's answer to plain facts. Values of variables end here.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_lambda::types::{
    EnvironmentResponse, FunctionConfiguration, LastUpdateStatus, PackageType, State,
    VpcConfigResponse,
};
use model::{BadArn, Environment, Fact, FunctionArn, Needs, Runtime, Settings};
use secrets::Value;

use super::{operation, role_needs};

/// A function's configuration, or a published version's, without the values of its variables.
#[derive(Debug)]
pub(crate) struct Configuration {
    pub(crate) arn: FunctionArn,
    /// `$LATEST`, `7`, …
    pub(crate) version: String,
    pub(crate) settings: Settings,
    /// The same and more, for rules.
    pub(crate) facts: Fact<model::Configuration>,
    pub(crate) runtime: Fact<Runtime>,
    pub(crate) environment: Environment,
    pub(crate) layers: Vec<String>,
    pub(crate) vpc: Option<Vpc>,
    /// What makes Lambda itself use the role.
    pub(crate) needs: Needs,
    /// An update is in progress: what stands here may change in a moment.
    pub(crate) unsettled: bool,
}

/// Where a function is attached.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Vpc {
    pub(crate) id: String,
    pub(crate) subnets: Vec<String>,
    pub(crate) groups: Vec<String>,
}

impl Configuration {
    /// Takes the answer apart; `None` where it is a replica that Lambda@Edge made of a function
    /// elsewhere.
    ///
    /// # Errors
    /// It names no function: whatever it describes must not be passed over in silence.
    pub(crate) fn read(answer: FunctionConfiguration) -> Result<Option<Self>, BadArn> {
        if filled(answer.master_arn.clone()).is_some() {
            return Ok(None);
        }
        let arn: FunctionArn = answer.function_arn.as_deref().unwrap_or_default().parse()?;
        Ok(Some(Self {
            needs: role_needs::of(&arn, &answer),
            version: filled(answer.version.clone()).unwrap_or_else(|| "$LATEST".to_owned()),
            unsettled: is_unsettled(&answer),
            settings: settings(&answer),
            facts: operation::configuration(&arn, &answer),
            runtime: runtime(&answer),
            environment: Environment {
                key: filled(answer.kms_key_arn),
                variables: variables(answer.environment),
            },
            layers: answer
                .layers
                .unwrap_or_default()
                .into_iter()
                .filter_map(|layer| filled(layer.arn))
                .collect(),
            vpc: answer.vpc_config.and_then(vpc),
            arn,
        }))
    }

    /// The function itself, not one of its versions.
    pub(crate) fn is_latest(&self) -> bool {
        self.version == "$LATEST"
    }

    /// A version that somebody published. `$LATEST.PUBLISHED` follows `$LATEST`.
    pub(crate) fn is_published(&self) -> bool {
        self.version.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// An empty string is how some answers leave a field out.
pub(crate) fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// Lists leave both fields out: what they show is settled as far as they can tell.
fn is_unsettled(answer: &FunctionConfiguration) -> bool {
    matches!(answer.state, Some(State::Pending | State::Deleting))
        || matches!(answer.last_update_status, Some(LastUpdateStatus::InProgress))
}

fn runtime(answer: &FunctionConfiguration) -> Fact<Runtime> {
    if answer.package_type == Some(PackageType::Image) {
        return Fact::Known(Runtime::Image);
    }
    match answer.runtime.as_ref().map(|runtime| runtime.as_str()).filter(|id| !id.is_empty()) {
        Some(id) => Fact::Known(Runtime::Managed(id.to_owned())),
        None => Fact::unknown("Lambda names no runtime"),
    }
}

fn variables(answer: Option<EnvironmentResponse>) -> Fact<BTreeMap<String, Value>> {
    let Some(answer) = answer else { return Fact::Known(BTreeMap::new()) };
    if let Some(error) = answer.error {
        let code = filled(error.error_code).unwrap_or_else(|| "no error code".to_owned());
        return Fact::unknown(format!("Lambda could not decrypt: {code}"));
    }
    let classify = |(name, value): (String, String)| {
        let class = secrets::classify(&name, &value);
        (name, class)
    };
    Fact::Known(answer.variables.unwrap_or_else(HashMap::new).into_iter().map(classify).collect())
}

fn vpc(answer: VpcConfigResponse) -> Option<Vpc> {
    Some(Vpc {
        id: filled(answer.vpc_id)?,
        subnets: answer.subnet_ids.unwrap_or_default(),
        groups: answer.security_group_ids.unwrap_or_default(),
    })
}

fn settings(answer: &FunctionConfiguration) -> Settings {
    let tracing = answer.tracing_config.as_ref().and_then(|tracing| tracing.mode.as_ref());
    let dead_letter = answer.dead_letter_config.as_ref().and_then(|dead| dead.target_arn.clone());
    Settings {
        role: filled(answer.role.clone()),
        handler: filled(answer.handler.clone()),
        timeout: answer.timeout,
        memory: answer.memory_size,
        code_sha256: filled(answer.code_sha256.clone()),
        last_modified: filled(answer.last_modified.clone()),
        revision_id: filled(answer.revision_id.clone()),
        architectures: answer.architectures().iter().map(|kind| kind.as_str().to_owned()).collect(),
        tracing: tracing.map(|mode| mode.as_str().to_owned()),
        dead_letter: filled(dead_letter),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::types::{DeadLetterConfig, EnvironmentError};

    use super::*;

    const ARN: &str = "arn:aws:lambda:eu-west-1:111122223333:function:pay";

    fn answer() -> aws_sdk_lambda::types::builders::FunctionConfigurationBuilder {
        FunctionConfiguration::builder().function_arn(ARN).runtime("python3.13".into())
    }

    fn read(
        answer: aws_sdk_lambda::types::builders::FunctionConfigurationBuilder,
    ) -> Configuration {
        Configuration::read(answer.build()).unwrap().unwrap()
    }

    #[test]
    fn empty_strings_are_missing_fields() {
        let vpc = VpcConfigResponse::builder().vpc_id("").set_subnet_ids(Some(Vec::new())).build();
        let dead = DeadLetterConfig::builder().target_arn("").build();
        let read = read(answer().kms_key_arn("").vpc_config(vpc).dead_letter_config(dead).role(""));
        assert_eq!(read.environment.key, None);
        assert_eq!(read.vpc, None);
        assert_eq!((read.settings.dead_letter, read.settings.role), (None, None));
    }

    #[test]
    fn runtimes_are_kept_by_name() {
        let managed = |id: &str| Fact::Known(Runtime::Managed(id.to_owned()));
        for (package, runtime, expected) in [
            (PackageType::Zip, "python3.13", managed("python3.13")),
            // One that this SDK has not heard of.
            (PackageType::Zip, "cobol85", managed("cobol85")),
            (PackageType::Image, "", Fact::Known(Runtime::Image)),
            (PackageType::Zip, "", Fact::unknown("Lambda names no runtime")),
        ] {
            let read = read(answer().package_type(package).runtime(runtime.into()));
            assert_eq!(read.runtime, expected, "{runtime}");
        }
    }

    #[test]
    fn values_are_classified_and_dropped() {
        let canary = "AKIAIOSFODNN7EXAMPLE-canary";
        let environment = EnvironmentResponse::builder().variables("TOKEN", canary).build();
        let read = read(answer().environment(environment));
        assert!(!format!("{read:?}").contains("canary"));
        let variables = read.environment.variables.known().unwrap();
        assert_eq!(variables.keys().collect::<Vec<_>>(), ["TOKEN"]);
    }

    #[test]
    fn what_lambda_could_not_decrypt_is_unknown() {
        let error = EnvironmentError::builder().error_code("AccessDeniedException").message("no");
        let environment = EnvironmentResponse::builder().error(error.build()).build();
        let read = read(answer().environment(environment));
        let expected = Fact::unknown("Lambda could not decrypt: AccessDeniedException");
        assert_eq!(read.environment.variables, expected);
    }

    #[test]
    fn an_update_in_progress_shows() {
        for (state, update, expected) in [
            (None, None, false),
            (Some("Active"), Some("Successful"), false),
            (Some("Active"), Some("InProgress"), true),
            (Some("Pending"), None, true),
            (Some("Deleting"), None, true),
            // The configuration stands, though it does not work.
            (Some("Failed"), Some("Failed"), false),
            (Some("Inactive"), None, false),
            (Some("SomethingNew"), Some("SomethingNew"), false),
        ] {
            let answer = answer()
                .set_state(state.map(State::from))
                .set_last_update_status(update.map(LastUpdateStatus::from));
            assert_eq!(read(answer).unsettled, expected, "{state:?} {update:?}");
        }
    }

    #[test]
    fn what_is_no_function_is_an_error() {
        for arn in ["", "pay", "arn:aws:lambda:eu-west-1:111122223333:microvm:pay"] {
            assert!(Configuration::read(answer().function_arn(arn).build()).is_err(), "{arn}");
        }
    }

    #[test]
    fn replicas_are_left_out() {
        let master = "arn:aws:lambda:us-east-1:111122223333:function:edge:1";
        assert!(Configuration::read(answer().master_arn(master).build()).unwrap().is_none());
    }
}
