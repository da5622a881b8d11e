//! How fast each API may be called.
//!
//! AWS gives a quota per API, account and Region, and shares it with the owner's own
//! deployments. One bucket per pool and place is awaited by every caller in the process, so that
//! parallel work cannot outrun it.

use std::{collections::HashMap, num::NonZeroU32, sync::Mutex, time::Duration};

use scan::Place;
use tokio::time::Instant;

/// How much of AWS's quota we take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quota {
    /// A share between 0 and 1. The rest is left to the owner's deployments.
    Share(f64),
    /// Take what comes and let retries answer to throttling. For emulators.
    Unlimited,
}

impl Default for Quota {
    /// Two thirds.
    fn default() -> Self {
        Self::Share(2.0 / 3.0)
    }
}

/// APIs that draw on one quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Pool {
    LambdaPolicies,
    LambdaControl,
    Tags,
    LogGroups,
    Alarms,
    HubWrites,
    HubReads,
}

impl Pool {
    /// The pool of a call by its IAM action name; `None` where AWS publishes no rate that we
    /// could meet (IAM, KMS and EC2 take hundreds a second, and we read those in bulk).
    fn of(call: &str) -> Option<Self> {
        Some(match call.split_once(':')? {
            ("lambda", "GetPolicy") => Self::LambdaPolicies,
            ("lambda", _) => Self::LambdaControl,
            ("tag", _) => Self::Tags,
            ("logs", _) => Self::LogGroups,
            ("cloudwatch", "DescribeAlarms") => Self::Alarms,
            ("securityhub", "GetFindings") => Self::HubReads,
            ("securityhub", _) => Self::HubWrites,
            _ => return None,
        })
    }

    /// Calls a second, and how many may come at once.
    ///
    /// Sources: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>,
    /// <https://docs.aws.amazon.com/general/latest/gr/arg.html>,
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>,
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html>,
    /// <https://docs.aws.amazon.com/securityhub/1.0/APIReference/Welcome.html>
    fn rate(self) -> (f64, f64) {
        match self {
            Self::LambdaPolicies | Self::LambdaControl | Self::Tags => (15.0, 15.0),
            Self::LogGroups => (10.0, 10.0),
            Self::Alarms => (9.0, 9.0),
            Self::HubWrites => (10.0, 30.0),
            Self::HubReads => (3.0, 6.0),
        }
    }
}

/// The buckets of every pool and place.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    quota: Quota,
    buckets: Mutex<HashMap<(Pool, Place), Bucket>>,
}

impl Buckets {
    pub(crate) fn new(quota: Quota) -> Self {
        Self { quota, buckets: Mutex::default() }
    }

    /// Waits until `call` may be sent to `place`. First come, first served.
    pub(crate) async fn wait(&self, call: &str, place: &Place) {
        let turn = self.with(call, place, |bucket| bucket.take(Instant::now()));
        if let Some(turn) = turn {
            tokio::time::sleep_until(turn).await;
        }
    }

    /// Notes that AWS said "later": others use up the quota, and we step back.
    pub(crate) fn slow_down(&self, call: &str, place: &Place) {
        self.with(call, place, Bucket::slow_down);
    }

    fn with<T>(&self, call: &str, place: &Place, then: impl FnOnce(&mut Bucket) -> T) -> Option<T> {
        let (Quota::Share(share), Some(pool)) = (self.quota, Pool::of(call)) else { return None };
        let mut buckets = self.buckets.lock().unwrap_or_else(|broken| broken.into_inner());
        let bucket = buckets.entry((pool, place.clone())).or_insert_with(|| {
            let (rate, burst) = pool.rate();
            Bucket::new(rate * share, burst * share)
        });
        Some(then(bucket))
    }
}

/// A token bucket kept as one instant: when it would be full again.
#[derive(Debug)]
struct Bucket {
    interval: Duration,
    burst: NonZeroU32,
    full_at: Option<Instant>,
    /// 1 at full pace, 2 at half of it.
    slowness: f64,
}

