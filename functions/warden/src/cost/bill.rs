//! What a deployment uses, and what AWS asks for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Days of an average month.
const DAYS: f64 = 30.4;

/// Requests a second that we send of one kind to one account and Region: two thirds of Lambda's.
const PACE: f64 = 10.0;

/// Memory of `on-change`, of `sweep` and of `digest`, in GB; template.yaml. That of `plan-sweep` works for
/// seconds a night.
const MEMORY: [f64; 3] = [0.25, 0.5, 1769.0 / 1024.0];

/// Calls for a change of one function that shares its place with a thousand; docs/PERFORMANCE.md.
const CALLS_A_CHANGE: f64 = 44.0;

/// Seconds to digest an event, one thread; docs/PERFORMANCE.md.
const SECONDS_AN_EVENT: f64 = 2.2e-6;

/// Bytes that are remembered of a function; `shared/aws/tests/reader/memory.rs` prints it.
const BYTES_A_FUNCTION: f64 = 14.0;

/// Metrics of `on-change` and of a night that have no dimension, and one a severity; alarms, that of repairs among them.
const METRICS: u64 = 6 + 17 + 4;
const ALARMS: f64 = 12.0;

/// States that a night enters besides its maps' children, that of a place, and that of a day;
/// infra/nightly.asl.json.
const TRANSITIONS: [f64; 3] = [8.0, 4.0, 1.0];

/// What one night, and the day before it, are made of.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Volume {
    pub(crate) functions: u64,
    pub(crate) accounts: u64,
    /// Accounts × Regions.
    pub(crate) places: u64,
    /// Requests of the night by IAM action.
    pub(crate) calls: BTreeMap<String, u64>,
    /// Of all sweeps together; by our pace, where it was not measured.
    pub(crate) sweep_seconds: f64,
    /// Findings imported a night.
    pub(crate) imports: u64,
    /// Changes heard a day.
    pub(crate) changes: u64,
    /// Rules that some function breaks: each has a metric.
    pub(crate) rules: u64,
    /// CloudTrail's events a day; `None`: it was not said.
    pub(crate) events: Option<u64>,
}

/// Where calls were not measured: those of an ordinary night.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Usual {
    pub(crate) action: String,
    pub(crate) a_function: f64,
    pub(crate) a_place: f64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Price {
    #[serde(skip_serializing)]
    pub(crate) id: String,
    pub(crate) usd: f64,
    pub(crate) unit: String,
    /// Of an account, Region and month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) free: Option<f64>,
    pub(crate) source: String,
    /// The day, or month, in which the source was read.
    pub(crate) read: String,
}

/// What is paid for.
struct Item {
    what: &'static str,
    price: &'static str,
    /// Of a month; `None`: unknown, for want of what `basis` says.
    amount: fn(&Volume) -> Option<f64>,
    basis: &'static str,
}

/// A line of the bill.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    pub(crate) what: &'static str,
    /// Of a month.
    pub(crate) amount: Option<f64>,
    /// US dollars a month; `None`: unknown.
    pub(crate) usd: Option<f64>,
    pub(crate) basis: &'static str,
    pub(crate) price: Option<Price>,
}

