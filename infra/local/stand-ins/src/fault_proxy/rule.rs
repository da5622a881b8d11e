//! Which calls break, and how.

use axum::http::Uri;

use super::operation::Operation;

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Refused for its rate, in the words of the service; the endpoint never hears of it.
    Throttle,
    /// Refused for want of a permission, in the words of the service; the endpoint never hears of
    /// it.
    Deny,
    /// Fails with this status, for example 500 or 503; the endpoint never hears of it.
    Status(u16),
    /// The endpoint acts, and the connection breaks in the middle of its answer.
    CutConnection,
    /// The endpoint acts, and the second half of its answer is missing from a sound response.
    TruncatePage,
    /// The endpoint acts, and its answer says that an update of the function is in progress.
    Unsettle,
    /// The finding at this place (from 0) of a `BatchImportFindings` fails by itself and is kept
    /// from the endpoint; a smaller batch passes whole.
    FailOneFinding(usize),
}

/// Calls that a rule is about.
#[derive(Clone, Debug, Default)]
pub struct Target {
    service: Option<String>,
    operation: Option<String>,
    mention: Option<String>,
}

impl Target {
    /// Calls of one operation, for example `("ec2", "DescribeSubnets")`. The service is the signing
    /// name: resource groups tagging is `tagging`.
    pub fn call(service: &str, operation: &str) -> Self {
        Self { operation: Some(operation.into()), ..Self::service(service) }
    }

    /// Every call of one service.
    pub fn service(service: &str) -> Self {
        Self { service: Some(service.into()), ..Self::default() }
    }

    /// Every call.
    pub fn any() -> Self {
        Self::default()
    }

    /// Of these calls only those whose path or body has `text` in it, as it is on the wire.
    #[must_use]
    pub fn mentioning(self, text: &str) -> Self {
        Self { mention: Some(text.into()), ..self }
    }

    /// Breaks all of them.
    pub fn always(self, fault: Fault) -> Rule {
        self.rule(When::Always, fault)
    }

    /// Breaks the `n`th of them, counted from 1, and no other.
    pub fn nth(self, n: u64, fault: Fault) -> Rule {
        self.rule(When::Between(n, n), fault)
    }

    /// Breaks the first `n` of them.
    pub fn first(self, n: u64, fault: Fault) -> Rule {
        self.rule(When::Between(1, n), fault)
    }

    /// Breaks about this share of them (0.0 to 1.0); which ones, depends on `seed` alone.
    pub fn sometimes(self, share: f64, seed: u64, fault: Fault) -> Rule {
        self.rule(When::Sometimes { share, seed }, fault)
    }

    fn rule(self, when: When, fault: Fault) -> Rule {
        Rule { target: self, when, fault, count: 0 }
    }
}

/// A [`Target`], when to break it, and how.
#[derive(Clone, Debug)]
pub struct Rule {
    target: Target,
    when: When,
    pub(super) fault: Fault,
    /// Calls that matched so far.
    count: u64,
}

#[derive(Clone, Copy, Debug)]
enum When {
    Always,
    Between(u64, u64),
    Sometimes { share: f64, seed: u64 },
}

impl Rule {
    /// Counts the call if it is meant, and says whether it breaks.
    pub(super) fn fires(&mut self, operation: &Operation, uri: &Uri, body: &[u8]) -> bool {
        let target = &self.target;
        let means = target.service.as_ref().is_none_or(|name| *name == operation.service)
            && target.operation.as_ref().is_none_or(|name| *name == operation.name)
            && target.mention.as_ref().is_none_or(|text| {
                uri.to_string().contains(text) || String::from_utf8_lossy(body).contains(text)
            });
        if !means {
            return false;
        }
        self.count += 1;
        match self.when {
            When::Always => true,
            When::Between(first, last) => (first..=last).contains(&self.count),
            When::Sometimes { share, seed } => draw(seed, self.count) < share,
        }
    }
}

/// The `number`th draw of a seed, evenly between 0 and 1 (the SplitMix64 generator).
///
/// Source: <https://doi.org/10.1145/2714064.2660195>
#[expect(clippy::cast_precision_loss, reason = "53 bits are exact in a double")]
fn draw(seed: u64, number: u64) -> f64 {
    let mut bits = seed.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}
