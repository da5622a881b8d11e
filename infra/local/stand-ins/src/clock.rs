use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

/// The time a stand-in believes it is. Clones share it.
///
/// ```
/// use std::time::Duration;
/// let clock = stand_ins::Clock::fixed("2026-11-23T00:00:00Z".parse().unwrap());
/// clock.advance(Duration::from_secs(90));
/// assert_eq!(clock.now().to_string(), "2026-11-23T00:01:30Z");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<Mutex<Option<Timestamp>>>);

impl Clock {
    /// The clock of this computer.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands still until it is advanced.
    pub fn fixed(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Some(now))))
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        locked(&self.0).unwrap_or_else(Timestamp::now)
    }

    /// Moves a fixed clock forward; the system's clock goes on as it does.
    pub fn advance(&self, by: Duration) {
        let mut time = locked(&self.0);
        *time = time.and_then(|now| now.checked_add(by).ok());
    }
}

/// Locks `mutex`; what a panicking thread left behind is read as it is.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
