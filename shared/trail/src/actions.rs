use crate::{Event, Mapped, MappedCall, Rule};

/// Finds the IAM actions behind recorded events. Keep one for each thread: it remembers names.
#[derive(Clone, Debug, Default)]
pub struct Mapper {}

impl Mapper {
    /// The actions that `event` needed, with the resources they were needed on.
    pub fn map<'a>(&mut self, event: &Event<'a>) -> Mapped<'a> {
        let service = event.source.split('.').next().unwrap_or_default();
        let call = MappedCall {
            action: Some(format!("{service}:{}", event.name).into()),
            resource: None,
            inferred: false,
            rule: Rule::Identity,
        };
        Mapped { calls: vec![call], known: true, ignored: false }
    }
}
