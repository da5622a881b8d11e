use std::{collections::HashMap, hash::BuildHasher, sync::Arc};

use foldhash::{fast::RandomState, quality};

/// Texts that come again and again, each kept once and named by a number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    ids: HashMap<Arc<str>, Id, RandomState>,
    texts: Vec<Arc<str>>,
    state: quality::RandomState,
    shared: Vec<Option<(Arc<str>, Id)>>,
}

/// The number of a text in one [`Names`]. Equal texts have equal numbers; their order says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Id(u32);

/// An event's name, as three numbers of one [`Names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct EventName {
    pub(crate) source: Id,
    pub(crate) name: Id,
    pub(crate) region: Id,
}

impl Id {
    /// Small numbers, given out one after the other.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// As many shared texts are known by their place in memory.
const SHARED: usize = 256;

impl Names {
    /// The number of a text that many share, mostly without looking at it.
    #[inline]
    pub(crate) fn of_shared(&mut self, text: &Arc<str>) -> Id {
        if self.shared.is_empty() {
            self.shared.resize(SHARED, None);
        }
        // What is kept here is not freed, and its place is nobody else's.
        let at = (Arc::as_ptr(text).cast::<u8>() as usize >> 4) % SHARED;
        if let Some(Some((known, id))) = self.shared.get(at)
            && Arc::ptr_eq(known, text)
        {
            return *id;
        }
        let id = self.id(text);
        if let Some(slot) = self.shared.get_mut(at) {
            *slot = Some((Arc::clone(text), id));
        }
        id
    }

    pub(crate) fn id(&mut self, text: &str) -> Id {
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        // 4 billion texts do not fit in the memory of a machine that runs this.
        let id = Id(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        self.ids.insert(text, id);
        id
    }

    /// The number of the inside of a JSON string; `None` where that has escapes.
    pub(crate) fn plain(&mut self, inside: &str) -> Option<Id> {
        if let Some(id) = self.ids.get(inside) {
            return Some(*id);
        }
        if inside.contains('\\') { None } else { Some(self.id(inside)) }
    }

    /// [`Names::plain`] of bytes; `None` also where they are no text.
    pub(crate) fn id_of(&mut self, inside: &[u8]) -> Option<Id> {
        self.plain(std::str::from_utf8(inside).ok()?)
    }

    /// By this a text is known to nearly all intents, as in [`crate::memo::Memo`].
    pub(crate) fn hash(&self, text: &str) -> u64 {
        self.state.hash_one(text)
    }

    pub(crate) fn text(&self, id: Id) -> &str {
        self.texts.get(id.0 as usize).map_or("", |text| text)
    }
}