const ITEMS: &[Item] = &[
    Item {
        what: "Lambda sweep, GB-seconds",
        price: "lambda-gb-second",
        amount: |v| Some(v.sweep_seconds * MEMORY[1] * DAYS),
        basis: "its last runs as measured, else calls at the pace we keep",
    },
    Item {
        what: "Lambda on-change, GB-seconds",
        price: "lambda-gb-second",
        amount: |v| Some(v.changes as f64 * CALLS_A_CHANGE / PACE * MEMORY[0] * DAYS),
        basis: "44 calls a change at the pace we keep",
    },
    Item {
        what: "Lambda digest, GB-seconds",
        price: "lambda-gb-second",
        amount: |v| Some(v.events? as f64 * SECONDS_AN_EVENT * MEMORY[2] * DAYS),
        basis: "CloudTrail's events a day (--events) at 2.2 s a million",
    },
    Item {
        what: "Lambda requests",
        price: "lambda-request",
        amount: |v| Some((v.changes + v.places * 2 + 2) as f64 * DAYS),
        basis: "one a change, a sweep and a digest a place, two to plan",
    },
    Item {
        what: "Step Functions transitions",
        price: "states-transition",
        amount: |v| {
            let [night, place, day] = TRANSITIONS;
            Some((night + v.places as f64 * (place + day)) * DAYS)
        },
        basis: "infra/nightly.asl.json, without retries",
    },
    Item {
        what: "Security Hub, findings ingested",
        price: "securityhub-event",
        amount: |v| Some(v.imports as f64 * DAYS),
        basis: "findings imported a night (--imports)",
    },
    Item {
        what: "EventBridge, events to our bus",
        price: "events-sent",
        amount: |v| Some(if v.accounts > 1 { v.changes as f64 * DAYS } else { 0.0 }),
        basis: "changes a day (--changes); paid by the members",
    },
    Item {
        what: "SQS requests",
        price: "sqs-request",
        amount: |v| Some(v.changes as f64 * 3.0 * DAYS),
        basis: "sent, received and deleted",
    },
    Item {
        what: "X-Ray traces",
        price: "xray-trace",
        amount: |v| Some((v.changes + v.places * 2 + 2) as f64 * DAYS),
        basis: "every invocation: at most",
    },
    Item {
        what: "S3 requests that write or list",
        price: "s3-write",
        amount: |v| Some(v.count(&["s3:PutObject", "s3:ListBucket"]) * DAYS),
        basis: "calls of the night",
    },
    Item {
        what: "S3 requests that read",
        price: "s3-read",
        amount: |v| Some(v.count(&["s3:GetObject"]) * DAYS),
        basis: "calls of the night",
    },
    Item {
        what: "S3 storage of what is remembered, GB",
        price: "s3-gb-month",
        // A version a night, kept for thirty.
        amount: |v| Some(v.functions as f64 * BYTES_A_FUNCTION * 31.0 / 1e9),
        basis: "14 bytes a function, as an invented estate took; 31 versions",
    },
    Item {
        what: "S3 storage of digests, GB",
        price: "s3-gb-month",
        amount: |_| None,
        basis: "their size goes by who calls what; look at the bucket",
    },
    Item { what: "KMS keys", price: "kms-key", amount: |_| Some(1.0), basis: "template.yaml" },
    Item {
        what: "KMS requests",
        price: "kms-request",
        amount: |_| None,
        basis: "data keys are reused for an hour; not counted",
    },
    Item {
        what: "CloudWatch metrics",
        price: "cloudwatch-metric",
        amount: |v| {
            let operations = v.calls.len() as u64;
            Some((METRICS + v.rules + v.accounts + 2 * operations) as f64)
        },
        basis: "as if each were sent all month: at most",
    },
    Item {
        what: "CloudWatch alarms",
        price: "cloudwatch-alarm",
        amount: |_| Some(ALARMS),
        basis: "template.yaml",
    },
    Item {
        what: "CloudWatch dashboards",
        price: "cloudwatch-dashboard",
        amount: |_| Some(1.0),
        basis: "template.yaml",
    },
    Item { what: "CloudWatch Logs, GB", price: "logs-gb", amount: |_| None, basis: "not measured" },
];

/// Both tables of the data file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Data {
    pub(crate) price: Vec<Price>,
    pub(crate) usual: Vec<Usual>,
}

/// The file that ships in the binary.
///
/// # Errors
/// It is not as it should be.
pub(crate) fn data() -> Result<Data, toml::de::Error> {
    toml::from_str(include_str!("prices.toml"))
}

impl Volume {
    fn count(&self, actions: &[&str]) -> f64 {
        actions.iter().filter_map(|action| self.calls.get(*action)).sum::<u64>() as f64
    }

    /// An ordinary night of so many functions, evenly spread over `places`.
    pub(crate) fn usual(functions: u64, accounts: u64, places: u64, usual: &[Usual]) -> Self {
        let calls = usual.iter().map(|one| {
            let n = one.a_function * functions as f64 + one.a_place * places as f64;
            (one.action.clone(), n.round() as u64)
        });
        let calls = calls.collect();
        Self { functions, accounts, places, sweep_seconds: paced(&calls), calls, ..Self::default() }
    }
}