impl Bucket {
    fn new(rate: f64, burst: f64) -> Self {
        let whole = burst.clamp(1.0, 1000.0) as u32; // In range: clamped on the line.
        Self {
            interval: Duration::from_secs_f64(1.0 / rate.clamp(0.01, 1000.0)),
            burst: NonZeroU32::new(whole).unwrap_or(NonZeroU32::MIN),
            full_at: None,
            slowness: 1.0,
        }
    }

    /// Takes a token and tells when it may be spent.
    fn take(&mut self, now: Instant) -> Instant {
        let full_at = self.full_at.unwrap_or(now).max(now);
        let interval = self.interval.mul_f64(self.slowness);
        self.full_at = Some(full_at + interval);
        self.slowness = (self.slowness * 0.95).max(1.0);
        let ahead = self.interval * (self.burst.get() - 1);
        full_at.checked_sub(ahead).unwrap_or(now).max(now)
    }

    /// Halves the pace and gives up what could be sent at once. Each call mends a twentieth.
    fn slow_down(&mut self) {
        self.slowness = (self.slowness * 2.0).min(16.0);
        let empty_at = Instant::now() + self.interval * (self.burst.get() - 1);
        self.full_at = self.full_at.max(Some(empty_at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds after the start at which each call went out.
    async fn spacing(quota: Quota, calls: &[(&str, &str)]) -> Vec<f64> {
        let buckets = Buckets::new(quota);
        let start = Instant::now();
        let mut sent = Vec::new();
        for (call, region) in calls {
            let place = Place {
                partition: "aws".into(),
                account: "111122223333".into(),
                region: (*region).into(),
            };
            buckets.wait(call, &place).await;
            sent.push((start.elapsed().as_secs_f64() * 100.0).round() / 100.0);
        }
        sent
    }

    #[tokio::test(start_paused = true)]
    async fn calls_are_spaced_by_pool_and_place() {
        let hub = ("securityhub:GetFindings", "eu-west-1");
        let half = Quota::Share(0.5);
        for (quota, calls, expected) in [
            // Three at once, then one and a half a second.
            (half, vec![hub; 5], vec![0.0, 0.0, 0.0, 0.67, 1.33]),
            (Quota::Unlimited, vec![hub; 5], vec![0.0; 5]),
            // Another Region, another bucket.
            (
                half,
                [vec![hub; 3], vec![("securityhub:GetFindings", "eu-west-2")]].concat(),
                vec![0.0; 4],
            ),
            // Another pool, another bucket; a service without one never waits.
            (
                half,
                [
                    vec![hub; 3],
                    vec![("lambda:GetPolicy", "eu-west-1"), ("iam:GetRole", "eu-west-1")],
                ]
                .concat(),
                vec![0.0; 5],
            ),
        ] {
            assert_eq!(spacing(quota, &calls).await, expected, "{calls:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_throttle_halves_the_pace_for_a_while() {
        let mut bucket = Bucket::new(10.0, 5.0);
        let start = Instant::now();
        bucket.slow_down();
        let taken: Vec<Instant> = (0..40).map(|_| bucket.take(start)).collect();
        let gap = |index: usize| (taken[index + 1] - taken[index]).as_millis();
        assert_eq!((taken[0] - start).as_millis(), 0, "one may go at once");
        assert_eq!((gap(0), gap(5), gap(20)), (200, 154, 100));
    }

    #[tokio::test(start_paused = true)]
    async fn lambda_has_two_pools() {
        let tenth = Quota::Share(0.1); // One at once, 1.5 a second.
        let calls = ["lambda:ListAliases", "lambda:GetPolicy", "lambda:ListFunctions"]
            .map(|call| (call, "eu-west-1"));
        assert_eq!(spacing(tenth, &calls).await, [0.0, 0.0, 0.67]);
    }
}
