//! Values of variables stay where they are, whatever the log level. Every other test looks for
//! them as well, when its stage ends.

use crate::stage::{Stage, deploy_bad, touched};

/// What judging one function may take of a Lambda's memory.
const MOST_KIB: u64 = 64 * 1024;

#[test]
fn no_value_leaves_at_any_log_level() {
    for (n, level) in ["TRACE", "DEBUG", "INFO"].into_iter().enumerate() {
        let account = format!("40000000000{n}");
        let env = [("AWS_LAMBDA_LOG_LEVEL", level), ("AWS_LAMBDA_LOG_FORMAT", "JSON")];
        let mut stage = Stage::of(&account, Vec::new(), &env);
        deploy_bad(&stage.account);
        let body = touched(&stage.account, "CreateFunction20150331");
        assert!(stage.deliver(&[body]).is_empty(), "{level}");
        // The variables were read: their names are told.
        let told = serde_json::to_string(&stage.account.findings().unwrap()).unwrap();
        for secret in ["SYNC_TOKEN", "DATABASE"] {
            assert!(told.contains(secret), "{level}: {secret} is not in {told}");
        }
        let peak = stage.peak_rss_kib();
        println!("{level}: peak memory of judging one function: {peak} KiB");
        assert!(peak <= MOST_KIB, "{level}: {peak} KiB");
        let log = stage.end();
        assert!(log.contains(&format!("\"level\":\"{level}\"")), "the log level has no effect");
    }
}