/// Seconds that calls take at the pace we keep; `GetPolicy` has a quota of its own.
pub(crate) fn paced(calls: &BTreeMap<String, u64>) -> f64 {
    let policies = calls.get("lambda:GetPolicy").copied().unwrap_or_default();
    let lambda = calls.iter().filter(|(action, _)| action.starts_with("lambda:"));
    let others = lambda.map(|(_, n)| n).sum::<u64>() - policies;
    policies.max(others) as f64 / PACE
}

/// The bill of a month.
pub(crate) fn bill(volume: &Volume, prices: &[Price]) -> Vec<Line> {
    let line = |item: &Item| {
        let amount = (item.amount)(volume);
        let price = prices.iter().find(|price| price.id == item.price).cloned();
        let usd = amount.zip(price.as_ref()).map(|(amount, price)| {
            let free = price.free.unwrap_or_default() * volume.places as f64;
            (amount - free).max(0.0) * price.usd
        });
        Line { what: item.what, amount, usd, basis: item.basis, price }
    };
    ITEMS.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_price_is_used_dated_and_has_a_source() {
        let data = data().unwrap();
        for price in &data.price {
            assert!(price.usd > 0.0 && price.source.starts_with("https://"), "{price:?}");
            assert!(price.read.starts_with("20") && price.read.len() >= 7, "{price:?}");
            assert!(ITEMS.iter().any(|item| item.price == price.id), "{price:?}");
        }
    }

    /// By hand: 2 places, 1,000 functions.
    #[test]
    fn a_bill_adds_up_and_what_is_unknown_is_no_nought() {
        let prices = data().unwrap().price;
        let calls = BTreeMap::from([
            ("lambda:GetPolicy".to_owned(), 100),
            ("lambda:ListAliases".to_owned(), 300),
            ("s3:GetObject".to_owned(), 10),
        ]);
        assert_eq!(paced(&calls), 30.0);
        let volume = Volume {
            functions: 1000,
            accounts: 2,
            places: 2,
            sweep_seconds: paced(&calls),
            calls,
            imports: 1000,
            changes: 50,
            rules: 10,
            events: None,
        };
        let lines = bill(&volume, &prices);
        let of = |what: &str| lines.iter().find(|line| line.what.starts_with(what)).unwrap();
        let near = |what: &str, expected: f64| {
            let usd = of(what).usd.unwrap();
            assert!((usd - expected).abs() < 1e-9, "{what}: {usd}");
        };
        near("Lambda sweep", 30.0 * 0.5 * 30.4 * 0.0000133334);
        near("Lambda on-change", 50.0 * 4.4 * 0.25 * 30.4 * 0.0000133334);
        near("Step Functions", (8.0 + 2.0 * 5.0) * 30.4 * 0.000025);
        near("Security Hub", (1000.0 * 30.4 - 20_000.0) * 0.00003);
        near("CloudWatch metrics", (27.0 + 10.0 + 2.0 + 6.0) * 0.3);
        for unknown in ["Lambda digest", "KMS requests", "CloudWatch Logs", "S3 storage of digests"]
        {
            assert_eq!(of(unknown).usd, None, "{unknown}");
        }
        let few = bill(&Volume { imports: 10, ..volume }, &prices);
        assert!(few.iter().all(|line| line.usd.is_none_or(|usd| usd >= 0.0)), "free is not paid");
    }

    #[test]
    fn what_the_template_has_is_counted() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../");
        let operations = std::fs::read_to_string(format!("{root}docs/OPERATIONS.md")).unwrap();
        let line = |start: &str| operations.lines().find(|line| line.starts_with(start)).unwrap();
        let named = |line: &str| line.split(';').next().unwrap().matches('`').count() as u64 / 2;
        let severities = 4;
        assert_eq!(
            named(line("`FunctionsJudged`")) + named(line("Of each night: ")) + severities,
            METRICS
        );
        let template = std::fs::read_to_string(format!("{root}template.yaml")).unwrap();
        let count = |what: &str| template.matches(what).count() as f64;
        assert_eq!(count("Type: AWS::CloudWatch::Alarm\n"), ALARMS);
        assert_eq!(count("Type: AWS::CloudWatch::Dashboard\n"), 1.0);
        assert_eq!(count("Type: AWS::KMS::Key\n"), 1.0);
        for memory in ["MemorySize: 256", "MemorySize: 512", "MemorySize: 1769"] {
            assert_eq!(count(memory), 1.0, "{memory}");
        }
    }
}
