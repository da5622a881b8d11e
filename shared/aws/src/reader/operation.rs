//! How functions run and what feeds them, as far as lists tell that are read anyway.

use std::collections::BTreeMap;

use aws_sdk_lambda::types::{
    EventSourceMappingConfiguration, FunctionConfiguration, LogFormat, SnapStartApplyOn,
    TracingMode,
};
use jiff::Timestamp;
use model::{Configuration, Fact, FunctionArn, Source};

use super::configuration::{Configuration as Listed, filled};

/// What a rule may ask of `$LATEST`. What Lambda leaves out is what it documents as set of itself.
pub(crate) fn configuration(
    arn: &FunctionArn,
    answer: &FunctionConfiguration,
) -> Fact<Configuration> {
    match read(arn, answer) {
        Ok(configuration) => Fact::Known(configuration),
        Err(field) => Fact::unknown(format!("Lambda names no {field}")),
    }
}

fn read(arn: &FunctionArn, answer: &FunctionConfiguration) -> Result<Configuration, &'static str> {
    let tracing = answer.tracing_config.as_ref().and_then(|tracing| tracing.mode.as_ref());
    let logging = answer.logging_config.as_ref();
    let log_group = logging.and_then(|logging| filled(logging.log_group.clone()));
    let json = logging.and_then(|logging| logging.log_format.as_ref()) == Some(&LogFormat::Json);
    let snap_start = answer.snap_start.as_ref().and_then(|start| start.apply_on.as_ref());
    let dead = answer.dead_letter_config.as_ref().and_then(|dead| dead.target_arn.clone());
    let changed = answer.last_modified.as_deref().and_then(moment);
    let architecture = answer.architectures().first().map_or("x86_64", |kind| kind.as_str());
    let number = |given: Option<i32>| given.and_then(|number| u32::try_from(number).ok());
    Ok(Configuration {
        timeout: number(answer.timeout).ok_or("timeout")?,
        memory: number(answer.memory_size).ok_or("memory size")?,
        storage: number(answer.ephemeral_storage.as_ref().map(|one| one.size)).unwrap_or(512),
        code_size: u64::try_from(answer.code_size).map_err(|_| "size of its code")?,
        architecture: architecture.to_owned(),
        tracing: tracing == Some(&TracingMode::Active),
        json_logs: json,
        log_group: log_group.unwrap_or_else(|| format!("/aws/lambda/{}", arn.name())),
        snap_start: snap_start == Some(&SnapStartApplyOn::PublishedVersions),
        dead_letter: filled(dead),
        changed: changed.ok_or("time of its last change")?,
    })
}

/// `2026-08-22T10:00:00.000+0000`
fn moment(text: &str) -> Option<Timestamp> {
    Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text).ok()
}

/// Bytes of the package of each published version.
pub(crate) fn sizes(published: &[Listed]) -> Fact<BTreeMap<String, u64>> {
    let size = |one: &Listed| Some((one.version.clone(), one.facts.known()?.code_size));
    match published.iter().map(size).collect() {
        Some(sizes) => Fact::Known(sizes),
        None => Fact::unknown("Lambda does not tell the size of every version"),
    }
}

/// An event source mapping as it feeds the function. -1 stands for "until the records expire".
pub(crate) fn source(answer: &EventSourceMappingConfiguration) -> Source {
    let failure = answer.destination_config.as_ref().and_then(|to| to.on_failure.as_ref());
    let bounded = |given: Option<i32>| given.and_then(|number| u32::try_from(number).ok());
    Source {
        arn: filled(answer.event_source_arn.clone()),
        enabled: !matches!(answer.state.as_deref(), Some("Disabled" | "Disabling" | "Deleting")),
        on_failure: failure.and_then(|to| filled(to.destination.clone())),
        retries: bounded(answer.maximum_retry_attempts),
        longest_age: bounded(answer.maximum_record_age_in_seconds),
        bisects: answer.bisect_batch_on_function_error == Some(true),
        window: bounded(answer.maximum_batching_window_in_seconds).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::types::{EphemeralStorage, LoggingConfig};

    use super::*;

    const ARN: &str = "arn:aws:lambda:eu-west-1:111122223333:function:pay";

    #[test]
    fn what_is_left_out_is_as_documented() {
        let answer = FunctionConfiguration::builder()
            .function_arn(ARN)
            .timeout(3)
            .memory_size(128)
            .code_size(294)
            .last_modified("2026-08-22T10:00:00.000+0000");
        let arn = ARN.parse().unwrap();
        let Fact::Known(bare) = configuration(&arn, &answer.clone().build()) else { panic!() };
        assert_eq!((bare.storage, bare.architecture.as_str()), (512, "x86_64"));
        assert_eq!((bare.tracing, bare.json_logs, bare.snap_start), (false, false, false));
        assert_eq!(bare.log_group, "/aws/lambda/pay");
        assert_eq!(bare.changed, "2026-08-22T10:00:00Z".parse().unwrap());
        let logging =
            LoggingConfig::builder().log_format(LogFormat::Json).log_group("/all").build();
        let storage = EphemeralStorage::builder().size(1024).build().unwrap();
        let full = answer.clone().logging_config(logging).ephemeral_storage(storage).build();
        let Fact::Known(full) = configuration(&arn, &full) else { panic!() };
        assert_eq!((full.storage, full.json_logs, full.log_group.as_str()), (1024, true, "/all"));
        for (answer, unknown) in [
            (answer.clone().set_timeout(None), "Lambda names no timeout"),
            (answer.set_last_modified(None), "Lambda names no time of its last change"),
        ] {
            assert_eq!(configuration(&arn, &answer.build()), Fact::unknown(unknown));
        }
    }

    #[test]
    fn minus_one_bounds_nothing() {
        for (given, expected) in [(Some(-1), None), (Some(0), Some(0)), (None, None)] {
            let answer = EventSourceMappingConfiguration::builder();
            let answer = answer.set_maximum_retry_attempts(given).build();
            assert_eq!(source(&answer).retries, expected, "{given:?}");
        }
    }

    #[test]
    fn a_source_that_is_switched_off_feeds_nothing() {
        for (state, enabled) in
            [("Enabled", true), ("Disabled", false), ("Disabling", false), ("Creating", true)]
        {
            let answer = EventSourceMappingConfiguration::builder().state(state).build();
            assert_eq!(source(&answer).enabled, enabled, "{state}");
        }
    }
}
