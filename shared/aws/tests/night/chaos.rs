//! What breaks, when: a hash of the seed, the call and how often it was tried.

use std::{
    collections::BTreeMap,
    future::{Future, pending, poll_fn},
    pin::Pin,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    task::Poll,
};

use scan::{Kind, PortError};

/// What a process does. Erased: a whole use case in one type is deeper than the compiler looks.
pub(crate) type Work<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// A schedule of faults.
#[derive(Debug, Default)]
pub(crate) struct Chaos {
    /// `None`: nothing breaks.
    pub(crate) seed: Option<u64>,
    /// How often each call was tried.
    tried: Mutex<BTreeMap<String, u64>>,
    /// Calls until the process is killed; 0: it is not.
    left: AtomicU64,
    dead: AtomicBool,
    /// Faults by name, to show that they happen.
    pub(crate) met: Mutex<BTreeMap<&'static str, u64>>,
}

impl Chaos {
    pub(crate) fn of(seed: Option<u64>) -> Self {
        Self { seed, ..Self::default() }
    }

    /// Whether something of this `share` happens to `what` now. Each question is another attempt.
    pub(crate) fn strikes(&self, fault: &'static str, share: f64, what: &str) -> bool {
        let strikes = self.draw(&format!("{fault} {what}")).is_some_and(|drawn| drawn < share);
        if strikes {
            *self.met.lock().unwrap().entry(fault).or_default() += 1;
        }
        strikes
    }

    /// Evenly between 0 and 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are exact in a double")]
    pub(crate) fn draw(&self, what: &str) -> Option<f64> {
        let seed = self.seed?;
        let mut tried = self.tried.lock().unwrap();
        let attempt = tried.entry(what.to_owned()).or_default();
        *attempt += 1;
        Some((mixed(&format!("{seed} {what} {attempt}")) >> 11) as f64 / (1_u64 << 53) as f64)
    }

    /// One process: `work` until it ends, or is killed at one of its calls (`None`).
    pub(crate) async fn process<T>(&self, what: &str, mut work: Work<'_, T>) -> Option<T> {
        let is_doomed = self.strikes("kill planned", 0.3, what);
        let at = self.draw(&format!("kill at {what}")).unwrap_or_default();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 8")]
        self.left.store(if is_doomed { 1 + (at * 8.0) as u64 } else { 0 }, SeqCst);
        self.dead.store(false, SeqCst);
        poll_fn(|cx| match work.as_mut().poll(cx) {
            _ if self.dead.load(SeqCst) => Poll::Ready(None),
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => Poll::Pending,
        })
        .await
    }

    /// One call: done, refused, done without an answer, or the last of its process.
    pub(crate) async fn call<T>(
        &self,
        operation: &'static str,
        subject: &str,
        work: impl Future<Output = Result<T, PortError>>,
    ) -> Result<T, PortError> {
        let what = format!("{operation} {subject}");
        let left = self.left.load(SeqCst);
        self.left.store(left.saturating_sub(1), SeqCst);
        if left == 1 {
            if self.strikes("killed after a call", 0.5, &what) {
                let _nobody_hears = work.await;
            }
            *self.met.lock().unwrap().entry("killed").or_default() += 1;
            self.dead.store(true, SeqCst);
            return pending().await;
        }
        if self.strikes("throttled", 0.10, &what) {
            return Err(refused(operation, subject, Kind::Throttled));
        }
        if self.strikes("5xx", 0.05, &what) {
            return Err(refused(operation, subject, Kind::Failed));
        }
        if self.strikes("cut", 0.02, &what) {
            let _nobody_hears = work.await;
            return Err(refused(operation, subject, Kind::Unreachable));
        }
        work.await
    }
}

pub(crate) fn refused(operation: &'static str, subject: &str, kind: Kind) -> PortError {
    PortError { operation, subject: subject.to_owned(), kind, source: "on purpose".into() }
}

/// FNV-1a, then the finisher of SplitMix64.
fn mixed(text: &str) -> u64 {
    let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let mut bits = text.bytes().fold(0xcbf2_9ce4_8422_2325, fnv);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
