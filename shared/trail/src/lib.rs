//! CloudTrail records in, one small digest of who called what out. Pure but for the bytes.

mod actions;
mod event;
mod json;
mod mapped;

pub use actions::Mapper;
pub use event::Event;
pub use json::{Name, Raw};
pub use mapped::{Mapped, MappedCall, Rule};
