use std::{borrow::Cow, hash::BuildHasher};

use foldhash::quality::RandomState;

use crate::{Event, Mapped, MappedCall, Mapper, Raw, names::EventName, record::Record};

/// As many events are remembered.
const SLOTS: usize = 2_048;
/// Parameters longer than this seldom come again.
const LONGEST: usize = 1_024;

/// Maps events, and remembers what they were mapped to: many calls come again with the same
/// parameters, and looking those up is ten times cheaper.
pub(crate) struct Recall {
    mapper: Mapper,
    slots: Vec<Slot>,
    state: RandomState,
}

/// What an event needed.
pub(crate) enum Needed<'r, 'a> {
    Kept(&'r Mapped<'static>),
    New(Mapped<'a>),
}

#[derive(Default)]
struct Slot {
    /// The hash of the event that came here last. Only what comes twice in a row is kept: most
    /// parameters never come again.
    last: u64,
    /// The hash of what is kept, as [`crate::memo::Memo`] has it.
    of: u64,
    kept: Option<Mapped<'static>>,
}

/// Where a call comes from: partition and account, and a number for the two.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) partition: &'a str,
    pub(crate) account: &'a str,
    pub(crate) number: u32,
}

impl Default for Recall {
    fn default() -> Self {
        Self {
            mapper: Mapper::default(),
            slots: std::iter::repeat_with(Slot::default).take(SLOTS).collect(),
            state: RandomState::default(),
        }
    }
}

impl Recall {
    /// What the event needed. `None`: a name is no text.
    pub(crate) fn needed<'a>(
        &mut self,
        record: &Record<'a>,
        name: EventName,
        place: Place<'a>,
    ) -> Option<Needed<'_, 'a>> {
        let texts = texts(record);
        let name = (name, place.number);
        if texts.iter().map(|text| text.len()).sum::<usize>() > LONGEST {
            return Some(Needed::New(self.mapper.map(&event(record, place)?)));
        }
        let hash = self.state.hash_one((name, texts));
        let slot = self.slots.get_mut(hash as usize % SLOTS)?;
        if slot.of == hash && slot.kept.is_some() {
            return slot.kept.as_ref().map(Needed::Kept);
        }
        let mapped = self.mapper.map(&event(record, place)?);
        if slot.last != hash {
            slot.last = hash;
            return Some(Needed::New(mapped));
        }
        slot.of = hash;
        Some(Needed::Kept(slot.kept.insert(owned(mapped))))
    }
}

impl<'a> Needed<'_, 'a> {
    pub(crate) fn mapped(&self) -> &Mapped<'a> {
        match self {
            Self::Kept(mapped) => mapped,
            Self::New(mapped) => mapped,
        }
    }
}

fn owned(mapped: Mapped<'_>) -> Mapped<'static> {
    let calls = mapped.calls.into_iter().map(|call| MappedCall {
        action: call.action,
        resource: call.resource.map(|arn| Cow::Owned(arn.into_owned())),
        inferred: call.inferred,
        rule: call.rule,
    });
    Mapped { calls: calls.collect(), known: mapped.known, ignored: mapped.ignored }
}

/// What tells events of one name apart.
fn texts<'a>(record: &Record<'a>) -> [&'a [u8]; 5] {
    let bytes = |raw: Option<Raw<'a>>| raw.map(Raw::bytes).unwrap_or_default();
    let Record { recipient, error_code, parameters, resources, additional, .. } = *record;
    [recipient, error_code, bytes(parameters), bytes(resources), bytes(additional)]
}

fn event<'a>(record: &Record<'a>, place: Place<'a>) -> Option<Event<'a>> {
    Some(Event {
        source: std::str::from_utf8(record.source).ok()?,
        name: std::str::from_utf8(record.name).ok()?,
        region: std::str::from_utf8(record.region).ok()?,
        account: place.account,
        recipient: std::str::from_utf8(record.recipient).ok()?,
        partition: place.partition,
        error: std::str::from_utf8(record.error_code).unwrap_or_default(),
        parameters: record.parameters,
        resources: record.resources,
        additional: record.additional,
    })
}
