//! CloudTrail records in, one small digest of who called what out. Pure but for the bytes.
//!
//! A [`Digester`] reads the log files of one account, Region and day, and makes a [`Digest`]. A
//! [`Ledger`] takes the digests of a window and tells what one role called.

mod actions;
mod arns;
mod caller;
mod coverage;
mod digest;
mod digester;
mod event;
mod identity;
mod inflate;
mod json;
mod ledger;
mod mapped;
mod memo;
mod names;
mod outcome;
mod recall;
mod record;
mod records;
mod resources;
mod roles;
mod row;
mod rows;
mod scan;
mod seen;
mod tally;
mod time;

pub use actions::Mapper;
pub use coverage::{CoverageRecord, Management, Skipped, SourceCounts, TrailSettings};
pub use digest::{BadDigest, Digest, item_key};
pub use digester::Digester;
pub use event::Event;
pub use json::{Name, Raw};
pub use ledger::Ledger;
pub use mapped::{Mapped, MappedCall, Rule};
pub use row::Row;
