//! Calls per second that an account and Region may make.
//!
//! Source: <https://docs.aws.amazon.com/securityhub/1.0/APIReference/Welcome.html>

use jiff::Timestamp;

use crate::api_error::ApiError;

/// The tokens of one operation in one account and Region.
#[derive(Debug)]
pub(super) struct Bucket {
    per_second: f64,
    burst: f64,
    tokens: f64,
    filled: Timestamp,
}

impl Bucket {
    /// A full bucket: 3 a second and 6 at once for `GetFindings`, 10 and 30 for the others.
    pub(super) fn of(operation: &str, now: Timestamp) -> Self {
        let (per_second, burst) =
            if operation == "GetFindings" { (3.0, 6.0) } else { (10.0, 30.0) };
        Self { per_second, burst, tokens: burst, filled: now }
    }

    /// Takes a token, or refuses the call as AWS does.
    pub(super) fn take(&mut self, now: Timestamp) -> Result<(), ApiError> {
        let seconds = now.duration_since(self.filled).as_secs_f64().max(0.0);
        self.tokens = (self.tokens + seconds * self.per_second).min(self.burst);
        self.filled = now;
        if self.tokens < 1.0 {
            return Err(ApiError::new(429, "TooManyRequestsException", "Too Many Requests"));
        }
        self.tokens -= 1.0;
        Ok(())
    }
}
