use std::hash::BuildHasher;

use foldhash::quality::RandomState;

/// Remembers what was made of a text, until another takes its place. Logs say the same again and
/// again: whose credentials, which event, which agent.
///
/// Texts are told apart by 64 bits of a hash whose seed nobody knows: one text is taken for another
/// once in 10^19 times.
pub(crate) struct Memo<T> {
    slots: Vec<Option<(u64, T)>>,
    state: RandomState,
}

impl<T: Copy> Memo<T> {
    pub(crate) fn new(slots: usize) -> Self {
        let slots = std::iter::repeat_with(|| None).take(slots).collect();
        Self { slots, state: RandomState::default() }
    }

    /// What was made of `text`, made now if it is not remembered.
    #[inline]
    pub(crate) fn of(&mut self, text: &[u8], make: impl FnOnce() -> T) -> T {
        self.of_all(&[text], make)
    }

    /// [`Memo::of`] several texts together.
    #[inline]
    pub(crate) fn of_all(&mut self, texts: &[&[u8]], make: impl FnOnce() -> T) -> T {
        let hash = self.state.hash_one(texts);
        let at = hash as usize % self.slots.len().max(1);
        match self.slots.get_mut(at) {
            Some(Some((known, value))) if *known == hash => *value,
            Some(slot) => slot.insert((hash, make())).1,
            None => make(),
        }
    }
}
