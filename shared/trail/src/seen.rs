use std::{
    collections::HashSet,
    hash::BuildHasher,
    sync::{Mutex, PoisonError},
};

use foldhash::{fast, quality};

/// So many that threads seldom meet.
const SHARDS: usize = 64;

/// The events that were counted, so that none is counted twice. Threads share one.
///
/// 64 bits of each event's id are kept. Of ten million events two have the same with a chance of
/// three in a million, and the price is one call that is not counted.
#[derive(Debug)]
pub(crate) struct Seen {
    shards: [Mutex<HashSet<u64, fast::FixedState>>; SHARDS],
    state: quality::FixedState,
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            shards: [const { Mutex::new(HashSet::with_hasher(fast::FixedState::with_seed(1))) };
                SHARDS],
            state: quality::FixedState::default(),
        }
    }
}

impl Seen {
    /// True the first time.
    pub(crate) fn is_new(&self, id: &[u8]) -> bool {
        let hash = self.state.hash_one(id);
        let Some(shard) = self.shards.get(hash as usize % SHARDS) else { return true };
        shard.lock().unwrap_or_else(PoisonError::into_inner).insert(hash)
    }
}
